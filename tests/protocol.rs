//! The protocol core, natively: tables of cases, and properties that hold for any input. What the
//! requests do when they are sent is tested from JavaScript.

#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

use std::borrow::Cow;

use base64ct::{Base64UrlUnpadded, Encoding as _};
use lucia_atlassian::atlassian::authorization_url::AuthorizationUrl;
use lucia_atlassian::atlassian::cloud::Cloud;
use lucia_atlassian::classification::{Action, Classification};
use lucia_atlassian::config::{self, ClientRegistration};
use lucia_atlassian::error::Error;
use lucia_atlassian::oauth::authorization_request::{code_challenge, code_verifier, state};
use lucia_atlassian::oauth::error_response::{RequestKind, classify};
use lucia_atlassian::oauth::token::{self, basic_authorization, check_access_token, form_encoded};
use lucia_atlassian::secret::Secret;
use lucia_atlassian::value::{Value, ValueKind};
use lucia_atlassian::{atlassian::user, oauth::id_token};
use proptest::prelude::*;
use serde_json::Value as Json;

fn text(value: &str) -> Value {
    Value::String(value.to_owned())
}

fn client(client_id: &str, redirect_uri: &str, scope: &[&str]) -> ClientRegistration {
    let scope = scope.iter().map(|entry| text(entry));
    ClientRegistration::new(text(client_id), text(redirect_uri), scope).unwrap()
}

fn authorization_url(client: &ClientRegistration, state: &str) -> String {
    let url = AuthorizationUrl::new(Cloud::Commercial, client);
    [url.before_state(), state, url.after_state()].concat()
}

fn token_request_body(client: &ClientRegistration, client_secret: &str, code: &str) -> String {
    let client_secret = config::check_client_secret(text(client_secret)).unwrap();
    let code = Secret::new(code.to_owned());
    [
        token::BEFORE_CODE,
        form_encoded(&code).reveal(),
        token::after_code(client, &client_secret).reveal(),
    ]
    .concat()
}

/// Looks at a member of a JSON text as the boundary looks at one of a JavaScript object.
fn kind(json: &Json, name: &str) -> ValueKind {
    match json.get(name) {
        None => ValueKind::Other("undefined"),
        Some(Json::Null) => ValueKind::Other("null"),
        Some(Json::String(string)) if string.is_empty() => ValueKind::EmptyString,
        Some(Json::String(_)) => ValueKind::NonEmptyString,
        Some(Json::Bool(_)) => ValueKind::Other("a boolean"),
        Some(Json::Number(_)) => ValueKind::Other("a number"),
        Some(Json::Array(_)) => ValueKind::Other("an array"),
        Some(Json::Object(_)) => ValueKind::Other("an object"),
    }
}

#[test]
fn the_authorization_url_is_that_of_the_published_provider() {
    let table = [
        (
            client(
                "id",
                "https://app.example/callback",
                &["read:jira-work", "offline_access"],
            ),
            "https://auth.atlassian.com/authorize?response_type=code&client_id=id\
             &scope=read%3Ame+read%3Ajira-work+offline_access&state=STATE\
             &redirect_uri=https%3A%2F%2Fapp.example%2Fcallback\
             &audience=api.atlassian.com&prompt=consent",
        ),
        (
            client("id", "", &[]),
            "https://auth.atlassian.com/authorize?response_type=code&client_id=id\
             &scope=read%3Ame&state=STATE&audience=api.atlassian.com&prompt=consent",
        ),
        (
            client(
                "a&b=c é*-._~ '+",
                "http://localhost/?a=1#b",
                &["read:me", "", "x y"],
            ),
            "https://auth.atlassian.com/authorize?response_type=code\
             &client_id=a%26b%3Dc+%C3%A9*-._%7E+%27%2B&scope=read%3Ame+read%3Ame++x+y&state=STATE\
             &redirect_uri=http%3A%2F%2Flocalhost%2F%3Fa%3D1%23b\
             &audience=api.atlassian.com&prompt=consent",
        ),
    ];
    for (client, url) in table {
        assert_eq!(authorization_url(&client, "STATE"), url);
    }
}

#[test]
fn the_token_request_body_is_that_of_the_published_provider() {
    let table = [
        (
            client("id", "https://app.example/callback", &[]),
            "code=C%2FO+D&client_id=id&grant_type=authorization_code\
             &redirect_uri=https%3A%2F%2Fapp.example%2Fcallback&client_secret=s%26t",
        ),
        (
            client("id", "", &["read:jira-work"]),
            "code=C%2FO+D&client_id=id&grant_type=authorization_code&client_secret=s%26t",
        ),
    ];
    for (client, body) in table {
        assert_eq!(token_request_body(&client, "s&t", "C/O D"), body);
    }
}

