//! Sending a request with the runtime's `fetch` and reading the JSON of its answer. `fetch`,
//! `Request` and `AbortSignal` are looked up on the global for every request, since tests and
//! instrumentation replace them.

use js_sys::{Function, Object, Reflect};
use wasm_bindgen::prelude::*;
use web_sys::Request;

use super::error::OAuthRequestError;
use crate::http::{RequestHead, TOKEN_REQUEST, USER_REQUEST};

#[wasm_bindgen(module = "/src/js/syntax.js")]
extern "C" {
    // `undefined` leaves out `authorization` and `body`, 0 the timeout.
    #[wasm_bindgen(catch, js_name = newRequest)]
    fn new_request(
        url: &JsValue,
        method: &JsValue,
        headers: &JsValue,
        authorization: &JsValue,
        body: &JsValue,
        timeout: u32,
    ) -> Result<Request, JsValue>;
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = fetch, catch)]
    fn global_fetch(request: &Request) -> Result<JsValue, JsValue>;

    // Not web-sys': an app's test hands out objects that are not a `Response`, and of a real one
    // only these two are used.
    type Response;

    #[wasm_bindgen(method, getter, catch)]
    fn ok(this: &Response) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn json(this: &Response) -> Result<JsValue, JsValue>;
}

/// A kind of request, as JavaScript values that are made once.
pub struct Endpoint {
    /// The address, unless an app brings its own.
    pub url: JsValue,
    method: JsValue,
    headers: Object,
}

thread_local! {
    /// Token requests.
    pub static TOKEN: Endpoint = Endpoint::new(&TOKEN_REQUEST);

    /// Requests for the user.
    pub static USER: Endpoint = Endpoint::new(&USER_REQUEST);
}

impl Endpoint {
    fn new(head: &RequestHead) -> Self {
        let headers = Object::new();
        for (name, value) in head.headers {
            // Cannot fail on an object made here.
            let _ = Reflect::set(&headers, &(*name).into(), &(*value).into());
        }
        Self {
            url: head.url.into(),
            method: head.method.into(),
            headers,
        }
    }

    /// Gives what the `json` method of an answer gives, or an `OAuthRequestError` when the answer is
    /// not `ok`, with a request of the same URL, method and headers in place of the one that held
    /// secrets.
    pub fn json(&self, response: &JsValue, url: &JsValue) -> Result<JsValue, JsValue> {
        let response: &Response = response.unchecked_ref();
        if response.ok()?.is_falsy() {
            let nothing = JsValue::UNDEFINED;
            let shown = new_request(url, &self.method, &self.headers, &nothing, &nothing, 0)?;
            return Err(OAuthRequestError::new(&shown, response).into());
        }
        response.json()
    }
}

/// How requests are sent.
pub struct Fetch {
    /// The app's function in place of the global `fetch`, or `undefined`.
    pub function: JsValue,
    /// How long each request may take, up to the end of its body, in milliseconds; 0 for ever.
    pub timeout: u32,
}

/// What a request holds that must not be shown; `undefined` where there is none.
#[derive(Default)]
pub struct Secrets {
    /// The value of the `Authorization` header.
    pub authorization: JsValue,
    /// The body.
    pub body: JsValue,
}

impl Fetch {
    /// Sends a request. `url` is a string or a `URL`.
    ///
    /// Redirects are not followed: that would send the secrets to wherever they point.
    pub fn send(
        &self,
        url: &JsValue,
        endpoint: &Endpoint,
        secrets: &Secrets,
    ) -> Result<Sent, JsValue> {
        let request = new_request(
            url,
            &endpoint.method,
            &endpoint.headers,
            &secrets.authorization,
            &secrets.body,
            self.timeout,
        )?;
        let response = match self.function.dyn_ref::<Function>() {
            Some(function) => function.call1(&JsValue::UNDEFINED, &request)?,
            None => global_fetch(&request)?,
        };
        Ok(Sent { request, response })
    }
}

/// A request that is on its way.
pub struct Sent {
    /// To be kept until the body is read: a runtime may drop the timeout with the request.
    pub request: Request,
    /// What `fetch` returned: a promise, or what an app's function gives in its place.
    pub response: JsValue,
}
