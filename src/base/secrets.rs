//! What the node keeps to itself, by name: keys of its certificates, of push and the like. Sealed; never in an answer or the log.
use crate::keys::Keys;
use crate::{App, Read, Result, Tx, params};
use zeroize::Zeroizing;

const PURPOSE: &str = "snug/secret";

/// The secret of that name.
pub async fn load(app: &App, name: &'static str) -> Result<Option<Zeroizing<Vec<u8>>>> {
    let sealed =
        app.db.read(move |read| read.value::<Vec<u8>>("SELECT sealed AS value FROM secrets WHERE name = ?1", params![name])).await?;
    sealed.map(|sealed| app.keys.open_sealed(PURPOSE, name.as_bytes(), &sealed)).transpose()
}

/// Keeps a secret under that name, in place of the one before.
pub async fn store(app: &App, name: &'static str, secret: Zeroizing<Vec<u8>>) -> Result<()> {
    let keys = app.keys.clone();
    app.db.write(move |tx| put(tx, &keys, name, &secret)).await
}

/// Keeps a secret unless there is one of that name by now; answers with the one that counts.
pub async fn store_first(app: &App, name: &'static str, secret: Zeroizing<Vec<u8>>) -> Result<Zeroizing<Vec<u8>>> {
    let keys = app.keys.clone();
    app.db
        .write(move |tx| {
            if let Some(sealed) = tx.value::<Vec<u8>>("SELECT sealed AS value FROM secrets WHERE name = ?1", params![name])? {
                return keys.open_sealed(PURPOSE, name.as_bytes(), &sealed);
            }
            put(tx, &keys, name, &secret)?;
            Ok(secret)
        })
        .await
}

fn put(tx: &Tx, keys: &Keys, name: &str, secret: &[u8]) -> Result<()> {
    let sealed = keys.seal(PURPOSE, name.as_bytes(), secret)?;
    tx.execute(
        "INSERT INTO secrets (name, generation, sealed) VALUES (?1, ?2, ?3)
         ON CONFLICT (name) DO UPDATE SET generation = excluded.generation, sealed = excluded.sealed",
        params![name, sealed.generation, sealed.bytes],
    )?;
    Ok(())
}

/// Seals up to `most` secrets anew that are under an older data key than `newest`. Says how many.
pub(crate) fn reseal(tx: &Tx, keys: &Keys, newest: i64, most: i64) -> Result<usize> {
    let sql = "SELECT name, sealed FROM secrets WHERE generation < ?1 LIMIT ?2";
    let old = tx.query(sql, params![newest, most], |row| Ok((row.get::<String>("name")?, row.get::<Vec<u8>>("sealed")?)))?;
    for (name, sealed) in &old {
        put(tx, keys, name, &keys.open_sealed(PURPOSE, name.as_bytes(), sealed)?)?;
    }
    Ok(old.len())
}

/// How many are under an older data key than `newest`.
pub(crate) fn older(read: &Read, newest: i64) -> Result<i64> {
    Ok(read.value("SELECT count(*) AS value FROM secrets WHERE generation < ?1", params![newest])?.unwrap_or(0))
}
