//! Who sends: the node's key, and the token that tells a push service so (RFC 8292).
use super::seal::{point, secret_key};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as B64;
use p256::SecretKey;
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};
use serde::Serialize;
use snug_base::{App, Config, Error, Result, secrets};
use zeroize::Zeroizing;

/// Where the key is among the node's secrets.
const NAME: &str = "push.vapid";
/// How long a token counts; a day is the most that is allowed.
const LIFE_S: i64 = 12 * 3_600;

/// The node's key for push services.
pub struct Vapid {
    key: SecretKey,
    contact: String,
}

#[derive(Serialize)]
struct Claims<'a> {
    aud: &'a str,
    exp: i64,
    sub: &'a str,
}

impl Vapid {
    /// The node's key, made when it is first asked for.
    pub async fn open(app: &App) -> Result<Vapid> {
        let stored = match secrets::load(app, NAME).await? {
            Some(stored) => stored,
            None => secrets::store_first(app, NAME, Zeroizing::new(secret_key().to_bytes().to_vec())).await?,
        };
        let key = SecretKey::from_slice(&stored).map_err(|_| Error::internal("the key for push services is damaged"))?;
        Ok(Vapid { key, contact: contact(&app.config) })
    }

    /// What browsers take as `applicationServerKey`.
    pub fn public_key(&self) -> String {
        B64.encode(point(&self.key.public_key()))
    }

    /// The `Authorization` header for a push service. `now`: Unix milliseconds.
    pub fn authorization(&self, origin: &str, now: i64) -> Result<String> {
        let claims = Claims { aud: origin, exp: now / 1_000 + LIFE_S, sub: &self.contact };
        let claims = serde_json::to_vec(&claims).map_err(Error::internal)?;
        let said = format!("{}.{}", B64.encode(br#"{"typ":"JWT","alg":"ES256"}"#), B64.encode(claims));
        let signature: Signature = SigningKey::from(&self.key).sign(said.as_bytes());
        Ok(format!("vapid t={said}.{}, k={}", B64.encode(signature.to_bytes()), self.public_key()))
    }
}

/// Whom push services may write to; some refuse a node that does not say it.
fn contact(config: &Config) -> String {
    let chosen = config.push.contact.as_deref().or(config.acme.email.as_deref());
    let public = || config.node.public_url.as_deref().filter(|url| url.starts_with("https://"));
    match chosen.or_else(public) {
        Some(address) if address.starts_with("https://") || address.starts_with("mailto:") => address.to_owned(),
        Some(address) => format!("mailto:{address}"),
        None => config.acme.domains.first().map_or_else(|| "https://localhost".to_owned(), |name| format!("https://{name}")),
    }
}
