//! What an error means: the `code` and the `action` that whatever a method rejects with leaves with. What
//! they are is decided in `error_response`; here the response is read and the error marked.

use js_sys::{Array, Date};
use wasm_bindgen::prelude::*;

use super::app::Call;
use super::error::OAuthRequestError;
use super::fetch::asked_an_api;
use super::once::Once;
use super::steps::{run, step};
use super::value::{get, string_at, text};
use crate::error::Error;
use crate::error_response::{self, Action, Classification, RequestKind};

/// How much of a refusal's body is read, in bytes, and for how long, in milliseconds.
const BODY_LIMIT: u32 = 65_536;
const BODY_TIMEOUT: u32 = 5_000;

#[wasm_bindgen(module = "/src/js/refusal.js")]
extern "C" {
    #[wasm_bindgen(catch, js_name = bodyOfRefusal)]
    fn body_of_refusal(
        response: &JsValue,
        call: &Call,
        limit: u32,
        timeout: u32,
    ) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(catch, js_name = readRefusal)]
    fn read_refusal(error: &JsValue, body: &JsValue) -> Result<Array, JsValue>;
}

#[wasm_bindgen(module = "/src/js/limit.js")]
extern "C" {
    #[wasm_bindgen(catch, js_name = isTimeUp)]
    fn is_time_up(call: &JsValue) -> Result<bool, JsValue>;
}

#[wasm_bindgen(module = "/src/js/error.js")]
extern "C" {
    // `retry_after` is left out where it is `undefined`. Of `body`, the known members are shown, without secrets.
    #[wasm_bindgen(catch, js_name = markRefusal)]
    fn mark_refusal(
        error: &JsValue,
        call: &Call,
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

    #[wasm_bindgen(catch, js_name = markForeign)]
    fn set_classification(
        error: &JsValue,
        code: &str,
        action: &str,
        is_of_limit: bool,
    ) -> Result<(), JsValue>;
}

/// The context is an array of the error and the call.
static MARK: Once = Once::new(|| {
    let mark = step(|context, body| {
        let context: &Array = context.unchecked_ref();
        let error = context.get(0);
        mark(&error, context.get(1).unchecked_ref(), &body);
        Err(error)
    });
    Array::of1(&mark).into()
});

/// Marks what a call failed with. The error itself stays the same; what comes back is the error, or a
/// promise that rejects with it once the body of the refusal is read.
pub fn classify(call: &Call, error: JsValue) -> Result<JsValue, JsValue> {
    if !error.is_instance_of::<OAuthRequestError>() {
        return Err(foreign(error, call));
    }
    let response = get(&error, "response")?;
    let body = body_of_refusal(&response, call, BODY_LIMIT, BODY_TIMEOUT)?;
    let context = Array::of2(&error, call);
    Ok(run(&context, &body, &MARK, &JsValue::UNDEFINED).into())
}

/// What a call rejects with when `fetch` failed, or reading a response: the same error, marked. In its place comes
/// [`Error::RequestNotAccepted`] when only a change of the app's `fetch` can help.
pub fn foreign(error: JsValue, call: &JsValue) -> JsValue {
    if is_request_refused(&error) == Ok(true) {
        let refused = Error::RequestNotAccepted.into();
        if add_cause(&refused, &error, None).is_ok() {
            return refused;
        }
    }
    mark_foreign(&error, call);
    error
}

/// Marks what `fetch` or reading a response failed with, unless it is an error of this package. One that
/// is frozen, or no error at all, stays as it is.
///
/// Whatever comes after the time limit comes of it: libraries reject with an `AbortError`, or with what the
/// connection says that they cut.
fn mark_foreign(error: &JsValue, call: &JsValue) {
    let is_of_limit = !call.is_undefined() && is_time_up(call) == Ok(true);
    let classification = match text(get(error, "name")).as_deref() {
        _ if is_of_limit => error_response::TIMEOUT,
        Some("TimeoutError") => error_response::TIMEOUT,
        Some("SyntaxError") => error_response::INVALID_JSON,
        _ => error_response::NETWORK_ERROR,
    };
    mark_unless_marked(error, classification, is_of_limit);
}

/// Marks what reading the app's configuration failed with, which may be what a getter of its own throws.
pub fn mark_configuration(error: &JsValue) {
    mark_unless_marked(error, error_response::INVALID_ARGUMENT, false);
}

fn mark_unless_marked(
    error: &JsValue,
    Classification { code, action }: Classification,
    is_of_limit: bool,
) {
    if error.is_object() && self::action(error).is_empty() {
        let _ = set_classification(error, code, action.name(), is_of_limit);
    }
}

fn mark(error: &JsValue, call: &Call, body: &JsValue) {
    let request = if asked_an_api(call) {
        RequestKind::Resource
    } else if call.attempt().is_some() {
        RequestKind::Refresh
    } else {
        RequestKind::AccessToken
    };
    let Ok(refusal) = read_refusal(error, body) else {
        return;
    };
    let member = |index| string_at(&refusal, index);
    let Classification { code, action } = error_response::classify(
        request,
        refusal.get(0).as_f64().unwrap_or_default() as u16,
        &member(1).unwrap_or_default(),
        &member(2).or_else(|| member(3)).unwrap_or_default(),
    );
    let wait =
        |value: String| error_response::retry_after(&value, || Date::parse(&value), Date::now());
    let retry_after = (4..6).find_map(|index| member(index).and_then(wait));
    let retry_after = retry_after.map_or(JsValue::UNDEFINED, JsValue::from);
    let _ = mark_refusal(error, call, code, action.name(), &retry_after, body);
}

/// The `code` that an error was marked with; empty where there is none.
pub fn code(error: &JsValue) -> String {
    property(error, "code").as_string().unwrap_or_default()
}

/// Whether it is not known what became of a request, or the same may work later: what was not marked, as
/// it is frozen or no error at all, came from `fetch`.
pub fn may_be_tried_again(error: &JsValue) -> bool {
    ![Action::Reauthorize, Action::Configure]
        .map(Action::name)
        .contains(&action(error).as_str())
}

/// The name of the action that an error was marked with; empty where there is none.
pub fn action(error: &JsValue) -> String {
    property(error, "action").as_string().unwrap_or_default()
}

/// The pause that an error asks for, in seconds.
pub fn retry_after(error: &JsValue) -> Option<f64> {
    property(error, "retryAfter").as_f64()
}

/// What an error was marked with; `undefined` where it cannot be read.
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
