//! What is done between waits: functions that are called with what was awaited, one after the other.
//! They are made once for the module; what they need besides is in a context, a JavaScript value
//! that belongs to one call of a method.

use js_sys::{Array, Promise};
use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/src/js/syntax.js")]
extern "C" {
    // Where the stack is full, it throws.
    #[wasm_bindgen(catch, js_name = run)]
    fn run_steps(
        context: &JsValue,
        value: &JsValue,
        steps: &Array,
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

/// Calls each step with the context and the awaited value before it, and gives the promise of the
/// last. `rescue`, unless it is `undefined`, is a step for what one of them throws.
pub fn run(context: &JsValue, value: &JsValue, steps: &Array, rescue: &JsValue) -> Promise {
    run_steps(context, value, steps, rescue).unwrap_or_else(|reason| Promise::reject(&reason))
}

/// Makes a step of a function, which captures nothing: what it captured would stay behind in the old
/// memory when `start.js` replaces the instance.
pub fn step<F: Fn(JsValue, JsValue) -> Result<JsValue, JsValue> + 'static>(function: F) -> JsValue {
    const { assert!(size_of::<F>() == 0) };
    Closure::<dyn Fn(JsValue, JsValue) -> Result<JsValue, JsValue>>::new(function).into_js_value()
}

/// The promise of what was made here, or of why it was not.
pub fn settled(result: Result<JsValue, JsValue>) -> Promise {
    match result {
        Ok(value) => Promise::resolve(&value),
        Err(reason) => Promise::reject(&reason),
    }
}

/// The promise of what an app's method returned, awaited, or of what it threw.
pub fn settle(result: Result<JsValue, JsValue>) -> Promise {
    match result {
        Ok(value) => run(
            &JsValue::UNDEFINED,
            &value,
            &Array::new(),
            &JsValue::UNDEFINED,
        ),
        Err(reason) => Promise::reject(&reason),
    }
}

/// What decides, after each wait, what to wait for next: a function of the context, what was awaited or
/// what that failed with, and which of the two it is. It ends by setting `isDone` of the context.
pub struct Next(JsValue);

impl Next {
    /// Makes one of a function, which captures nothing: see [`step`].
    pub fn new<F: Fn(JsValue, JsValue, bool) -> Result<JsValue, JsValue> + 'static>(
        function: F,
    ) -> Self {
        const { assert!(size_of::<F>() == 0) };
        Self(
            Closure::<dyn Fn(JsValue, JsValue, bool) -> Result<JsValue, JsValue>>::new(function)
                .into_js_value(),
        )
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
