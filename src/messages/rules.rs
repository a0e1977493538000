//! Decisions without I/O: mentions, quotes, emoji.
use crate::model::Mentions;
use snug_base::{Code, Result, RoleId, RoomId, UserId};
use uuid::Uuid;

/// People, roles and rooms that one message may mention.
const MENTIONS: usize = 50;
/// Characters of a quoted message that a reply shows.
const EXCERPT: usize = 140;
/// Different emoji under one message.
pub const REACTIONS: i64 = 20;

/// Finds `<@user>`, `<@&role>`, `<#room>` and `@everyone` in a text, except in code.
pub fn mentions(text: &str) -> Mentions {
    let mut found = Mentions::default();
    for piece in outside_code(text) {
        if piece.match_indices("@everyone").any(|(at, word)| stands_alone(piece, at, word.len())) {
            found.everyone = true;
        }
        for tag in piece.split('<').skip(1).filter_map(|rest| rest.split_once('>').map(|(tag, _)| tag)) {
            if let Some(id) = tag.strip_prefix("@&").and_then(parse) {
                push(&mut found.roles, RoleId(id));
            } else if let Some(id) = tag.strip_prefix('@').and_then(parse) {
                push(&mut found.users, UserId(id));
            } else if let Some(id) = tag.strip_prefix('#').and_then(parse) {
                push(&mut found.rooms, snug_base::ConversationId(id) as RoomId);
            }
        }
    }
    found
}

fn parse(text: &str) -> Option<Uuid> {
    (text.len() == 36).then(|| text.parse().ok()).flatten()
}

fn push<T: PartialEq>(list: &mut Vec<T>, item: T) {
    if list.len() < MENTIONS && !list.contains(&item) {
        list.push(item);
    }
}

fn stands_alone(text: &str, at: usize, len: usize) -> bool {
    let word = |c: char| c.is_alphanumeric() || c == '_' || c == '@';
    !text[..at].ends_with(word) && !text[at + len..].starts_with(word)
}

/// The parts of a Markdown text that are not code: runs of backticks pair up with runs of the same length.
fn outside_code(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(open) = rest.find('`') {
        let run = rest[open..].len() - rest[open..].trim_start_matches('`').len();
        let body = &rest[open + run..];
        let Some(close) = closing(body, run) else {
            // an unpaired run is just characters
            parts.push(&rest[..open + run]);
            rest = body;
            continue;
        };
        parts.push(&rest[..open]);
        rest = &body[close + run..];
    }
    parts.push(rest);
    parts
}

fn closing(text: &str, run: usize) -> Option<usize> {
    let mut at = 0;
    while let Some(found) = text[at..].find('`') {
        let start = at + found;
        let len = text[start..].len() - text[start..].trim_start_matches('`').len();
        if len == run {
            return Some(start);
        }
        at = start + len;
    }
    None
}

/// The beginning of a text, for a quote.
pub fn excerpt(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(EXCERPT) {
        Some((end, _)) => format!("{}…", line[..end].trim_end()),
        None => line,
    }
}

/// Refuses what is not one emoji: a sign, or `:name:` for one of the instance's own. (Which signs exist is the client's business; this keeps
/// words and markup out.)
pub fn check_emoji(emoji: &str) -> Result<()> {
    let fits = (1..=64).contains(&emoji.len())
        && !emoji.chars().any(|c| c.is_whitespace() || c.is_control() || c.is_alphabetic())
        && !emoji.is_ascii()
        && emoji.chars().count() <= 16;
    let fits = fits || custom_emoji(emoji).is_some();
    if fits { Ok(()) } else { Err(Code::Invalid.field("emoji", "must be one emoji, such as 👍 or :name:")) }
}

/// The name in `:name:`.
pub fn custom_emoji(emoji: &str) -> Option<&str> {
    let is_allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-');
    let name = emoji.strip_prefix(':')?.strip_suffix(':')?;
    ((2..=32).contains(&name.len()) && name.chars().all(is_allowed)).then_some(name)
}

/// A group's name, trimmed; empty is none.
pub fn group_name(name: Option<String>) -> Result<Option<String>> {
    let Some(name) = name.map(|n| n.trim().to_owned()).filter(|n| !n.is_empty()) else { return Ok(None) };
    if name.chars().count() > 100 || name.chars().any(char::is_control) {
        return Err(Code::Invalid.field("name", "must have at most 100 characters, all on one line"));
    }
    Ok(Some(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0199c0de-0000-7000-8000-000000000001";

    #[test]
    fn mentions_are_found_once_and_in_order() {
        let found = mentions(&format!("<@{ID}> and <@{ID}>, <@&{ID}> in <#{ID}>: @everyone!"));
        assert_eq!(found.users.len(), 1);
        assert_eq!((found.roles.len(), found.rooms.len(), found.everyone), (1, 1, true));
    }

    #[test]
    fn code_mentions_nobody() {
        for text in [format!("`<@{ID}>`"), format!("```\n@everyone <@{ID}>\n```"), format!("`` ` <@{ID}> ``")] {
            assert_eq!(mentions(&text), Mentions::default(), "{text}");
        }
        assert_eq!(mentions(&format!("an open ` tick and <@{ID}>")).users.len(), 1);
    }

    #[test]
    fn an_address_or_a_longer_word_is_not_everyone() {
        assert!(!mentions("mail me@everyone.example or @everyones").everyone);
        assert!(mentions("(@everyone)").everyone);
    }

    #[test]
    fn an_excerpt_is_one_short_line() {
        assert_eq!(excerpt("a\n\n b"), "a b");
        assert_eq!(excerpt(&"ü".repeat(200)).chars().count(), EXCERPT + 1);
    }

    #[test]
    fn emoji_are_emoji() {
        for good in ["👍", "❤️", "1️⃣", "🏳️‍🌈", "👨‍👩‍👧‍👦", ":cat:", ":party_parrot-2:"] {
            assert!(check_emoji(good).is_ok(), "{good}");
        }
        for bad in ["", "ok", "<b>", "👍 👍", "ünd", "\u{0}", ":c:", ":Cat:", "::", ":cat", ":a b:", &"👍".repeat(17)] {
            assert!(check_emoji(bad).is_err(), "{bad}");
        }
    }
}
