//! What can be wrong with what a caller or a server handed over. Every error names the field or
//! the endpoint, what was expected, what came instead and what to do about it; it never holds a
//! value, since a value may be a secret. How an error looks to JavaScript is left to the boundary.

use std::fmt;

use crate::verdict::{Action, Verdict};

/// The reason why a call is refused or an answer is not used.
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
    /// The token endpoint answered with success, but without a token that can be used.
    InvalidTokenResponse {
        /// The member of the JSON object (RFC 6749, section 5.1).
        member: &'static str,
        /// What has to be there, as a noun phrase.
        expected: &'static str,
        /// What is there, by type alone.
        received: &'static str,
    },
    /// The user endpoint answered with success, but does not say who the user is.
    InvalidUserResponse {
        /// The member of the JSON object.
        member: &'static str,
        /// What has to be there, as a noun phrase.
        expected: &'static str,
        /// What is there, by type alone.
        received: &'static str,
    },
    /// The accessible-resources endpoint answered with success, but with no list of sites.
    InvalidResourcesResponse {
        /// The member of an entry, or the body.
        member: &'static str,
        /// What has to be there, as a noun phrase.
        expected: &'static str,
        /// What is there, by type alone.
        received: &'static str,
    },
    /// The redirect back to the app reports an error (RFC 6749, section 4.1.2.1).
    CallbackRefused(Verdict),
    /// A parameter stands twice in the redirect back to the app (RFC 6749, section 3.1).
    RepeatedParameter {
        /// Its name.
        name: &'static str,
    },
    /// The app has no state to compare with: the cookie is gone, or was never set.
    MissingStoredState,
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
    /// Nobody answered whether the refresh token was used.
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

