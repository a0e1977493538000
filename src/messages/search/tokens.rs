//! Cuts text into the words that the search's index holds. What is stored, what is asked and what is highlighted all go through
//! here, so that they agree on both databases.
//!
//! Words are runs of letters and digits, in lower case and without accents. Scripts that put no spaces between words (Chinese,
//! Japanese, Korean, Thai …) are cut into overlapping pairs of characters and the last single one: a word of two or more
//! characters is then a row of pairs, and a single character is the beginning of a pair.
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::{compose, is_combining_mark};

/// The longest word in characters; of a longer one only the beginning counts.
const LONGEST: usize = 64;
/// Length of a mention of a person or room in the text: `<@`, an id, `>`; one more for roles.
const MENTION: usize = 39;

/// A word of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// As it is indexed.
    pub text: String,
    /// Where it stands in the text, in bytes.
    pub start: usize,
    pub end: usize,
    pub kind: Kind,
}

/// What a token is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A word between spaces.
    Word,
    /// Two neighbours of a script without spaces; the first of them ends here, in bytes.
    Pair { first_end: usize },
    /// The last character before something else.
    Last,
}

/// A character of a run without spaces, folded.
struct Unit {
    text: String,
    start: usize,
    end: usize,
}

#[derive(Default)]
struct Cutter {
    tokens: Vec<Token>,
    word: Option<Token>,
    length: usize,
    run: Vec<Unit>,
}

/// The words of a text, in order.
pub fn tokens(text: &str) -> Vec<Token> {
    let mut cutter = Cutter::default();
    let mut skip_to = 0;
    for (at, c) in text.char_indices() {
        if at < skip_to {
            continue;
        }
        if c == '<'
            && let Some(length) = mention(&text[at..])
        {
            cutter.end_all();
            skip_to = at + length;
            continue;
        }
        let end = at + c.len_utf8();
        if is_joined(c) {
            cutter.end_word();
            cutter.push_unit(c, at, end);
        } else if c.is_alphanumeric() || is_combining_mark(c) {
            cutter.end_run();
            cutter.push_letter(c, at, end);
        } else if !is_ignored(c) {
            cutter.end_all();
        }
    }
    cutter.end_all();
    cutter.tokens
}

/// Tokens as the index takes them: one space between two.
pub fn join(tokens: &[Token]) -> String {
    tokens.iter().map(|token| token.text.as_str()).collect::<Vec<_>>().join(" ")
}

/// The bytes of a mention that the text begins with. Ids are no words.
pub fn mention(text: &str) -> Option<usize> {
    let (begin, length) = match text.as_bytes() {
        [b'<', b'@', b'&', ..] => (3, MENTION + 1),
        [b'<', b'@' | b'#', ..] => (2, MENTION),
        _ => return None,
    };
    let id = text.get(begin..length - 1)?;
    let is_mention = id.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-') && text.as_bytes().get(length - 1) == Some(&b'>');
    is_mention.then_some(length)
}

/// Whether the text has an address that a browser would open.
pub fn has_link(text: &str) -> bool {
    let after = |scheme: &str| text.match_indices(scheme).any(|(at, _)| text[at + scheme.len()..].starts_with(char::is_alphanumeric));
    after("https://") || after("http://")
}

impl Cutter {
    fn push_letter(&mut self, c: char, start: usize, end: usize) {
        let word = self.word.get_or_insert_with(|| Token { text: String::new(), start, end, kind: Kind::Word });
        word.end = end;
        if self.length < LONGEST {
            self.length += 1;
            fold(c, &mut word.text);
        }
    }

    fn push_unit(&mut self, c: char, start: usize, end: usize) {
        let mut text: String = std::iter::once(c).nfkc().filter(|c| c.is_alphanumeric() || is_combining_mark(*c)).collect();
        // a sound mark of its own belongs to the character before it
        if let (Some(last), Some(mark @ ('\u{3099}' | '\u{309a}'))) = (self.run.last_mut(), text.chars().next())
            && let Some(whole) = last.text.chars().next().and_then(|base| compose(base, mark))
        {
            text = whole.to_string();
            (last.text, last.end) = (text, end);
            return;
        }
        if !text.is_empty() {
            self.run.push(Unit { text, start, end });
        }
    }

    fn end_word(&mut self) {
        self.length = 0;
        self.tokens.extend(self.word.take().filter(|word| !word.text.is_empty()));
    }

    fn end_run(&mut self) {
        let run = std::mem::take(&mut self.run);
        for (i, unit) in run.iter().enumerate() {
            self.tokens.push(match run.get(i + 1) {
                Some(next) => Token {
                    text: format!("{}{}", unit.text, next.text),
                    start: unit.start,
                    end: next.end,
                    kind: Kind::Pair { first_end: unit.end },
                },
                None => Token { text: unit.text.clone(), start: unit.start, end: unit.end, kind: Kind::Last },
            });
        }
    }

