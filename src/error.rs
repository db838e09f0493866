//! The errors of the package: wrong arguments, and unusable responses. Each message names the cause and, where it can,
//! the remedy; a wrong field has its name, the expected and the received type. No message holds a value: it may be a
//! secret. The boundary turns an error into a JavaScript object.

use std::fmt;

use crate::classification::{Action, Classification, INVALID_ARGUMENT, INVALID_JSON};

/// The cause of a rejected call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// An argument or a field of the configuration is missing or has a wrong type.
    InvalidArgument {
        /// The path of the field in the app's code, such as `configs.clientId`.
        field: String,
        /// The expected value, as a noun phrase.
        expected: &'static str,
        /// The received type.
        received: &'static str,
    },
    /// The token endpoint sent status 200 to 299 without a usable token.
    InvalidTokenResponse {
        /// The member of the JSON object (RFC 6749, section 5.1).
        member: &'static str,
        /// The expected value, as a noun phrase.
        expected: &'static str,
        /// The received type.
        received: &'static str,
    },
    /// The user endpoint sent status 200 to 299 without a usable account id.
    InvalidUserResponse {
        /// The member of the JSON object.
        member: &'static str,
        /// The expected value, as a noun phrase.
        expected: &'static str,
        /// The received type.
        received: &'static str,
    },
    /// The accessible-resources endpoint sent status 200 to 299 without a usable list of sites.
    InvalidResourcesResponse {
        /// The member of an entry, or the body.
        member: &'static str,
        /// The expected value, as a noun phrase.
        expected: &'static str,
        /// The received type.
        received: &'static str,
    },
    /// An endpoint sent status 200 to 299 and a longer body than `configs.bodyLimit`.
    ResponseTooLarge {
        /// The URL without its query, which may be a secret.
        url: String,
    },
    /// An endpoint sent invalid JSON (RFC 8259) with status 200 to 299.
    InvalidJson {
        /// The URL without its query, which may be a secret.
        url: String,
    },
    /// `configs.fetch` passes a `Request` or an option to a library that does not accept it.
    RequestNotAccepted,
    /// A string of the app or of a response is too long for the memory of an instance.
    StringTooLong,
    /// The callback URL has an error (RFC 6749, section 4.1.2.1).
    CallbackRefused(Classification),
    /// The callback URL repeats a parameter (RFC 6749, section 3.1).
    RepeatedParameter {
        /// Its name.
        name: &'static str,
    },
    /// The app has no stored state: the browser sent no sign-in cookie.
    MissingStoredState,
    /// The code verifier has a wrong form: the visitor changed the cookie.
    InvalidCodeVerifier,
    /// The callback URL has no state.
    MissingState,
    /// The state of the callback URL differs from the stored state.
    StateMismatch,
    /// The callback URL has neither an error nor a code.
    MissingCode,
    /// There is no refresh token.
    NoRefreshToken {
        /// Whether the app requests `offline_access`.
        offline_access_requested: bool,
    },
    /// No response shows whether the server used the refresh token.
    RefreshOutcomeUnknown,
    /// The app's store is empty.
    NoTokens,
    /// `store.save` resolved to `false` each time.
    StoreConflict,
    /// No granted site has the URL.
    SiteNotFound {
        /// The URLs of the granted sites.
        sites: Vec<String>,
    },
    /// The user granted no site.
    NoSites,
    /// The user granted more than one site.
    SeveralSites {
        /// Their URLs.
        sites: Vec<String>,
    },
    /// The payload of a JSON Web Token is invalid (RFC 7519, section 7.2). The message is that of `@lucia-auth/oauth`.
    InvalidIdToken,
    /// The platform's secure generator of random bytes is missing or failed.
    NoRandomBytes,
}

/// The maximum number of sites in a message.
const MAX_SITES: usize = 10;

