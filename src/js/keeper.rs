//! `tokens(store)`: keeps one user's tokens alive in a store of the app's. What to do next is decided in
//! `renewal`; here it is done.

use js_sys::{Array, Date, Promise};
use wasm_bindgen::prelude::*;

use super::app::{App, refuse};
use super::failure;
use super::steps::{Next, pause, run, step};
use super::tokens::{expires_at, refresh_tokens};
use super::value::{describe, has_properties, kind, member};
use crate::config::{argument, invalid, invalid_skew, skew};
use crate::error::Error;
use crate::member::{Kind, Member};
use crate::renewal::{Effect, Event, Renewal, Stored, Validity};
use crate::verdict::Action;

/// How often the tokens of a sign-in are offered to a store that others change at the same time.
const MAX_REPLACEMENTS: u32 = 5;

// What a renewal waits for; each is the `Effect` of the same name.
const LOAD: u32 = 1;
const REFRESH: u32 = 2;
const SAVE: u32 = 3;
const PAUSE: u32 = 4;

#[wasm_bindgen]
extern "C" {
    /// The app's store.
    type Store;

    #[wasm_bindgen(method, getter, catch)]
    fn load(this: &Store) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, getter, catch)]
    fn save(this: &Store) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, getter, catch)]
    fn lock(this: &Store) -> Result<JsValue, JsValue>;

    /// The options of `tokens` and of `accessToken`.
    type Options;

    #[wasm_bindgen(method, getter, catch)]
    fn skew(this: &Options) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, getter, catch)]
    fn rejected(this: &Options) -> Result<JsValue, JsValue>;

    /// Tokens as they are stored.
    #[derive(Clone)]
    type StoredTokens;

    #[wasm_bindgen(method, getter, catch, js_name = accessToken)]
    fn access_token(this: &StoredTokens) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, getter, catch, js_name = accessTokenExpiresIn)]
    fn expires_in(this: &StoredTokens) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, getter, catch, js_name = refreshToken)]
    fn refresh_token(this: &StoredTokens) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, getter, catch, js_name = expiresAt)]
    fn expires_at(this: &StoredTokens) -> Result<JsValue, JsValue>;

    /// What the methods of `tokens` are bound to.
    type Keeper;

    #[wasm_bindgen(method, getter)]
    fn problem(this: &Keeper) -> JsValue;

    #[wasm_bindgen(method, getter)]
    fn app(this: &Keeper) -> JsValue;

    #[wasm_bindgen(method, getter)]
    fn store(this: &Keeper) -> Store;

    #[wasm_bindgen(method, getter)]
    fn skew(this: &Keeper) -> f64;

    #[wasm_bindgen(method, getter, js_name = inFlight)]
    fn in_flight(this: &Keeper) -> JsValue;

    /// One call of `accessToken` while it waits.
    #[wasm_bindgen(js_name = Renewal)]
    type Call;

    #[wasm_bindgen(method, getter, js_class = Renewal)]
    fn keeper(this: &Call) -> Keeper;

    #[wasm_bindgen(method, getter, js_class = Renewal)]
    fn rejected(this: &Call) -> JsValue;

    #[wasm_bindgen(method, getter, js_class = Renewal)]
    fn bits(this: &Call) -> u32;

    #[wasm_bindgen(method, setter, js_class = Renewal)]
    fn set_bits(this: &Call, value: u32);

    #[wasm_bindgen(method, getter, js_class = Renewal)]
    fn awaited(this: &Call) -> u32;

    #[wasm_bindgen(method, setter, js_class = Renewal)]
    fn set_awaited(this: &Call, value: u32);

    /// The tokens at hand, `undefined` before the first were loaded.
    #[wasm_bindgen(method, getter, js_class = Renewal)]
    fn current(this: &Call) -> JsValue;

    #[wasm_bindgen(method, setter, js_class = Renewal)]
    fn set_current(this: &Call, value: &JsValue);

    /// The new tokens.
    #[wasm_bindgen(method, getter, js_class = Renewal, js_name = next)]
    fn new_tokens(this: &Call) -> JsValue;

    #[wasm_bindgen(method, setter, js_class = Renewal, js_name = next)]
    fn set_next(this: &Call, value: &JsValue);

    /// What went wrong last.
    #[wasm_bindgen(method, getter, js_class = Renewal)]
    fn error(this: &Call) -> JsValue;

    #[wasm_bindgen(method, setter, js_class = Renewal)]
    fn set_error(this: &Call, value: &JsValue);

    #[wasm_bindgen(method, setter, js_class = Renewal, js_name = isDone)]
    fn set_is_done(this: &Call, value: bool);
}

