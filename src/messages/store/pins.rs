//! SQL of pins.
use super::{COLUMNS, complete, stored};
use crate::access::Member;
use crate::model::Message;
use snug_base::{Read, Result, Tx, params};

/// The pinned messages of a conversation, the newest pin first.
pub fn list(read: &Read, by: &Member) -> Result<Vec<Message>> {
    let sql =
        format!("SELECT {COLUMNS} FROM messages WHERE conversation_id = ?1 AND pinned_at IS NOT NULL ORDER BY pinned_at DESC, seq DESC");
    complete(read, read.query(&sql, params![by.conversation()], stored)?)
}

/// How many there are.
pub fn count(read: &Read, by: &Member) -> Result<i64> {
    let sql = "SELECT count(*) AS value FROM messages WHERE conversation_id = ?1 AND pinned_at IS NOT NULL";
    Ok(read.value(sql, params![by.conversation()])?.unwrap_or_default())
}

/// Stores whether a message is pinned.
pub fn update(tx: &Tx, message: &Message) -> Result<()> {
    tx.execute(
        "UPDATE messages SET pinned_at = ?3 WHERE conversation_id = ?1 AND seq = ?2",
        params![message.conversation_id, message.seq, message.pinned_at],
    )
    .map(drop)
}
