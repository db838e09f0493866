//! The rules for each field of the app's configuration, for the cookies that it keeps, and for arguments of methods. The
//! boundary reads the values; `atlassian::authorization_url` and `oauth::token` use them.

use crate::error::Error;
use crate::secret::Secret;
use crate::value::{Value, ValueKind};

/// A limit of each request: a whole number; 0 means no limit.
pub struct Limit {
    field: &'static str,
    expected: &'static str,
    /// The default.
    pub default: u32,
}

/// The time limit of a request, in milliseconds. The maximum is that of the timers in JavaScript runtimes.
pub const TIMEOUT: Limit = Limit {
    field: "configs.timeout",
    expected: "a whole number of milliseconds from 0 (no timeout) to 2147483647",
    default: 10_000,
};

/// The maximum size of a response body, in bytes.
pub const BODY_LIMIT: Limit = Limit {
    field: "configs.bodyLimit",
    expected: "a whole number of bytes from 0 (no limit) to 2147483647",
    default: 1_048_576,
};

const MAX_LIMIT: u32 = 0x7fff_ffff;

/// The default of `skew`, in seconds: a refresh ends after about a minute (`oauth::retry::LATEST_START_OF_LAST_TRY`).
const DEFAULT_SKEW: f64 = 60.0;

/// The scope for the request of the user.
const READ_ME: &str = "read:me";

const NON_EMPTY_STRING: &str = "a non-empty string";
const COOKIE_VALUE: &str = "a string, such as `cookies().get(name)?.value`";

/// The app's registration as a client (RFC 6749, section 2), and its scopes. An authorization URL shows them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClientRegistration {
    client_id: String,
    redirect_uri: String,
    scope: String,
}

impl ClientRegistration {
    /// Checks the fields. An absent or empty `redirect_uri` is in no request. `scope` holds the entries of the app's
    /// array, in its order.
    ///
    /// Returns [`Error::InvalidArgument`] unless `client_id` is a non-empty string, and `redirect_uri` and each entry
    /// of `scope` are strings.
    pub fn new(
        client_id: Value,
        redirect_uri: Value,
        scope: impl IntoIterator<Item = Value>,
    ) -> Result<Self, Box<Error>> {
        Ok(Self {
            client_id: non_empty("configs.clientId", client_id)?,
            redirect_uri: match redirect_uri {
                Value::Absent(_) => String::new(),
                Value::String(string) => string,
                Value::Other(received) => {
                    return Err(invalid("configs.redirectUri", "a string", received));
                }
            },
            scope: requested_scope(scope)?,
        })
    }

    /// The client identifier (RFC 6749, section 2.2).
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// The redirection endpoint (RFC 6749, section 3.1.2), or an empty string.
    pub fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }

    /// The scope of an authorization request (RFC 6749, section 3.3): `read:me` and the app's scopes.
    pub fn scope(&self) -> &str {
        &self.scope
    }
}

/// Checks the client secret (RFC 6749, section 2.3.1): a non-empty string.
pub fn check_client_secret(client_secret: Value) -> Result<Secret, Box<Error>> {
    non_empty("configs.clientSecret", client_secret).map(Secret::new)
}

/// Checks the stored state, the value of a cookie (RFC 6749, section 10.12).
///
/// Returns [`Error::MissingStoredState`] for an absent or empty state, and [`Error::InvalidArgument`] for an object.
pub fn check_stored_state(stored_state: Value) -> Result<String, Box<Error>> {
    cookie("storedState", stored_state)?.ok_or_else(|| Error::MissingStoredState.into())
}

/// Checks the code verifier, the value of a cookie (RFC 7636, section 4.1). An absent or empty one is `None`.
/// Atlassian refuses the token request if the code needs a verifier.
///
/// Returns [`Error::InvalidCodeVerifier`] for a string with another length or other characters, and
/// [`Error::InvalidArgument`] for an object.
pub fn check_code_verifier(code_verifier: Value) -> Result<Option<Secret>, Box<Error>> {
    let Some(code_verifier) = cookie("options.codeVerifier", code_verifier)? else {
        return Ok(None);
    };
    let code_verifier = Secret::new(code_verifier);
    let bytes = code_verifier.reveal().as_bytes();
    let is_unreserved = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~".contains(byte);
    if (43..=128).contains(&bytes.len()) && bytes.iter().all(is_unreserved) {
        Ok(Some(code_verifier))
    } else {
        Err(Error::InvalidCodeVerifier.into())
    }
}

/// The string of a cookie, unless it is empty. A visitor can remove or change a cookie, so only an object is the app's
/// mistake.
fn cookie(field: &str, value: Value) -> Result<Option<String>, Box<Error>> {
    match value {
        Value::Absent(_) => Ok(None),
        Value::String(string) => Ok(Some(string).filter(|string| !string.is_empty())),
        Value::Other(received) => Err(invalid(field, COOKIE_VALUE, received)),
    }
}

