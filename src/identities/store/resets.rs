//! A reset that was asked for, and what it takes away.
use crate::model::PendingReset;
use snug_base::{Read, Result, Tx, UserId, params};

/// The reset that the account waits for.
pub fn pending(read: &Read, user: UserId) -> Result<Option<PendingReset>> {
    let found = read.query_opt("SELECT reset_asked_at, reset_ready_at FROM identities WHERE user_id = ?1", params![user], |row| {
        Ok(row.get::<Option<i64>>("reset_asked_at")?.zip(row.get::<Option<i64>>("reset_ready_at")?))
    })?;
    Ok(found.flatten().map(|(asked_at, ready_at)| PendingReset { asked_at, ready_at }))
}

/// Stores that a reset was asked for, or is not wanted any more.
pub fn set(tx: &Tx, user: UserId, pending: Option<PendingReset>) -> Result<()> {
    tx.execute(
        "UPDATE identities SET reset_asked_at = ?2, reset_ready_at = ?3 WHERE user_id = ?1",
        params![user, pending.map(|reset| reset.asked_at), pending.map(|reset| reset.ready_at)],
    )
    .map(drop)
}

/// Deletes slots, boxes, prekeys and the vault's items. The log and its history stay; the vault's version goes on from where it was.
pub fn clear(tx: &Tx, user: UserId) -> Result<()> {
    for table in ["identity_slots", "key_boxes", "vault_items", "signed_prekeys", "one_time_prekeys"] {
        tx.execute(&format!("DELETE FROM {table} WHERE user_id = ?1"), params![user])?;
    }
    tx.execute("UPDATE identities SET vault_count = 0 WHERE user_id = ?1", params![user]).map(drop)
}
