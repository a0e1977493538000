//! Sending a message.
use crate::access::{Member, member};
use crate::model::{Mentions, Message, NewMessage};
use crate::{encryption, rules, store};
use snug_accounts::Me;
use snug_base::hooks::{Concern, Hooks, Place};
use snug_base::{App, Code, ConversationId, MessageId, Result, Said, Tx};
use snug_crypto::envelope::{Envelope, Kind};
use snug_identities::uuid_of;
use std::sync::atomic::Ordering;
use std::time::Instant;

/// A message, and whether this call made it (or an earlier one with the same id did).
pub struct Sent {
    pub message: Message,
    pub is_new: bool,
}

/// Sends a message. The same id again is the same message: it is answered again, and neither stored nor published again.
pub async fn send(app: &App, me: Me, new: NewMessage) -> Result<Sent> {
    let begun = Instant::now();
    let sent = store_once(app, me, new).await;
    match &sent {
        Ok(sent) if sent.is_new => app.meters.sends.observe(begun.elapsed()),
        Err(e) if e.code.status() >= 500 => drop(app.meters.send_failures.fetch_add(1, Ordering::Relaxed)),
        _ => {}
    }
    sent
}

async fn store_once(app: &App, me: Me, new: NewMessage) -> Result<Sent> {
    let (id, conversation) = (new.id.check()?, new.conversation_id);
    let content = new.content.check(app.config.messages.length)?;
    let written = rules::mentions(content.text());
    if let Some(envelope) = content.envelope() {
        check_envelope(&new.id, conversation, new.reply_to, envelope)?;
    }
    let hooks = app.hooks.clone();
    let stored = app.db.write(move |tx| {
        let by = member(tx, conversation, me.user)?;
        by.may_send()?;
        let goes_at = match content.envelope() {
            Some(envelope) => encryption::admit(tx, tx.now, &by, me, &envelope.header)?,
            None => by.may_write_plainly().map(|()| None)?,
        };
        let reply = match new.reply_to {
            Some(target) => Some(
                store::find_reply(tx, &by, target)?
                    .ok_or_else(|| Code::Invalid.field("reply_to", "must be a message of the same conversation"))?,
            ),
            None => None,
        };
        let message = store::insert(tx, &by, id, content, effective(written, &by), reply)?;
        if let Some(at) = goes_at {
            store::encryption::envelopes::set_expiry(tx, &message, at)?;
        }
        store::receipts::set_read_own(tx, &message)?;
        tx.emit_about(by.stream(), "message.created", id.0, &message)?;
        tell(tx, &hooks, &message)?;
        Ok(Sent { message, is_new: true })
    });
    match stored.await {
        // repeats are rare, so nobody else pays for looking
        Err(e) if e.code == Code::MessageIdTaken => repeated(app, me, conversation, id).await,
        // the answer to the first one may have been lost, and the epoch over since
        Err(e) if e.code == Code::EpochStale => repeated(app, me, conversation, id).await.map_err(|_| e),
        other => other,
    }
}

/// Tells those whom a message concerns, and those who are not looking.
fn tell(tx: &Tx, hooks: &Hooks, message: &Message) -> Result<()> {
    let Message { id, conversation_id, seq, author_id, mentions, reply, .. } = message;
    let at = Place { conversation: *conversation_id, seq: *seq, message: *id, by: *author_id };
    let answers = reply.as_ref().map(|reply| reply.author_id);
    hooks.concern(tx, &Concern::Said { at, users: &mentions.users, roles: &mentions.roles, everyone: mentions.everyone, answers })?;
    tx.said(Said { conversation: *conversation_id, seq: *seq, message: *id, author: *author_id });
    Ok(())
}

/// What the envelope says is what the message says.
fn check_envelope(id: &MessageId, conversation: ConversationId, reply_to: Option<MessageId>, envelope: &Envelope) -> Result<()> {
    let header = &envelope.header;
    if header.kind != Kind::Message || header.target.is_some() {
        return Err(Code::ProtocolInvalid.field("content", "a message's envelope has the kind msg and no target"));
    }
    if uuid_of(&header.id) != id.0 || uuid_of(&header.conversation) != conversation.0 {
        return Err(Code::ProtocolInvalid.field("content", "the envelope's id and conversation_id must be the message's"));
    }
    if reply_to.is_some() {
        return Err(Code::Invalid.field("reply_to", "what an encrypted message answers stands in it"));
    }
    encryption::envelopes::check_size(envelope)
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
