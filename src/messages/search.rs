//! Searching in messages: what was asked, where this user may look, and what comes back. The index is the store's.
pub mod hits;
pub mod query;
pub mod rank;
pub mod tokens;

use crate::access::member;
use crate::history::people;
use crate::model::{Message, SearchHit, SearchQuery, SearchResult, SearchSort};
use crate::store;
use crate::store::search::{Ask, index};
use hits::{Found, Mode};
use query::{Author, Parsed};
use snug_accounts::Me;
use snug_base::{App, Code, ConversationId, Error, MessageId, Read, Result, UserId};
use std::time::{Duration, Instant};
use uuid::Uuid;

const LIMIT: i64 = 20;
const LIMIT_MAX: i64 = 50;
/// The newest matches, of which the best are shown.
const RANKED: i64 = 1_000;
/// Letters that a part of a word must have to be looked for.
const PART: usize = 3;
/// How often the index is brought up to date when nobody searches.
const PAUSE: Duration = Duration::from_secs(1);
/// Rest between two steps when there is much to add, in which others write.
const REST: Duration = Duration::from_millis(5);
/// How long a search waits for what was said before it to be added.
const PATIENCE: Duration = Duration::from_millis(250);

/// Where a page begins: after (newest first) or at (best first) a message, and so far down the list of the best.
struct Cursor {
    offset: usize,
    message: MessageId,
}

/// Bytes that the search's index takes in the database.
pub fn stored_bytes(read: &Read) -> Result<i64> {
    index::stored_bytes(read)
}

/// Finds messages that the user may read.
pub async fn search(app: &App, me: Me, query: SearchQuery) -> Result<SearchResult> {
    let parsed = query::parse(&query.q)?;
    if parsed.is_empty() && query.from.is_none() && query.before.is_none() && query.after.is_none() {
        return Err(Code::Invalid.field("q", "say what to search for: a word, a \"phrase\", or a filter such as from:ann"));
    }
    if query.conversation_id.is_some() && query.server_id.is_some() {
        return Err(Code::Invalid.field("server_id", "give only one of conversation_id and server_id"));
    }
    let limit = query.limit.unwrap_or(LIMIT);
    if !(1..=LIMIT_MAX).contains(&limit) {
        return Err(Code::Invalid.field("limit", format!("must be 1 to {LIMIT_MAX}")));
    }
    let cursor = query.cursor.as_deref().map(parse_cursor).transpose()?;
    catch_up(app).await?;
    app.db.read(move |read| page(read, me, &query, &parsed, limit, cursor.as_ref())).await
}

fn page(read: &Read, me: Me, query: &SearchQuery, parsed: &Parsed, limit: i64, cursor: Option<&Cursor>) -> Result<SearchResult> {
    let is_best = query.sort == SearchSort::Best && !parsed.terms.is_empty();
    let places = places(read, me, query)?;
    let mode = if index::has_parts(read)? && asks_for_parts(parsed) { Mode::Parts } else { Mode::Words };
    let from = [query.after, parsed.after].into_iter().flatten().max().map(|at| store::search::number_at(read, at)).transpose()?;
    let mut below = [query.before, parsed.before].into_iter().flatten().min().map(|at| store::search::number_at(read, at)).transpose()?;
    if let Some(cursor) = cursor {
        let number = store::search::number_of(read, cursor.message)?.ok_or_else(wrong_cursor)?;
        let start = if is_best { number + 1 } else { number };
        below = Some(below.map_or(start, |below| below.min(start)));
    }
    let found = store::search::find(
        read,
        &Ask {
            places: &places,
            terms: &parsed.terms,
            excluded: &parsed.excluded,
            author: author(read, me, query, parsed)?,
            has_link: parsed.has_link,
            mode,
            from: from.unwrap_or(0),
            below: below.unwrap_or(i64::MAX),
            limit: if is_best { RANKED } else { limit + 1 },
        },
    )?;
    let newest = found.first().map(|stored| stored.message.id);
    let mut matches: Vec<(store::Stored, Found)> = found
        .into_iter()
        .map(|stored| {
            let text = stored.message.content.as_ref().map_or("", |content| content.text());
            let places = hits::find(text, &parsed.terms, mode);
            (stored, places)
        })
        .collect();
    let size = usize::try_from(limit).unwrap_or_default();
    let offset = cursor.filter(|_| is_best).map_or(0, |cursor| cursor.offset);
    let is_more = matches.len() > offset.saturating_add(size);
    if is_best {
        matches = ranked(matches);
    }
    let page: Vec<(store::Stored, Found)> = matches.into_iter().skip(offset).take(size).collect();
    let last = page.last().map(|(stored, _)| stored.message.id);
    let next = if is_best { newest.map(|id| format!("{}.{id}", offset + size)) } else { last.map(|id| format!("0.{id}")) };
    let (stored, found): (Vec<store::Stored>, Vec<Found>) = page.into_iter().unzip();
    let messages = store::complete(read, stored)?;
    let users = snug_accounts::load_users(read, &people(&messages))?;
    let hits = messages.into_iter().zip(found).map(|(message, found)| hit(message, &found)).collect();
    Ok(SearchResult { hits, users, next: next.filter(|_| is_more) })
}

