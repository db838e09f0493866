//! Token requests, for a code (RFC 6749, section 4.1.3) and for a refresh token (section 6), the response to both
//! (section 5.1), and the revocation request (RFC 7009, section 2.1). The boundary sends the requests and receives the
//! responses.

use base64ct::{Base64, Encoding as _};
use form_urlencoded::byte_serialize;

use crate::config::{ClientRegistration, invalid};
use crate::error::Error;
use crate::oauth::form::append_pair;
use crate::secret::Secret;
use crate::sorted_map::get_or_insert;
use crate::value::{Value, ValueKind};

/// The default lifetime of an access token, in seconds, according to Atlassian's staff.
const DEFAULT_LIFETIME: f64 = 3600.0;

/// The longest lifetime, in seconds, whose end JavaScript can represent as a date.
const MAX_LIFETIME: f64 = 8.6e12;

/// The scope for a refresh token.
const OFFLINE_ACCESS: &str = "offline_access";

/// The beginning of an `Authorization` header with an access token (RFC 6750, section 2.1).
pub const BEARER: &str = "Bearer ";

/// The part before the code in the body of a token request (RFC 6749, section 4.1.3).
pub const BEFORE_CODE: &str = "code=";

/// The part after the code in the body of a token request. It is the same for all sign-ins of an app. The parameters
/// have the order of `@lucia-auth/oauth`; an empty `redirect_uri` is left out.
pub fn after_code(client: &ClientRegistration, client_secret: &Secret) -> Secret {
    let mut after_code = String::new();
    append_pair(&mut after_code, "client_id", client.client_id());
    append_pair(&mut after_code, "grant_type", "authorization_code");
    if !client.redirect_uri().is_empty() {
        append_pair(&mut after_code, "redirect_uri", client.redirect_uri());
    }
    append_pair(&mut after_code, "client_secret", client_secret.reveal());
    Secret::new(after_code)
}

/// The part before the refresh token in the body of a token request (RFC 6749, section 6). The credentials follow the
/// token.
pub const BEFORE_REFRESH_TOKEN: &str = "grant_type=refresh_token&refresh_token=";

/// The part before the token in the body of a revocation request (RFC 7009, section 2.1). The credentials follow the
/// token.
pub const BEFORE_REVOKED_TOKEN: &str = "token=";

/// The part before a code verifier at the end of the body of a token request (RFC 7636, section 4.5).
pub const BEFORE_CODE_VERIFIER: &str = "&code_verifier=";

/// The client's credentials as the last parameters of a body (RFC 6749, section 2.3.1).
pub fn credentials(client_id: &str, client_secret: &Secret) -> Secret {
    let mut credentials = String::new();
    append_pair(&mut credentials, "client_id", client_id);
    append_pair(&mut credentials, "client_secret", client_secret.reveal());
    Secret::new(credentials)
}

/// Encodes a code or a token for a body: one value of `application/x-www-form-urlencoded`.
pub fn form_encoded(value: &Secret) -> Secret {
    Secret::new(byte_serialize(value.reveal().as_bytes()).collect())
}

/// The value of an `Authorization` header that carries the client's credentials (RFC 7617): the base64 of the UTF-8
/// bytes of `id:secret`. Like `@lucia-auth/oauth` and unlike RFC 6749, section 2.3.1, it does not percent-encode the
/// parts before.
pub fn basic_authorization(client_id: &str, client_secret: &Secret) -> Secret {
    let credentials = [client_id, ":", client_secret.reveal()].concat();
    let encoded = Secret::new(Base64::encode_string(credentials.as_bytes()));
    Secret::new(["Basic ", encoded.reveal()].concat())
}

/// Checks the `access_token` of a token response: a non-empty string that an `Authorization` header can carry (RFC
/// 9110, section 5.5). Calls `is_header_value` only for a string.
///
/// Returns [`Error::InvalidTokenResponse`] for any other value.
pub fn check_access_token(
    kind: ValueKind,
    is_header_value: impl FnOnce() -> bool,
) -> Result<(), Box<Error>> {
    let received = match kind.require_non_empty_string() {
        Ok(()) if is_header_value() => return Ok(()),
        Ok(()) => "a string that a header cannot carry",
        Err(received) => received,
    };
    Err(Error::InvalidTokenResponse {
        member: "access_token",
        expected: "a non-empty string without line breaks, NUL or characters beyond U+00FF",
        received,
    }
    .into())
}

/// The lifetime of an access token in seconds, from the `expires_in` of its response. If this is missing or not a
/// positive number, the lifetime is an hour.
pub fn lifetime(expires_in: Option<f64>) -> f64 {
    expires_in
        .filter(|seconds| seconds.is_finite() && *seconds > 0.0)
        .unwrap_or(DEFAULT_LIFETIME)
        .min(MAX_LIFETIME)
}

/// Whether the `scope` of a token response names a scope. An empty `scope` counts as missing.
pub fn names_scope(scope: Option<&str>) -> bool {
    let is_of_word = |byte: u8| !byte.is_ascii_whitespace();
    scope.is_some_and(|scope| scope.bytes().any(is_of_word))
}

