//! The errors of the package as JavaScript sees them. What a caller got wrong is a `TypeError`, all else
//! an `Error`; both carry the core's `code` and `action`. An HTTP failure is an
//! `OAuthRequestError`.

use js_sys::{Array, SyntaxError, TypeError};
use wasm_bindgen::prelude::*;

use crate::error::Error;

#[wasm_bindgen(module = "/src/js/syntax.js")]
extern "C" {
    /// A request that was answered with another status than 200 to 299.
    #[wasm_bindgen(reexport)]
    pub type OAuthRequestError;
}

#[wasm_bindgen]
extern "C" {
    type Coded;

    #[wasm_bindgen(method, setter)]
    fn set_code(this: &Coded, code: &str);

    #[wasm_bindgen(method, setter)]
    fn set_action(this: &Coded, action: &str);

    #[wasm_bindgen(method, setter)]
    fn set_sites(this: &Coded, sites: &JsValue);
}

impl From<Error> for JsValue {
    fn from(error: Error) -> Self {
        let message = error.to_string();
        let value: JsValue = match error {
            Error::InvalidArgument { .. } => TypeError::new(&message).into(),
            Error::InvalidIdToken => SyntaxError::new(&message).into(),
            _ => js_sys::Error::new(&message).into(),
        };
        let coded: &Coded = value.unchecked_ref();
        coded.set_code(error.code());
        coded.set_action(error.action().name());
        if let Error::SiteNotFound { sites } | Error::SeveralSites { sites } = &error {
            let sites: Array = sites.iter().map(JsValue::from).collect();
            coded.set_sites(&sites);
        }
        value
    }
}
