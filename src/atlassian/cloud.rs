//! Atlassian's two clouds and the addresses of each. The list is fixed, so that a client secret can
//! go to Atlassian alone.

use crate::config::invalid;
use crate::error::Error;
use crate::value::Value;

/// A cloud of Atlassian's: which hosts an app's users are signed in at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cloud {
    /// The one that is meant when nothing is said.
    Commercial,
    /// Atlassian Government Cloud.
    Government,
}

impl Cloud {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Commercial, Self::Government];

    /// Checks the field of the configuration: absent, `"commercial"` or `"government"`.
    pub fn new(cloud: Value) -> Result<Self, Box<Error>> {
        let received = match cloud {
            Value::Absent(_) => return Ok(Self::Commercial),
            Value::String(name) => match Self::ALL.iter().find(|cloud| cloud.name() == name) {
                Some(cloud) => return Ok(*cloud),
                None => "another string",
            },
            Value::Other(received) => received,
        };
        Err(invalid(
            "configs.cloud",
            "\"commercial\" or \"government\"",
            received,
        ))
    }

    /// Its name in the app's configuration.
    pub fn name(self) -> &'static str {
        match self {
            Self::Commercial => "commercial",
            Self::Government => "government",
        }
    }

    /// Where the user grants access (RFC 6749, section 3.1).
    pub fn authorization_endpoint(self) -> &'static str {
        match self {
            Self::Commercial => "https://auth.atlassian.com/authorize",
            Self::Government => "https://auth.atlassian-us-gov-mod.com/authorize",
        }
    }

    /// Where codes and refresh tokens are exchanged for tokens (RFC 6749, section 3.2).
    pub fn token_endpoint(self) -> &'static str {
        match self {
            Self::Commercial => "https://auth.atlassian.com/oauth/token",
            Self::Government => "https://auth.atlassian-us-gov-mod.com/oauth/token",
        }
    }

    /// Where tokens are revoked (RFC 7009, section 2). It stands in the server's discovery file, but
    /// not in Atlassian's documentation of 3LO apps.
    pub fn revocation_endpoint(self) -> &'static str {
        match self {
            Self::Commercial => "https://auth.atlassian.com/oauth/revoke",
            Self::Government => "https://auth.atlassian-us-gov-mod.com/oauth/revoke",
        }
    }

    /// Where Atlassian says who the user is.
    pub fn user_endpoint(self) -> &'static str {
        match self {
            Self::Commercial => "https://api.atlassian.com/me",
            Self::Government => "https://api.atlassian-us-gov-mod.com/me",
        }
    }

    /// Where Atlassian lists the sites that an access token reaches.
    pub fn resources_endpoint(self) -> &'static str {
        match self {
            Self::Commercial => "https://api.atlassian.com/oauth/token/accessible-resources",
            Self::Government => {
                "https://api.atlassian-us-gov-mod.com/oauth/token/accessible-resources"
            }
        }
    }

    /// The host of the APIs, which is also the `audience` of an authorization request.
    pub fn api_host(self) -> &'static str {
        match self {
            Self::Commercial => "api.atlassian.com",
            Self::Government => "api.atlassian-us-gov-mod.com",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_two_names_are_accepted() {
        let text = |name: &str| Value::String(name.to_owned());
        let table = [
            (Value::Absent("undefined"), Ok(Cloud::Commercial)),
            (text("commercial"), Ok(Cloud::Commercial)),
            (text("government"), Ok(Cloud::Government)),
            (text(""), Err("another string")),
            (text("auth.evil.example"), Err("another string")),
            (Value::Other("an object"), Err("an object")),
        ];
        for (cloud, expected) in table {
            let expected = expected.map_err(|received| {
                invalid(
                    "configs.cloud",
                    "\"commercial\" or \"government\"",
                    received,
                )
            });
            assert_eq!(Cloud::new(cloud), expected);
        }
    }

    #[test]
    fn each_cloud_has_a_name_and_keeps_to_its_own_two_hosts() {
        for cloud in Cloud::ALL {
            let name = Value::String(cloud.name().to_owned());
            assert_eq!(Cloud::new(name), Ok(cloud));
            let api = ["https://", cloud.api_host(), "/"].concat();
            let auth = api.replace("//api.", "//auth.");
            assert!(cloud.user_endpoint().starts_with(&api));
            assert!(cloud.resources_endpoint().starts_with(&api));
            assert!(cloud.authorization_endpoint().starts_with(&auth));
            assert!(cloud.token_endpoint().starts_with(&auth));
            assert!(cloud.revocation_endpoint().starts_with(&auth));
        }
    }
}
