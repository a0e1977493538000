//! Rows of one-time links.
use snug_base::{Read, Result, Tx, UserId, params};

/// What a link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Making the first account.
    Setup,
    /// Choosing a new password.
    Reset,
}

impl Kind {
    fn as_str(self) -> &'static str {
        match self {
            Kind::Setup => "setup",
            Kind::Reset => "reset",
        }
    }
}

/// Adds a link.
pub fn insert(tx: &Tx, kind: Kind, hash: &[u8; 32], user: Option<UserId>, expires_at: Option<i64>) -> Result<()> {
    tx.execute(
        "INSERT INTO links (hash, kind, user_id, created_at, expires_at) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![*hash, kind.as_str(), user, tx.now, expires_at],
    )
    .map(drop)
}

/// The user of a valid link: the outer option says whether it is valid.
pub fn find(read: &Read, kind: Kind, hash: &[u8; 32], now: i64) -> Result<Option<Option<UserId>>> {
    read.query_opt(
        "SELECT user_id FROM links WHERE hash = ?1 AND kind = ?2 AND (expires_at IS NULL OR expires_at > ?3)",
        params![*hash, kind.as_str(), now],
        |row| row.get("user_id"),
    )
}

/// Deletes all links of a kind, or those of one user.
pub fn delete(tx: &Tx, kind: Kind, user: Option<UserId>) -> Result<()> {
    match user {
        Some(user) => tx.execute("DELETE FROM links WHERE kind = ?1 AND user_id = ?2", params![kind.as_str(), user]),
        None => tx.execute("DELETE FROM links WHERE kind = ?1", params![kind.as_str()]),
    }
    .map(drop)
}

/// Deletes what has expired.
pub fn delete_expired(tx: &Tx) -> Result<()> {
    tx.execute("DELETE FROM links WHERE expires_at < ?1", params![tx.now]).map(drop)
}
