//! The sites of an access token. The accessible-resources endpoint lists one entry for each site and product, so a
//! site may appear several times, with several URLs. This module merges the entries, derives the products from the
//! scopes, finds a site, and builds the URL of its APIs. The boundary reads the response.

use crate::atlassian::cloud::Cloud;
use crate::config::invalid;
use crate::error::Error;
use crate::sorted_map::get_or_insert;

/// The maximum number of entries, and of scopes of an entry.
pub const MAX_LENGTH: usize = 1000;

/// One entry of the list. A missing member is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// The cloud id.
    pub id: String,
    /// The URL of the site.
    pub url: String,
    /// The name of the site.
    pub name: String,
    /// The URL of its picture.
    pub avatar_url: String,
    /// The granted scopes.
    pub scopes: Vec<String>,
}

/// One site: all entries with the same id.
#[derive(Debug, PartialEq, Eq)]
pub struct Site<'a> {
    /// Its first entry, with its name, picture and URL.
    pub first: &'a Entry,
    /// All its listed URLs, in their order, such as one from before it was renamed.
    pub urls: Vec<&'a str>,
    /// The granted scopes of all its entries, without duplicates.
    pub scopes: Vec<&'a str>,
    known_scopes: Vec<(&'a str, usize)>,
}

impl Site<'_> {
    /// The products whose APIs accept the scopes, without duplicates.
    pub fn products(&self) -> Vec<&'static str> {
        let mut products = Vec::new();
        for scope in &self.scopes {
            if let Some(product) = product(scope)
                && !products.contains(&product)
            {
                products.push(product);
            }
        }
        products
    }
}

/// The last part of a granular scope (`read:issue:jira`), or its first word in a classic one (`read:jira-work`), and
/// the product whose APIs accept it. The APIs of Jira Software and of Jira Service Management, with its operations,
/// are below Jira's URL: <https://developer.atlassian.com/cloud/jira/service-desk-ops/security/oauth-2-3lo-apps>
static PRODUCTS: [(&str, &str); 7] = [
    ("jira", "jira"),
    ("jira-software", "jira"),
    ("jira-service-management", "jira"),
    ("servicedesk", "jira"),
    ("confluence", "confluence"),
    ("compass", "compass"),
    ("bitbucket", "bitbucket"),
];

/// The product whose APIs accept a scope. Scopes with another end belong to no product's APIs: `read:me` is about the
/// user, `read:jira:agent-interface` and `read:confluence:mcp` are for Atlassian's MCP server, and the APIs refuse
/// them.
fn product(scope: &str) -> Option<&'static str> {
    let mut parts = scope.as_bytes().rsplit(|byte| *byte == b':');
    let last = parts.next().unwrap_or_default();
    let is_classic = parts.nth(1).is_none();
    let matches = |name: &str| {
        let rest = last.strip_prefix(name.as_bytes())?.first();
        (rest.is_none() || is_classic && rest == Some(&b'-')).then_some(())
    };
    let product = PRODUCTS.iter().find(|(name, _)| matches(name).is_some());
    product.map(|(_, product)| *product)
}

/// Merges all entries with the same id into one site, in the order of their first entries.
///
/// Returns [`Error::InvalidResourcesResponse`] for a site with more than [`MAX_LENGTH`] scopes.
pub fn merge(entries: &[Entry]) -> Result<Vec<Site<'_>>, Box<Error>> {
    let mut sites: Vec<Site> = Vec::new();
    let mut indices = Vec::new();
    for entry in entries {
        let index = get_or_insert(&mut indices, &entry.id, sites.len());
        if index == sites.len() {
            sites.push(Site {
                first: entry,
                urls: Vec::new(),
                scopes: Vec::new(),
                known_scopes: Vec::new(),
            });
        }
        let Some(site) = sites.get_mut(index) else {
            continue;
        };
        site.urls.push(&entry.url);
        for scope in &entry.scopes {
            let new = site.scopes.len();
            if get_or_insert(&mut site.known_scopes, scope, new) == new {
                site.scopes.push(scope);
            }
        }
        if site.scopes.len() > MAX_LENGTH {
            return Err(too_long());
        }
    }
    Ok(sites)
}

