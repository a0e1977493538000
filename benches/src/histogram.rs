//! Times in logarithmic buckets: 64 to each doubling, so that a value is off by at most 1.6 %.

const PER_DOUBLING: u64 = 64;
const BITS: u32 = PER_DOUBLING.trailing_zeros();

/// Counts of values (nanoseconds here, but the unit is the caller's).
#[derive(Clone, Debug, Default)]
pub struct Histogram {
    counts: Vec<u64>,
    total: u64,
    max: u64,
}

fn bucket(value: u64) -> usize {
    if value < PER_DOUBLING {
        return value as usize;
    }
    let shift = 63 - value.leading_zeros() - BITS;
    ((u64::from(shift) + 1) * PER_DOUBLING + (value >> shift) - PER_DOUBLING) as usize
}

/// The largest value of a bucket.
fn upper(bucket: usize) -> u64 {
    let bucket = bucket as u64;
    if bucket < PER_DOUBLING {
        return bucket;
    }
    let shift = bucket / PER_DOUBLING - 1;
    let from = (bucket % PER_DOUBLING + PER_DOUBLING) << shift;
    from + (1 << shift) - 1
}

impl Histogram {
    /// Counts one value.
    pub fn add(&mut self, value: u64) {
        let at = bucket(value);
        if self.counts.len() <= at {
            self.counts.resize(at + 1, 0);
        }
        self.counts[at] += 1;
        self.total += 1;
        self.max = self.max.max(value);
    }

    /// How many values there were.
    pub fn count(&self) -> u64 {
        self.total
    }

    /// The largest value.
    pub fn max(&self) -> u64 {
        self.max
    }

    /// The value that this share (0 to 1) of all values does not exceed; 0 without values.
    pub fn at(&self, share: f64) -> u64 {
        let wanted = (share * self.total as f64).ceil().max(1.0) as u64;
        let mut seen = 0;
        for (at, count) in self.counts.iter().enumerate() {
            seen += count;
            if seen >= wanted {
                return upper(at).min(self.max);
            }
        }
        self.max
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_falls_into_a_bucket_that_holds_it() {
        for value in (0..70).chain([127, 128, 129, 1_000, 123_456, u64::from(u32::MAX), 1 << 50]) {
            let at = bucket(value);
            assert!(upper(at) >= value && (at == 0 || upper(at - 1) < value), "{value}");
            assert!(upper(at) as f64 <= value as f64 * 1.016, "{value}");
        }
    }

    #[test]
    fn shares_of_a_thousand_values() {
        let mut all = Histogram::default();
        (1..=1_000).for_each(|value| all.add(value * 1_000));
        for (share, exact) in [(0.5, 500_000.0), (0.99, 990_000.0), (1.0, 1_000_000.0)] {
            let found = all.at(share) as f64;
            assert!((found / exact - 1.0).abs() < 0.02, "{share}: {found}");
        }
        assert_eq!((all.count(), all.max()), (1_000, 1_000_000));
        assert_eq!(Histogram::default().at(0.5), 0);
    }
}