/// Checks an argument that a request contains unchanged, such as a code or a token: a non-empty string.
pub fn check_argument(name: &str, kind: ValueKind) -> Result<(), Box<Error>> {
    kind.require_non_empty_string()
        .map_err(|received| invalid(name, NON_EMPTY_STRING, received))
}

/// Checks an access token of the app, for an `Authorization` header.
pub fn check_access_token(
    kind: ValueKind,
    is_header_value: impl FnOnce() -> bool,
) -> Result<(), Box<Error>> {
    check_argument("accessToken", kind)?;
    if is_header_value() {
        return Ok(());
    }
    Err(invalid(
        "accessToken",
        "a string that a header can carry",
        "blank, or has a line break or a character beyond U+00FF",
    ))
}

/// Checks how long before its expiry an access token is replaced, in seconds; absent means a minute. Returns an error
/// for a number that is negative or not finite.
pub fn check_skew(seconds: Option<f64>) -> Result<f64, Box<Error>> {
    match seconds {
        None => Ok(DEFAULT_SKEW),
        Some(seconds) if seconds.is_finite() && seconds >= 0.0 => Ok(seconds),
        Some(_) => Err(invalid_skew("another number")),
    }
}

/// The error for a wrong skew.
pub fn invalid_skew(received: &'static str) -> Box<Error> {
    invalid(
        "options.skew",
        "0 or a positive number of seconds",
        received,
    )
}

impl Limit {
    /// Checks a number of the app's configuration. Returns an error unless it is a whole number from 0 to 2147483647.
    pub fn check(&self, number: f64) -> Result<u32, Box<Error>> {
        if number.fract() == 0.0 && (0.0..=f64::from(MAX_LIMIT)).contains(&number) {
            Ok(number as u32)
        } else {
            Err(self.error("another number"))
        }
    }

    /// The error for a wrong limit.
    pub fn error(&self, received: &'static str) -> Box<Error> {
        invalid(self.field, self.expected, received)
    }
}

/// The error for a wrong field. The boundary also calls it, for checks that need the JavaScript value.
#[inline(never)]
pub fn invalid(field: &str, expected: &'static str, received: &'static str) -> Box<Error> {
    Box::new(Error::InvalidArgument {
        field: field.to_owned(),
        expected,
        received,
    })
}

fn requested_scope(scope: impl IntoIterator<Item = Value>) -> Result<String, Box<Error>> {
    let mut requested = READ_ME.to_owned();
    for (index, entry) in scope.into_iter().enumerate() {
        match entry {
            Value::String(string) => {
                requested.push(' ');
                requested.push_str(&string);
            }
            Value::Absent(received) | Value::Other(received) => {
                let field = ["configs.scope[", &index.to_string(), "]"].concat();
                return Err(invalid(&field, "a string", received));
            }
        }
    }
    Ok(requested)
}

