//! What a change has to bring along, beyond what the core checks of its links.
use super::{AccountChange, MOST_LINKS, Plan};
use crate::model::KeyBox;
use crate::prekeys::MOST_ONE_TIME;
use crate::refusal::refused;
use crate::vault;
use snug_base::{Code, Error, Result};
use snug_crypto::account_key::Class;
use snug_crypto::account_log::AccountLog;
use snug_crypto::account_log::body::{Body, Change, Signer};
use snug_crypto::bytes::Id;
use snug_crypto::link::Link;
use snug_crypto::prekeys::{Bundle, BundleIk};
use snug_crypto::slot::SlotKind;
use std::collections::BTreeSet;

/// Boxes in one request: two keys for 20 devices and 20 slots, over many generations.
const MOST_BOXES: usize = 2_000;
/// Bytes of a boxed key or seed: 32 and the tag.
const BOXED: usize = 48;
/// Bytes of what a new device is told.
const WELCOME_BYTES: usize = 128 * 1024;
/// How far a device's clock may run ahead, in seconds.
const AHEAD_S: u64 = 86_400;

fn invalid(field: &'static str, why: impl std::fmt::Display) -> Error {
    Code::ProtocolInvalid.field(field, why)
}

/// Whether a link begins a log or resets one. What cannot be read does not; it is refused later.
pub fn is_root(link: &Link) -> bool {
    Body::read(link).is_ok_and(|body| matches!(body.change, Change::Root { .. }))
}

pub fn sizes(asked: &AccountChange) -> Result<()> {
    let most = |field, count: usize, most: usize| {
        if count <= most { Ok(()) } else { Err(invalid(field, format!("at most {most} in one request"))) }
    };
    most("links", asked.links.len(), MOST_LINKS)?;
    most("slots", asked.slots.len(), 2 * snug_crypto::account_log::MAX_SLOTS)?;
    most("boxes", asked.boxes.len(), MOST_BOXES)?;
    most("drop", asked.drop.len(), vault::MOST_ITEMS)?;
    most("prekeys", asked.prekeys.as_ref().map_or(0, |prekeys| prekeys.one_time.len()), MOST_ONE_TIME)?;
    vault::check(&asked.vault)
}

/// Links of devices come from the session of that device.
pub fn signers(bodies: &[Body], mine: &Id) -> Result<()> {
    let is_mine = |body: &Body| matches!(body.by, Signer::Identity) || body.by == Signer::Device(*mine);
    match bodies.iter().position(|body| !is_mine(body)) {
        Some(at) => Err(Code::WrongDevice.field("links", format!("link {at} is signed by another device than this session's"))),
        None => Ok(()),
    }
}

/// Records fit the log; new slots have one, and all of them after a rotation.
pub fn slots(asked: &AccountChange, plan: &Plan, bodies: &[Body]) -> Result<()> {
    let head = plan.after.head().map_or(0, |head| head.seq);
    let mut given = BTreeSet::new();
    for record in &asked.slots {
        let fits = plan.after.active_slots().any(|(id, slot)| *id == record.id && slot.kind == record.kind && slot.public == record.public);
        if !fits {
            return Err(invalid("slots", format!("{} is no active slot of the log, or has another kind or key there", record.id)));
        }
        if !given.insert(record.id) {
            return Err(invalid("slots", format!("{} stands there twice", record.id)));
        }
        if record.min_seq > head {
            return Err(invalid("slots", format!("min_seq of {} is later than the log's last link", record.id)));
        }
        if record.aik_box.ct.0.len() != BOXED {
            return Err(invalid("slots", format!("aik_box of {} does not hold a seed", record.id)));
        }
    }
    let is_rotated = bodies.iter().any(|body| matches!(body.change, Change::Rotate { .. }));
    let is_old = |id: &Id| !is_rotated && plan.before.active_slots().any(|(old, _)| old == id);
    match plan.after.active_slots().map(|(id, _)| id).find(|id| !given.contains(*id) && !is_old(id)) {
        Some(id) => Err(invalid("slots", format!("the record of slot {id} is missing"))),
        None => Ok(()),
    }
}

/// Boxes fit the log, and nobody who needs a key is left without it.
pub fn boxes(asked: &AccountChange, plan: &Plan, bodies: &[Body]) -> Result<()> {
    let mut given = BTreeSet::new();
    for KeyBox { class, generation, holder, sealed } in &asked.boxes {
        let is_device = plan.after.device(holder).is_some_and(|device| device.ended.is_none());
        let is_slot = *class == Class::History && plan.after.active_slots().any(|(id, _)| id == holder);
        if !is_device && !is_slot {
            return Err(invalid("boxes", format!("{holder} is no active device, nor a slot that may have this key")));
        }
        if plan.after.commit(*class, *generation).is_none() {
            return Err(invalid("boxes", format!("there is no key {}{generation} in the log", class.as_str())));
        }
        if is_slot && plan.after.key(Class::History).is_some_and(|(newest, _)| newest != *generation) {
            return Err(invalid("boxes", format!("slot {holder} gets the newest history key only")));
        }
        if sealed.ct.0.len() != BOXED {
            return Err(invalid("boxes", format!("a box for {holder} does not hold a key")));
        }
        if !given.insert((*class, *generation, *holder)) {
            return Err(invalid("boxes", format!("a box for {holder} stands there twice")));
        }
    }
    let missing: Vec<String> = needed(plan, bodies)
        .difference(&given)
        .take(5)
        .map(|(class, generation, holder)| format!("{}{generation} for {holder}", class.as_str()))
        .collect();
    if missing.is_empty() { Ok(()) } else { Err(Code::BoxMissing.field("boxes", format!("missing: {}", missing.join(", ")))) }
}

