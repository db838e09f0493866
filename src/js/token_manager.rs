//! `tokens(store)`: keeps one user's tokens valid in a store of the app. `crate::oauth::token_manager` chooses each
//! step; this module performs it.

use js_sys::{Array, Date, Function, Promise};
use wasm_bindgen::prelude::*;

use super::configuration::{Configuration, MethodData};
use super::error_response;
use super::steps::{StateMachine, StateMachineContext, js_function, sleep};
use super::tokens::{expires_at, refresh_tokens};
use super::value::{check_argument, describe, get, has_properties, invalid, read_option};
use crate::classification::Action;
use crate::config::{check_skew, invalid_skew};
use crate::error::Error;
use crate::oauth::token_manager::{
    Change, Effect, Event, State, Stored, Validity, refreshes_for_rejection, set_retry_delay,
};
use crate::value::Value;

// The effect for which a call waits, as a number in its context. 0 is the beginning.
const LOAD: u32 = 1;
const REFRESH: u32 = 2;
const SAVE: u32 = 3;
const SLEEP: u32 = 4;

#[wasm_bindgen]
extern "C" {
    /// The shared data of the methods of `tokens`.
    #[wasm_bindgen(extends = MethodData)]
    pub type TokenManager;

    #[wasm_bindgen(method, getter)]
    fn store(this: &TokenManager) -> JsValue;

    // A call of `accessToken` or `set`: it has the members of its manager.
    #[wasm_bindgen(extends = TokenManager, extends = super::configuration::CallContext, extends = StateMachineContext)]
    type TokenManagerContext;

    #[wasm_bindgen(method, getter)]
    fn manager(this: &TokenManagerContext) -> TokenManager;

    #[wasm_bindgen(method, getter)]
    fn skew(this: &TokenManagerContext) -> f64;

    #[wasm_bindgen(method, getter)]
    fn rejected(this: &TokenManagerContext) -> JsValue;

    /// The number of a `crate::oauth::token_manager::State`, or the number of conflicts of `set`.
    #[wasm_bindgen(method, getter)]
    fn state(this: &TokenManagerContext) -> u32;

    #[wasm_bindgen(method, setter)]
    fn set_state(this: &TokenManagerContext, value: u32);

    #[wasm_bindgen(method, getter)]
    fn awaited(this: &TokenManagerContext) -> u32;

    #[wasm_bindgen(method, setter)]
    fn set_awaited(this: &TokenManagerContext, value: u32);

    /// The current tokens, `undefined` before the first load.
    #[wasm_bindgen(method, getter)]
    fn current(this: &TokenManagerContext) -> JsValue;

    #[wasm_bindgen(method, setter)]
    fn set_current(this: &TokenManagerContext, value: &JsValue);

    /// The new tokens.
    #[wasm_bindgen(method, getter)]
    fn next(this: &TokenManagerContext) -> JsValue;

    #[wasm_bindgen(method, setter)]
    fn set_next(this: &TokenManagerContext, value: &JsValue);

    /// The last error.
    #[wasm_bindgen(method, getter)]
    fn error(this: &TokenManagerContext) -> JsValue;

    #[wasm_bindgen(method, setter)]
    fn set_error(this: &TokenManagerContext, value: &JsValue);
}

