//! Reports: a member hands over the key of one message, the node opens what it stored and shows that to the moderators with its proof.
use super::model::{NewReport, ReportClosing, ReportState, ReportedKey, Reports};
use crate::access::{Member, member};
use crate::history;
use crate::model::Message;
use crate::store::encryption::{self as store, reports as rows};
use snug_accounts::audit::{Actor, Deed, DeedKind};
use snug_accounts::{Me, Moderator, text};
use snug_base::{App, Code, Error, Read, Result};
use snug_crypto::content::Content;
use snug_crypto::envelope::{Envelope, open_reported};
use snug_crypto::secret::{from_slice, hash};
use snug_identities::id_of;
use uuid::Uuid;

/// Messages in one report.
const MESSAGES: usize = 20;

/// Takes a report. Every message has to open with its key and to be signed by its author's device, or nothing is taken.
pub async fn report(app: &App, me: Me, new: NewReport) -> Result<Uuid> {
    if new.reports.is_empty() || new.reports.len() > MESSAGES {
        return Err(Code::Invalid.field("reports", format!("must name 1 to {MESSAGES} messages")));
    }
    let reason = text::lines("reason", &new.reason, 1_000)?;
    let opened = app
        .db
        .read(move |read| {
            let by = member(read, new.conversation_id, me.user)?;
            if !by.is_encrypted() {
                return Err(super::not_encrypted());
            }
            new.reports.iter().map(|one| open(read, me, &by, one)).collect::<Result<Vec<_>>>()
        })
        .await?;
    app.db
        .write(move |tx| {
            let id = Uuid::now_v7();
            rows::insert(tx, id, me.user, &reason)?;
            for message in &opened {
                rows::insert_message(tx, id, message)?;
            }
            Ok(id)
        })
        .await
}

fn unproven(why: &str) -> Error {
    Code::ReportUnproven.field("reports", why)
}

/// Opens a reported message and makes sure who wrote it.
fn open(read: &Read, me: Me, by: &Member, one: &ReportedKey) -> Result<rows::Opened> {
    let message = history::load(read, me, one.message_id)?;
    if message.conversation_id != by.conversation() {
        return Err(Code::NotFound.error("There is no such message in this conversation."));
    }
    let envelope = stored(read, &message, one)?;
    let header = &envelope.header;
    let account = snug_identities::log(read, message.author_id)?.ok_or_else(|| unproven("its author has no keys"))?;
    let is_authors =
        header.account == id_of(message.author_id) && account.device(&header.device).is_some_and(|device| device.dsk == header.sender_key);
    if !is_authors {
        return Err(unproven("the message is not from a device of its author"));
    }
    let key = from_slice(&one.key.0).map_err(|_| unproven("the key has not 32 bytes"))?;
    let content = open_reported(&key, &envelope).map_err(|_| unproven("the key does not open the message, or nobody signed it"))?;
    Content::read(header.kind, &content).map_err(|_| unproven("the message does not hold what a message may hold"))?;
    let content = String::from_utf8(content.to_vec()).map_err(|_| unproven("the message is no text"))?;
    Ok(rows::Opened { message, envelope, key: one.key, content })
}

/// What the node stored; of a deleted message what the reporter kept, if its hash is the right one.
fn stored(read: &Read, message: &Message, one: &ReportedKey) -> Result<Envelope> {
    if let Some(envelope) = message.content.as_ref().and_then(|content| content.envelope()) {
        return Ok(envelope.clone());
    }
    let kept = store::envelopes::deleted_hash(read, message.id)?;
    let given = one.envelope.clone().filter(|envelope| kept == Some(hash(&envelope.write())));
    given.ok_or_else(|| unproven("the message was not encrypted, or is gone, and this is not what it was"))
}

/// Reports in a state, or all: the newest 200.
pub async fn list(app: &App, _: Moderator, state: Option<ReportState>) -> Result<Reports> {
    app.db.read(move |read| Ok(Reports { reports: rows::list(read, state)? })).await
}

/// Closes a report with a note. Closing it again changes the note.
pub async fn close(app: &App, by: Moderator, id: Uuid, closing: ReportClosing) -> Result<()> {
    let note = text::lines("note", &closing.note, 1_000)?;
    Actor::from(by)
        .act(app, move |tx| {
            if !rows::close(tx, id, by.me.user, &note)? {
                return Err(Code::NotFound.error("There is no such report."));
            }
            Ok(((), vec![Deed::new(DeedKind::ReportClosed).on(id.to_string())]))
        })
        .await
}
