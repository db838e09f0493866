//! Token requests: for a code, for a refresh, for a revocation. The app uses the tokens; `token_manager` keeps them
//! valid.

use js_sys::{Array, Date, Function, JsString, Math, Promise};
use wasm_bindgen::prelude::*;

use super::configuration::{CallContext, Configuration};
use super::error_response::{self, with_classified_errors};
use super::fetch::{READ_JSON_STEP, REQUIRE_OK_STEP, REVOCATION_ENDPOINT, Secrets, TOKEN_ENDPOINT};
use super::lazy::LazyValue;
use super::steps::{
    NO_STEPS, StateMachine, StateMachineContext, js_function, run_steps, sleep, step,
};
use super::value::{
    check_argument, cookie, describe, form_encoded, get, has_properties, is_header_value, object,
    read_option, string_array, string_of_read,
};
use crate::config;
use crate::error::Error;
use crate::oauth::retry::{Effect, Event, Failure, State};
use crate::oauth::token;
use crate::value::{Value, ValueKind, whole_number};

#[wasm_bindgen]
extern "C" {
    /// Tokens in the form of `@lucia-auth/oauth`.
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

    /// A refresh: a context that may send more than one request.
    #[wasm_bindgen(extends = CallContext, extends = StateMachineContext)]
    type Refresh;

    #[wasm_bindgen(method, setter, js_name = refreshState)]
    fn set_refresh_state(this: &Refresh, value: u32);
}

#[wasm_bindgen(module = "/src/js/tokens.js")]
extern "C" {
    #[wasm_bindgen(catch, js_name = readTokens)]
    fn read_tokens(response: &JsValue) -> Result<AtlassianTokens, JsValue>;

    #[wasm_bindgen(catch, js_name = markWithoutScope)]
    fn mark_without_scope(tokens: &JsValue) -> Result<(), JsValue>;
}

static BEFORE_CODE: LazyValue<JsString> = LazyValue::new(|| token::BEFORE_CODE.into());

static EXCHANGE_STEPS: LazyValue<Array> = LazyValue::new(|| {
    let read = step(|context, response| token_set(context.unchecked_ref(), &response));
    Array::of2(&READ_JSON_STEP, &read)
});

/// One request of a refresh.
static REFRESH_STEPS: LazyValue<Array> = LazyValue::new(|| {
    let read = step(|context, response| refreshed(context.unchecked_ref(), &response));
    Array::of2(&READ_JSON_STEP, &read)
});

static REVOKE_STEPS: LazyValue<Array> = LazyValue::new(|| {
    let revoked = step(|_, _| object(&[("accepted", &JsValue::TRUE)]));
    Array::of2(&REQUIRE_OK_STEP, &revoked)
});

static NOT_REVOKED: LazyValue<Function> =
    LazyValue::new(|| step(|_, error| object(&[("accepted", &JsValue::FALSE), ("error", &error)])));

static REFRESH_MACHINE: StateMachine = StateMachine::new(|| {
    js_function(|context, value, has_failed| {
        transition(context.unchecked_ref(), value, has_failed.is_truthy())
    })
});

/// Sends a code to the token endpoint.
pub fn exchange_code(
    configuration: &Configuration,
    code: &JsValue,
    options: &JsValue,
) -> Result<(CallContext, JsValue), JsValue> {
    check_argument("code", code)?;
    let mut body = BEFORE_CODE
        .concat(&form_encoded(code))
        .concat(&configuration.after_code());
    if let Some(code_verifier) = read_option(options, "codeVerifier")?
        && let Some(code_verifier) = config::check_code_verifier(cookie(&code_verifier))?
    {
        let encoded = token::form_encoded(&code_verifier);
        let parameter = [token::BEFORE_CODE_VERIFIER, encoded.reveal()].concat();
        body = body.concat(&parameter.into());
    }
    let context = configuration.new_context(code);
    let secrets = Secrets {
        body: body.into(),
        ..Secrets::default()
    };
    let response = TOKEN_ENDPOINT.send(&context, None, &secrets)?;
    Ok((context, response))
}

/// `validateAuthorizationCode`: exchanges a code for tokens.
#[wasm_bindgen(js_name = validateAuthorizationCode, skip_typescript)]
pub fn validate_authorization_code(
    configuration: Configuration,
    code: JsValue,
    options: JsValue,
) -> Promise {
    let sent = configuration
        .check()
        .and_then(|()| exchange_code(&configuration, &code, &options));
    with_classified_errors(sent, &EXCHANGE_STEPS)
}

/// Reads the tokens of a response, in the form of `@lucia-auth/oauth`.
pub fn read_token_response(response: &JsValue) -> Result<AtlassianTokens, JsValue> {
    if !has_properties(response) {
        return Err(token::not_an_object(describe(response)).into());
    }
    let tokens = read_tokens(response)?;
    let access_token = tokens.access_token();
    token::check_access_token(ValueKind::from(&access_token), || {
        is_header_value(&access_token)
    })?;
    Ok(tokens)
}

/// Reads the token set of a response.
pub fn token_set(context: &CallContext, response: &JsValue) -> Result<JsValue, JsValue> {
    new_token_set(context, response, &read_token_response(response)?)
}

