//! Taking down what concerns people, in the transaction in which it happens.
use crate::model::{Notice, NoticeKind};
use crate::store::notices::{self, New};
use snug_base::hooks::{Concern, Place};
use snug_base::{ConversationId, NoticeId, Result, Tx, UserId};
use snug_messages::{access, load_messages, rules};
use uuid::Uuid;

/// Takes down what a lower domain tells. Filled into the hooks.
pub fn concerned(tx: &Tx<'_>, concern: &Concern<'_>) -> Result<()> {
    match concern {
        Concern::Said { at, users, roles, everyone, answers } => {
            for user in users.iter().filter(|user| **user != at.by) {
                direct(tx, at, *user, NoticeKind::Mention, None)?;
            }
            if let Some(user) = answers.filter(|user| *user != at.by && !users.contains(user)) {
                direct(tx, at, user, NoticeKind::Reply, None)?;
            }
            let many = roles.iter().map(|role| role.0).chain(everyone.then_some(at.conversation.0));
            many.into_iter().try_for_each(|target| insert(tx, at, target, NoticeKind::Mention, None).map(drop))
        }
        Concern::Reacted { at, author, emoji } if at.by != *author => direct(tx, at, *author, NoticeKind::Reaction, Some(emoji)),
        Concern::Unreacted { at, author, emoji } => notices::delete_reaction(tx, *author, at, emoji),
        Concern::Reacted { .. } => Ok(()),
        Concern::Added { conversation, by, user } => added(tx, *conversation, *by, *user),
    }
}

fn insert(tx: &Tx, at: &Place, target: Uuid, kind: NoticeKind, emoji: Option<&str>) -> Result<NoticeId> {
    let new =
        New { id: NoticeId::new(), target, kind, conversation: at.conversation, message: Some((at.message, at.seq)), by: at.by, emoji };
    notices::insert(tx, &new)?;
    Ok(new.id)
}

/// For one person, whose devices hear of it. Somebody who may not read it is not concerned.
fn direct(tx: &Tx, at: &Place, user: UserId, kind: NoticeKind, emoji: Option<&str>) -> Result<()> {
    if access::member(tx, at.conversation, user).is_err() {
        return Ok(());
    }
    if kind == NoticeKind::Reaction && notices::has_reaction(tx, user, at)? {
        return Ok(()); // one line for all that somebody makes of one message
    }
    let id = insert(tx, at, user.0, kind, emoji)?;
    let message = load_messages(tx, &[at.message])?.remove(&at.message);
    let text = message.as_ref().and_then(|message| message.content.as_ref()).map(|content| rules::excerpt(content.text()));
    let notice = Notice {
        id,
        kind,
        conversation_id: at.conversation,
        message_id: Some(at.message),
        seq: Some(at.seq),
        by_id: at.by,
        emoji: emoji.map(str::to_owned),
        excerpt: text.filter(|text| !text.is_empty()),
        created_at: tx.now,
        is_read: false,
    };
    tx.emit(user, "notification.created", &notice).map(drop)
}

fn added(tx: &Tx, conversation: ConversationId, by: UserId, user: UserId) -> Result<()> {
    let new = New { id: NoticeId::new(), target: user.0, kind: NoticeKind::Added, conversation, message: None, by, emoji: None };
    notices::insert(tx, &new)?;
    let notice = Notice {
        id: new.id,
        kind: NoticeKind::Added,
        conversation_id: conversation,
        message_id: None,
        seq: None,
        by_id: by,
        emoji: None,
        excerpt: None,
        created_at: tx.now,
        is_read: false,
    };
    tx.emit(user, "notification.created", &notice).map(drop)
}
