//! The authorization response (RFC 6749, section 4.1.2): checks the callback URL and returns its code. `token`
//! exchanges the code.

use subtle::ConstantTimeEq as _;

use crate::classification::Action;
use crate::config;
use crate::error::Error;
use crate::oauth::error_response::{self, RequestKind};
use crate::secret::Secret;
use crate::value::Value;

/// Returns the code of the callback URL. It reads only the part of `url` after the first `?`, so a path is enough.
/// `stored_state` is the state that the app kept.
///
/// Checks in this order, and returns the first error:
///
/// 1. a repeated parameter (section 3.1);
/// 2. an `error` that concerns the user (section 4.1.2.1);
/// 3. a missing or different state (section 10.12), compared in constant time;
/// 4. any other `error`: anybody can create a URL with an error, so these count only after the state;
/// 5. a missing code.
pub fn code(url: &str, stored_state: Value) -> Result<Secret, Box<Error>> {
    let mut values = [None, None, None];
    read(query(url), &mut values)?;
    let [error, state, code] = &mut values;
    check(error.as_deref(), state.as_deref(), stored_state)?;
    let code = code.take().filter(|code| !code.is_empty());
    code.map(Secret::new)
        .ok_or_else(|| Error::MissingCode.into())
}

/// The parameters of the callback URL that this module reads.
const PARAMETERS: [&str; 3] = ["error", "state", "code"];

fn read(query: &[u8], values: &mut [Option<String>; 3]) -> Result<(), Box<Error>> {
    for (name, value) in form_urlencoded::parse(query) {
        let mut parameters = PARAMETERS.iter().zip(&mut *values);
        if let Some((name, parameter)) = parameters.find(|(known, _)| **known == name)
            && parameter.replace(value.into_owned()).is_some()
        {
            return Err(Error::RepeatedParameter { name }.into());
        }
    }
    Ok(())
}

fn check(error: Option<&str>, state: Option<&str>, stored_state: Value) -> Result<(), Box<Error>> {
    let classify = |error| error_response::classify(RequestKind::Authorization, 0, error, "");
    let refusal = error.map(classify);
    if let Some(refusal) = refusal
        && refusal.action == Action::Reauthorize
    {
        return Err(Error::CallbackRefused(refusal).into());
    }
    let stored_state = config::check_stored_state(stored_state)?;
    let state = state.unwrap_or_default();
    if state.is_empty() {
        return Err(Error::MissingState.into());
    }
    if !bool::from(state.as_bytes().ct_eq(stored_state.as_bytes())) {
        return Err(Error::StateMismatch.into());
    }
    match refusal {
        Some(refusal) => Err(Error::CallbackRefused(refusal).into()),
        None => Ok(()),
    }
}

fn query(url: &str) -> &[u8] {
    let mut parts = url.as_bytes().split(|byte| *byte == b'#');
    let before_fragment = parts.next().unwrap_or_default();
    let mut parts = before_fragment.splitn(2, |byte| *byte == b'?');
    parts.nth(1).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_redirect_with_the_stored_state_gives_its_code() {
        let kept = || Value::String("s1".to_owned());
        let table = [
            ("https://app.example/cb?code=C&state=s1", kept(), Ok("C")),
            ("/cb?state=s1&code=C%2F+D&more=1#code=E", kept(), Ok("C/ D")),
            ("?code=C&state=s1", kept(), Ok("C")),
            ("/cb?code=C&state=s1?", kept(), Err("STATE_MISMATCH")),
            ("/cb?code=C&state=s2", kept(), Err("STATE_MISMATCH")),
            ("/cb?code=C&state=s", kept(), Err("STATE_MISMATCH")),
            ("/cb?code=C&state=s11", kept(), Err("STATE_MISMATCH")),
            ("/cb?code=C&state=S1", kept(), Err("STATE_MISMATCH")),
            ("/cb?code=C", kept(), Err("MISSING_STATE")),
            ("/cb?code=C&state=", kept(), Err("MISSING_STATE")),
            ("/cb#code=C&state=s1", kept(), Err("MISSING_STATE")),
            ("/cb#?code=C&state=s1", kept(), Err("MISSING_STATE")),
            ("", kept(), Err("MISSING_STATE")),
            ("/cb?state=s1", kept(), Err("MISSING_CODE")),
            ("/cb?state=s1&code=", kept(), Err("MISSING_CODE")),
            (
                "/cb?code=C&code=D&state=s1",
                kept(),
                Err("REPEATED_PARAMETER"),
            ),
            (
                "/cb?code=C&state=s1&state=s2",
                kept(),
                Err("REPEATED_PARAMETER"),
            ),
            (
                "/cb?code=C&state=",
                Value::String(String::new()),
                Err("MISSING_STORED_STATE"),
            ),
            (
                "/cb?code=C&state=undefined",
                Value::Absent("undefined"),
                Err("MISSING_STORED_STATE"),
            ),
            (
                "/cb?code=C&state=s1",
                Value::Other("an array"),
                Err("INVALID_ARGUMENT"),
            ),
            (
                "/cb?error=access_denied&state=s1",
                kept(),
                Err("ACCESS_DENIED"),
            ),
            (
                "/cb?error=access_denied&error_description=no",
                kept(),
                Err("ACCESS_DENIED"),
            ),
            (
                "/cb?error=access_denied&code=C&state=s1",
                kept(),
                Err("ACCESS_DENIED"),
            ),
            (
                "/cb?error=invalid_scope&state=s1",
                kept(),
                Err("INVALID_SCOPE"),
            ),
            (
                "/cb?error=unauthorized_client&state=s1",
                kept(),
                Err("UNAUTHORIZED_CLIENT"),
            ),
            (
                "/cb?error=login_required&state=s1",
                kept(),
                Err("LOGIN_REQUIRED"),
            ),
            (
                "/cb?error=consent_required&state=s1",
                kept(),
                Err("CONSENT_REQUIRED"),
            ),
            (
                "/cb?error=interaction_required&state=s1",
                kept(),
                Err("INTERACTION_REQUIRED"),
            ),
            (
                "/cb?error=account_selection_required&state=s1",
                kept(),
                Err("ACCOUNT_SELECTION_REQUIRED"),
            ),
            (
                "/cb?error=server_error&state=s1",
                kept(),
                Err("SERVER_ERROR"),
            ),
            ("/cb?error=&state=s1", kept(), Err("UNEXPECTED_RESPONSE")),
            // Without the stored state, somebody else may have made the URL.
            ("/cb?error=invalid_scope", kept(), Err("MISSING_STATE")),
            (
                "/cb?error=unauthorized_client&state=s2",
                kept(),
                Err("STATE_MISMATCH"),
            ),
            (
                "/cb?error=server_error&state=s1",
                Value::Absent("undefined"),
                Err("MISSING_STORED_STATE"),
            ),
        ];
        for (url, stored_state, expected) in table {
            let result = code(url, stored_state);
            let result = result
                .as_ref()
                .map(|code| code.reveal())
                .map_err(|error| error.code());
            assert_eq!(result, expected, "{url}");
        }
    }
}
