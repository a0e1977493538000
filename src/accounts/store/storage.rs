//! Rows of what people keep in the blob store, and of their quotas.
use crate::storage::{Allowance, Holding, HoldingKind, KindStorage, PersonStorage, StorageLimits};
use crate::store::users::{COLUMNS, missing, user};
use crate::text;
use snug_base::blobs::Stored;
use snug_base::size::Quota;
use snug_base::{Read, Result, Row, Tx, UserId, params};
use uuid::Uuid;

/// Stores what is kept, in place of what was.
pub fn upsert(tx: &Tx, of: Holding, stored: &Stored) -> Result<()> {
    tx.execute(
        "INSERT INTO holdings (kind, subject, holder, blob, size, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (kind, subject) DO UPDATE SET holder = excluded.holder, blob = excluded.blob, size = excluded.size, created_at = excluded.created_at",
        params![of.kind, of.subject, of.holder, stored.name[..], stored.size, tx.now],
    )
    .map(drop)
}

/// Takes it away.
pub fn delete(tx: &Tx, kind: HoldingKind, subject: Uuid) -> Result<()> {
    tx.execute("DELETE FROM holdings WHERE kind = ?1 AND subject = ?2", params![kind, subject]).map(drop)
}

/// Bytes of what this person keeps there.
pub fn find_size(read: &Read, of: Holding) -> Result<Option<i64>> {
    read.value(
        "SELECT size AS value FROM holdings WHERE kind = ?1 AND subject = ?2 AND holder = ?3",
        params![of.kind, of.subject, of.holder],
    )
}

/// Bytes of all that somebody keeps.
pub fn used_by(read: &Read, holder: UserId) -> Result<i64> {
    let sql = "SELECT CAST(coalesce(sum(size), 0) AS BIGINT) AS value FROM holdings WHERE holder = ?1";
    Ok(read.value(sql, params![holder])?.unwrap_or(0))
}

/// Bytes of all blobs, used or not: what takes space.
pub fn stored(read: &Read) -> Result<i64> {
    Ok(read.value("SELECT CAST(coalesce(sum(size), 0) AS BIGINT) AS value FROM blobs", &[])?.unwrap_or(0))
}

/// What is kept, by kind, the most first.
pub fn list_kinds(read: &Read) -> Result<Vec<KindStorage>> {
    let sql = "SELECT kind, CAST(sum(size) AS BIGINT) AS bytes, count(*) AS files FROM holdings GROUP BY kind ORDER BY bytes DESC, kind";
    read.query(sql, &[], |row| Ok(KindStorage { kind: row.get("kind")?, bytes: row.get("bytes")?, files: row.get("files")? }))
}

/// Names of blobs that nobody keeps and that were stored before that time, at most `most`.
pub fn list_unused(read: &Read, before: i64, most: usize) -> Result<Vec<Vec<u8>>> {
    let sql = format!(
        "SELECT name FROM blobs WHERE created_at < ?1 AND NOT EXISTS (SELECT 1 FROM holdings WHERE holdings.blob = blobs.name) LIMIT {most}"
    );
    read.query(&sql, params![before], |row| row.get("name"))
}

/// Of these blobs those that nobody keeps at this moment.
pub fn still_unused(tx: &Tx, names: Vec<Vec<u8>>) -> Result<Vec<Vec<u8>>> {
    let mut unused = Vec::new();
    for name in names {
        if tx.value::<i64>("SELECT 1 AS value FROM holdings WHERE blob = ?1 LIMIT 1", params![name])?.is_none() {
            unused.push(name);
        }
    }
    Ok(unused)
}

/// What an admin chose for this person.
pub fn find_quota(read: &Read, user: UserId) -> Result<Option<Quota>> {
    read.query_opt("SELECT bytes FROM quotas WHERE user_id = ?1", params![user], |row| row.get("bytes").map(Quota))
}

/// Stores an admin's choice.
pub fn upsert_quota(tx: &Tx, user: UserId, quota: Quota) -> Result<()> {
    tx.execute(
        "INSERT INTO quotas (user_id, bytes) VALUES (?1, ?2) ON CONFLICT (user_id) DO UPDATE SET bytes = excluded.bytes",
        params![user, quota.0],
    )
    .map(drop)
}

/// Takes it back.
pub fn delete_quota(tx: &Tx, user: UserId) -> Result<()> {
    tx.execute("DELETE FROM quotas WHERE user_id = ?1", params![user]).map(drop)
}

/// People who store less than `bytes`, or as much and come after `username`, the most first; `q` is part of a name or e-mail address.
pub fn list_people(read: &Read, q: &str, bytes: i64, username: &str, limit: i64, limits: StorageLimits) -> Result<Vec<PersonStorage>> {
    let sql = format!(
        "{} WHERE (coalesce(kept.bytes, 0) < ?1 OR (coalesce(kept.bytes, 0) = ?1 AND username > ?2))
           AND (search LIKE ?3 ESCAPE '\\' OR email LIKE ?3 ESCAPE '\\')
         ORDER BY kept_bytes DESC, username LIMIT ?4",
        people()
    );
    read.query(&sql, params![bytes, username, text::part_pattern(q), limit], |row| person(row, limits))
}

/// One of them.
pub fn load_person(read: &Read, id: UserId, limits: StorageLimits) -> Result<PersonStorage> {
    read.query_opt(&format!("{} WHERE id = ?1", people()), params![id], |row| person(row, limits))?.ok_or_else(missing)
}

fn people() -> String {
    format!(
        "SELECT {COLUMNS}, coalesce(kept.bytes, 0) AS kept_bytes, coalesce(kept.files, 0) AS kept_files,
            CASE WHEN quotas.user_id IS NULL THEN 0 ELSE 1 END AS has_quota, quotas.bytes AS quota
         FROM users
         LEFT JOIN (SELECT holder, CAST(sum(size) AS BIGINT) AS bytes, count(*) AS files FROM holdings GROUP BY holder) kept ON kept.holder = id
         LEFT JOIN quotas ON quotas.user_id = id"
    )
}

fn person(row: &Row, limits: StorageLimits) -> Result<PersonStorage> {
    let chosen = if row.get::<i64>("has_quota")? == 1 { Some(Quota(row.get("quota")?)) } else { None };
    Ok(PersonStorage {
        user: user(row)?,
        bytes: row.get("kept_bytes")?,
        files: row.get("kept_files")?,
        allowed: Allowance::of(chosen, limits),
    })
}
