//! SQL of encrypted conversations: their logs, what follows from them, and who is in them. Keys and envelopes are in the files beside.
pub mod envelopes;
pub mod keys;
pub mod reports;

use crate::encryption::model::{Encryption, JoinRequest};
use snug_base::db::{list, params_of};
use snug_base::{ConversationId, Error, Read, Result, Row, Stream, Tx, UserId, params};
use snug_crypto::bytes::{Blob, Bytes};
use snug_crypto::conversation_log::roster::Role;
use snug_crypto::envelope::Envelope;
use snug_crypto::link::{Head, Link};
use std::collections::{BTreeMap, HashMap};

/// What follows from a conversation's log.
#[derive(Clone, Debug)]
pub struct State {
    pub head: Head,
    pub epoch: u64,
    pub epoch_seq: u64,
    /// Unix seconds, by its maker's clock.
    pub epoch_at: u64,
    /// Unix milliseconds, by the node's clock.
    pub epoch_made_at: i64,
    pub is_stale: bool,
    pub retain_s: u64,
}

/// A number of the core for a column; those that clients may send fit.
pub fn int(number: u64) -> Result<i64> {
    i64::try_from(number).map_err(Error::internal)
}

/// A column that counts.
pub fn count(row: &Row, name: &'static str) -> Result<u64> {
    u64::try_from(row.get::<i64>(name)?).map_err(Error::internal)
}

fn bytes<const N: usize>(row: &Row, name: &'static str) -> Result<Bytes<N>> {
    Bytes::from_slice(&row.get::<Vec<u8>>(name)?).map_err(|_| Error::internal(format!("column {name} does not have {N} bytes")))
}

/// An envelope as it is stored.
pub fn parse(text: &str) -> Result<Envelope> {
    serde_json::from_str(text).map_err(Error::internal)
}

/// How it is stored.
pub fn write(envelope: &Envelope) -> Result<String> {
    serde_json::to_string(envelope).map_err(Error::internal)
}

/// What follows from the log; none if the conversation is not encrypted.
pub fn state(read: &Read, conversation: ConversationId) -> Result<Option<State>> {
    let sql = "SELECT seq, hash, epoch, epoch_seq, epoch_at, epoch_made_at, is_stale, retain_s FROM encrypted WHERE conversation_id = ?1";
    read.query_opt(sql, params![conversation], |row| {
        Ok(State {
            head: Head { seq: count(row, "seq")?, hash: bytes(row, "hash")? },
            epoch: count(row, "epoch")?,
            epoch_seq: count(row, "epoch_seq")?,
            epoch_at: count(row, "epoch_at")?,
            epoch_made_at: row.get("epoch_made_at")?,
            is_stale: row.get("is_stale")?,
            retain_s: count(row, "retain_s")?,
        })
    })
}

/// How far these conversations have got, as far as they are encrypted.
pub fn encryptions(read: &Read, ids: &[ConversationId]) -> Result<HashMap<ConversationId, Encryption>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let ids = params_of(ids);
    let sql = format!(
        "SELECT conversation_id, seq, hash, epoch, epoch_seq, info FROM encrypted WHERE conversation_id IN ({})",
        list(1, ids.len())
    );
    let rows = read.query(&sql, &ids, |row| {
        let info: Option<String> = row.get("info")?;
        let encryption = Encryption {
            head: Head { seq: count(row, "seq")?, hash: bytes(row, "hash")? },
            epoch: count(row, "epoch")?,
            epoch_seq: count(row, "epoch_seq")?,
            info: info.as_deref().map(parse).transpose()?,
            needs: None,
        };
        Ok((row.get("conversation_id")?, encryption))
    })?;
    Ok(rows.into_iter().collect())
}

/// Begins to keep a log: nothing of it yet. False if there is one.
pub fn insert(tx: &Tx, conversation: ConversationId, kind: &str) -> Result<bool> {
    tx.changes(conversation.0);
    let added = tx.execute(
        "INSERT INTO encrypted (conversation_id, kind, seq, hash, epoch, epoch_seq, epoch_at, epoch_made_at, is_stale, retain_s)
         VALUES (?1, ?2, 0, ?3, 0, 0, 0, 0, 1, 0) ON CONFLICT (conversation_id) DO NOTHING",
        params![conversation, kind, [0; 32]],
    )?;
    Ok(added == 1)
}

/// Stores what follows from the log now.
pub fn update(tx: &Tx, conversation: ConversationId, state: &State) -> Result<()> {
    tx.changes(conversation.0);
    tx.execute(
        "UPDATE encrypted SET seq = ?2, hash = ?3, epoch = ?4, epoch_seq = ?5, epoch_at = ?6, epoch_made_at = ?7, is_stale = ?8, retain_s = ?9
         WHERE conversation_id = ?1",
        params![
            conversation,
            int(state.head.seq)?,
            state.head.hash.0,
            int(state.epoch)?,
            int(state.epoch_seq)?,
            int(state.epoch_at)?,
            state.epoch_made_at,
            state.is_stale,
            int(state.retain_s)?
        ],
    )
    .map(drop)
}

/// Stores name, topic and picture.
pub fn update_info(tx: &Tx, conversation: ConversationId, info: &Envelope) -> Result<()> {
    tx.execute("UPDATE encrypted SET info = ?2 WHERE conversation_id = ?1", params![conversation, write(info)?]).map(drop)
}

