//! All SQL of branding.
use snug_base::{Read, Result, Tx, UserId, params};
use std::collections::BTreeMap;
use uuid::Uuid;

/// An emoji that was stored in the browser.
#[derive(Clone, Debug)]
pub struct StoredEmoji {
    pub name: String,
    pub id: Uuid,
    /// Name of its blob, in hexadecimal.
    pub blob: String,
    pub size: i64,
}

/// What admins chose, by name.
pub fn choices(read: &Read) -> Result<BTreeMap<String, String>> {
    let all = read.query("SELECT name, value FROM branding", &[], |row| Ok((row.get("name")?, row.get("value")?)))?;
    Ok(all.into_iter().collect())
}

/// Stores a choice, or takes it back.
pub fn choose(tx: &Tx, name: &str, value: Option<&str>) -> Result<()> {
    let Some(value) = value else {
        return tx.execute("DELETE FROM branding WHERE name = ?1", params![name]).map(drop);
    };
    tx.execute(
        "INSERT INTO branding (name, value, chosen_at) VALUES (?1, ?2, ?3)
         ON CONFLICT (name) DO UPDATE SET value = excluded.value, chosen_at = excluded.chosen_at",
        params![name, value, tx.now],
    )
    .map(drop)
}

/// All stored emoji, by name.
pub fn list_emoji(read: &Read) -> Result<Vec<StoredEmoji>> {
    read.query("SELECT name, id, blob, size FROM custom_emoji ORDER BY name", &[], |row| {
        Ok(StoredEmoji { name: row.get("name")?, id: row.get("id")?, blob: row.get("blob")?, size: row.get("size")? })
    })
}

/// The id of a stored emoji.
pub fn find_emoji(read: &Read, name: &str) -> Result<Option<Uuid>> {
    read.query_opt("SELECT id FROM custom_emoji WHERE name = ?1", params![name], |row| row.get("id"))
}

/// How many are stored.
pub fn count_emoji(read: &Read) -> Result<i64> {
    Ok(read.value("SELECT count(*) AS value FROM custom_emoji", &[])?.unwrap_or(0))
}

/// Stores an emoji, in place of one with that name.
pub fn upsert_emoji(tx: &Tx, emoji: &StoredEmoji, kind: &str, by: UserId) -> Result<()> {
    tx.execute(
        "INSERT INTO custom_emoji (name, id, blob, kind, size, created_at, created_by) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (name) DO UPDATE SET blob = excluded.blob, kind = excluded.kind, size = excluded.size, created_at = excluded.created_at,
            created_by = excluded.created_by",
        params![emoji.name, emoji.id, emoji.blob, kind, emoji.size, tx.now, by],
    )
    .map(drop)
}

/// Takes an emoji away.
pub fn delete_emoji(tx: &Tx, name: &str) -> Result<()> {
    tx.execute("DELETE FROM custom_emoji WHERE name = ?1", params![name]).map(drop)
}
