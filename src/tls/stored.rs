//! A certificate with its key, as a secret of the instance.
use rcgen::KeyPair;
use serde::{Deserialize, Serialize};
use snug_base::{App, Error, Result, secrets};
use std::collections::BTreeSet;
use zeroize::Zeroizing;

/// What is kept of a certificate.
#[derive(Deserialize, Serialize)]
pub struct Stored {
    /// What it is for (a leaf), or may vouch for beyond the private networks (an authority).
    pub names: BTreeSet<String>,
    pub issued_at: i64,
    pub expires_at: i64,
    /// PEM; the certificate itself first.
    pub chain: String,
    /// PKCS#8.
    pub key: Zeroizing<Vec<u8>>,
}

impl Stored {
    pub fn new(key: &KeyPair, chain: String, names: BTreeSet<String>, life: (i64, i64)) -> Stored {
        Stored { names, issued_at: life.0, expires_at: life.1, chain, key: Zeroizing::new(key.serialize_der()) }
    }

    /// The one of that name, if there is one.
    pub async fn read(app: &App, name: &'static str) -> Result<Option<Stored>> {
        let Some(text) = secrets::load(app, name).await? else { return Ok(None) };
        serde_json::from_slice(&text).map(Some).map_err(Error::internal)
    }

    /// Keeps it in place of the one before.
    pub async fn write(&self, app: &App, name: &'static str) -> Result<()> {
        secrets::store(app, name, Zeroizing::new(serde_json::to_vec(self).map_err(Error::internal)?)).await
    }
}
