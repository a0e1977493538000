//! How long things are made to look. `docs/encryption.md`, "Messages", "Attachments".

/// The padded length of a message's inside: multiples of 256 up to 4,096, above that [`padme`].
pub fn bucket(length: usize) -> usize {
    if length <= 4_096 { length.max(1).next_multiple_of(256) } else { padme(length) }
}

/// Padmé: few lengths, at most 12 % more. 0 and 1 stay.
pub fn padme(length: usize) -> usize {
    usize::try_from(padme_file(length as u64)).unwrap_or(length)
}

/// [`padme`] for sizes of files.
pub fn padme_file(size: u64) -> u64 {
    let Some(exponent) = size.checked_ilog2().filter(|exponent| *exponent > 0) else { return size };
    let kept = exponent.ilog2() + 1;
    size.checked_next_multiple_of(1 << (exponent - kept)).unwrap_or(size)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vectors;

    #[test]
    fn matches_the_vectors() {
        for pair in vectors::load()["buckets"].as_array().unwrap() {
            let number = |at: usize| usize::try_from(pair[at].as_u64().unwrap()).unwrap();
            assert_eq!(bucket(number(0)), number(1));
        }
    }

    #[test]
    fn never_shrinks_and_wastes_little() {
        for length in 0..70_000 {
            assert!(bucket(length) >= length.max(1));
            assert!(padme(length) >= length && padme(length) * 100 <= length * 112);
            assert_eq!(padme(padme(length)), padme(length));
            assert_eq!(padme_file(length as u64), padme(length) as u64);
        }
        assert_eq!(padme_file(u64::MAX), u64::MAX);
        assert_eq!(padme(usize::MAX), usize::MAX);
    }
}
