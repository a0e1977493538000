//! Editing one's own message.
use crate::access::member;
use crate::model::{Content, Message};
use crate::send::effective;
use crate::{rules, store};
use snug_accounts::Me;
use snug_base::{App, Code, MessageId, Result};

/// Replaces the content of a message that the user wrote. The same content again changes and publishes nothing.
pub async fn edit(app: &App, me: Me, id: MessageId, content: Content) -> Result<Message> {
    let content = content.check(app.config.messages.length)?;
    if content.envelope().is_some() {
        return Err(Code::EncryptionRequired.field("content", "edit an encrypted message by an envelope of the kind edit"));
    }
    app.db
        .write(move |tx| {
            let message = crate::history::load(tx, me, id)?;
            let by = member(tx, message.conversation_id, me.user)?;
            by.may_send()?;
            by.may_write_plainly()?;
            if message.author_id != me.user {
                return Err(Code::Forbidden.error("Only its author may edit a message."));
            }
            if message.deleted_at.is_some() {
                return Err(Code::MessageDeleted.error("This message was deleted; it can't be edited."));
            }
            if message.content.as_ref() == Some(&content) {
                return Ok(message);
            }
            let mentions = effective(rules::mentions(content.text()), &by);
            store::update(tx, &message, &content, &mentions)?;
            let message = Message { content: Some(content), mentions, edited_at: Some(tx.now), ..message };
            tx.emit_about(by.stream(), "message.updated", id.0, &message)?;
            Ok(message)
        })
        .await
}
