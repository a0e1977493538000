//! Signing in. An unknown name and a wrong password look the same from outside.
use crate::audit::{self, Deed, DeedKind};
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
        // people type passwords where names belong: what was typed is not remembered
        let deed = Deed { user: is_known.then_some(found.user), ..Deed::new(DeedKind::SignInFailed) };
        app.db.write(move |tx| audit::note(tx, client.alone(), &deed)).await?;
        return Err(wrong());
    }
    let parts = app.clone();
    let outcome = app.db.write(move |tx| {
        // the account may have changed since it was read
        let now = store::users::find_credentials_of(tx, found.user)?.filter(|now| now.auth_hash == found.auth_hash).ok_or_else(wrong)?;
        if now.is_disabled {
            audit::note(tx, client.alone(), &Deed::new(DeedKind::SignInRefused).about(found.user))?;
            return Ok(None);
        }
        audit::note(tx, client.with(found.user), &Deed::new(DeedKind::SignedIn).about(found.user).fact("device", &device))?;
        sessions::begin(&parts, tx, found.user, &device, &client).map(Some)
    });
    outcome.await?.ok_or_else(|| Code::AccountDisabled.error("This account is disabled. Ask an admin of the instance."))
}

fn wrong() -> Error {
    Code::WrongPassword.error("The name or the password is wrong.")
}

/// Credentials that nobody has, always the same for a name.
fn decoy(app: &App, name: &str, oldest: Option<i64>) -> Credentials {
    let salt = app.keys.derive(&format!("decoy/salt/{name}"));
    let id = app.keys.derive(&format!("decoy/id/{name}"));
    let id = UserId(decoy_id(&id, oldest.unwrap_or_default(), app.clock.now()));
    let auth_hash = credentials::hash(&app.keys, id, &salt).to_vec();
    Credentials {
        user: id,
        username: String::new(),
        salt: *salt.first_chunk().unwrap_or(&[0; 16]),
        kdf: Kdf::DEFAULT,
        auth_hash,
        is_disabled: false,
    }
}

/// Real ids carry the time when their account was made, so this one carries a time since the oldest account. It may not
/// follow the present time, or it would change: the time in question doubles from time to time.
fn decoy_id(random: &[u8; 32], oldest: i64, now: i64) -> Uuid {
    const LEAST_MS: u64 = 1 << 27; // a day and a half
    let (mut time, mut rest) = ([0; 8], [0; 10]);
    time.copy_from_slice(&random[..8]);
    rest.copy_from_slice(&random[8..18]);
    let age = u64::try_from(now - oldest).unwrap_or_default();
    let span = (age.checked_next_power_of_two().unwrap_or_default() >> 1).max(LEAST_MS);
    let begin = if age < LEAST_MS { oldest.saturating_sub_unsigned(LEAST_MS) } else { oldest };
    let at = begin.saturating_add_unsigned(u64::from_be_bytes(time) % span);
    uuid::Builder::from_unix_timestamp_millis(u64::try_from(at).unwrap_or_default(), &rest).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decoy_looks_like_an_account_of_this_instance_and_stays_the_same() {
        let (oldest, day) = (1_700_000_000_000, 86_400_000);
        let made_at = |random: u8, now: i64| {
            let id = decoy_id(&[random; 32], oldest, now);
            assert_eq!(id.get_version_num(), 7);
            let (seconds, nanos) = id.get_timestamp().map(|at| at.to_unix()).expect("version 7 has a time");
            i64::try_from(seconds * 1_000 + u64::from(nanos) / 1_000_000).expect("small")
        };
        for random in [0, 3, 99, 200, 255] {
            assert_eq!(made_at(random, oldest + 5), made_at(random, oldest + day));
            assert!(made_at(random, oldest + 5) < oldest + 5);
            let later = made_at(random, oldest + 100 * day);
            assert!((oldest..oldest + 100 * day).contains(&later));
            assert_eq!(later, made_at(random, oldest + 110 * day));
        }
    }
}
