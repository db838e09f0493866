//! The allocator of the wasm instance: the standard one, which also wipes each block that it frees. Client secrets,
//! codes and tokens pass through wasm memory as strings of the bindings, and only the allocator sees all of them.
//!
//! It throws for blocks larger than [`MAX_BLOCK_SIZE`]: an instance never returns memory, and all users of the isolate share
//! it.

#![allow(unsafe_code)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;

use wasm_bindgen::throw_val;

use crate::error::Error;

/// The size of the largest block, in bytes. A million characters take up to six times as many bytes in a form.
const MAX_BLOCK_SIZE: usize = 1 << 25;

struct Wiping;

#[global_allocator]
static ALLOCATOR: Wiping = Wiping;

// SAFETY: `System` keeps the promises of an allocator; a block belongs to the caller until `System` frees it.
unsafe impl GlobalAlloc for Wiping {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if layout.size() > MAX_BLOCK_SIZE {
            // Throws out of the wasm, like a trap.
            throw_val(Error::StringTooLong.into());
        }
        // SAFETY: the caller's promise is that of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the block belongs to the caller until it is freed, and `layout` has its size.
        unsafe { block.write_bytes(0, layout.size()) };
        // Without this, the compiler would drop the zeros as a dead store.
        black_box(block);
        // SAFETY: the caller's promise is that of `dealloc`.
        unsafe { System.dealloc(block, layout) };
    }

    // The default of `realloc` allocates, copies and calls `dealloc`, so that no copy stays behind.
}
