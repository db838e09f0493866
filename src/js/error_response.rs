//! Classifies what a method rejects with: reads an error response and sets `code` and `action` on the error. Which they
//! are is decided in `crate::oauth::error_response`.

use js_sys::{Array, Date};
use wasm_bindgen::prelude::*;
use web_sys::Response;

use super::configuration::RequestContext;
use super::error::OAuthRequestError;
use super::fetch::is_api_response;
use super::lazy::LazyValue;
use super::steps::{run_steps, step};
use super::value::{get, string_at, text};
use crate::error::Error;
use crate::oauth::error_response::{self, Action, Classification, RequestKind};

/// How much of the body of an error response is read, in bytes, and for how long, in milliseconds.
const BODY_LIMIT: u32 = 65_536;
const BODY_TIMEOUT: u32 = 5_000;

#[wasm_bindgen(module = "/src/js/error_response.js")]
extern "C" {
    #[wasm_bindgen(catch, js_name = readBody)]
    fn read_body(
        response: &Response,
        context: &RequestContext,
        limit: u32,
        timeout: u32,
    ) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(catch, js_name = readErrorResponse)]
    fn read_error_response(error: &JsValue, body: &JsValue) -> Result<Array, JsValue>;
}

#[wasm_bindgen(module = "/src/js/timeout.js")]
extern "C" {
    #[wasm_bindgen(catch, js_name = isTimeUp)]
    fn is_time_up(context: &JsValue) -> Result<bool, JsValue>;
}

#[wasm_bindgen(module = "/src/js/error.js")]
extern "C" {
    // `retry_after` is left out where it is `undefined`. Of `body`, the known members are shown, without secrets.
    #[wasm_bindgen(catch, js_name = addDetails)]
    fn add_details(
        error: &JsValue,
        context: &RequestContext,
        code: &str,
        action: &str,
        retry_after: &JsValue,
        body: &JsValue,
    ) -> Result<(), JsValue>;

    #[wasm_bindgen(catch, js_name = isRequestRefused)]
    fn is_request_refused(error: &JsValue) -> Result<bool, JsValue>;

    #[wasm_bindgen(catch, js_name = addCause)]
    pub fn add_cause(
        error: &JsValue,
        cause: &JsValue,
        retry_after: Option<f64>,
    ) -> Result<(), JsValue>;

    #[wasm_bindgen(catch, js_name = addClassification)]
    fn add_classification(
        error: &JsValue,
        code: &str,
        action: &str,
        is_of_limit: bool,
    ) -> Result<(), JsValue>;
}

/// The context is an array of the error and the context of its request.
static CLASSIFY_RESPONSE_STEPS: LazyValue = LazyValue::new(|| {
    let classify_response = step(|context, body| {
        let context: &Array = context.unchecked_ref();
        let error = context.get(0);
        classify_response(&error, context.get(1).unchecked_ref(), &body);
        Err(error)
    });
    Array::of1(&classify_response).into()
});

/// Classifies what a call failed with. Fails with the same error, or gives a promise that rejects with it once
/// the body of the error response is read.
pub fn classify(context: &RequestContext, error: JsValue) -> Result<JsValue, JsValue> {
    let Some(refusal) = error.dyn_ref::<OAuthRequestError>() else {
        return Err(fetch_error(error, context));
    };
    let body = read_body(&refusal.response()?, context, BODY_LIMIT, BODY_TIMEOUT)?;
    let context = Array::of2(&error, context);
    Ok(run_steps(
        &context,
        &body,
        &CLASSIFY_RESPONSE_STEPS,
        &JsValue::UNDEFINED,
    )
    .into())
}

/// What a call rejects with when `fetch` failed, or reading a response: the same error, classified. In its place comes
/// [`Error::RequestNotAccepted`] when only a change of the app's `fetch` can help.
pub fn fetch_error(error: JsValue, context: &JsValue) -> JsValue {
    if is_request_refused(&error) == Ok(true) {
        let refused = Error::RequestNotAccepted.into();
        if add_cause(&refused, &error, None).is_ok() {
            return refused;
        }
    }
    classify_fetch_error(&error, context);
    error
}

/// Classifies what `fetch` or reading a response failed with, unless it is an error of this package. One that
/// is frozen, or no error at all, stays as it is.
///
/// Whatever comes after the time limit comes of it: libraries reject with an `AbortError`, or with what the
/// connection says that they cut.
fn classify_fetch_error(error: &JsValue, context: &JsValue) {
    let is_of_limit = !context.is_undefined() && is_time_up(context) == Ok(true);
    let classification = match text(get(error, "name")).as_deref() {
        _ if is_of_limit => error_response::TIMEOUT,
        Some("TimeoutError") => error_response::TIMEOUT,
        Some("SyntaxError") => error_response::INVALID_JSON,
        _ => error_response::NETWORK_ERROR,
    };
    classify_once(error, classification, is_of_limit);
}

/// Classifies what reading the app's configuration failed with, which may be what a getter of its own throws.
pub fn classify_configuration_error(error: &JsValue) {
    classify_once(error, error_response::INVALID_ARGUMENT, false);
}

fn classify_once(
    error: &JsValue,
    Classification { code, action }: Classification,
    is_of_limit: bool,
) {
    if error.is_object() && self::action(error).is_empty() {
        let _ = add_classification(error, code, action.name(), is_of_limit);
    }
}

fn classify_response(error: &JsValue, context: &RequestContext, body: &JsValue) {
    let request = if is_api_response(context) {
        RequestKind::Resource
    } else if context.refresh_state().is_some() {
        RequestKind::Refresh
    } else {
        RequestKind::CodeOrRevocation
    };
    let Ok(response) = read_error_response(error, body) else {
        return;
    };
    let member = |index| string_at(&response, index);
    let Classification { code, action } = error_response::classify(
        request,
        response.get(0).as_f64().unwrap_or_default() as u16,
        &member(1).unwrap_or_default(),
        &member(2).or_else(|| member(3)).unwrap_or_default(),
    );
    let wait =
        |value: String| error_response::retry_after(&value, || Date::parse(&value), Date::now());
    let retry_after = (4..6).find_map(|index| member(index).and_then(wait));
    let retry_after = retry_after.map_or(JsValue::UNDEFINED, JsValue::from);
    let _ = add_details(error, context, code, action.name(), &retry_after, body);
}

/// The `code` of a classified error; empty where there is none.
pub fn code(error: &JsValue) -> String {
    property(error, "code").as_string().unwrap_or_default()
}

/// The `action` of a classified error; empty where there is none.
pub fn action(error: &JsValue) -> String {
    property(error, "action").as_string().unwrap_or_default()
}

/// The delay that an error asks for, in seconds.
pub fn retry_after(error: &JsValue) -> Option<f64> {
    property(error, "retryAfter").as_f64()
}

/// A property of an error; `undefined` where it cannot be read.
#[inline(never)]
fn property(error: &JsValue, name: &str) -> JsValue {
    if !error.is_object() {
        return JsValue::UNDEFINED;
    }
    get(error, name).unwrap_or_default()
}

/// Whether an error of any copy of the package says that the user has to sign in again.
#[wasm_bindgen(js_name = isReauthorizationRequired, skip_typescript)]
pub fn is_reauthorization_required(error: &JsValue) -> bool {
    action(error) == Action::Reauthorize.name()
}
