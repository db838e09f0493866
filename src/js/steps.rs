//! The two ways in which a method awaits more than one promise. Steps are functions that run in a fixed order, each with
//! the awaited result of the one before. A state machine decides after each wait what to await next. Both are made once
//! for the module; the rest is in a context, a JavaScript value that belongs to one call of a method. Waiting itself is
//! left to `waiting.js`.

use js_sys::{Array, Promise};
use wasm_bindgen::prelude::*;

use super::lazy::LazyValue;

#[wasm_bindgen]
extern "C" {
    /// The context of a [`StateMachine`].
    pub type StateMachineContext;

    /// Ends the run: what the transition gives now is the outcome.
    #[wasm_bindgen(method, setter, js_name = isDone)]
    pub fn set_is_done(this: &StateMachineContext, value: bool);
}

#[wasm_bindgen(module = "/src/js/waiting.js")]
extern "C" {
    /// Calls each step with the context and the awaited value before it, and returns the promise of the last. `steps` is
    /// an array. `on_rejected`, if it is not `undefined`, is a step that gets what one of them throws or rejects with.
    #[wasm_bindgen(js_name = runSteps)]
    pub fn run_steps(
        context: &JsValue,
        value: &JsValue,
        steps: &JsValue,
        on_rejected: &JsValue,
    ) -> Promise;

    // It starts a timer, whose function may be the app's.
    #[wasm_bindgen(catch, js_name = runShared)]
    fn run_shared(
        in_flight: &JsValue,
        key: &JsValue,
        context: &JsValue,
        transition: &JsValue,
    ) -> Result<Promise, JsValue>;

    /// A promise that is resolved after this time.
    pub fn sleep(milliseconds: u32) -> JsValue;
}

#[wasm_bindgen(module = "/src/js/steps.js")]
extern "C" {
    /// The step of this name that is JavaScript.
    #[wasm_bindgen(js_name = getStep)]
    pub fn imported_step(name: &str) -> JsValue;
}

/// Makes a step of a function, which captures nothing: see [`function`].
pub fn step<F: Fn(JsValue, JsValue) -> Result<JsValue, JsValue> + 'static>(step: F) -> JsValue {
    function(move |context, value, _| step(context, value))
}

/// Makes a JavaScript function of one that captures nothing: what it captured would stay behind in the old
/// memory when `start.js` replaces the instance. All have one type, since the bindings make code for each.
pub fn function<F: Fn(JsValue, JsValue, JsValue) -> Result<JsValue, JsValue> + 'static>(
    function: F,
) -> JsValue {
    const { assert!(size_of::<F>() == 0) };
    Closure::<dyn Fn(JsValue, JsValue, JsValue) -> Result<JsValue, JsValue>>::new(function)
        .into_js_value()
}

/// A promise that is resolved with the value or rejected with the reason.
pub fn to_promise(result: Result<JsValue, JsValue>) -> Promise {
    match result {
        Ok(value) => Promise::resolve(&value),
        Err(reason) => Promise::reject(&reason),
    }
}

/// No steps: what is awaited is all.
pub static NO_STEPS: LazyValue = LazyValue::new(|| Array::new().into());

/// A promise of what a method of the app returned, by `await`, or a rejection with what it threw.
pub fn to_awaited_promise(result: Result<JsValue, JsValue>) -> Promise {
    match result {
        Ok(value) => run_steps(&JsValue::UNDEFINED, &value, &NO_STEPS, &JsValue::UNDEFINED),
        Err(reason) => Promise::reject(&reason),
    }
}

/// A state machine, whose state is in a context. Its transition is a function of the context, of what was awaited last or
/// what that failed with, and of whether it failed; it gives the next value to await. It ends the run by
/// [`StateMachineContext::set_is_done`].
pub struct StateMachine(LazyValue);

impl StateMachine {
    /// Takes what makes its transition, by [`function`].
    pub const fn new(make_transition: fn() -> JsValue) -> Self {
        Self(LazyValue::new(make_transition))
    }

    /// Its transition as a JavaScript function.
    pub fn transition(&self) -> &JsValue {
        &self.0
    }

    /// Runs to the end; shares the run of another call with the same key that has not ended yet.
    pub fn run_shared(
        &self,
        in_flight: &JsValue,
        key: &JsValue,
        context: &JsValue,
    ) -> Result<Promise, JsValue> {
        run_shared(in_flight, key, context, &self.0)
    }
}
