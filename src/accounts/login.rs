//! Signing in. An unknown name and a wrong password look the same from outside.
use crate::binary::Binary;
use crate::client::Client;
use crate::credentials::{self, Credentials};
use crate::sessions::{self, Grant};
use crate::{store, text};
use serde::{Deserialize, Serialize};
use snug_base::{App, Code, Error, Result, UserId};
use snug_crypto::password::Kdf;
use utoipa::ToSchema;
use uuid::Uuid;

/// Asks how the account's keys are made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Prelogin {
    /// Username or e-mail address.
    #[schema(example = "ann", max_length = 254)]
    pub login: String,
}

/// How the client makes its keys from the password.
#[derive(Debug, Serialize, ToSchema)]
pub struct Challenge {
    pub account: UserId,
    pub salt: Binary<16>,
    /// Argon2id: memory in KiB.
    #[schema(example = 65_536)]
    pub m: u32,
    /// Argon2id: passes.
    #[schema(example = 3)]
    pub t: u32,
    /// Argon2id: lanes.
    #[schema(example = 1)]
    pub p: u32,
}

/// A sign-in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Login {
    /// Username or e-mail address.
    #[schema(example = "ann", max_length = 254)]
    pub login: String,
    /// Made from the password as `prelogin` says.
    pub auth_key: Binary<32>,
    #[schema(example = "Firefox on Linux", max_length = 100)]
    pub device_name: Option<String>,
}

fn normal(login: &str) -> Result<String> {
    Ok(text::line("login", login, 1, 254)?.to_lowercase())
}

/// How the account's keys are made. Unknown names get an answer of the same kind, always the same.
pub async fn prelogin(app: &App, client: &Client, asked: Prelogin) -> Result<Challenge> {
    client.check_limit(app)?;
    let login = normal(&asked.login)?;
    let name = login.clone();
    let (found, oldest) = app.db.read(move |read| Ok((store::users::find_credentials(read, &login)?, store::users::oldest(read)?))).await?;
    let found = found.unwrap_or_else(|| decoy(app, &name, oldest));
    Ok(Challenge { account: found.user, salt: Binary(found.salt), m: found.kdf.m, t: found.kdf.t, p: found.kdf.p })
}

/// Begins a session if the key is the account's.
pub async fn login(app: &App, client: Client, asked: Login) -> Result<Grant> {
    client.check_limit(app)?;
    let login = normal(&asked.login)?;
    let device = sessions::device_name(asked.device_name.as_deref())?;
    let name = login.clone();
    let found = app.db.read(move |read| store::users::find_credentials(read, &login)).await?;
    let is_known = found.is_some();
    let found = found.unwrap_or_else(|| decoy(app, &name, None));
    // the key is checked for unknown names too, so that they take the same time
    if !(found.accept(&app.keys, &asked.auth_key) && is_known) {
        return Err(wrong());
    }
    let parts = app.clone();
    app.db
        .write(move |tx| {
            // the account may have changed since it was read
            let now =
                store::users::find_credentials_of(tx, found.user)?.filter(|now| now.auth_hash == found.auth_hash).ok_or_else(wrong)?;
            if now.is_disabled {
                return Err(Code::AccountDisabled.error("This account is disabled. Ask an admin of the instance."));
            }
            sessions::begin(&parts, tx, found.user, &device, &client)
        })
        .await
}

fn wrong() -> Error {
    Code::WrongPassword.error("The name or the password is wrong.")
}

/// Credentials that nobody has, always the same for a name.
fn decoy(app: &App, name: &str, oldest: Option<i64>) -> Credentials {
    let secret = app.keys.derive(&format!("decoy/{name}"));
    let mut salt = [0; 16];
    salt.copy_from_slice(&secret[..16]);
    let mut id = [0; 16];
    id.copy_from_slice(&secret[16..]);
    // real ids carry the time when their account was made, so this one carries a time since the oldest account
    let oldest = oldest.unwrap_or_default();
    let span = u64::try_from(app.clock.now() - oldest).unwrap_or(1).max(1);
    let since =
        i64::from_be_bytes(salt_bytes(&secret[8..16])) & i64::try_from((span.next_power_of_two() >> 1).saturating_sub(1)).unwrap_or(0);
    let at = u64::try_from(oldest + since).unwrap_or_default();
    id[..6].copy_from_slice(&at.to_be_bytes()[2..]);
    id[6] = (id[6] & 0x0f) | 0x70;
    id[8] = (id[8] & 0x3f) | 0x80;
    Credentials {
        user: UserId(Uuid::from_bytes(id)),
        username: String::new(),
        salt,
        kdf: Kdf::DEFAULT,
        auth_hash: credentials::hash(&app.keys, UserId(Uuid::from_bytes(id)), &secret).to_vec(),
        is_disabled: false,
    }
}

fn salt_bytes(bytes: &[u8]) -> [u8; 8] {
    let mut out = [0; 8];
    out.copy_from_slice(bytes);
    out
}
