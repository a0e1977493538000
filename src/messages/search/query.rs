//! What people type into the search field, as terms and filters. Pure: names are looked up elsewhere.
use super::tokens::{Kind, Token, tokens};
use snug_base::{Code, Error, Result};
use std::fmt::Display;

/// Characters of a query.
const LONGEST: usize = 200;
/// Words, phrases and filters of a query.
const TERMS: usize = 16;
/// Letters from which on the last word counts as a beginning; shorter ones would find nearly everything.
const PREFIX: usize = 3;
const DAY_MS: i64 = 86_400_000;

/// A query, taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parsed {
    /// All of these have to be there.
    pub terms: Vec<Term>,
    /// None of these may be there.
    pub excluded: Vec<Term>,
    pub from: Option<Author>,
    /// Unix milliseconds.
    pub before: Option<i64>,
    pub after: Option<i64>,
    pub has_link: bool,
}

/// Words in a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    pub words: Vec<String>,
    /// Whether the last word is only the beginning of one.
    pub is_prefix: bool,
    /// Whether it is all of scripts with spaces between words.
    pub is_spaced: bool,
}

/// Whose messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Author {
    Me,
    /// A username, lower case.
    Named(String),
}

/// A piece of the query between spaces, or in quotation marks.
struct Piece<'a> {
    text: &'a str,
    is_excluded: bool,
    is_phrase: bool,
    is_prefix: bool,
}

/// Takes a query apart. Empty is allowed: filters may also come from elsewhere.
pub fn parse(text: &str) -> Result<Parsed> {
    if text.chars().count() > LONGEST {
        return Err(invalid(format!("has more than {LONGEST} characters; leave some words out")));
    }
    let pieces = pieces(text);
    if pieces.len() > TERMS {
        return Err(invalid(format!("has more than {TERMS} words and filters; leave some out")));
    }
    let mut parsed = Parsed::default();
    let mut last_bare = None;
    for piece in pieces {
        if !piece.is_phrase
            && let Some((name, value)) = filter(piece.text)
        {
            if piece.is_excluded {
                return Err(invalid(format!("{name}: can't be excluded; leave the minus out")));
            }
            apply(&mut parsed, &name, value)?;
        } else if let Some(term) = term(&tokens(piece.text), piece.is_prefix) {
            let list = if piece.is_excluded { &mut parsed.excluded } else { &mut parsed.terms };
            if !piece.is_phrase && !piece.is_excluded {
                last_bare = Some(list.len());
            }
            list.push(term);
        }
    }
    if let Some(last) = last_bare.and_then(|at| parsed.terms.get_mut(at)) {
        let is_long = last.words.last().is_some_and(|word| word.chars().count() >= PREFIX);
        last.is_prefix |= last.is_spaced && is_long;
    }
    Ok(parsed)
}

impl Parsed {
    /// Whether it asks for nothing.
    pub fn is_empty(&self) -> bool {
        *self == Parsed::default()
    }
}

fn invalid(detail: impl Display) -> Error {
    Code::Invalid.field("q", detail)
}

fn is_quote(c: char) -> bool {
    matches!(c, '"' | '“' | '”' | '„' | '«' | '»')
}

fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let after_minus = rest.strip_prefix(['-', '−']).filter(|after| after.starts_with(|c: char| !c.is_whitespace()));
        let is_excluded = after_minus.is_some();
        rest = after_minus.unwrap_or(rest);
        let is_phrase = rest.starts_with(is_quote);
        let (text, after) = if is_phrase {
            let body = rest.trim_start_matches(is_quote);
            let end = body.find(is_quote).unwrap_or(body.len());
            (&body[..end], body[end..].strip_prefix(is_quote).unwrap_or_default())
        } else {
            rest.split_at(rest.find(char::is_whitespace).unwrap_or(rest.len()))
        };
        let star_behind = is_phrase && after.starts_with('*');
        pieces.push(Piece { text, is_excluded, is_phrase, is_prefix: star_behind || (!is_phrase && text.ends_with('*')) });
        rest = after.trim_start_matches('*').trim_start();
    }
    pieces
}

/// `name:value` where we know the name. Anything else with a colon is just words.
fn filter(text: &str) -> Option<(String, &str)> {
    let (name, value) = text.split_once(':')?;
    let name = name.to_ascii_lowercase();
    ["from", "has", "before", "after", "in"].contains(&name.as_str()).then_some((name, value))
}

fn apply(parsed: &mut Parsed, name: &str, value: &str) -> Result<()> {
    match name {
        "from" => {
            let name = value.trim_start_matches('@').to_lowercase();
            if name.is_empty() {
                return Err(invalid("from: needs a username behind it, such as from:ann or from:me"));
            }
            parsed.from = Some(if name == "me" { Author::Me } else { Author::Named(name) });
        }
        "has" if value.eq_ignore_ascii_case("link") => parsed.has_link = true,
        "has" => return Err(invalid("has: knows only has:link")),
        "before" => parsed.before = Some(day(name, value)?),
        "after" => parsed.after = Some(day(name, value)?),
        _ => return Err(invalid("in: is not written here; say where to search with conversation_id or server_id")),
    }
    Ok(())
}