fn new_token_set(
    context: &CallContext,
    response: &JsValue,
    tokens: &AtlassianTokens,
) -> Result<JsValue, JsValue> {
    let scope = string_of_read(get(response, "scope"));
    let requested = context.configuration().requested_scope();
    let has_refresh_token = ValueKind::from(&tokens.refresh_token()).is_non_empty_string();
    let (granted, missing) = token::scopes(scope.as_deref(), &requested, has_refresh_token);
    let token_set = object(&[
        ("accessToken", &tokens.access_token()),
        ("accessTokenExpiresIn", &tokens.expires_in()),
        ("refreshToken", &tokens.refresh_token()),
        (
            "expiresAt",
            &expires_at(context.started(), &tokens.expires_in()).into(),
        ),
        ("scope", &string_array(&granted).into()),
        ("missingScope", &string_array(&missing).into()),
    ])?;
    if !token::names_scope(scope.as_deref()) {
        mark_without_scope(&token_set)?;
    }
    Ok(token_set)
}

/// The expiry of an access token, in milliseconds since the epoch. `requested_at` is the start of the call, so a refresh that was retried
/// counts as older than it is.
pub fn expires_at(requested_at: f64, expires_in: &JsValue) -> f64 {
    let seconds = expires_in
        .as_f64()
        .or_else(|| whole_number(&expires_in.as_string()?).map(f64::from));
    requested_at + token::lifetime(seconds) * 1000.0
}

/// `refreshTokens`: exchanges a refresh token for new tokens.
#[wasm_bindgen(js_name = refreshTokens, skip_typescript)]
pub fn refresh_tokens(configuration: Configuration, refresh_token: JsValue) -> Promise {
    let refreshing = configuration.check().and_then(|()| {
        token::check_refresh_token(
            &Value::from(&refresh_token),
            &configuration.requested_scope(),
        )?;
        let context = configuration.new_context(&refresh_token);
        REFRESH_MACHINE.run_shared(&configuration.in_flight(), &refresh_token, &context)
    });
    refreshing.unwrap_or_else(|reason| Promise::reject(&reason))
}

/// Translates the result of a wait into an event, and performs the effect.
fn transition(context: &Refresh, value: JsValue, has_failed: bool) -> Result<JsValue, JsValue> {
    let event = if has_failed {
        Event::Failed {
            failure: Failure::new(
                &error_response::code(&value),
                &error_response::action(&value),
            ),
            elapsed: Date::now() - context.started(),
            retry_after: error_response::retry_after(&value),
            random: (Math::random() * 256.0) as u8,
        }
    } else if value.is_undefined() {
        Event::Due
    } else {
        Event::Refreshed
    };
    let state = State::from_bits(context.refresh_state().unwrap_or_default());
    let (state, effect) = state.next(event);
    context.set_refresh_state(state.to_bits());
    match effect {
        Effect::Send => Ok(with_classified_errors(send_refresh(context), &REFRESH_STEPS).into()),
        Effect::Sleep(milliseconds) => Ok(sleep(milliseconds).into()),
        Effect::Resolve => {
            AsRef::<StateMachineContext>::as_ref(context).set_is_done(true);
            Ok(value)
        }
        Effect::Reject => Err(value),
        Effect::RejectUnknown => Err(unknown(&value)),
    }
}

/// The error of a refresh without a clear response.
fn unknown(cause: &JsValue) -> JsValue {
    let unknown = Error::RefreshOutcomeUnknown.into();
    error_response::add_cause(&unknown, cause, error_response::retry_after(cause))
}

fn send_refresh(context: &Refresh) -> Result<(CallContext, JsValue), JsValue> {
    let context: CallContext = JsValue::from(context).unchecked_into();
    let body = form(token::BEFORE_REFRESH_TOKEN, &context);
    let response = TOKEN_ENDPOINT.send(&context, None, &body)?;
    Ok((context, response))
}

/// A body with the token of the call and the client's credentials.
fn form(before: &str, context: &CallContext) -> Secrets {
    let configuration = context.configuration();
    let credentials =
        token::credentials(&configuration.client_id(), &configuration.client_secret());
    let body = JsString::from(before)
        .concat(&form_encoded(&context.code_or_token()))
        .concat(&credentials.reveal().into());
    Secrets {
        body: body.into(),
        ..Secrets::default()
    }
}

fn refreshed(context: &CallContext, response: &JsValue) -> Result<JsValue, JsValue> {
    let tokens = read_token_response(response)?;
    // A server that does not rotate leaves it out (RFC 6749, section 6).
    if !ValueKind::from(&tokens.refresh_token()).is_non_empty_string() {
        tokens.set_refresh_token(&context.code_or_token());
    }
    new_token_set(context, response, &tokens)
}

/// `revoke`: asks Atlassian to revoke a token, and returns the result.
#[wasm_bindgen(skip_typescript)]
pub fn revoke(configuration: Configuration, token: JsValue) -> Promise {
    let context = configuration.check().and_then(|()| {
        check_argument("token", &token)?;
        Ok(configuration.new_context(&token))
    });
    let context = match context {
        Ok(context) => context,
        Err(reason) => return Promise::reject(&reason),
    };
    let body = form(token::BEFORE_REVOKED_TOKEN, &context);
    let sent = REVOCATION_ENDPOINT
        .send(&context, None, &body)
        .map(|response| (context, response));
    let response = with_classified_errors(sent, &REVOKE_STEPS);
    run_steps(
        &JsValue::UNDEFINED,
        &response,
        &NO_STEPS,
        Some(&NOT_REVOKED),
    )
}
