//! The key of a sealed database: it lies in a file beside it, since the key ring lies inside. The master key seals both.
use super::master::Master;
use super::ring::SealedKey;
use super::{Key, damaged, hex, open_under, random, seal_under, unhex, unwritable, write_private};
use crate::config::KeysConfig;
use crate::{Code, Error, Result};
use serde::{Deserialize, Serialize};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

const FILE: &str = "database.key";
/// Where a key of the ring has its generation: this one is none of them.
const PLACE: i64 = -1;
/// Nonce, key and tag.
const SEALED: usize = 72;

/// What the file holds: the same key under one master key, or under two while one takes the other's place.
#[derive(Deserialize, Serialize)]
struct Stored {
    keys: Vec<StoredKey>,
}

#[derive(Deserialize, Serialize)]
struct StoredKey {
    /// In hexadecimal.
    sealed: String,
    /// How a passphrase becomes the master key.
    kdf: Option<String>,
}

impl StoredKey {
    fn new(master: &Master, key: &Key) -> Result<StoredKey> {
        Ok(StoredKey { sealed: hex(&seal_under(&master.key, &PLACE.to_be_bytes(), &key[..])?), kdf: master.kdf()? })
    }

    fn row(&self) -> Result<SealedKey> {
        let sealed = unhex::<SEALED>(&self.sealed).ok_or_else(damaged)?;
        Ok(SealedKey { generation: PLACE, sealed: sealed.to_vec(), kdf: self.kdf.clone() })
    }

    fn open(&self, master: &Master) -> Result<Key> {
        let opened = open_under(&master.key, &PLACE.to_be_bytes(), &self.row()?.sealed)?;
        opened.as_slice().try_into().map(Zeroizing::new).map_err(Error::internal)
    }
}

/// The key, if there is one in this data folder.
///
/// # Errors
/// `node.locked` if the master key does not open it.
pub fn read(data: &Path, config: &KeysConfig) -> Result<Option<Key>> {
    let Some(stored) = load(data)? else { return Ok(None) };
    let mut why = damaged();
    for one in &stored.keys {
        match Master::find(data, config, &one.row()?) {
            Ok((master, _)) => return one.open(&master).map(Some),
            Err(e) => why = e,
        }
    }
    Err(why)
}

/// The key, made now if there is none. `root` is that of the key ring of a database that is there already.
pub fn read_or_make(data: &Path, config: &KeysConfig, root: Option<&SealedKey>) -> Result<Key> {
    if let Some(key) = read(data, config)? {
        return Ok(key);
    }
    let master = match root {
        Some(root) => Master::of(data, config, root)?,
        None => Master::first(data, config)?,
    };
    let key = Zeroizing::new(random());
    store(data, vec![StoredKey::new(&master, &key)?])?;
    Ok(key)
}

/// Forgets it.
pub fn remove(data: &Path) -> Result<()> {
    match std::fs::remove_file(path(data)) {
        Err(e) if e.kind() != ErrorKind::NotFound => Err(unwritable(&path(data), &e)),
        _ => Ok(()),
    }
}

/// Seals it under another master key, too: until [`settle`] either of them opens it.
pub(super) fn add(data: &Path, old: &Master, new: &Master) -> Result<()> {
    let Some(mut stored) = load(data)? else { return Ok(()) };
    let key = stored.keys.iter().find_map(|one| one.open(old).ok()).ok_or_else(damaged)?;
    stored.keys = vec![StoredKey::new(old, &key)?, StoredKey::new(new, &key)?];
    store(data, stored.keys)
}

/// From now on only this master key opens it.
pub(super) fn settle(data: &Path, master: &Master) -> Result<()> {
    let Some(stored) = load(data)? else { return Ok(()) };
    let key = stored.keys.iter().find_map(|one| one.open(master).ok()).ok_or_else(damaged)?;
    store(data, vec![StoredKey::new(master, &key)?])
}

fn path(data: &Path) -> PathBuf {
    data.join(FILE)
}

fn load(data: &Path) -> Result<Option<Stored>> {
    let path = path(data);
    let broken = |why: String| {
        Code::Locked
            .error(format!("{} can't be read: {why}. Restore it from a backup: the database can't be read without it.", path.display()))
    };
    match std::fs::read(&path) {
        Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(|e| broken(e.to_string())),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
        Err(e) => Err(broken(e.to_string())),
    }
}

fn store(data: &Path, keys: Vec<StoredKey>) -> Result<()> {
    write_private(&path(data), &serde_json::to_vec(&Stored { keys }).map_err(Error::internal)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn either_master_key_opens_it_while_one_takes_the_others_place() {
        let folder = tempfile::tempdir().unwrap();
        let (data, config) = (folder.path(), KeysConfig::default());
        assert!(read(data, &config).unwrap().is_none());
        let key = read_or_make(data, &config, None).unwrap();
        let old = Master::first(data, &config).unwrap();
        let new = Master::next_file(data).unwrap();
        add(data, &old, &new).unwrap();
        let opened = || read(data, &config).unwrap().unwrap();
        assert_eq!(opened(), key);
        assert!(data.join("master.key.next").exists(), "which of the two counts is for the key ring to say");
        super::super::master::finish(data, Some(&new.key)).unwrap();
        assert_eq!(opened(), key);
        settle(data, &new).unwrap();
        assert_eq!(opened(), key);
        write_private(&data.join("master.key"), &old.key[..]).unwrap();
        assert_eq!(read(data, &config).unwrap_err().code, Code::Locked);
    }
}
