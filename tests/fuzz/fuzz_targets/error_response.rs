//! An outage signs nobody out, whatever the response says; a text about an invalid code or refresh token, or
//! about the user, is found between any signs, unless the text names another parameter; delays are finite and
//! none is negative; a refresh is not retried when the server refuses it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lucia_atlassian::classification::Action;
use lucia_atlassian::oauth::error_response::{self, RequestKind, classify};
use lucia_atlassian::oauth::retry::{self, Effect, Event, Failure, State};

const INVALID: [&str; 6] = [
    "authorization_code is invalid",
    "Unknown or invalid refresh token",
    "The refresh token has been revoked",
    "authorization code was already used",
    "refreshToken not found",
    "AUTHORIZATION CODE IS NO LONGER VALID",
];
const SUBJECTS: [&str; 5] = ["auth", "code", "token", "grant", "refresh"];

type Input = (u8, u16, String, String, f64, f64, u32, u8);

fuzz_target!(|input: Input| {
    let (request, status, error, description, date, now, bits, random) = input;
    let kinds = [
        RequestKind::Authorization,
        RequestKind::CodeOrRevocation,
        RequestKind::Refresh,
        RequestKind::Resource,
    ];
    let request = kinds[usize::from(request % 4)];
    for status in [status, status % 600] {
        let found = classify(request, status, &error, &description);
        assert!(!found.code.is_empty());
        if status == 429 || (500..600).contains(&status) {
            assert_eq!(found.action, Action::Retry);
        }
    }
    let status = [400, 401, 403][usize::from(status % 3)];
    let is_token_request = matches!(request, RequestKind::CodeOrRevocation | RequestKind::Refresh);
    let plain = classify(request, status, &error, "");
    if is_token_request && plain.code != "INVALID_GRANT" {
        let speaks = |text: &str| SUBJECTS.map(|word| text.to_lowercase().contains(word));
        let found = classify(request, status, &error, &description);
        if found.code == "INVALID_GRANT" {
            assert!(speaks(&description).contains(&true), "{description:?}");
        }
        if description.len() < 900 {
            let named = format!("redirect_uri: {description}");
            assert_eq!(
                classify(request, status, &error, &named),
                plain,
                "{named:?}"
            );
        }
        // An equals sign makes the text a parameter's value.
        let signs: String = description
            .chars()
            .filter(|sign| !sign.is_ascii_alphanumeric() && *sign != '=')
            .take(200)
            .collect();
        let text = INVALID[usize::from(random) % INVALID.len()];
        let found = classify(
            request,
            status,
            "invalid_request",
            &format!("{signs}{text}{signs}"),
        );
        assert_eq!(found.code, "INVALID_GRANT", "{signs:?} {text:?}");
        for (text, code) in [
            ("user is blocked", "ACCESS_DENIED"),
            ("Account suspended", "ACCESS_DENIED"),
            ("Service account is disabled", "INVALID_CLIENT"),
        ] {
            let text = format!("{signs}{text}{signs}");
            let found = classify(RequestKind::Refresh, status, "access_denied", &text);
            assert_eq!(found.code, code, "{text:?}");
        }
    }
    let signs: String = error
        .chars()
        .filter(|sign| !sign.is_ascii_alphanumeric())
        .take(200)
        .collect();
    for (text, code) in [
        ("scope does not match", "INSUFFICIENT_SCOPE"),
        ("You do not have permission", "UNEXPECTED_RESPONSE"),
        ("no permission: scope missing", "INSUFFICIENT_SCOPE"),
    ] {
        let text = format!("{signs}{text}{signs}");
        let found = classify(RequestKind::Resource, 403, "", &text);
        assert_eq!(found.code, code, "{text:?}");
    }
    let retry_after = error_response::retry_after(&error, || date, now);
    assert!(retry_after.is_none_or(|seconds| seconds.is_finite() && seconds >= 0.0));
    let state = State::from_bits(bits);
    assert_eq!(State::from_bits(state.to_bits()), state);
    let event = Event::Failed {
        failure: Failure::new(plain.code, plain.action.name()),
        elapsed: now,
        retry_after,
        random,
    };
    if let (_, Effect::Sleep(milliseconds)) = state.next(event) {
        assert_eq!(plain.action, Action::Retry);
        assert!(f64::from(milliseconds) <= retry::MAX_RETRY_AFTER * 1.5);
        assert!(f64::from(milliseconds) >= retry_after.unwrap_or_default() * 1000.0 - 1.0);
    }
});
