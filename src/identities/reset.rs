//! Resets: when every device and secret is lost, the account begins a new identity, after a day in which any device can object.
use crate::change::not_set_up;
use crate::model::{Identity, PendingReset};
use crate::{devices, identity, log, store};
use serde::{Deserialize, Serialize};
use snug_accounts::audit::{self, Deed, DeedKind};
use snug_accounts::binary::Binary;
use snug_accounts::client::Client;
use snug_accounts::{Me, password};
use snug_base::{App, Code, Read, Result, UserId};
use utoipa::ToSchema;

/// How long a reset waits.
const WAIT_MS: i64 = 24 * 3_600_000;

/// Asks for a reset; the password's key shows that it is the account's owner who asks.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResetRequest {
    pub auth_key: Binary<32>,
}

/// A reset was asked for, cancelled or carried out.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct ResetEvent {
    pub ready_at: Option<i64>,
}

/// Asks for a reset of one's own identity and tells all devices. Asking again does not change when it is ready.
pub async fn ask(app: &App, me: Me, client: &Client, asked: ResetRequest) -> Result<Identity> {
    client.check_limit(app)?;
    let (parts, by) = (app.clone(), client.with(me.user));
    app.db.read(move |read| log::log(read, me.user)?.map(drop).ok_or_else(not_set_up)).await?;
    app.db
        .write(move |tx| {
            password::check(tx, &parts.keys, me.user, &asked.auth_key)?;
            if store::resets::pending(tx, me.user)?.is_none() {
                let has_conversations = !parts.hooks.encrypted_conversations(tx, me.user)?.is_empty();
                let ready_at = if has_conversations { tx.now + WAIT_MS } else { tx.now };
                store::resets::set(tx, me.user, Some(PendingReset { asked_at: tx.now, ready_at }))?;
                audit::note(tx, by, &Deed::new(DeedKind::ResetAsked).about(me.user))?;
                tx.emit(me.user, "e2ee.reset", &ResetEvent { ready_at: Some(ready_at) })?;
            }
            identity::own(tx, me)
        })
        .await
}

/// Cancels it; any session that is an active device may.
pub async fn cancel(app: &App, me: Me, client: &Client) -> Result<Identity> {
    let by = client.with(me.user);
    app.db.read(move |read| devices::active_device(read, me).map(drop)).await?;
    app.db
        .write(move |tx| {
            devices::active_device(tx, me)?;
            if store::resets::pending(tx, me.user)?.is_some() {
                store::resets::set(tx, me.user, None)?;
                audit::note(tx, by, &Deed::new(DeedKind::ResetCancelled).about(me.user))?;
                tx.emit(me.user, "e2ee.reset", &ResetEvent { ready_at: None })?;
            }
            identity::own(tx, me)
        })
        .await
}

/// Refuses to begin a log anew before its time: `e2ee.conflict` if nobody asked for it, `e2ee.reset_waits`.
pub(crate) fn check_ready(read: &Read, user: UserId, now: i64) -> Result<()> {
    match store::resets::pending(read, user)? {
        None => Err(Code::LogConflict.error("Encryption is set up already. Unlock it, or ask for a reset first.")),
        Some(reset) if reset.ready_at > now => {
            let hours = (reset.ready_at - now) / 3_600_000 + 1;
            Err(Code::ResetWaits.error(format!("The reset can be carried out in {hours} h. Until then any of your devices can cancel it.")))
        }
        Some(_) => Ok(()),
    }
}
