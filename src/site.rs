//! The sites that an access token reaches, as the accessible-resources endpoint lists them: one entry
//! for each site and product, so that a site can stand there more than once. This merges them, tells
//! the products from the scopes, finds a site, and says where its APIs are. Reading the answer is left
//! to the boundary.

use crate::cloud::Cloud;
use crate::config::invalid;
use crate::error::Error;
use crate::form::concat;

/// The most entries, and the most scopes of an entry, that are read.
pub const MAX_LENGTH: usize = 1000;

/// One entry of the list, or one site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// The cloud id.
    pub id: String,
    /// The address at which people open the site.
    pub url: String,
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

/// The product that a scope belongs to: classic scopes name it first in their last part
/// (`read:jira-work`), granular ones are it (`read:issue:jira`). `None` for the user's own data.
#[inline(never)]
fn product(scope: &str) -> Option<&'static str> {
    let mut parts = scope.as_bytes().rsplit(|byte| *byte == b':');
    let last = parts.next().unwrap_or_default();
    let known = PRODUCTS.iter();
    let mut named = known.filter(|(start, _)| last.starts_with(start.as_bytes()));
    named.next().map(|(_, product)| *product)
}

/// What begins the scopes of which product.
static PRODUCTS: [(&str, &str); 4] = [
    ("jira", "jira"),
    ("servicedesk", "jira"),
    ("confluence", "confluence"),
    ("compass", "compass"),
];

/// Makes one site of all entries with the same id, in the order in which they first come.
///
/// Refuses with [`Error::InvalidResourcesResponse`] a site with more than [`MAX_LENGTH`] scopes.
pub fn merge(entries: Vec<Site>) -> Result<Vec<Site>, Error> {
    let mut sites: Vec<Site> = Vec::new();
    for mut entry in entries {
        let scopes = std::mem::take(&mut entry.scopes);
        let index = sites.iter().position(|site| site.id == entry.id);
        let index = index.unwrap_or_else(|| {
            sites.push(entry);
            sites.len().saturating_sub(1)
        });
        let Some(site) = sites.get_mut(index) else {
            continue;
        };
        for scope in scopes {
            if !site.scopes.contains(&scope) {
                site.scopes.push(scope);
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

/// Finds the site at an address. Scheme, path and the case of letters do not matter, so that
/// `Team.atlassian.net` and `https://team.atlassian.net/jira` are the same.
///
/// Refuses with [`Error::SiteNotFound`], which lists the addresses that there are.
pub fn at(sites: &[String], url: &str) -> Result<usize, Error> {
    let wanted = host(url);
    sites
        .iter()
        .position(|site| host(site).eq_ignore_ascii_case(wanted))
        .ok_or_else(|| Error::SiteNotFound {
            sites: sites.to_vec(),
        })
}

/// Takes the only site. Refuses when there is none or another, with a list of them.
pub fn only(sites: &[String]) -> Result<(), Error> {
    match sites {
        [] => Err(Error::NoSites),
        [_] => Ok(()),
        _ => Err(Error::SeveralSites {
            sites: sites.to_vec(),
        }),
    }
}

// On bytes: what `str` brings along to search and to slice is more than all the rest of this file.
#[inline(never)]
fn host(url: &str) -> &[u8] {
    let url = url.trim_ascii().as_bytes();
    let scheme = url
        .windows(SCHEME_END.len())
        .position(|window| window == SCHEME_END);
    let start = scheme.map_or(0, |end| end.saturating_add(SCHEME_END.len()));
    let rest = url.get(start..).unwrap_or_default();
    let mut parts = rest.split(|byte| matches!(byte, b'/' | b'?' | b'#'));
    parts.next().unwrap_or_default()
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
    Ok(concat(&[
        "https://",
        cloud.audience(),
        "/ex/",
        product,
        "/",
        id,
    ]))
}
