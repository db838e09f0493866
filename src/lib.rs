//! Sign in with Atlassian for Lucia v2: the protocol in Rust, and a thin boundary to JavaScript.
//!
//! All modules but `js` are pure: they turn configuration into an authorization URL and
//! into requests, and say what is wrong with a response. They do no IO, read no clock, hold no
//! global and know neither Lucia nor WebAssembly, so `cargo test` runs them natively. The module
//! `js` exists on `wasm32` only; it alone names JavaScript values, sends the requests with the
//! runtime's `fetch` and calls the app's Lucia `auth`.
//!
//! You will not find session handling here (Lucia does that), nor other providers than Atlassian.
//!
//! In reading order:
//!
//! - a sign-in: [`config`], [`atlassian::cloud`], [`oauth::authorization_request`],
//!   [`oauth::authorization_response`], [`oauth::token`], [`atlassian::user`];
//! - after it: [`oauth::retry`], [`oauth::token_manager`], [`atlassian::site`];
//! - what can go wrong: [`error`], [`oauth::error_response`], [`oauth::error_text`];
//! - what all of these are made of: [`value`], [`secret`], [`http`], [`oauth::form`], [`oauth::random_string`],
//!   [`sorted_map`]; and [`oauth::id_token`], for apps that read one.

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
pub mod config;
pub mod error;
pub mod http;
pub mod oauth;
pub mod secret;
pub mod sorted_map;
pub mod value;

#[cfg(target_arch = "wasm32")]
pub mod js;
