//! Direct conversations and groups: beginning, naming, adding people, leaving.
use crate::access::member;
use crate::model::{Conversation, ConversationKind, Conversations, JoinedConversation, NewConversation};
use crate::receipts::read_state;
use crate::store::conversations as store;
use crate::{rules, sync};
use serde::Serialize;
use snug_accounts::Me;
use snug_base::hooks::{Concern, Hooks};
use snug_base::{App, Code, ConversationId, Error, Read, Result, Tx, UserId};

/// A conversation, and whether this call made it.
pub struct Begun {
    pub joined: JoinedConversation,
    pub is_new: bool,
}

#[derive(Serialize)]
struct Left {
    conversation_id: ConversationId,
}

/// Begins a direct conversation (there is one per pair of people: a second call answers with it) or a group.
pub async fn begin(app: &App, me: Me, new: NewConversation) -> Result<Begun> {
    let name = rules::group_name(new.name)?;
    let mut others = new.user_ids;
    others.retain(|id| *id != me.user);
    others.sort_unstable();
    others.dedup();
    match new.kind {
        ConversationKind::Direct if others.len() != 1 => {
            return Err(Code::Invalid.field("user_ids", "a direct conversation is with exactly one other person"));
        }
        ConversationKind::Group if others.is_empty() => {
            return Err(Code::Invalid.field("user_ids", "a group needs at least one other person"));
        }
        _ => {}
    }
    let most = app.config.messages.group_size;
    if others.len() >= most {
        return Err(Code::GroupLimit.field("user_ids", format!("a group can have {most} people")));
    }
    let hooks = app.hooks.clone();
    app.db
        .write(move |tx| {
            check_people(tx, &others)?;
            let direct_with = (new.kind == ConversationKind::Direct).then(|| others[0]);
            if let Some(other) = direct_with
                && let Some(id) = store::find_direct(tx, me.user, other)?
            {
                return Ok(Begun { joined: joined(tx, me.user, id)?, is_new: false });
            }
            let name = name.as_deref().filter(|_| direct_with.is_none());
            let id = ConversationId::new();
            tx.open_stream(id)?;
            store::insert(tx, id, new.kind, name, direct_with, me.user)?;
            store::insert_participant(tx, id, me.user, "owner")?;
            for other in &others {
                let role = if direct_with.is_some() { "owner" } else { "member" };
                store::insert_participant(tx, id, *other, role)?;
            }
            for user in others.iter().chain([&me.user]) {
                welcome(tx, *user, id)?;
            }
            if direct_with.is_none() {
                tell_added(tx, &hooks, id, me.user, &others)?;
            }
            Ok(Begun { joined: joined(tx, me.user, id)?, is_new: true })
        })
        .await
}

/// A direct conversation or group that the user is in.
pub async fn get(app: &App, me: Me, id: ConversationId) -> Result<Conversation> {
    app.db
        .read(move |read| {
            member(read, id, me.user)?;
            load(read, id)
        })
        .await
}

/// All direct conversations and groups of the user.
pub async fn list(app: &App, me: Me) -> Result<Conversations> {
    app.db.read(move |read| sync::conversations(read, me.user)).await
}

/// Names a group.
pub async fn rename(app: &App, me: Me, id: ConversationId, name: Option<String>) -> Result<Conversation> {
    let name = rules::group_name(name)?;
    app.db
        .write(move |tx| {
            let by = member(tx, id, me.user)?;
            by.may_change_group()?;
            if load(tx, id)?.name == name {
                return load(tx, id);
            }
            store::update_name(tx, &by, name.as_deref())?;
            announce(tx, id)
        })
        .await
}

