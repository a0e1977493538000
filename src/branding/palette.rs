//! From the one colour that an instance chooses: all shades that the web UI draws with, for light and for dark, each of them readable.
use crate::colour::{Colour, Seen};
use serde::Serialize;
use utoipa::ToSchema;

/// What text must have (WCAG 2, AA).
pub const TEXT: f64 = 4.5;
/// What lines and marks must have.
pub const MARKS: f64 = 3.0;
/// One step of lightness.
const STEP: f64 = 0.004;
/// How light the accent of the dark theme is at least, where only one colour is given.
const DARK_LEAST: f64 = 0.74;

/// As in `web-ui/src/styles/theme.css`: the surfaces that accents lie on, the canvas first.
struct Theme {
    surfaces: [Colour; 4],
    /// Where an accent goes to be seen better: darker on light surfaces, lighter on dark ones.
    is_dark: bool,
    /// How much of the accent is in its soft variant, at most.
    soft: f64,
    /// The weakest text, which has to be read on the soft variant too.
    faint: Colour,
}

const LIGHT: Theme = Theme {
    surfaces: [Colour([0xfd, 0xfc, 0xfa]), Colour([0xf0, 0xed, 0xe7]), Colour([0xe3, 0xdf, 0xd6]), Colour([0xff, 0xff, 0xff])],
    is_dark: false,
    soft: 0.16,
    faint: Colour([0x61, 0x5b, 0x53]),
};
const DARK: Theme = Theme {
    surfaces: [Colour([0x1e, 0x21, 0x23]), Colour([0x18, 0x1a, 0x1c]), Colour([0x11, 0x13, 0x14]), Colour([0x27, 0x2b, 0x2e])],
    is_dark: true,
    soft: 0.2,
    faint: Colour([0xa2, 0xa2, 0x9e]),
};

/// The shades of one theme.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Shades {
    /// Buttons, marks, lines.
    #[schema(value_type = String, example = "#1a6866")]
    pub accent: Shade,
    /// The same under the pointer.
    #[schema(value_type = String, example = "#135553")]
    pub hover: Shade,
    /// Text on them.
    #[schema(value_type = String, example = "#ffffff")]
    pub ink: Shade,
    /// Behind what is chosen or marked.
    #[schema(value_type = String, example = "#d9ebe8")]
    pub soft: Shade,
    /// Text in the accent's colour.
    #[schema(value_type = String, example = "#135a58")]
    pub text: Shade,
    /// Whether the accent is another than was asked for, since that could not have been seen.
    pub is_moved: bool,
    /// How well text on the accent is read (WCAG 2): at least 4.5.
    #[schema(example = 6.5)]
    pub ink_contrast: f64,
    /// How well text in the accent's colour is read where that is hardest: at least 4.5.
    #[schema(example = 5.9)]
    pub text_contrast: f64,
}

/// The shades of both themes.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Palette {
    pub light: Shades,
    pub dark: Shades,
}

/// A colour on the wire: `#rrggbb`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shade(pub Colour);

impl Serialize for Shade {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl Palette {
    /// From one colour, or from one for each theme.
    pub fn of(accent: Colour, dark: Option<Colour>) -> Palette {
        let dark = dark.unwrap_or_else(|| {
            let seen = accent.seen();
            Seen { light: seen.light.max(DARK_LEAST), ..seen }.colour()
        });
        Palette { light: LIGHT.shades(accent), dark: DARK.shades(dark) }
    }

    /// The variables of the web UI's style sheet.
    pub fn css(&self) -> String {
        let Palette { light, dark } = self;
        let pairs = [
            ("", light.accent, dark.accent),
            ("-hover", light.hover, dark.hover),
            ("-ink", light.ink, dark.ink),
            ("-soft", light.soft, dark.soft),
            ("-text", light.text, dark.text),
        ];
        let lines = pairs.map(|(name, light, dark)| format!("  --color-accent{name}: light-dark({}, {});\n", light.0, dark.0));
        format!(":root {{\n{}}}\n", lines.concat())
    }
}

impl Theme {
    fn shades(&self, asked: Colour) -> Shades {
        let accent = self.moved(asked, |colour| self.surfaces.iter().all(|surface| colour.contrast(*surface) >= MARKS));
        let ink = ink(accent);
        // away from the ink, so that it is read at least as well
        let step = if ink.contrast(Colour::BLACK) > ink.contrast(Colour::WHITE) { -0.05 } else { 0.05 };
        let seen = accent.seen();
        let hover = Seen { light: (seen.light + step).clamp(0.0, 1.0), ..seen }.colour();
        let hover = if hover.contrast(ink) >= TEXT { hover } else { accent };
        let soft = self.soft(accent);
        let reads = |colour: Colour| self.surfaces.iter().chain([&soft]).all(|surface| colour.contrast(*surface) >= TEXT);
        let text = self.moved(accent, reads);
        let hardest = self.surfaces.iter().chain([&soft]).map(|surface| text.contrast(*surface)).fold(f64::INFINITY, f64::min);
        Shades {
            accent: Shade(accent),
            hover: Shade(hover),
            ink: Shade(ink),
            soft: Shade(soft),
            text: Shade(text),
            is_moved: accent != asked,
            ink_contrast: rounded(accent.contrast(ink)),
            text_contrast: rounded(hardest),
        }
    }

