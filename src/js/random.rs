//! Random bytes from the platform's cryptographically secure generator, in blocks: one call across the boundary is
//! slower than creating a whole URL. Each byte is used once and wiped.

use std::cell::Cell;

use crate::error::Error;
use crate::oauth::authorization_request;

const BLOCK_SIZE: usize = 2048;

struct Block {
    bytes: [u8; BLOCK_SIZE],
    used: usize,
}

thread_local! {
    static BLOCK: Cell<Option<Box<Block>>> = const { Cell::new(None) };
}

/// A state (RFC 6749, section 10.12).
#[inline(never)]
pub fn state() -> Result<String, Box<Error>> {
    with_bytes(|block| authorization_request::state(|| block.next()))
}

/// A code verifier (RFC 7636, section 4.1).
#[inline(never)]
pub fn code_verifier() -> Result<String, Box<Error>> {
    with_bytes(|block| authorization_request::code_verifier(|| block.next()))
}

/// Passes random bytes to `draw`, and keeps the rest for the next call.
///
/// It takes the block out of `BLOCK` during the call: if a replaced generator of the platform calls the package, the
/// inner call draws its own block.
fn with_bytes(
    draw: impl FnOnce(&mut Block) -> Result<String, Box<Error>>,
) -> Result<String, Box<Error>> {
    let mut block = BLOCK.take().unwrap_or_else(|| {
        Box::new(Block {
            bytes: [0; BLOCK_SIZE],
            used: BLOCK_SIZE,
        })
    });
    let result = draw(&mut block);
    BLOCK.set(Some(block));
    result
}

impl Block {
    /// The next byte, or `None` if the platform's generator fails.
    #[inline(always)]
    fn next(&mut self) -> Option<u8> {
        if self.used >= BLOCK_SIZE {
            getrandom::fill(&mut self.bytes).ok()?;
            self.used = 0;
        }
        let byte = self.bytes.get_mut(self.used).map(std::mem::take)?;
        self.used = self.used.saturating_add(1);
        Some(byte)
    }
}