#[wasm_bindgen(module = "/src/js/syntax.js")]
extern "C" {
    #[wasm_bindgen(catch, js_name = newKeeper)]
    fn new_keeper(
        problem: &JsValue,
        app: &JsValue,
        store: &JsValue,
        skew: f64,
    ) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(catch, js_name = newTokens)]
    fn new_tokens(
        keeper: &JsValue,
        access_token: &JsValue,
        set: &JsValue,
    ) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(catch, js_name = newRenewal)]
    fn new_renewal(keeper: &Keeper, rejected: &JsValue, bits: u32) -> Result<Call, JsValue>;

    #[wasm_bindgen(catch, js_name = load)]
    fn load_from(store: &Store) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(catch, js_name = save)]
    fn save_to(store: &Store, next: &JsValue, previous: &JsValue) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(catch, js_name = lock)]
    fn with_lock(store: &Store, context: &JsValue, next: &JsValue) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(catch)]
    fn replace(store: &Store, next: &JsValue, tries: u32) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(catch, js_name = storedTokens)]
    fn stored_tokens(tokens: &JsValue, expires_at: f64) -> Result<JsValue, JsValue>;
}

thread_local! {
    static ACCESS_TOKEN: JsValue =
        Closure::<dyn Fn(JsValue, JsValue) -> Promise>::new(access_token).into_js_value();

    static SET: JsValue =
        Closure::<dyn Fn(JsValue, JsValue) -> Promise>::new(set).into_js_value();

    static NEXT: Next = Next::new(next);

    static REPLACED: Array = Array::of1(&step(|_, is_replaced| {
        if is_replaced.is_truthy() {
            Ok(JsValue::UNDEFINED)
        } else {
            Err(Error::StoreConflict.into())
        }
    }));
}

/// `tokens`: joins the app to a store. Never throws: what is wrong shows when a method is called.
pub fn tokens(app: JsValue, store: JsValue, options: JsValue) -> Result<JsValue, JsValue> {
    let checked = app
        .unchecked_ref::<App>()
        .check()
        .and_then(|()| check_store(&store))
        .and_then(|()| read_skew(&options));
    let keeper = match checked {
        Ok(skew) => new_keeper(&JsValue::UNDEFINED, &app, &store, skew),
        Err(problem) => new_keeper(&problem, &app, &store, 0.0),
    }?;
    ACCESS_TOKEN.with(|access_token| SET.with(|set| new_tokens(&keeper, access_token, set)))
}

fn check_store(value: &JsValue) -> Result<(), JsValue> {
    if !has_properties(value) {
        let expected = "an object with load and save";
        return Err(invalid("store", expected, describe(value)).into());
    }
    let store: &Store = value.unchecked_ref();
    let lock = store.lock()?;
    let methods = [
        ("store.load", store.load()?, false),
        ("store.save", store.save()?, false),
        (
            "store.lock",
            lock.clone(),
            lock.is_undefined() || lock.is_null(),
        ),
    ];
    for (name, method, may_be_missing) in methods {
        if !may_be_missing && !method.is_function() {
            return Err(invalid(name, "a function", describe(&method)).into());
        }
    }
    Ok(())
}

fn read_skew(options: &JsValue) -> Result<f64, JsValue> {
    if !has_properties(options) {
        return Ok(skew(None)?);
    }
    let value = options.unchecked_ref::<Options>().skew()?;
    if value.is_undefined() || value.is_null() {
        return Ok(skew(None)?);
    }
    match value.as_f64() {
        Some(seconds) => Ok(skew(Some(seconds))?),
        None => Err(invalid_skew(describe(&value)).into()),
    }
}

fn access_token(keeper: JsValue, options: JsValue) -> Promise {
    let keeper: Keeper = keeper.unchecked_into();
    let given = refuse(keeper.problem()).and_then(|()| {
        let rejected = rejected(&options)?;
        let can_lock = keeper.store().lock()?.is_function();
        let call = new_renewal(&keeper, &rejected, Renewal::new(can_lock).to_bits())?;
        NEXT.with(|next| next.share(&keeper.in_flight(), &rejected, &call))
    });
    given.unwrap_or_else(|reason| Promise::reject(&reason))
}

/// The access token that an API has rejected, or `undefined`.
fn rejected(options: &JsValue) -> Result<JsValue, JsValue> {
    if !has_properties(options) {
        return Ok(JsValue::UNDEFINED);
    }
    let rejected = options.unchecked_ref::<Options>().rejected()?;
    match member(&rejected) {
        Member::Absent(_) => Ok(JsValue::UNDEFINED),
        Member::String(_) => Ok(rejected),
        Member::Other(received) => {
            Err(invalid("options.rejected", "an access token", received).into())
        }
    }
}

