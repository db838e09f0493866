//! Several processes that keep one user's tokens valid, in a model of the world around them: a server that
//! rotates refresh tokens, one store, maybe a lock, a clock, an app that writes into the store as well, and
//! everything that can go wrong, at any moment. What the processes do next is decided by the core alone.

#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

use lucia_atlassian::oauth::token_manager::{Change, Effect, Event, State, Stored, Validity};
use proptest::prelude::*;

const LIFETIME: f64 = 3_600_000.0;
const MARGIN: f64 = 60.0;

/// The `number`th pair of an access token and a refresh token that the server issued.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Tokens {
    number: usize,
    expires_at: f64,
}

/// What the store holds.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Row {
    tokens: Tokens,
    /// How often the app has written members of its own beside them.
    writes: usize,
}

/// What goes wrong with one step of a process, or happens just before it.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    None,
    /// The process ends; its lock is given back for it.
    Death,
    /// It loses the lock without knowing.
    LeaseEnds,
    /// The store or the server is not reached.
    NotDone,
    /// It is, and nobody hears of it.
    ResponseLost,
    /// The user takes back what was granted.
    Revocation,
    /// A replica gives what was stored one save ago.
    Behind,
    /// The app writes members of its own.
    AppWrite,
    /// The app stores the tokens of a new sign-in.
    SignIn,
    /// The app deletes the tokens.
    SignOut,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Outcome {
    Given(Tokens),
    Rejected,
    Conflict,
    Dead,
}

struct Process {
    state: State,
    /// What it is about to do.
    effect: Effect,
    /// What is on its way to it.
    response: Option<Event>,
    current: Option<Row>,
    /// Whether a replica gave them that was behind.
    is_behind: bool,
    new: Option<Tokens>,
    /// The access token that an API has rejected.
    rejected: Option<usize>,
    outcome: Option<Outcome>,
    steps: u32,
}

struct World {
    now: f64,
    /// When each refresh token that was issued was used first.
    issued: Vec<Option<f64>>,
    is_revoked: bool,
    store: Option<Row>,
    /// What was there one save ago.
    before: Option<Row>,
    /// How often the app has written since the user signed in.
    writes: usize,
    /// Whether the store compares and swaps; else the last to write wins.
    swaps: bool,
    has_lock: bool,
    lock: Option<usize>,
    processes: Vec<Process>,
}

/// How long a refresh token that was used can be used again, in milliseconds.
const LEEWAY: f64 = 600_000.0;

impl World {
    /// Begins with the second tokens in the store, which expire in `left` milliseconds. The first were refreshed at once.
    fn new(left: f64, swaps: bool, has_lock: bool, rejected: &[bool]) -> Self {
        let process = |is_rejected: &bool| Process {
            state: State::new(has_lock),
            effect: Effect::Load,
            response: None,
            current: None,
            is_behind: false,
            new: None,
            rejected: is_rejected.then_some(1),
            outcome: None,
            steps: 0,
        };
        let row = |number, expires_at| Row {
            tokens: Tokens { number, expires_at },
            writes: 0,
        };
        Self {
            now: 0.0,
            issued: vec![Some(left - LIFETIME), None],
            is_revoked: false,
            store: Some(row(1, left)),
            before: Some(row(0, left)),
            writes: 0,
            swaps,
            has_lock,
            lock: None,
            processes: rejected.iter().map(process).collect(),
        }
    }

    fn issue(&mut self) -> Tokens {
        self.issued.push(None);
        Tokens {
            number: self.issued.len() - 1,
            expires_at: self.now + LIFETIME,
        }
    }

    fn refresh(&mut self, number: usize) -> Option<Tokens> {
        let first_use = *self.issued[number].get_or_insert(self.now);
        let is_dead = self.is_revoked || self.now - first_use >= LEEWAY;
        (!is_dead).then(|| self.issue())
    }

    fn put(&mut self, row: Option<Row>) {
        self.before = std::mem::replace(&mut self.store, row);
    }

    fn validity(&self, index: usize, tokens: Tokens) -> Validity {
        let was_rejected = self.processes[index].rejected == Some(tokens.number);
        Validity::new(tokens.expires_at, self.now, MARGIN, was_rejected)
    }

