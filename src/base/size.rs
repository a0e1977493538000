//! Amounts of storage as people write them ("500MB", "1.5 GB", "2GiB"), and as they read them.
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// The largest amount that can be written: a thousand petabytes.
const MOST: u128 = 1_000_000_000_000_000_000;
const UNLIMITED: &str = "unlimited";
const UNITS: [(&str, u64); 5] = [("TB", 1_000_000_000_000), ("GB", 1_000_000_000), ("MB", 1_000_000), ("KB", 1_000), ("B", 1)];
const BINARY: [(&str, u64); 4] = [("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];

/// How much may be stored. `None`: any amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota(pub Option<i64>);

impl Quota {
    /// Any amount.
    pub const UNLIMITED: Quota = Quota(None);

    /// So many bytes.
    pub const fn bytes(bytes: i64) -> Quota {
        Quota(Some(bytes))
    }

    /// Whether there may be so many bytes.
    pub fn allows(self, bytes: i64) -> bool {
        self.0.is_none_or(|most| bytes <= most)
    }
}

impl FromStr for Quota {
    type Err = String;

    fn from_str(text: &str) -> Result<Quota, String> {
        let text = text.trim();
        if text.eq_ignore_ascii_case(UNLIMITED) {
            return Ok(Quota::UNLIMITED);
        }
        let wrong = || format!("must be an amount such as 500MB, 1.5GB or 2GiB, or {UNLIMITED}; it is {text:?}");
        let split = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let (number, unit) = text.split_at(split);
        let unit = unit_of(unit.trim()).ok_or_else(wrong)?;
        let (whole, part) = number.split_once('.').unwrap_or((number, ""));
        if whole.is_empty() || number.ends_with('.') || part.contains('.') || whole.len() > 18 || part.len() > 9 {
            return Err(wrong());
        }
        let scale = 10_u128.pow(u32::try_from(part.len()).map_err(|_| wrong())?);
        let digits: u128 = format!("{whole}{part}").parse().map_err(|_| wrong())?;
        let bytes = digits.saturating_mul(u128::from(unit)) / scale;
        if bytes > MOST {
            return Err(format!("must be at most 1000000TB; it is {text:?}"));
        }
        i64::try_from(bytes).map(Quota::bytes).map_err(|_| wrong())
    }
}

/// `K`, `KB` and `kb` are a thousand bytes, `KiB` is 1024; nothing is bytes.
fn unit_of(name: &str) -> Option<u64> {
    if name.is_empty() {
        return Some(1);
    }
    let is = |known: &str| known.eq_ignore_ascii_case(name) || (known.len() == 2 && known[..1].eq_ignore_ascii_case(name));
    UNITS.iter().chain(&BINARY).find(|(known, _)| is(known)).map(|(_, bytes)| *bytes)
}

/// Exact: what is read again is the same amount.
impl fmt::Display for Quota {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(bytes) = self.0 else { return f.write_str(UNLIMITED) };
        let fits = |(_, unit): &&(&str, u64)| i64::try_from(*unit).is_ok_and(|unit| bytes >= unit && bytes % unit == 0);
        match UNITS.iter().find(fits) {
            Some((name, unit)) if *unit > 1 => write!(f, "{}{name}", bytes / i64::try_from(*unit).unwrap_or(1)),
            _ => match BINARY.iter().find(fits) {
                Some((name, unit)) => write!(f, "{}{name}", bytes / i64::try_from(*unit).unwrap_or(1)),
                None => write!(f, "{bytes}B"),
            },
        }
    }
}

impl Serialize for Quota {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Quota {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Quota, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

/// As people read an amount: `0 B`, `21 KB`, `1.5 GB`.
pub fn shown(bytes: i64) -> String {
    let bytes = bytes.max(0);
    let (name, unit) = UNITS.iter().find(|(_, unit)| u64::try_from(bytes).is_ok_and(|b| b >= *unit)).copied().unwrap_or(("B", 1));
    #[expect(clippy::cast_precision_loss, reason = "one digit behind the point is shown")]
    let amount = bytes as f64 / unit as f64;
    if unit == 1 || amount >= 100.0 || (amount * 10.0).round() % 10.0 == 0.0 {
        format!("{amount:.0} {name}")
    } else {
        format!("{amount:.1} {name}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_as_people_write_them() {
        for (text, bytes) in [
            ("0", 0),
            ("1234", 1_234),
            ("500MB", 500_000_000),
            (" 1.5 GB ", 1_500_000_000),
            ("2g", 2_000_000_000),
            ("2GiB", 2 << 30),
            ("0.25kib", 256),
            ("1t", 1_000_000_000_000),
            ("12 b", 12),
        ] {
            assert_eq!(text.parse(), Ok(Quota::bytes(bytes)), "{text}");
        }
        assert_eq!("Unlimited".parse(), Ok(Quota::UNLIMITED));
        for wrong in ["", "GB", "-1GB", "1,5GB", "1.GB", ".5GB", "1.2.3", "5 XB", "many", "1e9", "9999999999TB", "1 G B"] {
            assert!(wrong.parse::<Quota>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_is_written_is_read_as_the_same() {
        for (bytes, text) in [
            (0, "0B"),
            (999, "999B"),
            (1_000, "1KB"),
            (1_500_000_000, "1500MB"),
            (2 << 30, "2GiB"),
            (2_000_000_000_000, "2TB"),
            (1_025, "1025B"),
        ] {
            assert_eq!(Quota::bytes(bytes).to_string(), text);
            assert_eq!(text.parse(), Ok(Quota::bytes(bytes)));
        }
        assert_eq!(Quota::UNLIMITED.to_string(), "unlimited");
    }

    #[test]
    fn amounts_are_shown_with_one_digit_at_most() {
        for (bytes, text) in [
            (-1, "0 B"),
            (0, "0 B"),
            (21_000, "21 KB"),
            (21_499, "21.5 KB"),
            (1_500_000_000, "1.5 GB"),
            (999_999, "1000 KB"),
            (123_456_789, "123 MB"),
        ] {
            assert_eq!(shown(bytes), text);
        }
    }
}
