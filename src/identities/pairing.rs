//! Pairing: a new device asks, an existing one answers. The node carries both and knows neither the secret nor what is answered.
use crate::change::{Welcome, not_set_up};
use crate::model::{OfferedDevice, Pairing, PairingState};
use crate::refusal::refused;
use crate::store::pairings::Stored;
use crate::{devices, log, store};
use serde::{Deserialize, Serialize};
use snug_accounts::{Me, sessions};
use snug_base::{App, Code, Error, Result, Tx, UserId};
use snug_crypto::account_log::AccountLog;
use snug_crypto::bytes::Hash;
use utoipa::ToSchema;
use uuid::Uuid;

/// How long a pairing waits.
const LIFE_MS: i64 = 10 * 60_000;
/// Pairings of an account that wait.
const MOST_OPEN: usize = 5;
/// Wrong codes after which a pairing is over.
const TRIES: i64 = 3;

/// What the new device shows of itself, authenticated with the secret that only a person carries over.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PairingRequest {
    pub device: OfferedDevice,
    /// 32 bytes, base64url.
    #[schema(value_type = String)]
    pub mac: Hash,
}

/// The pairings that wait for an answer.
#[derive(Debug, Serialize, ToSchema)]
pub struct Pairings {
    pub pairings: Vec<Pairing>,
}

/// Asks one's other devices to let this one in. Tells them.
pub async fn ask(app: &App, me: Me, asked: PairingRequest) -> Result<Pairing> {
    let asked = app
        .db
        .read(move |read| {
            let log = log::log(read, me.user)?.ok_or_else(not_set_up)?;
            if devices::active_device(read, me).is_ok() {
                return Err(Code::WrongDevice.error("This session is a device of the account already."));
            }
            check_offer(&log, &asked.device)?;
            Ok(asked)
        })
        .await?;
    app.db
        .write(move |tx| {
            if store::pairings::open(tx, me.user, tx.now)?.len() >= MOST_OPEN {
                return Err(
                    Code::EncryptionLimit.error(format!("At most {MOST_OPEN} devices may wait at a time. Try again in ten minutes."))
                );
            }
            let pairing = Pairing {
                id: Uuid::now_v7(),
                state: PairingState::Open,
                device: asked.device,
                mac: asked.mac,
                welcome: None,
                head: None,
                created_at: tx.now,
                expires_at: tx.now + LIFE_MS,
            };
            let stored = Stored { pairing, session: me.session, wrong_codes: 0 };
            store::pairings::insert(tx, me.user, &stored)?;
            tx.emit(me.user, "e2ee.pairing", &stored.pairing)?;
            Ok(stored.pairing)
        })
        .await
}

fn check_offer(log: &AccountLog, offered: &OfferedDevice) -> Result<()> {
    if log.device(&offered.id).is_some() {
        return Err(Code::ProtocolInvalid.field("device", "the log has, or had, a device with this id; make another"));
    }
    let aik = log.aik().ok_or_else(not_set_up)?;
    offered.to_new().check(&log.account(), &aik).map_err(|e| refused("device", &e))
}

/// One's own pairings that wait for an answer.
pub async fn list(app: &App, me: Me) -> Result<Pairings> {
    let now = app.clock.now();
    let open = app.db.read(move |read| store::pairings::open(read, me.user, now)).await?;
    Ok(Pairings { pairings: open.into_iter().map(|stored| stored.pairing).collect() })
}

/// One of them, answered or not; `e2ee.pairing_expired`.
pub async fn load(app: &App, me: Me, id: Uuid) -> Result<Pairing> {
    let now = app.clock.now();
    app.db.read(move |read| live(store::pairings::find(read, me.user, id)?, now)).await.map(|stored| stored.pairing)
}

fn live(found: Option<Stored>, now: i64) -> Result<Stored> {
    let stored = found.ok_or_else(|| Code::NotFound.error("There is no such pairing."))?;
    if stored.pairing.state == PairingState::Expired || stored.pairing.expires_at <= now {
        return Err(expired("The pairing is over: ten minutes have passed, or wrong codes were typed. Begin again on the new device."));
    }
    Ok(stored)
}

fn expired(why: &str) -> Error {
    Code::PairingExpired.error(why)
}

/// A wrong code was typed on an existing device.
pub async fn refuse(app: &App, me: Me, id: Uuid) -> Result<Pairing> {
    app.db.read(move |read| devices::active_device(read, me).map(drop)).await?;
    app.db
        .write(move |tx| {
            devices::active_device(tx, me)?;
            let mut stored = live(store::pairings::find(tx, me.user, id)?, tx.now)?;
            if stored.pairing.state != PairingState::Open {
                return Err(expired("The pairing was answered already."));
            }
            let wrong = stored.wrong_codes + 1;
            store::pairings::count_wrong(tx, id, wrong, wrong >= TRIES)?;
            if wrong >= TRIES {
                stored.pairing.state = PairingState::Expired;
                tx.emit(me.user, "e2ee.pairing", &stored.pairing)?;
            }
            Ok(stored.pairing)
        })
        .await
}

/// Answers a pairing whose device the log has now: its session becomes that device.
pub(crate) fn answer(tx: &Tx, user: UserId, welcome: &Welcome, after: &AccountLog) -> Result<()> {
    let mut stored = live(store::pairings::find(tx, user, welcome.request_id)?, tx.now)?;
    if stored.pairing.state != PairingState::Open {
        return Err(expired("The pairing was answered already."));
    }
    let offered = &stored.pairing.device;
    let is_added =
        after.device(&offered.id).is_some_and(|device| (device.dsk, device.dxk, device.ended) == (offered.dsk, offered.dxk, None));
    if !is_added {
        return Err(Code::ProtocolInvalid.field("welcome", "the links do not add the device of this pairing"));
    }
    let me = Me { user, session: stored.session };
    if !sessions::of(tx, me)?.iter().any(|session| session.id == stored.session) {
        return Err(expired("The new device has signed out meanwhile."));
    }
    let head = after.head().ok_or_else(not_set_up)?;
    store::pairings::answer(tx, welcome.request_id, &welcome.sealed, &head)?;
    store::bindings::bind(tx, user, stored.session, &offered.id)?;
    (stored.pairing.state, stored.pairing.welcome, stored.pairing.head) =
        (PairingState::Answered, Some(welcome.sealed.clone()), Some(head));
    tx.emit(user, "e2ee.pairing", &stored.pairing).map(drop)
}