#[wasm_bindgen(module = "/src/js/token_manager.js")]
extern "C" {
    #[wasm_bindgen(js_name = newTokenManager)]
    fn new_token_manager(
        exports: &JsValue,
        argument_error: Option<&Array>,
        configuration: &Configuration,
        store: &JsValue,
        skew: f64,
    ) -> JsValue;

    #[wasm_bindgen(js_name = newTokenManagerContext)]
    fn new_token_manager_context(
        manager: &TokenManager,
        rejected: &JsValue,
        state: u32,
    ) -> TokenManagerContext;

    // Values that are not JSON differ.
    #[wasm_bindgen(js_name = hasSameJson)]
    fn has_same_json(tokens: &JsValue, other: &JsValue) -> bool;

    #[wasm_bindgen(catch, js_name = load)]
    fn load_from(store: &JsValue) -> Result<JsValue, JsValue>;

    // It also saves the other members of the current tokens.
    #[wasm_bindgen(catch, js_name = save)]
    fn save_to_store(context: &TokenManagerContext) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(catch, js_name = lock)]
    fn with_lock(
        store: &JsValue,
        context: &TokenManagerContext,
        transition: &Function,
    ) -> Result<JsValue, JsValue>;

    // It loads, and saves the next tokens in place of the loaded ones.
    #[wasm_bindgen(catch, js_name = trySet)]
    fn try_set(context: &TokenManagerContext) -> Result<JsValue, JsValue>;

    // It reads all members of the app's object.
    #[wasm_bindgen(catch, js_name = newTokens)]
    fn new_tokens(tokens: &JsValue, expires_at: f64) -> Result<JsValue, JsValue>;
}

static ACCESS_TOKEN_MACHINE: StateMachine = StateMachine::new(|| js_function(transition));

static SET_MACHINE: StateMachine = StateMachine::new(|| js_function(set_transition));

/// `tokens`: connects the app to a store. If an argument is wrong, the methods of the result reject.
#[wasm_bindgen(js_name = tokens, skip_typescript)]
pub fn token_manager(configuration: Configuration, store: JsValue, options: JsValue) -> JsValue {
    let checked = configuration
        .check()
        .and_then(|()| check_store(&store))
        .and_then(|()| read_skew(&options));
    let (argument_error, skew) = match checked {
        Ok(skew) => (None, skew),
        Err(error) => (Some(Array::of1(&error)), 0.0),
    };
    new_token_manager(
        &wasm_bindgen::exports(),
        argument_error.as_ref(),
        &configuration,
        &store,
        skew,
    )
}

fn check_store(value: &JsValue) -> Result<(), JsValue> {
    if !has_properties(value) {
        let expected = "an object with load and save";
        return Err(invalid("store", expected, value));
    }
    for name in ["load", "save", "lock"] {
        let method = get(value, name)?;
        let may_be_missing = name == "lock" && method.is_null_or_undefined();
        if !may_be_missing && !method.is_function() {
            return Err(invalid(&["store.", name].concat(), "a function", &method));
        }
    }
    Ok(())
}

fn read_skew(options: &JsValue) -> Result<f64, JsValue> {
    let value = read_option(options, "skew")?.unwrap_or_default();
    if value.is_null_or_undefined() {
        return Ok(check_skew(None)?);
    }
    match value.as_f64() {
        Some(seconds) => Ok(check_skew(Some(seconds))?),
        None => Err(invalid_skew(describe(&value)).into()),
    }
}

/// `accessToken`: a valid access token, refreshed if necessary.
#[wasm_bindgen(js_name = accessToken, skip_typescript)]
pub fn access_token(manager: TokenManager, options: JsValue) -> Promise {
    let given = manager.check().and_then(|()| {
        let rejected = rejected(&options)?;
        let can_lock = get(&manager.store(), "lock")?.is_function();
        let context =
            new_token_manager_context(&manager, &rejected, State::new(can_lock).to_bits());
        ACCESS_TOKEN_MACHINE.run_shared(&manager.in_flight(), &rejected, &context)
    });
    given.unwrap_or_else(|reason| Promise::reject(&reason))
}

/// The access token that an API refused, or `undefined`.
fn rejected(options: &JsValue) -> Result<JsValue, JsValue> {
    let rejected = read_option(options, "rejected")?.unwrap_or_default();
    match Value::from(&rejected) {
        Value::Absent(_) => Ok(JsValue::UNDEFINED),
        Value::String(_) => Ok(rejected),
        Value::Other(_) => Err(invalid("options.rejected", "an access token", &rejected)),
    }
}