/// The granted scopes and the missing requested scopes (RFC 6749, section 3.3), each in its order. `scope` is a member
/// of the token response: if it is missing or empty, the user granted all requested scopes (section 5.1). A refresh
/// token shows that the user granted `offline_access`: responses need not list it.
pub fn scopes<'a>(
    scope: Option<&'a str>,
    requested: &'a str,
    has_refresh_token: bool,
) -> (Vec<&'a str>, Vec<&'a str>) {
    let requested = words(requested);
    let mut granted = words(scope.unwrap_or_default());
    if granted.is_empty() {
        granted.clone_from(&requested);
    }
    granted.retain(|scope| *scope != OFFLINE_ACCESS);
    if has_refresh_token {
        granted.push(OFFLINE_ACCESS);
    }
    let missing = requested
        .into_iter()
        .filter(|scope| !granted.contains(scope))
        .collect();
    (granted, missing)
}

/// Checks a refresh token before the request. `requested` is the requested scope.
///
/// Returns [`Error::NoRefreshToken`] for an absent or empty token, and [`Error::InvalidArgument`] for a value that is
/// not a string.
pub fn check_refresh_token(refresh_token: &Value, requested: &str) -> Result<(), Box<Error>> {
    match refresh_token {
        Value::String(string) if !string.is_empty() => Ok(()),
        Value::String(_) | Value::Absent(_) => Err(Error::NoRefreshToken {
            offline_access_requested: words(requested).contains(&OFFLINE_ACCESS),
        }
        .into()),
        Value::Other(received) => Err(invalid("refreshToken", "a string", received)),
    }
}

/// The scopes of a space-separated list, without duplicates. Other white space also separates them.
fn words(scope: &str) -> Vec<&str> {
    let mut known = Vec::new();
    let mut words = Vec::new();
    for word in scope.split_ascii_whitespace() {
        let new = words.len();
        if new < MAX_SCOPES && get_or_insert(&mut known, word, new) == new {
            words.push(word);
        }
    }
    words
}

/// A number beyond that of Atlassian's scopes.
const MAX_SCOPES: usize = 1000;

/// The error for a token response that is not a JSON object.
pub fn not_an_object(received: &'static str) -> Error {
    Error::InvalidTokenResponse {
        member: "body",
        expected: "a JSON object",
        received,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_than_a_thousand_scopes_are_read() {
        let scopes: Vec<String> = (0..1001).map(|number| number.to_string()).collect();
        let twice = [&*scopes, &*scopes].concat().join(" ");
        assert_eq!(words(&twice).len(), MAX_SCOPES);
    }

    #[test]
    fn a_response_names_a_scope_or_says_nothing_of_scopes() {
        for scope in [None, Some(""), Some(" "), Some(" \t\r\n ")] {
            assert!(!names_scope(scope), "{scope:?}");
        }
        for scope in ["a", " a ", "\ta b"] {
            assert!(names_scope(Some(scope)), "{scope}");
        }
    }

    #[test]
    fn what_was_not_granted_is_what_is_missing() {
        let requested = "read:me read:jira-work offline_access read:jira-work";
        type Scopes = &'static [&'static str];
        let table: [(Option<&str>, bool, Scopes, Scopes); 4] = [
            (
                Some("read:me offline_access read:jira-work"),
                true,
                &["read:me", "read:jira-work", "offline_access"],
                &[],
            ),
            (
                Some("read:me  read:me\tmore\n"),
                true,
                &["read:me", "more", "offline_access"],
                &["read:jira-work"],
            ),
            // A refresh token is what counts.
            (
                Some("read:me offline_access"),
                false,
                &["read:me"],
                &["read:jira-work", "offline_access"],
            ),
            (
                Some("offline_access"),
                true,
                &["offline_access"],
                &["read:me", "read:jira-work"],
            ),
        ];
        // What says nothing of scopes.
        let silent = [None, Some(""), Some(" "), Some(" \t\r\n ")];
        let silent = silent.into_iter().flat_map(|scope| -> [_; 2] {
            let all: Scopes = &["read:me", "read:jira-work", "offline_access"];
            let asked_for: Scopes = &["read:me", "read:jira-work"];
            [
                (scope, true, all, &[] as Scopes),
                (scope, false, asked_for, &["offline_access"]),
            ]
        });
        for (scope, has_refresh_token, granted, missing) in table.into_iter().chain(silent) {
            assert_eq!(
                scopes(scope, requested, has_refresh_token),
                (granted.to_vec(), missing.to_vec()),
                "{scope:?}"
            );
        }
    }

    #[test]
    fn a_lifetime_is_a_positive_number_of_seconds() {
        let table = [
            (Some(3600.0), 3600.0),
            (Some(0.5), 0.5),
            (Some(0.0), 3600.0),
            (Some(-1.0), 3600.0),
            (Some(1e306), 8.6e12),
            (Some(f64::NAN), 3600.0),
            (Some(f64::INFINITY), 3600.0),
            (None, 3600.0),
        ];
        for (expires_in, seconds) in table {
            assert_eq!(lifetime(expires_in).to_bits(), f64::to_bits(seconds));
        }
    }

    #[test]
    fn credentials_are_encoded_for_a_body() {
        let credentials = credentials("a b", &Secret::new("s&t=é".to_owned()));
        assert_eq!(
            credentials.reveal(),
            "&client_id=a+b&client_secret=s%26t%3D%C3%A9"
        );
    }
}
