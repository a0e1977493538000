//! Envelopes about messages (edits, reactions, notes, deletions) and about the conversation (its name).
use super::conversation_of;
use super::model::{Changed, MessageEnvelope, NewInfo};
use super::seat::admit;
use crate::access::{Member, member};
use crate::delete::take_away;
use crate::model::Message;
use crate::store::encryption as store;
use crate::{conversations, history};
use snug_accounts::Me;
use snug_base::{App, Code, MessageId, Read, Result, Tx};
use snug_crypto::envelope::{ENVELOPE_LIMIT, Envelope, Kind};
use snug_identities::uuid_of;

/// Envelopes about one message.
const ABOUT: i64 = 1_000;

/// Refuses what is too large to be kept.
pub fn check_size(envelope: &Envelope) -> Result<()> {
    if envelope.write().len() > ENVELOPE_LIMIT {
        return Err(Code::TooLarge.field("envelope", format!("has more than {} KiB", ENVELOPE_LIMIT / 1024)));
    }
    Ok(())
}

/// Takes an envelope that is no message. The same id again is answered again and changes nothing.
pub async fn submit(app: &App, me: Me, envelope: Envelope) -> Result<Changed> {
    check_size(&envelope)?;
    MessageId(uuid_of(&envelope.header.id)).check()?;
    let is_about_a_message = match envelope.header.kind {
        Kind::Message => return Err(Code::ProtocolInvalid.field("envelope", "a message is sent by POST /messages")),
        Kind::Signal => return Err(Code::ProtocolInvalid.field("envelope", "calls are not signalled here")),
        Kind::System => false,
        Kind::Edit | Kind::Deletion | Kind::Reaction | Kind::Note => true,
    };
    if envelope.header.target.is_some() != is_about_a_message {
        return Err(Code::ProtocolInvalid.field("envelope", "edit, del, react and note have a message as target, sys has none"));
    }
    app.db
        .write(move |tx| {
            let conversation = conversation_of(&envelope.header.conversation);
            let by = member(tx, conversation, me.user)?;
            if envelope.header.kind == Kind::Reaction {
                by.may_react()?
            } else {
                by.may_send()?
            }
            match envelope.header.target {
                Some(target) => about_message(tx, me, &by, MessageId(uuid_of(&target)), &envelope).map(|m| Changed::Message(Box::new(m))),
                None => about_conversation(tx, me, &by, &envelope),
            }
        })
        .await
}

/// Whether this envelope was stored before.
fn is_repeated(read: &Read, by: &Member, envelope: &Envelope) -> Result<bool> {
    let Some(known) = store::envelopes::find(read, uuid_of(&envelope.header.id))? else { return Ok(false) };
    let message = envelope.header.target.as_ref().map(|target| MessageId(uuid_of(target)));
    if known == (store::envelopes::Known { conversation: by.conversation(), message, user: by.user() }) {
        return Ok(true);
    }
    Err(Code::MessageIdTaken.field("envelope", "another envelope has this id; make a new one"))
}

fn about_message(tx: &Tx, me: Me, by: &Member, target: MessageId, envelope: &Envelope) -> Result<Message> {
    let missing = || Code::NotFound.error("There is no such message, or you may not see it.");
    let mut message =
        history::load(tx, me, target).and_then(|m| if m.conversation_id == by.conversation() { Ok(m) } else { Err(missing()) })?;
    if is_repeated(tx, by, envelope)? {
        return Ok(message);
    }
    let kind = envelope.header.kind;
    if matches!(kind, Kind::Edit | Kind::Deletion) && message.author_id != me.user {
        return Err(Code::Forbidden.error("Only its author may edit a message or seal that it is deleted."));
    }
    if message.deleted_at.is_some() {
        // deleting twice changes nothing
        return if kind == Kind::Deletion { Ok(message) } else { Err(Code::MessageDeleted.error("This message was deleted.")) };
    }
    admit(tx, tx.now, by, me, &envelope.header)?;
    if kind == Kind::Deletion {
        return take_away(tx, by.stream(), message, Some(me.user), tx.now);
    }
    let count = store::envelopes::count(tx, &message)?;
    if count >= ABOUT {
        return Err(Code::EncryptionLimit.error(format!("There can be {ABOUT} edits, reactions and notes about one message.")));
    }
    if kind == Kind::Edit {
        message.edited_at = Some(tx.now);
    }
    store::envelopes::insert(tx, &message, count + 1, uuid_of(&envelope.header.id), me.user, envelope)?;
    message.about.push(envelope.clone());
    let body = MessageEnvelope {
        message_id: message.id,
        conversation_id: message.conversation_id,
        seq: message.seq,
        envelope,
        edited_at: message.edited_at,
    };
    tx.emit_about(by.stream(), "message.envelope", message.id.0, &body)?;
    Ok(message)
}

fn about_conversation(tx: &Tx, me: Me, by: &Member, envelope: &Envelope) -> Result<Changed> {
    let id = by.conversation();
    if !is_repeated(tx, by, envelope)? {
        admit(tx, tx.now, by, me, &envelope.header)?;
        store::envelopes::insert_id(tx, id, uuid_of(&envelope.header.id), me.user)?;
        store::update_info(tx, id, envelope)?;
        tx.emit(by.stream(), "e2ee.info", &NewInfo { conversation_id: id, envelope })?;
    }
    match by.room() {
        Some(_) => super::load(tx, id).map(|encryption| Changed::Encryption(Box::new(encryption))),
        None => conversations::load(tx, id).map(|conversation| Changed::Conversation(Box::new(conversation))),
    }
}