/// Translates the result of a wait into an event, and performs the effect.
fn transition(context: JsValue, value: JsValue, has_failed: JsValue) -> Result<JsValue, JsValue> {
    let has_failed = has_failed.is_truthy();
    let context: TokenManagerContext = context.unchecked_into();
    if has_failed {
        context.set_error(&value);
    }
    let event = match (context.awaited(), has_failed) {
        (LOAD, false) => Event::Loaded(loaded(&context, &value)?),
        (LOAD, true) => Event::LoadFailed,
        (REFRESH, false) => {
            context.set_next(&value);
            Event::Refreshed
        }
        (REFRESH, true) if error_response::action(&value) == Action::Reauthorize.name() => {
            Event::Refused
        }
        (REFRESH, true) => Event::RefreshFailed(validity(&context, &context.current())?),
        (SAVE, false) => Event::Saved(is_saved(&value)),
        (SAVE, true) => Event::SaveFailed,
        (SLEEP, false) => Event::Slept,
        (_, true) => return Err(value),
        _ => return load(&context),
    };
    let (state, effect) = State::from_bits(context.state()).next(event);
    context.set_state(state.to_bits());
    match effect {
        Effect::Load => load(&context),
        Effect::Lock => lock(&context),
        Effect::Refresh => {
            context.set_awaited(REFRESH);
            context.set_next(&JsValue::UNDEFINED);
            let refresh_token = get(&context.current(), "refreshToken")?;
            Ok(refresh_tokens(
                AsRef::<super::configuration::CallContext>::as_ref(&context).configuration(),
                refresh_token,
            )
            .into())
        }
        Effect::Save => {
            context.set_awaited(SAVE);
            save_to_store(&context)
        }
        Effect::Sleep(milliseconds) => {
            context.set_awaited(SLEEP);
            Ok(sleep(milliseconds).into())
        }
        Effect::Resolve => resolve(&context, context.current()),
        Effect::ResolveNew => resolve(&context, context.next()),
        Effect::Reject => Err(context.error()),
        Effect::RejectEmpty => Err(Error::NoTokens.into()),
        Effect::RejectConflict => Err(Error::StoreConflict.into()),
    }
}

/// Whether `save` saved the tokens: also if it resolves to `undefined`.
fn is_saved(value: &JsValue) -> bool {
    value.is_truthy() || value.is_undefined()
}

fn load(context: &TokenManagerContext) -> Result<JsValue, JsValue> {
    context.set_awaited(LOAD);
    load_from(&context.store())
}

/// Starts again with the lock.
fn lock(context: &TokenManagerContext) -> Result<JsValue, JsValue> {
    AsRef::<StateMachineContext>::as_ref(context).set_is_done(true);
    let locked = new_token_manager_context(
        &context.manager(),
        &context.rejected(),
        State::new(false).to_bits(),
    );
    with_lock(&context.store(), &locked, ACCESS_TOKEN_MACHINE.transition())
}

fn resolve(context: &TokenManagerContext, tokens: JsValue) -> Result<JsValue, JsValue> {
    AsRef::<StateMachineContext>::as_ref(context).set_is_done(true);
    get(&tokens, "accessToken")
}

/// Makes the loaded tokens the current ones.
fn loaded(context: &TokenManagerContext, value: &JsValue) -> Result<Stored, JsValue> {
    if value.is_null_or_undefined() {
        return Ok(Stored::Nothing);
    }
    if !has_properties(value) {
        return Err(invalid("store.load()", "null or tokens", value));
    }
    check_argument("store.load().accessToken", &get(value, "accessToken")?)?;
    let stored = Stored::Tokens {
        validity: validity(context, value)?,
        change: change(context, value)?,
    };
    context.set_current(value);
    Ok(stored)
}

