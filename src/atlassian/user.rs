//! The user request and response: `GET /me` of Atlassian's User Identity API, with the access token
//! as bearer (RFC 6750, section 2.1). Of the response only `account_id` is relied on, since users can
//! hide everything else; the response itself goes to the app as it came.

use crate::error::Error;
use crate::value::ValueKind;

/// Checks the `account_id` of a user response: a non-empty string. Without one, the users of an app
/// would share one key and be signed in as each other.
///
/// Refuses everything else with [`Error::InvalidUserResponse`].
pub fn account_id(kind: ValueKind) -> Result<(), Box<Error>> {
    kind.require_non_empty_string().map_err(|received| {
        Box::new(Error::InvalidUserResponse {
            member: "account_id",
            expected: "a non-empty string",
            received,
        })
    })
}

/// The refusal of a user response that is not a JSON object.
pub fn not_an_object(received: &'static str) -> Error {
    Error::InvalidUserResponse {
        member: "body",
        expected: "a JSON object",
        received,
    }
}
