//! Forms are encoded and parsed as the crate `form_urlencoded` does it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lucia_atlassian::form;

fuzz_target!(|data: &[u8]| {
    let expected: Vec<_> = form_urlencoded::parse(data).into_owned().collect();
    assert_eq!(form::parse(data).collect::<Vec<_>>(), expected);

    let value = String::from_utf8_lossy(data);
    let mut encoded = "?".to_owned();
    form::append_pair(&mut encoded, "a", &value);
    let expected: String = form_urlencoded::byte_serialize(value.as_bytes()).collect();
    assert_eq!(encoded, format!("?a={expected}"));
});
