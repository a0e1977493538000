//! What somebody missed in a stretch of time: what concerns them by their levels, is not read, and happened while they were away.
use super::text::{self, NAME};
use crate::list::Reader;
use crate::model::{Level, NoticeKind};
use crate::place::{self, Kind, Place};
use crate::push::excerpt;
use crate::rules::{self, Chosen};
use crate::store::{levels, recipients, unread};
use snug_base::{ConversationId, MessageId, NoticeId, Read, Result, ServerId, UserId};
use snug_messages::model::Message;
use snug_messages::{access, load_messages, sync};
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// Conversations that a letter tells of, and lines of each.
const PLACES: usize = 20;
const LINES: usize = 5;
/// Names of those who wrote, in one conversation.
const WRITERS: usize = 4;
/// Messages of one conversation that are counted.
pub const COUNTED: i64 = 1_000;

/// A stretch of somebody's time (Unix milliseconds): after `from`, not after `to`.
#[derive(Clone, Copy, Debug)]
pub struct Stretch {
    pub user: UserId,
    pub from: i64,
    pub to: i64,
    /// Tell also what was written.
    pub shows_content: bool,
}

/// What is told of it.
#[derive(Clone, Debug, Default)]
pub struct Missed {
    pub places: Vec<Told>,
    /// Conversations beyond those.
    pub more: usize,
    /// Reactions to their messages. Alone they are not worth a letter.
    pub reactions: usize,
}

impl Missed {
    /// Whether it is worth a letter.
    pub fn is_worth_it(&self) -> bool {
        !self.places.is_empty()
    }

    /// Messages in all.
    pub fn messages(&self) -> usize {
        self.places.iter().map(|told| told.count).sum()
    }
}

/// What is told of a conversation.
#[derive(Clone, Debug)]
pub struct Told {
    pub place: Place,
    /// The other one of a direct conversation.
    pub with: String,
    /// To the first of its messages: a path.
    pub path: String,
    /// Messages that are told or counted.
    pub count: usize,
    /// How many of them mention them or answer them.
    pub calls: usize,
    /// Who wrote, a few of them; how many others did.
    pub writers: Vec<String>,
    pub other_writers: usize,
    /// Who added them to it.
    pub added_by: Option<String>,
    /// The first of them. None of what the node can't read.
    pub lines: Vec<Line>,
}

/// A message.
#[derive(Clone, Debug)]
pub struct Line {
    pub writer: String,
    pub why: Option<NoticeKind>,
    /// Absent where its reader does not want it told.
    pub text: Option<String>,
}

/// What is unread in one conversation.
#[derive(Default)]
struct Found {
    /// Numbers, who wrote, and why it is told.
    messages: BTreeMap<i64, (UserId, MessageId, Option<NoticeKind>)>,
    added_by: Option<UserId>,
}

/// Looks what there is. `now`: Unix milliseconds, for mutes.
pub fn look(read: &Read, stretch: Stretch, now: i64) -> Result<Missed> {
    let user = stretch.user;
    let chosen: HashMap<Uuid, Chosen> = levels::list(read, user)?.into_iter().collect();
    let of = |id: Uuid| chosen.get(&id).copied().unwrap_or_default();
    let rooms: HashMap<ConversationId, ServerId> = recipients::rooms_of(read, user)?.into_iter().collect();
    let level = |id: ConversationId| {
        let server = rooms.get(&id);
        rules::effective(server.is_some(), of(id.0), server.map_or(Chosen::default(), |server| of(server.0)), now)
    };
    let mut missed = Missed::default();
    let mut found: HashMap<ConversationId, Found> = HashMap::new();
    for notice in Reader::new(read, user)?.unread_after(read, first_id(stretch.from))? {
        if notice.created_at <= stretch.from || notice.created_at > stretch.to || level(notice.conversation) == Level::None {
            continue;
        }
        match (notice.kind, notice.message) {
            (NoticeKind::Reaction, _) => missed.reactions += 1,
            (NoticeKind::Added, _) => found.entry(notice.conversation).or_default().added_by = Some(notice.by),
            (kind, Some(message)) => {
                found.entry(notice.conversation).or_default().messages.insert(notice.seq, (notice.by, message, Some(kind)));
            }
            (_, None) => {}
        }
    }
    let private = snug_messages::streams_of(read, user)?.into_iter().map(|stream| ConversationId(stream.0));
    let heard: Vec<ConversationId> = private.chain(rooms.keys().copied()).filter(|id| level(*id) == Level::All).collect();
    for state in sync::read_states(read, user, &heard)?.into_iter().filter(|state| state.last_seq > state.read_seq) {
        let rows = unread::list(read, &unread::Of { user, conversation: state.conversation_id, after: state.read_seq }, stretch, COUNTED)?;
        if rows.is_empty() {
            continue;
        }
        let place = found.entry(state.conversation_id).or_default();
        for row in rows {
            place.messages.entry(row.seq).or_insert((row.author, row.id, None));
        }
    }
    told(read, stretch, found, &rooms, missed)
}

