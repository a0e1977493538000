//! Text that others wrote, made harmless for a terminal.
use unicode_width::UnicodeWidthChar;

/// Without anything that moves the cursor, changes colours or reverses what is read: control characters and the marks that override
/// the direction of writing become a visible sign. Line breaks stay.
pub fn harmless(text: &str) -> String {
    let is_hidden = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{61c}');
    let safe = |c: char| match c {
        '\n' => '\n',
        '\t' => ' ',
        c if c.is_control() || is_hidden(c) => '\u{fffd}',
        c => c,
    };
    text.replace("\r\n", "\n").chars().map(safe).collect()
}

/// The same on one line.
pub fn one_line(text: &str) -> String {
    harmless(text).replace('\n', " ")
}

/// Breaks a text into lines of at most `width` columns, at spaces where there are any.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(1);
    let mut lines = Vec::new();
    for paragraph in text.split('\n') {
        let (mut line, mut used) = (String::new(), 0);
        for word in paragraph.split_inclusive(' ') {
            let word_width = columns(word.trim_end());
            if used > 0 && used + word_width > width {
                lines.push(std::mem::take(&mut line).trim_end().to_owned());
                used = 0;
            }
            for c in word.chars() {
                let c_width = c.width().unwrap_or(0);
                if used + c_width > width {
                    // a space at the end of a line is not needed
                    if c == ' ' {
                        continue;
                    }
                    lines.push(std::mem::take(&mut line));
                    used = 0;
                }
                line.push(c);
                used += c_width;
            }
        }
        lines.push(line.trim_end().to_owned());
    }
    lines
}

/// How many columns a text takes.
pub fn columns(text: &str) -> usize {
    text.chars().map(|c| c.width().unwrap_or(0)).sum()
}

/// The beginning of a text that fits, with a sign that something is missing.
pub fn cut(text: &str, width: usize) -> String {
    if columns(text) <= width {
        return text.to_owned();
    }
    let (mut out, mut used) = (String::new(), 1);
    for c in text.chars() {
        used += c.width().unwrap_or(0);
        if used > width {
            break;
        }
        out.push(c);
    }
    out + "…"
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn nothing_reaches_the_terminal_but_letters() {
        assert_eq!(harmless("a\u{1b}[31mred\u{7}\r\nb\u{202e}c"), "a\u{fffd}[31mred\u{fffd}\nb\u{fffd}c");
        assert_eq!(one_line("a\nb\tc"), "a b c");
    }

    #[test]
    fn breaks_at_spaces_and_in_long_words() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("abcdefgh", 3), ["abc", "def", "gh"]);
        assert_eq!(wrap("明日は東京", 4), ["明日", "は東", "京"]);
        assert_eq!(wrap("a\n\nb", 5), ["a", "", "b"]);
        assert_eq!(cut("Gartenparty", 6), "Garte…");
    }

    proptest! {
        #[test]
        fn lines_fit_and_nothing_but_spaces_is_lost(text in "[a-z 東京\n]{0,60}", width in 2usize..20) {
            let lines = wrap(&text, width);
            for line in &lines {
                prop_assert!(columns(line) <= width, "{line:?}");
            }
            let letters = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            prop_assert_eq!(letters(&lines.concat()), letters(&text));
        }
    }
}
