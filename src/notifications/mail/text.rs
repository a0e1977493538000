//! Foreign words in letters: names and messages that somebody else wrote.

/// Of a name.
pub const NAME: usize = 64;

/// One line that can do nothing but be read: without control characters, and without marks that turn the direction of what stands after.
/// At most `most` characters.
pub fn line(text: &str, most: usize) -> String {
    let harmless: String = text.chars().filter(|c| !is_mark(*c)).map(|c| if is_break(c) { ' ' } else { c }).collect();
    let line = harmless.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(most) {
        // half an emoji is none
        Some((end, _)) => format!("{}…", line[..end].trim_end_matches(['\u{200D}', '\u{FE0F}', ' '])),
        None => line,
    }
}

fn is_break(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

/// What changes direction, or is not seen.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{061C}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}' | '\u{E0000}'..='\u{E0FFF}')
}

/// For HTML: in elements and in quoted attributes.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

/// What was written as a spoiler is not told in a letter.
pub fn without_spoilers(text: &str) -> String {
    let mut told = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, inside)) = rest.split_once("||") {
        let Some((_, after)) = inside.split_once("||") else { break };
        told.push_str(before);
        told.push_str("▒▒▒");
        rest = after;
    }
    told.push_str(rest);
    told
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_line_stays_one_and_reads_from_where_it_begins() {
        assert_eq!(line("a\r\nBcc: b@example.org\u{2028}c", 80), "a Bcc: b@example.org c");
        assert_eq!(line("\u{202E}evil\u{2066}", 80), "evil");
        assert_eq!(line("שלום עולם", 80), "שלום עולם");
        assert_eq!(line("👨‍👩‍👧‍👦👍", 80), "👨‍👩‍👧‍👦👍");
        assert_eq!(line("👨‍👩‍👧‍👦", 2), "👨…");
        assert_eq!(line(&"ü".repeat(100), 10).chars().count(), 11);
    }

    #[test]
    fn spoilers_are_not_told() {
        assert_eq!(without_spoilers("He ||dies|| at the ||end|| || so"), "He ▒▒▒ at the ▒▒▒ || so");
        assert_eq!(without_spoilers("a || b"), "a || b");
    }

    proptest! {
        #[test]
        fn whatever_is_written_is_one_short_line(text in "\\PC*|.*|[\\s\\u{0}-\\u{2F}\\u{202A}-\\u{2069}]*", most in 1usize..100) {
            let line = line(&text, most);
            prop_assert!(line.chars().count() <= most + 1);
            prop_assert!(!line.chars().any(|c| c.is_control() || is_mark(c) || is_break(c)), "{line:?}");
        }

        #[test]
        fn nothing_that_is_escaped_opens_or_closes_anything(text in ".*") {
            let escaped = escape(&text);
            prop_assert!(!escaped.contains(['<', '>', '"', '\'']));
            let back = escaped.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'").replace("&amp;", "&");
            prop_assert_eq!(back, text);
        }
    }
}
