//! Deleting a message.
use crate::access::{Member, member};
use crate::model::{Mentions, Message};
use crate::store;
use snug_accounts::Me;
use snug_base::{App, Code, MessageId, Result, Stream, Tx, UserId};

/// Takes a message's content, mentions, reactions and pin away for good; its number and author stay. For its author, and for those who
/// may manage messages in the room. Deleting twice changes and publishes nothing.
pub async fn delete(app: &App, me: Me, id: MessageId) -> Result<Message> {
    app.db
        .write(move |tx| {
            let message = crate::history::load(tx, me, id)?;
            let by = member(tx, message.conversation_id, me.user)?;
            if message.author_id != me.user && !by.may_moderate() {
                return Err(Code::Forbidden.error("Only its author, or someone who may manage messages here, may delete a message."));
            }
            if message.deleted_at.is_some() {
                return Ok(message);
            }
            check_way(&by, &message)?;
            take_away(tx, by.stream(), message, Some(me.user), tx.now)
        })
        .await
}

/// What its author sealed goes by a sealed word of theirs, so that the others know who took it away.
fn check_way(by: &Member, message: &Message) -> Result<()> {
    let is_sealed = message.content.as_ref().is_some_and(|content| content.envelope().is_some());
    if is_sealed && !by.may_moderate() {
        return Err(Code::EncryptionRequired.error("This message is end-to-end encrypted: send an envelope of the kind del about it."));
    }
    Ok(())
}

/// Deletes a message as of a time, and tells the conversation. `by`: who wanted it; nobody where its time is over.
pub(crate) fn take_away(tx: &Tx, stream: Stream, message: Message, by: Option<UserId>, at: i64) -> Result<Message> {
    store::erase(tx, &message, by, at)?;
    let message = Message {
        content: None,
        reply: None,
        mentions: Mentions::default(),
        reactions: Vec::new(),
        about: Vec::new(),
        deleted_at: Some(at),
        deleted_by: by,
        pinned_at: None,
        ..message
    };
    tx.emit_about(stream, "message.deleted", message.id.0, &message)?;
    Ok(message)
}