/// Adds people to a group. Those who are in it already stay as they are.
pub async fn add(app: &App, me: Me, id: ConversationId, users: Vec<UserId>) -> Result<Conversation> {
    let most = app.config.messages.group_size;
    if users.is_empty() || users.len() > most {
        return Err(Code::Invalid.field("user_ids", format!("must name 1 to {most} people")));
    }
    let hooks = app.hooks.clone();
    app.db
        .write(move |tx| {
            member(tx, id, me.user)?.may_change_group()?;
            check_people(tx, &users)?;
            let mut added = Vec::new();
            for user in users {
                if store::insert_participant(tx, id, user, "member")? {
                    added.push(user);
                }
            }
            if usize::try_from(store::count_participants(tx, id)?).is_ok_and(|n| n > most) {
                return Err(Code::GroupLimit.field("user_ids", format!("a group can have {most} people")));
            }
            if added.is_empty() {
                return load(tx, id);
            }
            begin_at_end(tx, id, &added)?;
            let conversation = announce(tx, id)?;
            for user in &added {
                welcome(tx, *user, id)?;
            }
            tell_added(tx, &hooks, id, me.user, &added)?;
            Ok(conversation)
        })
        .await
}

/// Whoever comes later begins at the end: what was said before is there to read, not to catch up with.
pub(crate) fn begin_at_end(tx: &Tx, id: ConversationId, added: &[UserId]) -> Result<()> {
    let last = crate::store::last_seq(tx, id)?;
    for user in added {
        crate::store::receipts::set_read(tx, id, *user, last, false)?;
    }
    Ok(())
}

/// Leaves a group, or takes somebody out of it. The last one who leaves takes the group along.
pub async fn remove(app: &App, me: Me, id: ConversationId, user: UserId) -> Result<()> {
    app.db
        .write(move |tx| {
            let by = member(tx, id, me.user)?;
            if user == me.user {
                by.may_change_group()?
            } else {
                by.may_remove_others()?
            }
            if !store::delete_participant(tx, id, user)? {
                return Err(Code::UserNotFound.error("This person is not in the group."));
            }
            farewell(tx, user, id)?;
            if store::count_participants(tx, id)? == 0 {
                store::delete(tx, id)?;
                return tx.close_stream(id);
            }
            store::settle_owner(tx, &by)?;
            announce(tx, id)?;
            Ok(())
        })
        .await
}

/// Takes a conversation off a user's devices.
pub(crate) fn farewell(tx: &Tx, user: UserId, id: ConversationId) -> Result<()> {
    tx.emit(user, "conversation.left", &Left { conversation_id: id })?;
    tx.unfollow(user, vec![id.into()]);
    Ok(())
}

fn check_people(read: &Read, users: &[UserId]) -> Result<()> {
    let known = snug_accounts::load_users(read, users)?;
    match users.iter().find(|id| !known.iter().any(|u| u.id == **id && !u.is_disabled)) {
        Some(_) => Err(Code::UserNotFound.field("user_ids", "one of these people does not exist or has a disabled account")),
        None => Ok(()),
    }
}

/// A direct conversation or group. The caller has made sure that the user may see it.
pub fn load(read: &Read, id: ConversationId) -> Result<Conversation> {
    store::load(read, &[id])?.pop().ok_or_else(|| Code::NotAMember.error("This is a room; look it up under rooms."))
}

pub(crate) fn joined(read: &Read, user: UserId, id: ConversationId) -> Result<JoinedConversation> {
    let conversation = load(read, id)?;
    let people: Vec<UserId> = conversation.participants.iter().map(|p| p.user_id).collect();
    let users = snug_accounts::load_users(read, &people)?;
    Ok(JoinedConversation { read_state: read_state(read, user, id)?, users, streams: [(id.0, read.head(id)?)].into(), conversation })
}

/// Tells people that somebody let them into a group.
pub(crate) fn tell_added(tx: &Tx, hooks: &Hooks, id: ConversationId, by: UserId, users: &[UserId]) -> Result<()> {
    users.iter().filter(|user| **user != by).try_for_each(|user| hooks.concern(tx, &Concern::Added { conversation: id, by, user: *user }))
}

/// Brings a conversation onto a user's devices.
pub(crate) fn welcome(tx: &Tx, user: UserId, id: ConversationId) -> Result<()> {
    tx.emit(user, "conversation.joined", &joined(tx, user, id)?)?;
    tx.follow(user, vec![id.into()]);
    Ok(())
}

pub(crate) fn announce(tx: &Tx, id: ConversationId) -> Result<Conversation> {
    let conversation = load(tx, id)?;
    tx.emit(id, "conversation.updated", &conversation)?;
    Ok::<_, Error>(conversation)
}
