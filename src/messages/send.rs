//! Sending a message.
use crate::access::{Member, member};
use crate::model::{Mentions, Message, NewMessage};
use crate::{rules, store};
use snug_accounts::Me;
use snug_base::{App, Code, Read, Result};

/// A message, and whether this call made it (or an earlier one with the same id did).
pub struct Sent {
    pub message: Message,
    pub is_new: bool,
}

/// Sends a message. The same id again is the same message: it is answered again, and neither stored nor published again.
pub async fn send(app: &App, me: Me, new: NewMessage) -> Result<Sent> {
    let id = new.id.check()?;
    let content = new.content.check(app.config.messages.length)?;
    let written = rules::mentions(content.text());
    app.db
        .write(move |tx| {
            let by = member(tx, new.conversation_id, me.user)?;
            by.may_send()?;
            if let Some(message) = repeated(tx, &by, id)? {
                return Ok(Sent { message, is_new: false });
            }
            let reply = match new.reply_to {
                Some(target) => Some(
                    store::find_reply(tx, &by, target)?
                        .ok_or_else(|| Code::Invalid.field("reply_to", "must be a message of the same conversation"))?,
                ),
                None => None,
            };
            let message = store::insert(tx, &by, id, content, effective(written, &by), reply)?;
            store::receipts::set_read(tx, by.conversation(), me.user, message.seq, false)?;
            tx.emit_about(by.stream(), "message.created", id.0, &message)?;
            Ok(Sent { message, is_new: true })
        })
        .await
}

fn repeated(read: &Read, by: &Member, id: snug_base::MessageId) -> Result<Option<Message>> {
    let Some(found) = store::find(read, id)? else { return Ok(None) };
    if found.message.author_id != by.user() || found.message.conversation_id != by.conversation() {
        return Err(Code::MessageIdTaken.field("id", "another message has this id; make a new one"));
    }
    Ok(store::complete(read, vec![found])?.pop())
}

/// What the written mentions amount to: `@everyone` and roles only from those who may.
pub(crate) fn effective(written: Mentions, by: &Member) -> Mentions {
    if by.may_mention_everyone() { written } else { Mentions { everyone: false, roles: Vec::new(), ..written } }
}
