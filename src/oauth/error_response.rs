//! Classifies the error responses of OAuth 2.0 (RFC 6749, sections 4.1.2.1 and 5.2; RFC 6750, section 3.1). For 5xx and
//! 429, it ignores errors about the app or the user. The boundary reads the response.

use crate::classification::{Action, Classification, RATE_LIMITED};
use crate::oauth::error_text::ErrorText;
use crate::value::whole_number;

/// The request that the server refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestKind {
    /// The authorization request (RFC 6749, section 4.1.2.1). Its error is in the callback URL, which has no status:
    /// 0.
    Authorization,
    /// An access token request with a code (RFC 6749, section 4.1.3), or a revocation request (RFC 7009, section 2.1).
    /// An error has the same classification after both.
    CodeOrRevocation,
    /// An access token request with a refresh token (RFC 6749, section 6).
    Refresh,
    /// A request to an API, with the access token (RFC 6750, section 3.1).
    Resource,
}

impl RequestKind {
    /// Whether the request contains the client's credentials.
    fn has_credentials(self) -> bool {
        matches!(self, Self::CodeOrRevocation | Self::Refresh)
    }
}

/// Classifies an error response. `error` and `error_description` are members of the body or parameters of the callback
/// URL; empty if they are missing or not strings. The `message` of an API counts as a description.
pub fn classify(
    request: RequestKind,
    status: u16,
    error: &str,
    error_description: &str,
) -> Classification {
    let of_error = of_error(request, error);
    // A failing server may send a wrong `error`.
    if matches!(status, 429 | 500..=599) {
        let code = if status == 429 {
            RATE_LIMITED
        } else {
            SERVER_ERROR
        };
        let retry_later = of_error.filter(|classification| classification.action == Action::Retry);
        return retry_later.unwrap_or(Classification::retry(code));
    }
    if request.has_credentials()
        && matches!(status, 400 | 401 | 403)
        && let Some(classification) = of_text(request, error, error_description, of_error.is_some())
    {
        return classification;
    }
    of_error.unwrap_or_else(|| {
        // Any message may contain the word alone.
        let names_scopes = ErrorText::new(&[error, error_description]).contains_any("scope,scopes");
        // Atlassian sends the status alone for a token without the scope `read:me`.
        let has_text = [error, error_description]
            .iter()
            .any(|text| !text.is_empty() && !is_code(text, "Forbidden"));
        match (request, status) {
            (RequestKind::Resource, 401 | 403) if names_scopes => {
                Classification::configure(INSUFFICIENT_SCOPE)
            }
            // For example the permissions of a user on a site: no matter of the sign-in.
            (RequestKind::Resource, 403) if has_text => Classification::retry(UNEXPECTED_RESPONSE),
            _ => of_status(request, status),
        }
    })
}

/// Classifies the text of a token endpoint, with any `error`.
fn of_text(
    request: RequestKind,
    error: &str,
    error_description: &str,
    is_known: bool,
) -> Option<Classification> {
    // Atlassian has also sent the text in `error`.
    let text = ErrorText::new(&[if is_known { "" } else { error }, error_description]);
    let expects_code = request == RequestKind::CodeOrRevocation;
    if text.reports_invalid_grant(expects_code) || expects_code && text.mentions_code_verifier() {
        return Some(Classification::reauthorize(INVALID_GRANT));
    }
    let is_of_user =
        request == RequestKind::Refresh && is_code(error, ACCESS_DENIED) && text.mentions_user();
    is_of_user.then_some(Classification::reauthorize(ACCESS_DENIED))
}

/// The classification of each `error`; the code is the `error` in upper case. An error of the callback URL that demands a
/// new sign-in counts without a state (`authorization_response`). A table is smaller than a `match`, which
/// the compiler would turn into a comparison for each string.
static ERRORS: [Classification; 16] = [
    Classification::reauthorize(ACCESS_DENIED),
    Classification::configure(INVALID_CLIENT),
    Classification::reauthorize(INVALID_GRANT),
    Classification::reauthorize(INVALID_TOKEN),
    Classification::configure(INVALID_REQUEST),
    Classification::configure("INVALID_SCOPE"),
    Classification::configure("UNAUTHORIZED_CLIENT"),
    Classification::configure(INSUFFICIENT_SCOPE),
    Classification::configure("UNSUPPORTED_GRANT_TYPE"),
    Classification::configure("UNSUPPORTED_RESPONSE_TYPE"),
    Classification::retry(SERVER_ERROR),
    Classification::retry("TEMPORARILY_UNAVAILABLE"),
    // OpenID Connect Core 1.0, section 3.1.2.6.
    Classification::reauthorize("LOGIN_REQUIRED"),
    Classification::reauthorize("CONSENT_REQUIRED"),
    Classification::reauthorize("INTERACTION_REQUIRED"),
    Classification::reauthorize("ACCOUNT_SELECTION_REQUIRED"),
];