impl Error {
    /// A name that never changes, for callers to branch on; the message may be reworded.
    pub fn code(&self) -> &'static str {
        match self {
            Self::InvalidArgument { .. } => "INVALID_ARGUMENT",
            Self::InvalidTokenResponse { .. } => "INVALID_TOKEN_RESPONSE",
            Self::InvalidUserResponse { .. } => "INVALID_USER_RESPONSE",
            Self::InvalidResourcesResponse { .. } => "INVALID_RESOURCES_RESPONSE",
            Self::CallbackRefused(verdict) => verdict.code,
            Self::RepeatedParameter { .. } => "REPEATED_PARAMETER",
            Self::MissingStoredState => "MISSING_STORED_STATE",
            Self::MissingState => "MISSING_STATE",
            Self::StateMismatch => "STATE_MISMATCH",
            Self::MissingCode => "MISSING_CODE",
            Self::NoRefreshToken { .. } => "NO_REFRESH_TOKEN",
            Self::RefreshOutcomeUnknown => "REFRESH_OUTCOME_UNKNOWN",
            Self::NoTokens => "NO_TOKENS",
            Self::StoreConflict => "STORE_CONFLICT",
            Self::SiteNotFound { .. } => "SITE_NOT_FOUND",
            Self::NoSites => "NO_SITES",
            Self::SeveralSites { .. } => "SEVERAL_SITES",
            Self::InvalidIdToken => "INVALID_ID_TOKEN",
            Self::NoRandomBytes => "NO_RANDOM_BYTES",
        }
    }

    /// What the app does about it.
    pub fn action(&self) -> Action {
        match self {
            Self::CallbackRefused(verdict) => verdict.action,
            Self::InvalidArgument { .. }
            | Self::NoRefreshToken {
                is_asked_for: false,
            }
            | Self::SeveralSites { .. }
            | Self::NoRandomBytes => Action::Configure,
            Self::InvalidTokenResponse { .. }
            | Self::InvalidUserResponse { .. }
            | Self::InvalidResourcesResponse { .. }
            | Self::RefreshOutcomeUnknown
            | Self::StoreConflict => Action::Retry,
            Self::RepeatedParameter { .. }
            | Self::MissingStoredState
            | Self::MissingState
            | Self::StateMismatch
            | Self::MissingCode
            | Self::NoRefreshToken { is_asked_for: true }
            | Self::NoTokens
            | Self::SiteNotFound { .. }
            | Self::NoSites
            | Self::InvalidIdToken => Action::Reauthorize,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list;
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
            } => &[
                "Atlassian's token endpoint answered without a usable `",
                member,
                "`: it must be ",
                expected,
                ", but is ",
                received,
                ". Nobody was signed in; start the sign-in again",
            ],
            Self::InvalidUserResponse {
                member,
                expected,
                received,
            } => &[
                "Atlassian's /me answered without a usable `",
                member,
                "`: it must be ",
                expected,
                ", but is ",
                received,
                ". Nobody was signed in; start the sign-in again",
            ],
            Self::InvalidResourcesResponse {
                member,
                expected,
                received,
            } => &[
                "Atlassian's accessible-resources answered without a usable `",
                member,
                "`: it must be ",
                expected,
                ", but is ",
                received,
                ". Try again later",
            ],
            Self::CallbackRefused(verdict) => match verdict.action {
                Action::Reauthorize => &[
                    "The callback URL says that access was not granted. Nobody was signed in; the user can start again",
                ],
                Action::Configure => &[
                    "The callback URL says that Atlassian refused the authorization request (",
                    verdict.code,
                    "). Compare `configs` with the app in Atlassian's developer console",
                ],
                Action::Retry => &[
                    "The callback URL says that Atlassian could not answer the authorization request (",
                    verdict.code,
                    "). Nobody was signed in; start the sign-in again",
                ],
            },
            Self::RepeatedParameter { name } => &[
                "The callback URL has `",
                name,
                "` more than once. Nobody was signed in; start the sign-in again",
            ],
            Self::MissingStoredState => &[
                "`storedState` is empty: the cookie of the sign-in is gone or was never set. Nobody was signed in; start the sign-in again",
            ],
            Self::MissingState => {
                &["The callback URL has no `state`. Nobody was signed in; start the sign-in again"]
            }
            Self::StateMismatch => &[
                "The `state` of the callback URL is not the stored one: this is not the sign-in that this browser started. Nobody was signed in; start the sign-in again",
            ],
            Self::MissingCode => {
                &["The callback URL has no `code`. Nobody was signed in; start the sign-in again"]
            }
            Self::NoRefreshToken {
                is_asked_for: false,
            } => &[
                "There is no refresh token: Atlassian gives one only with the scope `offline_access`. Add it to `configs.scope`, and let the user sign in again",
            ],
            Self::NoRefreshToken { is_asked_for: true } => &[
                "There is no refresh token: `offline_access` was not granted when the user signed in. Let the user sign in again",
            ],
            Self::RefreshOutcomeUnknown => &[
                "Atlassian's token endpoint did not answer: it is unknown whether the refresh token was used. It can be tried again within ten minutes; `cause` is the last failure",
            ],
            Self::NoTokens => &[
                "The store holds no tokens for this user. Let the user sign in, and call `set` with the tokens",
            ],
            Self::StoreConflict => &[
                "`save` of the store refused the new tokens each time, yet `load` gave no newer ones. It must resolve to false only when the stored tokens are not `previous`",
            ],
            Self::SiteNotFound { sites } if sites.is_empty() => NO_SITES,
            Self::SiteNotFound { sites } => {
                list = sites.join(", ");
                &[
                    "The user granted no site at this address. The sites are: ",
                    &list,
                ]
            }
            Self::NoSites => NO_SITES,
            Self::SeveralSites { sites } => {
                list = sites.join(", ");
                &[
                    "The user granted more than one site; choose one by `site(url)`. The sites are: ",
                    &list,
                ]
            }
            Self::InvalidIdToken => &["Invalid ID Token"],
            Self::NoRandomBytes => &[
                "`crypto.getRandomValues` is missing or failed, and a state must not be made without it",
            ],
        };
        f.write_str(&parts.concat())
    }
}

const NO_SITES: &[&str] = &["The user granted no site. Let the user sign in again and choose one"];

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
                "Atlassian's token endpoint answered without a usable `access_token`: it must be a \
                 non-empty string, but is a number. Nobody was signed in; start the sign-in again",
            ),
            (
                Error::InvalidUserResponse {
                    member: "account_id",
                    expected: "a non-empty string",
                    received: "undefined",
                },
                "INVALID_USER_RESPONSE",
                "Atlassian's /me answered without a usable `account_id`: it must be a \
                 non-empty string, but is undefined. Nobody was signed in; start the sign-in again",
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
