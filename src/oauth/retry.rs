//! Retries with backoff: when a refresh is tried again. A lost response may have rotated the refresh token
//! (Atlassian's 3LO documentation, "rotating refresh tokens"). The old one works for ten more minutes, so that
//! a client can ask again. Sending and waiting are left to the boundary.

/// How often a refresh is tried, at most.
pub const MAX_ATTEMPTS: u32 = 4;

/// How long after the first try the last may begin, in milliseconds. It is far less than the leeway, so that an
/// access token that is refreshed a minute before its end can still be given when there is no new one.
pub const LONGEST: f64 = 45_000.0;

/// The longest pause that a response may ask for, in milliseconds: after a longer one it is the app that
/// has to come back.
pub const MAX_PAUSE: f64 = 30_000.0;

const FIRST_PAUSE: u32 = 500;

/// How long to wait before the next try, in milliseconds; `None` to give up.
///
/// `attempt` counts the tries so far, `elapsed` is milliseconds since the first began, `retry_after`
/// is what the response asked for in seconds (RFC 9110, section 10.2.3), if it did. Pauses double; a
/// random byte makes each up to half as long again, so that clients who failed together do not come
/// back together.
pub fn pause(attempt: u32, elapsed: f64, retry_after: Option<f64>, random: u8) -> Option<u32> {
    if attempt >= MAX_ATTEMPTS {
        return None;
    }
    let doubled = FIRST_PAUSE.checked_shl(attempt.saturating_sub(1))?;
    let spread = doubled.checked_mul(u32::from(random))?.checked_div(512)?;
    let asked_for = retry_after.unwrap_or_default() * 1000.0;
    let pause = f64::from(doubled).max(asked_for) + f64::from(spread);
    (asked_for <= MAX_PAUSE && elapsed + pause < LONGEST).then_some(pause as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_end() {
        let table = [
            (1, 0.0, None, 0, Some(500)),
            (1, 0.0, None, 255, Some(749)),
            (2, 0.0, None, 0, Some(1000)),
            (2, 0.0, None, 255, Some(1498)),
            (3, 0.0, None, 0, Some(2000)),
            (4, 0.0, None, 0, None),
            // What the server asks for, when it is longer.
            (1, 0.0, Some(7.0), 0, Some(7000)),
            (1, 0.0, Some(7.0), 255, Some(7249)),
            (1, 0.0, Some(0.0), 0, Some(500)),
            (1, 0.0, Some(30.0), 255, Some(30_249)),
            (1, 0.0, Some(31.0), 0, None),
            (1, 0.0, Some(f64::INFINITY), 0, None),
            // Not later than that.
            (1, 44_000.0, None, 0, Some(500)),
            (1, 44_500.0, None, 0, None),
            (2, 30_500.0, Some(20.0), 0, None),
        ];
        for (attempt, elapsed, retry_after, random, expected) in table {
            let pause = pause(attempt, elapsed, retry_after, random);
            assert_eq!(
                pause, expected,
                "{attempt} {elapsed} {retry_after:?} {random}"
            );
        }
    }
}
