//! Bodies of token requests are read by `form_urlencoded` as they were meant, basic authorization is that
//! of the crate `base64`, granted and missing scopes are those asked for, and secrets do not print.
#![no_main]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use libfuzzer_sys::fuzz_target;
use lucia_atlassian::value::{ValueKind, Value};
use lucia_atlassian::secret::Secret;
use lucia_atlassian::oauth::token;
use lucia_atlassian::config::ClientRegistration;

type Input = (
    String,
    String,
    String,
    String,
    Option<String>,
    bool,
    Option<f64>,
    u8,
);

fuzz_target!(|input: Input| {
    let (id, secret_text, uri, verifier, scope, is_refreshable, expires_in, kind) = input;
    let secret = Secret::new(secret_text.clone());
    let Ok(client) = ClientRegistration::new(
        Value::String(id.clone()),
        Value::String(uri.clone()),
        Vec::new(),
    ) else {
        assert!(id.is_empty());
        return;
    };
    let after_code = token::after_code(&client, &secret);
    let code = token::form_encoded(&Secret::new(verifier.clone()));
    let text = [
        token::BEFORE_CODE,
        code.reveal(),
        after_code.reveal(),
    ]
    .concat();
    let mut expected = vec![
        ("code", verifier.as_str()),
        ("client_id", &id),
        ("grant_type", "authorization_code"),
        ("redirect_uri", &uri),
        ("client_secret", &secret_text),
    ];
    expected.retain(|(name, value)| {
        !value.is_empty() || *name != "redirect_uri"
    });
    let pairs: Vec<_> = form_urlencoded::parse(text.as_bytes())
        .into_owned()
        .collect();
    let pairs: Vec<_> = pairs
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    assert_eq!(pairs, expected);
    assert_eq!(
        format!("{after_code:?}"),
        "Secret(redacted)"
    );

    let basic = token::basic_authorization(&id, &secret);
    let decoded = STANDARD.decode(basic.reveal().strip_prefix("Basic ").expect("a scheme"));
    assert_eq!(decoded, Ok(format!("{id}:{secret_text}").into_bytes()));

    let (granted, missing) = token::scopes(scope.as_deref(), &uri, is_refreshable);
    assert_eq!(granted.contains(&"offline_access"), is_refreshable);
    if !scope
        .as_deref()
        .is_some_and(|scope| scope.contains(|c: char| !c.is_ascii_whitespace()))
    {
        // It says nothing.
        assert!(missing.iter().all(|scope| *scope == "offline_access"));
    }
    assert!(
        missing
            .iter()
            .all(|scope| uri.split_ascii_whitespace().any(|asked| asked == *scope))
    );
    assert!(!missing.iter().any(|scope| granted.contains(scope)));

    let lifetime = token::lifetime(expires_in);
    assert!(lifetime.is_finite() && lifetime > 0.0);

    let (kind, is_string) = match kind % 3 {
        0 => (ValueKind::NonEmptyString, true),
        1 => (ValueKind::EmptyString, false),
        _ => (ValueKind::Other("a number"), false),
    };
    assert_eq!(
        token::check_access_token(kind, || is_refreshable).is_ok(),
        is_string && is_refreshable
    );
    let is_usable = token::check_refresh_token(&Value::String(secret_text.clone()), &uri);
    assert_eq!(is_usable.is_ok(), !secret_text.is_empty());
});
