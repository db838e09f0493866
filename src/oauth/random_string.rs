//! Random strings over an alphabet, by rejection sampling: it drops bytes that would favour some characters, so each
//! character is equally likely. The caller supplies the bytes. The crate `rand` would need four random bytes for each
//! character, and its ranges need a generator that cannot fail.

use crate::error::Error;

/// Creates a string of `length` random characters of `alphabet`.
///
/// `next_byte` returns uniformly distributed random bytes. If it returns `None`, this returns
/// [`Error::NoRandomBytes`]. `alphabet` has 1 to 128 ASCII characters; an empty one results in an empty string.
pub fn random_string(
    length: usize,
    alphabet: &[u8],
    mut next_byte: impl FnMut() -> Option<u8>,
) -> Result<String, Box<Error>> {
    let mut string = String::with_capacity(length);
    // The largest multiple of the alphabet's size up to 256: larger bytes are dropped.
    let Some(bound) = 256usize
        .checked_rem(alphabet.len())
        .and_then(|rest| 256usize.checked_sub(rest))
    else {
        return Ok(string);
    };
    while string.len() < length {
        let byte = usize::from(next_byte().ok_or(Error::NoRandomBytes)?);
        if byte >= bound {
            continue;
        }
        if let Some(&character) = byte
            .checked_rem(alphabet.len())
            .and_then(|index| alphabet.get(index))
        {
            string.push(char::from(character));
        }
    }
    Ok(string)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maps_bytes_to_characters_and_rejects_the_biased_ones() {
        // 256 = 5 * 51 + 1, so that 255 alone is biased.
        let mut bytes = [0, 4, 5, 255, 254, 255, 255, 1].into_iter();
        let string = random_string(5, b"abcde", || bytes.next());
        assert_eq!(string, Ok("aeaeb".to_owned()));
    }

    #[test]
    fn each_character_has_the_same_number_of_bytes() {
        for size in [1usize, 2, 36, 66, 100, 128] {
            let alphabet: Vec<u8> = (0..size).filter_map(|n| u8::try_from(n).ok()).collect();
            let mut counts = vec![0; size];
            for byte in 0..=255u8 {
                let mut once = Some(byte);
                let drawn = random_string(1, &alphabet, || once.take());
                if let Ok(string) = drawn {
                    counts[usize::from(string.as_bytes()[0])] += 1;
                }
            }
            assert!(counts.iter().all(|&count| count == 256 / size), "{size}");
        }
    }

    #[test]
    fn stops_when_the_bytes_fail() {
        assert_eq!(
            random_string(1, b"ab", || None),
            Err(Error::NoRandomBytes.into())
        );
    }

    #[test]
    fn an_empty_alphabet_does_not_loop() {
        assert_eq!(random_string(3, b"", || Some(0)), Ok(String::new()));
    }
}
