//! A JavaScript value that is made once for the module: functions, lists of steps, strings that each call
//! needs. It is made when it is first needed, since nothing may be done while a Worker is loaded.

use std::cell::OnceCell;
use std::ops::Deref;

use wasm_bindgen::JsValue;

/// A value that is made when it is first looked at. Not `thread_local!`, which makes code for each type
/// and each place, with a panic in it.
pub struct Once {
    value: OnceCell<JsValue>,
    make: fn() -> JsValue,
}

// SAFETY: without threads, which this target has none of, nothing is shared between them.
unsafe impl Sync for Once {}

impl Once {
    /// Says how it is made.
    pub const fn new(make: fn() -> JsValue) -> Self {
        Self {
            value: OnceCell::new(),
            make,
        }
    }
}

impl Deref for Once {
    type Target = JsValue;

    #[inline(never)]
    fn deref(&self) -> &JsValue {
        if let Some(value) = self.value.get() {
            return value;
        }
        // Not in `get_or_init`: what makes it calls JavaScript, and could come back here.
        let made = (self.make)();
        self.value.get_or_init(|| made)
    }
}
