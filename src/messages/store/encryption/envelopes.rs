//! SQL of envelopes about messages, of messages that go by themselves, and of what deleted ones were.
use super::{parse, write};
use crate::model::Message;
use snug_base::db::{list, params_of};
use snug_base::{ConversationId, MessageId, Read, Result, Tx, UserId, params};
use snug_crypto::bytes::Hash;
use snug_crypto::envelope::Envelope;
use snug_crypto::secret::hash;
use std::collections::HashMap;
use uuid::Uuid;

/// An envelope that was stored, as far as a repeat has to fit it.
#[derive(Debug, PartialEq, Eq)]
pub struct Known {
    pub conversation: ConversationId,
    pub message: Option<MessageId>,
    pub user: UserId,
}

/// The envelope with this id.
pub fn find(read: &Read, id: Uuid) -> Result<Option<Known>> {
    read.query_opt("SELECT conversation_id, message_id, user_id FROM envelopes WHERE id = ?1", params![id], |row| {
        Ok(Known { conversation: row.get("conversation_id")?, message: row.get("message_id")?, user: row.get("user_id")? })
    })
}

/// How many envelopes are about a message.
pub fn count(read: &Read, message: &Message) -> Result<i64> {
    let sql = "SELECT abouts AS value FROM messages WHERE conversation_id = ?1 AND seq = ?2";
    Ok(read.value(sql, params![message.conversation_id, message.seq])?.unwrap_or_default())
}

/// Stores an envelope about a message, as the `n`th.
pub fn insert(tx: &Tx, message: &Message, n: i64, id: Uuid, user: UserId, envelope: &Envelope) -> Result<()> {
    tx.execute(
        "INSERT INTO envelopes (id, conversation_id, message_id, n, user_id, envelope) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![id, message.conversation_id, message.id, n, user, write(envelope)?],
    )?;
    tx.execute(
        "UPDATE messages SET abouts = ?3, edited_at = ?4 WHERE conversation_id = ?1 AND seq = ?2",
        params![message.conversation_id, message.seq, n, message.edited_at],
    )
    .map(drop)
}

/// Remembers the id of an envelope about the conversation itself; the newest is with the conversation.
pub fn insert_id(tx: &Tx, conversation: ConversationId, id: Uuid, user: UserId) -> Result<()> {
    tx.execute("INSERT INTO envelopes (id, conversation_id, user_id) VALUES (?1, ?2, ?3)", params![id, conversation, user]).map(drop)
}

/// The envelopes about some messages, in the order in which they came.
pub fn about(read: &Read, messages: &[MessageId]) -> Result<HashMap<MessageId, Vec<Envelope>>> {
    let mut all: HashMap<MessageId, Vec<Envelope>> = HashMap::new();
    if messages.is_empty() {
        return Ok(all);
    }
    let ids = params_of(messages);
    let sql = format!("SELECT message_id, envelope FROM envelopes WHERE message_id IN ({}) ORDER BY message_id, n", list(1, ids.len()));
    for (message, text) in read.query(&sql, &ids, |row| Ok((row.get::<MessageId>("message_id")?, row.get::<String>("envelope")?)))? {
        all.entry(message).or_default().push(parse(&text)?);
    }
    Ok(all)
}

/// Takes everything that is about a message away; of what was encrypted the hash stays for a while.
pub fn erase(tx: &Tx, message: &Message) -> Result<()> {
    let sql = "UPDATE messages SET abouts = 0, expires_at = NULL WHERE conversation_id = ?1 AND seq = ?2";
    tx.execute(sql, params![message.conversation_id, message.seq])?;
    tx.execute("DELETE FROM envelopes WHERE message_id = ?1", params![message.id])?;
    let Some(envelope) = message.content.as_ref().and_then(|content| content.envelope()) else { return Ok(()) };
    tx.execute(
        "INSERT INTO deleted_envelopes (message_id, hash, deleted_at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
        params![message.id, hash(&envelope.write()).0, tx.now],
    )
    .map(drop)
}

/// The hash of a deleted message's envelope, while it is kept.
pub fn deleted_hash(read: &Read, message: MessageId) -> Result<Option<Hash>> {
    read.query_opt("SELECT hash FROM deleted_envelopes WHERE message_id = ?1", params![message], |row| super::bytes(row, "hash"))
}

/// Forgets hashes of messages that were deleted before.
pub fn forget_before(tx: &Tx, at: i64) -> Result<()> {
    tx.execute("DELETE FROM deleted_envelopes WHERE deleted_at <= ?1", params![at]).map(drop)
}

/// When a message is to go.
pub fn set_expiry(tx: &Tx, message: &Message, at: i64) -> Result<()> {
    let sql = "UPDATE messages SET expires_at = ?3 WHERE conversation_id = ?1 AND seq = ?2";
    tx.execute(sql, params![message.conversation_id, message.seq, at]).map(drop)
}

/// Messages whose time has come, the oldest first, with that time.
pub fn expired(read: &Read, now: i64, limit: i64) -> Result<Vec<(MessageId, i64)>> {
    let sql = "SELECT id, expires_at FROM messages WHERE expires_at IS NOT NULL AND expires_at <= ?1 ORDER BY expires_at LIMIT ?2";
    read.query(sql, params![now, limit], |row| Ok((row.get("id")?, row.get("expires_at")?)))
}
