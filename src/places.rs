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
        #[cfg(test)]
        LOOKED_FOR.set(LOOKED_FOR.get() + 1);
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

#[cfg(test)]
thread_local! {
    /// How many strings this thread has looked for, for the tests of those who have long lists.
    pub static LOOKED_FOR: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn each_string_has_the_place_where_it_was_new() {
        let mut strings: Vec<&str> = Vec::new();
        let mut places = Places::default();
        let table = [
            ("b", None),
            ("", None),
            ("a", None),
            ("c", None),
            ("b", Some(0)),
            ("", Some(1)),
            ("c", Some(3)),
            ("a", Some(2)),
            ("aa", None),
            ("a", Some(2)),
        ];
        for (string, expected) in table {
            let found = places.find_or_add(string, strings.len(), &|at| strings[at]);
            assert_eq!(found, expected, "{string}");
            if found.is_none() {
                strings.push(string);
            }
        }
    }

    #[test]
    fn a_thousand_strings_are_compared_ten_times_each() {
        let strings: Vec<String> = (0..1000).map(|number| format!("{number:0120}")).collect();
        let compared = Cell::new(0);
        let mut places = Places::default();
        for (new, string) in strings.iter().enumerate() {
            let at = |at: usize| {
                compared.set(compared.get() + 1);
                &*strings[at]
            };
            assert_eq!(places.find_or_add(string, new, &at), None);
        }
        assert!(compared.get() < 11 * 1000, "{}", compared.get());
    }
}