    /// Lets a process do what it is about to, unless it waits for the lock or has ended.
    fn step(&mut self, index: usize, fault: Fault) -> Result<(), TestCaseError> {
        if self.processes[index].outcome.is_some() {
            return Ok(());
        }
        match fault {
            Fault::Death => return self.end(index, Outcome::Dead),
            Fault::LeaseEnds if self.lock == Some(index) => self.lock = None,
            Fault::Revocation => self.is_revoked = true,
            Fault::AppWrite => {
                if let Some(mut row) = self.store {
                    self.writes += 1;
                    row.writes = self.writes;
                    self.put(Some(row));
                }
            }
            Fault::SignIn => {
                self.is_revoked = false;
                self.writes = 0;
                let tokens = self.issue();
                self.put(Some(Row { tokens, writes: 0 }));
            }
            Fault::SignOut => self.put(None),
            _ => {}
        }
        if let Some(response) = self.processes[index].response.take() {
            return self.tell(index, response);
        }
        let is_done = fault != Fault::NotDone;
        let is_heard = is_done && fault != Fault::ResponseLost;
        match self.processes[index].effect {
            Effect::Load if !is_heard => self.tell(index, Event::LoadFailed),
            Effect::Load => {
                let loaded = if fault == Fault::Behind {
                    self.before
                } else {
                    self.store
                };
                let current = self.processes[index].current;
                let event = Event::Loaded(match loaded {
                    None => Stored::Nothing,
                    Some(row) => Stored::Tokens {
                        validity: self.validity(index, row.tokens),
                        change: match current {
                            Some(current) if current == row => Change::None,
                            Some(current) if current.tokens == row.tokens => Change::Members,
                            _ => Change::Tokens,
                        },
                    },
                });
                self.processes[index].current = loaded;
                self.processes[index].is_behind = fault == Fault::Behind;
                self.tell(index, event)
            }
            Effect::Lock => {
                if self.lock.is_none() {
                    self.lock = Some(index);
                    let process = &mut self.processes[index];
                    process.state = State::new(false);
                    process.effect = Effect::Load;
                    process.current = None;
                }
                Ok(())
            }
            // The request and its response are two moments.
            Effect::Refresh => {
                let current = self.processes[index].current.unwrap().tokens;
                let response = if is_done {
                    self.refresh(current.number)
                } else {
                    None
                };
                self.processes[index].new = response;
                self.processes[index].response = Some(match response {
                    _ if !is_heard => Event::RefreshFailed(self.validity(index, current)),
                    Some(_) => Event::Refreshed,
                    None => Event::Refused,
                });
                Ok(())
            }
            Effect::Save => {
                let Process { current, new, .. } = self.processes[index];
                let (current, tokens) = (current.unwrap(), new.unwrap());
                let is_saved = is_done && (!self.swaps || self.store == Some(current));
                if is_saved {
                    if self.swaps {
                        prop_assert!(tokens.number > current.tokens.number);
                        prop_assert_eq!(current.writes, self.writes, "what the app wrote is lost");
                    }
                    let Row { writes, .. } = current;
                    self.put(Some(Row { tokens, writes }));
                }
                let event = if is_heard {
                    Event::Saved(is_saved)
                } else {
                    Event::SaveFailed
                };
                self.tell(index, event)
            }
            Effect::Sleep(_) => self.tell(index, Event::Slept),
            effect => panic!("{effect:?} is an end"),
        }
    }

    fn tell(&mut self, index: usize, event: Event) -> Result<(), TestCaseError> {
        let process = &mut self.processes[index];
        process.steps += 1;
        let (state, effect) = State::from_bits(process.state.to_bits()).next(event);
        process.state = state;
        process.effect = effect;
        match effect {
            Effect::Resolve => {
                let given = process.current.unwrap().tokens;
                prop_assert!(
                    self.validity(index, given) != Validity::Invalid || event_is_late(event)
                );
                self.end(index, Outcome::Given(given))
            }
            Effect::ResolveNew => {
                let given = process.new.unwrap();
                self.end(index, Outcome::Given(given))
            }
            Effect::Reject => {
                if matches!(event, Event::Loaded(_)) && !process.is_behind {
                    // Whoever is told to sign in again has the tokens that are stored.
                    prop_assert_eq!(process.current, self.store);
                }
                self.end(index, Outcome::Rejected)
            }
            Effect::RejectEmpty => self.end(index, Outcome::Rejected),
            Effect::RejectConflict => self.end(index, Outcome::Conflict),
            _ => Ok(()),
        }
    }

