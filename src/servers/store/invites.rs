//! Rows of invites to servers.
use crate::model::Invite;
use snug_base::{Read, Result, Row, ServerId, Tx, params};

const COLUMNS: &str = "code, server_id, created_by, created_at, expires_at, max_uses, uses";

fn invite(row: &Row) -> Result<Invite> {
    Ok(Invite {
        code: row.get("code")?,
        server_id: row.get("server_id")?,
        created_by: row.get("created_by")?,
        created_at: row.get("created_at")?,
        expires_at: row.get("expires_at")?,
        max_uses: row.get("max_uses")?,
        uses: row.get("uses")?,
    })
}

/// Adds an invite.
pub fn insert(tx: &Tx, invite: &Invite) -> Result<()> {
    tx.execute(
        "INSERT INTO server_invites (code, server_id, created_by, created_at, expires_at, max_uses) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![invite.code, invite.server_id, invite.created_by, invite.created_at, invite.expires_at, invite.max_uses],
    )
    .map(drop)
}

/// A server's invites, newest first.
pub fn list(read: &Read, server: ServerId) -> Result<Vec<Invite>> {
    let sql = format!("SELECT {COLUMNS} FROM server_invites WHERE server_id = ?1 ORDER BY created_at DESC, code LIMIT 500");
    read.query(&sql, params![server], invite)
}

/// An invite that still lets somebody in.
pub fn find_usable(read: &Read, code: &str, now: i64) -> Result<Option<Invite>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM server_invites
         WHERE code = ?1 AND (expires_at IS NULL OR expires_at > ?2) AND (max_uses IS NULL OR uses < max_uses)"
    );
    read.query_opt(&sql, params![code, now], invite)
}

/// Counts a use.
pub fn count_use(tx: &Tx, code: &str) -> Result<()> {
    tx.execute("UPDATE server_invites SET uses = uses + 1 WHERE code = ?1", params![code]).map(drop)
}

/// Deletes an invite.
pub fn delete(tx: &Tx, code: &str) -> Result<()> {
    tx.execute("DELETE FROM server_invites WHERE code = ?1", params![code]).map(drop)
}
