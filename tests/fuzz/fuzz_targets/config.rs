//! The checks of the configuration accept what they say they accept, and no refusal quotes a value.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use lucia_atlassian::atlassian::cloud::Cloud;
use lucia_atlassian::config::{self, ClientRegistration};
use lucia_atlassian::value::Value;

#[derive(Arbitrary, Debug)]
enum Field {
    Absent,
    String(String),
    Other,
}

fn value(field: &Field) -> Value {
    match field {
        Field::Absent => Value::Absent("undefined"),
        Field::String(string) => Value::String(string.clone()),
        Field::Other => Value::Other("a number"),
    }
}

fuzz_target!(|input: (Field, Field, Vec<Field>, f64)| {
    let (first, second, list, number) = input;
    let is_filled = |value: &Field| matches!(value, Field::String(string) if !string.is_empty());
    let client = ClientRegistration::new(value(&first), value(&second), list.iter().map(value));
    let is_right = is_filled(&first)
        && !matches!(second, Field::Other)
        && list.iter().all(|value| matches!(value, Field::String(_)));
    assert_eq!(client.is_ok(), is_right);

    let secret = config::check_client_secret(value(&first));
    assert_eq!(secret.is_ok(), is_filled(&first));
    let verifier = config::check_code_verifier(value(&first));
    let text = match &first {
        Field::String(string) => string.as_str(),
        _ => "",
    };
    match &verifier {
        Ok(None) => assert!(text.is_empty() && !matches!(first, Field::Other)),
        Ok(Some(verifier)) => {
            assert_eq!(verifier.reveal(), text);
            assert!((43..=128).contains(&text.chars().count()));
        }
        Err(error) if matches!(first, Field::Other) => assert_eq!(error.code(), "INVALID_ARGUMENT"),
        Err(error) => {
            let is_unreserved = |c: char| c.is_ascii_alphanumeric() || "-._~".contains(c);
            assert_eq!(error.code(), "INVALID_CODE_VERIFIER");
            assert!(!(43..=128).contains(&text.len()) || !text.chars().all(is_unreserved));
        }
    }
    let state = config::check_stored_state(value(&first));
    match &state {
        Ok(state) => assert!(!state.is_empty() && state == text),
        Err(error) if matches!(first, Field::Other) => assert_eq!(error.code(), "INVALID_ARGUMENT"),
        Err(error) => assert!(error.code() == "MISSING_STORED_STATE" && text.is_empty()),
    }
    assert_eq!(
        config::check_skew(Some(number)).is_ok(),
        number.is_finite() && number >= 0.0
    );
    let cloud = Cloud::try_from(value(&first));
    if let Ok(cloud) = cloud {
        assert!(matches!(first, Field::Absent) || text == cloud.name());
    }
    let configuration = [
        client.as_ref().err(),
        secret.as_ref().err(),
        cloud.as_ref().err(),
    ];
    for error in configuration.into_iter().flatten() {
        assert_eq!(error.code(), "INVALID_ARGUMENT");
    }
    let refusals = [
        client.err(),
        secret.err(),
        verifier.err(),
        state.err(),
        cloud.err(),
    ];
    for error in refusals.into_iter().flatten() {
        let said = error.message();
        for value in [&first, &second] {
            let Field::String(string) = value else {
                continue;
            };
            // The messages themselves are ASCII.
            assert!(string.is_ascii() || !said.contains(string.as_str()));
        }
    }
});
