//! A change of one's own account: signed links with the slots, boxes, vault items and prekeys that belong to them, all or nothing.
//!
//! What the links say is verified on a reader ([`check`]); the writer compares the head, stores ([`store_all`]) and tells.
mod check;
mod plan;

pub use check::is_root;
pub use plan::Plan;

use crate::model::{AccountEvent, Identity, IdentityEvent, KeyBox};
use crate::vault::{self, ItemName};
use crate::{devices, forms, identity, log, pairing, prekeys, store};
use serde::Deserialize;
use snug_accounts::audit::{self, Deed, DeedKind};
use snug_accounts::binary::Binary;
use snug_accounts::client::Client;
use snug_accounts::credentials::KdfCost;
use snug_accounts::{Me, password, sessions};
use snug_base::{App, Code, Error, Read, Result, Tx};
use snug_crypto::account_log::AccountLog;
use snug_crypto::link::Link;
use snug_crypto::prekeys::{OneTimePrekey, SignedPrekey};
use snug_crypto::sealed_box::SealedBox;
use snug_crypto::slot::SlotRecord;
use snug_crypto::vault::VaultItem;
use std::sync::Arc;
use utoipa::ToSchema;
use uuid::Uuid;

/// Links in one request.
pub const MOST_LINKS: usize = 64;
/// Bytes of links in one event; more are left out.
const EVENT_BYTES: usize = 32 * 1024;

/// Signed links and what belongs to them.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountChange {
    /// What continues the log, in order; none if only slots, boxes, prekeys or the vault are renewed.
    #[schema(value_type = Vec<forms::Link>, max_items = 64)]
    pub links: Vec<Link>,
    /// Records of new slots, or renewed ones.
    #[serde(default)]
    #[schema(value_type = Vec<forms::SlotRecord>)]
    pub slots: Vec<SlotRecord>,
    #[serde(default)]
    #[schema(max_items = 2_000)]
    pub boxes: Vec<KeyBox>,
    #[serde(default)]
    #[schema(value_type = Vec<forms::VaultItem>, max_items = 500)]
    pub vault: Vec<VaultItem>,
    /// Items of the vault that go, before the others are stored.
    #[serde(default)]
    #[schema(max_items = 500)]
    pub drop: Vec<ItemName>,
    #[serde(default)]
    pub prekeys: Option<NewPrekeys>,
    /// A new password, together with the slot that it opens.
    #[serde(default)]
    pub password: Option<NewPassword>,
    /// Answers the pairing of a device that the links add.
    #[serde(default)]
    pub welcome: Option<Welcome>,
}

/// New prekeys; their private halves go to the vault in the same request.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPrekeys {
    #[serde(default)]
    #[schema(value_type = Option<forms::SignedPrekey>)]
    pub signed: Option<SignedPrekey>,
    #[serde(default)]
    #[schema(value_type = Vec<forms::OneTimePrekey>, max_items = 200)]
    pub one_time: Vec<OneTimePrekey>,
    /// Forget all earlier one-time prekeys.
    #[serde(default)]
    pub replace: bool,
}

/// A change of the password.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPassword {
    /// The present one.
    pub auth_key: Binary<32>,
    pub new_salt: Binary<16>,
    pub new_kdf: KdfCost,
    pub new_auth_key: Binary<32>,
}

/// What an existing device tells the new one.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Welcome {
    /// The pairing's id.
    pub request_id: Uuid,
    #[serde(rename = "box")]
    #[schema(value_type = forms::SealedBox)]
    pub sealed: SealedBox,
}

/// Continues one's own log.
///
/// `e2ee.conflict` if it has gone on meanwhile, `e2ee.bad_link`, `e2ee.box_missing`, `e2ee.wrong_device`, `e2ee.rev`, `e2ee.invalid`,
/// `e2ee.pairing_expired`, `e2ee.too_many`.
pub async fn change(app: &App, me: Me, client: &Client, asked: AccountChange) -> Result<Identity> {
    let before = move |read: &Read, asked: &AccountChange| {
        let before = log::log(read, me.user)?.ok_or_else(not_set_up)?;
        match asked.links.iter().position(is_root) {
            Some(at) => Err(Code::ProtocolInvalid.field("links", format!("link {at} is a root; POST it to /e2ee/identity"))),
            None => Ok(before),
        }
    };
    carry_out(app, me, client, asked, before, |_, _| Ok(())).await
}

/// Verifies a change against the log that `before` gives, on a reader; stores it after what `first` does in the same transaction.
pub(crate) async fn carry_out(
    app: &App,
    me: Me,
    client: &Client,
    asked: AccountChange,
    before: impl FnOnce(&Read, &AccountChange) -> Result<Arc<AccountLog>> + Send + 'static,
    first: impl FnOnce(&Tx, &Plan) -> Result<()> + Send + 'static,
) -> Result<Identity> {
    if asked.password.is_some() {
        client.check_limit(app)?;
    }
    let now = app.clock.now();
    let (asked, plan) = app
        .db
        .read(move |read| {
            let before = before(read, &asked)?;
            let plan = Plan::make(before, devices::device_of(read, me)?, &asked, now)?;
            Ok((asked, plan))
        })
        .await?;
    let (parts, device) = (app.clone(), client.clone());
    app.db
        .write(move |tx| {
            first(tx, &plan)?;
            let identity = commit(&parts, tx, me, &device, &asked, &plan)?;
            remember(tx, me, &device, &plan)?;
            Ok(identity)
        })
        .await
}

