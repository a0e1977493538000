//! The order "best first": BM25 over the newest matches. All of them have all the terms, so what tells them apart is how often, in
//! how long a text, and (between equals) how new.
use super::hits::Found;

/// How soon more of the same stops to matter, and how much a long text counts less: the usual values.
const SATURATION: f64 = 1.2;
const LENGTH: f64 = 0.75;

/// Positions in `found`, the best first. What comes first in it is the newest.
pub fn best(found: &[Found]) -> Vec<usize> {
    let length = |one: &Found| f64::from(u32::try_from(one.length).unwrap_or(u32::MAX));
    let mean = (found.iter().map(length).sum::<f64>() / f64::from(u32::try_from(found.len()).unwrap_or(u32::MAX))).max(1.0);
    let score = |one: &Found| -> f64 {
        let norm = SATURATION * (1.0 - LENGTH + LENGTH * length(one) / mean);
        let term = |&count: &usize| {
            let count = f64::from(u32::try_from(count).unwrap_or(u32::MAX));
            count * (SATURATION + 1.0) / (count + norm)
        };
        one.counts.iter().map(term).sum()
    };
    let mut order: Vec<(usize, f64)> = found.iter().map(score).enumerate().collect();
    order.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    order.into_iter().map(|(at, _)| at).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(counts: &[usize], length: usize) -> Found {
        Found { places: Vec::new(), counts: counts.to_vec(), length }
    }

    #[test]
    fn often_beats_seldom_short_beats_long_and_new_beats_old() {
        assert_eq!(best(&[found(&[1], 10), found(&[3], 10)]), [1, 0]);
        assert_eq!(best(&[found(&[1], 90), found(&[1], 5)]), [1, 0]);
        assert_eq!(best(&[found(&[2], 7), found(&[2], 7)]), [0, 1]);
        assert_eq!(best(&[]), Vec::<usize>::new());
    }
}
