//! The authorization URL at Atlassian: the parameters of RFC 6749, section 4.1.1, Atlassian's `audience` and `prompt`,
//! and their order. The app redirects the user to this URL and keeps the state until the callback.
//! <https://developer.atlassian.com/cloud/jira/platform/oauth-2-3lo-apps/>

use crate::atlassian::cloud::Cloud;
use crate::config::ClientRegistration;
use crate::oauth::authorization_request::RESPONSE_TYPE;
use crate::oauth::form::append_pair;

/// The authorization URL of one app without the state. The state is between two constant parameters, so the two parts
/// of the URL are created once and joined with each state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuthorizationUrl {
    before_state: String,
    after_state: String,
}

impl AuthorizationUrl {
    /// Creates the URL of a cloud's authorization endpoint for this client (RFC 6749, section 4.1.1). The parameters have the order of
    /// `@lucia-auth/oauth` and are encoded as `application/x-www-form-urlencoded`. An empty `redirect_uri` is left
    /// out.
    pub fn new(cloud: Cloud, client: &ClientRegistration) -> Self {
        let mut before_state = [cloud.authorization_endpoint(), "?"].concat();
        append_pair(&mut before_state, "response_type", RESPONSE_TYPE);
        append_pair(&mut before_state, "client_id", client.client_id());
        append_pair(&mut before_state, "scope", client.scope());
        append_pair(&mut before_state, "state", "");
        let mut after_state = String::new();
        if !client.redirect_uri().is_empty() {
            append_pair(&mut after_state, "redirect_uri", client.redirect_uri());
        }
        append_pair(&mut after_state, "audience", cloud.api_host());
        append_pair(&mut after_state, "prompt", "consent");
        Self {
            before_state,
            after_state,
        }
    }

    /// The part before the state, up to and including `state=`.
    pub fn before_state(&self) -> &str {
        &self.before_state
    }

    /// The part after the state.
    pub fn after_state(&self) -> &str {
        &self.after_state
    }
}
