//! Retries of a refresh with exponential backoff: a state machine that maps an event to an effect. A lost response may
//! have rotated the refresh token (Atlassian's 3LO documentation, "rotating refresh tokens"). The old token works for
//! ten more minutes, so a client can try again. The boundary sends and waits; `token_manager` coordinates processes
//! that share tokens.

use crate::classification::{Action, RATE_LIMITED};

/// The maximum number of requests of a refresh.
pub const MAX_ATTEMPTS: u8 = 4;

/// The latest start of the last request, in milliseconds since the beginning. The client's `timeout` for that request
/// and the reading of an error response come on top: with the default `timeout`, a refresh ends after about a minute.
///
/// The default skew of `tokens` depends on it (`config::DEFAULT_SKEW`), and the documentation of `refreshTokens` in
/// `pkg/client.d.ts` states it.
pub const LATEST_START_OF_LAST_TRY: f64 = 45_000.0;

/// The longest `Retry-After` that a refresh waits for, in milliseconds. For a longer one, the call rejects, and
/// the app must retry.
pub const MAX_RETRY_AFTER: f64 = 30_000.0;

const FIRST_DELAY: u32 = 500;

/// The event after an effect.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Event {
    /// The next request is due: at the beginning, and after each sleep.
    Due,
    /// The response has new tokens.
    Refreshed,
    /// The request failed.
    Failed {
        /// The kind of failure.
        failure: Failure,
        /// Milliseconds since the beginning.
        elapsed: f64,
        /// The delay of the response in seconds (RFC 9110, section 10.2.3).
        retry_after: Option<f64>,
        /// A random byte: clients that failed together retry at different times.
        random: u8,
    },
}

/// The kind of a failed request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The server refused it, and would refuse it again.
    Refused,
    /// The server did not process it: too many requests.
    RateLimited,
    /// The server may have processed it: there is no response, or an unclear one (5xx).
    Unclear,
}

impl Failure {
    /// Derives the kind from the `code` and the `action` of an error. An error without them is an error of `fetch`.
    #[inline(always)]
    pub fn new(code: &str, action: &str) -> Self {
        if [Action::Reauthorize.name(), Action::Configure.name()].contains(&action) {
            Self::Refused
        } else if code == RATE_LIMITED {
            Self::RateLimited
        } else {
            Self::Unclear
        }
    }
}

/// The effect to perform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Send the request.
    Send,
    /// Wait for this many milliseconds.
    Sleep(u32),
    /// Resolve with the new tokens.
    Resolve,
    /// Reject with the error of the last request.
    Reject,
    /// Reject with [`crate::error::Error::RefreshOutcomeUnknown`]: the server may have used the refresh token.
    RejectUnknown,
}

/// The progress of a refresh.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// Requests so far.
    attempts: u8,
    /// Whether a request failed with [`Failure::Unclear`].
    may_be_spent: bool,
}

impl State {
    /// Returns the next state and its effect.
    // Inlined with its callees: the boundary matches the effect again.
    #[inline(always)]
    pub fn next(self, event: Event) -> (Self, Effect) {
        match event {
            Event::Due => {
                let next = Self {
                    attempts: self.attempts.saturating_add(1),
                    ..self
                };
                (next, Effect::Send)
            }
            Event::Refreshed => (self, Effect::Resolve),
            Event::Failed {
                failure: Failure::Refused,
                ..
            } => (self, Effect::Reject),
            Event::Failed {
                failure,
                elapsed,
                retry_after,
                random,
            } => {
                let may_be_spent = self.may_be_spent || failure == Failure::Unclear;
                let effect = match delay(self.attempts, elapsed, retry_after, random) {
                    Some(milliseconds) => Effect::Sleep(milliseconds),
                    None if may_be_spent => Effect::RejectUnknown,
                    None => Effect::Reject,
                };
                let next = Self {
                    may_be_spent,
                    ..self
                };
                (next, effect)
            }
        }
    }

    /// The state as a number, for a JavaScript object during a wait.
    pub fn to_bits(self) -> u32 {
        u32::from_le_bytes([self.attempts, self.may_be_spent.into(), 0, 0])
    }

    /// The state of a number.
    pub fn from_bits(bits: u32) -> Self {
        let [attempts, may_be_spent, ..] = bits.to_le_bytes();
        Self {
            attempts,
            may_be_spent: may_be_spent != 0,
        }
    }
}

