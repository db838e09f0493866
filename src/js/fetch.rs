//! Sending a request with the runtime's `fetch`, or the app's own. What a request is made of is said by
//! `http` and `cloud`; reading the response is left to the methods.

use js_sys::{Array, Object};
use wasm_bindgen::prelude::*;
use wasm_bindgen::throw_val;
use web_sys::Url;

use super::configuration::RequestContext;
use super::lazy::LazyValue;
use super::steps::{imported_step, step};
use super::value::{get, object, strings, text};
use crate::atlassian::cloud::Cloud;
use crate::error::Error;
use crate::http::{API_REQUEST, FORM_REQUEST, RequestHead};

#[wasm_bindgen(module = "/src/js/request.js")]
extern "C" {
    // `undefined` leaves out `authorization` and `body`; for `url` it means that of the endpoint.
    #[wasm_bindgen(catch, js_name = send)]
    fn send_request(
        context: &RequestContext,
        endpoint: &JsValue,
        url: Option<&Url>,
        authorization: &JsValue,
        body: &JsValue,
    ) -> Result<JsValue, JsValue>;
}

#[wasm_bindgen(module = "/src/js/body.js")]
extern "C" {
    // `refuse` is given the address without its query, and whether the body was read to its end.
    #[wasm_bindgen(js_name = jsonStep)]
    fn json_step(refuse: &JsValue) -> JsValue;
}

/// The step that gives the JSON of a response, or throws an `OAuthRequestError` when it is not `ok`,
/// [`Error::ResponseTooLarge`] or [`Error::InvalidJson`].
pub static READ_JSON: LazyValue = LazyValue::new(|| {
    let refuse = step(|address, is_read| {
        let address = text(Ok(address)).unwrap_or_default();
        Err(if is_read.is_truthy() {
            Error::InvalidJson { address }
        } else {
            Error::ResponseTooLarge { address }
        }
        .into())
    });
    json_step(&refuse)
});

/// The step that gives the response itself, or throws an `OAuthRequestError` when it is not `ok`.
pub static ACCEPT: LazyValue = LazyValue::new(|| imported_step("accept"));

/// Where codes and refresh tokens are exchanged.
pub static TOKEN: Endpoint = Endpoint::new(|| endpoint(&FORM_REQUEST, Cloud::token_endpoint));

/// Where tokens are revoked.
pub static REVOCATION: Endpoint =
    Endpoint::new(|| endpoint(&FORM_REQUEST, Cloud::revocation_endpoint));

/// Where the user is.
pub static USER: Endpoint = Endpoint::new(|| endpoint(&API_REQUEST, Cloud::user_endpoint));

/// Where the sites are.
pub static RESOURCES: Endpoint =
    Endpoint::new(|| endpoint(&API_REQUEST, Cloud::resources_endpoint));

fn object_of_strings(members: &[(&str, &str)]) -> Result<JsValue, JsValue> {
    let entries = Array::new();
    for (name, value) in members {
        entries.push(&strings(&[*name, *value]));
    }
    Ok(Object::from_entries(&entries)?.into())
}

fn endpoint(head: &RequestHead, url: fn(Cloud) -> &'static str) -> JsValue {
    let urls = Cloud::ALL.map(|cloud| (cloud.name(), url(cloud)));
    let endpoint = || {
        object(&[
            ("method", &head.method.into()),
            ("headers", &object_of_strings(head.headers)?),
            ("urls", &object_of_strings(&urls)?),
        ])
    };
    // It fails where the stack is full: then the instance is given up, and nothing stays behind.
    endpoint().unwrap_or_else(|thrown| throw_val(thrown))
}

/// A kind of request, as a JavaScript object that is made once: `method`, `headers`, and `urls` by the name of the cloud.
pub struct Endpoint(LazyValue);

impl Endpoint {
    const fn new(make: fn() -> JsValue) -> Self {
        Self(LazyValue::new(make))
    }

    /// Sends a request, and gives what `fetch` returned: a promise, or what an app's function gives in its
    /// place. `url` is one of the app's own.
    ///
    /// Redirects are not followed: that would send the secrets to wherever they point.
    pub fn send(
        &self,
        context: &RequestContext,
        url: Option<&Url>,
        secrets: &Secrets,
    ) -> Result<JsValue, JsValue> {
        send_request(context, &self.0, url, &secrets.authorization, &secrets.body)
    }
}

/// Whether the last response of a call is of an API, and not of the authorization server. Told by how it was
/// asked: the endpoint may be of an instance that was replaced meanwhile. A call without one has asked nobody, and
/// was given a response of an API.
pub fn is_api_response(context: &RequestContext) -> bool {
    text(get(&context.endpoint(), "method")).as_deref() != Some(FORM_REQUEST.method)
}

/// What a request holds that must not be shown; `undefined` where there is none.
#[derive(Default)]
pub struct Secrets {
    /// The value of the `Authorization` header.
    pub authorization: JsValue,
    /// The body.
    pub body: JsValue,
}
