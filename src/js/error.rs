//! Turns the errors of the core into JavaScript errors. Wrong arguments are a `TypeError`, malformed JSON and ID tokens a
//! `SyntaxError`, error responses an `OAuthRequestError`, and all others an `Error`. Each has the core's `code` and
//! `action`.

use js_sys::Array;
use wasm_bindgen::prelude::*;
use web_sys::Response;

use super::value::string_array;
use crate::error::Error;

#[wasm_bindgen(module = "/src/js/error.js")]
extern "C" {
    /// The error for a response whose status is not 200 to 299.
    #[wasm_bindgen(reexport)]
    pub type OAuthRequestError;

    /// The response. An app may throw an error of this class with a getter, which may throw.
    #[wasm_bindgen(method, getter, catch)]
    pub fn response(this: &OAuthRequestError) -> Result<Response, JsValue>;

    #[wasm_bindgen(catch, js_name = newError)]
    fn new_error(
        constructor: &str,
        message: &str,
        code: &str,
        action: &str,
        sites: Option<&Array>,
    ) -> Result<JsValue, JsValue>;
}

impl From<Box<Error>> for JsValue {
    #[inline(never)]
    fn from(error: Box<Error>) -> Self {
        (*error).into()
    }
}

impl From<Error> for JsValue {
    #[inline(never)]
    fn from(error: Error) -> Self {
        let constructor = match error {
            Error::InvalidArgument { .. } | Error::RequestNotAccepted | Error::StringTooLong => {
                "TypeError"
            }
            Error::InvalidIdToken | Error::InvalidJson { .. } => "SyntaxError",
            _ => "Error",
        };
        let sites = match &error {
            Error::SiteNotFound { sites } | Error::SeveralSites { sites } => Some(string_array(
                &sites.iter().map(String::as_str).collect::<Vec<_>>(),
            )),
            Error::NoSites => Some(Array::new()),
            _ => None,
        };
        let (message, code) = (error.message(), error.code());
        // Only a stack overflow can throw here.
        new_error(
            constructor,
            &message,
            code,
            error.action().name(),
            sites.as_ref(),
        )
        .unwrap_or_else(|thrown| thrown)
    }
}
