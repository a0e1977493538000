//! The master key: where it comes from, and how another takes its place.
use super::ring::SealedKey;
use super::{Key, open_under, random, sync_folder, unwritable, write_private};
use crate::config::KeysConfig;
use crate::{Code, Error, Result};
use argon2::{Algorithm, Argon2, Params, Version};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

const FILE: &str = "master.key";
/// A key that is about to take the place of `FILE`: the key ring says which of the two it is.
const NEXT: &str = "master.key.next";

/// Seals the key ring.
pub struct Master {
    pub(super) key: Key,
    from: From,
}

enum From {
    File,
    Configuration,
    Passphrase(Kdf),
}

/// Where a master key comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Protection {
    /// A file beside the database.
    File,
    /// A key that the environment, a credential of the service manager or the configuration gives.
    Configuration,
    /// A passphrase.
    Passphrase,
}

/// The key that was derived last and the hash of what it came from: a start asks for it up to four times (arranging a sealed database, setting it
/// aside, opening it, opening the key ring). The passphrase and what the key opens are in memory anyway.
static DERIVED: Mutex<Option<([u8; 32], Key)>> = Mutex::new(None);

/// How a passphrase becomes a key: Argon2id, one lane.
#[derive(Clone, Debug, Deserialize, Serialize)]
struct Kdf {
    /// 16 bytes in hexadecimal.
    salt: String,
    memory_kib: u32,
    passes: u32,
}

impl Kdf {
    /// 64 MiB and three passes, as for people's passwords: about a second on a Raspberry Pi, once at each start.
    fn fresh() -> Kdf {
        Kdf { salt: hex(&random::<16>()), memory_kib: 64 * 1024, passes: 3 }
    }

    fn derive(&self, passphrase: &str) -> Result<Key> {
        let numbers = [self.memory_kib.to_be_bytes(), self.passes.to_be_bytes()].concat();
        let from: [u8; 32] = Sha256::new().chain_update(numbers).chain_update(&self.salt).chain_update(passphrase).finalize().into();
        let mut derived = DERIVED.lock();
        if let Some((_, key)) = derived.as_ref().filter(|(of, _)| *of == from) {
            return Ok(key.clone());
        }
        let key = self.compute(passphrase)?;
        *derived = Some((from, key.clone()));
        Ok(key)
    }

    fn compute(&self, passphrase: &str) -> Result<Key> {
        let salt = unhex::<16>(&self.salt).ok_or_else(|| Error::internal("the key ring's salt is damaged"))?;
        let params = Params::new(self.memory_kib, self.passes, 1, Some(32)).map_err(|e| Error::internal(e.to_string()))?;
        let mut key = Zeroizing::new([0; 32]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(passphrase.as_bytes(), &salt[..], &mut *key)
            .map_err(|e| Error::internal(e.to_string()))?;
        Ok(key)
    }
}

impl Master {
    pub(super) fn ephemeral() -> Master {
        Master { key: Zeroizing::new(random()), from: From::Configuration }
    }

    /// For a new instance: what the configuration gives, else a file, which is made if there is none.
    pub(super) fn first(data: &Path, config: &KeysConfig) -> Result<Master> {
        if let Some(passphrase) = passphrase(config)? {
            return Master::from_passphrase(&passphrase);
        }
        if let Some(key) = configured(config)? {
            return Ok(Master { key, from: From::Configuration });
        }
        let path = data.join(FILE);
        if let Some(key) = read(&path)? {
            return Ok(Master { key, from: From::File });
        }
        let master = Master { key: Zeroizing::new(random()), from: From::File };
        write_private(&path, &master.key[..])?;
        Ok(master)
    }

    /// The one that opens this root; a change of the file that was under way is ended.
    pub(super) fn of(data: &Path, config: &KeysConfig, root: &SealedKey) -> Result<Master> {
        let (master, is_next) = Master::find(data, config, root)?;
        match master.from {
            From::Passphrase(_) => finish(data, None)?,
            From::File if is_next => finish(data, Some(&master.key))?,
            From::File => {
                let _ = std::fs::remove_file(data.join(NEXT)); // a change that did not come to pass
            }
            From::Configuration => {}
        }
        Ok(master)
    }

    /// The one that opens this key, and whether it is a file that does not count yet. Changes nothing.
    pub(super) fn find(data: &Path, config: &KeysConfig, root: &SealedKey) -> Result<(Master, bool)> {
        let fits = |key: &Key| open_under(key, &root.generation.to_be_bytes(), &root.sealed).is_ok();
        if let Some(kdf) = &root.kdf {
            let kdf: Kdf = serde_json::from_str(kdf).map_err(Error::internal)?;
            let passphrase = passphrase(config)?.ok_or_else(|| {
                Code::Locked.error(
                    "The instance is locked with a passphrase. Give it in a file (keys.passphrase_file), in SNUG_KEYS_PASSPHRASE, or as \
                     the systemd credential snug.passphrase.",
                )
            })?;
            let key = kdf.derive(&passphrase)?;
            let wrong = || Code::Locked.error("The passphrase is not the one that this instance was locked with.");
            return if fits(&key) { Ok((Master { key, from: From::Passphrase(kdf) }, false)) } else { Err(wrong()) };
        }
        if let Some(key) = configured(config)? {
            let wrong = || {
                Code::Locked.error("keys.master_key is not the key that this instance was made with. Give the right one: the data can't be read without it.")
            };
            return if fits(&key) { Ok((Master { key, from: From::Configuration }, false)) } else { Err(wrong()) };
        }
        let (path, next) = (data.join(FILE), data.join(NEXT));
        if let Some(key) = read(&next)?.filter(fits) {
            return Ok((Master { key, from: From::File }, true));
        }
        match read(&path)? {
            Some(key) if fits(&key) => Ok((Master { key, from: From::File }, false)),
            Some(_) => Err(Code::Locked.error(format!(
                "{} is not the key that this instance was made with. Restore it from a backup: the data can't be read without it.",
                path.display()
            ))),
            None => Err(Code::Locked.error(format!(
                "{} is missing but there is a database. Restore the key from a backup, or give it as keys.master_key.",
                path.display()
            ))),
        }
    }

