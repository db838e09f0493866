//! The configuration to which the methods of a client are bound, and the context of a request during its wait. Both
//! are private JavaScript objects, and the garbage collector frees them. `client` reads `configs`, the app's object;
//! `fetch` sends requests.

use js_sys::{Array, Map};
use wasm_bindgen::convert::IntoWasmAbi;
use wasm_bindgen::describe::WasmDescribe;
use wasm_bindgen::prelude::*;

use super::value::string_or_empty;
use crate::atlassian::cloud::Cloud;
use crate::config::ClientRegistration;
use crate::error::Error;
use crate::oauth::token;
use crate::secret::Secret;
use crate::value::Value;

#[wasm_bindgen]
extern "C" {
    /// The shared data of an object's methods.
    #[derive(Clone)]
    pub type MethodData;

    /// The error of a wrong argument of the function that created the methods. An array holds it, because a getter of
    /// the app may throw `undefined`.
    #[wasm_bindgen(method, getter, js_name = argumentError)]
    fn argument_error(this: &MethodData) -> Option<Array>;

    /// The running calls: a `Map` from the token of each to its run.
    #[wasm_bindgen(method, getter, js_name = inFlight)]
    pub fn in_flight(this: &MethodData) -> Map;

    /// The checked configuration of an app, or its error.
    #[derive(Clone)]
    #[wasm_bindgen(extends = MethodData)]
    pub type Configuration;

    /// Whether it is a provider, which links sign-ins to Lucia.
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

    /// The part of a token request's body after the code.
    #[wasm_bindgen(method, getter, js_name = afterCode)]
    pub fn after_code(this: &Configuration) -> JsValue;

    /// The data of one call of a method.
    pub type CallContext;

    /// The configuration of the client.
    #[wasm_bindgen(method, getter)]
    pub fn configuration(this: &CallContext) -> Configuration;

    /// The argument of the call.
    #[wasm_bindgen(method, getter, js_name = codeOrToken)]
    pub fn code_or_token(this: &CallContext) -> JsValue;

    /// The start of the call, in milliseconds since the epoch.
    #[wasm_bindgen(method, getter)]
    pub fn started(this: &CallContext) -> f64;

    /// The endpoint of the last request, `undefined` before the first.
    #[wasm_bindgen(method, getter)]
    pub fn endpoint(this: &CallContext) -> JsValue;

    /// The number of a `crate::oauth::retry::State`; `undefined` for a call that does not refresh.
    #[wasm_bindgen(method, getter, js_name = refreshState)]
    pub fn refresh_state(this: &CallContext) -> Option<u32>;

    /// Keeps the tokens of the response.
    #[wasm_bindgen(method, setter)]
    pub fn set_tokens(this: &CallContext, value: &JsValue);
}

#[wasm_bindgen(module = "/src/js/client.js")]
extern "C" {
    #[wasm_bindgen(js_name = newConfiguration)]
    fn new_configuration(
        argument_error: Option<&Array>,
        is_provider: bool,
        auth: &JsValue,
        fetch: &JsValue,
        timeout: u32,
        body_limit: u32,
        cloud: &str,
        scope: &str,
        client_id: &str,
        client_secret: &Secret,
        after_code: &Secret,
    ) -> Configuration;

    #[wasm_bindgen(js_name = newCallContext)]
    fn new_call_context(configuration: &Configuration, code_or_token: &JsValue) -> CallContext;
}

// A secret crosses the boundary as a string. The type prevents its use in place of a public string.
impl WasmDescribe for Secret {
    fn describe() {
        str::describe();
    }
}

impl<'a> IntoWasmAbi for &'a Secret {
    type Abi = <&'a str as IntoWasmAbi>::Abi;

    fn into_abi(self) -> Self::Abi {
        self.reveal().into_abi()
    }
}

/// The options of requests.
#[derive(Default)]
pub struct RequestOptions {
    /// The app's replacement of the global `fetch`, or `undefined`.
    pub fetch: JsValue,
    /// The time limit of each request and its response body, in milliseconds; 0 for no limit.
    pub timeout: u32,
    /// The maximum size of the body of a response with status 200 to 299, in bytes; 0 for no limit.
    pub body_limit: u32,
}

impl Configuration {
    /// Creates the object for the methods. `auth` is the Lucia instance of a provider.
    #[inline(never)]
    pub fn new(
        auth: Option<&JsValue>,
        client: &ClientRegistration,
        client_secret: &Secret,
        cloud: Cloud,
        options: &RequestOptions,
    ) -> Self {
        new_configuration(
            None,
            auth.is_some(),
            auth.unwrap_or(&JsValue::UNDEFINED),
            &options.fetch,
            options.timeout,
            options.body_limit,
            cloud.name(),
            client.scope(),
            client.client_id(),
            client_secret,
            &token::after_code(client, client_secret),
        )
    }

    /// A wrong configuration: each method rejects with `error`.
    pub fn invalid(error: &JsValue) -> Self {
        Self::without_client(Some(&Array::of1(error)), 0, 0)
    }

    /// A configuration without an app, for the functions for other providers.
    #[inline(never)]
    pub fn without_client(argument_error: Option<&Array>, timeout: u32, body_limit: u32) -> Self {
        let nothing = &JsValue::UNDEFINED;
        let no_secret = &Secret::new(String::new());
        new_configuration(
            argument_error,
            false,
            nothing,
            nothing,
            timeout,
            body_limit,
            "",
            "",
            "",
            no_secret,
            no_secret,
        )
    }

    /// Creates the context of a call. `code_or_token` is its argument.
    pub fn new_context(&self, code_or_token: &JsValue) -> CallContext {
        new_call_context(self, code_or_token)
    }

    /// The cloud of its requests.
    pub fn cloud(&self) -> Result<Cloud, Box<Error>> {
        Cloud::try_from(Value::from(&self.cloud_name()))
    }

    /// The requested scopes as one string.
    pub fn requested_scope(&self) -> String {
        string_or_empty(&self.scope())
    }

    /// The client identifier.
    pub fn client_id(&self) -> String {
        string_or_empty(&self.client_id_value())
    }

    /// The client secret.
    pub fn client_secret(&self) -> Secret {
        Secret::new(string_or_empty(&self.client_secret_value()))
    }
}

impl MethodData {
    /// Returns the error of a wrong argument, if there is one.
    #[inline(never)]
    pub fn check(&self) -> Result<(), JsValue> {
        match self.argument_error() {
            None => Ok(()),
            Some(error) => Err(error.get(0)),
        }
    }
}