/// The smallest id of that time: what is younger has a greater one.
fn first_id(at: i64) -> NoticeId {
    NoticeId(uuid::Builder::from_unix_timestamp_millis(u64::try_from(at).unwrap_or_default(), &[0; 10]).into_uuid())
}

fn told(
    read: &Read,
    stretch: Stretch,
    found: HashMap<ConversationId, Found>,
    rooms: &HashMap<ConversationId, ServerId>,
    mut missed: Missed,
) -> Result<Missed> {
    let mut all = Vec::new();
    for (id, found) in found {
        let Ok(by) = access::member(read, id, stretch.user) else { continue };
        let place = place::of(read, &by, rooms.get(&id).copied())?;
        let calls = found.messages.values().filter(|(_, _, why)| why.is_some()).count();
        all.push((place, calls, found));
    }
    // what calls them first, then what is for few; what has most of it before the rest
    let weight = |(place, calls, found): &(Place, usize, Found)| {
        let kind = match place.kind {
            Kind::Direct => 0,
            Kind::Group => 1,
            Kind::Room => 2,
        };
        (*calls == 0, kind, std::cmp::Reverse(found.messages.len()), place.path.clone())
    };
    all.sort_by_key(weight);
    missed.more = all.len().saturating_sub(PLACES);
    all.truncate(PLACES);
    for (place, calls, found) in all {
        missed.places.push(in_words(read, stretch, place, calls, &found)?);
    }
    Ok(missed)
}

fn in_words(read: &Read, stretch: Stretch, place: Place, calls: usize, found: &Found) -> Result<Told> {
    let mut writers: Vec<UserId> = Vec::new();
    for (author, ..) in found.messages.values() {
        if !writers.contains(author) {
            writers.push(*author);
        }
    }
    let other = place.people.iter().copied().find(|one| *one != stretch.user && place.kind == Kind::Direct);
    let people: Vec<UserId> = writers.iter().take(WRITERS).copied().chain(other).chain(found.added_by).collect();
    // what calls them is told before the rest of the conversation
    let mut first: Vec<_> = found.messages.iter().collect();
    first.sort_by_key(|(seq, (_, _, why))| (why.is_none(), **seq));
    first.truncate(LINES);
    first.sort_by_key(|(seq, _)| **seq);
    let authors = first.iter().map(|(_, (author, ..))| *author);
    let people: Vec<UserId> = people.into_iter().chain(authors).collect();
    let names: HashMap<UserId, String> =
        snug_accounts::load_users(read, &people)?.into_iter().map(|one| (one.id, text::line(&one.display_name, NAME))).collect();
    let name = |id: &UserId| names.get(id).cloned().unwrap_or_else(|| "…".to_owned());
    let mut lines = Vec::new();
    if !place.is_encrypted {
        let ids: Vec<MessageId> = first.iter().map(|(_, (_, id, _))| *id).collect();
        let messages = load_messages(read, &ids)?;
        for (_, (author, id, why)) in &first {
            let message = messages.get(id).filter(|_| stretch.shows_content);
            lines.push(Line { writer: name(author), why: *why, text: message.map(|m| content(read, m)).transpose()?.flatten() });
        }
    }
    let seq = found.messages.keys().next();
    Ok(Told {
        with: other.map(|other| name(&other)).unwrap_or_default(),
        path: seq.map_or(place.path.clone(), |seq| format!("{}/{seq}", place.path)),
        count: found.messages.len(),
        calls,
        other_writers: writers.len().saturating_sub(WRITERS),
        writers: writers.iter().take(WRITERS).map(name).collect(),
        added_by: found.added_by.as_ref().map(name),
        lines,
        place,
    })
}

/// What was written, if the node can read it.
fn content(read: &Read, message: &Message) -> Result<Option<String>> {
    let Some(content) = message.content.as_ref().filter(|content| content.envelope().is_none()) else { return Ok(None) };
    let source = text::without_spoilers(content.text());
    let line = text::line(&excerpt(&source, &message.mentions, &place::names(read, message)?), usize::MAX);
    Ok(Some(line).filter(|line| !line.is_empty()))
}
