//! One member of an object as it arrived from outside, before anything is known about it: a field
//! of the app's configuration, or a member of a JSON response. The boundary reads it; the core says
//! whether it will do.

/// A value whose type has been looked at, and which has been read if it is a string.
#[derive(Clone, PartialEq, Eq)]
pub enum Member {
    /// `undefined`, `null` or not there at all: the description says which.
    Absent(&'static str),
    /// A string. Lone surrogates have become U+FFFD, as in every USVString (WebIDL).
    String(String),
    /// Anything else, by a description of its type such as `"a number"`.
    Other(&'static str),
}

impl Member {
    /// Describes the value without showing it.
    pub fn description(&self) -> &'static str {
        match self {
            Self::Absent(description) | Self::Other(description) => description,
            Self::String(string) if string.is_empty() => "an empty string",
            Self::String(_) => "a string",
        }
    }

    /// Gives out a string that has at least one character, or else the description.
    pub fn into_non_empty_string(self) -> Result<String, &'static str> {
        match self {
            Self::String(string) if !string.is_empty() => Ok(string),
            other => Err(other.description()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn describes_the_type_and_never_the_value() {
        let table = [
            (Member::Absent("undefined"), "undefined"),
            (Member::String(String::new()), "an empty string"),
            (Member::String("p4ssw0rd".to_owned()), "a string"),
            (Member::Other("a number"), "a number"),
        ];
        for (member, description) in table {
            assert_eq!(member.description(), description);
        }
    }

    #[test]
    fn only_a_non_empty_string_is_given_out() {
        assert_eq!(
            Member::String("x".to_owned()).into_non_empty_string(),
            Ok("x".to_owned())
        );
        for member in [
            Member::String(String::new()),
            Member::Absent("null"),
            Member::Other("an object"),
        ] {
            let description = member.description();
            assert_eq!(member.into_non_empty_string(), Err(description));
        }
    }
}
