//! Rows of what people chose for places.
use crate::model::Level;
use crate::rules::{Chosen, FOR_EVER};
use snug_base::{Error, Read, Result, Row, Tx, UserId, params};
use uuid::Uuid;

/// Places for which one person may have chosen something; those that were chosen longest ago go first.
const MOST: i64 = 2_000;

pub(super) fn level(text: Option<String>) -> Result<Option<Level>> {
    match text.as_deref() {
        None => Ok(None),
        Some("all") => Ok(Some(Level::All)),
        Some("mentions") => Ok(Some(Level::Mentions)),
        Some("none") => Ok(Some(Level::None)),
        Some(other) => Err(Error::internal(format!("no level: {other}"))),
    }
}

fn chosen(row: &Row) -> Result<Chosen> {
    Ok(Chosen { level: level(row.get("level")?)?, muted_until: row.get("muted_until")? })
}

/// What a user chose for a place; nothing is the default.
pub fn find(read: &Read, user: UserId, place: Uuid) -> Result<Chosen> {
    let sql = "SELECT level, muted_until FROM notification_levels WHERE user_id = ?1 AND place_id = ?2";
    Ok(read.query_opt(sql, params![user, place], chosen)?.unwrap_or_default())
}

/// All that a user chose.
pub fn list(read: &Read, user: UserId) -> Result<Vec<(Uuid, Chosen)>> {
    let sql = "SELECT place_id, level, muted_until FROM notification_levels WHERE user_id = ?1 ORDER BY place_id";
    read.query(sql, params![user], |row| Ok((row.get("place_id")?, chosen(row)?)))
}

/// Stores a choice. A choice of nothing is no row.
pub fn put(tx: &Tx, user: UserId, place: Uuid, chosen: Chosen) -> Result<()> {
    if chosen == Chosen::default() {
        let sql = "DELETE FROM notification_levels WHERE user_id = ?1 AND place_id = ?2";
        return tx.execute(sql, params![user, place]).map(drop);
    }
    tx.execute(
        "INSERT INTO notification_levels (user_id, place_id, level, muted_until, updated_at) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (user_id, place_id) DO UPDATE SET level = excluded.level, muted_until = excluded.muted_until, updated_at = excluded.updated_at",
        params![user, place, chosen.level.map(Level::as_str), chosen.muted_until, tx.now],
    )?;
    tx.execute(
        "DELETE FROM notification_levels WHERE user_id = ?1 AND place_id IN
             (SELECT place_id FROM notification_levels WHERE user_id = ?1 ORDER BY updated_at DESC, place_id LIMIT 1000 OFFSET ?2)",
        params![user, MOST],
    )
    .map(drop)
}

/// Deletes mutes that are over, where they are all that was chosen.
pub fn delete_over(tx: &Tx) -> Result<()> {
    tx.execute(
        "DELETE FROM notification_levels WHERE level IS NULL AND muted_until IS NOT NULL AND muted_until <> ?1 AND muted_until <= ?2",
        params![FOR_EVER, tx.now],
    )
    .map(drop)
}
