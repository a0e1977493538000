//! Sessions: one per device, a family of refresh tokens. Each refresh token is used once.
use crate::access::{self, LIFETIME_S};
use crate::audit::{self, Deed, DeedKind};
use crate::client::{Client, set_cookie};
use crate::me::Me;
use crate::model::{Session, SignedIn};
use crate::{secret, store, text};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use snug_base::http::Json;
use snug_base::{App, Code, Read, Result, SessionId, Tx, UserId};

const DAY_MS: i64 = 24 * 3_600_000;
/// A session that was not used for so long is over.
pub const IDLE_MS: i64 = 60 * DAY_MS;
/// Ended sessions are kept a while for the operator who looks into a misuse.
const ENDED_KEPT_MS: i64 = 30 * DAY_MS;

/// A sign-in and the refresh token that goes into the device's cookie.
pub struct Grant {
    pub signed_in: SignedIn,
    pub refresh: String,
}

impl IntoResponse for Grant {
    fn into_response(self) -> Response {
        match set_cookie(Some(&self.refresh), IDLE_MS / 1_000) {
            Ok(cookie) => ([(header::SET_COOKIE, cookie)], [(header::CACHE_CONTROL, "no-store")], Json(self.signed_in)).into_response(),
            Err(e) => e.into_response(),
        }
    }
}

/// A device's name as it is stored.
pub fn device_name(given: Option<&str>) -> Result<String> {
    let name = text::line("device_name", given.unwrap_or_default(), 0, 100)?;
    Ok(if name.is_empty() { "Unknown device".to_owned() } else { name })
}

/// Begins a session.
pub fn begin(app: &App, tx: &Tx, user: UserId, device_name: &str, client: &Client) -> Result<Grant> {
    let me = Me { user, session: SessionId::new() };
    store::sessions::insert(tx, me.session, user, device_name, client)?;
    grant(app, tx, me, 0)
}

/// A new access token and a new refresh token of this generation.
pub fn grant(app: &App, tx: &Tx, me: Me, generation: i64) -> Result<Grant> {
    let refresh = secret::token();
    store::sessions::insert_token(tx, &secret::hash(&refresh), me.session, generation)?;
    let account = store::users::account(tx, me.user)?;
    let signed_in = SignedIn { access_token: access::sign(app, me)?, expires_in_s: LIFETIME_S, session_id: me.session, account };
    Ok(Grant { signed_in, refresh })
}

/// Ends these sessions of a user; says how many were live. At the commit their connections are cut and their access tokens refused.
pub fn end(tx: &Tx, user: UserId, sessions: Vec<SessionId>) -> Result<usize> {
    let mut ended = Vec::new();
    for session in sessions {
        if store::sessions::end(tx, user, session)? {
            ended.push(session);
        }
    }
    let count = ended.len();
    tx.end_sessions(ended);
    Ok(count)
}

/// All live sessions of a user, except one.
pub fn end_all(tx: &Tx, user: UserId, except: Option<SessionId>) -> Result<usize> {
    let mut sessions = store::sessions::live_ids(tx, user)?;
    sessions.retain(|session| Some(*session) != except);
    end(tx, user, sessions)
}

/// At the start: refuses the access tokens of sessions that ended while they may still be valid.
pub async fn load_revoked(app: &App) -> Result<()> {
    let since = app.clock.now() - LIFETIME_S * 1_000;
    let ended = app.db.read(move |read| store::sessions::ended_since(read, since)).await?;
    let now = app.clock.now();
    app.revoked.add(&ended, now, now + LIFETIME_S * 1_000);
    Ok(())
}

/// Deletes sessions and links that are long over. Called by a job.
pub async fn forget_old(app: &App) -> Result<()> {
    app.db
        .write(|tx| {
            store::sessions::delete_old(tx, tx.now - ENDED_KEPT_MS, tx.now - IDLE_MS)?;
            store::links::delete_expired(tx)
        })
        .await
}

/// The user's signed-in devices.
pub async fn list(app: &App, me: Me) -> Result<Vec<Session>> {
    app.db.read(move |read| of(read, me)).await
}

/// The same where there is a transaction already.
pub fn of(read: &Read, me: Me) -> Result<Vec<Session>> {
    store::sessions::list(read, me.user, Some(me.session))
}

/// Signs one of the user's devices out.
pub async fn end_one(app: &App, me: Me, client: Client, session: SessionId) -> Result<()> {
    let ended = app.db.write(move |tx| {
        let names = store::sessions::list(tx, me.user, None)?;
        let ended = end(tx, me.user, vec![session])?;
        if let Some(known) = names.iter().find(|known| known.id == session) {
            audit::note(tx, client.with(me.user), &ended_deed(me.user).fact("device", &known.device_name))?;
        }
        Ok(ended)
    });
    if ended.await? == 0 { Err(Code::NotFound.error("There is no such session. It may have ended already.")) } else { Ok(()) }
}

fn ended_deed(user: UserId) -> Deed {
    Deed::new(DeedKind::SessionEnded).about(user)
}

/// Signs all the user's other devices out.
pub async fn end_others(app: &App, me: Me, client: Client) -> Result<()> {
    app.db
        .write(move |tx| match end_all(tx, me.user, Some(me.session))? {
            0 => Ok(()),
            ended => audit::note(tx, client.with(me.user), &ended_deed(me.user).fact("devices", ended)),
        })
        .await
}

/// Signs the device out whose refresh token this is. Without one there is nothing to do.
pub async fn sign_out(app: &App, client: Client) -> Result<()> {
    let Some(token) = client.refresh.clone() else { return Ok(()) };
    app.db
        .write(move |tx| {
            let Some(found) = store::sessions::find_token(tx, &secret::hash(&token))? else { return Ok(()) };
            end(tx, found.user, vec![found.session])?;
            audit::note(tx, client.with(found.user), &ended_deed(found.user))
        })
        .await
}
