//! Colours: reading and writing them, how well one is seen on another, and making them lighter or darker.
use std::fmt;
use std::str::FromStr;

/// A colour of the screen (sRGB).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Colour(pub [u8; 3]);

/// The same as people see it (OKLCH): how light from 0 to 1, how colourful from 0 to about 0.4, and which colour, as an angle in radians.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    pub light: f64,
    pub chroma: f64,
    pub hue: f64,
}

impl FromStr for Colour {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let digits = text.trim().strip_prefix('#').filter(|digits| digits.len() == 6 && digits.bytes().all(|b| b.is_ascii_hexdigit()));
        let number = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        let number = number.ok_or_else(|| "must be a colour like #1a6866".to_owned())?;
        let [_, red, green, blue] = number.to_be_bytes();
        Ok(Colour([red, green, blue]))
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Colour([red, green, blue]) = self;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

impl Colour {
    pub const BLACK: Colour = Colour([0; 3]);
    pub const WHITE: Colour = Colour([255; 3]);

    /// How well the one is seen on the other: from 1 (not at all) to 21, as WCAG 2 counts.
    pub fn contrast(self, other: Colour) -> f64 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    fn luminance(self) -> f64 {
        let [red, green, blue] = self.linear();
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    fn linear(self) -> [f64; 3] {
        self.0.map(|part| {
            let part = f64::from(part) / 255.0;
            if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        })
    }

    /// This colour with so much of another in it, from 0 to 1.
    pub fn mixed(self, other: Colour, share: f64) -> Colour {
        let [red, green, blue] = std::array::from_fn(|n| {
            let (ours, theirs) = (f64::from(self.0[n]), f64::from(other.0[n]));
            part((ours + (theirs - ours) * share) / 255.0)
        });
        Colour([red, green, blue])
    }

    /// As people see it.
    pub fn seen(self) -> Seen {
        let [red, green, blue] = self.linear();
        let l = (0.412_221_470_8 * red + 0.536_332_536_3 * green + 0.051_445_992_9 * blue).cbrt();
        let m = (0.211_903_498_2 * red + 0.680_699_545_1 * green + 0.107_396_956_6 * blue).cbrt();
        let s = (0.088_302_461_9 * red + 0.281_718_837_6 * green + 0.629_978_700_5 * blue).cbrt();
        let light = 0.210_454_255_3 * l + 0.793_617_785_0 * m - 0.004_072_046_8 * s;
        let a = 1.977_998_495_1 * l - 2.428_592_205_0 * m + 0.450_593_709_9 * s;
        let b = 0.025_904_037_1 * l + 0.782_771_766_2 * m - 0.808_675_766_0 * s;
        Seen { light, chroma: a.hypot(b), hue: b.atan2(a) }
    }
}

impl Seen {
    /// The colour of the screen that comes closest: what no screen shows becomes less colourful, not another colour.
    pub fn colour(self) -> Colour {
        let mut chroma = self.chroma;
        loop {
            let parts = Seen { chroma, ..self }.linear();
            let fits = parts.iter().all(|part| (-0.000_5..=1.000_5).contains(part));
            if fits || chroma < 0.001 {
                return Colour(parts.map(encoded));
            }
            chroma *= 0.96;
        }
    }

    fn linear(self) -> [f64; 3] {
        let light = self.light.clamp(0.0, 1.0);
        let (a, b) = (self.chroma * self.hue.cos(), self.chroma * self.hue.sin());
        let l = (light + 0.396_337_777_4 * a + 0.215_803_757_3 * b).powi(3);
        let m = (light - 0.105_561_345_8 * a - 0.063_854_172_8 * b).powi(3);
        let s = (light - 0.089_484_177_5 * a - 1.291_485_548_0 * b).powi(3);
        [
            4.076_741_662_1 * l - 3.307_711_591_3 * m + 0.230_969_929_2 * s,
            -1.268_438_004_6 * l + 2.609_757_401_1 * m - 0.341_319_396_5 * s,
            -0.004_196_086_3 * l - 0.703_418_614_7 * m + 1.707_614_701_0 * s,
        ]
    }
}

fn encoded(linear: f64) -> u8 {
    part(if linear <= 0.003_130_8 { linear * 12.92 } else { 1.055 * linear.powf(1.0 / 2.4) - 0.055 })
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 255")]
fn part(share: f64) -> u8 {
    (share.clamp(0.0, 1.0) * 255.0).round() as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn contrast_is_as_wcag_counts_it() {
        assert!((Colour::BLACK.contrast(Colour::WHITE) - 21.0).abs() < 0.001);
        let grey: Colour = "#767676".parse().expect("a colour");
        assert!((grey.contrast(Colour::WHITE) - 4.54).abs() < 0.01);
    }

    #[test]
    fn what_is_no_colour_is_refused() {
        for wrong in ["", "#", "red", "#12345", "#1234567", "#12345g", "123456", "#+12345", "#é2345"] {
            assert!(wrong.parse::<Colour>().is_err(), "{wrong}");
        }
        assert_eq!(" #1A6866 ".parse::<Colour>().map(|c| c.to_string()), Ok("#1a6866".to_owned()));
    }

    proptest! {
        #[test]
        fn a_colour_comes_back(parts: [u8; 3]) {
            let back = Colour(parts).seen().colour();
            for (ours, theirs) in parts.iter().zip(back.0) {
                prop_assert!(ours.abs_diff(theirs) <= 1, "{} {}", Colour(parts), back);
            }
        }
    }
}
