//! Rows of contact codes.
use snug_base::{Read, Result, Tx, UserId, params};

/// Whose code this is at this time.
pub fn find(read: &Read, code: &str, now: i64) -> Result<Option<UserId>> {
    read.value("SELECT user_id AS value FROM contact_codes WHERE code = ?1 AND (ends_at IS NULL OR ends_at > ?2)", params![code, now])
}

/// The account's codes that work at this time: the present one (without an end) and those before it, which end soon.
pub fn list(read: &Read, user: UserId, now: i64) -> Result<Vec<(String, Option<i64>)>> {
    read.query(
        "SELECT code, ends_at FROM contact_codes WHERE user_id = ?1 AND (ends_at IS NULL OR ends_at > ?2) ORDER BY ends_at, code",
        params![user, now],
        |row| Ok((row.get("code")?, row.get("ends_at")?)),
    )
}

/// The account's present code is this one.
pub fn insert(tx: &Tx, user: UserId, code: &str) -> Result<()> {
    tx.execute("INSERT INTO contact_codes (code, user_id) VALUES (?1, ?2)", params![code, user]).map(drop)
}

/// Lets the present code end at this time, and deletes those that have ended.
pub fn end(tx: &Tx, user: UserId, at: i64) -> Result<()> {
    tx.execute("UPDATE contact_codes SET ends_at = ?2 WHERE user_id = ?1 AND ends_at IS NULL", params![user, at])?;
    tx.execute("DELETE FROM contact_codes WHERE user_id = ?1 AND ends_at <= ?2", params![user, tx.now]).map(drop)
}

/// Deletes one code.
pub fn delete(tx: &Tx, code: &str) -> Result<()> {
    tx.execute("DELETE FROM contact_codes WHERE code = ?1", params![code]).map(drop)
}
