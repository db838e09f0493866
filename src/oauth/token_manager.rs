//! The state machine that keeps one user's tokens valid across processes: it maps an event to an effect. Each process
//! may refresh, lose the race to another process, or end in the middle. None may lose or overwrite tokens that are
//! newer than its own. The boundary holds the tokens, and loads, refreshes, saves and waits. This module only knows
//! how tokens differ.

/// The content of the store, compared with the previous content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stored {
    /// Nothing.
    Nothing,
    /// Tokens.
    Tokens {
        /// The validity of the access token.
        validity: Validity,
        /// The difference.
        change: Change,
    },
}

/// The difference between stored tokens and the previous ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// No difference.
    None,
    /// Only the app's own members differ.
    Members,
    /// Other tokens: the first ones, or those of another process.
    Tokens,
}

/// The validity of an access token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Validity {
    /// Valid for longer than the skew.
    Fresh,
    /// Valid, but not longer than the skew.
    Expiring,
    /// It has expired, or an API has refused it.
    Invalid,
}

impl Validity {
    /// The validity of an access token at `now`. Times are in milliseconds since the epoch; `skew` is in seconds.
    pub fn new(expires_at: f64, now: f64, skew: f64, was_rejected: bool) -> Self {
        if was_rejected || expires_at <= now {
            Self::Invalid
        } else if expires_at - now > skew * 1000.0 {
            Self::Fresh
        } else {
            Self::Expiring
        }
    }
}

/// The minimum time between two refreshes because of a refused access token, in milliseconds. If an API refuses the new
/// token at once, the last refresh did not help, and another one would not either.
const REJECTION_INTERVAL: f64 = 300_000.0;

/// Whether to refresh an access token because an API refused it. `refreshed_at` is the time of the last refresh for that
/// reason, NaN for none; times are in milliseconds since the epoch.
pub fn refreshes_for_rejection(refreshed_at: f64, now: f64) -> bool {
    refreshed_at.is_nan() || now - refreshed_at >= REJECTION_INTERVAL
}

/// The maximum number of tries to save the tokens of a sign-in while others change the store: about five seconds.
const MAX_SET_TRIES: u32 = 100;

/// The delay before the next try to save the tokens of a sign-in, in milliseconds; `None` to give up. `conflicts` is
/// the number of tries, all of which found other tokens in the store than they had loaded.
pub fn set_retry_delay(conflicts: u32) -> Option<u32> {
    (conflicts < MAX_SET_TRIES).then_some(conflicts)
}

/// The event after an effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The store resolved.
    Loaded(Stored),
    /// The store rejected.
    LoadFailed,
    /// The refresh resolved to new tokens.
    Refreshed,
    /// The refresh token is no longer valid.
    Refused,
    /// The refresh token may be invalid; `validity` belongs to the current access token.
    RefreshFailed(Validity),
    /// Whether the store saved the new tokens; `false` if it held others.
    Saved(bool),
    /// Saving the new tokens rejected.
    SaveFailed,
    /// A sleep is over.
    Slept,
}

/// The effect to perform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Load from the store.
    Load,
    /// Start again while holding the store's lock.
    Lock,
    /// Refresh the current tokens.
    Refresh,
    /// Save the new tokens in place of the current ones.
    Save,
    /// Wait for this many milliseconds.
    Sleep(u32),
    /// Resolve to the current access token.
    Resolve,
    /// Resolve to the new access token.
    ResolveNew,
    /// Reject with the last error.
    Reject,
    /// Reject: the store is empty.
    RejectEmpty,
    /// Reject: the store does not save the new tokens.
    RejectConflict,
}

/// The progress of a call for an access token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct State {
    phase: Phase,
    /// Refreshes so far.
    rounds: u8,
    /// Tries of the phase so far.
    tries: u8,
    /// The sum of all conflicts, each with its weight.
    conflict_score: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
enum Phase {
    /// There is a lock, but this call does not hold it yet.
    LoadingUnlocked,
    Loading,
    Refreshing,
    Saving,
    /// Atlassian refused the refresh token: check whether another process replaced it.
    AfterRefusal,
    /// The store did not save the new tokens: check which process was faster.
    AfterConflict,
}

