//! One parameter of an `application/x-www-form-urlencoded` string (URL Standard, section 5): a query or the body of a
//! token request. The encoding is that of the crate `form_urlencoded`.

use form_urlencoded::byte_serialize;

/// Appends `&name=value`, without the `&` after a `?`. It does not encode the name.
pub fn append_pair(target: &mut String, name: &str, value: &str) {
    if !target.ends_with('?') {
        target.push('&');
    }
    target.push_str(name);
    target.push('=');
    target.extend(byte_serialize(value.as_bytes()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_pair_of_a_query_follows_the_question_mark() {
        let mut query = "https://a.example/?".to_owned();
        append_pair(&mut query, "a", "1 2");
        append_pair(&mut query, "b", "");
        assert_eq!(query, "https://a.example/?a=1+2&b=");
    }
}
