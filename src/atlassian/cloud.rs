//! Atlassian's two clouds and the URLs of each. The list is fixed: the package sends a client secret only to
//! Atlassian.

use crate::config::invalid;
use crate::error::Error;
use crate::value::Value;

/// A cloud of Atlassian: it has its own hosts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cloud {
    /// The default cloud.
    Commercial,
    /// Atlassian Government Cloud.
    Government,
}

impl Cloud {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Commercial, Self::Government];

    /// Its name in the app's configuration.
    pub fn name(self) -> &'static str {
        match self {
            Self::Commercial => "commercial",
            Self::Government => "government",
        }
    }

    /// The authorization endpoint (RFC 6749, section 3.1).
    pub fn authorization_endpoint(self) -> &'static str {
        match self {
            Self::Commercial => "https://auth.atlassian.com/authorize",
            Self::Government => "https://auth.atlassian-us-gov-mod.com/authorize",
        }
    }

    /// The token endpoint (RFC 6749, section 3.2).
    pub fn token_endpoint(self) -> &'static str {
        match self {
            Self::Commercial => "https://auth.atlassian.com/oauth/token",
            Self::Government => "https://auth.atlassian-us-gov-mod.com/oauth/token",
        }
    }

    /// The revocation endpoint (RFC 7009, section 2). The server's metadata lists it; Atlassian's documentation of 3LO
    /// apps does not.
    pub fn revocation_endpoint(self) -> &'static str {
        match self {
            Self::Commercial => "https://auth.atlassian.com/oauth/revoke",
            Self::Government => "https://auth.atlassian-us-gov-mod.com/oauth/revoke",
        }
    }

    /// The endpoint of the user's profile.
    pub fn user_endpoint(self) -> &'static str {
        match self {
            Self::Commercial => "https://api.atlassian.com/me",
            Self::Government => "https://api.atlassian-us-gov-mod.com/me",
        }
    }

    /// The endpoint of the sites of an access token.
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

impl TryFrom<Value> for Cloud {
    type Error = Box<Error>;

    /// Checks the field of the configuration: absent, `"commercial"` or `"government"`.
    fn try_from(cloud: Value) -> Result<Self, Box<Error>> {
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
            assert_eq!(Cloud::try_from(cloud), expected);
        }
    }

    #[test]
    fn each_cloud_has_a_name_and_keeps_to_its_own_two_hosts() {
        for cloud in Cloud::ALL {
            let name = Value::String(cloud.name().to_owned());
            assert_eq!(Cloud::try_from(name), Ok(cloud));
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