/// The maximum number of rounds. A round ends when another process saved newer tokens, so a second one is rare.
const MAX_ROUNDS: u8 = 3;
const MAX_TRIES: u8 = 3;
/// The maximum sum of conflicts in a round. An app reaches it after half a minute of writes of its own members, each
/// between a load and a save.
const MAX_CONFLICT_SCORE: u8 = 250;
/// The weight of a conflict without a difference: such a store cannot be written.
const UNCHANGED_STORE_WEIGHT: u8 = 10;
/// Beyond this sum, each conflict causes a delay of as many milliseconds as the sum: delays grow slowly, because the app
/// writes its own members in bursts.
const SCORE_WITHOUT_DELAY: u8 = 10;
const FIRST_DELAY: u32 = 100;

impl State {
    /// The first state. `needs_lock` is whether the store has a lock, which this call does not hold yet.
    pub fn new(needs_lock: bool) -> Self {
        Self {
            phase: if needs_lock {
                Phase::LoadingUnlocked
            } else {
                Phase::Loading
            },
            rounds: 0,
            tries: 0,
            conflict_score: 0,
        }
    }

    /// Returns the next state and its effect.
    // Inlined with its callees: the boundary matches the effect again.
    #[inline(always)]
    pub fn next(self, event: Event) -> (Self, Effect) {
        match (self.phase, event) {
            (_, Event::Loaded(Stored::Nothing)) => (self, Effect::RejectEmpty),
            (
                Phase::LoadingUnlocked | Phase::Loading,
                Event::Loaded(Stored::Tokens {
                    validity: Validity::Fresh,
                    ..
                }),
            ) => (self, Effect::Resolve),
            (Phase::LoadingUnlocked, Event::Loaded(Stored::Tokens { .. })) => (self, Effect::Lock),
            (Phase::Loading, Event::Loaded(Stored::Tokens { .. })) => self.refresh(),

            (Phase::Refreshing, Event::Refreshed) => (self.enter(Phase::Saving), Effect::Save),
            (Phase::Refreshing, Event::Refused) => (self.enter(Phase::AfterRefusal), Effect::Load),
            (Phase::Refreshing, Event::RefreshFailed(Validity::Fresh | Validity::Expiring)) => {
                (self, Effect::Resolve)
            }
            // Load once more: another process may have got a response.
            (Phase::Refreshing, Event::RefreshFailed(Validity::Invalid)) => {
                let next = Self {
                    tries: MAX_TRIES.saturating_sub(1),
                    ..self.enter(Phase::AfterRefusal)
                };
                (next, Effect::Load)
            }

            (Phase::Saving, Event::Saved(true)) => (self, Effect::ResolveNew),
            (Phase::Saving, Event::Saved(false)) => {
                let next = self.enter(Phase::AfterConflict);
                if self.conflict_score > SCORE_WITHOUT_DELAY {
                    (next, Effect::Sleep(self.conflict_score.into()))
                } else {
                    (next, Effect::Load)
                }
            }
            (Phase::Saving, Event::SaveFailed) => self.sleep_before_retry(),
            (Phase::Saving, Event::Slept) => (self, Effect::Save),

            (Phase::AfterRefusal | Phase::AfterConflict, Event::Loaded(stored)) => {
                self.after_reload(stored)
            }
            // Only this call has the new, unsaved tokens.
            (Phase::AfterConflict, Event::LoadFailed) => self.sleep_before_retry(),
            (Phase::AfterRefusal | Phase::AfterConflict, Event::Slept) => (self, Effect::Load),

            _ => (self, Effect::Reject),
        }
    }

    #[inline(always)]
    fn after_reload(self, stored: Stored) -> (Self, Effect) {
        let Stored::Tokens { validity, change } = stored else {
            return (self, Effect::RejectEmpty);
        };
        let is_valid = validity != Validity::Invalid;
        match (self.phase, change) {
            (_, Change::Tokens) if is_valid => (self, Effect::Resolve),
            (_, Change::Tokens) => self.refresh(),
            // The refresh failed, but the current access token is still valid.
            (Phase::AfterRefusal, _) if is_valid => (self, Effect::Resolve),
            // The faster process may not have saved yet.
            (Phase::AfterRefusal, _) => self.sleep_before_retry(),
            // Only this call has the new tokens: save them together with the app's members.
            _ => self.save_again(change),
        }
    }

