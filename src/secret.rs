//! A secret string: a client secret, a code or a token. It prints as a placeholder, so a log of a structure shows no
//! secret. The allocator of the `wasm32` build wipes its memory. The crate `secrecy` would wipe it a second time, and its
//! strings cannot be compared.

use std::fmt;

/// A string that never prints.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps the string.
    pub fn new(value: String) -> Self {
        Self(value)
    }

    /// Returns the string. Use it only for the request that needs it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printing_does_not_show_the_string() {
        let secret = Secret::new("p4ssw0rd".to_owned());
        assert_eq!(format!("{secret:?}"), "Secret(redacted)");
        assert!(!format!("{:#?}", Some(&secret)).contains("p4ssw0rd"));
        assert_eq!(secret.reveal(), "p4ssw0rd");
    }
}