    fn end(&mut self, index: usize, outcome: Outcome) -> Result<(), TestCaseError> {
        if let Outcome::Given(tokens) = outcome {
            prop_assert!(tokens.number < self.issued.len(), "it was never issued");
            prop_assert_ne!(self.processes[index].rejected, Some(tokens.number));
        }
        if self.lock == Some(index) {
            self.lock = None;
        }
        self.processes[index].outcome = Some(outcome);
        Ok(())
    }

    /// Lets everybody go on in turn, until all have ended.
    fn finish(&mut self) -> Result<(), TestCaseError> {
        for _ in 0..200 * self.processes.len() {
            for index in 0..self.processes.len() {
                self.step(index, Fault::None)?;
            }
            if self
                .processes
                .iter()
                .all(|process| process.outcome.is_some())
            {
                break;
            }
        }
        for process in &self.processes {
            prop_assert!(process.outcome.is_some(), "it never ends");
            // Three rounds of a refresh, and in each 25 refusals of the store with all tries to save and to load.
            prop_assert!(process.steps <= 3 * 25 * 13 + 1, "{} steps", process.steps);
        }
        Ok(())
    }
}

/// Whether an event was told by the time at which the response left, so that the token may have expired on its way.
fn event_is_late(event: Event) -> bool {
    matches!(event, Event::RefreshFailed(_))
}

/// A process, by a number to be reduced, what goes wrong with its step, and how long that takes.
fn steps(faults: impl Strategy<Value = Fault>) -> impl Strategy<Value = Vec<(usize, Fault, f64)>> {
    let time = prop_oneof![
        8 => 0.0..2_000.0,
        1 => 0.0..120_000.0,
        1 => 0.0..2.0 * LIFETIME,
    ];
    prop::collection::vec((any::<usize>(), faults, time), 0..150)
}