    fn end_all(&mut self) {
        self.end_word();
        self.end_run();
    }
}

/// Lower case, without accents, and letters that people write in two ways in one.
fn fold(c: char, out: &mut String) {
    if c.is_ascii() {
        out.push(c.to_ascii_lowercase());
        return;
    }
    for c in std::iter::once(c).nfkd().flat_map(char::to_lowercase).nfkd() {
        match c {
            'ß' => out.push_str("ss"),
            'æ' => out.push_str("ae"),
            'œ' => out.push_str("oe"),
            'ø' => out.push('o'),
            'ł' => out.push('l'),
            'đ' => out.push('d'),
            'ħ' => out.push('h'),
            'ı' => out.push('i'),
            'ς' => out.push('σ'),
            _ if is_accent(c) => {}
            _ if c.is_alphanumeric() || is_combining_mark(c) => out.push(c),
            _ => {}
        }
    }
}

/// Marks that people leave out when they search: accents, and the vowel points of Hebrew and Arabic. Other scripts'
/// marks are vowels that make another word.
fn is_accent(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{591}'..='\u{5c7}' | '\u{610}'..='\u{61a}' | '\u{64b}'..='\u{65f}' | '\u{670}'
        | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}')
}

/// Invisible inside a word: soft hyphens, joiners, marks of direction.
fn is_ignored(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
}

/// Characters of scripts that are written without spaces between words, or (Korean) with endings that stick to them.
fn is_joined(c: char) -> bool {
    let in_range = matches!(c, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1100}'..='\u{11ff}' | '\u{1780}'..='\u{17ff}'
        | '\u{2e80}'..='\u{2fdf}' | '\u{3005}'..='\u{3007}' | '\u{3021}'..='\u{3029}' | '\u{3031}'..='\u{318f}' | '\u{31a0}'..='\u{31bf}'
        | '\u{31f0}'..='\u{31ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{a960}'..='\u{a97f}' | '\u{ac00}'..='\u{d7ff}'
        | '\u{f900}'..='\u{faff}' | '\u{ff66}'..='\u{ffdc}' | '\u{1aff0}'..='\u{1b16f}' | '\u{20000}'..='\u{3ffff}');
    in_range && (c.is_alphanumeric() || is_combining_mark(c))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn words(text: &str) -> String {
        join(&tokens(text))
    }

    #[test]
    fn words_lose_case_accents_and_what_stands_between_them() {
        for (text, expected) in [
            ("Hello, World!", "hello world"),
            ("Café CAFE\u{301} naïve", "cafe cafe naive"),
            ("Straße Łódź Ærø İstanbul ΟΔΟΣ", "strasse lodz aero istanbul οδοσ"),
            ("foo_bar don't C++ 12.5", "foo bar don t c 12 5"),
            ("co\u{ad}operate ﬁne Ⅳ", "cooperate fine iv"),
            ("שָׁלוֹם مُحَمَّد", "שלום محمد"),
            ("हिन्दी", "हिन्दी"),
            ("see <@0199c0de-0000-7000-8000-000000000001> in <#0199c0de-0000-7000-8000-000000000002>", "see in"),
            ("a <@me> b", "a me b"),
            ("👍 … —", ""),
        ] {
            assert_eq!(words(text), expected, "{text}");
        }
    }

    #[test]
    fn scripts_without_spaces_become_pairs_and_a_last_one() {
        for (text, expected) in [
            ("東京都", "東京 京都 都"),
            ("猫", "猫"),
            ("iPhone15を買う", "iphone15 を買 買う う"),
            ("ｶﾞｷﾞ", "ガギ ギ"),
            ("안녕 하세요", "안녕 녕 하세 세요 요"),
            ("你好，世界", "你好 好 世界 界"),
        ] {
            assert_eq!(words(text), expected, "{text}");
        }
    }

    #[test]
    fn links_are_addresses_with_something_behind_the_scheme() {
        assert!(has_link("see https://example.org.") && has_link("(http://a)"));
        assert!(!has_link("https:// is a scheme") && !has_link("example.org"));
    }

    #[test]
    fn a_word_has_a_longest_length() {
        let found = tokens(&"é".repeat(500));
        assert_eq!((found.len(), found[0].text.len(), found[0].end), (1, LONGEST, 1_000));
    }

    proptest! {
        #[test]
        fn tokens_stand_where_they_say_and_fold_to_themselves(text in "\\PC{0,60}|[a-zéßİ東京ｶﾞกำ<@#> -]{0,60}") {
            let found = tokens(&text);
            for token in &found {
                prop_assert!(token.start < token.end && text.get(token.start..token.end).is_some());
                prop_assert!(token.text.chars().all(|c| c.is_alphanumeric() || is_combining_mark(c)), "{:?}", token.text);
                prop_assert!(!token.text.is_empty() && token.text.len() < 2_000);
            }
            prop_assert!(found.windows(2).all(|two| two[0].start <= two[1].start));
        }
    }
}
