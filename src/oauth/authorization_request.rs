//! The parts of an authorization request (RFC 6749, section 4.1.1) that are the same for each server: the state
//! (section 10.12) and PKCE (RFC 7636). `atlassian::authorization_url` builds the URL at Atlassian.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use sha2::{Digest as _, Sha256};

use crate::error::Error;
use crate::oauth::form::append_pair;
use crate::oauth::random_string::random_string;

const STATE_LENGTH: usize = 43;
const STATE_ALPHABET: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";
const CODE_VERIFIER_LENGTH: usize = 96;
const CODE_VERIFIER_ALPHABET: &[u8] =
    b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~";

/// The value of `response_type` for the authorization code grant.
pub const RESPONSE_TYPE: &str = "code";

/// The parameters that PKCE adds (RFC 7636, section 4.3).
pub fn pkce_parameters(code_challenge: &str) -> [(&'static str, &str); 2] {
    [
        ("code_challenge_method", "S256"),
        ("code_challenge", code_challenge),
    ]
}

/// The parameters that PKCE adds, as the end of a URL that has others.
pub fn pkce_suffix(code_verifier: &str) -> String {
    let mut suffix = String::new();
    for (name, value) in pkce_parameters(&code_challenge(code_verifier)) {
        append_pair(&mut suffix, name, value);
    }
    suffix
}

/// Creates a state (RFC 6749, section 10.12): 43 characters of `a-z0-9`, 222 bits.
///
/// `next_byte` gives uniformly distributed random bytes, or `None` where there are none.
pub fn state(next_byte: impl FnMut() -> Option<u8>) -> Result<String, Box<Error>> {
    random_string(STATE_LENGTH, STATE_ALPHABET, next_byte)
}

/// Creates a code verifier (RFC 7636, section 4.1): 96 unreserved characters, 580 bits.
///
/// `next_byte` gives uniformly distributed random bytes, or `None` where there are none.
pub fn code_verifier(next_byte: impl FnMut() -> Option<u8>) -> Result<String, Box<Error>> {
    random_string(CODE_VERIFIER_LENGTH, CODE_VERIFIER_ALPHABET, next_byte)
}

/// The `S256` code challenge of a verifier (RFC 7636, section 4.2).
pub fn code_challenge(code_verifier: &str) -> String {
    let code_challenge = hashed(code_verifier);
    overwrite_stack();
    code_challenge
}

#[inline(never)]
fn hashed(code_verifier: &str) -> String {
    Base64UrlUnpadded::encode_string(&Sha256::digest(code_verifier.as_bytes()))
}

/// Overwrites the part of the stack that [`hashed`] used, some hundred bytes, where SHA-256 leaves copies of the
/// verifier.
#[inline(never)]
fn overwrite_stack() {
    std::hint::black_box([0u8; 1024]);
}
