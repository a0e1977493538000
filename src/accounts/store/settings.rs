//! Rows of settings: what admins chose in the browser.
use snug_base::{Read, Result, Tx, params};

/// The setting's value, if an admin chose one.
pub fn find(read: &Read, name: &str) -> Result<Option<String>> {
    read.value("SELECT value AS value FROM settings WHERE name = ?1", params![name])
}

/// Stores a choice.
pub fn upsert(tx: &Tx, name: &str, value: &str) -> Result<()> {
    tx.execute(
        "INSERT INTO settings (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        params![name, value],
    )
    .map(drop)
}

/// Takes a choice back: what is configured holds again.
pub fn delete(tx: &Tx, name: &str) -> Result<()> {
    tx.execute("DELETE FROM settings WHERE name = ?1", params![name]).map(drop)
}
