//! Which strings of a list are new: where each is, in alphabetical order, so that a long answer is read in
//! little time whatever it repeats. The list itself is left to its owner.

/// The places of a list's strings, in the order of the strings.
#[derive(Default)]
pub struct Places(Vec<usize>);

impl Places {
    /// The place of a string, which `at` gives by its place, or `None` where it is new. Then it is noted to
    /// be at `new`, where the owner has to put it.
    #[inline(never)]
    pub fn find_or_add<'a>(
        &mut self,
        string: &str,
        new: usize,
        // Not generic: there would be three copies in the wasm.
        at: &dyn Fn(usize) -> &'a str,
    ) -> Option<usize> {
        match self.0.binary_search_by(|place| at(*place).cmp(string)) {
            Ok(index) => self.0.get(index).copied(),
            Err(index) => {
                // Not `insert`, which links a panic.
                let mut last = new;
                for place in self.0.iter_mut().skip(index) {
                    std::mem::swap(place, &mut last);
                }
                self.0.push(last);
                None
            }
        }
    }
}
