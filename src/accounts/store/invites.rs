//! Rows of invites to the instance.
use snug_base::{Read, Result, Tx, UserId, params};

/// An invite as it is stored.
#[derive(Clone, Debug)]
pub struct Invite {
    pub code: String,
    pub created_by: Option<UserId>,
    pub created_at: i64,
    pub expires_at: Option<i64>,
    pub max_uses: Option<i64>,
    pub uses: i64,
}

/// Adds an invite.
pub fn insert(tx: &Tx, invite: &Invite) -> Result<()> {
    tx.execute(
        "INSERT INTO invites (code, created_by, created_at, expires_at, max_uses) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![invite.code, invite.created_by, invite.created_at, invite.expires_at, invite.max_uses],
    )
    .map(drop)
}

/// Counts a use; says `false` if the invite is unknown, expired or used up.
pub fn take(tx: &Tx, code: &str) -> Result<bool> {
    let taken = tx.execute(
        "UPDATE invites SET uses = uses + 1
         WHERE code = ?1 AND (expires_at IS NULL OR expires_at > ?2) AND (max_uses IS NULL OR uses < max_uses)",
        params![code, tx.now],
    )?;
    Ok(taken == 1)
}

/// All invites, newest first.
pub fn list(read: &Read) -> Result<Vec<Invite>> {
    read.query(
        "SELECT code, created_by, created_at, expires_at, max_uses, uses FROM invites ORDER BY created_at DESC, code LIMIT 500",
        &[],
        |row| {
            Ok(Invite {
                code: row.get("code")?,
                created_by: row.get("created_by")?,
                created_at: row.get("created_at")?,
                expires_at: row.get("expires_at")?,
                max_uses: row.get("max_uses")?,
                uses: row.get("uses")?,
            })
        },
    )
}

/// Deletes an invite; says whether it was there.
pub fn delete(tx: &Tx, code: &str) -> Result<bool> {
    Ok(tx.execute("DELETE FROM invites WHERE code = ?1", params![code])? == 1)
}
