//! Beginning an encrypted conversation, or encrypting one that is there: for good.
use super::carry_out::{Before, carry_out};
use super::log::remember;
use super::model::{ConversationChange, EncryptedConversation};
use super::plan::{Plan, Wanted, plan};
use super::user_of;
use crate::access::{Member, member};
use crate::model::ConversationKind as PlainKind;
use crate::receipts::read_state;
use crate::store::conversations as people;
use crate::store::encryption as store;
use crate::{conversations, store as messages};
use snug_accounts::Me;
use snug_base::hooks::Hooks;
use snug_base::{App, Code, ConversationId, Error, MessageId, Read, Result, Tx, UserId};
use snug_crypto::conversation_log::body::ConversationKind;
use snug_crypto::link::Link;
use snug_servers::{Permission, Room};

/// A conversation, and whether this call made it or encrypted it.
pub struct Begun {
    pub conversation: EncryptedConversation,
    pub is_new: bool,
}

/// Begins a log with its conversation, or for a plain one or a room. The same `create` link again is answered again.
pub async fn begin(app: &App, me: Me, change: ConversationChange) -> Result<Begun> {
    let id = change.conversation_id;
    let wanted = Wanted { links: change.links, wraps: change.wraps.into_iter().collect(), vault: change.vault, info: change.info };
    let parts = app.clone();
    let planned = app
        .db
        .read(move |read| {
            let by = visible(read, id, me.user)?;
            if let Some(by) = by.as_ref().filter(|by| by.is_encrypted()) {
                return repeated(read, by, wanted.links.first()).map(Err);
            }
            let plan = plan(read, &parts, me, id, None, wanted)?;
            may_begin(read, &plan, by.as_ref(), me.user)?;
            Ok(Ok(plan))
        })
        .await?;
    let plan = match planned {
        Ok(plan) => plan,
        Err(conversation) => return Ok(Begun { conversation, is_new: false }),
    };
    let (log, hooks) = (plan.log.clone(), app.hooks.clone());
    let conversation = app.db.write(move |tx| carry_out_first(tx, &hooks, me, &plan)).await?;
    remember(id, log);
    Ok(Begun { conversation, is_new: true })
}

fn visible(read: &Read, id: ConversationId, user: UserId) -> Result<Option<Member>> {
    match member(read, id, user) {
        Ok(by) => Ok(Some(by)),
        Err(e) if e.code == Code::NotAMember => Ok(None),
        Err(e) => Err(e),
    }
}

fn exists(id: ConversationId) -> Error {
    Error { conversation: Some(id), ..Code::AlreadyEncrypted.error("There is this conversation already; go on with it.") }
}

/// The answer to the same request again, which was lost.
fn repeated(read: &Read, by: &Member, first: Option<&Link>) -> Result<EncryptedConversation> {
    let stored = store::links(read, by.conversation(), 0, 1)?;
    if stored.first() == first { answer(read, by.conversation(), by.user()) } else { Err(exists(by.conversation())) }
}

/// Whether this user may begin such a log there.
fn may_begin(read: &Read, plan: &Plan, by: Option<&Member>, me: UserId) -> Result<()> {
    let (id, kind) = (plan.conversation, plan.log.kind());
    let roster: Vec<UserId> = plan.log.entries().iter().map(|entry| user_of(&entry.account)).collect();
    let wrong_kind = || Code::BadLink.field("links", "kind must be what the conversation is");
    let Some(by) = by else {
        MessageId(id.0)
            .check()
            .map_err(|_| Code::Invalid.field("conversation_id", "must be a new UUID of version 7, or a conversation of yours"))?;
        if kind == ConversationKind::Room {
            return Err(Code::NotFound.error("There is no such room, or you can't see it."));
        }
        if kind == ConversationKind::Direct
            && let Some(other) = roster.iter().find(|user| **user != me)
            && let Some(found) = people::find_direct(read, me, *other)?
        {
            return Err(exists(found));
        }
        return Ok(());
    };
    if by.is_encrypted() {
        return Err(exists(id));
    }
    if let Some(room) = by.room() {
        room.require(Permission::ManageRooms)?;
        return if kind == ConversationKind::Room { Ok(()) } else { Err(wrong_kind()) };
    }
    let is_direct = conversations::load(read, id)?.kind == PlainKind::Direct;
    if kind != if is_direct { ConversationKind::Direct } else { ConversationKind::Group } {
        return Err(wrong_kind());
    }
    if !is_direct && !by.owns_group() {
        return Err(Code::Forbidden.error("Only the group's owner may encrypt it."));
    }
    if people::participants(read, id)?.into_keys().ne(roster) {
        return Err(Code::LogConflict.field("links", "the roster must be exactly the people who are in the conversation"));
    }
    Ok(())
}

fn carry_out_first(tx: &Tx, hooks: &Hooks, me: Me, plan: &Plan) -> Result<EncryptedConversation> {
    let id = plan.conversation;
    let by = visible(tx, id, me.user)?;
    may_begin(tx, plan, by.as_ref(), me.user)?;
    let before = match &by {
        None => {
            make(tx, me, plan)?;
            Before::New
        }
        Some(by) => {
            match by.room() {
                Some(room) => drop(snug_servers::rooms::encrypt(tx, room)?),
                None => people::clear_name(tx, id)?,
            }
            Before::Plain
        }
    };
    carry_out(tx, hooks, me, plan, before)?;
    answer(tx, id, me.user)
}

/// The conversation's row; its people come with the roster.
fn make(tx: &Tx, me: Me, plan: &Plan) -> Result<()> {
    let id = plan.conversation;
    if !tx.open_stream(id)? {
        return Err(Code::Invalid.field("conversation_id", "something else has this id; make a new one"));
    }
    let is_direct = plan.log.kind() == ConversationKind::Direct;
    let other = plan.log.entries().iter().map(|entry| user_of(&entry.account)).find(|user| *user != me.user);
    let kind = if is_direct { PlainKind::Direct } else { PlainKind::Group };
    people::insert(tx, id, kind, None, other.filter(|_| is_direct), me.user)
}

fn answer(read: &Read, id: ConversationId, user: UserId) -> Result<EncryptedConversation> {
    let encryption = super::load(read, id)?;
    let by = member(read, id, user)?;
    let Some(access) = by.room() else {
        let joined = conversations::joined(read, user, id)?;
        let (read_state, users, streams) = (joined.read_state, joined.users, joined.streams);
        return Ok(EncryptedConversation { conversation: Some(joined.conversation), room: None, encryption, read_state, users, streams });
    };
    let room: Room = snug_servers::rooms::find(read, access)?;
    let users = snug_accounts::load_users(read, &messages::encryption::roster(read, id)?.into_keys().collect::<Vec<_>>())?;
    let streams = [(id.0, read.head(id)?)].into();
    Ok(EncryptedConversation { conversation: None, room: Some(room), encryption, read_state: read_state(read, user, id)?, users, streams })
}
