//! The two ways in which a method awaits several promises. Steps are functions in a fixed order, each with the awaited
//! result of the step before. A state machine chooses the next promise after each wait. Both are created once for the
//! module; their data is in a context, a JavaScript value of one call. `waiting.js` waits.

use js_sys::{Array, Function, Map, Promise};
use wasm_bindgen::prelude::*;

use super::lazy::LazyValue;

#[wasm_bindgen]
extern "C" {
    /// The context of a [`StateMachine`].
    pub type StateMachineContext;

    /// Ends the run: the transition now returns the result.
    #[wasm_bindgen(method, setter, js_name = isDone)]
    pub fn set_is_done(this: &StateMachineContext, value: bool);
}

#[wasm_bindgen(module = "/src/js/waiting.js")]
extern "C" {
    /// Calls each step with the context and the awaited value before it, and returns the promise of the last.
    /// `on_rejected` is a step that gets the error of any step.
    #[wasm_bindgen(js_name = runSteps)]
    pub fn run_steps(
        context: &JsValue,
        value: &JsValue,
        steps: &Array,
        on_rejected: Option<&Function>,
    ) -> Promise;

    // It calls `setInterval`, which the app may have replaced.
    #[wasm_bindgen(catch, js_name = runShared)]
    fn run_shared(
        in_flight: &Map,
        key: &JsValue,
        context: &JsValue,
        transition: &Function,
    ) -> Result<Promise, JsValue>;

    #[wasm_bindgen(js_name = runStateMachine)]
    fn run_state_machine(context: &JsValue, transition: &Function) -> Promise;

    /// A promise that resolves after this time.
    pub fn sleep(milliseconds: u32) -> Promise;
}

#[wasm_bindgen(module = "/src/js/steps.js")]
extern "C" {
    /// The step of this name in JavaScript.
    #[wasm_bindgen(js_name = jsStep)]
    pub fn js_step(name: &str) -> Function;
}

/// Turns a function that captures nothing into a step: see [`js_function`].
pub fn step<F: Fn(JsValue, JsValue) -> Result<JsValue, JsValue> + 'static>(step: F) -> Function {
    js_function(move |context, value, _| step(context, value))
}

/// Turns a function that captures nothing into a JavaScript function: captured values would stay in the old memory
/// when `start.js` replaces the instance. All have the same type, because the bindings add code for each type.
pub fn js_function<F: Fn(JsValue, JsValue, JsValue) -> Result<JsValue, JsValue> + 'static>(
    function: F,
) -> Function {
    const { assert!(size_of::<F>() == 0) };
    Closure::<dyn Fn(JsValue, JsValue, JsValue) -> Result<JsValue, JsValue>>::new(function)
        .into_js_value()
        .unchecked_into()
}

/// A promise that resolves to the value or rejects with the reason.
pub fn to_promise(result: Result<JsValue, JsValue>) -> Promise {
    match result {
        Ok(value) => Promise::resolve(&value),
        Err(reason) => Promise::reject(&reason),
    }
}

/// No steps: the awaited value is the result.
pub static NO_STEPS: LazyValue<Array> = LazyValue::new(Array::new);

/// A promise of the awaited result of an app's method, or a rejection with its error.
pub fn to_awaited_promise(result: Result<JsValue, JsValue>) -> Promise {
    match result {
        Ok(value) => run_steps(&JsValue::UNDEFINED, &value, &NO_STEPS, None),
        Err(reason) => Promise::reject(&reason),
    }
}

/// A state machine, whose state is in a context. Its transition chooses the next value to await. The arguments are the
/// context, the last awaited value or its error, and a flag for an error. [`StateMachineContext::set_is_done`] ends
/// the run.
pub struct StateMachine(LazyValue<Function>);

impl StateMachine {
    /// Creates a state machine; `make_transition` creates its transition by [`js_function`].
    pub const fn new(make_transition: fn() -> Function) -> Self {
        Self(LazyValue::new(make_transition))
    }

    /// Its transition as a JavaScript function.
    pub fn transition(&self) -> &Function {
        &self.0
    }

    /// Runs to the end.
    pub fn run(&self, context: &JsValue) -> Promise {
        run_state_machine(context, &self.0)
    }

    /// Runs to the end, or shares a running call with the same key.
    pub fn run_shared(
        &self,
        in_flight: &Map,
        key: &JsValue,
        context: &JsValue,
    ) -> Result<Promise, JsValue> {
        run_shared(in_flight, key, context, &self.0)
    }
}
