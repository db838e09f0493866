//! A request as plain data: the parts that hold no secret and may be shown in an error. What holds
//! one (the body of a token request, the `Authorization` header) is made by `token` and joined on
//! at the boundary, where the request is sent.

use crate::token::TOKEN_ENDPOINT;
use crate::user::USER_ENDPOINT;

/// Method, address and headers of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestHead {
    /// The method (RFC 9110, section 9).
    pub method: &'static str,
    /// The address, unless an app brings its own.
    pub url: &'static str,
    /// Names and values of the headers, as the published Lucia provider sends them.
    pub headers: &'static [(&'static str, &'static str)],
}

const ACCEPT: (&str, &str) = ("Accept", "application/json");
const USER_AGENT: (&str, &str) = ("User-Agent", "lucia");

/// A token request (RFC 6749, section 4.1.3).
pub const TOKEN_REQUEST: RequestHead = RequestHead {
    method: "POST",
    url: TOKEN_ENDPOINT,
    headers: &[
        ("Content-Type", "application/x-www-form-urlencoded"),
        USER_AGENT,
        ACCEPT,
    ],
};

/// A request for the user, to which the `Authorization` header is joined.
pub const USER_REQUEST: RequestHead = RequestHead {
    method: "GET",
    url: USER_ENDPOINT,
    headers: &[USER_AGENT, ACCEPT],
};