fn faults() -> impl Strategy<Value = Fault> {
    prop_oneof![
        20 => Just(Fault::None),
        1 => Just(Fault::Death),
        1 => Just(Fault::LeaseEnds),
        3 => Just(Fault::NotDone),
        3 => Just(Fault::ResponseLost),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn whatever_goes_wrong_no_newer_tokens_are_lost_and_it_ends(
        left in -1_000.0..120_000.0,
        (swaps, has_lock) in any::<(bool, bool)>(),
        rejected in prop::collection::vec(any::<bool>(), 1..6),
        steps in steps(prop_oneof![
            60 => faults(),
            1 => Just(Fault::Revocation),
            2 => Just(Fault::Behind),
            4 => Just(Fault::AppWrite),
            1 => Just(Fault::SignIn),
            1 => Just(Fault::SignOut),
        ]),
    ) {
        let mut world = World::new(left, swaps, has_lock, &rejected);
        let mut is_signed_out = false;
        for (index, fault, time) in steps {
            world.now += time;
            let is_running = world.processes[index % rejected.len()].outcome.is_none();
            world.step(index % rejected.len(), fault)?;
            match fault {
                Fault::SignIn if is_running => is_signed_out = false,
                Fault::SignOut if is_running => is_signed_out = true,
                _ => {}
            }
            prop_assert!(world.store.is_some() || is_signed_out, "tokens were deleted");
            prop_assert!(world.store.is_none() || !is_signed_out || !swaps, "tokens came back");
        }
        world.finish()?;
        prop_assert!(world.store.is_some() || is_signed_out, "tokens were deleted");
        prop_assert!(world.store.is_none() || !is_signed_out || !swaps, "tokens came back");
    }

    #[test]
    fn the_app_writes_beside_the_tokens_and_nobody_meets_a_conflict(
        left in -1_000.0..120_000.0,
        has_lock in any::<bool>(),
        rejected in prop::collection::vec(any::<bool>(), 1..4),
        steps in steps(prop_oneof![Just(Fault::None), Just(Fault::AppWrite)]),
    ) {
        let mut world = World::new(left, true, has_lock, &rejected);
        for (index, fault, time) in steps {
            world.now += time.min(2_000.0);
            world.step(index % rejected.len(), fault)?;
        }
        world.finish()?;
        for process in &world.processes {
            prop_assert!(matches!(process.outcome, Some(Outcome::Given(_))), "{:?}", process.outcome);
        }
        let stored = world.store.unwrap();
        prop_assert_eq!(stored.writes, world.writes);
        if rejected.len() == 1 {
            prop_assert_eq!(stored.tokens.number, world.issued.len() - 1);
        }
        world.now += LEEWAY;
        prop_assert!(world.refresh(stored.tokens.number).is_some(), "what is stored is of no use");
    }

    #[test]
    fn a_replica_that_is_behind_once_ends_no_sign_in(
        left in -1_000.0..120_000.0,
        has_lock in any::<bool>(),
        rejected in prop::collection::vec(any::<bool>(), 1..4),
        steps in steps(Just(Fault::None)),
        behind in 0..30_usize,
    ) {
        let mut world = World::new(left, true, has_lock, &rejected);
        let mut has_been = false;
        for (number, (index, _, time)) in steps.into_iter().enumerate() {
            world.now += time.min(2_000.0);
            let index = index % rejected.len();
            let process = &world.processes[index];
            let is_loading = process.effect == Effect::Load && process.outcome.is_none();
            let is_behind = number >= behind && is_loading && !has_been;
            has_been |= is_behind;
            world.step(index, if is_behind { Fault::Behind } else { Fault::None })?;
        }
        world.finish()?;
        for process in &world.processes {
            prop_assert!(matches!(process.outcome, Some(Outcome::Given(_))), "{:?}", process.outcome);
        }
        world.now += LEEWAY;
        let stored = world.store.unwrap().tokens.number;
        prop_assert!(world.refresh(stored).is_some(), "what is stored is of no use");
    }

    #[test]
    fn when_nothing_goes_wrong_everybody_gets_a_token_that_is_valid(
        left in -1_000.0..120_000.0,
        has_lock in any::<bool>(),
        rejected in prop::collection::vec(any::<bool>(), 1..6),
        steps in prop::collection::vec((any::<usize>(), 0.0..2_000.0), 0..150),
    ) {
        let mut world = World::new(left, true, has_lock, &rejected);
        for (index, time) in steps {
            world.now += time;
            world.step(index % rejected.len(), Fault::None)?;
        }
        world.finish()?;
        for process in &world.processes {
            let Some(Outcome::Given(tokens)) = process.outcome else {
                return Err(TestCaseError::fail(format!("{:?}", process.outcome)));
            };
            prop_assert!(tokens.expires_at > world.now || tokens.number == 1);
        }
        if world.has_lock {
            prop_assert!(world.issued.len() <= 3, "more than one has refreshed");
        }
        let stored = world.store.unwrap().tokens.number;
        prop_assert!(world.refresh(stored).is_some(), "what is stored is of no use");
    }

    #[test]
    fn processes_come_and_go_for_days_and_only_a_fault_ends_a_sign_in(
        has_lock in any::<bool>(),
        rounds in prop::collection::vec(
            (0.0..2.0 * LIFETIME, steps(Just(Fault::None))),
            1..8,
        ),
    ) {
        let mut world = World::new(0.0, true, has_lock, &[]);
        for (wait, steps) in rounds {
            world.now += wait;
            let next = World::new(0.0, true, has_lock, &[false; 4]);
            world.processes = next.processes;
            for (index, _, time) in steps {
                // Within the leeway, however long it takes.
                world.now += time.min(1_000.0);
                world.step(index % 4, Fault::None)?;
            }
            world.finish()?;
            for process in &world.processes {
                prop_assert!(matches!(process.outcome, Some(Outcome::Given(_))));
            }
        }
    }
}
