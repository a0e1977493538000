//! What a device without a browser keeps: a folder whose files are sealed under a local key.
//!
//! The local key comes from a passphrase, or lies in a file of its own that only the owner may read (for bots, or where the disk is
//! encrypted anyway). Files are replaced as a whole, so that a crash leaves the old one or the new one.
use crate::error::{Error, Result};
use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};
use snug_crypto::bytes::{Blob, Bytes};
use snug_crypto::password::{Kdf, master_key};
use snug_crypto::random;
use snug_crypto::seal::{Fresh, Sealed, open, seal};
use snug_crypto::secret::{self, Secret};
use snug_crypto::tuple::{Field, tuple};
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use uuid::Uuid;
use zeroize::Zeroizing;

/// The first byte of every sealed file.
const VERSION: u8 = 1;
const PROFILE: &str = "profile.json";
const LOCAL_KEY: &str = "local.key";
const LOCK: &str = "lock";
/// How long one program waits for another one that uses the same folder.
const LOCK_PATIENCE: Duration = Duration::from_secs(15);
/// What guessing a passphrase costs: as for passwords, 64 MiB and 3 passes.
const COST: Kdf = Kdf { m: 65_536, t: 3, p: 1 };

/// What lies open in the folder: enough to find the node and to unlock the rest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// Where the node is: `https://chat.example.org`.
    pub url: String,
    pub username: String,
    pub user_id: Uuid,
    /// The node's own authority (PEM), where it was accepted.
    pub authority: Option<String>,
    pub unlock: Unlock,
}

/// Where the local key comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Unlock {
    /// A passphrase, by Argon2id with this salt.
    Passphrase { salt: Bytes<16> },
    /// The file `local.key`.
    File,
}

/// An unlocked folder.
#[derive(Clone)]
pub struct Store {
    folder: PathBuf,
    key: Secret,
}

/// Which writing of a file this is: another one follows each time it is replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    inode: u64,
    seconds: i64,
    nanoseconds: i64,
}

/// Holds other programs off the folder until it is dropped.
pub struct Lock {
    _file: File,
}

impl Unlock {
    /// A passphrase, with a salt of its own.
    pub fn passphrase() -> Result<Unlock> {
        Ok(Unlock::Passphrase { salt: random::bytes()? })
    }
}