#[test]
fn the_code_challenge_is_that_of_rfc_7636_appendix_b() {
    assert_eq!(
        code_challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    );
}

#[test]
fn basic_authorization_is_the_base64_of_the_utf_8_bytes() {
    let table = [
        (
            "Aladdin",
            "open sesame",
            "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
        ),
        ("test", "123£", "Basic dGVzdDoxMjPCow=="),
        ("", "", "Basic Og=="),
    ];
    for (id, secret, header) in table {
        let secret = Secret::new(secret.to_owned());
        assert_eq!(basic_authorization(id, &secret).reveal(), header);
    }
}

#[test]
fn an_access_token_that_a_header_cannot_carry_is_refused() {
    assert_eq!(
        check_access_token(ValueKind::NonEmptyString, || true),
        Ok(())
    );
    let error = check_access_token(ValueKind::NonEmptyString, || false).unwrap_err();
    assert_eq!(error.code(), "INVALID_TOKEN_RESPONSE");
    assert!(error.to_string().contains("`access_token`"));
    assert!(
        error
            .to_string()
            .contains("a string that a header cannot carry")
    );
}

#[test]
fn a_refusal_means_what_its_error_then_its_words_then_its_status_say() {
    use Action::{Configure, Reauthorize, Retry};
    let grant = ("INVALID_GRANT", Reauthorize);
    let token = ("INVALID_TOKEN", Reauthorize);
    let scope = ("INSUFFICIENT_SCOPE", Configure);
    let client = ("INVALID_CLIENT", Configure);
    let request = ("INVALID_REQUEST", Configure);
    let unauthorized = ("UNAUTHORIZED_CLIENT", Configure);
    let grant_type = ("UNSUPPORTED_GRANT_TYPE", Configure);
    let server = ("SERVER_ERROR", Retry);
    let away = ("TEMPORARILY_UNAVAILABLE", Retry);
    let limited = ("RATE_LIMITED", Retry);
    let redirect = ("UNEXPECTED_REDIRECT", Retry);
    let unexpected = ("UNEXPECTED_RESPONSE", Retry);
    let invalid_scope = ("INVALID_SCOPE", Configure);
    // Status, `error`, `error_description` or `message`; at the token endpoint, and at an API.
    let table = [
        // The known responses of Atlassian.
        (
            403,
            "invalid_grant",
            "Invalid authorization code",
            grant,
            grant,
        ),
        (401, "access_denied", "Unauthorized", client, token),
        (
            403,
            "invalid_grant",
            "Unknown or invalid refresh token.",
            grant,
            grant,
        ),
        (
            403,
            "unauthorized_client",
            "refresh_token is invalid",
            grant,
            unauthorized,
        ),
        (403, "refresh_token is invalid", "", grant, unexpected),
        (
            403,
            "invalid_grant",
            "Token was globally revoked",
            grant,
            grant,
        ),
        // The same in other clothes.
        (400, "REFRESH_TOKEN IS INVALID", "", grant, unexpected),
        (500, "", "The token was Globally Revoked.", server, server),
        (
            400,
            "",
            "The token was Globally Revoked.",
            grant,
            unexpected,
        ),
        (
            400,
            "bad",
            "Unknown or Invalid Refresh Token",
            grant,
            unexpected,
        ),
        (403, "unauthorized_client", "", unauthorized, unauthorized),
        (200, "invalid_grant", "", grant, grant),
        (503, "invalid_grant", "", server, server),
        (503, "access_denied", "", server, server),
        (500, "invalid_request", "", server, server),
        (
            429,
            "access_denied",
            "Global limit has been reached",
            limited,
            limited,
        ),
        (
            403,
            "access_denied",
            "Token was globally revoked",
            grant,
            unexpected,
        ),
        (403, "", "Refresh token is invalid", grant, unexpected),
        // RFC 6749, section 5.2, and RFC 6750, section 3.1.
        (401, "invalid_client", "", client, token),
        (400, "invalid_request", "", request, request),
        (400, "invalid_scope", "", invalid_scope, invalid_scope),
        (400, "unsupported_grant_type", "", grant_type, grant_type),
        (401, "invalid_token", "", token, token),
        (403, "insufficient_scope", "", scope, scope),
        (500, "server_error", "", server, server),
        (503, "temporarily_unavailable", "", away, away),
        // Nothing but a status.
        (401, "", "", unexpected, token),
        (
            401,
            "",
            "Unauthorized; scope does not match",
            unexpected,
            scope,
        ),
        (
            429,
            "",
            "Too many requests for this scope",
            limited,
            limited,
        ),
        (503, "", "The telescope is down", server, server),
        (403, "", "", unexpected, scope),
        (403, "", "Forbidden", unexpected, scope),
        (403, "", "Forbidden; a scope is missing", unexpected, scope),
        (403, "", "The scopes do not match", unexpected, scope),
        (403, "missing scope", "", unexpected, scope),
        (403, "", "XSRF check failed", unexpected, unexpected),
        (403, "Forbidden", "", unexpected, scope),
        (
            403,
            "Forbidden",
            "XSRF check failed",
            unexpected,
            unexpected,
        ),
        (401, "", "XSRF check failed", unexpected, token),
        (404, "", "", unexpected, unexpected),
        (400, "", "", unexpected, unexpected),
        (0, "", "", unexpected, unexpected),
        (408, "", "", server, server),
        (425, "", "", server, server),
        (429, "", "", limited, limited),
        (500, "", "", server, server),
        (502, "", "<html>", server, server),
        (599, "", "", server, server),
        (600, "", "", unexpected, unexpected),
        (301, "", "", redirect, redirect),
        (307, "", "", redirect, redirect),
        (400, "Invalid_Grant", "", grant, grant),
        (403, "INVALID_GRANT", "", grant, grant),
        // Not the names, though like them.
        (400, "invalid_grant ", "", unexpected, unexpected),
        (400, "invalid", "refresh_token", unexpected, unexpected),
    ];
    for (status, error, description, at_token, at_api) in table {
        for (request, (code, action)) in [
            (RequestKind::CodeOrRevocation, at_token),
            (RequestKind::Resource, at_api),
        ] {
            assert_eq!(
                classify(request, status, error, description),
                Classification { code, action },
                "{request:?} {status} {error:?} {description:?}"
            );
        }
    }
}