    /// The canvas with as much of the accent in it as leaves the weakest text readable.
    fn soft(&self, accent: Colour) -> Colour {
        let mixes = (0..=20).rev().map(|twentieths| self.surfaces[0].mixed(accent, self.soft * f64::from(twentieths) / 20.0));
        let mut readable = mixes.filter(|soft| self.faint.contrast(*soft) >= TEXT);
        readable.next().unwrap_or(self.surfaces[0])
    }

    /// The colour, moved as little as it takes to be `enough`.
    fn moved(&self, colour: Colour, enough: impl Fn(Colour) -> bool) -> Colour {
        if enough(colour) {
            return colour;
        }
        let mut seen = colour.seen();
        let (step, end) = if self.is_dark { (STEP, Colour::WHITE) } else { (-STEP, Colour::BLACK) };
        while (0.0..=1.0).contains(&seen.light) {
            seen.light += step;
            let moved = seen.colour();
            if enough(moved) {
                return moved;
            }
        }
        end
    }
}

/// One digit is enough, and none that promises too much.
fn rounded(contrast: f64) -> f64 {
    (contrast * 10.0).floor() / 10.0
}

/// What is read best on it: white, or nearly black in the same colour, or black.
fn ink(on: Colour) -> Colour {
    let seen = on.seen();
    let tinted = Seen { light: 0.22, chroma: seen.chroma.min(0.04), hue: seen.hue }.colour();
    let best = if on.contrast(Colour::WHITE) >= on.contrast(Colour::BLACK) { Colour::WHITE } else { Colour::BLACK };
    [Colour::WHITE, tinted].into_iter().find(|ink| on.contrast(*ink) >= TEXT).unwrap_or(best)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(theme: &Theme, shades: &Shades) {
        let least = |pairs: &[(Colour, Colour)], least: f64| {
            for (a, b) in pairs {
                assert!(a.contrast(*b) >= least, "{a} on {b}: {} in {shades:?}", a.contrast(*b));
            }
        };
        least(
            &[
                (shades.ink.0, shades.accent.0),
                (shades.ink.0, shades.hover.0),
                (shades.text.0, shades.soft.0),
                (theme.faint, shades.soft.0),
            ],
            TEXT,
        );
        for surface in theme.surfaces {
            least(&[(shades.text.0, surface)], TEXT);
            least(&[(shades.accent.0, surface)], MARKS);
        }
    }

    proptest! {
        #[test]
        fn whatever_is_chosen_can_be_read(accent: [u8; 3], dark: Option<[u8; 3]>) {
            let palette = Palette::of(Colour(accent), dark.map(Colour));
            check(&LIGHT, &palette.light);
            check(&DARK, &palette.dark);
        }
    }

    #[test]
    fn a_good_colour_stays_as_it_is() {
        let teal: Colour = "#1a6866".parse().expect("a colour");
        let palette = Palette::of(teal, None);
        assert_eq!((palette.light.accent.0, palette.light.is_moved), (teal, false));
        assert_eq!(palette.light.ink.0, Colour::WHITE);
        assert!(palette.dark.accent.0.seen().light > 0.7, "lighter where it is dark");
        let css = palette.css();
        assert!(css.starts_with(":root {\n  --color-accent: light-dark(#1a6866, #"), "{css}");
        assert_eq!(css.matches("light-dark(").count(), 5);
    }

    #[test]
    fn yellow_on_white_becomes_darker_and_says_so() {
        let palette = Palette::of("#ffee00".parse().expect("a colour"), None);
        assert!(palette.light.is_moved && !palette.dark.is_moved, "{palette:?}");
    }
}
