//! The boundary to JavaScript: the only place that names JavaScript values. What the package
//! exports is here and in `oauth`; `provider` and `lucia` make the objects that apps hold, `fetch`
//! sends requests, `value` and `error` translate between JavaScript and the core. No knowledge of
//! the protocol lives here.
//!
//! Two rules keep the instance alive for everybody who shares it. Each import that can run the
//! app's code is declared with `catch`, since an exception that crosses wasm frames leaves their
//! stack space and borrows behind. And nothing is borrowed while the app's code runs, since that
//! code may call the package again.
//!
//! No object of the package owns wasm memory: its methods are functions made once for the module,
//! bound to JavaScript values, so that the garbage collector alone decides when it goes.

mod error;
mod fetch;
mod lucia;
mod memory;
mod oauth;
mod provider;
mod random;
mod steps;
mod value;

pub use error::OAuthRequestError;
pub use oauth::{
    create_oauth2_authorization_url, create_oauth2_authorization_url_with_pkce, decode_id_token,
    provider_user_auth, validate_oauth2_authorization_code,
};
pub use provider::atlassian;
