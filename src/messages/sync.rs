//! What the snapshot, the socket and the servers' domain ask about a user's conversations.
use crate::model::{Conversations, ReadState};
use crate::store;
use serde_json::value::{RawValue, to_raw_value};
use snug_base::hooks::ConversationHooks;
use snug_base::{ConversationId, Error, Read, Result, Stream, Tx, UserId};

/// All direct conversations and groups of a user, with read states and people.
pub fn conversations(read: &Read, user: UserId) -> Result<Conversations> {
    let ids = store::conversations::list_ids(read, user)?;
    let mut conversations = Vec::new();
    for ids in ids.chunks(500) {
        conversations.extend(store::conversations::load(read, ids)?);
    }
    let mut people: Vec<UserId> = conversations.iter().flat_map(|c| c.participants.iter().map(|p| p.user_id)).collect();
    people.sort_unstable();
    people.dedup();
    Ok(Conversations { read_states: read_states(read, user, &ids)?, users: snug_accounts::load_users(read, &people)?, conversations })
}

/// Read states of conversations of all kinds. The caller has made sure that the user may see them.
pub fn read_states(read: &Read, user: UserId, ids: &[ConversationId]) -> Result<Vec<ReadState>> {
    let roles = snug_servers::role_ids_everywhere(read, user)?;
    store::receipts::read_states(read, user, &roles, ids)
}

/// The direct conversations and groups that a user's devices follow; the people in them see the user's profile.
pub fn streams_of(read: &Read, user: UserId) -> Result<Vec<Stream>> {
    Ok(store::conversations::list_ids(read, user)?.into_iter().map(Stream::from).collect())
}

/// Somebody came to a server: what was said in its rooms before counts as read.
fn on_joined(tx: &Tx<'_>, user: UserId, rooms: &[ConversationId]) -> Result<()> {
    for &room in rooms {
        let last = store::last_seq(tx, room)?;
        if last > 0 {
            store::receipts::set_read(tx, room, user, last, false)?;
        }
    }
    Ok(())
}

/// A room was deleted: what was said in it goes too.
fn on_conversation_deleted(tx: &Tx<'_>, conversation: ConversationId) -> Result<()> {
    store::conversations::delete(tx, conversation)
}

/// What this domain does for the servers domain.
pub fn hooks() -> ConversationHooks {
    ConversationHooks { on_conversation_deleted, on_joined, read_states: read_states_json }
}

fn read_states_json(read: &Read<'_>, user: UserId, ids: &[ConversationId]) -> Result<Vec<Box<RawValue>>> {
    read_states(read, user, ids)?.iter().map(|state| to_raw_value(state).map_err(Error::internal)).collect()
}
