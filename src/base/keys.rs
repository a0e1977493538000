//! The master key: 32 random bytes beside the database, never in it. Everything secret is derived from it or sealed under it.
use crate::{Code, Error, Result};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use rand::TryRngCore;
use sha2::Sha256;
use std::io::{ErrorKind, Read, Write};
use std::path::Path;
use zeroize::Zeroizing;

const FILE: &str = "master.key";
const NONCE: usize = 24;

/// The key of one instance.
pub struct MasterKey(Zeroizing<[u8; 32]>);

/// Fresh random bytes from the operating system.
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    #[expect(clippy::expect_used, reason = "without randomness from the system nothing here is safe to go on")]
    rand::rngs::OsRng.try_fill_bytes(&mut bytes).expect("the system has randomness");
    bytes
}

impl MasterKey {
    /// Reads the key of a data folder; makes it (mode 0600) in a folder that has no database yet.
    pub fn open(data: &Path) -> Result<MasterKey> {
        let path = data.join(FILE);
        match std::fs::File::open(&path) {
            Ok(file) => {
                let mut bytes = Zeroizing::new(Vec::new());
                file.take(64).read_to_end(&mut bytes).map_err(|e| unreadable(&path, &e))?;
                let key: [u8; 32] = bytes.as_slice().try_into().map_err(|_| {
                    Code::Internal.error(format!(
                        "{} does not hold a key of 32 bytes. Restore it from a backup: the data can't be read without it.",
                        path.display()
                    ))
                })?;
                Ok(MasterKey(Zeroizing::new(key)))
            }
            Err(e) if e.kind() == ErrorKind::NotFound => {
                if data.join("snug.db").exists() {
                    return Err(Code::Internal
                        .error(format!("{} is missing but there is a database. Restore the key from a backup.", path.display())));
                }
                let key = Zeroizing::new(random::<32>());
                write_private(&path, &*key)?;
                Ok(MasterKey(key))
            }
            Err(e) => Err(unreadable(&path, &e)),
        }
    }

    /// A key for tests and tools that keep nothing.
    pub fn ephemeral() -> MasterKey {
        MasterKey(Zeroizing::new(random()))
    }

    /// A key for one purpose. Different purposes never share a key.
    pub fn derive(&self, purpose: &str) -> Zeroizing<[u8; 32]> {
        let mut key = Zeroizing::new([0; 32]);
        #[expect(clippy::expect_used, reason = "32 bytes is always a valid length for HKDF-SHA256")]
        Hkdf::<Sha256>::new(None, &*self.0).expand(purpose.as_bytes(), &mut *key).expect("32 bytes");
        key
    }

    /// Encrypts a secret for the database. `purpose` and `place` must be the same when it is opened.
    pub fn seal(&self, purpose: &str, place: &[u8], secret: &[u8]) -> Result<Vec<u8>> {
        let nonce = random::<NONCE>();
        let sealed = self
            .cipher(purpose)
            .encrypt(&XNonce::from(nonce), Payload { msg: secret, aad: place })
            .map_err(|_| Error::internal("sealing failed"))?;
        Ok([&nonce[..], &sealed].concat())
    }

    /// Decrypts what `seal` made.
    pub fn open_sealed(&self, purpose: &str, place: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE>().ok_or_else(|| Error::internal("a sealed secret is too short"))?;
        let secret = self
            .cipher(purpose)
            .decrypt(&XNonce::from(*nonce), Payload { msg: sealed, aad: place })
            .map_err(|_| Error::internal("a sealed secret can't be opened: it is damaged or belongs to another master key"))?;
        Ok(Zeroizing::new(secret))
    }

    fn cipher(&self, purpose: &str) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&(*self.derive(purpose)).into())
    }
}

/// Writes a file that only its owner may read, whole or not at all.
pub fn write_private(path: &Path, bytes: &[u8]) -> Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    let temporary = path.with_extension("new");
    let write = || {
        let mut file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&temporary)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&temporary, path)
    };
    write().map_err(|e| Error {
        source: None,
        ..Code::StorageFull
            .error(format!("{} can't be written: {e}. Check the folder's owner, its permissions and free space.", path.display()))
    })
}

fn unreadable(path: &Path, e: &std::io::Error) -> Error {
    Code::Internal.error(format!("{} can't be read: {e}. Check its owner and permissions.", path.display()))
}
