//! Sends a request with the runtime's `fetch`, or the app's own. `http` and `cloud` define the requests; the methods
//! read the responses.

use js_sys::{Array, Function, Object};
use wasm_bindgen::prelude::*;
use wasm_bindgen::throw_val;
use web_sys::Url;

use super::configuration::CallContext;
use super::lazy::LazyValue;
use super::steps::{js_step, step};
use super::value::{get, object, string_array, string_or_empty};
use crate::atlassian::cloud::Cloud;
use crate::error::Error;
use crate::http::{API_REQUEST, FORM_REQUEST};

#[wasm_bindgen(module = "/src/js/request.js")]
extern "C" {
    // Without `url`, it uses the endpoint's URL of the cloud. An undefined `authorization` or `body` is left out.
    #[wasm_bindgen(catch, js_name = send)]
    fn send_request(
        context: &CallContext,
        endpoint: &JsValue,
        url: Option<&Url>,
        authorization: &JsValue,
        body: &JsValue,
    ) -> Result<JsValue, JsValue>;
}

#[wasm_bindgen(module = "/src/js/body.js")]
extern "C" {
    // `throw_error` gets the URL without its query, and whether the body was read to its end.
    #[wasm_bindgen(js_name = jsonStep)]
    fn json_step(throw_error: &Function) -> Function;
}

/// The step that returns the JSON of a response. It throws an `OAuthRequestError` if the response is not `ok`,
/// [`Error::ResponseTooLarge`] or [`Error::InvalidJson`].
pub static READ_JSON_STEP: LazyValue<Function> = LazyValue::new(|| {
    let throw_error = step(|url, is_read| {
        let url = string_or_empty(&url);
        Err(if is_read.is_truthy() {
            Error::InvalidJson { url }
        } else {
            Error::ResponseTooLarge { url }
        }
        .into())
    });
    json_step(&throw_error)
});

/// The step that returns the response itself. It throws an `OAuthRequestError` if the response is not `ok`.
pub static REQUIRE_OK_STEP: LazyValue<Function> = LazyValue::new(|| js_step("requireOk"));

/// The token endpoint.
pub static TOKEN_ENDPOINT: Endpoint =
    Endpoint::new(|| endpoint(Server::Authorization, Cloud::token_endpoint));

/// The revocation endpoint.
pub static REVOCATION_ENDPOINT: Endpoint =
    Endpoint::new(|| endpoint(Server::Authorization, Cloud::revocation_endpoint));

/// The endpoint of the user.
pub static USER_ENDPOINT: Endpoint =
    Endpoint::new(|| endpoint(Server::Resource, Cloud::user_endpoint));

/// The endpoint of the sites.
pub static ACCESSIBLE_RESOURCES_ENDPOINT: Endpoint =
    Endpoint::new(|| endpoint(Server::Resource, Cloud::resources_endpoint));

fn object_of_strings(members: &[(&str, &str)]) -> Result<JsValue, JsValue> {
    let entries = Array::new();
    for (name, value) in members {
        entries.push(&string_array(&[*name, *value]));
    }
    Ok(Object::from_entries(&entries)?.into())
}

/// The kind of server to which an endpoint belongs (RFC 6749, section 1.1).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Server {
    Authorization,
    Resource,
}

fn endpoint(server: Server, url: fn(Cloud) -> &'static str) -> JsValue {
    let head = match server {
        Server::Authorization => &FORM_REQUEST,
        Server::Resource => &API_REQUEST,
    };
    let is_api = JsValue::from(server == Server::Resource);
    let urls = Cloud::ALL.map(|cloud| (cloud.name(), url(cloud)));
    let endpoint = || {
        object(&[
            ("method", &head.method.into()),
            ("headers", &object_of_strings(head.headers)?),
            ("isApi", &is_api),
            ("urls", &object_of_strings(&urls)?),
        ])
    };
    // It fails only after a stack overflow: `start.js` then replaces the instance.
    endpoint().unwrap_or_else(|thrown| throw_val(thrown))
}

/// A kind of request, as a JavaScript object that is created once: `method`, `headers`, `isApi`, and `urls`
/// by the name of the cloud.
pub struct Endpoint(LazyValue<JsValue>);

impl Endpoint {
    const fn new(make: fn() -> JsValue) -> Self {
        Self(LazyValue::new(make))
    }

    /// Sends a request, and returns the result of `fetch`: a promise, or any value of an app's own function. `url` is
    /// an app's own URL.
    ///
    /// It follows no redirect: that would send the secrets to another server.
    pub fn send(
        &self,
        context: &CallContext,
        url: Option<&Url>,
        secrets: &Secrets,
    ) -> Result<JsValue, JsValue> {
        send_request(context, &self.0, url, &secrets.authorization, &secrets.body)
    }
}

/// Whether the last response of a call is from an API, and not from the authorization server. A call without an endpoint
/// is `checkResponse`: it sent no request, and has a response of an API.
pub fn is_api_response(context: &CallContext) -> bool {
    let endpoint = context.endpoint();
    endpoint.is_undefined() || get(&endpoint, "isApi").is_ok_and(|is_api| is_api.is_truthy())
}

/// The secret parts of a request; `undefined` for none.
#[derive(Default)]
pub struct Secrets {
    /// The value of the `Authorization` header.
    pub authorization: JsValue,
    /// The body.
    pub body: JsValue,
}