const ACCESS_DENIED: &str = "ACCESS_DENIED";
const INVALID_CLIENT: &str = "INVALID_CLIENT";
const INVALID_GRANT: &str = "INVALID_GRANT";
const INVALID_TOKEN: &str = "INVALID_TOKEN";
const INVALID_REQUEST: &str = "INVALID_REQUEST";
const INSUFFICIENT_SCOPE: &str = "INSUFFICIENT_SCOPE";
const SERVER_ERROR: &str = "SERVER_ERROR";
const UNEXPECTED_RESPONSE: &str = "UNEXPECTED_RESPONSE";

/// Whether an `error` is the lower case of a code. Not inlined: each copy would contain another comparison.
#[inline(never)]
fn is_code(error: &str, code: &str) -> bool {
    error.eq_ignore_ascii_case(code)
}

/// Classifies by `error` alone, if that is enough.
fn of_error(request: RequestKind, error: &str) -> Option<Classification> {
    let is = |code| is_code(error, code);
    let known = ERRORS.iter().find(|known| is(known.code));
    match request {
        // Atlassian sends it for wrong credentials and for a wrong redirect URI.
        _ if request.has_credentials() && is(ACCESS_DENIED) => {
            Some(Classification::configure(INVALID_CLIENT))
        }
        RequestKind::Resource if is(ACCESS_DENIED) => None,
        _ if !request.has_credentials() && is(INVALID_CLIENT) => None,
        _ => known.copied(),
    }
}

fn of_status(request: RequestKind, status: u16) -> Classification {
    match (status, request) {
        (408 | 425, _) => Classification::retry(SERVER_ERROR),
        (300..=399, _) => Classification::retry("UNEXPECTED_REDIRECT"),
        (401, RequestKind::Resource) => Classification::reauthorize(INVALID_TOKEN),
        (403, RequestKind::Resource) => Classification::configure(INSUFFICIENT_SCOPE),
        // The response blames neither the user nor the app, and an outage must sign nobody out.
        _ => Classification::retry(UNEXPECTED_RESPONSE),
    }
}

/// The errors of a bearer challenge (RFC 6750, section 3.1), and the text that [`ErrorText`] makes of each.
static CHALLENGE_ERRORS: [(&str, &str); 3] = [
    (INVALID_TOKEN, "error = invalid token"),
    (INSUFFICIENT_SCOPE, "error = insufficient scope"),
    (INVALID_REQUEST, "error = invalid request"),
];

/// The `error` of a `WWW-Authenticate` header with a bearer challenge (RFC 6750, section 3), in upper case; empty for
/// any other header.
pub fn error_of_challenge(challenge: &str) -> &'static str {
    let text = ErrorText::new(&[challenge]);
    let mut errors = CHALLENGE_ERRORS.iter();
    let error = errors.find(|(_, phrase)| text.contains_any("bearer") && text.contains_any(phrase));
    error.map_or("", |(error, _)| *error)
}

/// The delay in seconds of a `Retry-After` header (RFC 9110, section 10.2.3) or of Atlassian's `X-RateLimit-Reset`: a
/// number of seconds or a date. `parse_date` returns milliseconds since the epoch; `now` is in the same unit. Returns
/// `None` for other values.
pub fn retry_after(value: &str, parse_date: impl FnOnce() -> f64, now: f64) -> Option<f64> {
    let value = value.trim_ascii();
    if value.bytes().all(|byte| byte.is_ascii_digit()) && !value.is_empty() {
        // Too many digits: longer than any delay.
        return Some(f64::from(whole_number(value).unwrap_or(u32::MAX)));
    }
    let seconds = ((parse_date() - now) / 1000.0).ceil();
    seconds.is_finite().then_some(seconds.max(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_challenge_names_its_error() {
        let table = [
            (r#"Bearer error="invalid_token""#, "INVALID_TOKEN"),
            (
                r#"bearer realm="a b",ERROR=insufficient_scope,scope="s""#,
                "INSUFFICIENT_SCOPE",
            ),
            (
                r#"Bearer error_description="é", error="invalid_request""#,
                "INVALID_REQUEST",
            ),
            (
                r#"Basic realm="a", Bearer error="invalid_token""#,
                "INVALID_TOKEN",
            ),
            (r#"Bearer realm="a", error_description="invalid_token""#, ""),
            (r#"Bearer error="other""#, ""),
            (r#"Basic realm="a", error="invalid_token""#, ""),
            ("Bearer", ""),
            ("", ""),
        ];
        for (challenge, error) in table {
            assert_eq!(error_of_challenge(challenge), error, "{challenge}");
        }
    }

    #[test]
    fn a_retry_after_is_seconds_or_a_date() {
        let table = [
            ("120", f64::NAN, Some(120.0)),
            (" 0 ", f64::NAN, Some(0.0)),
            ("99999999999", f64::NAN, Some(f64::from(u32::MAX))),
            ("Wed, 21 Oct 2015 07:28:00 GMT", 6_500.0, Some(6.0)),
            ("2015-10-21T07:28:00Z", 400.0, Some(0.0)),
            ("2015-10-21T07:27:00Z", -59_600.0, Some(0.0)),
            ("-1", f64::NAN, None),
            ("soon", f64::NAN, None),
            ("", f64::NAN, None),
        ];
        for (value, date, seconds) in table {
            assert_eq!(retry_after(value, || date, 1_000.0), seconds, "{value}");
        }
    }
}