fn hit(message: Message, found: &Found) -> SearchHit {
    let text = message.content.as_ref().map_or("", |content| content.text());
    SearchHit { fragments: hits::fragments(text, &found.places), message }
}

fn ranked(matches: Vec<(store::Stored, Found)>) -> Vec<(store::Stored, Found)> {
    let (stored, found): (Vec<store::Stored>, Vec<Found>) = matches.into_iter().unzip();
    let order = rank::best(&found);
    let mut all: Vec<Option<(store::Stored, Found)>> = stored.into_iter().zip(found).map(Some).collect();
    order.into_iter().filter_map(|at| all.get_mut(at).and_then(Option::take)).collect()
}

/// Where to look: what was named, if the user may read it, else everything that the user may read.
fn places(read: &Read, me: Me, query: &SearchQuery) -> Result<Vec<ConversationId>> {
    if let Some(conversation) = query.conversation_id {
        return Ok(vec![member(read, conversation, me.user)?.conversation()]);
    }
    let ids: Vec<Uuid> = if let Some(server) = query.server_id {
        let member = snug_servers::access::member(read, server, me.user)?;
        snug_servers::state::state_for(read, &member)?.rooms.into_iter().map(|room| room.id.0).collect()
    } else {
        let rooms = snug_servers::streams_of(read, me.user)?;
        rooms.into_iter().chain(crate::sync::streams_of(read, me.user)?).map(|stream| stream.0).collect()
    };
    store::search::newest_places(read, &ids)
}

fn author(read: &Read, me: Me, query: &SearchQuery, parsed: &Parsed) -> Result<Option<UserId>> {
    let written = match &parsed.from {
        Some(Author::Me) => Some(me.user),
        Some(Author::Named(name)) => Some(snug_accounts::find_user(read, name)?.ok_or_else(|| {
            Code::Invalid.field("q", format!("from:{name} names nobody; write the username, such as from:ann, or from:me"))
        })?),
        None => None,
    };
    match (written, query.from) {
        (Some(one), Some(other)) if one != other => Err(Code::Invalid.field("from", "names another person than from: in q; give only one")),
        (one, other) => Ok(one.or(other)),
    }
}

/// Whether all that is asked for can be a part of a word.
fn asks_for_parts(parsed: &Parsed) -> bool {
    let mut terms = parsed.terms.iter().chain(&parsed.excluded).peekable();
    terms.peek().is_some() && terms.all(|term| term.is_spaced && term.words.join(" ").chars().count() >= PART)
}

fn parse_cursor(text: &str) -> Result<Cursor> {
    let (offset, message) = text.split_once('.').ok_or_else(wrong_cursor)?;
    let offset = offset.parse().ok().filter(|offset| i64::try_from(*offset).is_ok_and(|n| n <= RANKED)).ok_or_else(wrong_cursor)?;
    Ok(Cursor { offset, message: message.parse().map_err(|_| wrong_cursor())? })
}

fn wrong_cursor() -> Error {
    Code::Invalid.field("cursor", "is not of this search, or its message is gone; begin again without one")
}

/// Brings the indexes to what is configured, then adds what was said, until the node stops.
pub async fn keep_up(app: &App) -> Result<()> {
    let wanted = app.config.messages.substring_search;
    if let Err(e) = app.db.write(move |tx| index::set_parts(tx, wanted)).await {
        let engine = app.db.engine().as_str();
        tracing::warn!(error = %e, source = ?e.source, "{engine} can't look for parts of words (PostgreSQL needs the extension pg_trgm); only whole words and beginnings are found");
    }
    loop {
        while app.db.read(index::is_behind).await? && app.db.write(index::step).await? {
            tokio::time::sleep(REST).await;
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Adds to the index what was said until now, unless that is too much to wait for.
async fn catch_up(app: &App) -> Result<()> {
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE && app.db.read(index::lacks_newest).await? {
        app.db.write(index::step).await?;
    }
    Ok(())
}

/// Compares the index with the messages: how many are missing, and how many entries are of messages that are gone.
pub fn compare(read: &Read) -> Result<(i64, i64)> {
    index::compare(read)
}
