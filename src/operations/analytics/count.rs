//! Counting people without keeping who they are: a set of keyed hashes in memory. Their key is random and new each day, so the hashes say
//! nothing to anybody, not even whether somebody of today was there yesterday; they are never written anywhere.
use snug_base::UserId;
use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

const MINUTE_MS: i64 = 60_000;

/// Who was there in these five minutes, this hour, this day (UTC).
#[derive(Default)]
pub struct People {
    key: RandomState,
    spans: [Span; 3],
}

#[derive(Default)]
struct Span {
    number: i64,
    hashes: HashSet<u64>,
}

impl People {
    /// Counts these people now (Unix milliseconds), and says how many different ones it were in each span.
    pub fn count(&mut self, now: i64, people: impl IntoIterator<Item = UserId>) -> [u64; 3] {
        let lengths = [5 * MINUTE_MS, 60 * MINUTE_MS, 24 * 60 * MINUTE_MS];
        if self.spans[2].number != now / lengths[2] {
            self.key = RandomState::new();
            self.spans.iter_mut().for_each(|span| span.hashes.clear());
        }
        for (span, length) in self.spans.iter_mut().zip(lengths) {
            if span.number != now / length {
                span.number = now / length;
                span.hashes.clear();
            }
        }
        for person in people {
            let hash = self.key.hash_one(person);
            for span in &mut self.spans {
                span.hashes.insert(hash);
            }
        }
        std::array::from_fn(|at| self.spans[at].hashes.len() as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_counts_once_in_each_span() {
        let (ann, bob) = (UserId::new(), UserId::new());
        let mut people = People::default();
        let noon = 20_000 * 24 * 60 * MINUTE_MS + 12 * 60 * MINUTE_MS;
        assert_eq!(people.count(noon, [ann, bob, ann]), [2, 2, 2]);
        assert_eq!(people.count(noon + 6 * MINUTE_MS, [ann]), [1, 2, 2]);
        assert_eq!(people.count(noon + 61 * MINUTE_MS, [bob]), [1, 1, 2]);
        assert_eq!(people.count(noon + 12 * 60 * MINUTE_MS, [ann]), [1, 1, 1], "a new day");
    }
}
