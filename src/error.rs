//! What can be wrong with what a caller or a server handed over. Every error names the field or
//! the endpoint, what was expected, what came instead and what to do about it; it never holds a
//! value, since a value may be a secret. How an error looks to JavaScript is left to the boundary.

use std::fmt;

use crate::oauth::error_response::{self, Action, Classification, configure, reauthorize, retry};

/// The reason why a call is refused or a response is not used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// The app called with a missing or mistyped argument or configuration field.
    InvalidArgument {
        /// The path of the field as a user of the package writes it, such as `configs.clientId`.
        field: String,
        /// What has to be there, as a noun phrase.
        expected: &'static str,
        /// What is there, by type alone.
        received: &'static str,
    },
    /// The token endpoint responded with success, but without a token that can be used.
    InvalidTokenResponse {
        /// The member of the JSON object (RFC 6749, section 5.1).
        member: &'static str,
        /// What has to be there, as a noun phrase.
        expected: &'static str,
        /// What is there, by type alone.
        received: &'static str,
    },
    /// The user endpoint responded with success, but does not say who the user is.
    InvalidUserResponse {
        /// The member of the JSON object.
        member: &'static str,
        /// What has to be there, as a noun phrase.
        expected: &'static str,
        /// What is there, by type alone.
        received: &'static str,
    },
    /// The accessible-resources endpoint responded with success, but with no list of sites.
    InvalidResourcesResponse {
        /// The member of an entry, or the body.
        member: &'static str,
        /// What has to be there, as a noun phrase.
        expected: &'static str,
        /// What is there, by type alone.
        received: &'static str,
    },
    /// An endpoint responded with success and a body of more bytes than are read.
    ResponseTooLarge {
        /// The address without its query, which may be a secret.
        address: String,
    },
    /// An endpoint responded with success and a body that is no JSON (RFC 8259).
    InvalidJson {
        /// The address without its query, which may be a secret.
        address: String,
    },
    /// The app's `fetch` combines a `Request` or an option with a library that does not accept it.
    RequestNotAccepted,
    /// The app called with a string that does not fit into the memory of an instance, or an endpoint responded
    /// with one.
    TooLong,
    /// The redirect back to the app reports an error (RFC 6749, section 4.1.2.1).
    CallbackRefused(Classification),
    /// A parameter stands twice in the redirect back to the app (RFC 6749, section 3.1).
    RepeatedParameter {
        /// Its name.
        name: &'static str,
    },
    /// The app has no state to compare with: the cookie is gone, or was never set.
    MissingStoredState,
    /// The code verifier is not one that was made for a sign-in: the cookie was changed.
    InvalidCodeVerifier,
    /// The redirect back to the app has no state.
    MissingState,
    /// The redirect back to the app has another state than the one that was stored.
    StateMismatch,
    /// The redirect back to the app has neither an error nor a code.
    MissingCode,
    /// There is no refresh token to refresh with.
    NoRefreshToken {
        /// Whether the app asks for `offline_access`.
        is_asked_for: bool,
    },
    /// No response says whether the refresh token was used.
    RefreshOutcomeUnknown,
    /// The app's store holds no tokens.
    NoTokens,
    /// The app's store never took the new tokens.
    StoreConflict,
    /// No site has the address.
    SiteNotFound {
        /// The addresses that there are.
        sites: Vec<String>,
    },
    /// The user granted no site.
    NoSites,
    /// There is more than one site.
    SeveralSites {
        /// Their addresses.
        sites: Vec<String>,
    },
    /// A JSON Web Token whose payload cannot be read (RFC 7519, section 7.2).
    InvalidIdToken,
    /// The platform has no cryptographically secure source of random bytes, or it failed.
    NoRandomBytes,
}

/// The most sites that a message lists.
const MOST_SITES: usize = 10;

