//! The parts that are specific to Atlassian: its URLs, the user, and the sites of an access token.

pub mod cloud;
pub mod site;
pub mod user;
