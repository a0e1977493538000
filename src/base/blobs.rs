//! Files that are not rows: kept in the data folder under the hash of their content, so that the same content is kept once.
use crate::{Code, Error, Result};
use sha2::{Digest, Sha256};
use std::path::PathBuf;

/// The blob store of a node.
#[derive(Clone, Debug)]
pub struct Blobs(PathBuf);

impl Blobs {
    /// Opens (and makes) the folder.
    pub fn open(folder: PathBuf) -> Result<Blobs> {
        std::fs::create_dir_all(&folder).map_err(|e| Code::Internal.error(format!("{} can't be made: {e}", folder.display())))?;
        Ok(Blobs(folder))
    }

    /// Keeps `bytes` and answers with their name: the SHA-256 in hexadecimal.
    pub async fn put(&self, bytes: Vec<u8>) -> Result<String> {
        let hash = Sha256::digest(&bytes).iter().fold(String::with_capacity(64), |text, byte| text + &format!("{byte:02x}"));
        let path = self.path(&hash)?;
        tokio::task::spawn_blocking(move || {
            if path.exists() {
                return Ok(());
            }
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder).map_err(Error::internal)?;
            }
            crate::keys::write_private(&path, &bytes)
        })
        .await
        .map_err(Error::internal)??;
        Ok(hash)
    }

    /// The content of that name.
    pub async fn get(&self, hash: &str) -> Result<Vec<u8>> {
        match tokio::fs::read(self.path(hash)?).await {
            Ok(bytes) => Ok(bytes),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Err(missing()),
            Err(e) => Err(Error::internal(e)),
        }
    }

    /// Names come from outside: anything but a hash is not found.
    fn path(&self, hash: &str) -> Result<PathBuf> {
        if hash.len() != 64 || !hash.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)) {
            return Err(missing());
        }
        Ok(self.0.join(&hash[..2]).join(hash))
    }
}

fn missing() -> Error {
    Code::NotFound.error("There is no such file.")
}