/// Nothing may be sent before the next epoch in the conversations of an account that lost a device or its identity at this time
/// (Unix seconds), as far as their epochs were made before.
pub fn set_stale(tx: &Tx, user: UserId, at: i64) -> Result<()> {
    let sql = "SELECT e.conversation_id FROM roster r JOIN encrypted e ON e.conversation_id = r.conversation_id
               WHERE r.user_id = ?1 AND e.is_stale = 0 AND e.epoch_at <= ?2";
    for conversation in tx.query(sql, params![user, at], |row| row.get::<ConversationId>("conversation_id"))? {
        tx.changes(conversation.0);
        tx.execute("UPDATE encrypted SET is_stale = 1 WHERE conversation_id = ?1", params![conversation])?;
    }
    Ok(())
}

/// Links from `from` on, in order.
pub fn links(read: &Read, conversation: ConversationId, from: u64, limit: i64) -> Result<Vec<Link>> {
    read.query(
        "SELECT body, sig FROM conversation_links WHERE conversation_id = ?1 AND seq >= ?2 ORDER BY seq LIMIT ?3",
        params![conversation, int(from)?, limit],
        |row| Ok(Link { body: Blob(row.get("body")?), sig: bytes(row, "sig")? }),
    )
}

/// Adds a link; `epoch` if it makes one.
pub fn insert_link(tx: &Tx, conversation: ConversationId, seq: u64, link: &Link, epoch: Option<u64>) -> Result<()> {
    tx.execute(
        "INSERT INTO conversation_links (conversation_id, seq, body, sig, epoch, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![conversation, int(seq)?, link.body.0, link.sig.0, epoch.map(int).transpose()?, tx.now],
    )
    .map(drop)
}

/// When an epoch was made, by the node's clock.
pub fn epoch_made_at(read: &Read, conversation: ConversationId, epoch: u64) -> Result<Option<i64>> {
    read.value(
        "SELECT created_at AS value FROM conversation_links WHERE conversation_id = ?1 AND epoch = ?2",
        params![conversation, int(epoch)?],
    )
}

/// A member's role in the roster.
pub fn role(read: &Read, conversation: ConversationId, user: UserId) -> Result<Option<Role>> {
    let role: Option<String> =
        read.value("SELECT role AS value FROM roster WHERE conversation_id = ?1 AND user_id = ?2", params![conversation, user])?;
    Ok(role.as_deref().and_then(Role::parse))
}

/// Everybody in the roster.
pub fn roster(read: &Read, conversation: ConversationId) -> Result<BTreeMap<UserId, Role>> {
    let rows = read.query("SELECT user_id, role FROM roster WHERE conversation_id = ?1", params![conversation], |row| {
        let role = Role::parse(&row.get::<String>("role")?).ok_or_else(|| Error::internal("an unknown role"))?;
        Ok((row.get("user_id")?, role))
    })?;
    Ok(rows.into_iter().collect())
}

/// Puts somebody into the roster, or changes their role.
pub fn put_rostered(tx: &Tx, conversation: ConversationId, user: UserId, role: Role) -> Result<()> {
    tx.changes(conversation.0);
    tx.execute(
        "INSERT INTO roster (conversation_id, user_id, role) VALUES (?1, ?2, ?3)
         ON CONFLICT (conversation_id, user_id) DO UPDATE SET role = ?3",
        params![conversation, user, role.as_str()],
    )?;
    tx.execute("DELETE FROM join_requests WHERE conversation_id = ?1 AND user_id = ?2", params![conversation, user]).map(drop)
}

/// Takes somebody out of the roster, with all that waits for them.
pub fn delete_rostered(tx: &Tx, conversation: ConversationId, user: UserId) -> Result<()> {
    tx.changes(conversation.0);
    tx.execute("DELETE FROM roster WHERE conversation_id = ?1 AND user_id = ?2", params![conversation, user])?;
    keys::delete_all(tx, conversation, user)
}

/// The encrypted conversations of all kinds whose roster the account is in.
pub fn rostered_in(read: &Read, user: UserId) -> Result<Vec<Stream>> {
    let sql = "SELECT conversation_id FROM roster WHERE user_id = ?1 ORDER BY conversation_id";
    read.query(sql, params![user], |row| Ok(row.get::<ConversationId>("conversation_id")?.into()))
}

/// Somebody asks to be let in; false if they do already.
pub fn insert_join_request(tx: &Tx, conversation: ConversationId, user: UserId) -> Result<bool> {
    let added = tx.execute(
        "INSERT INTO join_requests (conversation_id, user_id, asked_at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
        params![conversation, user, tx.now],
    )?;
    Ok(added == 1)
}

/// The oldest 500 who ask to be let in.
pub fn join_requests(read: &Read, conversation: ConversationId) -> Result<Vec<JoinRequest>> {
    let sql = "SELECT user_id, asked_at FROM join_requests WHERE conversation_id = ?1 ORDER BY asked_at, user_id LIMIT 500";
    read.query(sql, params![conversation], |row| Ok(JoinRequest { user_id: row.get("user_id")?, asked_at: row.get("asked_at")? }))
}

/// Deletes all that is kept of a conversation's encryption.
pub fn delete(tx: &Tx, conversation: ConversationId) -> Result<()> {
    tx.changes(conversation.0);
    for table in ["envelopes", "join_requests", "rewraps", "wraps", "roster", "conversation_links", "encrypted"] {
        tx.execute(&format!("DELETE FROM {table} WHERE conversation_id = ?1"), params![conversation])?;
    }
    Ok(())
}
