//! Pins: messages that a conversation wants to find again.
use crate::access::{Member, member};
use crate::history::people;
use crate::model::{Message, Pins};
use crate::store;
use snug_accounts::Me;
use snug_base::{App, Code, ConversationId, MessageId, Read, Result, Tx};

/// Pinned messages of one conversation.
const LIMIT: i64 = 100;

/// Pins a message. Doing so twice changes and publishes nothing. In rooms it is for those who may manage messages.
pub async fn pin(app: &App, me: Me, id: MessageId) -> Result<Message> {
    app.db
        .write(move |tx| {
            let (by, message) = pinnable(tx, me, id)?;
            if message.deleted_at.is_some() {
                return Err(Code::MessageDeleted.error("This message was deleted; there is nothing to pin."));
            }
            if message.pinned_at.is_some() {
                return Ok(message);
            }
            if store::pins::count(tx, &by)? >= LIMIT {
                return Err(Code::PinLimit.error(format!("A conversation can have {LIMIT} pinned messages; take the pin of another away.")));
            }
            let message = Message { pinned_at: Some(tx.now), ..message };
            change(tx, &by, "message.pinned", message)
        })
        .await
}

/// Takes a message's pin away. Doing so twice changes and publishes nothing.
pub async fn unpin(app: &App, me: Me, id: MessageId) -> Result<Message> {
    app.db
        .write(move |tx| {
            let (by, message) = pinnable(tx, me, id)?;
            if message.pinned_at.is_none() {
                return Ok(message);
            }
            change(tx, &by, "message.unpinned", Message { pinned_at: None, ..message })
        })
        .await
}

/// The pinned messages of a conversation, with the people in them.
pub async fn list(app: &App, me: Me, conversation: ConversationId) -> Result<Pins> {
    app.db
        .read(move |read| {
            let messages = pins(read, &member(read, conversation, me.user)?)?;
            Ok(Pins { users: snug_accounts::load_users(read, &people(&messages))?, messages })
        })
        .await
}

/// The pinned messages of a conversation, the newest pin first.
pub fn pins(read: &Read, by: &Member) -> Result<Vec<Message>> {
    store::pins::list(read, by)
}

fn pinnable(tx: &Tx, me: Me, id: MessageId) -> Result<(Member, Message)> {
    let message = crate::history::load(tx, me, id)?;
    let by = member(tx, message.conversation_id, me.user)?;
    // where people know each other everybody may; a room has those who look after it
    if !by.shows_receipts() && !by.may_moderate() {
        return Err(Code::Forbidden.error("Pinning in this room is for those who may manage messages here. Ask one of them."));
    }
    Ok((by, message))
}

fn change(tx: &Tx, by: &Member, kind: &str, message: Message) -> Result<Message> {
    store::pins::update(tx, &message)?;
    tx.emit_about(by.stream(), kind, message.id.0, &message)?;
    Ok(message)
}
