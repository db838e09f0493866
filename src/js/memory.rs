//! The allocator of the wasm instance, which wipes what it frees. Client secrets, codes and tokens pass
//! through wasm memory as strings that the bindings allocate; here is the one place that all of them
//! pass on their way out.
//!
//! Blocks have sizes of powers of two, and those that are free wait in a list for each size. No block is
//! ever cut up or joined to another: what is allocated here is a few strings for as long as one call
//! takes, so that the same sizes come again. The standard library's allocator has a twelfth of the whole
//! wasm. A string that takes more than [`LARGEST`] is refused: an instance never gives its memory back, and
//! all of an isolate share it.

#![allow(unsafe_code)]

use std::alloc::{GlobalAlloc, Layout};
use std::arch::wasm32::memory_grow;
use std::cell::Cell;
use std::ptr::{null_mut, with_exposed_provenance_mut};

use wasm_bindgen::throw_val;

use crate::error::Error;

/// The size of the smallest blocks, and what all are aligned to.
const SMALLEST: usize = 16;

/// The size of the largest blocks. A million characters take up to six times as many bytes in a form.
const LARGEST: usize = 1 << 25;

const PAGE: usize = 65_536;

struct Wiping {
    /// For each power of two the free blocks of that size; each begins with the address of the next.
    free: [Cell<*mut u8>; usize::BITS as usize],
    /// What has not been part of any block yet.
    fresh: Cell<usize>,
    end: Cell<usize>,
}

// SAFETY: without threads, which this target has none of, nothing is shared between them.
unsafe impl Sync for Wiping {}

#[global_allocator]
static ALLOCATOR: Wiping = Wiping {
    free: [const { Cell::new(null_mut()) }; usize::BITS as usize],
    fresh: Cell::new(0),
    end: Cell::new(0),
};

impl Wiping {
    /// The size of the block for a layout, and the list in which it waits; `None` where there can be
    /// none.
    fn block(&self, layout: Layout) -> Option<(usize, &Cell<*mut u8>)> {
        if layout.align() > SMALLEST {
            return None;
        }
        let size = layout.size().max(SMALLEST).checked_next_power_of_two()?;
        if size > LARGEST {
            return None;
        }
        Some((size, self.free.get(size.trailing_zeros() as usize)?))
    }

    /// A block of memory that has not been used before.
    #[cold]
    fn fresh(&self, size: usize) -> Option<*mut u8> {
        if self.end.get().saturating_sub(self.fresh.get()) < size {
            let pages = size.div_ceil(PAGE);
            let grown = memory_grow::<0>(pages);
            if grown == usize::MAX {
                return None;
            }
            let start = grown.checked_mul(PAGE)?;
            // What was left over is added to, unless somebody else has made the memory larger.
            if start != self.end.get() {
                self.fresh.set(start);
            }
            // The end of the last page is one more than there are addresses.
            self.end.set(start.saturating_add(pages.checked_mul(PAGE)?));
        }
        let block = self.fresh.get();
        self.fresh.set(block.checked_add(size)?);
        Some(with_exposed_provenance_mut(block))
    }
}

/// Overwrites a block with zeros in a way that the compiler does not drop as a dead store.
///
/// # Safety
/// `block` is valid for writes of `size` bytes.
unsafe fn wipe(block: *mut u8, size: usize) {
    // SAFETY: the caller's promise is that of `write_bytes`.
    unsafe { block.write_bytes(0, size) };
    std::hint::black_box(block);
}

// SAFETY: a block is in a list or handed out, never both, is as long as its size says and begins at a
// multiple of `SMALLEST`.
unsafe impl GlobalAlloc for Wiping {
    #[inline(never)]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let Some((size, list)) = self.block(layout) else {
            // Goes through the wasm like a trap: without memory, nothing in it can go on. Where the stack is
            // full, what is thrown says so.
            throw_val(Error::TooLong.into());
        };
        let block = list.get();
        if block.is_null() {
            return self.fresh(size).unwrap_or(null_mut());
        }
        // SAFETY: `dealloc` has put the address of the next block here.
        list.set(unsafe { block.cast::<*mut u8>().read() });
        block
    }

    #[inline(never)]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the block is the caller's until it is freed, and `layout` says its size.
        unsafe { wipe(block, layout.size()) };
        if let Some((_, list)) = self.block(layout) {
            // SAFETY: a block is long enough and aligned for an address.
            unsafe { block.cast::<*mut u8>().write(list.get()) };
            list.set(block);
        }
    }

    // Not provided: `realloc`. Its default allocates, copies and calls `dealloc` above, so that no copy
    // is left behind.
}
