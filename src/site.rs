//! The sites that an access token reaches, as the accessible-resources endpoint lists them: one entry
//! for each site and product, so that a site can stand there more than once, at more than one address.
//! This merges the entries, tells the products from the scopes, finds a site, and says where its APIs are.
//! Reading the response is left to the boundary.

use crate::cloud::Cloud;
use crate::config::invalid;
use crate::error::Error;
use crate::sorted_map::get_or_insert;

/// The most entries, and the most scopes of an entry, that are read.
pub const MAX_LENGTH: usize = 1000;

/// One entry of the list, or one site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// The cloud id.
    pub id: String,
    /// The address at which people open the site: the first that is listed.
    pub url: String,
    /// The other addresses that are listed for it, such as that from before it was renamed.
    pub other_urls: Vec<String>,
    /// Its name; empty when the answer has none.
    pub name: String,
    /// Its picture; empty when the answer has none.
    pub avatar_url: String,
    /// What was granted on it.
    pub scopes: Vec<String>,
}

impl Site {
    /// The products whose APIs the scopes open, without duplicates.
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

/// The product whose APIs a scope opens: the last part of a granular scope names it (`read:issue:jira`),
/// that of a classic one begins with it (`read:jira-work`). A scope that ends otherwise opens no product's
/// APIs: `read:me` is about the user, `read:jira:agent-interface` and `read:confluence:mcp` are for
/// Atlassian's MCP server, and the APIs refuse them.
#[inline(never)]
fn product(scope: &str) -> Option<&'static str> {
    let mut parts = scope.as_bytes().rsplit(|byte| *byte == b':');
    let last = parts.next().unwrap_or_default();
    let is_granular = parts.nth(1).is_some();
    let mut words = last.split(|byte| !is_granular && *byte == b'-');
    match words.next().unwrap_or_default() {
        // The APIs of Jira Software and of Jira Service Management, with its operations, are below Jira's address:
        // https://developer.atlassian.com/cloud/jira/service-desk-ops/security/oauth-2-3lo-apps
        b"jira" | b"jira-software" | b"jira-service-management" | b"servicedesk" => Some("jira"),
        b"confluence" => Some("confluence"),
        b"compass" => Some("compass"),
        b"bitbucket" => Some("bitbucket"),
        _ => None,
    }
}

/// Makes one site of all entries with the same id, in the order in which they first come. Name and picture
/// are those of its first entry.
///
/// Refuses with [`Error::InvalidResourcesResponse`] a site with more than [`MAX_LENGTH`] scopes.
pub fn merge(entries: &[Site]) -> Result<Vec<Site>, Error> {
    let mut sites: Vec<Site> = Vec::new();
    let mut indices = Vec::new();
    let mut known_scopes: Vec<Vec<(&str, usize)>> = Vec::new();
    for entry in entries {
        let index = get_or_insert(&mut indices, &entry.id, sites.len());
        if let Some(site) = sites.get_mut(index) {
            site.other_urls.push(entry.url.clone());
        } else {
            sites.push(Site {
                scopes: Vec::new(),
                ..entry.clone()
            });
            known_scopes.push(Vec::new());
        }
        let (Some(site), Some(known)) = (sites.get_mut(index), known_scopes.get_mut(index)) else {
            continue;
        };
        for scope in &entry.scopes {
            let new = site.scopes.len();
            if get_or_insert(known, scope, new) == new {
                site.scopes.push(scope.clone());
            }
        }
        if site.scopes.len() > MAX_LENGTH {
            return Err(too_long());
        }
    }
    Ok(sites)
}

/// The refusal of a list that would take too long to read.
pub fn too_long() -> Error {
    Error::InvalidResourcesResponse {
        member: "body",
        expected: "an array of at most 1000 sites with at most 1000 scopes each",
        received: "longer",
    }
}

/// An address at which a site was listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// The address.
    pub url: String,
    /// Whether it is [`Site::url`], and not another one.
    pub is_first: bool,
}

/// Finds the address that is meant. Scheme, path and the case of letters do not matter, so that
/// `Team.atlassian.net` and `https://team.atlassian.net/jira` are the same. Where sites share an address,
/// it is that of the site whose first one it is: the other was renamed.
///
/// Refuses with [`Error::SiteNotFound`], which lists the addresses that there are.
pub fn at(addresses: &[Address], url: &str) -> Result<usize, Error> {
    let wanted = host(url);
    let find = |is_first| {
        addresses.iter().position(|address| {
            address.is_first == is_first
                && !wanted.is_empty()
                && host(&address.url).eq_ignore_ascii_case(wanted)
        })
    };
    find(true)
        .or_else(|| find(false))
        .ok_or_else(|| Error::SiteNotFound {
            sites: shown(addresses),
        })
}