/// The beginning of a day such as 2026-05-01 in UTC, Unix milliseconds.
fn day(name: &str, value: &str) -> Result<i64> {
    let wrong = || invalid(format!("{name}: needs a day behind it, such as {name}:2026-05-01"));
    let parts: Vec<i64> = value.split('-').map(|part| part.parse().map_err(|_| wrong())).collect::<Result<_>>()?;
    let [year @ 1970..=9999, month @ 1..=12, day] = parts[..] else { return Err(wrong()) };
    let is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let lengths = [31, if is_leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let before: i64 = lengths.iter().take(usize::try_from(month - 1).unwrap_or(0)).sum();
    let length = lengths.get(usize::try_from(month - 1).unwrap_or(0)).copied().unwrap_or(0);
    if !(1..=length).contains(&day) {
        return Err(wrong());
    }
    let years = year - 1970;
    // leap years since 1970 that are over
    let leaps = (year - 1) / 4 - (year - 1) / 100 + (year - 1) / 400 - 477;
    Ok((years * 365 + leaps + before + day - 1) * DAY_MS)
}

/// The words of one piece. The single character that ends a run of pairs is left out: more may follow it in the text.
fn term(tokens: &[Token], is_prefix: bool) -> Option<Term> {
    let (last, before) = tokens.split_last()?;
    let is_spaced = tokens.iter().all(|token| token.kind == Kind::Word);
    let ends_a_run = |token: &Token| matches!(token.kind, Kind::Pair { .. }) && token.end == last.end;
    let (kept, is_prefix) = match last.kind {
        Kind::Last if before.last().is_some_and(ends_a_run) => (before, false),
        Kind::Last => (tokens, true),
        _ => (tokens, is_prefix && last.text.chars().count() > 1),
    };
    Some(Term { words: kept.iter().map(|token| token.text.clone()).collect(), is_prefix, is_spaced })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Terms as text: words with a dot between, a star behind beginnings, a minus before excluded ones.
    fn terms(text: &str) -> String {
        let parsed = parse(text).unwrap();
        let show = |sign: &str, t: &Term| format!("{sign}{}{}", t.words.join("."), if t.is_prefix { "*" } else { "" });
        let all = parsed.terms.iter().map(|t| show("", t)).chain(parsed.excluded.iter().map(|t| show("-", t)));
        all.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn words_phrases_beginnings_and_exclusions() {
        for (text, expected) in [
            ("garden party", "garden party*"),
            ("  \"Garden Party\" rose", "garden.party rose*"),
            ("gard* party", "gard* party*"),
            ("party -rain -\"bad weather\"", "party* -rain -bad.weather"),
            ("\"open phrase", "open.phrase"),
            ("“smart quotes”*", "smart.quotes*"),
            ("don't", "don.t"),
            ("it", "it"),
            ("- * \"\" !?", ""),
            ("12:30 http://x.org", "12.30 http.x.org*"),
            ("東京", "東京"),
            ("東", "東*"),
            ("東京 タワー party", "東京 タワ.ワー party*"),
            ("Aを B猫", "a.を* b.猫*"),
        ] {
            assert_eq!(terms(text), expected, "{text}");
        }
    }

    #[test]
    fn filters_are_not_words() {
        let parsed = parse("From:@Ann has:LINK before:2026-05-01 after:2024-02-29 rose").unwrap();
        assert_eq!(parsed.from, Some(Author::Named("ann".into())));
        assert!(parsed.has_link);
        assert_eq!((parsed.before, parsed.after), (Some(1_777_593_600_000), Some(1_709_164_800_000)));
        assert_eq!(parsed.terms.len(), 1);
        assert_eq!(parse("from:me").unwrap().from, Some(Author::Me));
        assert!(parse(" ").unwrap().is_empty());
        assert_eq!(parse("before:1970-01-01").unwrap().before, Some(0));
        assert_eq!(parse("before:2000-03-01").unwrap().before, Some(951_868_800_000));
    }

    #[test]
    fn what_can_not_be_meant_is_refused_with_the_remedy() {
        for (text, remedy) in [
            ("has:cheese", "has:link"),
            ("before:yesterday", "before:2026-05-01"),
            ("after:2026-02-30", "after:2026-05-01"),
            ("after:2026-13-01", "after:2026-05-01"),
            ("after:99999999999999999999-1-1", "after:2026-05-01"),
            ("from:", "from:me"),
            ("in:kitchen", "conversation_id"),
            ("-from:ann", "minus"),
            (&"x ".repeat(17), "16"),
            (&"ü".repeat(201), "200"),
        ] {
            let refused = parse(text).unwrap_err();
            assert_eq!((refused.code, refused.field), (Code::Invalid, Some("q")), "{text}");
            assert!(refused.detail.contains(remedy), "{text}: {}", refused.detail);
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_query_or_refused(text in "\\PC{0,210}|[-\"*:a-z東 ()^{}]{0,80}|(from|has|before|after|in):\\PC{0,12}") {
            if let Ok(parsed) = parse(&text) {
                prop_assert!(parsed.terms.len() + parsed.excluded.len() <= TERMS);
                for term in parsed.terms.iter().chain(&parsed.excluded) {
                    prop_assert!(!term.words.is_empty());
                    prop_assert!(term.words.iter().all(|w| !w.is_empty() && !w.contains(['"', '\'', ' ', '*', '\\', '%'])));
                }
            }
        }
    }
}
