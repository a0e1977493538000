//! The instance's keys, and what is sealed under them.
//!
//! ```text
//! master key (file, passphrase, configuration)
//!   seals the key ring (a table): the root           -> keys that can't change: peppers, signatures
//!                                 data keys by generation -> secrets, keys of blobs
//!   seals the key of the database (a file beside it), if that is sealed
//! ```
//! So a new master key seals a few rows anew, and a new data key what lies under the old one, without reading a single blob
//! (`rotate`). The database alone opens nothing.
pub mod database;
mod master;
mod ring;
pub mod rotate;

pub use master::{Master, Protection, hex, read_passphrase, unhex};
pub use ring::SealedKey;

use crate::config::KeysConfig;
use crate::{Code, Db, Error, Read, Result};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use parking_lot::RwLock;
use rand::TryRngCore;
use ring::Ring;
use sha2::Sha256;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use zeroize::Zeroizing;

/// A secret key.
pub type Key = Zeroizing<[u8; 32]>;

const NONCE: usize = 24;
const GENERATION: usize = 4;

/// The keys of one instance, as long as it runs.
pub struct Keys {
    data: PathBuf,
    master: RwLock<Arc<Master>>,
    ring: RwLock<Arc<Ring>>,
    /// Held while keys change: one change at a time.
    turn: tokio::sync::Mutex<()>,
}

/// Fresh random bytes from the operating system.
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    #[expect(clippy::expect_used, reason = "without randomness from the system nothing here is safe to go on")]
    rand::rngs::OsRng.try_fill_bytes(&mut bytes).expect("the system has randomness");
    bytes
}

impl Keys {
    /// Opens the key ring with the master key of this data folder or configuration; makes both in an instance that is new.
    ///
    /// # Errors
    /// `node.locked` if it needs a passphrase that isn't there or does not fit; an explanation if the key is lost.
    pub async fn open(data: &Path, config: &KeysConfig, db: &Db) -> Result<Keys> {
        let rows = db.read(ring::load).await?;
        let (data_folder, config) = (data.to_owned(), config.clone());
        let (master, ring, fresh) = tokio::task::spawn_blocking(move || match rows.first() {
            Some(root) => {
                let master = Master::of(&data_folder, &config, root)?;
                let ring = Ring::open(&master, &rows)?;
                Ok((master, ring, None))
            }
            None => {
                let (master, ring) = (Master::first(&data_folder, &config)?, Ring::fresh());
                let rows = ring.sealed(&master)?;
                Ok::<_, Error>((master, ring, Some(rows)))
            }
        })
        .await
        .map_err(Error::internal)??;
        if let Some(rows) = fresh {
            db.write(move |tx| ring::replace(tx, &rows)).await?;
        }
        Ok(Keys::with(data, master, ring))
    }

    /// Keys for tests and tools that keep nothing.
    pub fn ephemeral() -> Keys {
        Keys::with(Path::new(""), Master::ephemeral(), Ring::fresh())
    }

    /// A key for one purpose, the same for ever. Different purposes never share a key.
    pub fn derive(&self, purpose: &str) -> Key {
        expand(&self.ring.read().root, purpose)
    }

    /// Encrypts a secret under the newest data key. `purpose` and `place` must be the same when it is opened. Do it in the transaction
    /// that stores it, or a rotation could overlook it.
    pub fn seal(&self, purpose: &str, place: &[u8], secret: &[u8]) -> Result<Sealed> {
        let (generation, key) = self.ring.read().newest()?;
        let sealed = seal_under(&expand(&key, purpose), place, secret)?;
        Ok(Sealed { generation: i64::from(generation), bytes: [&generation.to_be_bytes()[..], &sealed].concat() })
    }

    /// Decrypts what `seal` made.
    pub fn open_sealed(&self, purpose: &str, place: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        let (generation, sealed) = sealed.split_first_chunk::<GENERATION>().ok_or_else(damaged)?;
        let key = self.ring.read().of(u32::from_be_bytes(*generation)).ok_or_else(damaged)?;
        open_under(&expand(&key, purpose), place, sealed)
    }

