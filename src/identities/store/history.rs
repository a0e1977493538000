//! Rows of the history of keys.
use super::bytes;
use crate::model::KeyChange;
use snug_base::{Read, Result, Tx, UserId, params};
use snug_crypto::account_log::rotation::Rotation;

/// Changes of an account that are kept.
const KEPT: i64 = 10_000;
/// Among the newest so many are the epochs that are kept.
const KEPT_EPOCHS: i64 = 1_000;

/// Adds changes.
pub fn append(tx: &Tx, user: UserId, changes: &[Rotation]) -> Result<()> {
    let last: Option<Option<i64>> = tx.value("SELECT max(n) AS value FROM key_rotation_history WHERE user_id = ?1", params![user])?;
    let first = last.flatten().unwrap_or_default() + 1;
    for (n, change) in (first..).zip(changes) {
        tx.execute(
            "INSERT INTO key_rotation_history (user_id, n, kind, old_fp, new_fp, reason, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![user, n, change.kind.as_str(), change.old.map(|fp| fp.0), change.new.map(|fp| fp.0), change.reason, tx.now],
        )?;
        if n % 64 == 0 {
            tx.execute("DELETE FROM key_rotation_history WHERE user_id = ?1 AND n <= ?2", params![user, n - KEPT])?;
            // there are many of them, and their commitments stand in the conversations' logs for ever
            let sql = "DELETE FROM key_rotation_history WHERE user_id = ?1 AND kind = 'epoch' AND n <= ?2";
            tx.execute(sql, params![user, n - KEPT_EPOCHS])?;
        }
    }
    Ok(())
}

/// The newest changes, newest first.
pub fn list(read: &Read, user: UserId, limit: i64) -> Result<Vec<KeyChange>> {
    read.query(
        "SELECT kind, old_fp, new_fp, reason, at FROM key_rotation_history WHERE user_id = ?1 ORDER BY n DESC LIMIT ?2",
        params![user, limit],
        |row| {
            let print = |name| if row.get::<Option<Vec<u8>>>(name)?.is_some() { bytes(row, name).map(Some) } else { Ok(None) };
            Ok(KeyChange {
                kind: row.get("kind")?,
                old: print("old_fp")?,
                new: print("new_fp")?,
                reason: row.get("reason")?,
                at: row.get("at")?,
            })
        },
    )
}
