//! SQL of direct conversations, groups and their people.
use crate::access::Member;
use crate::model::{Conversation, ConversationKind, Participant, ParticipantRole};
use snug_base::db::{list, params_of};
use snug_base::{ConversationId, Read, Result, Tx, UserId, params};
use std::collections::{BTreeMap, HashMap};

/// Ids of the direct conversations and groups that a user is in.
pub fn list_ids(read: &Read, user: UserId) -> Result<Vec<ConversationId>> {
    read.query(LIST_IDS, params![user], |row| row.get("conversation_id"))
}

pub(super) const LIST_IDS: &str = "SELECT conversation_id FROM participants WHERE user_id = ?1 ORDER BY conversation_id";

/// Conversations with their people, in the order of the ids.
pub fn load(read: &Read, ids: &[ConversationId]) -> Result<Vec<Conversation>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut people: HashMap<ConversationId, Vec<Participant>> = HashMap::new();
    let own = ids;
    let ids = params_of(ids);
    read.query(&people_sql(ids.len()), &ids, |row| {
        let role: String = row.get("role")?;
        people.entry(row.get("conversation_id")?).or_default().push(Participant {
            user_id: row.get("user_id")?,
            role: if role == "owner" { ParticipantRole::Owner } else { ParticipantRole::Member },
            joined_at: row.get("joined_at")?,
            read_seq: row.get("read_seq")?,
            delivered_seq: row.get("delivered_seq")?,
        });
        Ok(())
    })?;
    let mut encryptions = super::encryption::encryptions(read, own)?;
    let sql = format!("SELECT id, kind, name, picture, created_at FROM conversations WHERE id IN ({}) ORDER BY id", list(1, ids.len()));
    read.query(&sql, &ids, |row| {
        let (id, kind): (ConversationId, String) = (row.get("id")?, row.get("kind")?);
        let picture: Option<String> = row.get("picture")?;
        Ok(Conversation {
            id,
            kind: if kind == "direct" { ConversationKind::Direct } else { ConversationKind::Group },
            name: row.get("name")?,
            picture: picture.map(|hash| format!("/api/v1/pictures/{hash}")),
            participants: people.remove(&id).unwrap_or_default(),
            created_at: row.get("created_at")?,
            encryption: encryptions.remove(&id),
        })
    })
}

pub(super) fn people_sql(conversations: usize) -> String {
    format!(
        "SELECT p.conversation_id, p.user_id, p.role, p.joined_at, COALESCE(r.seen_seq, 0) AS read_seq, COALESCE(r.delivered_seq, 0) AS delivered_seq
         FROM participants p LEFT JOIN pointers r ON r.user_id = p.user_id AND r.conversation_id = p.conversation_id
         WHERE p.conversation_id IN ({}) ORDER BY p.joined_at, p.user_id",
        list(1, conversations)
    )
}

/// The direct conversation of two people.
pub fn find_direct(read: &Read, one: UserId, other: UserId) -> Result<Option<ConversationId>> {
    read.value("SELECT id AS value FROM conversations WHERE pair = ?1", params![pair(one, other)])
}

fn pair(one: UserId, other: UserId) -> Vec<u8> {
    [one.min(other).0.as_bytes().as_slice(), one.max(other).0.as_bytes()].concat()
}

/// Makes a conversation; the caller has reserved its stream and adds the people.
pub fn insert(
    tx: &Tx,
    id: ConversationId,
    kind: ConversationKind,
    name: Option<&str>,
    direct_with: Option<UserId>,
    by: UserId,
) -> Result<()> {
    let kind = if kind == ConversationKind::Direct { "direct" } else { "group" };
    tx.execute(
        "INSERT INTO conversations (id, kind, name, pair, created_by, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![id, kind, name, direct_with.map(|other| pair(by, other)), by, tx.now],
    )
    .map(drop)
}

/// The people of a direct conversation or group with their roles.
pub fn participants(read: &Read, id: ConversationId) -> Result<BTreeMap<UserId, String>> {
    let sql = "SELECT user_id, role FROM participants WHERE conversation_id = ?1";
    Ok(read.query(sql, params![id], |row| Ok((row.get("user_id")?, row.get("role")?)))?.into_iter().collect())
}

/// Gives a participant another role.
pub fn update_role(tx: &Tx, id: ConversationId, user: UserId, role: &str) -> Result<()> {
    tx.changes(id.0);
    tx.execute("UPDATE participants SET role = ?3 WHERE conversation_id = ?1 AND user_id = ?2", params![id, user, role]).map(drop)
}

/// Takes name and picture away, which the node could read.
pub fn clear_name(tx: &Tx, id: ConversationId) -> Result<()> {
    tx.execute("UPDATE conversations SET name = NULL, picture = NULL WHERE id = ?1", params![id]).map(drop)
}

/// Adds a person; false when the person was in already.
pub fn insert_participant(tx: &Tx, conversation: ConversationId, user: UserId, role: &str) -> Result<bool> {
    tx.changes(conversation.0);
    let added = tx.execute(
        "INSERT INTO participants (conversation_id, user_id, role, joined_at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
        params![conversation, user, role, tx.now],
    )?;
    Ok(added > 0)
}

/// Takes a person out; false when the person was not in.
pub fn delete_participant(tx: &Tx, conversation: ConversationId, user: UserId) -> Result<bool> {
    tx.changes(conversation.0);
    Ok(tx.execute("DELETE FROM participants WHERE conversation_id = ?1 AND user_id = ?2", params![conversation, user])? > 0)
}

/// People in a group.
pub fn count_participants(read: &Read, conversation: ConversationId) -> Result<i64> {
    Ok(read.value("SELECT count(*) AS value FROM participants WHERE conversation_id = ?1", params![conversation])?.unwrap_or(0))
}

/// Renames a group.
pub fn update_name(tx: &Tx, by: &Member, name: Option<&str>) -> Result<()> {
    tx.execute("UPDATE conversations SET name = ?2 WHERE id = ?1", params![by.conversation(), name])?;
    Ok(())
}

/// Gives a group without an owner to whoever has been in it the longest.
pub fn settle_owner(tx: &Tx, by: &Member) -> Result<()> {
    tx.changes(by.conversation().0);
    tx.execute(
        "UPDATE participants SET role = 'owner' WHERE conversation_id = ?1
         AND user_id = (SELECT user_id FROM participants WHERE conversation_id = ?1 ORDER BY joined_at, user_id LIMIT 1)
         AND NOT EXISTS (SELECT 1 FROM participants WHERE conversation_id = ?1 AND role = 'owner')",
        params![by.conversation()],
    )?;
    Ok(())
}

/// Deletes everything that was said in a conversation, and the conversation.
pub fn delete(tx: &Tx, conversation: ConversationId) -> Result<()> {
    tx.changes(conversation.0);
    super::search::index::delete(tx, conversation)?;
    super::encryption::delete(tx, conversation)?;
    for sql in [
        "DELETE FROM reactions WHERE message_id IN (SELECT id FROM messages WHERE conversation_id = ?1)",
        "DELETE FROM mentions WHERE conversation_id = ?1",
        "DELETE FROM messages WHERE conversation_id = ?1",
        "DELETE FROM pointers WHERE conversation_id = ?1",
        "DELETE FROM conversation_heads WHERE conversation_id = ?1",
        "DELETE FROM participants WHERE conversation_id = ?1",
        "DELETE FROM conversations WHERE id = ?1",
    ] {
        tx.execute(sql, params![conversation])?;
    }
    Ok(())
}
