//! Token requests: exchanging a code, refreshing, revoking. What the tokens are used for is left to the
//! app, or to `token_manager`, which keeps them alive.

use js_sys::{Array, Date, JsString, Math, Promise};
use wasm_bindgen::prelude::*;

use super::app::{App, Call};
use super::failure::{self, classify};
use super::fetch::{ACCEPT, READ_JSON, REVOCATION, Secrets, TOKEN};
use super::once::Once;
use super::steps::{Context, NO_STEPS, Next, function, pause, run, step};
use super::value::{
    cookie, describe, fits_a_header, form_encoded, get, has_properties, kind, member, object,
    strings, text,
};
use crate::config;
use crate::error::Error;
use crate::error_response;
use crate::retry;
use crate::secret::Secret;
use crate::token::{self, TokenRequestBody};

#[wasm_bindgen]
extern "C" {
    /// Tokens as the drop-in gives them.
    pub type AtlassianTokens;

    /// The access token.
    #[wasm_bindgen(method, getter, js_name = accessToken)]
    pub fn access_token(this: &AtlassianTokens) -> JsValue;

    #[wasm_bindgen(method, getter, js_name = accessTokenExpiresIn)]
    fn expires_in(this: &AtlassianTokens) -> JsValue;

    #[wasm_bindgen(method, getter, js_name = refreshToken)]
    fn refresh_token(this: &AtlassianTokens) -> JsValue;

    #[wasm_bindgen(method, setter, js_name = refreshToken)]
    fn set_refresh_token(this: &AtlassianTokens, value: &JsValue);

    /// A refresh: a call that may send more than one request.
    #[wasm_bindgen(extends = Call, extends = Context)]
    type Refresh;

    #[wasm_bindgen(method, setter)]
    fn set_attempt(this: &Refresh, value: u32);
}

#[wasm_bindgen(module = "/src/js/tokens.js")]
extern "C" {
    #[wasm_bindgen(catch, js_name = readTokens)]
    fn read_tokens(response: &JsValue) -> Result<AtlassianTokens, JsValue>;

}

static BEFORE_CODE: Once = Once::new(|| TokenRequestBody::BEFORE_CODE.into());

static EXCHANGE: Once = Once::new(|| {
    let read = step(|call, response| token_set(call.unchecked_ref(), &response));
    Array::of2(&READ_JSON, &read).into()
});

/// One try of a refresh.
static REFRESH: Once = Once::new(|| {
    let read = step(|call, response| refreshed(call.unchecked_ref(), &response));
    Array::of2(&READ_JSON, &read).into()
});

static REVOKE: Once = Once::new(|| {
    let revoked = step(|_, _| object([("accepted", &JsValue::TRUE)]));
    Array::of2(&ACCEPT, &revoked).into()
});

static NOT_REVOKED: Once =
    Once::new(|| step(|_, error| object([("accepted", &JsValue::FALSE), ("error", &error)])));

/// What marks the errors of all methods that send requests.
static CLASSIFY: Once = Once::new(|| step(|call, error| classify(call.unchecked_ref(), error)));

static NEXT_TRY: Next = Next::new(|| {
    function(|call, value, has_failed| {
        next_try(call.unchecked_ref(), value, has_failed.is_truthy())
    })
});

/// The promise of what the steps make of an answer. What goes wrong is marked with what it means.
pub fn answered(sent: Result<(Call, JsValue), JsValue>, steps: &JsValue) -> Promise {
    match sent {
        Ok((call, response)) => run(&call, &response, steps, &CLASSIFY),
        Err(reason) => Promise::reject(&failure::foreign(reason, &JsValue::UNDEFINED)),
    }
}

/// Sends a code to the token endpoint.
pub fn exchange_code(
    app: &App,
    code: &JsValue,
    options: &JsValue,
) -> Result<(Call, JsValue), JsValue> {
    config::code(kind(code))?;
    let mut body = BEFORE_CODE
        .unchecked_ref::<JsString>()
        .concat(&form_encoded(code))
        .concat(&app.after_code());
    if let Some(code_verifier) = code_verifier(options)? {
        let encoded = token::form_encoded(&code_verifier);
        let parameter = [token::BEFORE_CODE_VERIFIER, encoded.reveal()].concat();
        body = body.concat(&parameter.into());
    }
    let call = app.call(code)?;
    let secrets = Secrets {
        body: body.into(),
        ..Secrets::default()
    };
    let response = TOKEN.send(&call, &JsValue::UNDEFINED, &secrets)?;
    Ok((call, response))
}

/// The code verifier among the options of a call, which may be anything: methods are handed on to
/// `map` and to `then`.
fn code_verifier(options: &JsValue) -> Result<Option<Secret>, JsValue> {
    if !has_properties(options) {
        return Ok(None);
    }
    let code_verifier = get(options, "codeVerifier")?;
    Ok(config::code_verifier(cookie(&code_verifier))?)
}

/// `validateAuthorizationCode`: exchanges a code for tokens, no more.
pub fn validate_authorization_code(app: JsValue, code: JsValue, options: JsValue) -> Promise {
    let app: App = app.unchecked_into();
    let sent = app
        .check()
        .and_then(|()| exchange_code(&app, &code, &options));
    answered(sent, &EXCHANGE)
}

/// Reads the tokens out of an answer, as the drop-in gives them.
pub fn tokens(response: &JsValue) -> Result<AtlassianTokens, JsValue> {
    if !has_properties(response) {
        return Err(token::not_an_object(describe(response)).into());
    }
    let tokens = read_tokens(response)?;
    let access_token = tokens.access_token();
    token::access_token(kind(&access_token), || fits_a_header(&access_token))?;
    Ok(tokens)
}

