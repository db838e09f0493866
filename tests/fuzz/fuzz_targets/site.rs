//! Merging keeps each id and each scope once, in order; the URL of an API stays below the product's
//! path at Atlassian; a site is found by its own address, at the host that the standard for URLs finds in it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lucia_atlassian::cloud::Cloud;
use lucia_atlassian::site::{self, Site};

type Input = (Vec<(u8, String, Vec<String>)>, String, String, bool);

fuzz_target!(|input: Input| {
    let (entries, id, product, is_government) = input;
    let entries: Vec<Site> = entries
        .into_iter()
        .map(|(id, url, scopes)| Site {
            id: id.to_string(),
            url,
            name: String::new(),
            avatar_url: String::new(),
            scopes,
        })
        .collect();
    if let Ok(sites) = site::merge(entries.clone()) {
        for (index, merged) in sites.iter().enumerate() {
            assert!(sites[..index].iter().all(|other| other.id != merged.id));
            for (index, scope) in merged.scopes.iter().enumerate() {
                assert!(!merged.scopes[..index].contains(scope));
            }
            let products = merged.products();
            assert!(products.len() <= 3);
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
        }
        let urls: Vec<String> = sites.iter().map(|site| site.url.clone()).collect();
        for (index, url) in urls.iter().enumerate() {
            match site::at(&urls, url) {
                Ok(found) => assert!(found <= index),
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
                assert_eq!(site::at(&[domain.to_owned()], url), Ok(0));
            }
        }
        assert_eq!(site::only(&urls).is_ok(), urls.len() == 1);
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
