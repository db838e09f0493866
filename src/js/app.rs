//! An app as the methods of its client know it, what was read from `configs`, and one call of
//! a method while it waits: JavaScript objects that nobody else sees, so that the garbage collector alone
//! decides when they go.

use js_sys::Array;
use wasm_bindgen::prelude::*;

use super::failure::mark_configuration;
use super::fetch::Fetch;
use super::value::text;
use crate::cloud::Cloud;
use crate::secret::Secret;

#[wasm_bindgen]
extern "C" {
    /// What methods are bound to. Its `problem` is what was wrong with what it was to be made of.
    #[derive(Clone)]
    pub type Bound;

    #[wasm_bindgen(method, getter)]
    fn problem(this: &Bound) -> JsValue;

    /// The calls that are on their way, a `Map` from what they were given to promises.
    #[wasm_bindgen(method, getter, js_name = inFlight)]
    pub fn in_flight(this: &Bound) -> JsValue;

    /// What the methods of a client are bound to.
    #[derive(Clone)]
    #[wasm_bindgen(extends = Bound)]
    pub type App;

    /// Its Lucia instance; `undefined` where it has none.
    #[wasm_bindgen(method, getter)]
    pub fn auth(this: &App) -> JsValue;

    #[wasm_bindgen(method, getter, js_name = cloud)]
    fn cloud_index(this: &App) -> u32;

    #[wasm_bindgen(method, getter)]
    fn scope(this: &App) -> JsValue;

    #[wasm_bindgen(method, getter, js_name = clientId)]
    fn client_id_value(this: &App) -> JsValue;

    #[wasm_bindgen(method, getter, js_name = clientSecret)]
    fn client_secret_value(this: &App) -> JsValue;

    /// The body of a token request for a code, from the code's end on.
    #[wasm_bindgen(method, getter, js_name = afterCode)]
    pub fn after_code(this: &App) -> JsValue;

    /// One call of a method while it waits.
    pub type Call;

    /// The app.
    #[wasm_bindgen(method, getter)]
    pub fn app(this: &Call) -> App;

    /// The code or the token that the call was given.
    #[wasm_bindgen(method, getter)]
    pub fn secret(this: &Call) -> JsValue;

    /// When it began, in milliseconds since the epoch.
    #[wasm_bindgen(method, getter)]
    pub fn started(this: &Call) -> f64;

    /// The endpoint that was asked last, `undefined` before the first.
    #[wasm_bindgen(method, getter)]
    pub fn endpoint(this: &Call) -> JsValue;

    /// How often it has tried to refresh; `undefined` for what does not refresh.
    #[wasm_bindgen(method, getter)]
    pub fn attempt(this: &Call) -> Option<u32>;

    /// The tokens that the call has brought.
    #[wasm_bindgen(method, getter)]
    pub fn tokens(this: &Call) -> JsValue;

    /// Keeps the tokens that the call has brought.
    #[wasm_bindgen(method, setter)]
    pub fn set_tokens(this: &Call, value: &JsValue);
}

#[wasm_bindgen(module = "/src/js/client.js")]
extern "C" {
    #[wasm_bindgen(catch, js_name = newApp)]
    fn new_app(
        problem: &JsValue,
        auth: &JsValue,
        fetch: &JsValue,
        timeout: u32,
        body_limit: u32,
        cloud: u32,
        scope: &str,
        client_id: &str,
        client_secret: &str,
        after_code: &str,
    ) -> Result<App, JsValue>;

    #[wasm_bindgen(catch, js_name = newCall)]
    fn new_call(app: &App, secret: &JsValue) -> Result<Call, JsValue>;
}

/// What an app is made of, but for its Lucia instance.
pub struct Parts<'a> {
    /// How it sends requests.
    pub fetch: &'a Fetch,
    /// Where it sends them.
    pub cloud: Cloud,
    /// What it asks for, as one string.
    pub scope: &'a str,
    /// The client identifier.
    pub client_id: &'a str,
    /// The client secret; empty for an app that makes no token requests of its own.
    pub client_secret: &'a str,
    /// The body of a token request for a code, from the code's end on.
    pub after_code: &'a str,
}

impl App {
    /// Puts the parts where the methods find them.
    #[inline(never)]
    pub fn new(auth: &JsValue, parts: &Parts) -> Result<Self, JsValue> {
        new_app(
            &JsValue::UNDEFINED,
            auth,
            &parts.fetch.function,
            parts.fetch.timeout,
            parts.fetch.body_limit,
            parts.cloud.index(),
            parts.scope,
            parts.client_id,
            parts.client_secret,
            parts.after_code,
        )
    }

    /// An app whose configuration is wrong.
    pub fn refused(problem: &JsValue) -> Result<Self, JsValue> {
        mark_configuration(problem);
        let nothing = &JsValue::UNDEFINED;
        let problem = Array::of1(problem);
        new_app(&problem, nothing, nothing, 0, 0, 0, "", "", "", "")
    }

    /// Begins a call.
    pub fn call(&self, secret: &JsValue) -> Result<Call, JsValue> {
        new_call(self, secret)
    }

    /// Where it sends requests.
    pub fn cloud(&self) -> Cloud {
        Cloud::at(self.cloud_index())
    }

    /// What it asks for, as one string.
    pub fn requested_scope(&self) -> String {
        text(Ok(self.scope())).unwrap_or_default()
    }

    /// The client identifier.
    pub fn client_id(&self) -> String {
        text(Ok(self.client_id_value())).unwrap_or_default()
    }

    /// The client secret.
    pub fn client_secret(&self) -> Secret {
        Secret::new(text(Ok(self.client_secret_value())).unwrap_or_default())
    }
}

impl Bound {
    /// Refuses with the problem, which is in an array: what `configs` throws when it is read may itself be
    /// `undefined`.
    #[inline(never)]
    pub fn check(&self) -> Result<(), JsValue> {
        let problem = self.problem();
        if problem.is_undefined() {
            return Ok(());
        }
        Err(problem.unchecked_into::<Array>().get(0))
    }
}