    /// A new key in a file that does not count yet: after the key ring was sealed under it, [`finish`] puts it into its place.
    pub(super) fn next_file(data: &Path) -> Result<Master> {
        let master = Master { key: Zeroizing::new(random()), from: From::File };
        write_private(&data.join(NEXT), &master.key[..])?;
        Ok(master)
    }

    /// A key from a passphrase.
    ///
    /// # Errors
    /// Shorter than 12 characters.
    pub(super) fn from_passphrase(passphrase: &str) -> Result<Master> {
        if passphrase.chars().count() < 12 {
            return Err(Code::Malformed
                .error("The passphrase must have at least 12 characters: whoever has the disk can guess as fast as they like."));
        }
        let kdf = Kdf::fresh();
        Ok(Master { key: kdf.derive(passphrase)?, from: From::Passphrase(kdf) })
    }

    pub(super) fn kdf(&self) -> Result<Option<String>> {
        match &self.from {
            From::Passphrase(kdf) => serde_json::to_string(kdf).map(Some).map_err(Error::internal),
            From::File | From::Configuration => Ok(None),
        }
    }

    /// Where it comes from.
    pub fn protection(&self) -> Protection {
        match self.from {
            From::File => Protection::File,
            From::Configuration => Protection::Configuration,
            From::Passphrase(_) => Protection::Passphrase,
        }
    }
}

/// After the key ring was sealed anew: the file holds the key that counts, or is gone.
pub(super) fn finish(data: &Path, key: Option<&Key>) -> Result<()> {
    let (path, next) = (data.join(FILE), data.join(NEXT));
    let done = || match key {
        Some(_) => std::fs::rename(&next, &path).and_then(|()| sync_folder(&path)),
        None => [&path, &next].into_iter().try_for_each(|path| match std::fs::remove_file(path) {
            Err(e) if e.kind() != ErrorKind::NotFound => Err(e),
            _ => Ok(()),
        }),
    };
    done().map_err(|e| unwritable(&path, &e))
}

fn passphrase(config: &KeysConfig) -> Result<Option<Zeroizing<String>>> {
    if let Some(passphrase) = &config.passphrase {
        return Ok(Some(passphrase.0.clone()));
    }
    config.passphrase_file.as_deref().map(|path| read_passphrase("keys.passphrase_file", path)).transpose()
}

/// The passphrase that a file holds. `setting` is the one that names the file.
pub fn read_passphrase(setting: &str, path: &Path) -> Result<Zeroizing<String>> {
    let text = std::fs::read_to_string(path).map(Zeroizing::new);
    let text = text.map_err(|e| Code::Locked.error(format!("{setting}: {} can't be read: {e}.", path.display())))?;
    Ok(Zeroizing::new(text.trim_end_matches(['\r', '\n']).to_owned()))
}

fn configured(config: &KeysConfig) -> Result<Option<Key>> {
    let Some(text) = &config.master_key else { return Ok(None) };
    let key = unhex::<32>(text.0.trim()).map(Zeroizing::new);
    key.map(Some).ok_or_else(|| Code::Locked.error("keys.master_key must be 32 bytes as 64 hexadecimal digits."))
}

fn read(path: &PathBuf) -> Result<Option<Key>> {
    let file = match std::fs::File::open(path) {
        Ok(file) => file,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(unreadable(path, &e)),
    };
    let mut bytes = Zeroizing::new(Vec::with_capacity(64));
    file.take(64).read_to_end(&mut bytes).map_err(|e| unreadable(path, &e))?;
    let key: [u8; 32] = bytes.as_slice().try_into().map_err(|_| {
        Code::Locked.error(format!(
            "{} does not hold a key of 32 bytes. Restore it from a backup: the data can't be read without it.",
            path.display()
        ))
    })?;
    Ok(Some(Zeroizing::new(key)))
}

fn unreadable(path: &Path, e: &std::io::Error) -> Error {
    Code::Locked.error(format!("{} can't be read: {e}. Check its owner and permissions.", path.display()))
}

/// Bytes in hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |text, byte| text + &format!("{byte:02x}"))
}

/// Exactly `N` bytes from hexadecimal.
pub fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    if text.len() != N * 2 || !text.is_ascii() {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(bytes)
}