pub(crate) fn not_set_up() -> Error {
    Code::NotSetUp.error("Set up encryption first: POST /e2ee/identity.")
}

/// Stores what was planned, if nothing has changed since.
fn commit(app: &App, tx: &Tx, me: Me, client: &Client, asked: &AccountChange, plan: &Plan) -> Result<Identity> {
    let is_current = store::logs::head(tx, me.user)? == plan.before.head() && store::bindings::device(tx, me.session)? == plan.device;
    if !is_current {
        return Err(
            Code::LogConflict.error("The account's log, or this session's device, has changed meanwhile. Fetch both and try again.")
        );
    }
    log::remember(me.user, &plan.after);
    if let Some(new) = &asked.password {
        let made = (new.new_salt.0, new.new_kdf.check()?);
        password::replace(tx, &app.keys, me, client, &new.auth_key, made, &new.new_auth_key)?;
    }
    if let Some(head) = plan.after.head().filter(|_| !asked.links.is_empty()) {
        store::logs::append(tx, me.user, plan.before.chain().len(), &asked.links, &head)?;
        store::history::append(tx, me.user, &plan.rotations)?;
    }
    store_all(tx, me, asked, plan)?;
    vault::drop_items(tx, me.user, &asked.drop)?;
    vault::store_vault(tx, me.user, &asked.vault)?;
    prekeys::renew(tx, me.user, asked.prekeys.as_ref(), plan)?;
    if let Some(welcome) = &asked.welcome {
        pairing::answer(tx, me.user, welcome, &plan.after)?;
    }
    tell(app, tx, me, asked, &plan.after)?;
    identity::own(tx, me)
}

/// Devices that came and went, and an identity that began anew, are remembered with the account's sign-ins.
fn remember(tx: &Tx, me: Me, client: &Client, plan: &Plan) -> Result<()> {
    let note = |kind, fact: Option<(&str, usize)>| {
        let deed = Deed::new(kind).about(me.user);
        audit::note(tx, client.with(me.user), &fact.map_or(deed.clone(), |(name, count)| deed.fact(name, count)))
    };
    let is_reset = plan.before.head().is_some() && plan.before.era() != plan.after.era();
    if is_reset {
        note(DeedKind::ResetDone, None)?;
    }
    let added = plan.after.active_devices().filter(|(id, _)| plan.before.device(id).is_none()).count();
    if added > 0 {
        note(DeedKind::DeviceAdded, (added > 1).then_some(("devices", added)))?;
    }
    if !plan.ended_devices.is_empty() && !is_reset {
        note(DeedKind::DeviceRemoved, Some(("devices", plan.ended_devices.len())))?;
    }
    Ok(())
}

/// Slots, boxes and whose sessions are which device.
fn store_all(tx: &Tx, me: Me, asked: &AccountChange, plan: &Plan) -> Result<()> {
    for slot in &plan.ended_slots {
        store::slots::delete(tx, me.user, slot)?;
    }
    // what was boxed to a device's earlier key, or under an earlier key to a slot, is of no use
    let stale = plan.ended_slots.iter().chain(&plan.ended_devices).chain(&plan.rekeyed).chain(&plan.reboxed_slots);
    for holder in stale {
        store::boxes::delete(tx, me.user, holder)?;
    }
    for key_box in &asked.boxes {
        store::boxes::put(tx, me.user, key_box)?;
    }
    if !asked.slots.is_empty() {
        // the password may have been replaced above
        let made = password::derivation(tx, me.user)?;
        for slot in &asked.slots {
            store::slots::put(tx, me.user, slot, made)?;
        }
    }
    if !plan.ended_devices.is_empty() {
        let of_ended = store::bindings::list(tx, me.user)?.into_iter().filter(|(session, device)| {
            // whoever revokes the own device signs out next, and needs this answer
            plan.ended_devices.contains(device) && *session != me.session
        });
        sessions::end(tx, me.user, of_ended.map(|(session, _)| session).collect())?;
    }
    if plan.binds {
        store::bindings::bind(tx, me.user, me.session, &plan.mine)?;
    }
    Ok(())
}

fn tell(app: &App, tx: &Tx, me: Me, asked: &AccountChange, after: &AccountLog) -> Result<()> {
    if asked.links.is_empty() && asked.slots.is_empty() && asked.boxes.is_empty() {
        return Ok(());
    }
    let length: usize = asked.links.iter().map(|link| link.body.0.len()).sum();
    let links = if length <= EVENT_BYTES { asked.links.as_slice() } else { &[] };
    tx.emit(me.user, "e2ee.account", &AccountEvent { head: after.head(), links })?;
    if let Some(head) = after.head().filter(|_| !asked.links.is_empty()) {
        for stream in app.hooks.encrypted_conversations(tx, me.user)? {
            tx.emit(stream, "e2ee.identity", &IdentityEvent { user_id: me.user, head })?;
        }
        let first = after.chain().len() - asked.links.len() as u64;
        for lost in after.breaks().iter().filter(|lost| lost.seq >= first) {
            app.hooks.on_identity_broken(tx, me.user, i64::try_from(lost.at).unwrap_or(i64::MAX))?;
        }
    }
    Ok(())
}
