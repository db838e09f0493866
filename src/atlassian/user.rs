//! The user response: `GET /me` of Atlassian's User Identity API, with a bearer token (RFC 6750, section 2.1). It
//! checks only `account_id`, because users can hide every other member. The app gets the response unchanged.

use crate::error::Error;
use crate::value::ValueKind;

/// Checks the `account_id` of a user response: a non-empty string. Without one, the users of an app would share one
/// key and one account.
///
/// Returns [`Error::InvalidUserResponse`] for any other value.
pub fn check_account_id(kind: ValueKind) -> Result<(), Box<Error>> {
    kind.require_non_empty_string().map_err(|received| {
        Box::new(Error::InvalidUserResponse {
            member: "account_id",
            expected: "a non-empty string",
            received,
        })
    })
}

/// The error for a user response that is not a JSON object.
pub fn not_an_object(received: &'static str) -> Error {
    Error::InvalidUserResponse {
        member: "body",
        expected: "a JSON object",
        received,
    }
}
