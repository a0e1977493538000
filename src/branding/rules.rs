//! Decisions without I/O: what names, texts and the folder's settings may be.
use crate::colour::Colour;
use serde::Deserialize;
use snug_accounts::text;
use snug_base::{Code, Result};

/// Characters of the text on the sign-in page.
pub const WELCOME_CHARS: usize = 2_000;
/// Characters of the rules.
pub const RULES_CHARS: usize = 20_000;
/// Bytes of the custom style sheet.
pub const CSS_BYTES: usize = 64 * 1024;
/// Pictures that people may have for emoji.
pub const EMOJI: usize = 500;

/// What the folder's `branding.toml` may say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FolderSettings {
    pub name: Option<String>,
    pub accent: Option<String>,
    pub accent_dark: Option<String>,
}

/// A colour, or nothing for the colours that Snug comes with.
pub fn colour(field: &'static str, text: &str) -> Result<Option<Colour>> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|e| Code::Invalid.field(field, e))
}

/// The text on the sign-in page.
pub fn welcome(text: &str) -> Result<String> {
    text::lines("welcome", text, WELCOME_CHARS)
}

/// The rules.
pub fn rules(text: &str) -> Result<String> {
    text::lines("rules", text, RULES_CHARS)
}

/// A style sheet. Whether it is a good one only a browser knows.
pub fn css(text: &str) -> Result<String> {
    if text.len() > CSS_BYTES {
        return Err(Code::Invalid.field("css", format!("may have at most {CSS_BYTES} bytes; it has {}", text.len())));
    }
    if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        return Err(Code::Invalid.field("css", "must not have control characters"));
    }
    Ok(text.trim().to_owned())
}

/// The name of an emoji, without its colons.
pub fn emoji_name(name: &str) -> Result<String> {
    let is_allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-');
    if (2..=32).contains(&name.len()) && name.chars().all(is_allowed) {
        Ok(name.to_owned())
    } else {
        Err(Code::Invalid.field("name", "must have 2 to 32 characters: letters a to z, digits, and the signs _ -"))
    }
}

impl FolderSettings {
    /// Reads `branding.toml`. Errors are sentences for the operator.
    pub fn parse(text: &str) -> Result<FolderSettings, String> {
        let said: FolderSettings = toml::from_str(text).map_err(|e| {
            let line = e.span().map(|span| text.get(..span.start).unwrap_or_default().matches('\n').count() + 1);
            let place = line.map(|line| format!("line {line}: ")).unwrap_or_default();
            format!("{place}{}. It may have name, accent and accent_dark", e.message().trim_end_matches('.'))
        })?;
        let name = said.name.map(|name| text::line("name", &name, 1, 50)).transpose().map_err(|e| e.detail)?;
        for (field, value) in [("accent", &said.accent), ("accent_dark", &said.accent_dark)] {
            if let Some(value) = value {
                colour(field, value).map_err(|e| e.detail)?;
            }
        }
        Ok(FolderSettings { name, ..said })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_emoji() {
        for good in ["ok", "party_parrot", "blob-cat", "100", "a".repeat(32).as_str()] {
            assert!(emoji_name(good).is_ok(), "{good}");
        }
        for bad in ["", "a", "Cat", "ca t", "cat!", "käse", "../cat", "a.b", "a".repeat(33).as_str()] {
            assert!(emoji_name(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_folders_settings() {
        let good = FolderSettings::parse("name = \" Garden \"\naccent = \"#123456\"\n");
        assert_eq!(good, Ok(FolderSettings { name: Some("Garden".to_owned()), accent: Some("#123456".to_owned()), accent_dark: None }));
        assert_eq!(FolderSettings::parse(""), Ok(FolderSettings::default()));
        let wrong = [
            ("name = \"\"", "name: must have 1 to 50 characters"),
            ("accent = \"teal\"", "accent: must be a colour like #1a6866"),
            ("\naccents = \"#123456\"", "line 2: unknown field `accents`"),
            ("name =", "line 1: "),
            ("name = 5", "line 1: "),
        ];
        for (text, expected) in wrong {
            let said = FolderSettings::parse(text).expect_err(text);
            assert!(said.starts_with(expected), "{text}: {said}");
        }
    }

    #[test]
    fn style_sheets_have_a_size() {
        assert!(css(&"a".repeat(CSS_BYTES)).is_ok());
        assert!(css(&"a".repeat(CSS_BYTES + 1)).is_err());
        assert!(css("a\0b").is_err());
    }
}
