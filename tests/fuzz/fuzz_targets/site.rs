//! Merging keeps each id and each scope once, in order, and all addresses; products are named by the end of
//! some scope, and never by one of an agent's; the URL of an API stays below the product's path at Atlassian; a
//! site is found by each of its addresses, at the host that the standard for URLs finds in it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lucia_atlassian::cloud::Cloud;
use lucia_atlassian::site::{self, Address, Site};

type Input = (Vec<(u8, String, Vec<String>)>, String, String, bool);

fuzz_target!(|input: Input| {
    let (entries, id, product, is_government) = input;
    let entries: Vec<Site> = entries
        .into_iter()
        .map(|(id, url, scopes)| Site {
            id: id.to_string(),
            url,
            other_urls: Vec::new(),
            name: String::new(),
            avatar_url: String::new(),
            scopes,
        })
        .collect();
    if let Ok(sites) = site::merge(&entries) {
        for (index, merged) in sites.iter().enumerate() {
            assert!(sites[..index].iter().all(|other| other.id != merged.id));
            for (index, scope) in merged.scopes.iter().enumerate() {
                assert!(!merged.scopes[..index].contains(scope));
            }
            let products = merged.products();
            assert!(products.len() <= 4);
            for product in products {
                let opens = |scope: &String| {
                    let last = scope.rsplit(':').next().unwrap_or_default();
                    last.starts_with(product)
                        || product == "jira" && last.starts_with("servicedesk")
                };
                assert!(merged.scopes.iter().any(opens), "{product}");
            }
        }
        for entry in &entries {
            let merged = sites
                .iter()
                .find(|site| site.id == entry.id)
                .expect("its site");
            assert!(
                entry
                    .scopes
                    .iter()
                    .all(|scope| merged.scopes.contains(scope))
            );
            assert!(merged.url == entry.url || merged.other_urls.contains(&entry.url));
        }
        let first = sites.iter().map(|site| (&site.url, true));
        let others = sites.iter().flat_map(|site| &site.other_urls);
        let addresses: Vec<Address> = first
            .chain(others.map(|url| (url, false)))
            .map(|(url, is_first)| Address {
                url: url.clone(),
                is_first,
            })
            .collect();
        assert_eq!(addresses.len(), entries.len());
        for (index, Address { url, is_first }) in addresses.iter().enumerate() {
            match site::at(&addresses, url) {
                Ok(found) => {
                    assert!(found <= index);
                    assert!(addresses[found].is_first || !is_first);
                }
                Err(_) => assert!(
                    !url.starts_with(|c: char| c.is_ascii_alphanumeric()) || url.contains("://")
                ),
            }
            // As the standard for URLs reads it, where that reads nothing into it.
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"./?#=&-".contains(&byte);
            let http = ["https://", "http://"];
            let rest = http
                .iter()
                .find_map(|start| url.strip_prefix(start))
                .unwrap_or("");
            if let Ok(parsed) = url::Url::parse(url)
                && rest.starts_with(|c: char| c.is_ascii_alphanumeric())
                && rest.bytes().all(plain)
                && let Some(domain) = parsed.domain()
            {
                let own = Address {
                    url: domain.to_owned(),
                    is_first: true,
                };
                assert_eq!(site::at(&[own], url), Ok(0));
            }
        }
        assert_eq!(site::only(&addresses).is_ok(), sites.len() == 1);
    }
    let cloud = if is_government {
        Cloud::Government
    } else {
        Cloud::Commercial
    };
    if let Ok(text) = site::api_url(cloud, &id, &product) {
        let parsed = url::Url::parse(&text).expect("a URL");
        assert_eq!(parsed.as_str(), text);
        assert_eq!(parsed.host_str(), Some(cloud.audience()));
        assert_eq!(parsed.path(), format!("/ex/{product}/{id}"));
    }
});
