//! The authorization URL is one that the crate `url` reads as it was meant, whatever the configuration;
//! states and verifiers have the length and the characters that they are to have.
#![no_main]

use std::collections::HashMap;

use libfuzzer_sys::fuzz_target;
use lucia_atlassian::atlassian::authorization_url::AuthorizationUrl;
use lucia_atlassian::atlassian::cloud::Cloud;
use lucia_atlassian::config::ClientRegistration;
use lucia_atlassian::oauth::authorization_request;
use lucia_atlassian::oauth::random_string::random_string;
use lucia_atlassian::value::Value;

type Input = (String, String, Vec<String>, bool, Vec<u8>, String);

fuzz_target!(|input: Input| {
    let (client_id, redirect_uri, scope, is_government, bytes, verifier) = input;
    let mut source = bytes.iter().copied();
    match authorization_request::state(|| source.next()) {
        Ok(state) => {
            assert_eq!(state.len(), 43);
            assert!(
                state
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
            );
        }
        Err(error) => assert_eq!(error.code(), "NO_RANDOM_BYTES"),
    }
    let mut source = bytes.iter().copied();
    let alphabet = &bytes[..bytes.len().min(128)];
    if alphabet.is_ascii()
        && let Ok(string) = random_string(bytes.len() / 2, alphabet, || source.next())
    {
        assert!(alphabet.is_empty() || string.len() == bytes.len() / 2);
        assert!(string.bytes().all(|byte| alphabet.contains(&byte)));
    }

    let scopes = scope.iter().cloned().map(Value::String);
    let client = ClientRegistration::new(
        Value::String(client_id.clone()),
        Value::String(redirect_uri.clone()),
        scopes,
    );
    let Ok(client) = client else {
        assert!(client_id.is_empty());
        return;
    };
    let cloud = if is_government {
        Cloud::Government
    } else {
        Cloud::Commercial
    };
    let made = AuthorizationUrl::new(cloud, &client);
    let text = [
        made.before_state(),
        "s1",
        made.after_state(),
        &authorization_request::pkce_suffix(&verifier),
    ]
    .concat();
    let parsed = url::Url::parse(&text).expect("a URL");
    assert_eq!(parsed.as_str(), text);
    assert!(text.starts_with(cloud.authorization_endpoint()));
    let pairs: Vec<(String, String)> = parsed.query_pairs().into_owned().collect();
    let by_name: HashMap<_, _> = pairs.iter().cloned().collect();
    assert_eq!(by_name.len(), pairs.len(), "a parameter stands twice");
    let asked_for = [vec!["read:me".to_owned()], scope].concat().join(" ");
    let expected = [
        ("client_id", client_id.as_str()),
        ("scope", asked_for.as_str()),
        ("state", "s1"),
        ("audience", cloud.api_host()),
        ("code_challenge_method", "S256"),
    ];
    for (name, value) in expected {
        assert_eq!(by_name.get(name).map(String::as_str), Some(value));
    }
    assert_eq!(
        by_name.get("redirect_uri").map_or("", String::as_str),
        redirect_uri
    );
});