#[test]
fn a_redirect_back_means_what_its_error_says() {
    use Action::{Configure, Reauthorize, Retry};
    let table = [
        ("access_denied", "ACCESS_DENIED", Reauthorize),
        ("invalid_request", "INVALID_REQUEST", Configure),
        ("invalid_scope", "INVALID_SCOPE", Configure),
        ("unauthorized_client", "UNAUTHORIZED_CLIENT", Configure),
        (
            "unsupported_response_type",
            "UNSUPPORTED_RESPONSE_TYPE",
            Configure,
        ),
        ("server_error", "SERVER_ERROR", Retry),
        ("temporarily_unavailable", "TEMPORARILY_UNAVAILABLE", Retry),
        ("", "UNEXPECTED_RESPONSE", Retry),
        ("refresh_token is invalid", "UNEXPECTED_RESPONSE", Retry),
    ];
    for (error, code, action) in table {
        assert_eq!(
            classify(RequestKind::Authorization, 0, error, ""),
            Classification { code, action }
        );
    }
}

#[test]
fn printing_what_holds_a_secret_does_not_show_it() {
    let client_secret = config::check_client_secret(text("p4ssw0rd")).unwrap();
    let body = token::after_code(&client("id", "", &[]), &client_secret);
    for printed in [
        format!("{client_secret:?}"),
        format!("{body:?}"),
        format!("{:?}", form_encoded(&client_secret)),
        format!("{:?}", basic_authorization("id", &client_secret)),
    ] {
        assert!(printed.contains("Secret(redacted)"), "{printed}");
        assert!(!printed.contains("p4ssw0rd"), "{printed}");
    }
}

/// Any JSON value, down to a few levels.
fn json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<f64>().prop_map(Json::from),
        any::<String>().prop_map(Json::from),
        "[ -~]{0,40}".prop_map(Json::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
            prop::collection::hash_map(any::<String>(), inner, 0..4)
                .prop_map(|map| Json::Object(map.into_iter().collect())),
        ]
    })
}

/// A JSON object that may or may not have the member.
fn response(name: &'static str) -> impl Strategy<Value = Json> {
    (prop::option::of(json()), json()).prop_map(move |(value, other)| {
        let mut object = serde_json::Map::new();
        object.insert("other".to_owned(), other);
        if let Some(value) = value {
            object.insert(name.to_owned(), value);
        }
        Json::Object(object)
    })
}

fn pairs(form: &str) -> Vec<(Cow<'_, str>, Cow<'_, str>)> {
    form_urlencoded::parse(form.as_bytes()).collect()
}

