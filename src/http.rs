//! A request as plain data: the parts without a secret, which an error may show. `token` builds the parts with a
//! secret: the body of a token request and the `Authorization` header. The boundary joins both and sends the request.

/// Method and headers of a request. [`crate::atlassian::cloud`] or the app gives the URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestHead {
    /// The method (RFC 9110, section 9).
    pub method: &'static str,
    /// Names and values of the headers, the same as those of `@lucia-auth/oauth`.
    pub headers: &'static [(&'static str, &'static str)],
}

const ACCEPT: (&str, &str) = ("Accept", "application/json");
const USER_AGENT: (&str, &str) = ("User-Agent", "lucia");

/// A request with a form as its body: a token request (RFC 6749, section 4.1.3) or a revocation request
/// (RFC 7009, section 2.1).
pub const FORM_REQUEST: RequestHead = RequestHead {
    method: "POST",
    headers: &[
        ("Content-Type", "application/x-www-form-urlencoded"),
        USER_AGENT,
        ACCEPT,
    ],
};

/// A request to an API; the boundary adds the `Authorization` header.
pub const API_REQUEST: RequestHead = RequestHead {
    method: "GET",
    headers: &[USER_AGENT, ACCEPT],
};
