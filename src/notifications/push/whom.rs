//! Who is told of what was said in a conversation, and in which words.
use super::Subscription;
use super::payload::{self, Payload, Words};
use crate::model::Level;
use crate::place;
use crate::rules::{self, Chosen};
use crate::store::recipients::{self, Named};
use crate::store::{levels, notices, settings, subscriptions};
use snug_accounts::PresenceChoice;
use snug_base::{ConversationId, Read, Result, RoleId, ServerId, UserId};
use snug_messages::access::{self, Member};
use snug_messages::model::{Message, ReadState};
use snug_messages::{history, sync};
use std::collections::HashMap;
use uuid::Uuid;

/// What was said and waits to be told: the messages of a stretch.
#[derive(Clone, Copy, Debug)]
pub struct Stretch {
    pub conversation: ConversationId,
    pub from: i64,
    pub to: i64,
    /// Only this person is asked for.
    pub only: Option<UserId>,
}

/// Something to send to all devices of one person.
#[derive(Debug)]
pub struct Telling {
    pub user: UserId,
    pub conversation: ConversationId,
    pub seq: i64,
    pub payload: Payload,
    pub devices: Vec<Subscription>,
}

/// Whether anything is to be told to anybody.
pub fn are_any(read: &Read) -> Result<bool> {
    subscriptions::are_any(read)
}

/// Who is to be told of a stretch now.
pub fn of(read: &Read, stretch: Stretch, now: i64) -> Result<Vec<Telling>> {
    let server = recipients::server_of(read, stretch.conversation)?;
    let called = notices::called(read, stretch.conversation, stretch.from, stretch.to)?;
    let mut people = match (stretch.only, server) {
        (Some(user), _) => vec![user],
        (None, None) => recipients::participants(read, stretch.conversation)?,
        (None, Some(server)) => candidates(read, stretch.conversation, server, &called)?,
    };
    people.sort_unstable();
    people.dedup();
    let mut devices: HashMap<UserId, Vec<Subscription>> = HashMap::new();
    for device in subscriptions::of_users(read, &people)? {
        devices.entry(device.user).or_default().push(device);
    }
    let place = Place { stretch, server, called };
    let mut tellings = Vec::new();
    for user in people {
        let Some(devices) = devices.remove(&user) else { continue };
        if let Some((seq, payload)) = words(read, &place, user, now)? {
            tellings.push(Telling { user, conversation: stretch.conversation, seq, payload, devices });
        }
    }
    Ok(tellings)
}

/// Whether a message still waits to be read by somebody who may read it.
pub fn is_unread(read: &Read, conversation: ConversationId, seq: i64, user: UserId) -> Result<bool> {
    if access::member(read, conversation, user).is_err() {
        return Ok(false);
    }
    let states = sync::read_states(read, user, &[conversation])?;
    Ok(states.first().is_some_and(|state| state.read_seq < seq))
}

struct Place {
    stretch: Stretch,
    /// Of a room.
    server: Option<ServerId>,
    /// Who is called by which of the messages.
    called: Vec<(Uuid, i64)>,
}

/// Those in a room who may have to be told: who is called, and who wants to hear everything.
fn candidates(read: &Read, room: ConversationId, server: ServerId, called: &[(Uuid, i64)]) -> Result<Vec<UserId>> {
    let mut people = recipients::hear_all(read, room, server)?;
    let ids: Vec<Uuid> = called.iter().map(|(target, _)| *target).collect();
    let is_role = recipients::names(read, Named::Roles, &ids)?;
    if called.iter().any(|(target, _)| *target == room.0) || !is_role.is_empty() {
        people.extend(recipients::members(read, server)?);
    }
    people.extend(ids.into_iter().filter(|id| *id != room.0 && !is_role.iter().any(|(role, _)| role == id)).map(UserId));
    Ok(people)
}

