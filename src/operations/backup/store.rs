//! All SQL about backups.
use super::model::BackupRun;
use super::place::base_of;
use snug_base::{Read, Result, Row, Tx, params};
use uuid::Uuid;

fn run(row: &Row) -> Result<BackupRun> {
    let name: String = row.get("name")?;
    Ok(BackupRun {
        base: base_of(&name),
        id: row.get("id")?,
        started_at: row.get("started_at")?,
        ended_at: row.get("ended_at")?,
        place: row.get("place")?,
        name,
        bytes: row.get("bytes")?,
        error: row.get("error")?,
        rehearsed_at: row.get("rehearsed_at")?,
        rehearsal_error: row.get("rehearsal")?,
        deleted_at: row.get("deleted_at")?,
    })
}

/// The newest first, at most `most`.
pub fn list(read: &Read, most: i64) -> Result<Vec<BackupRun>> {
    read.query("SELECT * FROM backups ORDER BY started_at DESC, id DESC LIMIT ?1", params![most], run)
}

pub fn begin(tx: &Tx, id: Uuid, place: &str, name: &str) -> Result<()> {
    let sql = "INSERT INTO backups (id, started_at, place, name) VALUES (?1, ?2, ?3, ?4)";
    tx.execute(sql, params![id, tx.now, place, name]).map(drop)
}

pub fn end(tx: &Tx, id: Uuid, bytes: Option<i64>, error: Option<String>) -> Result<()> {
    let sql = "UPDATE backups SET ended_at = ?2, bytes = ?3, error = ?4 WHERE id = ?1";
    tx.execute(sql, params![id, tx.now, bytes, error]).map(drop)
}

/// What a node that was killed left unfinished has failed.
pub fn end_unfinished(tx: &Tx, error: &str) -> Result<()> {
    tx.execute("UPDATE backups SET ended_at = ?1, error = ?2 WHERE ended_at IS NULL", params![tx.now, error]).map(drop)
}

pub fn rehearsed(tx: &Tx, id: Uuid, error: Option<String>) -> Result<()> {
    tx.execute("UPDATE backups SET rehearsed_at = ?2, rehearsal = ?3 WHERE id = ?1", params![id, tx.now, error]).map(drop)
}

/// Good ones there, the newest first, also those that are deleted by now.
pub fn good(read: &Read, place: &str) -> Result<Vec<BackupRun>> {
    let sql =
        "SELECT * FROM backups WHERE place = ?1 AND ended_at IS NOT NULL AND error IS NULL ORDER BY started_at DESC, id DESC LIMIT 2000";
    read.query(sql, params![place], run)
}

/// Good ones there that are more than the newest `keep`, and that none of these needs.
pub fn surplus(read: &Read, place: &str, keep: usize) -> Result<Vec<BackupRun>> {
    let mut there = good(read, place)?;
    there.retain(|run| run.deleted_at.is_none());
    let mut surplus = there.split_off(keep.min(there.len()));
    surplus.retain(|old| !there.iter().any(|kept| kept.base.as_ref() == Some(&old.name)));
    Ok(surplus)
}

pub fn deleted(tx: &Tx, ids: &[Uuid]) -> Result<()> {
    ids.iter().try_for_each(|id| tx.execute("UPDATE backups SET deleted_at = ?2 WHERE id = ?1", params![id, tx.now]).map(drop))
}

/// Rows of backups that are no more, from before that time, are forgotten.
pub fn forget(tx: &Tx, before: i64) -> Result<()> {
    let sql = "DELETE FROM backups WHERE started_at < ?1 AND (deleted_at IS NOT NULL OR error IS NOT NULL)";
    tx.execute(sql, params![before]).map(drop)
}