/// Takes the only site. Refuses when there is none or another, with a list of them.
pub fn only(addresses: &[Address]) -> Result<(), Error> {
    let sites = shown(addresses);
    match sites.len() {
        0 => Err(Error::NoSites),
        1 => Ok(()),
        _ => Err(Error::SeveralSites { sites }),
    }
}

/// What an error tells of sites: the first address of each to the end of its host, since it shows in logs,
/// and the rest is whatever the response has.
fn shown(addresses: &[Address]) -> Vec<String> {
    let shown = |address: &Address| {
        let (start, host) = split(&address.url);
        let mut address = String::new();
        for byte in start.iter().chain(host) {
            if !byte.is_ascii_alphanumeric() && !matches!(byte, b'.' | b':' | b'/' | b'-') {
                return UNUSUAL.to_owned();
            }
            address.push(char::from(*byte));
        }
        if host.is_empty() || address.len() > LONGEST_ADDRESS {
            return UNUSUAL.to_owned();
        }
        address
    };
    addresses
        .iter()
        .filter(|address| address.is_first)
        .map(shown)
        .collect()
}

/// What stands for an address that no site has.
const UNUSUAL: &str = "an unusual address";

/// The longest address that an error has: a label of a host takes 63 characters at most (RFC 1035, section 2.3.4).
const LONGEST_ADDRESS: usize = 100;

fn host(url: &str) -> &[u8] {
    split(url).1
}

/// What comes before the host of an address, and the host. On bytes: what `str` brings along to search and to
/// slice is more than all the rest of this file.
#[inline(never)]
fn split(url: &str) -> (&[u8], &[u8]) {
    let url = url.trim_ascii().as_bytes();
    let is_end = |byte: &u8| matches!(byte, b':' | b'/' | b'?' | b'#');
    let scheme = url.iter().position(is_end).unwrap_or_default();
    let has_scheme = url
        .get(scheme..)
        .is_some_and(|rest| rest.starts_with(SCHEME_END));
    let start = if has_scheme {
        scheme.saturating_add(SCHEME_END.len())
    } else {
        0
    };
    let (start, rest) = url.split_at_checked(start).unwrap_or_default();
    let mut parts = rest.split(|byte| matches!(byte, b'/' | b'?' | b'#'));
    (start, parts.next().unwrap_or_default())
}

const SCHEME_END: &[u8] = b"://";

