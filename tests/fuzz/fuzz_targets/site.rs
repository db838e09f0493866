//! Merging keeps each id and each scope once, in order, and all addresses; products are named by the end of
//! some scope, and never by one of an agent's; the URL of an API stays below the product's path at Atlassian; a
//! site is found by each of its addresses, at the host that the standard for URLs finds in it, with the usual port or
//! without; an address is an https URL.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lucia_atlassian::atlassian::cloud::Cloud;
use lucia_atlassian::atlassian::site::{self, Entry};

type Input = (Vec<(u8, String, Vec<String>)>, String, String, bool);

fuzz_target!(|input: Input| {
    let (entries, id, product, is_government) = input;
    let entries: Vec<Entry> = entries
        .into_iter()
        .map(|(id, url, scopes)| Entry {
            id: id.to_string(),
            url,
            scopes,
            ..Entry::default()
        })
        .collect();
    if let Ok(sites) = site::merge(&entries) {
        for (index, merged) in sites.iter().enumerate() {
            assert!(
                sites[..index]
                    .iter()
                    .all(|other| other.first.id != merged.first.id)
            );
            for (index, scope) in merged.scopes.iter().enumerate() {
                assert!(!merged.scopes[..index].contains(scope));
            }
            let products = merged.products();
            assert!(products.len() <= 4);
            for product in products {
                let opens = |scope: &&str| {
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
                .find(|site| site.first.id == entry.id)
                .expect("its site");
            assert!(
                entry
                    .scopes
                    .iter()
                    .all(|scope| merged.scopes.contains(&scope.as_str()))
            );
            assert!(merged.urls.contains(&entry.url.as_str()));
        }
        let addresses: Vec<Vec<String>> = sites
            .iter()
            .map(|site| site.urls.iter().map(|url| (*url).to_owned()).collect())
            .collect();
        assert_eq!(addresses.concat().len(), entries.len());
        let places = addresses
            .iter()
            .enumerate()
            .flat_map(|(index, urls)| urls.iter().map(move |url| (index, url)));
        for (index, url) in places {
            match site::find_by_url(&addresses, url) {
                Ok(found) => assert!(found <= index || url != &addresses[index][0]),
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
                assert_eq!(site::find_by_url(&[vec![domain.to_owned()]], url), Ok(0));
                let is_usual = |byte: u8| byte.is_ascii_alphanumeric() || b".-".contains(&byte);
                if domain.bytes().all(is_usual) {
                    assert_eq!(site::is_url(url), url.starts_with("https://"));
                }
                let with_port = ["https://", domain, ":443/"].concat();
                assert_eq!(site::find_by_url(&[vec![url.clone()]], &with_port), Ok(0));
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
        assert_eq!(parsed.host_str(), Some(cloud.api_host()));
        assert_eq!(parsed.path(), format!("/ex/{product}/{id}"));
    }
});
