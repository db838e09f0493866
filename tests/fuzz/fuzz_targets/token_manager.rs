//! The state of a call for an access token survives being kept as a number, ends by itself however often the store and the token
//! endpoint fail, and never refreshes more than three times.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use lucia_atlassian::oauth::token_manager::{Change, Effect, Event, State, Stored, Validity};

#[derive(Arbitrary, Debug)]
struct Input {
    needs_lock: bool,
    bits: u32,
    responses: Vec<u8>,
}

fuzz_target!(|input: Input| {
    let validity =
        |response: u8| [Validity::Fresh, Validity::Expiring, Validity::Invalid][usize::from(response % 3)];
    // Any number stands for a state that can go on.
    let any = State::from_bits(input.bits);
    assert_eq!(State::from_bits(any.to_bits()), any);
    let _ = any.next(Event::Slept);

    let mut responses = input.responses.into_iter();
    let (mut state, mut effect) = (State::new(input.needs_lock), Effect::Load);
    let mut refreshes = 0;
    // Three rounds, each with 250 conflicts, a pause, three tries to save and three to load after each.
    for _ in 0..10_000 {
        let response = responses.next().unwrap_or_default();
        let event = match effect {
            Effect::Load if response % 7 == 6 => Event::Loaded(Stored::Nothing),
            Effect::Load if response % 7 == 5 => Event::LoadFailed,
            Effect::Load => Event::Loaded(Stored::Tokens {
                validity: validity(response),
                change: [Change::Tokens, Change::Members, Change::None][usize::from(response / 8 % 3)],
            }),
            Effect::Refresh => {
                refreshes += 1;
                match response % 3 {
                    0 => Event::Refreshed,
                    1 => Event::Refused,
                    _ => Event::RefreshFailed(validity(response / 3)),
                }
            }
            Effect::Save if response % 3 == 2 => Event::SaveFailed,
            Effect::Save => Event::Saved(response % 3 == 0),
            Effect::Sleep(milliseconds) => {
                assert!(milliseconds <= 10_000);
                Event::Slept
            }
            // The lock is left to the boundary; what follows is a new look at the store.
            Effect::Lock => {
                state = State::new(false);
                effect = Effect::Load;
                continue;
            }
            _ => {
                assert!(refreshes <= 3);
                return;
            }
        };
        (state, effect) = State::from_bits(state.to_bits()).next(event);
    }
    panic!("did not end");
});
