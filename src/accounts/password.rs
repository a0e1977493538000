//! Changing one's own password.
use crate::audit::{self, Deed, DeedKind};
use crate::binary::Binary;
use crate::client::Client;
use crate::credentials::{self, KdfCost};
use crate::me::Me;
use crate::{sessions, store};
use serde::Deserialize;
use snug_base::keys::Keys;
use snug_base::{App, Code, Error, Read, Result, Tx, UserId};
use snug_crypto::password::Kdf;
use utoipa::ToSchema;

/// A new password: keys made with a new salt, and the present key as proof.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordChange {
    pub current_auth_key: Binary<32>,
    pub salt: Binary<16>,
    pub kdf: KdfCost,
    pub auth_key: Binary<32>,
}

/// Stores the new password and signs the other devices out.
///
/// `e2ee.use_links` for an account whose keys are reached with the password: they would be out of reach.
pub async fn change(app: &App, me: Me, client: &Client, asked: PasswordChange) -> Result<()> {
    client.check_limit(app)?;
    let kdf = asked.kdf.check()?;
    let (parts, device) = (app.clone(), client.clone());
    app.db
        .write(move |tx| {
            if parts.hooks.has_password_slot(tx, me.user)? {
                return Err(Code::UseLinks.error(
                    "The password opens this account's keys too. Change it together with its slot: POST /e2ee/identity/links with `password`.",
                ));
            }
            let made = (asked.salt.0, kdf);
            replace(tx, &parts.keys, me, &device, &asked.current_auth_key, made, &asked.auth_key).map_err(|e| named(e, "current_auth_key"))
        })
        .await
}

/// Checks the present key, stores what checks the password from now on and signs the other devices out.
pub fn replace(
    tx: &Tx,
    keys: &Keys,
    me: Me,
    client: &Client,
    current: &Binary<32>,
    (salt, kdf): ([u8; 16], Kdf),
    auth_key: &Binary<32>,
) -> Result<()> {
    check(tx, keys, me.user, current)?;
    store::users::update_password(tx, me.user, salt, kdf, credentials::hash(keys, me.user, &auth_key.0))?;
    let ended = sessions::end_all(tx, me.user, Some(me.session))?;
    audit::note(tx, client.with(me.user), &Deed::new(DeedKind::PasswordChanged).about(me.user).fact("signed_out", ended))
}

/// Refuses a key that the account's present password does not give: `auth.wrong_password`.
pub fn check(read: &Read, keys: &Keys, user: UserId, auth_key: &Binary<32>) -> Result<()> {
    let known = store::users::find_credentials_of(read, user)?;
    if known.is_some_and(|known| known.accept(keys, auth_key)) { Ok(()) } else { Err(named(Code::WrongPassword.error(""), "auth_key")) }
}

/// How the account's key is made of its password: salt and cost.
pub fn derivation(read: &Read, user: UserId) -> Result<([u8; 16], Kdf)> {
    let known = store::users::find_credentials_of(read, user)?;
    known.map(|known| (known.salt, known.kdf)).ok_or_else(|| Code::UserNotFound.error("There is no such user."))
}

/// A wrong password, under the name that the request has for it.
fn named(e: Error, field: &'static str) -> Error {
    if e.code == Code::WrongPassword { e.code.field(field, "the present password is wrong") } else { e }
}