/// The boxes that the change cannot do without.
fn needed(plan: &Plan, bodies: &[Body]) -> BTreeSet<(Class, u64, Id)> {
    let after = &plan.after;
    let newest = |class| after.key(class).map_or(0, |(generation, _)| generation);
    let (h, s) = (newest(Class::History), newest(Class::Session));
    let mut needed = BTreeSet::new();
    let is_new = |class: Class| {
        let brings = |body: &Body| match &body.change {
            Change::Root { .. } => true,
            Change::Keys { keys, .. } => keys.iter().any(|key| key.class == class),
            _ => false,
        };
        bodies.iter().any(brings)
    };
    for (id, _) in after.active_devices() {
        needed.extend(is_new(Class::History).then_some((Class::History, h, *id)));
        needed.extend(is_new(Class::Session).then_some((Class::Session, s, *id)));
    }
    let was_there = |id: &Id| plan.before.active_slots().any(|(old, _)| old == id);
    for (id, _) in after.active_slots().filter(|(id, _)| is_new(Class::History) || !was_there(id)) {
        needed.insert((Class::History, h, *id));
    }
    for body in bodies {
        let (device, has_session_key) = match &body.change {
            // whoever unlocks with a slot has no session key to give
            Change::DeviceAdd { device } => (device.id, body.by != Signer::Identity),
            Change::DeviceRekey { device, .. } => (*device, true),
            _ => continue,
        };
        if after.device(&device).is_some_and(|device| device.ended.is_none()) {
            needed.insert((Class::History, h, device));
            needed.extend(has_session_key.then_some((Class::Session, s, device)));
        }
    }
    needed
}

/// The signed prekey is this device's, for the identity's newest DH key.
pub fn prekeys(asked: &AccountChange, plan: &Plan, now: i64) -> Result<()> {
    let Some(prekeys) = &asked.prekeys else { return Ok(()) };
    let ids: BTreeSet<_> = prekeys.one_time.iter().map(|prekey| prekey.id).collect();
    if ids.len() != prekeys.one_time.len() {
        return Err(invalid("prekeys", "a one-time prekey stands there twice"));
    }
    let Some(signed) = &prekeys.signed else { return Ok(()) };
    if signed.by != plan.mine {
        return Err(Code::WrongDevice.field("prekeys", "the signed prekey is by another device than this session's"));
    }
    let now_s = u64::try_from(now / 1_000).unwrap_or_default();
    if signed.at > now_s + AHEAD_S {
        return Err(invalid("prekeys", "the signed prekey is from the future; check the device's clock"));
    }
    verify_signed(&plan.after, signed, now_s).map_err(|e| refused("prekeys", &e))
}

fn verify_signed(log: &AccountLog, signed: &snug_crypto::prekeys::SignedPrekey, now_s: u64) -> snug_crypto::error::Result<()> {
    let none = || snug_crypto::error::Error::NoKeys;
    let (generation, public) = log.ik().ok_or_else(none)?;
    let ik = BundleIk { generation, public };
    let bundle = Bundle { account: log.account(), ik, spk: signed.clone(), opk: None, log: log.head().ok_or_else(none)? };
    bundle.verify(log, &log.aik().ok_or_else(none)?, now_s).map(drop)
}

/// A new password makes the old slots useless: they go with it.
pub fn password(asked: &AccountChange, plan: &Plan) -> Result<()> {
    let Some(new) = &asked.password else { return Ok(()) };
    new.new_kdf.check()?;
    let is_password = |id: &Id| plan.before.active_slots().any(|(old, slot)| old == id && slot.kind == SlotKind::Password);
    match plan.after.active_slots().map(|(id, _)| id).find(|id| is_password(id)) {
        Some(id) => Err(invalid("links", format!("slot {id} is of the password before; replace it by a `slots` link in the same request"))),
        None => Ok(()),
    }
}

/// An answer to a pairing adds its device.
pub fn welcome(asked: &AccountChange, plan: &Plan, bodies: &[Body]) -> Result<()> {
    let Some(welcome) = &asked.welcome else { return Ok(()) };
    let adds = bodies.iter().any(|body| matches!(&body.change, Change::DeviceAdd { device } if device.id != plan.mine));
    if !adds {
        return Err(invalid("welcome", "the links add no device that could be welcomed"));
    }
    if welcome.sealed.ct.0.len() > WELCOME_BYTES {
        return Err(invalid("welcome", format!("the box has at most {WELCOME_BYTES} bytes")));
    }
    Ok(())
}
