//! A string that must not be seen: client secrets, codes, tokens. It prints as a placeholder, so
//! that logging a structure that holds one is harmless. Wiping its memory is left to the allocator
//! of the `wasm32` build, which wipes every block that is freed.

use std::fmt;

/// A string that never prints.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes the string in.
    pub fn new(value: String) -> Self {
        Self(value)
    }

    /// Gives the string out, for the request that it is meant for and nothing else.
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
