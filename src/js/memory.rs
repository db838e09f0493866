//! The allocator of the wasm instance: the standard one, except that it wipes what it frees. Client
//! secrets, codes and tokens pass through wasm memory as strings that the bindings allocate; here
//! is the one place that all of them pass on their way out.

use std::alloc::{GlobalAlloc, Layout, System};

struct Wiping;

#[global_allocator]
static ALLOCATOR: Wiping = Wiping;

/// Overwrites a block with zeros in a way that the compiler does not drop as a dead store.
///
/// # Safety
/// `block` is valid for writes of `size` bytes.
unsafe fn wipe(block: *mut u8, size: usize) {
    // SAFETY: the caller's promise is that of `write_bytes`.
    unsafe { block.write_bytes(0, size) };
    std::hint::black_box(block);
}

// SAFETY: every block comes from `System` with its own layout and goes back to it with the same.
unsafe impl GlobalAlloc for Wiping {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: passed on as it came.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: passed on as it came.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the block is the caller's until it is freed, and `layout` says its size.
        unsafe {
            wipe(block, layout.size());
            System.dealloc(block, layout);
        }
    }

    // Not provided: `realloc`. Its default allocates, copies and calls `dealloc` above, where the
    // allocator's own could leave a copy behind.
}