/// The error for a list that would take too long to read.
pub fn too_long() -> Box<Error> {
    Box::new(Error::InvalidResourcesResponse {
        member: "body",
        expected: "an array of at most 1000 sites with at most 1000 scopes each",
        received: "an array with more",
    })
}

/// Finds a site by the URLs of each. Scheme, path and the case of letters do not matter: `Team.atlassian.net` and
/// `https://team.atlassian.net/jira` are the same. If two sites share a URL, the site that has it first in its list
/// wins: the other was renamed.
///
/// Returns [`Error::SiteNotFound`] for an unknown URL. The error lists all URLs, also those from before a site was
/// renamed.
pub fn find_by_url(sites: &[Vec<String>], url: &str) -> Result<usize, Box<Error>> {
    let by_first =
        |urls: &Vec<String>| urls.first().is_some_and(|first| have_same_host(first, url));
    let by_any = |urls: &Vec<String>| urls.iter().any(|other| have_same_host(other, url));
    sites
        .iter()
        .position(by_first)
        .or_else(|| sites.iter().position(by_any))
        .ok_or_else(|| {
            Box::new(Error::SiteNotFound {
                sites: redacted_urls(sites.iter().flatten()),
            })
        })
}

/// Checks that there is exactly one site. Otherwise returns [`Error::NoSites`], or [`Error::SeveralSites`] with a
/// list.
pub fn only(sites: &[Vec<String>]) -> Result<(), Box<Error>> {
    match sites.len() {
        0 => Err(Error::NoSites.into()),
        1 => Ok(()),
        _ => Err(Error::SeveralSites {
            sites: redacted_urls(sites.iter().filter_map(|urls| urls.first())),
        }
        .into()),
    }
}

/// The URLs of sites for an error, each up to its host: logs show them, and the rest may contain anything.
fn redacted_urls<'a>(urls: impl Iterator<Item = &'a String>) -> Vec<String> {
    let mut shown = Vec::new();
    for url in urls {
        let address = shown_url(url);
        if !shown.contains(&address) {
            shown.push(address);
        }
    }
    shown
}

fn shown_url(url: &str) -> String {
    let url = url.trim_ascii();
    let (host, after_host) = host_and_rest(url);
    let shown = url.get(..url.len().saturating_sub(after_host.len()));
    let is_usual = |byte: u8| byte.is_ascii_alphanumeric() || b".:/-".contains(&byte);
    let shown = shown.filter(|shown| shown.len() <= MAX_URL_LENGTH && shown.bytes().all(is_usual));
    shown
        .filter(|_| !host.is_empty())
        .unwrap_or(UNUSUAL)
        .to_owned()
}

/// Replaces a string that is no usual URL of a site.
const UNUSUAL: &str = "an unusual URL";

/// The longest URL in an error: a label of a host has at most 63 characters (RFC 1035, section 2.3.4).
const MAX_URL_LENGTH: usize = 100;

/// Whether two URLs have the same host. An empty host is like no other.
#[inline(never)]
fn have_same_host(one: &str, other: &str) -> bool {
    let host_of_one = host(one);
    !host_of_one.is_empty() && host_of_one.eq_ignore_ascii_case(host(other))
}

/// The host of a URL, with its port unless that is the default.
fn host(url: &str) -> &[u8] {
    let (host, _) = host_and_rest(url.trim_ascii());
    host.strip_suffix(b":443").unwrap_or(host)
}

/// The host of a URL with an optional scheme, and the rest. Works on bytes: splitting a `str` would be larger than the
/// rest of this file.
#[inline(never)]
fn host_and_rest(url: &str) -> (&[u8], &[u8]) {
    let url = url.as_bytes();
    let end = url.iter().position(|byte| b":/?#".contains(byte));
    let after_scheme = url.get(end.unwrap_or_default()..).unwrap_or_default();
    let authority = after_scheme.strip_prefix(b"://").unwrap_or(url);
    let end = authority.iter().position(|byte| b"/?#".contains(byte));
    authority
        .split_at_checked(end.unwrap_or(authority.len()))
        .unwrap_or_default()
}

