//! `application/x-www-form-urlencoded` (URL Standard, section 5): the bodies of token requests, and the
//! queries of the authorization URL and of the redirect back. Tested against the crate
//! `form_urlencoded`, which is seven times as large: it is made for streams of any length.

/// Appends `&name=value`, without the `&` after a `?`. The name is taken as it is.
pub fn append_pair(target: &mut String, name: &str, value: &str) {
    if !target.ends_with('?') {
        target.push('&');
    }
    target.push_str(name);
    target.push('=');
    encode(target, value);
}

/// Appends a value, encoded.
#[inline(never)]
pub fn encode(target: &mut String, value: &str) {
    for byte in value.bytes() {
        match byte {
            b'*' | b'-' | b'.' | b'_' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => {
                target.push(char::from(byte));
            }
            b' ' => target.push('+'),
            _ => {
                target.push('%');
                for digit in [byte >> 4, byte & 15] {
                    let digit = char::from_digit(u32::from(digit), 16).unwrap_or_default();
                    target.push(digit.to_ascii_uppercase());
                }
            }
        }
    }
}

/// The names and values of a query, in their order. What is not UTF-8 becomes U+FFFD.
pub fn parse(query: &[u8]) -> impl Iterator<Item = (String, String)> {
    let pairs = query.split(|byte| *byte == b'&');
    pairs.filter(|pair| !pair.is_empty()).map(|pair| {
        let mut halves = pair.splitn(2, |byte| *byte == b'=');
        let mut half = || decode(halves.next().unwrap_or_default());
        (half(), half())
    })
}

#[inline(never)]
fn decode(encoded: &[u8]) -> String {
    let mut decoded = Vec::with_capacity(encoded.len());
    let mut rest = encoded;
    while let [first, after @ ..] = rest {
        rest = after;
        decoded.push(match (first, after) {
            (b'+', _) => b' ',
            (b'%', [high, low, after @ ..]) => match (hex(*high), hex(*low)) {
                (Some(high), Some(low)) => {
                    rest = after;
                    high << 4 | low
                }
                _ => b'%',
            },
            _ => *first,
        });
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).map(|digit| digit as u8)
}

/// Puts strings together: one function for the whole library, where `[&str]::concat` is compiled anew.
#[inline(never)]
pub fn concat(parts: &[&str]) -> String {
    let mut whole = String::new();
    for part in parts {
        whole.push_str(part);
    }
    whole
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn encodes_as_the_crate_does(value in any::<String>()) {
            let mut encoded = "?".to_owned();
            append_pair(&mut encoded, "a", &value);
            append_pair(&mut encoded, "b", "");
            let expected: String = form_urlencoded::byte_serialize(value.as_bytes()).collect();
            prop_assert_eq!(encoded, format!("?a={expected}&b="));
        }

        #[test]
        fn parses_as_the_crate_does(
            query in proptest::collection::vec(
                prop_oneof![
                    proptest::sample::select(b"&=+%%%%0aFfg".to_vec()),
                    any::<u8>(),
                ],
                0..40,
            )
        ) {
            let expected: Vec<_> = form_urlencoded::parse(&query).into_owned().collect();
            prop_assert_eq!(parse(&query).collect::<Vec<_>>(), expected);
        }
    }
}