impl Store {
    /// Makes the folder, or empties the one of an earlier device. `passphrase` is needed if `profile.unlock` is one.
    pub fn create(folder: &Path, profile: &Profile, passphrase: Option<&str>) -> Result<Store> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(|e| Error::file(folder, e))?;
        let key = match (&profile.unlock, passphrase) {
            (Unlock::Passphrase { salt }, Some(passphrase)) => derive(passphrase, salt)?,
            (Unlock::Passphrase { .. }, None) => return Err(Error::told("This store needs a passphrase.")),
            (Unlock::File, _) => {
                let key = random::secret()?;
                replace(folder, LOCAL_KEY, &*key)?;
                key
            }
        };
        let store = Store { folder: folder.to_owned(), key };
        for name in store.names()? {
            store.remove(&name)?;
        }
        // what tells a wrong passphrase from a right one
        store.write("check", b"snug")?;
        let text = serde_json::to_vec_pretty(profile).map_err(|e| Error::Answer(e.to_string()))?;
        replace(folder, PROFILE, &text)?;
        Ok(store)
    }

    /// Reads what lies open in a folder; none if no device was set up there.
    pub fn profile(folder: &Path) -> Result<Option<Profile>> {
        let path = folder.join(PROFILE);
        match fs::read(&path) {
            Ok(text) => serde_json::from_slice(&text).map(Some).map_err(|_| Error::Locked(path.display().to_string())),
            Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
            Err(e) => Err(Error::file(&path, e)),
        }
    }

    /// Unlocks a folder. `ask` is called if it takes a passphrase.
    pub fn open(folder: &Path, profile: &Profile, ask: impl FnOnce() -> Result<Zeroizing<String>>) -> Result<Store> {
        let key = match &profile.unlock {
            Unlock::Passphrase { salt } => derive(&ask()?, salt)?,
            Unlock::File => {
                let path = folder.join(LOCAL_KEY);
                let bytes = Zeroizing::new(fs::read(&path).map_err(|e| Error::file(&path, e))?);
                secret::from_slice(&bytes).map_err(|_| Error::Locked(path.display().to_string()))?
            }
        };
        let store = Store { folder: folder.to_owned(), key };
        store.read("check")?.ok_or_else(|| Error::Locked(folder.display().to_string()))?;
        Ok(store)
    }

    /// A sealed file's content; none if there is no such file. `Locked` if it does not open.
    pub fn read(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>> {
        let path = self.path(name);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(Error::file(&path, e)),
        };
        let locked = || Error::Locked(path.display().to_string());
        let (salt, nonce, ct) = split(&bytes).ok_or_else(locked)?;
        let sealed = Sealed { salt, nonce, ct: Blob(ct.to_vec()) };
        open(&self.key, &context(name), &sealed).map(Some).map_err(|_| locked())
    }

    /// Replaces a sealed file's content.
    pub fn write(&self, name: &str, content: &[u8]) -> Result<()> {
        let Sealed { salt, nonce, ct } = seal(&self.key, &context(name), content, Fresh::random()?)?;
        let bytes = [&[VERSION][..], &salt.0, &nonce.0, &ct.0].concat();
        replace(&self.folder, &file_name(name), &bytes)
    }

    /// Which writing of a sealed file lies there; none if there is no such file.
    pub fn stamp(&self, name: &str) -> Result<Option<Stamp>> {
        let path = self.path(name);
        match fs::metadata(&path) {
            Ok(file) => Ok(Some(Stamp { inode: file.ino(), seconds: file.mtime(), nanoseconds: file.mtime_nsec() })),
            Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
            Err(e) => Err(Error::file(&path, e)),
        }
    }

    /// Waits until no other program uses the folder.
    pub async fn lock(&self) -> Result<Lock> {
        let path = self.folder.join(LOCK);
        let opened = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(&path);
        let file = opened.map_err(|e| Error::file(&path, e))?;
        let until = Instant::now() + LOCK_PATIENCE;
        while let Err(e) = flock(&file, FlockOperation::NonBlockingLockExclusive) {
            if e != rustix::io::Errno::WOULDBLOCK {
                return Err(Error::file(&path, e.into()));
            }
            if Instant::now() > until {
                return Err(Error::told("Another snug has been busy with this profile for 15 seconds. Try again when it is done."));
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(Lock { _file: file })
    }

    fn names(&self) -> Result<Vec<String>> {
        let entries = fs::read_dir(&self.folder).map_err(|e| Error::file(&self.folder, e))?;
        let files = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
        Ok(files.filter_map(|file| file.strip_suffix(".sealed").map(str::to_owned)).collect())
    }

    fn remove(&self, name: &str) -> Result<()> {
        let path = self.path(name);
        fs::remove_file(&path).map_err(|e| Error::file(&path, e))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(file_name(name))
    }
}

fn file_name(name: &str) -> String {
    format!("{name}.sealed")
}

fn context(name: &str) -> Vec<u8> {
    tuple("local-file", &[Field::Text(name)])
}

fn derive(passphrase: &str, salt: &Bytes<16>) -> Result<Secret> {
    let master = master_key(passphrase, &salt.0, COST).map_err(|e| Error::told(e.to_string()))?;
    Ok(secret::derive(&*master, &[], &tuple("local-store", &[])))
}

fn split(bytes: &[u8]) -> Option<(Bytes<32>, Bytes<12>, &[u8])> {
    let (version, rest) = bytes.split_first()?;
    let (salt, rest) = rest.split_at_checked(32)?;
    let (nonce, ct) = rest.split_at_checked(12)?;
    let parts = (Bytes::from_slice(salt).ok()?, Bytes::from_slice(nonce).ok()?, ct);
    (*version == VERSION).then_some(parts)
}

/// Writes beside the file, then takes its place.
fn replace(folder: &Path, name: &str, content: &[u8]) -> Result<()> {
    let (path, beside) = (folder.join(name), folder.join(format!("{name}.{}.new", std::process::id())));
    let write = || {
        let mut file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&beside)?;
        file.write_all(content)?;
        file.sync_all()?;
        fs::rename(&beside, &path)?;
        File::open(folder)?.sync_all()
    };
    write().map_err(|e| Error::file(&path, e))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn profile(unlock: Unlock) -> Profile {
        let url = "https://chat.example.org".to_owned();
        Profile { url, username: "ann".to_owned(), user_id: Uuid::from_u128(7), authority: None, unlock }
    }

    fn passphrase(text: &str) -> impl FnOnce() -> Result<Zeroizing<String>> {
        move || Ok(Zeroizing::new(text.to_owned()))
    }

    #[test]
    fn opens_with_the_right_passphrase_only() {
        let folder = tempfile::tempdir().unwrap();
        let profile = profile(Unlock::passphrase().unwrap());
        let store = Store::create(folder.path(), &profile, Some("correct horse")).unwrap();
        store.write("keys", b"secret").unwrap();
        let known = Store::profile(folder.path()).unwrap().unwrap();
        assert_eq!(known, profile);
        let again = Store::open(folder.path(), &known, passphrase("correct horse")).unwrap();
        assert_eq!(again.read("keys").unwrap().unwrap().as_slice(), b"secret");
        assert!(again.read("others").unwrap().is_none());
        assert!(matches!(Store::open(folder.path(), &known, passphrase("wrong horse")), Err(Error::Locked(_))));
    }

    #[test]
    fn files_are_the_owners_and_say_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::create(folder.path(), &profile(Unlock::File), None).unwrap();
        store.write("keys", b"a long enough plaintext to be found").unwrap();
        for entry in fs::read_dir(folder.path()).unwrap().flatten() {
            assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{:?}", entry.path());
            let bytes = fs::read(entry.path()).unwrap();
            assert!(!bytes.windows(6).any(|part| part == b"enough"), "{:?}", entry.path());
        }
    }

    #[test]
    fn a_changed_or_exchanged_file_does_not_open() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::create(folder.path(), &profile(Unlock::File), None).unwrap();
        store.write("keys", b"secret").unwrap();
        let path = folder.path().join("keys.sealed");
        let good = fs::read(&path).unwrap();
        fs::write(folder.path().join("history.sealed"), &good).unwrap();
        assert!(matches!(store.read("history"), Err(Error::Locked(_))), "another file's place");
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 1;
            fs::write(&path, &bad).unwrap();
            assert!(matches!(store.read("keys"), Err(Error::Locked(_))), "byte {at}");
        }
        for length in 0..good.len() {
            fs::write(&path, &good[..length]).unwrap();
            assert!(matches!(store.read("keys"), Err(Error::Locked(_))), "{length} bytes");
        }
    }

    #[test]
    fn a_new_device_forgets_the_one_before() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::create(folder.path(), &profile(Unlock::File), None).unwrap();
        store.write("keys", b"old").unwrap();
        let store = Store::create(folder.path(), &profile(Unlock::File), None).unwrap();
        assert!(store.read("keys").unwrap().is_none());
    }
}
