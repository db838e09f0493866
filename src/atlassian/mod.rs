//! The parts that are specific to Atlassian: its URLs, the authorization URL, the user, and the sites of an access token.

pub mod authorization_url;
pub mod cloud;
pub mod site;
pub mod user;
