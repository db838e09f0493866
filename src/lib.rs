//! Sign in with Atlassian for Lucia v2: the protocol in Rust, and a thin boundary to JavaScript.
//!
//! All modules except `js` are pure: they turn configuration into an authorization URL and into requests, and check
//! responses. They do no IO, read no clock and hold no global. They know neither Lucia nor WebAssembly, so `cargo
//! test` runs them natively. The module `js` exists on `wasm32` only. It alone handles JavaScript values, sends the
//! requests with the runtime's `fetch` and calls the app's Lucia `auth`.
//!
//! The crate has no session handling (Lucia does that) and no other provider than Atlassian.
//!
//! In reading order:
//!
//! - a sign-in: [`config`], [`atlassian::cloud`], [`atlassian::authorization_url`], [`oauth::authorization_request`],
//!   [`oauth::authorization_response`], [`oauth::token`], [`atlassian::user`];
//! - after it: [`oauth::retry`], [`oauth::token_manager`], [`atlassian::site`];
//! - errors: [`error`], [`classification`], [`oauth::error_response`], [`oauth::error_text`];
//! - shared types: [`value`], [`secret`], [`http`], [`oauth::form`], [`oauth::random_string`], [`sorted_map`]; and
//!   [`oauth::id_token`], for apps that read an ID token.

#![cfg_attr(
    test,
    allow(
        clippy::arithmetic_side_effects,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::unwrap_used
    )
)]

pub mod atlassian;
pub mod classification;
pub mod config;
pub mod error;
pub mod http;
pub mod oauth;
pub mod secret;
pub mod sorted_map;
pub mod value;

#[cfg(target_arch = "wasm32")]
pub mod js;