impl Error {
    /// A name that never changes, for callers to branch on; the message may be reworded.
    pub fn code(&self) -> &'static str {
        self.classification().code
    }

    /// What the app does about it.
    pub fn action(&self) -> Action {
        self.classification().action
    }

    fn classification(&self) -> Classification {
        match self {
            Self::InvalidArgument { .. } => error_response::INVALID_ARGUMENT,
            Self::InvalidTokenResponse { .. } => retry("INVALID_TOKEN_RESPONSE"),
            Self::InvalidUserResponse { .. } => retry("INVALID_USER_RESPONSE"),
            Self::InvalidResourcesResponse { .. } => retry("INVALID_RESOURCES_RESPONSE"),
            Self::ResponseTooLarge { .. } => retry("RESPONSE_TOO_LARGE"),
            Self::InvalidJson { .. } => error_response::INVALID_JSON,
            Self::RequestNotAccepted | Self::TooLong => error_response::INVALID_ARGUMENT,
            Self::CallbackRefused(classification) => *classification,
            Self::RepeatedParameter { .. } => reauthorize("REPEATED_PARAMETER"),
            Self::MissingStoredState => reauthorize("MISSING_STORED_STATE"),
            Self::InvalidCodeVerifier => reauthorize("INVALID_CODE_VERIFIER"),
            Self::MissingState => reauthorize("MISSING_STATE"),
            Self::StateMismatch => reauthorize("STATE_MISMATCH"),
            Self::MissingCode => reauthorize("MISSING_CODE"),
            Self::NoRefreshToken { is_asked_for } => Classification {
                code: "NO_REFRESH_TOKEN",
                action: if *is_asked_for {
                    Action::Reauthorize
                } else {
                    Action::Configure
                },
            },
            Self::RefreshOutcomeUnknown => retry("REFRESH_OUTCOME_UNKNOWN"),
            Self::NoTokens => reauthorize("NO_TOKENS"),
            Self::StoreConflict => retry("STORE_CONFLICT"),
            Self::SiteNotFound { .. } => reauthorize("SITE_NOT_FOUND"),
            Self::NoSites => reauthorize("NO_SITES"),
            Self::SeveralSites { .. } => configure("SEVERAL_SITES"),
            Self::InvalidIdToken => reauthorize("INVALID_ID_TOKEN"),
            Self::NoRandomBytes => configure("NO_RANDOM_BYTES"),
        }
    }

    /// What went wrong and what to do about it.
    pub fn message(&self) -> String {
        // The parts are told apart here and put together below, once for all errors.
        let mut sites: &[String] = &[];
        let parts: &[&str] = match self {
            Self::InvalidArgument {
                field,
                expected,
                received,
            } => &["`", field, "` must be ", expected, ", but is ", received],
            Self::InvalidTokenResponse {
                member,
                expected,
                received,
            }
            | Self::InvalidUserResponse {
                member,
                expected,
                received,
            }
            | Self::InvalidResourcesResponse {
                member,
                expected,
                received,
            } => &[
                "The response of Atlassian's ",
                match self {
                    Self::InvalidTokenResponse { .. } => "token endpoint",
                    Self::InvalidUserResponse { .. } => "/me",
                    _ => "accessible-resources",
                },
                " has no usable `",
                member,
                "`: it must be ",
                expected,
                ", but is ",
                received,
                ". Start again",
            ],
            Self::ResponseTooLarge { address } => &[
                "The response of ",
                address,
                " has more bytes than the limit, which `configs.bodyLimit` sets. Start again",
            ],
            Self::InvalidJson { address } => {
                &["The response of ", address, " is invalid JSON. Start again"]
            }
            Self::RequestNotAccepted => &[
                "`configs.fetch` mixes the runtime's `fetch` or `Request` with another library's. Pass the parts to that library's `fetch`: `fetch(request.url, { method, headers, body: (await request.text()) || undefined, redirect, signal })`",
            ],
            Self::TooLong => &[
                "An argument or a field is too long: expected strings of at most a million characters",
            ],
            Self::CallbackRefused(classification) => {
                let text = match classification.action {
                    Action::Reauthorize if classification.code == "ACCESS_DENIED" => {
                        "The user did not grant access"
                    }
                    Action::Reauthorize => "Atlassian needs the user to sign in or to consent",
                    Action::Configure => {
                        "Atlassian refused the authorization request: compare `configs` with the app in its developer console"
                    }
                    Action::Retry => "Atlassian could not process the authorization request",
                };
                &[text, " (", classification.code, ")", START_AGAIN]
            }
            Self::RepeatedParameter { name } => {
                &["The callback URL has `", name, "` twice", START_AGAIN]
            }
            Self::MissingStoredState => &[
                "`storedState` holds no state: the cookie of the sign-in is gone, was changed or was never set",
                START_AGAIN,
            ],
            Self::InvalidCodeVerifier => &[
                "`options.codeVerifier` is not 43 to 128 of the characters A-Z a-z 0-9 - . _ ~: the cookie of the sign-in was changed",
                START_AGAIN,
            ],
            Self::MissingState => &["The callback URL has no `state`", START_AGAIN],
            Self::StateMismatch => &[
                "The `state` of the callback URL is not the stored one: this browser did not start this sign-in",
                START_AGAIN,
            ],
            Self::MissingCode => &["The callback URL has no `code`", START_AGAIN],
            Self::NoRefreshToken { is_asked_for } => {
                let why = if *is_asked_for {
                    "`offline_access` was not granted"
                } else {
                    "add `offline_access` to `configs.scope`"
                };
                &["There is no refresh token: ", why, SIGN_IN_AGAIN]
            }
            Self::RefreshOutcomeUnknown => &[
                "Atlassian's token endpoint gave no response. The refresh token may be spent; try it again within ten minutes. `cause` is the last failure",
            ],
            Self::NoTokens => {
                &["The store holds no tokens. Let the user sign in, and call `set` with the tokens"]
            }
            Self::StoreConflict => &[
                "`store.save` resolved to false, but `store.load` gives no newer tokens: `save` must resolve to false only if the stored tokens differ from `previous`",
            ],
            Self::SiteNotFound { sites: granted } if !granted.is_empty() => {
                sites = granted;
                &["The user did not grant the site at this address, but granted "]
            }
            Self::SiteNotFound { .. } | Self::NoSites => {
                &["The user granted no site", SIGN_IN_AGAIN, " and choose one"]
            }
            Self::SeveralSites { sites: granted } => {
                sites = granted;
                &["The user granted more than one site. Choose one by `site(url)`: "]
            }
            Self::InvalidIdToken => &["Invalid ID Token"],
            Self::NoRandomBytes => &[
                "`crypto.getRandomValues` is missing or failed, and a state must not be made without it",
            ],
        };
        let mut message = parts.concat();
        for (index, site) in sites.iter().take(MOST_SITES).enumerate() {
            message.push_str(if index > 0 { ", " } else { "" });
            message.push_str(site);
        }
        if sites.len() > MOST_SITES {
            message.push_str(", and others");
        }
        message
    }
}

