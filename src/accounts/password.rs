//! Changing one's own password.
use crate::binary::Binary;
use crate::client::Client;
use crate::credentials::{self, KdfCost};
use crate::me::Me;
use crate::{sessions, store};
use serde::Deserialize;
use snug_base::{App, Code, Result};
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
pub async fn change(app: &App, me: Me, client: &Client, asked: PasswordChange) -> Result<()> {
    client.check_limit(app)?;
    let kdf = asked.kdf.check()?;
    let keys = app.keys.clone();
    app.db
        .write(move |tx| {
            let known = store::users::find_credentials_of(tx, me.user)?;
            if !known.is_some_and(|known| known.accept(&keys, &asked.current_auth_key)) {
                return Err(Code::WrongPassword.field("current_auth_key", "the present password is wrong"));
            }
            store::users::update_password(tx, me.user, asked.salt.0, kdf, credentials::hash(&keys, me.user, &asked.auth_key.0))?;
            sessions::end_all(tx, me.user, Some(me.session)).map(drop)
        })
        .await
}
