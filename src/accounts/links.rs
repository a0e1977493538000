//! One-time links: setting up the first account, choosing a new password.
use crate::audit::{self, Actor, Deed, DeedKind};
use crate::binary::Binary;
use crate::client::Client;
use crate::credentials::{self, KdfCost};
use crate::model::OneTimeLink;
use crate::store::{self, links};
use crate::{secret, sessions};
use serde::{Deserialize, Serialize};
use snug_base::{App, Code, Error, Result, UserId};
use utoipa::{IntoParams, ToSchema};

/// How long a reset link is valid.
const RESET_MS: i64 = 24 * 3_600_000;

/// The token of a link.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Token {
    pub token: String,
}

/// Whose password a link is for.
#[derive(Debug, Serialize, ToSchema)]
pub struct ResetTarget {
    pub account: UserId,
    #[schema(example = "ann")]
    pub username: String,
}

/// A new password, by a reset link.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reset {
    pub token: String,
    pub salt: Binary<16>,
    pub kdf: KdfCost,
    pub auth_key: Binary<32>,
}

fn invalid() -> Error {
    Code::LinkInvalid.error("This link is not valid any more: it was used, replaced, or has expired. Ask for a new one.")
}

/// While there is no admin: a new token for the setup link, which replaces an earlier one. Only its hash is kept.
pub async fn ensure_setup_token(app: &App) -> Result<Option<String>> {
    app.db
        .write(|tx| {
            if store::users::count_admins(tx)? > 0 {
                return Ok(None);
            }
            let token = secret::token();
            store::links::delete(tx, links::Kind::Setup, None)?;
            store::links::insert(tx, links::Kind::Setup, &secret::hash(&token), None, None)?;
            Ok(Some(token))
        })
        .await
}

/// The address of a setup link, to open in a browser.
pub fn setup_link(base_url: &str, token: &str) -> String {
    format!("{}/setup/{token}", base_url.trim_end_matches('/'))
}

/// Whether the token is that of the present setup link.
pub async fn check_setup(app: &App, client: &Client, token: Token) -> Result<()> {
    client.check_limit(app)?;
    let now = app.clock.now();
    let found = app.db.read(move |read| store::links::find(read, links::Kind::Setup, &secret::hash(&token.token), now)).await?;
    found.map(drop).ok_or_else(invalid)
}

/// A link with which the user chooses a new password, once, within a day. Replaces earlier ones. `base_url` is where
/// links begin, see [`crate::client::base_url`].
pub async fn reset_link(app: &App, by: Actor, base_url: &str, user: UserId) -> Result<OneTimeLink> {
    let token = secret::token();
    let hash = secret::hash(&token);
    let expires_at = by
        .act(app, move |tx| {
            store::users::load_user(tx, user)?;
            store::links::delete(tx, links::Kind::Reset, Some(user))?;
            store::links::insert(tx, links::Kind::Reset, &hash, Some(user), Some(tx.now + RESET_MS))?;
            Ok((tx.now + RESET_MS, vec![Deed::new(DeedKind::UserResetLink).about(user)]))
        })
        .await?;
    let path = format!("/reset/{token}");
    Ok(OneTimeLink { url: format!("{base_url}{path}"), path, expires_at })
}

/// Whose password the link is for.
pub async fn reset_target(app: &App, client: &Client, token: Token) -> Result<ResetTarget> {
    client.check_limit(app)?;
    let now = app.clock.now();
    app.db
        .read(move |read| {
            let user = store::links::find(read, links::Kind::Reset, &secret::hash(&token.token), now)?.flatten().ok_or_else(invalid)?;
            let user = store::users::load_user(read, user)?;
            Ok(ResetTarget { account: user.id, username: user.username })
        })
        .await
}

/// Stores the new password, uses the link up and signs all devices out.
pub async fn reset(app: &App, client: &Client, asked: Reset) -> Result<()> {
    client.check_limit(app)?;
    let kdf = asked.kdf.check()?;
    let (keys, by) = (app.keys.clone(), client.alone());
    app.db
        .write(move |tx| {
            let user = store::links::find(tx, links::Kind::Reset, &secret::hash(&asked.token), tx.now)?.flatten().ok_or_else(invalid)?;
            store::links::delete(tx, links::Kind::Reset, Some(user))?;
            store::users::update_password(tx, user, asked.salt.0, kdf, credentials::hash(&keys, user, &asked.auth_key.0))?;
            let ended = sessions::end_all(tx, user, None)?;
            audit::note(tx, by, &Deed::new(DeedKind::PasswordReset).about(user).fact("signed_out", ended))
        })
        .await
}