impl Error {
    /// A stable name for callers to branch on. The message may change.
    pub fn code(&self) -> &'static str {
        self.classification().code
    }

    /// The action for the app.
    pub fn action(&self) -> Action {
        self.classification().action
    }

    fn classification(&self) -> Classification {
        match self {
            Self::InvalidArgument { .. } => INVALID_ARGUMENT,
            Self::InvalidTokenResponse { .. } => Classification::retry("INVALID_TOKEN_RESPONSE"),
            Self::InvalidUserResponse { .. } => Classification::retry("INVALID_USER_RESPONSE"),
            Self::InvalidResourcesResponse { .. } => {
                Classification::retry("INVALID_RESOURCES_RESPONSE")
            }
            Self::ResponseTooLarge { .. } => Classification::retry("RESPONSE_TOO_LARGE"),
            Self::InvalidJson { .. } => INVALID_JSON,
            Self::RequestNotAccepted | Self::StringTooLong => INVALID_ARGUMENT,
            Self::CallbackRefused(classification) => *classification,
            Self::RepeatedParameter { .. } => Classification::reauthorize("REPEATED_PARAMETER"),
            Self::MissingStoredState => Classification::reauthorize("MISSING_STORED_STATE"),
            Self::InvalidCodeVerifier => Classification::reauthorize("INVALID_CODE_VERIFIER"),
            Self::MissingState => Classification::reauthorize("MISSING_STATE"),
            Self::StateMismatch => Classification::reauthorize("STATE_MISMATCH"),
            Self::MissingCode => Classification::reauthorize("MISSING_CODE"),
            Self::NoRefreshToken {
                offline_access_requested,
            } => Classification {
                code: "NO_REFRESH_TOKEN",
                action: if *offline_access_requested {
                    Action::Reauthorize
                } else {
                    Action::Configure
                },
            },
            Self::RefreshOutcomeUnknown => Classification::retry("REFRESH_OUTCOME_UNKNOWN"),
            Self::NoTokens => Classification::reauthorize("NO_TOKENS"),
            Self::StoreConflict => Classification::retry("STORE_CONFLICT"),
            Self::SiteNotFound { .. } => Classification::reauthorize("SITE_NOT_FOUND"),
            Self::NoSites => Classification::reauthorize("NO_SITES"),
            Self::SeveralSites { .. } => Classification::configure("SEVERAL_SITES"),
            Self::InvalidIdToken => Classification::reauthorize("INVALID_ID_TOKEN"),
            Self::NoRandomBytes => Classification::configure("NO_RANDOM_BYTES"),
        }
    }

    /// The message: the cause and the remedy.
    pub fn message(&self) -> String {
        // The `match` selects the parts. One place below joins them, which makes the wasm smaller.
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
            Self::ResponseTooLarge { url } => &[
                "The response of ",
                url,
                " is larger than `configs.bodyLimit` allows. Start again",
            ],
            Self::InvalidJson { url } => {
                &["The response of ", url, " is invalid JSON. Start again"]
            }
            Self::RequestNotAccepted => &[
                "`configs.fetch` mixes the runtime's `fetch` or `Request` with another library's. Pass the parts to that library's `fetch`: `fetch(request.url, { method, headers, body: (await request.text()) || undefined, redirect, signal })`",
            ],
            Self::StringTooLong => {
                &["Shorten an argument or a field: a million characters always fit"]
            }
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
                "`storedState` is empty: the browser sent no sign-in cookie, or a changed one",
                START_AGAIN,
            ],
            Self::InvalidCodeVerifier => &[
                "`options.codeVerifier` must be 43 to 128 of the characters A-Z a-z 0-9 - . _ ~: the visitor changed the cookie",
                START_AGAIN,
            ],
            Self::MissingState => &["The callback URL has no `state`", START_AGAIN],
            Self::StateMismatch => &[
                "The `state` of the callback URL differs from `storedState`: this browser did not start this sign-in",
                START_AGAIN,
            ],
            Self::MissingCode => &["The callback URL has no `code`", START_AGAIN],
            Self::NoRefreshToken {
                offline_access_requested,
            } => {
                let why = if *offline_access_requested {
                    "the user did not grant `offline_access`"
                } else {
                    "add `offline_access` to `configs.scope`"
                };
                &["There is no refresh token: ", why, SIGN_IN_AGAIN]
            }
            Self::RefreshOutcomeUnknown => &[
                "Try again within ten minutes: Atlassian sent no clear response, and may have used the refresh token. `cause` is the last error",
            ],
            Self::NoTokens => {
                &["Let the user sign in, and call `set` with the tokens: the store is empty"]
            }
            Self::StoreConflict => &[
                "Let `store.save` resolve to false only if the stored tokens differ from `previous`: it did so too often",
            ],
            Self::SiteNotFound { sites: granted } if !granted.is_empty() => {
                sites = granted;
                &["Let the user sign in again and choose this site. The user granted only: "]
            }
            Self::SiteNotFound { .. } | Self::NoSites => {
                &["The user granted no site", SIGN_IN_AGAIN, " and choose one"]
            }
            Self::SeveralSites { sites: granted } => {
                sites = granted;
                &["The user granted more than one site. Choose one by `site(url)`: "]
            }
            Self::InvalidIdToken => &["Invalid ID Token"],
            Self::NoRandomBytes => {
                &["Use a platform with `crypto.getRandomValues`: it is missing, or it failed"]
            }
        };
        let mut message = parts.concat();
        for (index, site) in sites.iter().take(MAX_SITES).enumerate() {
            message.push_str(if index > 0 { ", " } else { "" });
            message.push_str(site);
        }
        if sites.len() > MAX_SITES {
            message.push_str(", and others");
        }
        message
    }
}

const START_AGAIN: &str = ". Start the sign-in again: the user is not signed in";
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
                    url: "https://auth.atlassian.com/oauth/token".to_owned(),
                },
                "RESPONSE_TOO_LARGE",
                "The response of https://auth.atlassian.com/oauth/token is larger than `configs.bodyLimit` allows. Start again",
            ),
            (
                Error::InvalidJson {
                    url: "https://api.atlassian.com/me".to_owned(),
                },
                "INVALID_JSON",
                "The response of https://api.atlassian.com/me is invalid JSON. Start again",
            ),
            (
                Error::StringTooLong,
                "INVALID_ARGUMENT",
                "Shorten an argument or a field: a million characters always fit",
            ),
            (
                Error::InvalidIdToken,
                "INVALID_ID_TOKEN",
                "Invalid ID Token",
            ),
            (
                Error::NoRandomBytes,
                "NO_RANDOM_BYTES",
                "Use a platform with `crypto.getRandomValues`: it is missing, or it failed",
            ),
        ];
        for (error, code, message) in table {
            assert_eq!(error.code(), code);
            assert_eq!(error.to_string(), message);
        }
    }
}