/// Tells what has happened by what was awaited, and does what is to be done then.
fn next(call: JsValue, value: JsValue, has_failed: bool) -> Result<JsValue, JsValue> {
    let call: Call = call.unchecked_into();
    if has_failed {
        call.set_error(&value);
    }
    let event = match (call.awaited(), has_failed) {
        (LOAD, false) => Event::Loaded(loaded(&call, &value)?),
        (REFRESH, false) => {
            call.set_next(&value);
            Event::Refreshed
        }
        (REFRESH, true) if failure::action(&value) == Action::Reauthorize.name() => Event::Refused,
        (REFRESH, true) => Event::RefreshFailed(validity(&call, call.current().unchecked_ref())?),
        (SAVE, false) => Event::Saved(value != false),
        (SAVE, true) => Event::SaveFailed,
        (PAUSE, false) => Event::Paused,
        (_, true) => return Err(value),
        _ => return load(&call),
    };
    let (renewal, effect) = Renewal::from_bits(call.bits()).next(event);
    call.set_bits(renewal.to_bits());
    match effect {
        Effect::Load => load(&call),
        Effect::Lock => lock(&call),
        Effect::Refresh => {
            call.set_awaited(REFRESH);
            let refresh_token = call
                .current()
                .unchecked_ref::<StoredTokens>()
                .refresh_token()?;
            Ok(refresh_tokens(call.keeper().app(), refresh_token).into())
        }
        Effect::Save => {
            call.set_awaited(SAVE);
            save_to(&call.keeper().store(), &call.new_tokens(), &call.current())
        }
        Effect::Pause(milliseconds) => {
            call.set_awaited(PAUSE);
            pause(milliseconds)
        }
        Effect::Give => give(&call, call.current()),
        Effect::GiveNew => give(&call, call.new_tokens()),
        Effect::Reject => Err(call.error()),
        Effect::RejectEmpty => Err(Error::NoTokens.into()),
        Effect::RejectConflict => Err(Error::StoreConflict.into()),
    }
}

fn load(call: &Call) -> Result<JsValue, JsValue> {
    call.set_awaited(LOAD);
    load_from(&call.keeper().store())
}

/// Begins again with the lock.
fn lock(call: &Call) -> Result<JsValue, JsValue> {
    call.set_is_done(true);
    let keeper = call.keeper();
    let locked = new_renewal(&keeper, &call.rejected(), Renewal::new(false).to_bits())?;
    NEXT.with(|next| with_lock(&keeper.store(), &locked, next.as_value()))
}

fn give(call: &Call, tokens: JsValue) -> Result<JsValue, JsValue> {
    call.set_is_done(true);
    tokens.unchecked_ref::<StoredTokens>().access_token()
}

/// Takes what was loaded as the tokens at hand.
fn loaded(call: &Call, value: &JsValue) -> Result<Stored, JsValue> {
    if value.is_undefined() || value.is_null() {
        return Ok(Stored::Nothing);
    }
    if !has_properties(value) {
        return Err(invalid("store.load()", "null or tokens", describe(value)).into());
    }
    let tokens: &StoredTokens = value.unchecked_ref();
    argument("store.load().accessToken", kind(&tokens.access_token()?))?;
    let validity = validity(call, tokens)?;
    let before = call.current();
    let changed = before.is_undefined() || {
        let before: &StoredTokens = before.unchecked_ref();
        before.access_token()? != tokens.access_token()?
            || before.refresh_token()? != tokens.refresh_token()?
    };
    call.set_current(value);
    Ok(Stored::Tokens { validity, changed })
}

fn validity(call: &Call, tokens: &StoredTokens) -> Result<Validity, JsValue> {
    let value = tokens.expires_at()?;
    let Some(expires_at) = value.as_f64() else {
        let expected = "a number of milliseconds since the epoch";
        return Err(invalid("store.load().expiresAt", expected, describe(&value)).into());
    };
    let was_rejected = tokens.access_token()? == call.rejected();
    let margin = call.keeper().skew();
    Ok(Validity::new(expires_at, Date::now(), margin, was_rejected))
}

fn set(keeper: JsValue, tokens: JsValue) -> Promise {
    let keeper: Keeper = keeper.unchecked_into();
    let replaced = refuse(keeper.problem()).and_then(|()| {
        let tokens = to_store(&tokens)?;
        replace(&keeper.store(), &tokens, MAX_REPLACEMENTS)
    });
    match replaced {
        Ok(replaced) => {
            let nothing = &JsValue::UNDEFINED;
            REPLACED.with(|steps| run(nothing, &replaced, steps, nothing))
        }
        Err(reason) => Promise::reject(&reason),
    }
}

/// Checks the tokens of a sign-in, and adds when they expire.
fn to_store(value: &JsValue) -> Result<JsValue, JsValue> {
    if !has_properties(value) {
        let expected = "the tokens of a sign-in";
        return Err(invalid("tokens", expected, describe(value)).into());
    }
    let tokens: &StoredTokens = value.unchecked_ref();
    argument("tokens.accessToken", kind(&tokens.access_token()?))?;
    let refresh_token = tokens.refresh_token()?;
    if !refresh_token.is_null() && kind(&refresh_token) != Kind::NonEmptyString {
        let received = describe(&refresh_token);
        return Err(invalid("tokens.refreshToken", "a string or null", received).into());
    }
    let given = tokens.expires_at()?;
    let expires_at = match given.as_f64() {
        Some(expires_at) => expires_at,
        None if given.is_undefined() => expires_at(Date::now(), &tokens.expires_in()?),
        None => {
            let expected = "a number of milliseconds since the epoch";
            return Err(invalid("tokens.expiresAt", expected, describe(&given)).into());
        }
    };
    stored_tokens(value, expires_at)
}