proptest! {
    #[test]
    fn the_authorization_url_says_what_was_configured(
        client_id in any::<String>().prop_filter("required", |id| !id.is_empty()),
        redirect_uri in any::<String>(),
        scope in prop::collection::vec(any::<String>(), 0..20),
        state in "[a-z0-9]{43}",
    ) {
        let scope: Vec<&str> = scope.iter().map(String::as_str).collect();
        let url = authorization_url(&client(&client_id, &redirect_uri, &scope), &state);
        prop_assert!(url.is_ascii());
        let (endpoint, query) = url.split_once('?').unwrap();
        prop_assert_eq!(endpoint, "https://auth.atlassian.com/authorize");
        let mut scopes = vec!["read:me"];
        scopes.extend(&scope);
        let scopes = scopes.join(" ");
        let mut expected: Vec<(Cow<str>, Cow<str>)> = vec![
            ("response_type".into(), "code".into()),
            ("client_id".into(), client_id.as_str().into()),
            ("scope".into(), scopes.as_str().into()),
            ("state".into(), state.as_str().into()),
        ];
        if !redirect_uri.is_empty() {
            expected.push(("redirect_uri".into(), redirect_uri.as_str().into()));
        }
        expected.push(("audience".into(), "api.atlassian.com".into()));
        expected.push(("prompt".into(), "consent".into()));
        prop_assert_eq!(pairs(query), expected);
    }

    #[test]
    fn the_token_request_body_says_what_was_configured(
        client_id in any::<String>().prop_filter("required", |id| !id.is_empty()),
        client_secret in any::<String>().prop_filter("required", |secret| !secret.is_empty()),
        redirect_uri in any::<String>(),
        code in any::<String>().prop_filter("required", |code| !code.is_empty()),
    ) {
        let body = token_request_body(&client(&client_id, &redirect_uri, &[]), &client_secret, &code);
        prop_assert!(body.is_ascii());
        let mut expected: Vec<(Cow<str>, Cow<str>)> = vec![
            ("code".into(), code.as_str().into()),
            ("client_id".into(), client_id.as_str().into()),
            ("grant_type".into(), "authorization_code".into()),
        ];
        if !redirect_uri.is_empty() {
            expected.push(("redirect_uri".into(), redirect_uri.as_str().into()));
        }
        expected.push(("client_secret".into(), client_secret.as_str().into()));
        prop_assert_eq!(pairs(&body), expected);
    }

    #[test]
    fn a_token_response_is_accepted_with_a_non_empty_access_token_only(
        json in response("access_token"),
    ) {
        let accepted = json.get("access_token").and_then(Json::as_str).is_some_and(|t| !t.is_empty());
        match check_access_token(kind(&json, "access_token"), || true) {
            Ok(()) => prop_assert!(accepted),
            Err(error) => {
                prop_assert!(!accepted);
                let known = ["undefined", "null", "a boolean", "a number", "an array", "an object",
                    "an empty string"];
                let Error::InvalidTokenResponse { member, received, .. } = *error else {
                    return Err(TestCaseError::fail("another error"));
                };
                prop_assert_eq!(member, "access_token");
                prop_assert!(known.contains(&received));
            }
        }
    }

    #[test]
    fn a_user_response_is_accepted_with_a_non_empty_account_id_only(
        json in response("account_id"),
    ) {
        let accepted = json.get("account_id").and_then(Json::as_str).is_some_and(|id| !id.is_empty());
        let result = user::check_account_id(kind(&json, "account_id"));
        prop_assert_eq!(result.is_ok(), accepted);
        if let Err(error) = result {
            prop_assert_eq!(error.code(), "INVALID_USER_RESPONSE");
            prop_assert!(error.to_string().contains("`account_id`"));
        }
    }

    #[test]
    fn an_outage_signs_nobody_out(
        status in prop_oneof![Just(429_u16), 500..=599_u16, 300..=399_u16],
        text in "[ -~]{0,40}",
    ) {
        // A page or a message, but no word of the protocol's.
        prop_assume!(!text.contains("revoked") && !text.contains("invalid"));
        for request in [RequestKind::CodeOrRevocation, RequestKind::Resource] {
            let found = classify(request, status, "", &text);
            prop_assert_eq!(found.action, Action::Retry);
        }
    }

    #[test]
    fn state_and_verifier_keep_to_their_alphabets(bytes in prop::collection::vec(any::<u8>(), 400)) {
        let mut source = bytes.iter().copied();
        let mut next = || source.next();
        if let Ok(state) = state(&mut next) {
            prop_assert_eq!(state.len(), 43);
            prop_assert!(state.bytes().all(|c| matches!(c, b'a'..=b'z' | b'0'..=b'9')));
        }
        if let Ok(verifier) = code_verifier(&mut next) {
            prop_assert_eq!(verifier.len(), 96);
            prop_assert!(verifier.bytes().all(|c| c.is_ascii_alphanumeric() || b"-_.~".contains(&c)));
        }
    }

    #[test]
    fn the_payload_of_an_id_token_reads_back(
        payload in prop::collection::vec(any::<u8>(), 0..200),
        header in "[A-Za-z0-9_-]{0,20}",
    ) {
        let encoded = Base64UrlUnpadded::encode_string(&payload);
        prop_assert_eq!(id_token::payload(&[&header, ".", &encoded, ".sig"].concat()), Ok(payload));
    }

    #[test]
    fn no_id_token_makes_the_reader_panic(token in any::<String>()) {
        let _ = id_token::payload(&token);
    }
}