/// Whether a user can open a site with this URL: an `https` URL with a host.
pub fn is_url(url: &str) -> bool {
    let url = url.trim_ascii();
    let scheme = url.as_bytes().first_chunk::<8>();
    let is_https = scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"https://"));
    let (authority, _) = host_and_rest(url);
    let host = authority.rsplit(|byte| *byte == b'@').next();
    let name = host.and_then(|host| host.split(|byte| *byte == b':').next());
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._".contains(byte) || *byte > 127;
    is_https && name.is_some_and(|name| !name.is_empty() && name.iter().all(is_name))
}

/// Whether a text can be a segment of the path of [`api_url`]: letters, digits and hyphens.
#[inline(never)]
pub fn is_segment(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// The base URL of a product's APIs on a site, to which an app appends REST paths. Both parts go into a path, so they
/// may only have letters, digits and hyphens.
pub fn api_url(cloud: Cloud, id: &str, product: &str) -> Result<String, Box<Error>> {
    if !is_segment(id) {
        return Err(invalid(
            "site",
            "a site, or a cloud id of letters, digits and hyphens",
            "another value",
        ));
    }
    if !is_segment(product) {
        return Err(invalid(
            "product",
            "the name of a product, such as \"jira\" or \"confluence\"",
            "another value",
        ));
    }
    Ok(["https://", cloud.api_host(), "/ex/", product, "/", id].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(id: &str, scopes: &[&str]) -> Entry {
        Entry {
            id: id.to_owned(),
            url: ["https://", id, ".atlassian.net"].concat(),
            name: id.to_owned(),
            scopes: strings(scopes),
            ..Entry::default()
        }
    }

    fn strings(strings: &[&str]) -> Vec<String> {
        strings.iter().map(|string| (*string).to_owned()).collect()
    }

    /// The addresses of sites: first those that have one.
    fn sites(of_one: &[&str], of_more: &[&[&str]]) -> Vec<Vec<String>> {
        let of_one = of_one.iter().map(|url| strings(&[url]));
        of_one
            .chain(of_more.iter().map(|urls| strings(urls)))
            .collect()
    }

    #[test]
    fn entries_of_the_same_site_become_one() {
        let renamed = Entry {
            name: "another".to_owned(),
            url: "https://another.atlassian.net".to_owned(),
            ..entry("a", &["3", "1"])
        };
        type Sites<'a> = &'a [(usize, &'a [&'a str], &'a [&'a str])];
        // Of each site the place of its first entry, the addresses and the scopes.
        let table: [(&[Entry], Sites); 4] = [
            (&[], &[]),
            (
                &[entry("a", &[])],
                &[(0, &["https://a.atlassian.net"], &[])],
            ),
            (
                &[
                    entry("b", &["1"]),
                    entry("a", &["1", "2", "1"]),
                    entry("b", &["2"]),
                    renamed,
                    entry("c", &[]),
                ],
                &[
                    (0, &["https://b.atlassian.net"; 2], &["1", "2"]),
                    (
                        1,
                        &["https://a.atlassian.net", "https://another.atlassian.net"],
                        &["1", "2", "3"],
                    ),
                    (4, &["https://c.atlassian.net"], &[]),
                ],
            ),
            // Ids are compared as they are.
            (
                &[entry("a", &[]), entry("A", &[])],
                &[
                    (0, &["https://a.atlassian.net"], &[]),
                    (1, &["https://A.atlassian.net"], &[]),
                ],
            ),
        ];
        for (entries, expected) in table {
            let sites = merge(entries).unwrap();
            assert_eq!(sites.len(), expected.len());
            for (site, (first, urls, scopes)) in sites.iter().zip(expected) {
                assert_eq!(site.first, &entries[*first]);
                assert_eq!((&*site.urls, &*site.scopes), (*urls, *scopes));
            }
        }
    }

    #[test]
    fn a_site_has_a_thousand_scopes_at_most_in_all_its_entries() {
        let scopes = |from: usize, to: usize| -> Entry {
            let scopes = (from..to).map(|number| number.to_string()).collect();
            Entry {
                scopes,
                ..entry("a", &[])
            }
        };
        let most = [scopes(0, 600), scopes(400, 1000)];
        assert_eq!(merge(&most).unwrap()[0].scopes.len(), MAX_LENGTH);
        let more = merge(&[scopes(0, 600), scopes(600, 1001)]).err();
        assert_eq!(more, Some(too_long()));
        // Not more than 1000, but often the same.
        let again = || Entry {
            scopes: vec!["999".to_owned(); 200],
            ..entry("a", &[])
        };
        let mut entries = vec![scopes(0, 1000)];
        entries.resize_with(1000, again);
        assert_eq!(merge(&entries).unwrap()[0].scopes.len(), MAX_LENGTH);
    }

    #[test]
    fn a_thousand_sites_of_a_hundred_scopes_are_not_too_long() {
        let entry = |number: usize| Entry {
            scopes: (0..100).map(|scope| scope.to_string()).collect(),
            ..entry(&number.to_string(), &[])
        };
        let entries: Vec<_> = (0..1000).map(entry).collect();
        let merged = merge(&entries).unwrap();
        assert_eq!(merged.len(), 1000);
        assert_eq!(merged[999].scopes.len(), 100);
    }

    #[test]
    fn products_are_told_from_scopes() {
        let table: [(&str, &[&str]); 8] = [
            (
                "jira",
                &[
                    "read:jira-work",
                    "read:jira-user",
                    "manage:jira-webhook",
                    "manage:jira-data-provider",
                    "read:issue:jira",
                    "read:issue.property:jira",
                    "read:cmdb-object:jira",
                    "read:board-scope.admin:jira-software",
                    "read:servicedesk-request",
                    "manage:servicedesk-customer",
                    "read:request:jira-service-management",
                    "read:incident:jira-service-management",
                    "read:ops-alert:jira-service-management",
                    "jira",
                    "jira-work",
                ],
            ),
            (
                "confluence",
                &[
                    "read:confluence-content.all",
                    "read:confluence-space.summary",
                    "search:confluence",
                    "read:page:confluence",
                    "readonly:content.attachment:confluence",
                ],
            ),
            ("compass", &["read:component:compass"]),
            (
                "bitbucket",
                &["admin:repository:bitbucket", "read:pullrequest:bitbucket"],
            ),
            // For Atlassian's MCP server and its command line alone.
            (
                "",
                &[
                    "read:jira:agent-interface",
                    "search:confluence:agent-interface",
                    "read:confluence:mcp",
                    "search:rovo:mcp",
                    "read:jsm:twg-cli",
                    "read:rovodev:limits",
                ],
            ),
            // Of products that have no REST API for these apps.
            (
                "",
                &[
                    "read:goal:townsquare",
                    "read:project:townsquare",
                    "read:focus-area:mercury",
                    "read:policies:admin",
                    "read:x:jira-align",
                ],
            ),
            // About the user, or the app.
            (
                "",
                &[
                    "read:me",
                    "read:account",
                    "offline_access",
                    "openid",
                    "report:personal-data",
                    "storage:app",
                ],
            ),
            (
                "",
                &[
                    "",
                    ":",
                    "read:",
                    "jira:",
                    "read:my-jira",
                    "read:jirawork",
                    "read:JIRA-work",
                ],
            ),
        ];
        for (product, scopes) in table {
            for scope in scopes {
                let products = Some(product).filter(|product| !product.is_empty());
                let products: Vec<_> = products.into_iter().collect();
                let entries = [entry("a", &[scope])];
                assert_eq!(merge(&entries).unwrap()[0].products(), products, "{scope}");
            }
        }
        let many = [
            "read:me",
            "read:page:confluence",
            "read:jira-work",
            "read:issue:jira",
        ];
        let entries = [entry("a", &many), entry("b", &[])];
        let sites = merge(&entries).unwrap();
        assert_eq!(sites[0].products(), ["confluence", "jira"]);
        assert!(sites[1].products().is_empty());
    }

    #[test]
    fn a_site_is_found_by_its_host() {
        let sites = sites(
            &["https://one.atlassian.net", "https://Two.atlassian.net/"],
            &[],
        );
        let table = [
            ("https://one.atlassian.net", Ok(0)),
            ("HTTPS://ONE.ATLASSIAN.NET", Ok(0)),
            ("one.atlassian.net/jira?x#y", Ok(0)),
            ("\ttwo.atlassian.net \n", Ok(1)),
            (
                "http://two.atlassian.net?x=https://one.atlassian.net",
                Ok(1),
            ),
            ("one", Err("SITE_NOT_FOUND")),
            ("", Err("SITE_NOT_FOUND")),
            (
                "two.atlassian.net/login?x=https://one.atlassian.net/",
                Ok(1),
            ),
            ("two.atlassian.net#://one.atlassian.net", Ok(1)),
            ("://two.atlassian.net", Ok(1)),
            ("one.atlassian.net.evil.example", Err("SITE_NOT_FOUND")),
            (
                "https://evil.example/one.atlassian.net",
                Err("SITE_NOT_FOUND"),
            ),
            ("https://one.atlassian.net:8443", Err("SITE_NOT_FOUND")),
            ("https://one.atlassian.net:443", Ok(0)),
            ("one.atlassian.net:443/jira", Ok(0)),
            ("HTTPS://two.atlassian.net:443?x", Ok(1)),
            ("https://one.atlassian.net:4430", Err("SITE_NOT_FOUND")),
            (":443", Err("SITE_NOT_FOUND")),
            ("https://user@one.atlassian.net", Err("SITE_NOT_FOUND")),
        ];
        for (url, expected) in table {
            let found = find_by_url(&sites, url);
            if let Err(error) = &found {
                let listed = "https://one.atlassian.net, https://Two.atlassian.net";
                assert!(error.message().ends_with(listed));
            }
            assert_eq!(found.map_err(|error| error.code()), expected, "{url}");
        }
    }

    #[test]
    fn a_site_is_found_by_every_address_that_is_listed_for_it() {
        // The third is a new site at the former address of the first; both had another one before.
        let sites = sites(
            &[],
            &[
                &[
                    "https://new.example",
                    "https://old.example",
                    "https://older.example",
                ],
                &["https://two.example", "https://Two.example/wiki"],
                &["https://old.example", "https://older.example"],
            ],
        );
        let table = [
            ("new.example", Ok(0)),
            ("two.example", Ok(1)),
            ("old.example", Ok(2)),
            ("https://OLDER.example/jira", Ok(0)),
            (
                "oldest.example",
                Err(strings(&[
                    "https://new.example",
                    "https://old.example",
                    "https://older.example",
                    "https://two.example",
                    "https://Two.example",
                ])),
            ),
        ];
        for (url, expected) in table {
            let expected = expected.map_err(|sites| Box::new(Error::SiteNotFound { sites }));
            assert_eq!(find_by_url(&sites, url), expected, "{url}");
        }
    }

    #[test]
    fn an_error_tells_addresses_to_the_end_of_their_hosts() {
        let long = ["https://", &"a".repeat(80), ".atlassian.net"].concat();
        let table = [
            ("https://a-1.atlassian.net", "https://a-1.atlassian.net"),
            (" https://A.example:8443/jira\n", "https://A.example:8443"),
            ("https://a.example?token", "https://a.example"),
            ("https://a.example#token", "https://a.example"),
            ("a.example/token", "a.example"),
            ("a.example/token/cb://h", "a.example"),
            ("https:/a.example/token://h", "https:"),
            ("/token://h", UNUSUAL),
            ("token:https://h", "token:https:"),
            ("https://user:token@a.example", UNUSUAL),
            ("https://a.example\nforged", UNUSUAL),
            ("javascript:token()", UNUSUAL),
            ("https://\u{1b}[31m", UNUSUAL),
            ("token_token", UNUSUAL),
            ("https://\u{e4}.example", UNUSUAL),
            (&long, UNUSUAL),
        ];
        for (url, expected) in table {
            let sites = sites(&[url, "b"], &[]);
            let expected = strings(&[expected, "b"]);
            let error = only(&sites).unwrap_err();
            assert!(error.message().ends_with(&expected.join(", ")), "{url}");
            assert_eq!(*error, Error::SeveralSites { sites: expected });
        }
        let error = only(&sites(&["https://a.example"; 1000], &[])).unwrap_err();
        assert!(error.message().len() < 300);
    }

    #[test]
    fn a_site_is_found_whether_a_usual_port_is_named_or_listed() {
        let sites = sites(&["https://one.example:443", "https://two.example"], &[]);
        for (index, name) in ["one", "two"].iter().enumerate() {
            for end in ["", ":443", "/", ":443/", ":443?x", "#:443"] {
                let url = ["https://", name, ".example", end].concat();
                assert_eq!(find_by_url(&sites, &url), Ok(index), "{url}");
            }
        }
    }

    #[test]
    fn an_address_is_an_https_url_with_a_host() {
        let hosts = [
            ("a", true),
            ("team.atlassian.net", true),
            ("A-1.example", true),
            ("under_score.example", true),
            ("\u{e4}.example", true),
            ("", false),
            (" ", false),
            ("not a host", false),
            ("a\nb", false),
            ("a\u{1b}[31m", false),
            ("<a>", false),
            ("a|b", false),
        ];
        let schemes = [
            ("https://", true),
            ("HTTPS://", true),
            (" https://", true),
            ("http://", false),
            ("ftp://", false),
            ("javascript:", false),
            ("https:", false),
            ("//", false),
            ("/", false),
            ("", false),
        ];
        let users = ["", "user@", "user:password@"];
        let ends = ["", ":443", ":8443", "/", "/jira", "?x", "#x", "/https://"];
        for (scheme, is_scheme) in schemes {
            for (host, is_host) in hosts {
                for user in users {
                    for end in ends {
                        let url = [scheme, user, host, end].concat();
                        assert_eq!(is_url(&url), is_scheme && is_host, "{url:?}");
                    }
                }
            }
        }
        for text in [
            "",
            "text",
            "not a url",
            "https",
            "https:/a",
            "https:/\u{e4}/a",
            "null",
        ] {
            assert!(!is_url(text), "{text:?}");
        }
    }

    #[test]
    fn no_site_is_found_by_no_host() {
        let sites = sites(&["#"], &[&["/", "https://"]]);
        for url in ["", " ", "/", "#", "?x", "://"] {
            assert!(find_by_url(&sites, url).is_err(), "{url}");
        }
    }

    #[test]
    fn the_only_site_is_the_only_one() {
        let table = [
            (sites(&["a"], &[]), Ok(())),
            (sites(&[], &[&["a", "b", "c"]]), Ok(())),
            (vec![], Err(Error::NoSites.into())),
            (
                sites(&["a"], &[&["b", "c"]]),
                Err(Error::SeveralSites {
                    sites: strings(&["a", "b"]),
                }
                .into()),
            ),
        ];
        for (sites, expected) in table {
            assert_eq!(only(&sites), expected);
        }
    }

    #[test]
    fn an_api_is_at_the_host_of_its_cloud() {
        let table = [
            (
                Cloud::Commercial,
                ("1-a", "jira"),
                Ok("https://api.atlassian.com/ex/jira/1-a"),
            ),
            (
                Cloud::Government,
                ("1-a", "confluence"),
                Ok("https://api.atlassian-us-gov-mod.com/ex/confluence/1-a"),
            ),
            (Cloud::Commercial, ("", "jira"), Err("`site`")),
            (Cloud::Commercial, ("a/b", "jira"), Err("`site`")),
            (Cloud::Commercial, ("..", "jira"), Err("`site`")),
            (Cloud::Commercial, ("a%2Fb", "jira"), Err("`site`")),
            (Cloud::Commercial, ("a\n", "jira"), Err("`site`")),
            (Cloud::Commercial, ("a", ""), Err("`product`")),
            (Cloud::Commercial, ("a", "jira/x"), Err("`product`")),
            (Cloud::Commercial, ("a", "j\u{456}ra"), Err("`product`")),
        ];
        for (cloud, (id, product), expected) in table {
            match (api_url(cloud, id, product), expected) {
                (Ok(url), Ok(expected)) => assert_eq!(url, expected),
                (Err(error), Err(field)) => assert!(error.message().starts_with(field)),
                (result, _) => panic!("{id} {product}: {result:?}"),
            }
        }
    }
}
