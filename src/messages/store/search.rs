//! SQL of the search, on both engines. `index` beside keeps the index.
//!
//! SQLite looks in FTS5 tables that hold no text (src/messages/search/tokens.rs makes the words), one for each [`VOLUME`] of messages and
//! the newest first, so that what is said often is found as fast in a long history as in a short one. PostgreSQL looks in a `tsvector` of
//! the same words. Every statement names the conversations that may be looked in, so nothing else can be found.
pub mod index;

use super::{COLUMNS, Stored, stored};
use crate::search::hits::Mode;
use crate::search::query::Term;
use snug_base::db::{Engine, Param, ToParam, list, params_of};
use snug_base::{ConversationId, MessageId, Read, Result, UserId, params};
use uuid::Uuid;

/// Conversations up to which the index itself is asked for the place: each costs a look into every part of the index.
const FEW: usize = 4;
/// Matches that are looked at one by one for their place before the index is asked for it.
const LOOKED_AT: i64 = 5_000;
/// Messages in one of SQLite's tables. FTS5 reads all that begins with some letters before it gives the newest of it, so this
/// bounds the time of a search; it also bounds how much FTS5 joins at once when it is written to (60 ms at this size).
pub(super) const VOLUME: i64 = 131_072;
/// The most conversations in one search.
pub const PLACES: usize = 500;

/// What to look for. The caller has made sure that the user may read these conversations.
pub struct Ask<'a> {
    pub places: &'a [ConversationId],
    pub terms: &'a [Term],
    pub excluded: &'a [Term],
    pub author: Option<UserId>,
    pub has_link: bool,
    pub mode: Mode,
    /// The least number.
    pub from: i64,
    /// Only lesser numbers.
    pub below: i64,
    pub limit: i64,
}

/// Up to `limit` messages, the newest first.
pub fn find(read: &Read, ask: &Ask) -> Result<Vec<Stored>> {
    if ask.places.is_empty() || ask.from >= ask.below {
        return Ok(Vec::new());
    }
    match read.engine() {
        Engine::Postgres => find_postgres(read, ask),
        Engine::Sqlite => find_sqlite(read, ask),
    }
}

fn find_sqlite(read: &Read, ask: &Ask) -> Result<Vec<Stored>> {
    let mut all = Vec::new();
    let newest = index::upto(read, ask.mode)?.min(ask.below.saturating_sub(1));
    // as long as nothing was indexed there are no tables (everything that was said may be encrypted)
    if newest < 1 {
        return Ok(all);
    }
    for volume in (volume(ask.from.max(0))..=volume(newest)).rev() {
        let missing = ask.limit - i64::try_from(all.len()).unwrap_or(ask.limit);
        all.extend(find_in_volume(read, ask, volume, missing)?);
        if i64::try_from(all.len()).is_ok_and(|n| n >= ask.limit) {
            break;
        }
    }
    Ok(all)
}

fn find_in_volume(read: &Read, ask: &Ask, volume: i64, limit: i64) -> Result<Vec<Stored>> {
    let table = table(ask.mode, volume);
    if ask.places.len() > FEW
        && let Some(matching) = matching(ask, &[])
    {
        let found = matches(read, ask, &table, &matching, LOOKED_AT, limit)?;
        if i64::try_from(found.len()).is_ok_and(|n| n >= limit) || looked_at_all(read, ask, &table, &matching)? {
            return Ok(found);
        }
    }
    match matching(ask, ask.places) {
        Some(matching) => matches(read, ask, &table, &matching, i64::MAX, limit),
        None => Ok(Vec::new()),
    }
}

/// Whether there are no more matches than were looked at.
fn looked_at_all(read: &Read, ask: &Ask, table: &str, matching: &str) -> Result<bool> {
    let sql =
        format!("SELECT count(*) AS value FROM (SELECT 1 FROM {table} WHERE {table} MATCH ?1 AND rowid >= ?2 AND rowid < ?3 LIMIT ?4)");
    let looked_at: Option<i64> = read.value(&sql, params![matching, ask.from, ask.below, LOOKED_AT])?;
    Ok(looked_at.is_some_and(|n| n < LOOKED_AT))
}

fn matches(read: &Read, ask: &Ask, table: &str, matching: &str, look_at: i64, limit: i64) -> Result<Vec<Stored>> {
    let places = params_of(ask.places);
    let sql = sqlite_sql(table, places.len());
    let params: Vec<Param> = params![matching, ask.from, ask.below, look_at, limit].iter().copied().chain(places).collect();
    read.query(&sql, &params, stored)
}

/// The order of the joins is fixed: the index first, from its end, and no further than needed.
pub(super) fn sqlite_sql(table: &str, places: usize) -> String {
    format!(
        "SELECT {} FROM (SELECT rowid AS number FROM {table} WHERE {table} MATCH ?1 AND rowid >= ?2 AND rowid < ?3 ORDER BY rowid DESC LIMIT ?4) c
         CROSS JOIN search_rows r ON r.number = c.number
         CROSS JOIN messages m ON m.conversation_id = r.conversation_id AND m.seq = r.seq
         WHERE r.conversation_id IN ({}) LIMIT ?5",
        of_messages(),
        list(6, places)
    )
}

fn of_messages() -> String {
    COLUMNS.split(", ").map(|column| format!("m.{column}")).collect::<Vec<_>>().join(", ")
}

/// Which volume a number is in.
fn volume(number: i64) -> i64 {
    number / VOLUME
}

fn table(mode: Mode, volume: i64) -> String {
    match mode {
        Mode::Words => format!("search_{volume}"),
        Mode::Parts => format!("search_parts_{volume}"),
    }
}

