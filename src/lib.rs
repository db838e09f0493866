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
//! In reading order: [`config`], [`cloud`], [`authorization`], [`callback`], [`token`], [`user`] for a
//! sign-in; [`retry`], [`token_manager`], [`site`] for what comes after it; [`error_response`],
//! [`error_text`], [`id_token`]; then
//! what they are made of: [`form`], [`http`], [`random_string`], [`member`], [`secret`], [`error`].

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

pub mod authorization;
pub mod callback;
pub mod cloud;
pub mod config;
pub mod error;
pub mod error_response;
pub mod error_text;
pub mod form;
pub mod http;
pub mod id_token;
pub mod member;
pub mod random_string;
pub mod retry;
pub mod secret;
pub mod site;
pub mod sorted_map;
pub mod token;
pub mod token_manager;
pub mod user;

#[cfg(target_arch = "wasm32")]
pub mod js;
