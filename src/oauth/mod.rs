//! The protocol: OAuth 2.0 (RFC 6749) with PKCE (RFC 7636), bearer tokens (RFC 6750), revocation (RFC 7009) and the ID
//! tokens of OpenID Connect. [`crate::atlassian`] has the server's URLs. The boundary sends the requests.

pub mod authorization_request;
pub mod authorization_response;
pub mod error_response;
pub mod error_text;
pub mod form;
pub mod id_token;
pub mod random_string;
pub mod retry;
pub mod token;
pub mod token_manager;
