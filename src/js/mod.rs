//! The boundary to JavaScript: the only place that names JavaScript values. What the package
//! exports is in `client`, `lucia` (which joins a client and its users to the app's `auth`) and `oauth`; the methods
//! of a sign-in are in `sign_in`, those that come after it in `tokens`, `token_manager` and `resources`. `fetch` sends
//! requests by a `configuration`, `steps` has the two ways to await more than one promise (a list of steps, a state
//! machine), `error_response` classifies errors, `value` and `error` translate between JavaScript and the core, `lazy`
//! holds what all calls share, `random` and `allocator` serve all of them. What the protocol says is left to the core.
//!
//! Three rules keep the instance alive for everybody who shares it. Each import that can run the
//! app's code is declared with `catch` and gives a `JsValue`, since an exception that crosses wasm
//! frames leaves their stack space and borrows behind. (What only makes an object or a promise is not: it fails where
//! the stack is full, and `start.js` then replaces the instance.) Nothing is borrowed while the app's code
//! runs, since that code may call the package again. And no state is kept here while a promise is
//! awaited.
//!
//! No object of the package owns wasm memory: its methods are exports of the wasm, bound to JavaScript values, so that
//! the garbage collector alone decides when it goes. They take values and no references: the bindings have room for a
//! thousand references at a time, and the app's code may call a method within a method.

mod allocator;
mod client;
mod configuration;
mod error;
mod error_response;
mod fetch;
mod lazy;
mod lucia;
mod oauth;
mod random;
mod resources;
mod sign_in;
mod steps;
mod token_manager;
mod tokens;
mod value;

pub use client::atlassian_client;
pub use error::OAuthRequestError;
pub use error_response::is_reauthorization_required;
pub use lucia::{atlassian, provider_user_auth};
pub use oauth::{
    create_oauth2_authorization_url, create_oauth2_authorization_url_with_pkce, decode_id_token,
    validate_oauth2_authorization_code,
};
