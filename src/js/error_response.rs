//! Reads an error response and sets `code` and `action` on the error. `crate::oauth::error_response` chooses them.

use js_sys::{Array, Date, Function, Promise};
use wasm_bindgen::prelude::*;
use web_sys::Response;

use super::configuration::CallContext;
use super::error::OAuthRequestError;
use super::fetch::is_api_response;
use super::lazy::LazyValue;
use super::steps::{run_steps, step};
use super::value::{get, string_of_read, string_or_empty};
use crate::classification::{self, Action, Classification};
use crate::error::Error;
use crate::oauth::error_response::{self, RequestKind};

/// The limits for the body of an error response, in bytes and in milliseconds.
const ERROR_BODY_LIMIT: u32 = 65_536;
const ERROR_BODY_TIMEOUT: u32 = 5_000;

#[wasm_bindgen(module = "/src/js/error_response.js")]
extern "C" {
    #[wasm_bindgen(catch, js_name = readBody)]
    fn read_body(
        response: &Response,
        context: &CallContext,
        limit: u32,
        timeout: u32,
    ) -> Result<Promise, JsValue>;

    #[wasm_bindgen(catch, js_name = readErrorResponse)]
    fn read_error_response(error: &OAuthRequestError, body: &JsValue) -> Result<Array, JsValue>;
}

#[wasm_bindgen(module = "/src/js/timeout.js")]
extern "C" {
    #[wasm_bindgen(catch, js_name = isTimeUp)]
    fn is_time_up(context: &JsValue) -> Result<bool, JsValue>;
}

#[wasm_bindgen(module = "/src/js/error.js")]
extern "C" {
    // The error shows the known members of `body`, without secrets.
    #[wasm_bindgen(catch, js_name = addErrorResponse)]
    fn add_error_response(
        error: &OAuthRequestError,
        context: &CallContext,
        code: &str,
        action: &str,
        retry_after: Option<f64>,
        body: &JsValue,
    ) -> Result<(), JsValue>;

    #[wasm_bindgen(catch, js_name = isRequestNotAccepted)]
    fn is_request_not_accepted(error: &JsValue) -> Result<bool, JsValue>;

    /// Adds its cause to an error of the package, and returns it.
    #[wasm_bindgen(js_name = addCause)]
    pub fn add_cause(error: &JsValue, cause: &JsValue, retry_after: Option<f64>) -> JsValue;

    #[wasm_bindgen(catch, js_name = addClassification)]
    fn add_classification(
        error: &JsValue,
        code: &str,
        action: &str,
        has_timed_out: bool,
    ) -> Result<(), JsValue>;
}

/// The context is an array of the error and the context of its request.
static CLASSIFY_RESPONSE_STEPS: LazyValue<Array> = LazyValue::new(|| {
    let classify_response = step(|context, body| {
        let context: &Array = context.unchecked_ref();
        let error = context.get(0);
        classify_response(error.unchecked_ref(), context.get(1).unchecked_ref(), &body);
        Err(error)
    });
    Array::of1(&classify_response)
});

/// The step for the errors of all methods that send requests.
static CLASSIFY_STEP: LazyValue<Function> =
    LazyValue::new(|| step(|context, error| classify(context.unchecked_ref(), error)));

/// The promise of the steps' result. `sent` is a sent request, or the error of sending it. It classifies all errors.
pub fn with_classified_errors(
    sent: Result<(CallContext, JsValue), JsValue>,
    steps: &Array,
) -> Promise {
    match sent {
        Ok((context, response)) => run_steps(&context, &response, steps, Some(&CLASSIFY_STEP)),
        Err(reason) => Promise::reject(&fetch_error(reason, &JsValue::UNDEFINED)),
    }
}

/// Classifies the error of a call. Returns the same error, or a promise that rejects with it after reading the body of
/// the error response.
fn classify(context: &CallContext, error: JsValue) -> Result<JsValue, JsValue> {
    let Some(refusal) = error.dyn_ref::<OAuthRequestError>() else {
        return Err(fetch_error(error, context));
    };
    let body = read_body(
        &refusal.response()?,
        context,
        ERROR_BODY_LIMIT,
        ERROR_BODY_TIMEOUT,
    )?;
    let context = Array::of2(&error, context);
    Ok(run_steps(&context, &body, &CLASSIFY_RESPONSE_STEPS, None).into())
}

