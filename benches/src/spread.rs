//! Minimum, median and maximum of a few rounds.
use serde::{Deserialize, Serialize};

/// How a figure spread over the rounds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    pub min: f64,
    pub median: f64,
    pub max: f64,
    pub rounds: usize,
}

/// The middle value; 0 without values.
pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    match sorted.len() {
        0 => 0.0,
        n if n % 2 == 1 => sorted[n / 2],
        n => f64::midpoint(sorted[n / 2 - 1], sorted[n / 2]),
    }
}

impl Spread {
    /// Of these values.
    pub fn of(values: &[f64]) -> Spread {
        let min = values.iter().copied().fold(f64::INFINITY, f64::min);
        let max = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        if values.is_empty() { Spread::default() } else { Spread { min, median: median(values), max, rounds: values.len() } }
    }

    /// Of the ratios of two series, round by round.
    pub fn of_ratios(values: &[f64], floors: &[f64]) -> Spread {
        let ratios: Vec<f64> = values.iter().zip(floors).filter(|(_, floor)| **floor > 0.0).map(|(value, floor)| value / floor).collect();
        Spread::of(&ratios)
    }
}

impl std::fmt::Display for Spread {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} / {} / {}", short(self.min), short(self.median), short(self.max))
    }
}

/// A figure with three digits that matter, thousands apart.
pub fn short(value: f64) -> String {
    match value.abs() {
        v if v >= 1_000.0 => thousands(value.round() as i64),
        v if v >= 100.0 => format!("{value:.0}"),
        v if v >= 10.0 => format!("{value:.1}"),
        v if v >= 0.095 || v == 0.0 => format!("{value:.2}"),
        _ => format!("{value:.4}"),
    }
}

/// A figure without digits that don't matter: 0.5, 2, 1,000.
pub fn plain(value: f64) -> String {
    if value >= 1_000.0 { thousands(value.round() as i64) } else { format!("{value}") }
}

/// A number of things.
pub fn count(number: usize) -> String {
    thousands(i64::try_from(number).unwrap_or(i64::MAX))
}

fn thousands(value: i64) -> String {
    let digits = value.abs().to_string();
    let mut text = String::from(if value < 0 { "-" } else { "" });
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_and_ratios() {
        assert_eq!(Spread::of(&[3.0, 1.0, 2.0]), Spread { min: 1.0, median: 2.0, max: 3.0, rounds: 3 });
        assert_eq!(median(&[1.0, 2.0, 4.0, 8.0]), 3.0);
        assert_eq!(Spread::of_ratios(&[2.0, 9.0], &[1.0, 3.0]).median, 2.5);
        assert_eq!(Spread::of(&[]), Spread::default());
    }

    #[test]
    fn figures_are_short() {
        let shown = [1_234_567.0, 123.4, 12.34, 1.234, 0.0].map(short);
        assert_eq!(shown, ["1,234,567", "123", "12.3", "1.23", "0.00"]);
    }
}