    /// The generation of the newest data key.
    pub fn generation(&self) -> Result<i64> {
        Ok(i64::from(self.ring.read().newest()?.0))
    }

    /// Whether older data keys still have something under them.
    pub fn is_rotating(&self) -> bool {
        self.ring.read().is_rotating()
    }

    /// Where the master key comes from.
    pub fn protection(&self) -> Protection {
        self.master.read().protection()
    }
}

/// Whether the master key of this data folder or configuration opens the key ring that `read` shows.
///
/// # Errors
/// `node.locked` if it does not.
pub fn fits(data: &Path, config: &KeysConfig, read: &Read) -> Result<()> {
    let rows = ring::load(read)?;
    match rows.first() {
        Some(root) => Ring::open(&Master::of(data, config, root)?, &rows).map(drop),
        None => Ok(()),
    }
}

impl Keys {
    /// The keys as `read` shows them, to open things with beside a running node.
    ///
    /// # Errors
    /// As [`fits`], and if there are none.
    pub fn read(data: &Path, config: &KeysConfig, read: &Read) -> Result<Keys> {
        let rows = ring::load(read)?;
        let root = rows.first().ok_or_else(damaged)?;
        let master = Master::of(data, config, root)?;
        let ring = Ring::open(&master, &rows)?;
        Ok(Keys::with(data, master, ring))
    }

    fn with(data: &Path, master: Master, ring: Ring) -> Keys {
        Keys {
            data: data.to_owned(),
            master: RwLock::new(Arc::new(master)),
            ring: RwLock::new(Arc::new(ring)),
            turn: tokio::sync::Mutex::default(),
        }
    }
}

/// A sealed secret and the generation of the data key that it is under.
pub struct Sealed {
    pub generation: i64,
    pub bytes: Vec<u8>,
}

/// A key for one purpose, made of another.
pub(crate) fn expand(key: &Key, purpose: &str) -> Key {
    let mut out = Zeroizing::new([0; 32]);
    #[expect(clippy::expect_used, reason = "32 bytes is always a valid length for HKDF-SHA256")]
    Hkdf::<Sha256>::new(None, &key[..]).expand(purpose.as_bytes(), &mut *out).expect("32 bytes");
    out
}

fn seal_under(key: &Key, place: &[u8], secret: &[u8]) -> Result<Vec<u8>> {
    let nonce = random::<NONCE>();
    let sealed = XChaCha20Poly1305::new(&(**key).into())
        .encrypt(&XNonce::from(nonce), Payload { msg: secret, aad: place })
        .map_err(|_| Error::internal("sealing failed"))?;
    Ok([&nonce[..], &sealed].concat())
}

fn open_under(key: &Key, place: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
    let (nonce, sealed) = sealed.split_first_chunk::<NONCE>().ok_or_else(damaged)?;
    let secret = XChaCha20Poly1305::new(&(**key).into())
        .decrypt(&XNonce::from(*nonce), Payload { msg: sealed, aad: place })
        .map_err(|_| damaged())?;
    Ok(Zeroizing::new(secret))
}

fn damaged() -> Error {
    Error::internal("a sealed secret can't be opened: it is damaged or belongs to another master key")
}

/// Writes a file that only its owner may read, whole or not at all.
pub fn write_private(path: &Path, bytes: &[u8]) -> Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    let temporary = path.with_extension("new");
    let write = || {
        let mut file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&temporary)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&temporary, path)?;
        sync_folder(path)
    };
    write().map_err(|e| unwritable(path, &e))
}

/// Makes the name of a file durable, which its own `sync_all` does not.
pub fn sync_folder(path: &Path) -> std::io::Result<()> {
    path.parent().map_or(Ok(()), |folder| std::fs::File::open(folder)?.sync_all())
}

/// The error for a file that can't be written.
pub fn unwritable(path: &Path, e: &std::io::Error) -> Error {
    Error {
        source: None,
        ..Code::StorageFull
            .error(format!("{} can't be written: {e}. Check the folder's owner, its permissions and free space.", path.display()))
    }
}
