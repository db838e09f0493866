//! The payload of an ID token is what the crate `base64` makes of it, with or without padding.
#![no_main]

use base64::Engine as _;
use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use libfuzzer_sys::fuzz_target;
use lucia_atlassian::oauth::id_token::payload;

// RFC 4648, section 3.5: bits that are left over may be refused, and are not.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    NO_PAD.with_decode_allow_trailing_bits(true),
);

fuzz_target!(|data: &[u8]| {
    for encoded in [URL_SAFE.encode(data), URL_SAFE_NO_PAD.encode(data)] {
        assert_eq!(payload(&format!("h.{encoded}.s")), Ok(data.to_vec()));
        assert!(payload(&encoded).is_err());
    }
    let text = String::from_utf8_lossy(data);
    match payload(&text) {
        Ok(decoded) => {
            let parts: Vec<&str> = text.split('.').collect();
            assert_eq!(parts.len(), 3);
            let plain = parts[1]
                .trim_end_matches('=')
                .replace('+', "-")
                .replace('/', "_");
            assert_eq!(LENIENT.decode(plain), Ok(decoded));
        }
        // The message itself is ASCII.
        Err(error) => assert!(text.is_ascii() || !error.message().contains(&*text)),
    }
});
