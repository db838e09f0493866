//! The authorization request (RFC 6749, section 4.1.1): which parameters it has, in which order,
//! and the URL that they make at Atlassian; state (section 10.12) and PKCE (RFC 7636). Redirecting
//! the user there and keeping the state until the callback is left to the app.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use sha2::{Digest as _, Sha256};

use crate::cloud::Cloud;
use crate::config::Client;
use crate::error::Error;
use crate::form::append_pair;
use crate::random_string::random_string;

/// The scope without which Atlassian does not say who the user is.
const READ_ME: &str = "read:me";

const STATE: &str = "state";
const STATE_LENGTH: usize = 43;
const STATE_ALPHABET: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";
const CODE_VERIFIER_LENGTH: usize = 96;
const CODE_VERIFIER_ALPHABET: &[u8] =
    b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~";

/// The parameters of an authorization request, in the order in which the published Lucia package puts
/// them. One with an empty value is to be left out.
pub fn parameters<T>(
    response_type: T,
    client_id: T,
    scope: T,
    state: T,
    redirect_uri: T,
) -> [(&'static str, T); 5] {
    [
        ("response_type", response_type),
        ("client_id", client_id),
        ("scope", scope),
        (STATE, state),
        ("redirect_uri", redirect_uri),
    ]
}

/// The value of `response_type` for the authorization code grant.
pub const RESPONSE_TYPE: &str = "code";

/// The parameters that PKCE adds (RFC 7636, section 4.3).
pub fn pkce_parameters(code_challenge: &str) -> [(&'static str, &str); 2] {
    [
        ("code_challenge_method", "S256"),
        ("code_challenge", code_challenge),
    ]
}

/// The `scope` of the authorization request (RFC 6749, section 3.3): `read:me`, then the app's, as given.
pub fn requested_scope(client: &Client) -> String {
    let mut requested = READ_ME.to_owned();
    for scope in client.scope() {
        requested.push(' ');
        requested.push_str(scope);
    }
    requested
}

/// The parameters that PKCE adds, as the end of a URL that has others.
pub fn pkce_suffix(code_verifier: &str) -> String {
    let mut suffix = String::new();
    for (name, value) in pkce_parameters(&code_challenge(code_verifier)) {
        append_pair(&mut suffix, name, value);
    }
    suffix
}

/// The authorization URL of one app, complete but for the state. The state stands between two
/// parameters that never change, so the rest is made once and put together by concatenation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuthorizationUrl {
    before_state: String,
    after_state: String,
}

impl AuthorizationUrl {
    /// Makes the URL of a cloud's authorization endpoint for this client. Parameters come in the
    /// order in which the published Lucia provider puts them, encoded as
    /// `application/x-www-form-urlencoded`; one with an empty value is left out.
    pub fn new(cloud: Cloud, client: &Client) -> Self {
        let scope = requested_scope(client);
        let mut before_state = [cloud.authorization_endpoint(), "?"].concat();
        let mut after_state = String::new();
        let parameters = parameters(
            RESPONSE_TYPE,
            client.client_id(),
            &scope,
            "",
            client.redirect_uri(),
        );
        let mut before = true;
        for (name, value) in parameters {
            if name == STATE {
                append_pair(&mut before_state, name, value);
                before = false;
            } else if !value.is_empty() {
                let half = if before {
                    &mut before_state
                } else {
                    &mut after_state
                };
                append_pair(half, name, value);
            }
        }
        append_pair(&mut after_state, "audience", cloud.audience());
        append_pair(&mut after_state, "prompt", "consent");
        Self {
            before_state,
            after_state,
        }
    }

    /// What comes before the state: up to and including `state=`.
    pub fn before_state(&self) -> &str {
        &self.before_state
    }

    /// What comes after the state.
    pub fn after_state(&self) -> &str {
        &self.after_state
    }
}

/// Makes a state (RFC 6749, section 10.12): 43 characters of `a-z0-9`, 222 bits.
///
/// `next_byte` gives uniformly distributed random bytes, or `None` where there are none.
pub fn state(next_byte: impl FnMut() -> Option<u8>) -> Result<String, Error> {
    random_string(STATE_LENGTH, STATE_ALPHABET, next_byte)
}

/// Makes a code verifier (RFC 7636, section 4.1): 96 unreserved characters, 580 bits.
///
/// `next_byte` gives uniformly distributed random bytes, or `None` where there are none.
pub fn code_verifier(next_byte: impl FnMut() -> Option<u8>) -> Result<String, Error> {
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

/// SHA-256 works on copies of the verifier, which stay on the stack after it returns.
#[inline(never)]
fn overwrite_stack() {
    std::hint::black_box([0u8; 1024]);
}
