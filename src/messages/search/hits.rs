//! Where a text says what was searched for: to mark it, to cut a piece around it, and to rank it.
use super::query::Term;
use super::tokens::{Kind, Token, mention, tokens};
use crate::model::Fragment;
use std::ops::Range;

/// Characters of the text that a hit shows.
const SHOWN: usize = 240;
/// Characters before the first place that was found.
const BEFORE: usize = 60;

/// How words are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Whole words and beginnings.
    Words,
    /// Any part of a word.
    Parts,
}

/// A text and where the terms stand in it.
pub struct Found {
    /// Bytes of the text, in order, not touching one another.
    pub places: Vec<Range<usize>>,
    /// How often each term is there.
    pub counts: Vec<usize>,
    /// Words of the text.
    pub length: usize,
}

/// Looks for terms in a text.
pub fn find(text: &str, terms: &[Term], mode: Mode) -> Found {
    let tokens = tokens(text);
    let mut places: Vec<Range<usize>> = Vec::new();
    let mut counts = Vec::with_capacity(terms.len());
    for term in terms {
        let before = places.len();
        for window in tokens.windows(term.words.len()) {
            places.extend(place(window, term, mode));
        }
        counts.push(places.len() - before);
    }
    places.sort_unstable_by_key(|place| (place.start, place.end));
    places.dedup_by(|next, kept| {
        let touches = next.start <= kept.end;
        if touches {
            kept.end = kept.end.max(next.end);
        }
        touches
    });
    Found { places, counts, length: tokens.len() }
}

/// The bytes that these tokens cover if they are the term.
fn place(window: &[Token], term: &Term, mode: Mode) -> Option<Range<usize>> {
    let (first, last) = (window.first()?, window.last()?);
    let end = term.words.len() - 1;
    let is_there = window.iter().zip(&term.words).enumerate().all(|(i, (token, word))| match mode {
        Mode::Parts if end == 0 => token.text.contains(word.as_str()),
        Mode::Parts if i == 0 => token.text.ends_with(word.as_str()),
        Mode::Parts if i == end => token.text.starts_with(word.as_str()),
        Mode::Words if i == end && term.is_prefix => token.text.starts_with(word.as_str()),
        _ => token.text == *word,
    });
    let word = term.words.last()?;
    let end = match last.kind {
        // one character was asked for, so its neighbour is not meant
        Kind::Pair { first_end } if last.text.len() > word.len() => first_end,
        _ => last.end,
    };
    is_there.then_some(first.start..end)
}

/// The text around its first hit, in pieces that say which are hits.
pub fn fragments(text: &str, places: &[Range<usize>]) -> Vec<Fragment> {
    let window = window(text, places.first());
    let mut pieces: Vec<Fragment> = Vec::new();
    let mut push = |piece: &str, is_hit: bool| match pieces.last_mut() {
        Some(last) if last.is_hit == is_hit => last.text.push_str(piece),
        _ if piece.is_empty() => {}
        _ => pieces.push(Fragment { text: piece.to_owned(), is_hit }),
    };
    if window.start > 0 {
        push("…", false);
    }
    let mut at = window.start;
    for place in places.iter().filter(|place| place.start < window.end) {
        let (start, end) = (place.start.max(at), place.end.min(window.end));
        push(&text[at..start], false);
        push(&text[start..end], true);
        at = end;
    }
    push(&text[at..window.end], false);
    if window.end < text.len() {
        push("…", false);
    }
    pieces
}

