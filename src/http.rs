//! A request as plain data: the parts that hold no secret and may be shown in an error. What holds
//! one (the body of a token request, the `Authorization` header) is made by `token` and joined on
//! at the boundary, where the request is sent.

/// Method and headers of a request. Where it goes is said by [`crate::atlassian::cloud`], or by an app of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestHead {
    /// The method (RFC 9110, section 9).
    pub method: &'static str,
    /// Names and values of the headers, as the published Lucia provider sends them.
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

/// A request to an API, to which the `Authorization` header is joined.
pub const API_REQUEST: RequestHead = RequestHead {
    method: "GET",
    headers: &[USER_AGENT, ACCEPT],
};
