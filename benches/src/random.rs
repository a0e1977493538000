//! Numbers that look random and are the same in every run (SplitMix64), and the shapes that people's behaviour has.

/// A source of numbers.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// The same seed gives the same numbers.
    pub fn new(seed: u64) -> Random {
        Random(seed)
    }

    /// Any number.
    pub fn any(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 up to, not including, `end`; 0 if that is 0.
    pub fn below(&mut self, end: usize) -> usize {
        ((u128::from(self.any()) * end as u128) >> 64) as usize
    }

    /// From 0 to 1.
    pub fn share(&mut self) -> f64 {
        (self.any() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// True in this share of all cases.
    pub fn chance(&mut self, share: f64) -> bool {
        self.share() < share
    }

    /// One of these.
    pub fn of<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }

    /// A length whose logarithm is normally distributed about that of `median`.
    pub fn log_normal(&mut self, median: f64, sigma: f64) -> f64 {
        let (u, v) = (self.share().max(f64::MIN_POSITIVE), self.share());
        let normal = (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos();
        median * (sigma * normal).exp()
    }

    /// Milliseconds until the next of independent arrivals that come every `mean_ms`.
    pub fn gap_ms(&mut self, mean_ms: f64) -> f64 {
        -mean_ms * self.share().max(f64::MIN_POSITIVE).ln()
    }
}

/// Ranks of which few are common and most are rare: the nth is chosen in proportion to 1 / n^exponent.
#[derive(Clone, Debug)]
pub struct Zipf(Vec<f64>);

impl Zipf {
    /// Over so many ranks.
    pub fn new(ranks: usize, exponent: f64) -> Zipf {
        let mut sum = 0.0;
        let mut sums: Vec<f64> = (1..=ranks)
            .map(|rank| {
                sum += (rank as f64).powf(-exponent);
                sum
            })
            .collect();
        sums.iter_mut().for_each(|value| *value /= sum);
        Zipf(sums)
    }

    /// A rank, from 0.
    pub fn pick(&self, random: &mut Random) -> usize {
        let share = random.share();
        self.0.partition_point(|sum| *sum < share).min(self.0.len().saturating_sub(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_are_as_they_should_be() {
        let mut random = Random::new(1);
        let mut lengths: Vec<f64> = (0..10_001).map(|_| random.log_normal(60.0, 0.9)).collect();
        lengths.sort_by(f64::total_cmp);
        assert!((55.0..65.0).contains(&lengths[5_000]), "{}", lengths[5_000]);
        let zipf = Zipf::new(1_000, 1.0);
        let first = (0..10_000).filter(|_| zipf.pick(&mut random) == 0).count();
        assert!((1_100..1_600).contains(&first), "{first}");
        assert!((0..1_000).all(|_| random.below(7) < 7));
        let mean = (0..10_000).map(|_| random.gap_ms(5.0)).sum::<f64>() / 10_000.0;
        assert!((4.8..5.2).contains(&mean), "{mean}");
    }

    #[test]
    fn the_same_seed_gives_the_same() {
        let (mut a, mut b) = (Random::new(7), Random::new(7));
        assert!((0..100).all(|_| a.any() == b.any()));
    }
}