fn non_empty(field: &str, member: Value) -> Result<String, Box<Error>> {
    member
        .into_non_empty_string()
        .map_err(|received| invalid(field, NON_EMPTY_STRING, received))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: &str) -> Value {
        Value::String(value.to_owned())
    }

    #[test]
    fn refuses_each_wrong_field_by_its_name() {
        let table: [(Result<ClientRegistration, Box<Error>>, &str); 7] = [
            (
                ClientRegistration::new(Value::Absent("undefined"), text("u"), vec![]),
                "`configs.clientId` must be a non-empty string, but is undefined",
            ),
            (
                ClientRegistration::new(Value::Absent("null"), text("u"), vec![]),
                "`configs.clientId` must be a non-empty string, but is null",
            ),
            (
                ClientRegistration::new(text(""), text("u"), vec![]),
                "`configs.clientId` must be a non-empty string, but is an empty string",
            ),
            (
                ClientRegistration::new(Value::Other("a number"), text("u"), vec![]),
                "`configs.clientId` must be a non-empty string, but is a number",
            ),
            (
                ClientRegistration::new(text("id"), Value::Other("an object"), vec![]),
                "`configs.redirectUri` must be a string, but is an object",
            ),
            (
                ClientRegistration::new(text("id"), text("u"), vec![Value::Other("a symbol")]),
                "`configs.scope[0]` must be a string, but is a symbol",
            ),
            (
                ClientRegistration::new(
                    text("id"),
                    text("u"),
                    vec![text("a"), Value::Absent("null")],
                ),
                "`configs.scope[1]` must be a string, but is null",
            ),
        ];
        for (result, message) in table {
            assert_eq!(
                result.map_err(|error| error.to_string()),
                Err(message.to_owned())
            );
        }
    }

    #[test]
    fn an_entry_far_down_the_list_is_named_too() {
        for length in [9, 10, 4070] {
            let mut scope = vec![text("a"); length];
            scope.push(Value::Absent("null"));
            let refused = ClientRegistration::new(text("id"), text("u"), scope);
            let named = format!("`configs.scope[{length}]`");
            assert!(refused.is_err_and(|error| error.to_string().starts_with(&named)));
        }
    }

    #[test]
    fn an_absent_redirect_uri_is_an_empty_one() {
        for absent in [Value::Absent("undefined"), Value::Absent("null"), text("")] {
            assert_eq!(
                ClientRegistration::new(text("id"), absent, vec![])
                    .map(|client| client.redirect_uri),
                Ok(String::new())
            );
        }
    }

    #[test]
    fn client_secret_must_be_a_non_empty_string() {
        assert_eq!(
            check_client_secret(text("s")),
            Ok(Secret::new("s".to_owned()))
        );
        for (value, received) in [
            (Value::Absent("undefined"), "undefined"),
            (text(""), "an empty string"),
            (Value::Other("a function"), "a function"),
        ] {
            assert_eq!(
                check_client_secret(value),
                Err(invalid(
                    "configs.clientSecret",
                    "a non-empty string",
                    received
                ))
            );
        }
    }

    #[test]
    fn no_cookie_is_the_apps_mistake_but_an_object() {
        let verifier = "aZ0-._~".repeat(7);
        let longest = "v".repeat(128);
        let table = [
            (Value::Absent("undefined"), Ok(None)),
            (Value::Absent("a boolean"), Ok(None)),
            (text(""), Ok(None)),
            (text(&verifier), Ok(Some(verifier.as_str()))),
            (text(&longest), Ok(Some(longest.as_str()))),
            (text(&"v".repeat(42)), Err("INVALID_CODE_VERIFIER")),
            (text(&"v".repeat(129)), Err("INVALID_CODE_VERIFIER")),
            (
                text(&"v".repeat(43).replacen('v', "+", 1)),
                Err("INVALID_CODE_VERIFIER"),
            ),
            (text(&format!("{verifier}\n")), Err("INVALID_CODE_VERIFIER")),
            (text(&"\u{FFFD}".repeat(20)), Err("INVALID_CODE_VERIFIER")),
            (text("false"), Err("INVALID_CODE_VERIFIER")),
            (Value::Other("an object"), Err("INVALID_ARGUMENT")),
        ];
        for (number, (value, expected)) in table.into_iter().enumerate() {
            let state = check_stored_state(value.clone()).map_err(|error| error.code());
            let checked = check_code_verifier(value).map_err(|error| error.code());
            let checked = checked
                .as_ref()
                .map(|verifier| verifier.as_ref().map(Secret::reveal));
            assert_eq!(checked.map_err(|code| *code), expected, "{number}");
            let expected = match expected {
                Ok(None) => Some("MISSING_STORED_STATE"),
                Err("INVALID_ARGUMENT") => Some("INVALID_ARGUMENT"),
                _ => None,
            };
            assert_eq!(state.err(), expected, "{number}");
        }
        let refused = check_stored_state(Value::Other("an array"));
        assert_eq!(
            refused.map_err(|error| error.message()),
            Err("`storedState` must be a string, such as `cookies().get(name)?.value`, but is an array".to_owned())
        );
    }

    #[test]
    fn code_must_be_a_non_empty_string() {
        assert_eq!(check_argument("code", ValueKind::NonEmptyString), Ok(()));
        for (kind, received) in [
            (ValueKind::Other("undefined"), "undefined"),
            (ValueKind::EmptyString, "an empty string"),
            (ValueKind::Other("an array"), "an array"),
        ] {
            assert_eq!(
                check_argument("code", kind),
                Err(invalid("code", "a non-empty string", received))
            );
        }
    }

    #[test]
    fn a_limit_is_a_whole_number_within_what_a_timer_can_do() {
        let table = [
            (0.0, Some(0)),
            (-0.0, Some(0)),
            (1.0, Some(1)),
            (2_147_483_647.0, Some(2_147_483_647)),
            (2_147_483_648.0, None),
            (-1.0, None),
            (0.5, None),
            (f64::NAN, None),
            (f64::INFINITY, None),
        ];
        for (number, accepted) in table {
            for limit in [&TIMEOUT, &BODY_LIMIT] {
                assert_eq!(limit.check(number).ok(), accepted, "{number}");
            }
        }
        for (limit, message) in [
            (
                &TIMEOUT,
                "`configs.timeout` must be a whole number of milliseconds from 0 (no timeout) to 2147483647, but is null",
            ),
            (
                &BODY_LIMIT,
                "`configs.bodyLimit` must be a whole number of bytes from 0 (no limit) to 2147483647, but is null",
            ),
        ] {
            assert_eq!(limit.error("null").to_string(), message);
        }
    }
}