    #[inline(always)]
    fn save_again(self, change: Change) -> (Self, Effect) {
        let counts = if change == Change::None {
            UNCHANGED_STORE_WEIGHT
        } else {
            1
        };
        let next = Self {
            conflict_score: self.conflict_score.saturating_add(counts),
            ..self.enter(Phase::Saving)
        };
        if next.conflict_score < MAX_CONFLICT_SCORE {
            (next, Effect::Save)
        } else {
            (next, Effect::RejectConflict)
        }
    }

    fn refresh(self) -> (Self, Effect) {
        let next = Self {
            rounds: self.rounds.saturating_add(1),
            conflict_score: 0,
            ..self.enter(Phase::Refreshing)
        };
        if next.rounds > MAX_ROUNDS {
            (next, Effect::RejectConflict)
        } else {
            (next, Effect::Refresh)
        }
    }

    /// Sleeps before the next try of the phase, or rejects after the last.
    fn sleep_before_retry(self) -> (Self, Effect) {
        let next = Self {
            tries: self.tries.saturating_add(1),
            ..self
        };
        if next.tries >= MAX_TRIES {
            return (next, Effect::Reject);
        }
        let delay = FIRST_DELAY.checked_shl(u32::from(self.tries).saturating_mul(2));
        (next, Effect::Sleep(delay.unwrap_or(FIRST_DELAY)))
    }

    fn enter(self, phase: Phase) -> Self {
        Self {
            phase,
            tries: 0,
            ..self
        }
    }

    /// The state as a number, for a JavaScript object during a wait.
    pub fn to_bits(self) -> u32 {
        u32::from_le_bytes([
            self.phase as u8,
            self.rounds,
            self.tries,
            self.conflict_score,
        ])
    }