/// The expression for FTS5; none when there is nothing that has to be there. Every word is in quotation marks and holds none.
fn matching(ask: &Ask, places: &[ConversationId]) -> Option<String> {
    let mut wanted: Vec<String> = Vec::new();
    if !places.is_empty() {
        let names: Vec<String> = places.iter().map(|place| format!("\"{}\"", index::place(place.0, ask.mode))).collect();
        wanted.push(format!("place : ({})", names.join(" OR ")));
    }
    wanted.extend(ask.author.map(|author| format!("author : \"{}\"", index::author(author.0, ask.mode))));
    wanted.extend(ask.has_link.then(|| format!("has : \"{}\"", index::LINK)));
    let phrase = |term: &Term| {
        let star = if term.is_prefix && ask.mode == Mode::Words { " *" } else { "" };
        format!("text : \"{}\"{star}", term.words.join(" "))
    };
    wanted.extend(ask.terms.iter().map(phrase));
    let unwanted: Vec<String> = ask.excluded.iter().map(phrase).collect();
    match (wanted.is_empty(), unwanted.is_empty()) {
        (true, _) => None,
        (false, true) => Some(wanted.join(" AND ")),
        (false, false) => Some(format!("({}) NOT ({})", wanted.join(" AND "), unwanted.join(" OR "))),
    }
}

fn find_postgres(read: &Read, ask: &Ask) -> Result<Vec<Stored>> {
    let words = tsquery(ask);
    let parts: Vec<(String, bool)> = match ask.mode {
        Mode::Words => Vec::new(),
        Mode::Parts => {
            let like = |term: &Term| format!("%{}%", term.words.join(" "));
            ask.terms.iter().map(|t| (like(t), true)).chain(ask.excluded.iter().map(|t| (like(t), false))).collect()
        }
    };
    let mut params: Vec<Param> = params![ask.from, ask.below, ask.limit].to_vec();
    let places = params_of(ask.places);
    let mut conditions = vec![format!("r.conversation_id IN ({})", list(4, places.len()))];
    params.extend(places);
    match &words {
        Some(words) => {
            params.push(words.param());
            conditions.push(format!("r.words @@ CAST(CAST(?{} AS TEXT) AS TSQUERY)", params.len()));
        }
        None => conditions.push("r.words IS NOT NULL".to_owned()),
    }
    for (like, is_wanted) in &parts {
        params.push(like.param());
        conditions.push(format!("r.parts {} ?{}", if *is_wanted { "LIKE" } else { "NOT LIKE" }, params.len()));
    }
    let sql = format!(
        "SELECT {} FROM search_rows r JOIN messages m ON m.conversation_id = r.conversation_id AND m.seq = r.seq
         WHERE r.number >= ?1 AND r.number < ?2 AND {} ORDER BY r.number DESC LIMIT ?3",
        of_messages(),
        conditions.join(" AND ")
    );
    read.query(&sql, &params, stored)
}

/// The expression for PostgreSQL; words hold no quotation marks.
fn tsquery(ask: &Ask) -> Option<String> {
    let mut all: Vec<String> = Vec::new();
    all.extend(ask.author.map(|author| format!("'@{}'", index::author(author.0, Mode::Words))));
    all.extend(ask.has_link.then(|| format!("'+{}'", index::LINK)));
    if ask.mode == Mode::Words {
        let phrase = |term: &Term| {
            let words: Vec<String> = term.words.iter().map(|word| format!("'{word}'")).collect();
            format!("({}{})", words.join(" <-> "), if term.is_prefix { ":*" } else { "" })
        };
        all.extend(ask.terms.iter().map(phrase));
        all.extend(ask.excluded.iter().map(|term| format!("!{}", phrase(term))));
    }
    (!all.is_empty()).then(|| all.join(" & "))
}

/// The conversations with the newest messages, at most [`PLACES`].
pub fn newest_places(read: &Read, ids: &[Uuid]) -> Result<Vec<ConversationId>> {
    let mut heads: Vec<(i64, ConversationId)> = Vec::new();
    for ids in ids.chunks(PLACES) {
        let ids = params_of(ids);
        let sql = format!("SELECT conversation_id, last_at FROM conversation_heads WHERE conversation_id IN ({})", list(1, ids.len()));
        heads.extend(read.query(&sql, &ids, |row| Ok((row.get("last_at")?, row.get("conversation_id")?)))?);
    }
    heads.sort_unstable_by(|a, b| b.cmp(a));
    Ok(heads.into_iter().take(PLACES).map(|(_, id)| id).collect())
}

/// The number of a message in the order in which messages were stored.
pub fn number_of(read: &Read, id: MessageId) -> Result<Option<i64>> {
    let found = read.query_opt("SELECT number FROM messages WHERE id = ?1", params![id], |row| row.get::<Option<i64>>("number"))?;
    Ok(found.flatten())
}

/// The first number of a message from this time on: numbers and times rise together, so this halves its way there.
pub fn number_at(read: &Read, at: i64) -> Result<i64> {
    let newest: i64 = read.value("SELECT coalesce(max(number), 0) AS value FROM search_rows", &[])?.unwrap_or_default();
    let (mut low, mut high) = (1, newest + 1);
    while low < high {
        let middle = low + (high - low) / 2;
        let next = read.query_opt(NEXT, params![middle], |row| Ok((row.get::<i64>("number")?, row.get::<i64>("created_at")?)))?;
        match next {
            Some((number, created_at)) if created_at < at => low = number + 1,
            _ => high = middle,
        }
    }
    Ok(low)
}

/// The first message from a number on.
pub(super) const NEXT: &str = "SELECT r.number, m.created_at FROM search_rows r
    JOIN messages m ON m.conversation_id = r.conversation_id AND m.seq = r.seq WHERE r.number >= ?1 ORDER BY r.number LIMIT 1";
