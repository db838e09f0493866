//! JavaScript values for the core: the app's configuration and arguments, and the members of a JSON response. The
//! boundary creates them; the modules that use a value check it.

/// A value of the app. If it is a string, the boundary has copied it.
#[derive(Clone, PartialEq, Eq)]
pub enum Value {
    /// `undefined`, `null` or missing; the description says which. For a cookie, also every other value except strings
    /// and objects.
    Absent(&'static str),
    /// A string. Lone surrogates have become U+FFFD, as in every USVString (WebIDL).
    String(String),
    /// Any other value, with a description of its type, such as `"a number"`.
    Other(&'static str),
}

impl Value {
    /// Returns a non-empty string, or the description of another value.
    pub fn into_non_empty_string(self) -> Result<String, &'static str> {
        match self {
            Self::String(string) if string.is_empty() => Err(EMPTY_STRING),
            Self::String(string) => Ok(string),
            Self::Absent(description) | Self::Other(description) => Err(description),
        }
    }
}

/// The kind of a value that the boundary does not copy: a token does not enter wasm memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueKind {
    /// A string with at least one character.
    NonEmptyString,
    /// A string without characters.
    EmptyString,
    /// Any other value, with a description of its type.
    Other(&'static str),
}

impl ValueKind {
    /// Whether it is a non-empty string.
    pub fn is_non_empty_string(self) -> bool {
        self == Self::NonEmptyString
    }

    /// Accepts a non-empty string, or returns the description of another value.
    pub fn require_non_empty_string(self) -> Result<(), &'static str> {
        match self {
            Self::NonEmptyString => Ok(()),
            Self::EmptyString => Err(EMPTY_STRING),
            Self::Other(description) => Err(description),
        }
    }
}

/// The number of decimal digits. Not inlined: each copy of the parser takes 70 bytes (gzip).
#[inline(never)]
pub fn whole_number(digits: &str) -> Option<u32> {
    digits.parse().ok()
}

const EMPTY_STRING: &str = "an empty string";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_non_empty_string_is_given_out() {
        let table = [
            (Value::String("x".to_owned()), Ok("x".to_owned())),
            (Value::String(String::new()), Err("an empty string")),
            (Value::Absent("null"), Err("null")),
            (Value::Other("an object"), Err("an object")),
        ];
        for (value, result) in table {
            assert_eq!(value.into_non_empty_string(), result);
        }
    }

    #[test]
    fn only_a_non_empty_string_is_accepted() {
        let table = [
            (ValueKind::NonEmptyString, Ok(())),
            (ValueKind::EmptyString, Err("an empty string")),
            (ValueKind::Other("undefined"), Err("undefined")),
        ];
        for (kind, result) in table {
            assert_eq!(kind.require_non_empty_string(), result);
        }
    }
}