/// The delay before the next request, in milliseconds; `None` to give up. Delays double, and the random byte makes
/// each up to half as long again.
#[inline(always)]
fn delay(attempts: u8, elapsed: f64, retry_after: Option<f64>, random: u8) -> Option<u32> {
    if attempts >= MAX_ATTEMPTS {
        return None;
    }
    let doubled = FIRST_DELAY.checked_shl(u32::from(attempts).saturating_sub(1))?;
    let jitter = doubled.checked_mul(u32::from(random))?.checked_div(512)?;
    let requested_delay = retry_after.unwrap_or_default() * 1000.0;
    let delay = f64::from(doubled).max(requested_delay) + f64::from(jitter);
    (requested_delay <= MAX_RETRY_AFTER && elapsed + delay < LATEST_START_OF_LAST_TRY)
        .then_some(delay as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(failure: Failure) -> Event {
        Event::Failed {
            failure,
            elapsed: 0.0,
            retry_after: None,
            random: 0,
        }
    }

    /// Tells a refresh what happens, and checks what it does after each of it.
    fn tell(name: &str, story: &[(Event, Effect)]) {
        let mut state = State::default();
        for (number, (event, expected)) in story.iter().enumerate() {
            let effect;
            (state, effect) = State::from_bits(state.to_bits()).next(*event);
            assert_eq!(effect, *expected, "{name}, step {number}: {event:?}");
        }
    }

    #[test]
    fn what_a_refresh_meets_and_what_it_does() {
        use Effect::{Reject, RejectUnknown, Resolve, Send, Sleep};
        use Event::{Due, Refreshed};
        let send = (Due, Send);
        let refused = (failed(Failure::Refused), Reject);
        let limited = |effect| (failed(Failure::RateLimited), effect);
        let unclear = |effect| (failed(Failure::Unclear), effect);
        let too_long = |failure| Event::Failed {
            failure,
            elapsed: 0.0,
            retry_after: Some(31.0),
            random: 0,
        };
        let too_late = |failure| Event::Failed {
            failure,
            elapsed: LATEST_START_OF_LAST_TRY,
            retry_after: None,
            random: 0,
        };

        tell("at once", &[send, (Refreshed, Resolve)]);
        tell("refused", &[send, refused]);
        tell(
            "after each failure",
            &[
                send,
                unclear(Sleep(500)),
                send,
                limited(Sleep(1000)),
                send,
                unclear(Sleep(2000)),
                send,
                (Refreshed, Resolve),
            ],
        );
        tell(
            "a lost and refused token is invalid",
            &[send, unclear(Sleep(500)), send, refused],
        );
        tell(
            "rate limits alone spend no token",
            &[
                send,
                limited(Sleep(500)),
                send,
                limited(Sleep(1000)),
                send,
                limited(Sleep(2000)),
                send,
                limited(Reject),
            ],
        );
        for lost in 0..4 {
            let at = |attempt| {
                let failure = if attempt == lost {
                    Failure::Unclear
                } else {
                    Failure::RateLimited
                };
                let effect = match attempt {
                    3 => RejectUnknown,
                    _ => Sleep(500 << attempt),
                };
                (failed(failure), effect)
            };
            tell(
                "one response that was lost may have used it",
                &[send, at(0), send, at(1), send, at(2), send, at(3)],
            );
        }
        for event in [too_long, too_late] {
            tell("not now", &[send, (event(Failure::RateLimited), Reject)]);
            tell("not now", &[send, (event(Failure::Unclear), RejectUnknown)]);
            tell(
                "lost before",
                &[
                    send,
                    unclear(Sleep(500)),
                    send,
                    (event(Failure::RateLimited), RejectUnknown),
                ],
            );
        }
    }

    #[test]
    fn a_failure_is_told_by_code_and_action() {
        let table = [
            ("INVALID_GRANT", "reauthorize", Failure::Refused),
            ("INVALID_CLIENT", "configure", Failure::Refused),
            ("RATE_LIMITED", "retry", Failure::RateLimited),
            ("SERVER_ERROR", "retry", Failure::Unclear),
            ("TIMEOUT", "retry", Failure::Unclear),
            ("ECONNRESET", "", Failure::Unclear),
            ("", "", Failure::Unclear),
        ];
        for (code, action, expected) in table {
            assert_eq!(Failure::new(code, action), expected, "{code} {action}");
        }
    }

    #[test]
    fn delays_grow_and_end() {
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
            let delay = delay(attempt, elapsed, retry_after, random);
            assert_eq!(
                delay, expected,
                "{attempt} {elapsed} {retry_after:?} {random}"
            );
        }
    }
}
