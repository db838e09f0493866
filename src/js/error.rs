//! The errors of the package as JavaScript sees them. What a caller got wrong is a `TypeError`, what
//! Atlassian answered wrongly an `Error`; both carry the core's `code`. An HTTP failure is an
//! `OAuthRequestError`.

use js_sys::{SyntaxError, TypeError};
use wasm_bindgen::prelude::*;
use web_sys::Request;

use crate::error::Error;

#[wasm_bindgen(module = "/src/js/syntax.js")]
extern "C" {
    /// A request that was answered with another status than 200 to 299.
    #[wasm_bindgen(reexport)]
    pub type OAuthRequestError;

    /// `request` is one that may be shown.
    #[wasm_bindgen(constructor)]
    pub fn new(request: &Request, response: &JsValue) -> OAuthRequestError;
}

#[wasm_bindgen]
extern "C" {
    type Coded;

    #[wasm_bindgen(method, setter)]
    fn set_code(this: &Coded, code: &str);
}

impl From<Error> for JsValue {
    fn from(error: Error) -> Self {
        let message = error.to_string();
        let value: JsValue = match error {
            Error::InvalidArgument { .. } => TypeError::new(&message).into(),
            Error::InvalidIdToken => SyntaxError::new(&message).into(),
            Error::InvalidTokenResponse { .. }
            | Error::InvalidUserResponse { .. }
            | Error::NoRandomBytes => js_sys::Error::new(&message).into(),
        };
        value.unchecked_ref::<Coded>().set_code(error.code());
        value
    }
}
