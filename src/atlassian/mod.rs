//! What OAuth leaves to the server: Atlassian's addresses, the user, and the sites that an access token reaches.

pub mod cloud;
pub mod site;
pub mod user;
