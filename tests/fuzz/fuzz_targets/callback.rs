//! Only a redirect with one state, which is the stored one, one code and no error gives its code, as
//! `form_urlencoded` reads it; what a refusal says shows neither the state nor the code.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lucia_atlassian::oauth::authorization_response;
use lucia_atlassian::value::Value;

fuzz_target!(|input: (String, String, bool)| {
    let (mut url, stored, is_matching) = input;
    if is_matching {
        let state: String = form_urlencoded::byte_serialize(stored.as_bytes()).collect();
        url = format!("/cb?state={state}&{}", url.replace('?', "&"));
    }
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let query = query.split('#').next().unwrap_or_default();
    let pairs: Vec<_> = form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect();
    let all = |name: &str| -> Vec<&str> {
        let named = pairs.iter().filter(|(other, _)| other == name);
        named.map(|(_, value)| value.as_str()).collect()
    };
    let is_right = all("error").is_empty()
        && all("state") == [stored.as_str()]
        && !stored.is_empty()
        && all("code").len() == 1
        && all("code") != [""];
    match authorization_response::code(&url, Value::String(stored.clone())) {
        Ok(code) => {
            assert!(is_right, "{url:?} was accepted");
            assert_eq!([code.reveal()].as_slice(), all("code"));
            assert_eq!(format!("{code:?}"), "Secret(redacted)");
        }
        Err(error) => {
            assert!(!is_right, "{url:?} was refused: {}", error.message());
            let said = error.message();
            assert!(!said.is_empty());
            // The messages themselves are ASCII.
            for secret in [all("code"), vec![stored.as_str()]].concat() {
                assert!(secret.is_ascii() || !said.contains(secret));
            }
        }
    }
});