/// The base address of a product's APIs on a site: REST paths are appended to it. Both parts go into a
/// path, so that only letters, digits and hyphens are accepted.
pub fn api_url(cloud: Cloud, id: &str, product: &str) -> Result<String, Error> {
    let is_segment = |text: &str| {
        !text.is_empty()
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    if !is_segment(id) {
        return Err(invalid("site", "a site or the id of one", "something else"));
    }
    if !is_segment(product) {
        return Err(invalid(
            "product",
            "the name of a product, such as \"jira\" or \"confluence\"",
            "something else",
        ));
    }
    Ok(["https://", cloud.audience(), "/ex/", product, "/", id].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(id: &str, scopes: &[&str]) -> Site {
        Site {
            id: id.to_owned(),
            url: ["https://", id, ".atlassian.net"].concat(),
            other_urls: Vec::new(),
            name: id.to_owned(),
            avatar_url: String::new(),
            scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
        }
    }

    fn strings(strings: &[&str]) -> Vec<String> {
        strings.iter().map(|string| (*string).to_owned()).collect()
    }

    fn first(urls: &[&str]) -> Vec<Address> {
        addresses(urls, &[])
    }

    /// The first addresses of sites, and then others.
    fn addresses(first: &[&str], others: &[&str]) -> Vec<Address> {
        let first = first.iter().map(|url| (url, true));
        let others = others.iter().map(|url| (url, false));
        let address = |(url, is_first): (&&str, bool)| Address {
            url: (*url).to_owned(),
            is_first,
        };
        first.chain(others).map(address).collect()
    }

    #[test]
    fn entries_of_the_same_site_become_one() {
        let renamed = Site {
            name: "another".to_owned(),
            url: "https://another.atlassian.net".to_owned(),
            ..site("a", &["3", "1"])
        };
        let at = |urls: &[&str], site: Site| Site {
            other_urls: strings(urls),
            ..site
        };
        let table = [
            (vec![], vec![]),
            (vec![site("a", &[])], vec![site("a", &[])]),
            (
                vec![
                    site("b", &["1"]),
                    site("a", &["1", "2", "1"]),
                    site("b", &["2"]),
                    renamed,
                    site("c", &[]),
                ],
                vec![
                    at(&["https://b.atlassian.net"], site("b", &["1", "2"])),
                    at(
                        &["https://another.atlassian.net"],
                        site("a", &["1", "2", "3"]),
                    ),
                    site("c", &[]),
                ],
            ),
            // Ids are compared as they are.
            (
                vec![site("a", &[]), site("A", &[])],
                vec![site("a", &[]), site("A", &[])],
            ),
        ];
        for (entries, sites) in table {
            assert_eq!(merge(&entries), Ok(sites));
        }
    }

    #[test]
    fn a_site_has_a_thousand_scopes_at_most_in_all_its_entries() {
        let scopes = |from: usize, to: usize| -> Site {
            let scopes = (from..to).map(|number| number.to_string()).collect();
            Site {
                scopes,
                ..site("a", &[])
            }
        };
        let most = merge(&[scopes(0, 600), scopes(400, 1000)]).unwrap();
        assert_eq!(most[0].scopes.len(), MAX_LENGTH);
        let more = merge(&[scopes(0, 600), scopes(600, 1001)]);
        assert_eq!(more, Err(too_long()));
        // Not more than 1000, but often the same.
        let again = || Site {
            scopes: vec!["999".to_owned(); 200],
            ..site("a", &[])
        };
        let mut entries = vec![scopes(0, 1000)];
        entries.resize_with(1000, again);
        assert_eq!(merge(&entries).unwrap()[0].scopes.len(), MAX_LENGTH);
    }

    #[test]
    fn a_thousand_sites_of_a_hundred_scopes_are_not_too_long() {
        let entry = |number: usize| Site {
            scopes: (0..100).map(|scope| scope.to_string()).collect(),
            ..site(&number.to_string(), &[])
        };
        let merged = merge(&(0..1000).map(entry).collect::<Vec<_>>()).unwrap();
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
                assert_eq!(site("a", &[scope]).products(), products, "{scope}");
            }
        }
        let many = [
            "read:me",
            "read:page:confluence",
            "read:jira-work",
            "read:issue:jira",
        ];
        assert_eq!(site("a", &many).products(), ["confluence", "jira"]);
        assert!(site("a", &[]).products().is_empty());
    }

    #[test]
    fn a_site_is_found_by_its_host() {
        let sites = first(&["https://one.atlassian.net", "https://Two.atlassian.net/"]);
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
            ("https://user@one.atlassian.net", Err("SITE_NOT_FOUND")),
        ];
        for (url, expected) in table {
            let found = at(&sites, url);
            if let Err(error) = &found {
                let listed = "https://one.atlassian.net, https://Two.atlassian.net";
                assert!(error.message().ends_with(listed));
            }
            assert_eq!(found.map_err(|error| error.code()), expected, "{url}");
        }
    }

    #[test]
    fn a_site_is_found_by_every_address_that_is_listed_for_it() {
        // The third is a new site at the former address of the first.
        let sites = addresses(
            &[
                "https://new.example",
                "https://two.example",
                "https://old.example",
            ],
            &[
                "https://old.example",
                "https://older.example",
                "https://Two.example/wiki",
            ],
        );
        let table = [
            ("new.example", Ok(0)),
            ("two.example", Ok(1)),
            ("old.example", Ok(2)),
            ("https://OLDER.example/jira", Ok(4)),
            (
                "oldest.example",
                Err(strings(&[
                    "https://new.example",
                    "https://two.example",
                    "https://old.example",
                ])),
            ),
        ];
        for (url, expected) in table {
            let expected = expected.map_err(|sites| Error::SiteNotFound { sites });
            assert_eq!(at(&sites, url), expected, "{url}");
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
            let sites = first(&[url, "b"]);
            let expected = strings(&[expected, "b"]);
            let error = only(&sites).unwrap_err();
            assert!(error.message().ends_with(&expected.join(", ")), "{url}");
            assert_eq!(error, Error::SeveralSites { sites: expected });
        }
        let error = only(&first(&["https://a.example"; 1000])).unwrap_err();
        assert!(error.message().len() < 300);
    }

    #[test]
    fn no_site_is_found_by_no_host() {
        let sites = addresses(&["/", "#"], &["https://"]);
        for url in ["", " ", "/", "#", "?x", "://"] {
            assert!(at(&sites, url).is_err(), "{url}");
        }
    }

    #[test]
    fn the_only_site_is_the_only_one() {
        let table = [
            (first(&["a"]), Ok(())),
            (addresses(&["a"], &["b", "c"]), Ok(())),
            (vec![], Err(Error::NoSites)),
            (
                addresses(&["a", "b"], &["c"]),
                Err(Error::SeveralSites {
                    sites: strings(&["a", "b"]),
                }),
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
