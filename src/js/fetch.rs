//! Sending a request with the runtime's `fetch` and reading the JSON of its answer. `fetch`,
//! `Request` and `AbortSignal` are looked up on the global for every request, since tests and
//! instrumentation replace them.

use js_sys::{Function, Object, Reflect};
use wasm_bindgen::prelude::*;
use web_sys::{AbortSignal, RequestInit, RequestRedirect};

use super::error::OAuthRequestError;
use crate::http::RequestHead;

#[wasm_bindgen]
extern "C" {
    /// A Fetch `Request`. Not web-sys': its URL may be a `URL`, or whatever the app gives for one.
    pub type Request;

    #[wasm_bindgen(constructor, catch)]
    fn new(url: &JsValue, init: &RequestInit) -> Result<Request, JsValue>;

    #[wasm_bindgen(js_name = fetch, catch)]
    fn global_fetch(request: &Request) -> Result<JsValue, JsValue>;

    // Not web-sys': a Worker throws outside of a request.
    #[wasm_bindgen(js_namespace = AbortSignal, js_name = timeout, catch)]
    fn abort_after(milliseconds: u32) -> Result<AbortSignal, JsValue>;

    // Not web-sys': an app's test hands out objects that are not a `Response`, and of a real one
    // only these two are used.
    type Response;

    #[wasm_bindgen(method, getter, catch)]
    fn ok(this: &Response) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn json(this: &Response) -> Result<JsValue, JsValue>;
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
        head: &RequestHead,
        secrets: Secrets,
    ) -> Result<Sent, JsValue> {
        let sent_headers = headers(head);
        if !secrets.authorization.is_undefined() {
            Reflect::set(
                &sent_headers,
                &"Authorization".into(),
                &secrets.authorization,
            )?;
        }
        let init = request_init(head, &sent_headers);
        init.set_body(&secrets.body);
        let signal = match self.timeout {
            0 => None,
            milliseconds => Some(abort_after(milliseconds)?),
        };
        init.set_signal(signal.as_ref());
        let request = Request::new(url, &init)?;
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

/// Gives what the `json` method of an answer gives, or an `OAuthRequestError` when the answer is not
/// `ok`, with a request of the same URL, method and headers in place of the one that held secrets.
pub fn json(response: &JsValue, url: &JsValue, head: &RequestHead) -> Result<JsValue, JsValue> {
    let response: &Response = response.unchecked_ref();
    if response.ok()?.is_falsy() {
        let shown = Request::new(url, &request_init(head, &headers(head)))?;
        return Err(OAuthRequestError::new(&shown, response).into());
    }
    response.json()
}

fn headers(head: &RequestHead) -> Object {
    let headers = Object::new();
    for (name, value) in head.headers {
        // Cannot fail on an object made here.
        let _ = Reflect::set(&headers, &(*name).into(), &(*value).into());
    }
    headers
}

fn request_init(head: &RequestHead, headers: &Object) -> RequestInit {
    let init = RequestInit::new();
    init.set_method(head.method);
    init.set_headers(headers);
    init.set_redirect(RequestRedirect::Manual);
    init
}
