//! Deleting a message.
use crate::access::member;
use crate::model::{Mentions, Message};
use crate::store;
use snug_accounts::Me;
use snug_base::{App, Code, MessageId, Result};

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
            store::erase(tx, &message)?;
            let message = Message {
                content: None,
                reply: None,
                mentions: Mentions::default(),
                reactions: Vec::new(),
                deleted_at: Some(tx.now),
                pinned_at: None,
                ..message
            };
            tx.emit_about(by.stream(), "message.deleted", id.0, &message)?;
            Ok(message)
        })
        .await
}