    /// The state of a number.
    pub fn from_bits(bits: u32) -> Self {
        let [phase, rounds, tries, conflict_score] = bits.to_le_bytes();
        // The number is a result of `to_bits`, so the last arm is 5.
        let phase = match phase {
            0 => Phase::LoadingUnlocked,
            1 => Phase::Loading,
            2 => Phase::Refreshing,
            3 => Phase::Saving,
            4 => Phase::AfterRefusal,
            _ => Phase::AfterConflict,
        };
        Self {
            phase,
            rounds,
            tries,
            conflict_score,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(validity: Validity, changed: bool) -> Event {
        let change = if changed {
            Change::Tokens
        } else {
            Change::None
        };
        Event::Loaded(Stored::Tokens { validity, change })
    }

    /// The app has written members of its own.
    fn members(validity: Validity) -> Event {
        let change = Change::Members;
        Event::Loaded(Stored::Tokens { validity, change })
    }

    /// Tells a process what happens, and checks what it does after each of it.
    fn tell(name: &str, needs_lock: bool, story: &[(Event, Effect)]) {
        let mut state = State::new(needs_lock);
        for (number, (event, expected)) in story.iter().enumerate() {
            let effect;
            (state, effect) = State::from_bits(state.to_bits()).next(*event);
            assert_eq!(effect, *expected, "{name}, step {number}: {event:?}");
        }
    }

    #[test]
    fn an_access_token_is_over_when_it_expires_and_expiring_within_the_skew() {
        let table = [
            (160_001.0, 60.0, false, Validity::Fresh),
            (160_000.0, 60.0, false, Validity::Expiring),
            (100_001.0, 60.0, false, Validity::Expiring),
            (100_001.0, 0.0, false, Validity::Fresh),
            (100_000.0, 0.0, false, Validity::Invalid),
            (99_999.0, 60.0, false, Validity::Invalid),
            (900_000.0, 0.0, true, Validity::Invalid),
            (f64::NAN, 60.0, false, Validity::Expiring),
            (f64::INFINITY, 60.0, false, Validity::Fresh),
            (f64::NEG_INFINITY, 60.0, false, Validity::Invalid),
        ];
        for (expires_at, skew, was_rejected, expected) in table {
            let validity = Validity::new(expires_at, 100_000.0, skew, was_rejected);
            assert_eq!(validity, expected, "{expires_at} {skew} {was_rejected}");
        }
    }

    #[test]
    fn a_refused_token_is_refreshed_at_most_once_in_five_minutes() {
        let now = 1_000_000.0;
        for (refreshed_at, expected) in [
            (f64::NAN, true),
            (0.0, true),
            (now - 300_000.0, true),
            (now - 299_999.0, false),
            (now, false),
            // A clock that was ahead.
            (now + 1.0, false),
        ] {
            let refreshes = refreshes_for_rejection(refreshed_at, now);
            assert_eq!(refreshes, expected, "{refreshed_at}");
        }
    }

    #[test]
    fn the_tokens_of_a_sign_in_are_saved_again_for_about_five_seconds() {
        for (conflicts, delay) in [(1, Some(1)), (99, Some(99)), (100, None)] {
            assert_eq!(set_retry_delay(conflicts), delay, "{conflicts}");
        }
        let sum: u32 = (1..).map_while(set_retry_delay).sum();
        assert_eq!(sum, 4_950);
    }

    #[test]
    fn what_a_process_meets_and_what_it_does() {
        use Effect::*;
        use Event::{
            LoadFailed, Loaded, RefreshFailed, Refreshed, Refused, SaveFailed, Saved, Slept,
        };
        use Validity::{Expiring, Fresh, Invalid};
        let nothing = Loaded(Stored::Nothing);
        let first = |validity| tokens(validity, true);
        let begin = (first(Invalid), Refresh);
        let refused = (Refused, Load);
        let save = (Refreshed, Save);
        let conflict = (Saved(false), Load);

        tell("fresh", false, &[(first(Fresh), Resolve)]);
        tell("fresh, with a lock", true, &[(first(Fresh), Resolve)]);
        tell("empty", false, &[(nothing, RejectEmpty)]);
        tell("empty, with a lock", true, &[(nothing, RejectEmpty)]);
        for validity in [Expiring, Invalid] {
            tell("the lock first", true, &[(first(validity), Lock)]);
            tell(
                "refreshed",
                false,
                &[(first(validity), Refresh), save, (Saved(true), ResolveNew)],
            );
        }

        for valid in [Fresh, Expiring] {
            tell("outage", false, &[begin, (RefreshFailed(valid), Resolve)]);
        }
        tell(
            "outage, and expired",
            false,
            &[
                begin,
                (RefreshFailed(Invalid), Load),
                (tokens(Invalid, false), Reject),
            ],
        );

        // Refused: somebody else was faster, is about to save, or there is nobody else.
        for newer in [Fresh, Expiring] {
            tell(
                "faster",
                false,
                &[begin, refused, (tokens(newer, true), Resolve)],
            );
            tell(
                "slower",
                false,
                &[
                    begin,
                    refused,
                    (tokens(Invalid, false), Sleep(100)),
                    (Slept, Load),
                    (tokens(newer, true), Resolve),
                ],
            );
            tell(
                "refused, and the access token is valid",
                false,
                &[begin, refused, (tokens(newer, false), Resolve)],
            );
        }
        tell(
            "refused, and the access token is invalid",
            false,
            &[
                begin,
                refused,
                (tokens(Invalid, false), Sleep(100)),
                (Slept, Load),
                (tokens(Invalid, false), Sleep(400)),
                (Slept, Load),
                (tokens(Invalid, false), Reject),
            ],
        );
        tell(
            "refused, and signed out",
            false,
            &[begin, refused, (nothing, RejectEmpty)],
        );
        tell(
            "refused, and signed out a moment later",
            false,
            &[
                begin,
                refused,
                (tokens(Invalid, false), Sleep(100)),
                (Slept, Load),
                (nothing, RejectEmpty),
            ],
        );

        // The store fails, or somebody else was faster.
        tell(
            "saved in the end",
            false,
            &[
                begin,
                save,
                (SaveFailed, Sleep(100)),
                (Slept, Save),
                (SaveFailed, Sleep(400)),
                (Slept, Save),
                (Saved(true), ResolveNew),
            ],
        );
        tell(
            "not saved",
            false,
            &[
                begin,
                save,
                (SaveFailed, Sleep(100)),
                (Slept, Save),
                (SaveFailed, Sleep(400)),
                (Slept, Save),
                (SaveFailed, Reject),
            ],
        );
        tell(
            "saved, and not told so",
            false,
            &[
                begin,
                save,
                (SaveFailed, Sleep(100)),
                (Slept, Save),
                conflict,
                (tokens(Fresh, true), Resolve),
            ],
        );
        for newer in [Fresh, Expiring] {
            tell(
                "conflict",
                false,
                &[begin, save, conflict, (tokens(newer, true), Resolve)],
            );
        }
        for same in [Fresh, Expiring, Invalid] {
            let again = (members(same), Save);
            tell(
                "the app wrote members of its own meanwhile",
                false,
                &[begin, save, conflict, again, (Saved(true), ResolveNew)],
            );
            tell(
                "the app wrote, and the store fails to load for a moment",
                false,
                &[
                    begin,
                    save,
                    conflict,
                    (LoadFailed, Sleep(100)),
                    (Slept, Load),
                    (LoadFailed, Sleep(400)),
                    (Slept, Load),
                    again,
                    (Saved(true), ResolveNew),
                ],
            );
            tell(
                "the app wrote, and the store fails to load for longer",
                false,
                &[
                    begin,
                    save,
                    conflict,
                    (LoadFailed, Sleep(100)),
                    (Slept, Load),
                    (LoadFailed, Sleep(400)),
                    (Slept, Load),
                    (LoadFailed, Reject),
                ],
            );
            tell(
                "the app wrote, and then another process was faster",
                false,
                &[
                    begin,
                    save,
                    conflict,
                    again,
                    conflict,
                    (first(Fresh), Resolve),
                ],
            );
            tell(
                "the app wrote, and then the user was signed out",
                false,
                &[
                    begin,
                    save,
                    conflict,
                    again,
                    conflict,
                    (nothing, RejectEmpty),
                ],
            );
            // Each conflict by what was different.
            let story = |changes: &[Change]| {
                let mut story = vec![begin, save];
                let mut conflicts = 0_u32;
                for change in changes {
                    if conflicts > 10 {
                        story.extend([(Saved(false), Sleep(conflicts)), (Slept, Load)]);
                    } else {
                        story.push(conflict);
                    }
                    let is_refusal = *change == Change::None;
                    conflicts += if is_refusal { 10 } else { 1 };
                    let loaded = if is_refusal {
                        tokens(same, false)
                    } else {
                        members(same)
                    };
                    story.push((loaded, Save));
                }
                story
            };
            for writes in [1, 2, 9, 10, 11, 50, 249] {
                let mut saved = story(&vec![Change::Members; writes]);
                saved.push((Saved(true), ResolveNew));
                tell("the app wrote as often as that", false, &saved);
            }
            let end = |mut story: Vec<_>| {
                story.pop();
                story.push((tokens(same, false), RejectConflict));
                story
            };
            let lies = [Change::None; 25];
            tell("a store that lies", false, &end(story(&lies)));
            let mixed = [[Change::Members; 50].as_slice(), &lies[..20]].concat();
            tell("lies after writes", false, &end(story(&mixed)));
        }
        tell(
            "conflict, and signed out",
            false,
            &[begin, save, conflict, (nothing, RejectEmpty)],
        );

        // Newer tokens that are over as well: three rounds, no more.
        let lost = (tokens(Invalid, true), Refresh);
        tell(
            "the third round",
            false,
            &[
                begin,
                save,
                conflict,
                lost,
                refused,
                lost,
                save,
                (Saved(true), ResolveNew),
            ],
        );
        tell(
            "a fourth round",
            false,
            &[
                begin,
                save,
                conflict,
                lost,
                refused,
                lost,
                save,
                conflict,
                (tokens(Invalid, true), RejectConflict),
            ],
        );
        // Each phase has its own tries.
        tell(
            "tries are counted anew",
            false,
            &[
                begin,
                refused,
                (tokens(Invalid, false), Sleep(100)),
                (Slept, Load),
                (tokens(Invalid, false), Sleep(400)),
                (Slept, Load),
                lost,
                save,
                (SaveFailed, Sleep(100)),
                (Slept, Save),
                (Saved(true), ResolveNew),
            ],
        );
    }

    #[test]
    fn what_cannot_happen_ends_it() {
        for event in [
            Event::LoadFailed,
            Event::Refreshed,
            Event::Refused,
            Event::Saved(true),
            Event::SaveFailed,
            Event::Slept,
        ] {
            assert_eq!(State::new(false).next(event).1, Effect::Reject);
        }
    }

    #[test]
    fn a_state_survives_as_a_number() {
        for phase in 0..6 {
            let bits = u32::from_le_bytes([phase, 3, 2, 1]);
            assert_eq!(State::from_bits(bits).to_bits(), bits);
        }
    }
}
