//! Rows of sessions and their refresh tokens.
use crate::client::Client;
use crate::model::Session;
use snug_base::{Read, Result, SessionId, Tx, UserId, params};

/// Used tokens of a session that are remembered, to notice when one comes again.
const GENERATIONS_KEPT: i64 = 200;

/// A refresh token that was found, with its session.
pub struct Refresh {
    pub session: SessionId,
    pub user: UserId,
    pub generation: i64,
    pub newest_generation: i64,
    pub rotated_at: i64,
}

/// Adds a session.
pub fn insert(tx: &Tx, id: SessionId, user: UserId, device_name: &str, client: &Client) -> Result<()> {
    tx.execute(
        "INSERT INTO sessions (id, user_id, device_name, user_agent, ip, created_at, last_seen_at, rotated_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, ?6)",
        params![id, user, device_name, client.user_agent, client.address.to_string(), tx.now],
    )
    .map(drop)
}

/// Adds a refresh token to a session.
pub fn insert_token(tx: &Tx, hash: &[u8; 32], session: SessionId, generation: i64) -> Result<()> {
    tx.execute("INSERT INTO refresh_tokens (hash, session_id, generation) VALUES (?1, ?2, ?3)", params![*hash, session, generation])
        .map(drop)
}

/// A refresh token of a session that has not ended.
pub fn find_token(read: &Read, hash: &[u8; 32]) -> Result<Option<Refresh>> {
    read.query_opt(
        "SELECT sessions.id AS id, user_id, refresh_tokens.generation AS generation, sessions.generation AS newest, rotated_at
         FROM refresh_tokens JOIN sessions ON sessions.id = refresh_tokens.session_id
         WHERE hash = ?1 AND ended_at IS NULL",
        params![*hash],
        |row| {
            Ok(Refresh {
                session: row.get("id")?,
                user: row.get("user_id")?,
                generation: row.get("generation")?,
                newest_generation: row.get("newest")?,
                rotated_at: row.get("rotated_at")?,
            })
        },
    )
}

/// Begins a generation of refresh tokens.
pub fn update_generation(tx: &Tx, session: SessionId, generation: i64) -> Result<()> {
    tx.execute("UPDATE sessions SET generation = ?2, rotated_at = ?3 WHERE id = ?1", params![session, generation, tx.now])?;
    tx.execute("DELETE FROM refresh_tokens WHERE session_id = ?1 AND generation < ?2", params![session, generation - GENERATIONS_KEPT])
        .map(drop)
}

/// The device was here.
pub fn touch(tx: &Tx, session: SessionId, client: &Client) -> Result<()> {
    tx.execute(
        "UPDATE sessions SET last_seen_at = ?2, ip = ?3, user_agent = ?4 WHERE id = ?1",
        params![session, tx.now, client.address.to_string(), client.user_agent],
    )
    .map(drop)
}

/// Ends one session of a user. Its tokens need not be remembered: an unknown token is refused as well.
pub fn end(tx: &Tx, user: UserId, session: SessionId) -> Result<bool> {
    let ended = tx
        .execute("UPDATE sessions SET ended_at = ?3 WHERE id = ?1 AND user_id = ?2 AND ended_at IS NULL", params![session, user, tx.now])?;
    tx.execute(
        "DELETE FROM refresh_tokens WHERE session_id = ?1 AND EXISTS (SELECT 1 FROM sessions WHERE id = ?1 AND ended_at IS NOT NULL)",
        params![session],
    )?;
    Ok(ended == 1)
}

/// The user's sessions that have not ended.
pub fn live_ids(read: &Read, user: UserId) -> Result<Vec<SessionId>> {
    read.query("SELECT id FROM sessions WHERE user_id = ?1 AND ended_at IS NULL", params![user], |row| row.get("id"))
}

/// The same with what devices they are, newest first.
pub fn list(read: &Read, user: UserId, current: Option<SessionId>) -> Result<Vec<Session>> {
    read.query(
        "SELECT id, device_name, user_agent, ip, created_at, last_seen_at FROM sessions
         WHERE user_id = ?1 AND ended_at IS NULL ORDER BY last_seen_at DESC, created_at DESC",
        params![user],
        |row| {
            let id = row.get("id")?;
            Ok(Session {
                id,
                device_name: row.get("device_name")?,
                user_agent: row.get("user_agent")?,
                ip: row.get("ip")?,
                created_at: row.get("created_at")?,
                last_seen_at: row.get("last_seen_at")?,
                is_current: Some(id) == current,
            })
        },
    )
}

/// Sessions that ended after `since`.
pub fn ended_since(read: &Read, since: i64) -> Result<Vec<SessionId>> {
    read.query("SELECT id FROM sessions WHERE ended_at > ?1", params![since], |row| row.get("id"))
}

/// Deletes sessions that ended, or were last used, before these times.
pub fn delete_old(tx: &Tx, ended_before: i64, used_before: i64) -> Result<()> {
    tx.execute("DELETE FROM sessions WHERE ended_at < ?1 OR rotated_at < ?2", params![ended_before, used_before]).map(drop)
}
