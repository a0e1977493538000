//! The key ring: the root and the data keys, as rows that the master key has sealed.
use super::{Key, Master, open_under, random, seal_under};
use crate::{Error, Read, Result, Tx, params};
use std::collections::BTreeMap;
use zeroize::Zeroizing;

const ROOT: i64 = 0;

/// A key as it is stored.
pub struct SealedKey {
    pub generation: i64,
    pub sealed: Vec<u8>,
    /// How a passphrase becomes the master key; beside the root only.
    pub kdf: Option<String>,
}

/// The opened keys.
pub struct Ring {
    pub root: Key,
    data: BTreeMap<u32, Key>,
}

impl Ring {
    /// The keys of a new instance.
    pub fn fresh() -> Ring {
        Ring { root: Zeroizing::new(random()), data: BTreeMap::from([(1, Zeroizing::new(random()))]) }
    }

    /// Opens what is stored.
    pub fn open(master: &Master, rows: &[SealedKey]) -> Result<Ring> {
        let mut keys = BTreeMap::new();
        for row in rows {
            let opened = open_under(&master.key, &place(row.generation), &row.sealed)?;
            let key: [u8; 32] = opened.as_slice().try_into().map_err(Error::internal)?;
            keys.insert(u32::try_from(row.generation).map_err(Error::internal)?, Zeroizing::new(key));
        }
        let root = keys.remove(&0).ok_or_else(|| Error::internal("the key ring has no root"))?;
        Ok(Ring { root, data: keys })
    }

    /// All keys, sealed for storing.
    pub fn sealed(&self, master: &Master) -> Result<Vec<SealedKey>> {
        let data = self.data.iter().map(|(generation, key)| (i64::from(*generation), key));
        std::iter::once((ROOT, &self.root))
            .chain(data)
            .map(|(generation, key)| {
                let kdf = if generation == ROOT { master.kdf()? } else { None };
                Ok(SealedKey { generation, sealed: seal_under(&master.key, &place(generation), &key[..])?, kdf })
            })
            .collect()
    }

    /// The same with one more data key.
    pub fn with_next(&self) -> Result<Ring> {
        let mut data = self.data.clone();
        data.insert(self.newest()?.0 + 1, Zeroizing::new(random()));
        Ok(Ring { root: self.root.clone(), data })
    }

    /// The data key that seals from now on.
    pub fn newest(&self) -> Result<(u32, Key)> {
        self.data
            .last_key_value()
            .map(|(generation, key)| (*generation, key.clone()))
            .ok_or_else(|| Error::internal("the key ring is empty"))
    }

    /// An older or the newest data key.
    pub fn of(&self, generation: u32) -> Option<Key> {
        self.data.get(&generation).cloned()
    }

    /// Whether a rotation is under way.
    pub fn is_rotating(&self) -> bool {
        self.data.len() > 1
    }
}

fn place(generation: i64) -> [u8; 8] {
    generation.to_be_bytes()
}

/// All rows, the root first; none in an instance that is new.
pub fn load(read: &Read) -> Result<Vec<SealedKey>> {
    read.query("SELECT generation, sealed, kdf FROM keyring ORDER BY generation", &[], |row| {
        Ok(SealedKey { generation: row.get("generation")?, sealed: row.get("sealed")?, kdf: row.get("kdf")? })
    })
}

/// Stores these and no others.
pub fn replace(tx: &Tx, rows: &[SealedKey]) -> Result<()> {
    for row in rows {
        tx.execute(
            "INSERT INTO keyring (generation, sealed, kdf, created_at) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (generation) DO UPDATE SET sealed = excluded.sealed, kdf = excluded.kdf",
            params![row.generation, row.sealed, row.kdf, tx.now],
        )?;
    }
    Ok(())
}

/// Deletes the data keys before the newest.
pub fn forget_before(tx: &Tx, newest: i64) -> Result<u64> {
    tx.execute("DELETE FROM keyring WHERE generation > 0 AND generation < ?1", params![newest])
}