/// What to tell somebody of a place, if anything.
fn words(read: &Read, place: &Place, user: UserId, now: i64) -> Result<Option<(i64, Payload)>> {
    let id = place.stretch.conversation;
    let Ok(by) = access::member(read, id, user) else { return Ok(None) };
    let settings = settings::load(read, user)?;
    let is_quiet = settings.quiet.as_ref().is_some_and(|quiet| rules::is_quiet(quiet, now));
    if is_quiet || snug_accounts::presence_choice(read, user)? == PresenceChoice::Dnd {
        return Ok(None);
    }
    let level = rules::effective(place.server.is_some(), levels::find(read, user, id.0)?, of_server(read, user, place.server)?, now);
    let Some(state) = sync::read_states(read, user, &[id])?.pop() else { return Ok(None) };
    let Some(seq) = newest(read, place, user, level, &state)? else { return Ok(None) };
    let Some(message) = history::at(read, &by, seq)?.filter(|message| message.deleted_at.is_none() && message.author_id != user) else {
        return Ok(None);
    };
    let count = match level {
        Level::All => state.last_seq - state.read_seq,
        _ => i64::try_from(state.mention_seqs.len()).unwrap_or_default(),
    };
    let words =
        Words { count: count.max(1), badge: badge(read, user, now)?, ..told(read, &by, &message, place.server, settings.show_content)? };
    Ok(Some((seq, Payload::Message(Box::new(words)))))
}

/// The newest message of the stretch that somebody has not read and is to be told of.
fn newest(read: &Read, place: &Place, user: UserId, level: Level, state: &ReadState) -> Result<Option<i64>> {
    let Stretch { from, to, .. } = place.stretch;
    let unread = |seq: &i64| *seq > state.read_seq && (from..=to).contains(seq);
    match level {
        Level::None => Ok(None),
        Level::All => Ok(Some(to).filter(unread)),
        Level::Mentions => {
            let targets: Vec<RoleId> = place.called.iter().map(|(target, _)| RoleId(*target)).collect();
            let roles = recipients::roles_of(read, user, &targets)?;
            let calls =
                |target: &Uuid| *target == user.0 || *target == place.stretch.conversation.0 || roles.iter().any(|role| role.0 == *target);
            let called = place.called.iter().filter(|(target, _)| calls(target)).map(|(_, seq)| *seq);
            Ok(called.chain(state.mention_seqs.iter().copied()).filter(unread).max())
        }
    }
}

fn of_server(read: &Read, user: UserId, server: Option<ServerId>) -> Result<Chosen> {
    server.map_or(Ok(Chosen::default()), |server| levels::find(read, user, server.0))
}

/// How much waits for somebody in all, as the web UI counts it.
fn badge(read: &Read, user: UserId, now: i64) -> Result<i64> {
    let private: Vec<ConversationId> = snug_messages::streams_of(read, user)?.into_iter().map(|s| ConversationId(s.0)).collect();
    let chosen: HashMap<Uuid, Chosen> = levels::list(read, user)?.into_iter().collect();
    let of = |id: Uuid| chosen.get(&id).copied().unwrap_or_default();
    let rooms: HashMap<ConversationId, ServerId> = recipients::rooms_of(read, user)?.into_iter().collect();
    let all: Vec<ConversationId> = private.into_iter().chain(rooms.keys().copied()).collect();
    let states = sync::read_states(read, user, &all)?;
    Ok(states
        .iter()
        .map(|state| {
            let server = rooms.get(&state.conversation_id);
            let of_server = server.map_or(Chosen::default(), |server| of(server.0));
            match rules::effective(server.is_some(), of(state.conversation_id.0), of_server, now) {
                Level::All => (state.last_seq - state.read_seq).max(0),
                _ => i64::try_from(state.mention_seqs.len()).unwrap_or_default(),
            }
        })
        .sum())
}

/// A message in words; counts are for the caller.
fn told(read: &Read, by: &Member, message: &Message, server: Option<ServerId>, shows_content: bool) -> Result<Words> {
    let sender = place::name(&snug_accounts::load_user(read, message.author_id)?.display_name);
    let at = place::of(read, by, server)?;
    let content = message.content.as_ref().filter(|content| shows_content && content.envelope().is_none());
    let text =
        content.map(|content| Ok::<_, snug_base::Error>(payload::text(content.text(), &message.mentions, &place::names(read, message)?)));
    Ok(Words {
        conversation_id: by.conversation(),
        message_id: message.id,
        seq: message.seq,
        url: format!("{}/{}", at.path, message.seq),
        sender,
        place: at.name,
        server: at.server,
        kind: at.kind,
        text: text.transpose()?,
        count: 0,
        badge: 0,
        at: message.created_at,
    })
}
