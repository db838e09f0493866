//! The checks of the configuration accept what they say they accept, and no refusal quotes a value.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use lucia_atlassian::cloud::Cloud;
use lucia_atlassian::config::{self, Client};
use lucia_atlassian::member::Member;

#[derive(Arbitrary, Debug)]
enum Value {
    Absent,
    String(String),
    Other,
}

fn member(value: &Value) -> Member {
    match value {
        Value::Absent => Member::Absent("undefined"),
        Value::String(string) => Member::String(string.clone()),
        Value::Other => Member::Other("a number"),
    }
}

fuzz_target!(|input: (Value, Value, Vec<Value>, f64)| {
    let (first, second, list, number) = input;
    let is_filled = |value: &Value| matches!(value, Value::String(string) if !string.is_empty());
    let client = Client::new(
        member(&first),
        member(&second),
        list.iter().map(member).collect(),
    );
    let is_right = is_filled(&first)
        && !matches!(second, Value::Other)
        && list.iter().all(|value| matches!(value, Value::String(_)));
    assert_eq!(client.is_ok(), is_right);

    let secret = config::client_secret(member(&first));
    assert_eq!(secret.is_ok(), is_filled(&first));
    let verifier = config::code_verifier(member(&first));
    assert_eq!(
        verifier.is_ok(),
        is_filled(&first) || matches!(first, Value::Absent)
    );
    assert_eq!(
        config::skew(Some(number)).is_ok(),
        number.is_finite() && number >= 0.0
    );
    let cloud = Cloud::new(member(&first));
    if let Ok(cloud) = cloud {
        assert_eq!(Cloud::at(cloud.index()), cloud);
    }
    let refusals = [client.err(), secret.err(), verifier.err(), cloud.err()];
    for error in refusals.into_iter().flatten() {
        let said = error.message();
        assert_eq!(error.code(), "INVALID_ARGUMENT");
        for value in [&first, &second] {
            let Value::String(string) = value else {
                continue;
            };
            // The messages themselves are ASCII.
            assert!(string.is_ascii() || !said.contains(string.as_str()));
        }
    }
});
