//! A lazy JavaScript value, such as a function or a list of steps, that all calls share. It is initialized when it is
//! first used, since a Worker may do nothing while it is loaded. What the values are is said where they are used.

#![allow(unsafe_code)]

use std::cell::OnceCell;
use std::ops::Deref;

use wasm_bindgen::JsValue;

/// A value that is initialized on first use, as by `std::cell::LazyCell`, which no `static` can hold.
/// `thread_local!` adds code for each type and each place, with a panic in it.
pub struct LazyValue {
    value: OnceCell<JsValue>,
    init: fn() -> JsValue,
}

// SAFETY: without threads, which this target has none of, nothing is shared between them.
unsafe impl Sync for LazyValue {}

impl LazyValue {
    /// Makes a lazy value with its initializer.
    pub const fn new(init: fn() -> JsValue) -> Self {
        Self {
            value: OnceCell::new(),
            init,
        }
    }
}

impl Deref for LazyValue {
    type Target = JsValue;

    #[inline(never)]
    fn deref(&self) -> &JsValue {
        if let Some(value) = self.value.get() {
            return value;
        }
        // Not in `get_or_init`: the initializer calls JavaScript, which could come back here.
        let value = (self.init)();
        self.value.get_or_init(|| value)
    }
}
