//! A certificate with its sealed key, as a file of the data folder.
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rcgen::KeyPair;
use serde::{Deserialize, Serialize};
use snug_base::keys::write_private;
use snug_base::{App, Code, Error, Result};
use std::collections::BTreeSet;
use std::path::Path;

const PURPOSE: &str = "snug/tls";

/// What is kept of a certificate.
#[derive(Debug, Deserialize, Serialize)]
pub struct Stored {
    /// What it is for (a leaf), or may vouch for beyond the private networks (an authority).
    pub names: BTreeSet<String>,
    pub issued_at: i64,
    pub expires_at: i64,
    /// PEM; the certificate itself first.
    pub chain: String,
    /// PKCS#8, sealed under the master key, in base64.
    key: String,
}

impl Stored {
    pub fn new(app: &App, file: &str, key: &KeyPair, chain: String, names: BTreeSet<String>, life: (i64, i64)) -> Result<Stored> {
        let sealed = app.keys.seal(PURPOSE, file.as_bytes(), key.serialized_der())?;
        Ok(Stored { names, issued_at: life.0, expires_at: life.1, chain, key: STANDARD.encode(sealed) })
    }

    /// Reads a file; `None` if there is none. What can't be read is an error: overwriting an authority would make
    /// everybody trust a new one.
    pub fn read(folder: &Path, file: &str) -> Result<Option<Stored>> {
        let path = folder.join(file);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(damaged(&path, e.into())),
        };
        serde_json::from_str(&text).map(Some).map_err(|e| damaged(&path, e.into()))
    }

    pub fn write(&self, folder: &Path, file: &str) -> Result<()> {
        write_private(&folder.join(file), &serde_json::to_vec_pretty(self).map_err(Error::internal)?)
    }

    /// The private key as DER (PKCS#8).
    pub fn key(&self, app: &App, file: &str) -> Result<zeroize::Zeroizing<Vec<u8>>> {
        app.keys.open_sealed(PURPOSE, file.as_bytes(), &STANDARD.decode(&self.key).map_err(Error::internal)?)
    }
}

fn damaged(path: &Path, source: Box<dyn std::error::Error + Send + Sync>) -> Error {
    Error {
        source: Some(source),
        ..Code::Internal.error(format!("{} can't be read. Restore it from a backup, or delete it to have a new one made.", path.display()))
    }
}
