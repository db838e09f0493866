//! The boundary to JavaScript: the only place that handles JavaScript values. The core implements the protocol.
//!
//! - The exports: `client`, `lucia` (links a client and its users to the app's `auth`) and `other_providers`.
//! - The methods: `sign_in` for a sign-in, `tokens`, `token_manager` and `resources` for tokens and sites.
//! - `fetch` sends requests by a `configuration`, and `error_response` classifies errors.
//! - `steps` awaits several promises by a list of steps or by a state machine.
//! - `value` and `error` translate between JavaScript and the core.
//! - `lazy` holds shared values, `random` supplies random bytes, and `allocator` wipes memory.
//!
//! Three rules protect the shared instance:
//!
//! 1. Each import that can run the app's code has `catch` and returns a `Result`: an exception that crosses wasm
//!    frames would leave their stack space and borrows behind. Imports that only create an object or a promise have no
//!    `catch`: they fail only after a stack overflow, and `start.js` then replaces the instance.
//! 2. Rust borrows nothing while the app's code runs: that code may call the package again.
//! 3. Rust keeps no state during a wait.
//!
//! To add a method to a client:
//!
//! 1. Add the URL of a new endpoint to `atlassian::cloud`, and the endpoint to `fetch`.
//! 2. Write the export, `#[wasm_bindgen(js_name = …, skip_typescript)] pub fn …(configuration: Configuration, …)`.
//! 3. Begin it with `configuration.check()`, and return a promise, usually by `with_classified_errors`.
//! 4. Bind the export in `newClient` (`client.js`) and in `pkg/unavailable.js`.
//! 5. Declare and document the method in `pkg/client.d.ts`.
//! 6. Test it in `tests/tokens`, against the stand-in in `tests/atlassian`.
//!
//! No object of the package owns wasm memory: its methods are exports of the wasm, bound to JavaScript values, and the
//! garbage collector frees it. The methods accept values, not references: the bindings have room for a thousand
//! references at a time, and the app's code may call a method within a method.

mod allocator;
mod client;
mod configuration;
mod error;
mod error_response;
mod fetch;
mod lazy;
mod lucia;
mod other_providers;
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
pub use other_providers::{
    create_oauth2_authorization_url, create_oauth2_authorization_url_with_pkce, decode_id_token,
    validate_oauth2_authorization_code,
};
