//! Sending a message.
use crate::access::{Member, member};
use crate::model::{Mentions, Message, NewMessage};
use crate::{rules, store};
use snug_accounts::Me;
use snug_base::{App, Code, ConversationId, MessageId, Result};

/// A message, and whether this call made it (or an earlier one with the same id did).
pub struct Sent {
    pub message: Message,
    pub is_new: bool,
}

/// Sends a message. The same id again is the same message: it is answered again, and neither stored nor published again.
pub async fn send(app: &App, me: Me, new: NewMessage) -> Result<Sent> {
    let (id, conversation) = (new.id.check()?, new.conversation_id);
    let content = new.content.check(app.config.messages.length)?;
    let written = rules::mentions(content.text());
    let stored = app.db.write(move |tx| {
        let by = member(tx, conversation, me.user)?;
        by.may_send()?;
        let reply = match new.reply_to {
            Some(target) => Some(
                store::find_reply(tx, &by, target)?
                    .ok_or_else(|| Code::Invalid.field("reply_to", "must be a message of the same conversation"))?,
            ),
            None => None,
        };
        let message = store::insert(tx, &by, id, content, effective(written, &by), reply)?;
        store::receipts::set_read_own(tx, &message)?;
        tx.emit_about(by.stream(), "message.created", id.0, &message)?;
        Ok(Sent { message, is_new: true })
    });
    match stored.await {
        // repeats are rare, so nobody else pays for looking
        Err(e) if e.code == Code::MessageIdTaken => repeated(app, me, conversation, id).await,
        other => other,
    }
}

async fn repeated(app: &App, me: Me, conversation: ConversationId, id: MessageId) -> Result<Sent> {
    app.db
        .read(move |read| {
            let by = member(read, conversation, me.user)?;
            by.may_send()?;
            // the first one may have been given up together with this one
            let lost = || Code::Unavailable.error("The message was not stored. Try again.");
            let found = store::find(read, id)?.ok_or_else(lost)?;
            if found.message.author_id != by.user() || found.message.conversation_id != by.conversation() {
                return Err(Code::MessageIdTaken.field("id", "another message has this id; make a new one"));
            }
            let message = store::complete(read, vec![found])?.pop().ok_or_else(lost)?;
            Ok(Sent { message, is_new: false })
        })
        .await
}

/// What the written mentions amount to: `@everyone` and roles only from those who may.
pub(crate) fn effective(written: Mentions, by: &Member) -> Mentions {
    if by.may_mention_everyone() { written } else { Mentions { everyone: false, roles: Vec::new(), ..written } }
}