/// The validity of stored tokens. Their `rejectedAt` is the time of the last refresh after an API had refused an access
/// token.
fn validity(context: &TokenManagerContext, tokens: &JsValue) -> Result<Validity, JsValue> {
    let expires_at = time("store.load().expiresAt", &get(tokens, "expiresAt")?)?;
    let now = Date::now();
    let refreshed_at = get(tokens, "rejectedAt")?.as_f64().unwrap_or(f64::NAN);
    let was_rejected = get(tokens, "accessToken")? == context.rejected()
        && refreshes_for_rejection(refreshed_at, now);
    Ok(Validity::new(expires_at, now, context.skew(), was_rejected))
}

/// The difference between stored tokens and the current ones. If only the access token differs, and this call has a new,
/// unsaved refresh token, its tokens are still the latest.
fn change(context: &TokenManagerContext, tokens: &JsValue) -> Result<Change, JsValue> {
    let (current, next) = (context.current(), context.next());
    if current.is_undefined() || differ("refreshToken", &current, tokens)? {
        return Ok(Change::Tokens);
    }
    let is_rotated = !next.is_undefined() && differ("refreshToken", &next, &current)?;
    if !is_rotated && differ("accessToken", &current, tokens)? {
        return Ok(Change::Tokens);
    }
    Ok(if has_same_json(&current, tokens) {
        Change::None
    } else {
        Change::Members
    })
}

#[inline(never)]
fn differ(name: &str, one: &JsValue, other: &JsValue) -> Result<bool, JsValue> {
    Ok(get(one, name)? != get(other, name)?)
}

fn time(field: &str, value: &JsValue) -> Result<f64, JsValue> {
    let expected = "a number of milliseconds since the epoch";
    let time = value.as_f64().filter(|time| time.is_finite());
    time.ok_or_else(|| invalid(field, expected, value))
}

/// `set`: stores the tokens of a sign-in.
#[wasm_bindgen(js_name = setTokens, skip_typescript)]
pub fn set(manager: TokenManager, tokens: JsValue) -> Promise {
    let promise = manager.check().and_then(|()| {
        let expires_at = check_tokens(&tokens)?;
        let context = new_token_manager_context(&manager, &JsValue::UNDEFINED, 0);
        context.set_next(&new_tokens(&tokens, expires_at)?);
        Ok(SET_MACHINE.run(&context))
    });
    promise.unwrap_or_else(|reason| Promise::reject(&reason))
}

/// Saves until the store has the tokens. The state is the number of conflicts.
fn set_transition(
    context: JsValue,
    value: JsValue,
    has_failed: JsValue,
) -> Result<JsValue, JsValue> {
    let context: TokenManagerContext = context.unchecked_into();
    if has_failed.is_truthy() {
        return Err(value);
    }
    match context.awaited() {
        SAVE if is_saved(&value) => {
            AsRef::<StateMachineContext>::as_ref(&context).set_is_done(true);
            Ok(JsValue::UNDEFINED)
        }
        SAVE => {
            let conflicts = context.state().saturating_add(1);
            context.set_state(conflicts);
            let delay = set_retry_delay(conflicts).ok_or(Error::StoreConflict)?;
            context.set_awaited(SLEEP);
            Ok(sleep(delay).into())
        }
        _ => {
            context.set_awaited(SAVE);
            try_set(&context)
        }
    }
}

/// Checks the tokens of a sign-in, and returns their expiry.
fn check_tokens(value: &JsValue) -> Result<f64, JsValue> {
    if !has_properties(value) {
        let expected = "the tokens of a sign-in";
        return Err(invalid("tokens", expected, value));
    }
    check_argument("tokens.accessToken", &get(value, "accessToken")?)?;
    let refresh_token = get(value, "refreshToken")?;
    // A response may have an empty refresh token: it counts as missing.
    if !refresh_token.is_null() && !refresh_token.is_string() {
        let expected = "a string or null";
        return Err(invalid("tokens.refreshToken", expected, &refresh_token));
    }
    let given = get(value, "expiresAt")?;
    if given.is_undefined() {
        return Ok(expires_at(
            Date::now(),
            &get(value, "accessTokenExpiresIn")?,
        ));
    }
    time("tokens.expiresAt", &given)
}
