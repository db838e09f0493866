//! The token request and response (RFC 6749, sections 4.1.3 and 5.1). Sending the one and receiving
//! the other is left to the boundary.

use base64ct::{Base64, Encoding as _};
use form_urlencoded::Serializer;

use crate::error::Error;
use crate::member::Kind;
use crate::secret::Secret;

/// Where a code is exchanged for tokens.
pub const TOKEN_ENDPOINT: &str = "https://auth.atlassian.com/oauth/token";

/// What the value of an `Authorization` header with an access token begins with (RFC 6750, section
/// 2.1).
pub const BEARER: &str = "Bearer ";

/// The body of a token request, complete but for the code, which comes first. Where an app has one
/// body for all its requests, it is made once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRequestBody {
    after_code: Secret,
}

impl TokenRequestBody {
    /// What comes before the code.
    pub const BEFORE_CODE: &'static str = "code=";

    /// Makes the body from its parameters (RFC 6749, section 4.1.3), in the order in which the
    /// published Lucia package puts them. An empty `redirect_uri` or `code_verifier` (RFC 7636,
    /// section 4.5) is left out, and so is a `client_secret` (RFC 6749, section 2.3.1) that is not
    /// given.
    pub fn new(
        client_id: &str,
        redirect_uri: &str,
        code_verifier: &str,
        client_secret: Option<&Secret>,
    ) -> Self {
        let mut after_code = Serializer::for_suffix("&".to_owned(), 1);
        after_code.append_pair("client_id", client_id);
        after_code.append_pair("grant_type", "authorization_code");
        if !redirect_uri.is_empty() {
            after_code.append_pair("redirect_uri", redirect_uri);
        }
        if !code_verifier.is_empty() {
            after_code.append_pair("code_verifier", code_verifier);
        }
        if let Some(client_secret) = client_secret {
            after_code.append_pair("client_secret", client_secret.reveal());
        }
        Self {
            after_code: Secret::new(after_code.finish()),
        }
    }

    /// What comes after the code.
    pub fn after_code(&self) -> &Secret {
        &self.after_code
    }
}

/// Encodes a code for the body: one value of `application/x-www-form-urlencoded`.
pub fn encoded_code(code: &Secret) -> Secret {
    Secret::new(form_urlencoded::byte_serialize(code.reveal().as_bytes()).collect())
}

/// The value of an `Authorization` header that carries the client's credentials (RFC 7617): the
/// base64 of the UTF-8 bytes of `id:secret`. The parts are not percent-encoded first, unlike RFC
/// 6749, section 2.3.1, says, since the published Lucia package does not either.
pub fn basic_authorization(client_id: &str, client_secret: &Secret) -> Secret {
    let credentials = [client_id, ":", client_secret.reveal()].concat();
    Secret::new(["Basic ", &Base64::encode_string(credentials.as_bytes())].concat())
}

/// Checks the `access_token` of a token response: a non-empty string that an `Authorization` header
/// can carry (RFC 9110, section 5.5), which is looked at only where it is a string.
///
/// Refuses everything else with [`Error::InvalidTokenResponse`].
pub fn access_token(kind: Kind, fits_a_header: impl FnOnce() -> bool) -> Result<(), Error> {
    let received = match kind.require_non_empty_string() {
        Ok(()) if fits_a_header() => return Ok(()),
        Ok(()) => "a string that a header cannot carry",
        Err(received) => received,
    };
    Err(Error::InvalidTokenResponse {
        member: "access_token",
        expected: "a non-empty string without line breaks, NUL or characters beyond U+00FF",
        received,
    })
}

/// The refusal of a token response that is not a JSON object.
pub fn not_an_object(received: &'static str) -> Error {
    Error::InvalidTokenResponse {
        member: "body",
        expected: "a JSON object",
        received,
    }
}
