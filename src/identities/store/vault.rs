//! Rows of the vault.
use super::{blob, bytes, count, int};
use snug_base::{Error, Read, Result, Tx, UserId, params};
use snug_crypto::account_key::Class;
use snug_crypto::seal::Sealed;
use snug_crypto::vault::VaultItem;

/// The version of the item that was stored last; none without an identity.
pub fn version(read: &Read, user: UserId) -> Result<Option<i64>> {
    read.value("SELECT vault_version AS value FROM identities WHERE user_id = ?1", params![user])
}

/// The revision of a stored item, 0 if there is none.
pub fn rev(read: &Read, user: UserId, kind: &str, item: &[u8]) -> Result<u64> {
    let found =
        read.query_opt("SELECT rev FROM vault_items WHERE user_id = ?1 AND kind = ?2 AND item = ?3", params![user, kind, item], |row| {
            count(row, "rev")
        })?;
    Ok(found.unwrap_or_default())
}

/// Stores an item in the place of an older revision.
pub fn put(tx: &Tx, user: UserId, item: &VaultItem, version: i64) -> Result<()> {
    tx.execute(
        "INSERT INTO vault_items (user_id, kind, item, class, generation, rev, version, salt, nonce, ct)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
         ON CONFLICT (user_id, kind, item)
         DO UPDATE SET class = ?4, generation = ?5, rev = ?6, version = ?7, salt = ?8, nonce = ?9, ct = ?10",
        params![
            user,
            item.kind,
            item.item.0,
            item.class.as_str(),
            int(item.generation)?,
            int(item.rev)?,
            version,
            item.sealed.salt.0,
            item.sealed.nonce.0,
            item.sealed.ct.0
        ],
    )
    .map(drop)
}

/// Sets the vault's version and counts its items; says how many there are.
pub fn advance(tx: &Tx, user: UserId, version: i64, added: i64) -> Result<i64> {
    tx.query_one(
        "UPDATE identities SET vault_version = ?2, vault_count = vault_count + ?3 WHERE user_id = ?1 RETURNING vault_count",
        params![user, version, added],
        |row| row.get("vault_count"),
    )
}

/// How many bytes the items after this version have, in order.
pub fn lengths(read: &Read, user: UserId, after: i64, limit: i64) -> Result<Vec<i64>> {
    read.query(
        "SELECT length(ct) AS length FROM vault_items WHERE user_id = ?1 AND version > ?2 ORDER BY version LIMIT ?3",
        params![user, after, limit],
        |row| row.get("length"),
    )
}

/// Items that were stored after this version, in order, each with its version.
pub fn list(read: &Read, user: UserId, after: i64, limit: i64) -> Result<Vec<(i64, VaultItem)>> {
    read.query(
        "SELECT kind, item, class, generation, rev, version, salt, nonce, ct FROM vault_items
         WHERE user_id = ?1 AND version > ?2 ORDER BY version LIMIT ?3",
        params![user, after, limit],
        |row| {
            let class = match row.get::<String>("class")?.as_str() {
                "h" => Class::History,
                "s" => Class::Session,
                other => return Err(Error::internal(format!("an item of class {other}"))),
            };
            let sealed = Sealed { salt: bytes(row, "salt")?, nonce: bytes(row, "nonce")?, ct: blob(row, "ct")? };
            let item = VaultItem {
                class,
                generation: count(row, "generation")?,
                kind: row.get("kind")?,
                item: blob(row, "item")?,
                rev: count(row, "rev")?,
                sealed,
            };
            Ok((row.get("version")?, item))
        },
    )
}

/// Which key an item is sealed under, if it is there.
pub fn class(read: &Read, user: UserId, kind: &str, item: &[u8]) -> Result<Option<String>> {
    read.value("SELECT class AS value FROM vault_items WHERE user_id = ?1 AND kind = ?2 AND item = ?3", params![user, kind, item])
}

/// Deletes an item.
pub fn delete(tx: &Tx, user: UserId, kind: &str, item: &[u8]) -> Result<()> {
    tx.execute("DELETE FROM vault_items WHERE user_id = ?1 AND kind = ?2 AND item = ?3", params![user, kind, item])?;
    tx.execute("UPDATE identities SET vault_count = vault_count - 1 WHERE user_id = ?1", params![user]).map(drop)
}
