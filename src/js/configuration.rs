//! The configuration that the methods of a client are bound to, and the context of a request while it waits. Both are
//! JavaScript objects that nobody else sees, so that the garbage collector alone decides when they go. Reading
//! `configs`, the object that the app hands over, is left to `client`, sending requests to `fetch`.

use js_sys::Array;
use wasm_bindgen::prelude::*;

use super::value::text;
use crate::atlassian::cloud::Cloud;
use crate::config::Client;
use crate::error::Error;
use crate::oauth::token;
use crate::secret::Secret;
use crate::value::Value;

#[wasm_bindgen]
extern "C" {
    /// What the methods of an object share. `problem` is an array of what is wrong with its configuration, if anything is.
    #[derive(Clone)]
    pub type MethodState;

    #[wasm_bindgen(method, getter)]
    fn problem(this: &MethodState) -> JsValue;

    /// The calls that have not ended, a `Map` from what they were given to promises.
    #[wasm_bindgen(method, getter, js_name = inFlight)]
    pub fn in_flight(this: &MethodState) -> JsValue;

    /// The checked configuration of an app, or what is wrong with it.
    #[derive(Clone)]
    #[wasm_bindgen(extends = MethodState)]
    pub type Configuration;

    /// Whether its sign-ins are joined to Lucia.
    #[wasm_bindgen(method, getter, js_name = isProvider)]
    pub fn is_provider(this: &Configuration) -> bool;

    #[wasm_bindgen(method, getter, js_name = cloud)]
    fn cloud_name(this: &Configuration) -> JsValue;

    #[wasm_bindgen(method, getter)]
    fn scope(this: &Configuration) -> JsValue;

    #[wasm_bindgen(method, getter, js_name = clientId)]
    fn client_id_value(this: &Configuration) -> JsValue;

    #[wasm_bindgen(method, getter, js_name = clientSecret)]
    fn client_secret_value(this: &Configuration) -> JsValue;

    /// The body of a token request for a code, from the code's end on.
    #[wasm_bindgen(method, getter, js_name = afterCode)]
    pub fn after_code(this: &Configuration) -> JsValue;

    /// What one call of a method has and needs while it waits.
    pub type RequestContext;

    /// The configuration of the client.
    #[wasm_bindgen(method, getter)]
    pub fn configuration(this: &RequestContext) -> Configuration;

    /// The code or the token that the call was given.
    #[wasm_bindgen(method, getter)]
    pub fn secret(this: &RequestContext) -> JsValue;

    /// When it began, in milliseconds since the epoch.
    #[wasm_bindgen(method, getter)]
    pub fn started(this: &RequestContext) -> f64;

    /// The endpoint that was asked last, `undefined` before the first.
    #[wasm_bindgen(method, getter)]
    pub fn endpoint(this: &RequestContext) -> JsValue;

    /// How far it has got, as a number of `crate::oauth::retry::State`; `undefined` for a call that does not refresh.
    #[wasm_bindgen(method, getter, js_name = refreshState)]
    pub fn refresh_state(this: &RequestContext) -> Option<u32>;

    /// Keeps the tokens that the call has brought.
    #[wasm_bindgen(method, setter)]
    pub fn set_tokens(this: &RequestContext, value: &JsValue);
}

#[wasm_bindgen(module = "/src/js/client.js")]
extern "C" {
    #[wasm_bindgen(js_name = newConfiguration)]
    fn new_configuration(
        problem: &JsValue,
        is_provider: bool,
        auth: &JsValue,
        fetch: &JsValue,
        timeout: u32,
        body_limit: u32,
        cloud: &str,
        scope: &str,
        client_id: &str,
        client_secret: &str,
        after_code: &str,
    ) -> Configuration;

    #[wasm_bindgen(js_name = newRequestContext)]
    fn new_request_context(configuration: &Configuration, secret: &JsValue) -> RequestContext;
}

/// How requests are sent.
#[derive(Default)]
pub struct Fetch {
    /// The app's function in place of the global `fetch`, or `undefined`.
    pub function: JsValue,
    /// How long each request may take, up to the end of its body, in milliseconds; 0 for no limit.
    pub timeout: u32,
    /// How much of the body of a successful response is read, in bytes; 0 for no limit.
    pub body_limit: u32,
}

impl Configuration {
    /// Makes the object that the methods read. `auth` is the Lucia instance of a provider.
    #[inline(never)]
    pub fn new(
        auth: Option<&JsValue>,
        client: &Client,
        client_secret: &Secret,
        cloud: Cloud,
        fetch: &Fetch,
    ) -> Self {
        new_configuration(
            &JsValue::UNDEFINED,
            auth.is_some(),
            auth.unwrap_or(&JsValue::UNDEFINED),
            &fetch.function,
            fetch.timeout,
            fetch.body_limit,
            cloud.name(),
            client.scope(),
            client.client_id(),
            client_secret.reveal(),
            token::after_code(client, client_secret).reveal(),
        )
    }

    /// A configuration that cannot be used; each method rejects with `problem`.
    pub fn invalid(problem: &JsValue) -> Self {
        Self::of_limits(&Array::of1(problem), 0, 0)
    }

    /// A configuration of nobody's, with the limits of [`Fetch`].
    #[inline(never)]
    pub fn of_limits(problem: &JsValue, timeout: u32, body_limit: u32) -> Self {
        let nothing = &JsValue::UNDEFINED;
        new_configuration(
            problem, false, nothing, nothing, timeout, body_limit, "", "", "", "", "",
        )
    }

    /// Makes the context of a call. `secret` is the code or the token that the call was given.
    pub fn new_context(&self, secret: &JsValue) -> RequestContext {
        new_request_context(self, secret)
    }

    /// Where it sends requests.
    pub fn cloud(&self) -> Result<Cloud, Box<Error>> {
        Cloud::new(Value::from(&self.cloud_name()))
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

impl MethodState {
    /// Fails with the problem, which is in an array: what `configs` throws when it is read may itself be
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
