//! The token request and response (RFC 6749, sections 4.1.3 and 5.1). Sending the one and receiving
//! the other is left to the boundary.

use base64ct::{Base64, Encoding as _};
use form_urlencoded::Serializer;

use crate::config::Client;
use crate::error::Error;
use crate::member::Member;
use crate::secret::Secret;

/// Where a code is exchanged for tokens.
pub const TOKEN_ENDPOINT: &str = "https://auth.atlassian.com/oauth/token";

/// The body of one app's token requests, complete but for the code, which comes first. The rest
/// never changes and is made once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRequestBody {
    after_code: Secret,
}

impl TokenRequestBody {
    /// What comes before the code.
    pub const BEFORE_CODE: &'static str = "code=";

    /// Makes the body for this client, which authenticates by `client_secret` in the body (RFC
    /// 6749, section 2.3.1). Parameters come in the order in which the published Lucia provider
    /// puts them; an empty `redirect_uri` is left out.
    pub fn new(client: &Client, client_secret: &Secret) -> Self {
        let mut after_code = Serializer::for_suffix("&".to_owned(), 1);
        after_code.append_pair("client_id", client.client_id());
        after_code.append_pair("grant_type", "authorization_code");
        if !client.redirect_uri().is_empty() {
            after_code.append_pair("redirect_uri", client.redirect_uri());
        }
        after_code.append_pair("client_secret", client_secret.reveal());
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

/// Encodes a list of parameters as an `application/x-www-form-urlencoded` body, in their order.
pub fn form_body(parameters: &[(&str, String)]) -> Secret {
    let mut body = Serializer::new(String::new());
    for (name, value) in parameters {
        body.append_pair(name, value);
    }
    Secret::new(body.finish())
}

/// The value of an `Authorization` header that carries the client's credentials (RFC 7617): the
/// base64 of the UTF-8 bytes of `id:secret`. The parts are not percent-encoded first, unlike RFC
/// 6749, section 2.3.1, says, since the published Lucia package does not either.
pub fn basic_authorization(client_id: &str, client_secret: &str) -> Secret {
    let credentials = [client_id, ":", client_secret].concat();
    Secret::new(["Basic ", &Base64::encode_string(credentials.as_bytes())].concat())
}

/// Checks the `access_token` of a token response: a non-empty string of visible ASCII characters
/// and spaces (RFC 6749, appendix A.12), which an `Authorization` header can carry.
///
/// Refuses everything else with [`Error::InvalidTokenResponse`].
pub fn access_token(access_token: Member) -> Result<Secret, Error> {
    let refuse = |received| Error::InvalidTokenResponse {
        member: "access_token",
        expected: "a non-empty string of ASCII characters without control characters",
        received,
    };
    let token = access_token.into_non_empty_string().map_err(refuse)?;
    if token.bytes().all(|byte| matches!(byte, 0x20..=0x7e)) {
        Ok(Secret::new(token))
    } else {
        Err(refuse("a string with other characters"))
    }
}

/// The refusal of a token response that is not a JSON object.
pub fn not_an_object(received: &'static str) -> Error {
    Error::InvalidTokenResponse {
        member: "body",
        expected: "a JSON object",
        received,
    }
}