const START_AGAIN: &str = ". Nobody was signed in; start the sign-in again";
const SIGN_IN_AGAIN: &str = ". Let the user sign in again";

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message())
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_error_has_its_own_code_and_says_what_to_expect() {
        let table = [
            (
                Error::InvalidArgument {
                    field: "configs.scope[2]".to_owned(),
                    expected: "a string",
                    received: "null",
                },
                "INVALID_ARGUMENT",
                "`configs.scope[2]` must be a string, but is null",
            ),
            (
                Error::InvalidTokenResponse {
                    member: "access_token",
                    expected: "a non-empty string",
                    received: "a number",
                },
                "INVALID_TOKEN_RESPONSE",
                "The response of Atlassian's token endpoint has no usable `access_token`: it must be a \
                 non-empty string, but is a number. Start again",
            ),
            (
                Error::InvalidUserResponse {
                    member: "account_id",
                    expected: "a non-empty string",
                    received: "undefined",
                },
                "INVALID_USER_RESPONSE",
                "The response of Atlassian's /me has no usable `account_id`: it must be a \
                 non-empty string, but is undefined. Start again",
            ),
            (
                Error::RequestNotAccepted,
                "INVALID_ARGUMENT",
                "`configs.fetch` mixes the runtime's `fetch` or `Request` with another library's. Pass the parts to \
                 that library's `fetch`: `fetch(request.url, { method, headers, body: (await request.text()) || \
                 undefined, redirect, signal })`",
            ),
            (
                Error::ResponseTooLarge {
                    address: "https://auth.atlassian.com/oauth/token".to_owned(),
                },
                "RESPONSE_TOO_LARGE",
                "The response of https://auth.atlassian.com/oauth/token has more bytes than the limit, which \
                 `configs.bodyLimit` sets. Start again",
            ),
            (
                Error::InvalidJson {
                    address: "https://api.atlassian.com/me".to_owned(),
                },
                "INVALID_JSON",
                "The response of https://api.atlassian.com/me is invalid JSON. Start again",
            ),
            (
                Error::TooLong,
                "INVALID_ARGUMENT",
                "An argument or a field is too long: expected strings of at most a million characters",
            ),
            (
                Error::InvalidIdToken,
                "INVALID_ID_TOKEN",
                "Invalid ID Token",
            ),
            (
                Error::NoRandomBytes,
                "NO_RANDOM_BYTES",
                "`crypto.getRandomValues` is missing or failed, and a state must not be made without it",
            ),
        ];
        for (error, code, message) in table {
            assert_eq!(error.code(), code);
            assert_eq!(error.to_string(), message);
        }
    }
}
