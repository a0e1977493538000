//! Reactions.
use crate::access::member;
use crate::model::{Message, ReactionChange};
use crate::{rules, store};
use snug_accounts::Me;
use snug_base::hooks::{Concern, Place};
use snug_base::{App, Code, MessageId, Result, Tx};

/// Adds a reaction. The same one again changes and publishes nothing.
pub async fn react(app: &App, me: Me, id: MessageId, emoji: String) -> Result<Message> {
    rules::check_emoji(&emoji)?;
    let hooks = app.hooks.clone();
    app.db
        .write(move |tx| {
            let message = reactable(tx, me, id)?;
            // what was one once may still be taken away, and is no new one
            if let Some(name) = rules::custom_emoji(&emoji)
                && !hooks.has_emoji(name)
            {
                return Err(Code::Invalid.field("emoji", format!("there is no emoji {emoji} here (any more); choose another")));
            }
            let is_another = !message.reactions.iter().any(|r| r.emoji == emoji);
            if is_another && i64::try_from(message.reactions.len()).is_ok_and(|n| n >= rules::REACTIONS) {
                return Err(Code::ReactionLimit
                    .error(format!("A message can have {} different reactions; use one that is there.", rules::REACTIONS)));
            }
            if !store::insert_reaction(tx, id, &emoji, me.user)? {
                return Ok(message);
            }
            hooks.concern(tx, &Concern::Reacted { at: place(me, &message), author: message.author_id, emoji: &emoji })?;
            announce(tx, "reaction.added", me, message, emoji)
        })
        .await
}

/// Takes the user's reaction away. Doing so twice changes and publishes nothing.
pub async fn unreact(app: &App, me: Me, id: MessageId, emoji: String) -> Result<Message> {
    rules::check_emoji(&emoji)?;
    let hooks = app.hooks.clone();
    app.db
        .write(move |tx| {
            let message = reactable(tx, me, id)?;
            if !store::delete_reaction(tx, id, &emoji, me.user)? {
                return Ok(message);
            }
            hooks.concern(tx, &Concern::Unreacted { at: place(me, &message), author: message.author_id, emoji: &emoji })?;
            announce(tx, "reaction.removed", me, message, emoji)
        })
        .await
}

fn reactable(tx: &Tx, me: Me, id: MessageId) -> Result<Message> {
    let message = crate::history::load(tx, me, id)?;
    let by = member(tx, message.conversation_id, me.user)?;
    by.may_react()?;
    by.may_write_plainly()?;
    if message.deleted_at.is_some() {
        return Err(Code::MessageDeleted.error("This message was deleted; there is nothing to react to."));
    }
    Ok(message)
}

fn place(me: Me, message: &Message) -> Place {
    Place { conversation: message.conversation_id, seq: message.seq, message: message.id, by: me.user }
}

fn announce(tx: &Tx, kind: &str, me: Me, message: Message, emoji: String) -> Result<Message> {
    let reactions = store::list_reactions(tx, &[message.id])?.remove(&message.id).unwrap_or_default();
    let message = Message { reactions, ..message };
    let change = ReactionChange {
        message_id: message.id,
        conversation_id: message.conversation_id,
        seq: message.seq,
        emoji,
        user_id: me.user,
        reactions: message.reactions.clone(),
    };
    tx.emit_change(message.conversation_id, kind, message.id.0, &change)?;
    Ok(message)
}
