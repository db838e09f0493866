//! Sending a request with the runtime's `fetch` and reading the JSON of its answer. `fetch`,
//! `Request` and `AbortSignal` are looked up on the global for every request, since tests and
//! instrumentation replace them.

use js_sys::{Function, Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
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

    #[wasm_bindgen(js_namespace = Promise, js_name = resolve, catch)]
    fn resolve(value: &JsValue) -> Result<Promise, JsValue>;
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
    /// Sends a request, and returns as soon as it is on its way. `url` is a string or a `URL`.
    pub fn send(
        &self,
        url: &JsValue,
        head: &'static RequestHead,
        secrets: Secrets,
    ) -> Result<Exchange, JsValue> {
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
        Ok(Exchange {
            response,
            url: url.clone(),
            head,
            _request: request,
        })
    }
}

/// A request that is on its way.
pub struct Exchange {
    response: JsValue,
    url: JsValue,
    head: &'static RequestHead,
    // The timeout ends the body too, and the signal that does it must not be collected before.
    _request: Request,
}

impl Exchange {
    /// Waits for the answer and gives its JSON.
    ///
    /// Rejects with an `OAuthRequestError` when the answer is not `ok`, and with the very value that
    /// `fetch` or `json` rejects with. A redirect is an answer that is not `ok`: following it would
    /// send the secrets to wherever it points.
    pub async fn json(self) -> Result<JsValue, JsValue> {
        let response: Response = settle(&self.response).await?.unchecked_into();
        if response.ok()?.is_falsy() {
            let shown = Request::new(&self.url, &request_init(self.head, &headers(self.head)))?;
            return Err(OAuthRequestError::new(&shown, &response).into());
        }
        settle(&response.json()?).await
    }
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

/// Waits for a value as `await` does.
pub async fn settle(value: &JsValue) -> Result<JsValue, JsValue> {
    JsFuture::from(resolve(value)?).await
}

/// The promise of a value, or of a reason to reject, that is there already; of a thenable, the
/// promise of what comes of it.
pub fn promise(result: Result<JsValue, JsValue>) -> Promise {
    match result.and_then(|value| resolve(&value)) {
        Ok(promise) => promise,
        Err(reason) => Promise::reject(&reason),
    }
}
