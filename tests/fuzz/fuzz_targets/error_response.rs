//! Whatever a server says while it fails, nobody is signed out; waiting times are finite and none is
//! negative; numbers are those of the standard library.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lucia_atlassian::error_response::{self, Action, RequestKind};
use lucia_atlassian::refresh;

type Input = (u8, u16, String, String, f64, f64, u32, u8);

fuzz_target!(|input: Input| {
    let (request, status, error, description, date, now, attempt, random) = input;
    let request = [
        RequestKind::Authorization,
        RequestKind::AccessToken,
        RequestKind::Resource,
    ][usize::from(request % 3)];
    for status in [status, status % 600] {
        let classification = error_response::classify(request, status, &error, &description);
        assert!(!classification.code.is_empty());
        if status == 429 || (500..600).contains(&status) {
            assert_eq!(classification.action, Action::Retry);
        }
    }
    let retry_after = error_response::retry_after(&error, || date, now);
    assert!(retry_after.is_none_or(|seconds| seconds.is_finite() && seconds >= 0.0));
    let is_number = !error.is_empty() && error.bytes().all(|byte| byte.is_ascii_digit());
    assert_eq!(
        error_response::whole_number(error.as_bytes()),
        error.parse().ok().filter(|_| is_number)
    );
    if let Some(pause) = refresh::pause(attempt, now, retry_after, random) {
        assert!(attempt < refresh::MAX_ATTEMPTS);
        assert!(f64::from(pause) <= refresh::MAX_PAUSE * 1.5);
        assert!(f64::from(pause) >= retry_after.unwrap_or_default() * 1000.0 - 1.0);
    }
});
