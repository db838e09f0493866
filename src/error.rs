//! What can be wrong with what a caller or a server handed over. Every error names the field or
//! the endpoint, what was expected, what came instead and what to do about it; it never holds a
//! value, since a value may be a secret. How an error looks to JavaScript is left to the boundary.

use std::fmt;

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
            Self::InvalidIdToken => "INVALID_ID_TOKEN",
            Self::NoRandomBytes => "NO_RANDOM_BYTES",
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidArgument {
                field,
                expected,
                received,
            } => f.write_str(&["`", field, "` must be ", expected, ", but is ", received].concat()),
            Self::InvalidTokenResponse {
                member,
                expected,
                received,
            } => f.write_str(
                &[
                    "Atlassian's token endpoint answered without a usable `",
                    member,
                    "`: it must be ",
                    expected,
                    ", but is ",
                    received,
                    ". Nobody was signed in; start the sign-in again",
                ]
                .concat(),
            ),
            Self::InvalidUserResponse {
                member,
                expected,
                received,
            } => f.write_str(
                &[
                    "https://api.atlassian.com/me answered without a usable `",
                    member,
                    "`: it must be ",
                    expected,
                    ", but is ",
                    received,
                    ". Nobody was signed in; start the sign-in again",
                ]
                .concat(),
            ),
            Self::InvalidIdToken => f.write_str("Invalid ID Token"),
            Self::NoRandomBytes => f.write_str(
                "`crypto.getRandomValues` is missing or failed, and a state must not be made without it",
            ),
        }
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
                "https://api.atlassian.com/me answered without a usable `account_id`: it must be a \
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