/// The classified error of `fetch` or of reading a response. Returns [`Error::RequestNotAccepted`] instead if only a
/// change of the app's `fetch` can help.
pub fn fetch_error(error: JsValue, context: &JsValue) -> JsValue {
    if is_request_not_accepted(&error) == Ok(true) {
        return add_cause(&Error::RequestNotAccepted.into(), &error, None);
    }
    classify_fetch_error(&error, context);
    error
}

/// Classifies an error of `fetch` or of reading a response, unless it is an error of this package. A frozen error, or
/// another value, stays unchanged.
///
/// An error after the time limit is a timeout: libraries reject with an `AbortError` or a connection error.
fn classify_fetch_error(error: &JsValue, context: &JsValue) {
    let has_timed_out = !context.is_undefined() && is_time_up(context) == Ok(true);
    let classification = match string_of_read(get(error, "name")).as_deref() {
        _ if has_timed_out => classification::TIMEOUT,
        Some("TimeoutError") => classification::TIMEOUT,
        Some("SyntaxError") => classification::INVALID_JSON,
        _ => classification::NETWORK_ERROR,
    };
    classify_once(error, classification, has_timed_out);
}

/// Classifies an error of reading `configs`, such as one of a getter.
pub fn classify_configuration_error(error: &JsValue) {
    classify_once(error, classification::INVALID_ARGUMENT, false);
}

fn classify_once(
    error: &JsValue,
    Classification { code, action }: Classification,
    has_timed_out: bool,
) {
    if error.is_object() && self::action(error).is_empty() {
        let _ = add_classification(error, code, action.name(), has_timed_out);
    }
}

fn classify_response(error: &OAuthRequestError, context: &CallContext, body: &JsValue) {
    // Only a refresh has a state machine.
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
    let [
        status,
        error_name,
        challenge,
        error_description,
        message,
        retry_after,
        rate_limit_reset,
    ] = std::array::from_fn(|index| response.get(index as u32));
    let mut error_name = string_or_empty(&error_name);
    if error_name.is_empty() {
        // An API sends its error in a header.
        error_name.push_str(error_response::error_of_challenge(&string_or_empty(
            &challenge,
        )));
    }
    let mut text = string_or_empty(&error_description);
    if text.is_empty() {
        text = string_or_empty(&message);
    }
    let status = status.as_f64().unwrap_or_default() as u16;
    let Classification { code, action } =
        error_response::classify(request, status, &error_name, &text);
    let delay = |value: &JsValue| {
        let value = value.as_string()?;
        error_response::retry_after(&value, || Date::parse(&value), Date::now())
    };
    let retry_after = [retry_after, rate_limit_reset].iter().find_map(delay);
    let _ = add_error_response(error, context, code, action.name(), retry_after, body);
}

/// The `code` of a classified error, or an empty string.
pub fn code(error: &JsValue) -> String {
    string_or_empty(&property(error, "code"))
}

/// The `action` of a classified error, or an empty string.
pub fn action(error: &JsValue) -> String {
    string_or_empty(&property(error, "action"))
}

/// The `retryAfter` of a classified error, in seconds.
pub fn retry_after(error: &JsValue) -> Option<f64> {
    property(error, "retryAfter").as_f64()
}

/// A property of an error, or `undefined` if reading it throws.
#[inline(never)]
fn property(error: &JsValue, name: &str) -> JsValue {
    if !error.is_object() {
        return JsValue::UNDEFINED;
    }
    get(error, name).unwrap_or_default()
}

/// Whether an error of any copy of the package demands a new sign-in.
#[wasm_bindgen(js_name = isReauthorizationRequired, skip_typescript)]
pub fn is_reauthorization_required(error: &JsValue) -> bool {
    action(error) == Action::Reauthorize.name()
}
