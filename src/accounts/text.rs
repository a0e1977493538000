//! What names and texts of a profile may be. Everything that is stored has passed here.
use snug_base::{Code, Result};

/// Trims a line of text and refuses what is too short, too long, or has control characters.
pub fn line(field: &'static str, text: &str, least: usize, most: usize) -> Result<String> {
    check(field, text, least, most, |c| c.is_control())
}

/// The same for a text of several lines.
pub fn lines(field: &'static str, text: &str, most: usize) -> Result<String> {
    check(field, &text.replace("\r\n", "\n"), 0, most, |c| c.is_control() && c != '\n')
}

fn check(field: &'static str, text: &str, least: usize, most: usize, is_refused: fn(char) -> bool) -> Result<String> {
    let text = text.trim();
    if text.chars().any(is_refused) {
        return Err(Code::Invalid.field(field, "must not have control characters"));
    }
    let length = text.chars().count();
    if length < least || length > most {
        let range =
            if least == 0 { format!("must have at most {most} characters") } else { format!("must have {least} to {most} characters") };
        return Err(Code::Invalid.field(field, range));
    }
    Ok(text.to_owned())
}

/// A username in the form in which it is stored.
pub fn username(text: &str) -> Result<String> {
    let name = text.trim().to_lowercase();
    let is_allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '.' | '-');
    if (2..=32).contains(&name.len()) && name.chars().all(is_allowed) {
        Ok(name)
    } else {
        Err(Code::Invalid.field("username", "must have 2 to 32 characters: letters a to z, digits, and the signs _ . -"))
    }
}

/// An e-mail address in the form in which it is stored. Whether it exists shows only when a message is sent to it.
pub fn email(text: &str) -> Result<String> {
    let address = text.trim().to_lowercase();
    let looks_right = address.len() <= 254
        && !address.chars().any(|c| c.is_whitespace() || c.is_control())
        && address.split_once('@').is_some_and(|(who, host)| !who.is_empty() && !host.is_empty() && !host.contains('@'));
    if looks_right { Ok(address) } else { Err(Code::Invalid.field("email", "must be an e-mail address like ann@example.org")) }
}

/// A link to elsewhere: empty, or an address of the web.
pub fn link(text: &str) -> Result<String> {
    let link = line("link", text, 0, 200)?;
    let is_web = ["https://", "http://"].iter().any(|scheme| link.strip_prefix(scheme).is_some_and(|rest| !rest.is_empty()));
    if link.is_empty() || (is_web && !link.contains(char::is_whitespace)) {
        Ok(link)
    } else {
        Err(Code::Invalid.field("link", "must be empty or begin with https:// or http://"))
    }
}

/// What somebody searches for, or a cursor that they send back: trimmed, at most 254 characters, nothing unprintable.
pub fn query(field: &'static str, text: Option<&str>) -> Result<String> {
    line(field, text.unwrap_or_default(), 0, 254)
}

/// What the search looks at: in lower case, a space before each word.
pub fn search_column(username: &str, display_name: &str) -> String {
    std::iter::once(username).chain(display_name.split_whitespace()).fold(String::new(), |all, word| all + " " + &word.to_lowercase())
}

/// A pattern for LIKE that finds `prefix` at the beginning of a word of the search column.
pub fn word_pattern(prefix: &str) -> String {
    format!("% {}%", escape(prefix))
}

/// A pattern for LIKE that finds `part` anywhere.
pub fn part_pattern(part: &str) -> String {
    format!("%{}%", escape(part))
}

fn escape(text: &str) -> String {
    let words = text.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ");
    words.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usernames() {
        assert_eq!(username(" Ann.B-2 ").ok().as_deref(), Some("ann.b-2"));
        for wrong in ["a", "", "ann b", "änn", "a/b", &"a".repeat(33)] {
            assert!(username(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn email_addresses() {
        assert_eq!(email("Ann@Example.ORG").ok().as_deref(), Some("ann@example.org"));
        for wrong in ["ann", "@x", "x@", "a@b@c", "a b@c"] {
            assert!(email(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn links_are_of_the_web() {
        assert!(link("https://example.org/ann").is_ok() && link("").is_ok());
        for wrong in ["javascript:alert(1)", "https://", "example.org", "https://a b"] {
            assert!(link(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn lines_have_bounds_and_no_control_characters() {
        assert_eq!(line("name", "  Ann ", 1, 3).ok().as_deref(), Some("Ann"));
        assert!(line("name", "   ", 1, 3).is_err());
        assert!(line("name", "Anna", 1, 3).is_err());
        assert!(line("name", "A\u{7}", 1, 3).is_err());
        assert!(lines("bio", "a\r\nb", 3).is_ok_and(|text| text == "a\nb"));
    }

    #[test]
    fn patterns_match_the_beginning_of_words_and_escape() {
        assert_eq!(search_column("ann", "Ann  von Ärger"), " ann ann von ärger");
        assert_eq!(word_pattern("Von  Är"), "% von är%");
        assert_eq!(word_pattern("50%_\\"), "% 50\\%\\_\\\\%");
    }
}
