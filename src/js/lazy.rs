//! A lazy JavaScript value, such as a function or a list of steps, that all calls share. It is initialized on first
//! use, because a Worker must not run code while it loads.

#![allow(unsafe_code)]

use std::cell::OnceCell;
use std::ops::Deref;

/// A value that is initialized on first use, like `std::cell::LazyCell`, which a `static` cannot hold. `thread_local!`
/// adds code for each type and each use, with a panic in it.
pub struct LazyValue<T> {
    value: OnceCell<T>,
    init: fn() -> T,
}

#[cfg(target_feature = "atomics")]
compile_error!("LazyValue is Sync only because this target has no threads");

// SAFETY: this target has no threads, so none share the value.
unsafe impl<T> Sync for LazyValue<T> {}

impl<T> LazyValue<T> {
    /// Creates a lazy value with its initializer.
    pub const fn new(init: fn() -> T) -> Self {
        Self {
            value: OnceCell::new(),
            init,
        }
    }
}

impl<T> Deref for LazyValue<T> {
    type Target = T;

    #[inline(never)]
    fn deref(&self) -> &T {
        if let Some(value) = self.value.get() {
            return value;
        }
        // Not in `get_or_init`: the initializer calls JavaScript, which could call this function again.
        let value = (self.init)();
        self.value.get_or_init(|| value)
    }
}
