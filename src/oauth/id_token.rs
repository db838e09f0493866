//! Decodes the payload of an ID token (OpenID Connect Core 1.0, section 2), a JSON Web Token in compact serialization
//! (RFC 7519). It checks no signature: use it for tokens directly from the token endpoint over TLS. The boundary
//! parses the JSON. A crate for JSON Web Tokens would not fit: these check signatures and parse JSON.

use base64ct::{Base64UrlUnpadded, Encoding as _};

use crate::error::Error;

/// Returns the bytes of the payload: the second of the three parts between dots, decoded from base64url. Accepts
/// padding and the two other characters of base64.
///
/// Returns [`Error::InvalidIdToken`] for any other string.
pub fn payload(id_token: &str) -> Result<Vec<u8>, Box<Error>> {
    let mut parts = id_token.as_bytes().split(|&byte| byte == b'.');
    let (Some(_), Some(payload), Some(_), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(Error::InvalidIdToken.into());
    };
    let mut payload: Vec<u8> = payload
        .iter()
        .map(|byte| match byte {
            b'+' => b'-',
            b'/' => b'_',
            other => *other,
        })
        .collect();
    while payload.last() == Some(&b'=') {
        payload.pop();
    }
    let length = Base64UrlUnpadded::decode_in_place(&mut payload)
        .map_err(|_| Error::InvalidIdToken)?
        .len();
    payload.truncate(length);
    Ok(payload)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_second_of_three_parts() {
        let table: [(&str, Option<&[u8]>); 10] = [
            ("aGVhZGVy.eyJzdWIiOiIxIn0.c2ln", Some(br#"{"sub":"1"}"#)),
            ("aGVhZGVy.eyJzdWIiOiIxIn0=.c2ln", Some(br#"{"sub":"1"}"#)),
            ("..", Some(b"")),
            ("h._-8.s", Some(&[0xff, 0xef])),
            ("h./+8.s", Some(&[0xff, 0xef])),
            ("", None),
            ("h.e30", None),
            ("h.e30.s.more", None),
            ("h.e3!.s", None),
            ("h.é.s", None),
        ];
        for (id_token, expected) in table {
            assert_eq!(payload(id_token).ok().as_deref(), expected, "{id_token}");
        }
    }
}