/// Reads the tokens out of an answer, with what is known about them.
pub fn token_set(call: &Call, response: &JsValue) -> Result<JsValue, JsValue> {
    with_scope(call, response, &tokens(response)?)
}

fn with_scope(
    call: &Call,
    response: &JsValue,
    tokens: &AtlassianTokens,
) -> Result<JsValue, JsValue> {
    let scope = text(get(response, "scope"));
    let requested = call.app().requested_scope();
    let has_refresh_token = kind(&tokens.refresh_token()).is_non_empty_string();
    let (granted, missing) = token::scopes(scope.as_deref(), &requested, has_refresh_token);
    object([
        ("accessToken", &tokens.access_token()),
        ("accessTokenExpiresIn", &tokens.expires_in()),
        ("refreshToken", &tokens.refresh_token()),
        (
            "expiresAt",
            &expires_at(call.started(), &tokens.expires_in()).into(),
        ),
        ("scope", &strings(&granted).into()),
        ("missingScope", &strings(&missing).into()),
    ])
}

/// When an access token expires, in milliseconds since the epoch, by when it was asked for.
pub fn expires_at(asked: f64, expires_in: &JsValue) -> f64 {
    let seconds = expires_in.as_f64().or_else(|| {
        let digits = expires_in.as_string()?;
        error_response::whole_number(digits.as_bytes()).map(f64::from)
    });
    asked + token::lifetime(seconds) * 1000.0
}

/// `refreshTokens`: exchanges a refresh token for new tokens.
pub fn refresh_tokens(app: JsValue, refresh_token: JsValue) -> Promise {
    let app: App = app.unchecked_into();
    let refreshing = app.check().and_then(|()| {
        token::refresh_token(&member(&refresh_token), &app.requested_scope())?;
        let call = app.call(&refresh_token)?;
        NEXT_TRY.share(&app.in_flight(), &refresh_token, &call)
    });
    refreshing.unwrap_or_else(|reason| Promise::reject(&reason))
}

/// Beside the number of tries: one of them was not answered, so that the refresh token may have been used.
const UNANSWERED: u32 = 1 << 8;

/// What a refresh does next: try, pause and try again, or end.
fn next_try(call: &Refresh, value: JsValue, has_failed: bool) -> Result<JsValue, JsValue> {
    let attempt = call.attempt().unwrap_or_default();
    if !has_failed {
        if !value.is_undefined() {
            AsRef::<Context>::as_ref(call).set_is_done(true);
            return Ok(value);
        }
        call.set_attempt(attempt.saturating_add(1));
        return Ok(answered(send_refresh(call), &REFRESH).into());
    }
    if !failure::may_be_tried_again(&value) {
        return Err(value);
    }
    let attempt = if failure::code(&value) == error_response::RATE_LIMITED {
        attempt
    } else {
        attempt | UNANSWERED
    };
    call.set_attempt(attempt);
    let elapsed = Date::now() - call.started();
    let random = (Math::random() * 256.0) as u8;
    let retry_after = failure::retry_after(&value);
    match retry::pause(attempt & !UNANSWERED, elapsed, retry_after, random) {
        Some(milliseconds) => pause(milliseconds),
        None if attempt & UNANSWERED == 0 => Err(value),
        None => Err(unknown(&value, retry_after)),
    }
}

/// What a refresh ends with that had neither refusal nor success.
fn unknown(cause: &JsValue, retry_after: Option<f64>) -> JsValue {
    let unknown = JsValue::from(Error::RefreshOutcomeUnknown);
    // What could be thrown is that the stack is full.
    match failure::add_cause(&unknown, cause, retry_after) {
        Ok(()) => unknown,
        Err(thrown) => thrown,
    }
}

fn send_refresh(call: &Refresh) -> Result<(Call, JsValue), JsValue> {
    let call: Call = JsValue::from(call).unchecked_into();
    let body = form(token::BEFORE_REFRESH_TOKEN, &call);
    let response = TOKEN.send(&call, &JsValue::UNDEFINED, &body)?;
    Ok((call, response))
}

/// A body of the token that the call was given and the client's credentials.
fn form(before: &str, call: &Call) -> Secrets {
    let app = call.app();
    let credentials = token::credentials(&app.client_id(), &app.client_secret());
    let body = JsString::from(before)
        .concat(&form_encoded(&call.secret()))
        .concat(&credentials.reveal().into());
    Secrets {
        body: body.into(),
        ..Secrets::default()
    }
}

fn refreshed(call: &Call, response: &JsValue) -> Result<JsValue, JsValue> {
    let tokens = tokens(response)?;
    // A server that does not rotate leaves it out (RFC 6749, section 6).
    if !kind(&tokens.refresh_token()).is_non_empty_string() {
        tokens.set_refresh_token(&call.secret());
    }
    with_scope(call, response, &tokens)
}

/// `revoke`: asks for a token to be revoked, and says what came of it.
pub fn revoke(app: JsValue, token: JsValue) -> Promise {
    let app: App = app.unchecked_into();
    let call = app.check().and_then(|()| {
        config::argument("token", kind(&token))?;
        app.call(&token)
    });
    let call = match call {
        Ok(call) => call,
        Err(reason) => return Promise::reject(&reason),
    };
    let body = form(token::BEFORE_REVOKED_TOKEN, &call);
    let sent = REVOCATION
        .send(&call, &JsValue::UNDEFINED, &body)
        .map(|response| (call, response));
    let answer = answered(sent, &REVOKE);
    run(&JsValue::UNDEFINED, &answer, &NO_STEPS, &NOT_REVOKED)
}
