//! Steps: functions that are called one after the other, each with the awaited result of the one before. They are made
//! once for the module; what they need besides is in a context, a JavaScript value that belongs to one call of a method.
//! Waiting itself is left to `waiting.js`.

use js_sys::{Array, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen::throw_val;

use super::lazy::LazyValue;

#[wasm_bindgen]
extern "C" {
    /// The context of a [`Next`].
    pub type Context;

    /// Ends the run: what is given now is its outcome.
    #[wasm_bindgen(method, setter, js_name = isDone)]
    pub fn set_is_done(this: &Context, value: bool);
}

#[wasm_bindgen(module = "/src/js/waiting.js")]
extern "C" {
    // Where the stack is full, it throws.
    #[wasm_bindgen(catch, js_name = run)]
    fn run_steps(
        context: &JsValue,
        value: &JsValue,
        steps: &JsValue,
        rescue: &JsValue,
    ) -> Result<Promise, JsValue>;

    #[wasm_bindgen(catch, js_name = share)]
    fn share_drive(
        in_flight: &JsValue,
        key: &JsValue,
        context: &JsValue,
        next: &JsValue,
    ) -> Result<Promise, JsValue>;

    /// A promise of `undefined` that takes its time.
    #[wasm_bindgen(catch)]
    pub fn pause(milliseconds: u32) -> Result<JsValue, JsValue>;
}

#[wasm_bindgen(module = "/src/js/steps.js")]
extern "C" {
    #[wasm_bindgen(catch, js_name = getStep)]
    fn get_step(name: &str) -> Result<JsValue, JsValue>;
}

/// Calls each step with the context and the awaited value before it, and gives the promise of the
/// last. `steps` is an array. `rescue`, unless it is `undefined`, is a step for what one of them throws.
pub fn run(context: &JsValue, value: &JsValue, steps: &JsValue, rescue: &JsValue) -> Promise {
    run_steps(context, value, steps, rescue).unwrap_or_else(|reason| Promise::reject(&reason))
}

/// Makes a step of a function, which captures nothing: see [`function`].
pub fn step<F: Fn(JsValue, JsValue) -> Result<JsValue, JsValue> + 'static>(step: F) -> JsValue {
    function(move |context, value, _| step(context, value))
}

/// The step of this name that is JavaScript.
pub fn imported_step(name: &str) -> JsValue {
    unwrap_or_throw(get_step(name))
}

/// The value, or a throw, for the initializer of a lazy value. It fails where the stack is full: then the instance is
/// given up, and nothing stays behind.
#[inline(never)]
pub fn unwrap_or_throw(result: Result<JsValue, JsValue>) -> JsValue {
    result.unwrap_or_else(|thrown| throw_val(thrown))
}

// All functions that JavaScript calls are of two types, since the bindings make code for each: those that
// give or throw a value, and those that give a promise. What a caller leaves out is `undefined`.

/// Makes a JavaScript function of one that captures nothing: what it captured would stay behind in the old
/// memory when `start.js` replaces the instance.
pub fn function<F: Fn(JsValue, JsValue, JsValue) -> Result<JsValue, JsValue> + 'static>(
    function: F,
) -> JsValue {
    const { assert!(size_of::<F>() == 0) };
    Closure::<dyn Fn(JsValue, JsValue, JsValue) -> Result<JsValue, JsValue>>::new(function)
        .into_js_value()
}

/// The same for a function that gives a promise whatever happens.
pub fn method<F: Fn(JsValue, JsValue, JsValue, JsValue) -> Promise + 'static>(
    function: F,
) -> JsValue {
    const { assert!(size_of::<F>() == 0) };
    Closure::<dyn Fn(JsValue, JsValue, JsValue, JsValue) -> Promise>::new(function).into_js_value()
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
        Ok(value) => run(&JsValue::UNDEFINED, &value, &NO_STEPS, &JsValue::UNDEFINED),
        Err(reason) => Promise::reject(&reason),
    }
}

/// What decides, after each wait, what to wait for next: a function of the context, what was awaited or
/// what that failed with, and which of the two it is. It ends by setting `isDone` of the context.
pub struct Next(LazyValue);

impl Next {
    /// Says how its function is made, by [`function`]. What it is called with last is whether it failed.
    pub const fn new(make: fn() -> JsValue) -> Self {
        Self(LazyValue::new(make))
    }

    /// As a JavaScript function.
    pub fn as_value(&self) -> &JsValue {
        &self.0
    }

    /// Runs to the end, unless a run with the same key is on its way: then this is its promise.
    pub fn share(
        &self,
        in_flight: &JsValue,
        key: &JsValue,
        context: &JsValue,
    ) -> Result<Promise, JsValue> {
        share_drive(in_flight, key, context, &self.0)
    }
}