/// What part of the text is shown: all of it, or some around the first hit, between words if there are any.
fn window(text: &str, first: Option<&Range<usize>>) -> Range<usize> {
    if text.chars().nth(SHOWN).is_none() {
        return 0..text.len();
    }
    let hit = first.map_or(0, |place| place.start);
    let mut start = text[..hit].char_indices().rev().nth(BEFORE - 1).map_or(0, |(at, _)| at);
    if start > 0 {
        start = text[start..hit].find(char::is_whitespace).map_or(start, |at| start + at);
        start += text[start..hit].len() - text[start..hit].trim_start().len();
        start = outside_mention(text, start);
    }
    // two characters are for the dots
    let Some((limit, _)) = text[start..].char_indices().nth(SHOWN - 2).map(|(at, c)| (start + at, c)) else { return start..text.len() };
    let shown_to = first.map_or(start, |place| place.end.min(limit));
    let end = text[shown_to..limit].rfind(char::is_whitespace).map_or(limit, |at| shown_to + at);
    start..outside_mention(text, end).max(start)
}

/// Moves a cut that lies inside a mention before it.
fn outside_mention(text: &str, cut: usize) -> usize {
    match text[..cut].rfind('<') {
        Some(open) if mention(&text[open..]).is_some_and(|length| open + length > cut) => open,
        _ => cut,
    }
}

#[cfg(test)]
mod tests {
    use super::super::query::parse;
    use super::*;
    use proptest::prelude::*;

    /// The fragments as one text, with hits in brackets.
    fn shown(text: &str, query: &str, mode: Mode) -> String {
        let found = find(text, &parse(query).unwrap().terms, mode);
        let mark = |f: &Fragment| if f.is_hit { format!("[{}]", f.text) } else { f.text.clone() };
        fragments(text, &found.places).iter().map(mark).collect()
    }

    #[test]
    fn what_was_searched_for_is_marked() {
        for (text, query, expected) in [
            ("The Café garden", "cafe gard", "The [Café] [garden]"),
            ("rose garden, garden rose", "\"rose garden\"", "[rose garden], garden rose"),
            ("don't", "don't", "[don't]"),
            ("東京都に行く", "東京都", "[東京都]に行く"),
            ("東京都に行く", "都", "東京[都]に行く"),
            ("行く", "く", "行[く]"),
            ("**bold** <@0199c0de-0000-7000-8000-000000000001>", "bold 0199c0de", "**[bold]** <@0199c0de-0000-7000-8000-000000000001>"),
            ("nothing here", "else", "nothing here"),
        ] {
            assert_eq!(shown(text, query, Mode::Words), expected, "{query} in {text}");
        }
        assert_eq!(shown("seafood, sea food", "foo", Mode::Parts), "[seafood], sea [food]");
        assert_eq!(shown("seafood store", "\"food sto\"", Mode::Parts), "[seafood store]");
    }

    #[test]
    fn a_long_text_is_cut_between_words_around_the_first_hit() {
        let text = format!("{}needle {}", "hay ".repeat(100), "straw ".repeat(100));
        let cut = shown(&text, "needle", Mode::Words);
        assert!(cut.starts_with("…hay ") && cut.contains(" [needle] straw") && cut.ends_with("straw…"), "{cut}");
        let from_the_start = shown(&text, "nothing", Mode::Words);
        assert!(from_the_start.starts_with("hay hay") && from_the_start.ends_with("hay…"));
    }

    proptest! {
        #[test]
        fn pieces_are_short_and_from_the_text(
            text in "(\\PC|[a-c \\n東京]|<@0199c0de-0000-7000-8000-000000000001>){0,400}",
            query in "[a-c東京]{1,3}( [a-c]{1,3}){0,2}",
        ) {
            let found = find(&text, &parse(&query).unwrap().terms, Mode::Words);
            let pieces = fragments(&text, &found.places);
            let all: String = pieces.iter().map(|f| f.text.as_str()).collect();
            prop_assert!(all.chars().count() <= SHOWN);
            prop_assert!(text.contains(all.trim_matches('…')) || all.contains('…'));
            prop_assert_eq!(pieces.iter().any(|f| f.is_hit), !found.places.is_empty());
            prop_assert!(pieces.windows(2).all(|two| two[0].is_hit != two[1].is_hit));
        }
    }
}
