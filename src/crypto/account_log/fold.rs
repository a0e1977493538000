//! Following an account's log: every rule is checked before anything changes.
use super::body::{Body, Change, IdentityDh, KeyCommit, NewDevice, NewSlot, Signer, rotation_proof};
use super::rotation::{Rotation, RotationKind};
use super::{AccountLog, Break, Device, DhGeneration, Identity, Key, MAX_DEVICES, MAX_LINKS, MAX_SLOTS, Slot};
use crate::account_key::Class;
use crate::bytes::{Id, Public};
use crate::error::{Error, Result, Rule};
use crate::link::{Link, LogKind};
use crate::sign::verify;
use std::collections::BTreeSet;

const fn bad<T>(rule: Rule) -> Result<T> {
    Err(Error::BadLink(rule))
}

/// Verifies and follows one link.
pub(super) fn append(log: &mut AccountLog, link: &Link) -> Result<Vec<Rotation>> {
    let body = Body::read(link)?;
    if body.account != log.account {
        return bad(Rule::Place);
    }
    log.chain.check_next(body.seq, body.prev)?;
    if body.seq >= MAX_LINKS {
        return bad(Rule::Limit);
    }
    link.verify(LogKind::Account, &log.account, &signer(log, &body)?)?;
    check_permission(&body)?;
    check(log, &body)?;
    let rotations = rotations(log, &body);
    apply(log, &body);
    log.chain.push(link.hash(LogKind::Account, &log.account));
    Ok(rotations)
}

/// The key that must have signed.
fn signer(log: &AccountLog, body: &Body) -> Result<Public> {
    if let Change::Root { aik, reset_of, .. } = &body.change {
        // the first root resets nothing, a later one exactly the log before it
        return match body.by {
            _ if *reset_of != log.head() => bad(Rule::First),
            Signer::Identity => Ok(*aik),
            Signer::Device(_) => bad(Rule::Signer),
        };
    }
    let aik = log.aik().ok_or(Error::BadLink(Rule::First))?;
    match body.by {
        Signer::Identity => Ok(aik),
        Signer::Device(id) => match log.devices.get(&id) {
            Some(device) if device.ended.is_none() => Ok(device.dsk),
            _ => bad(Rule::Signer),
        },
    }
}

/// Whether this signer may sign such a link at all.
fn check_permission(body: &Body) -> Result<()> {
    let may = match (&body.change, body.by) {
        (Change::DeviceRekey { device, .. }, by) => by == Signer::Device(*device),
        (Change::DeviceRevoke { devices }, Signer::Device(id)) => devices.iter().all(|device| *device == id),
        (Change::Slots { .. } | Change::Rotate { .. }, Signer::Device(_)) => false,
        _ => true,
    };
    if may { Ok(()) } else { bad(Rule::Permission) }
}

fn check(log: &AccountLog, body: &Body) -> Result<()> {
    match &body.change {
        Change::Root { aik, device, slots, keys, ik, .. } => {
            check_new_identity(log, aik)?;
            check_device(log, device, aik)?;
            check_new_slots(log, slots)?;
            if slots.len() > MAX_SLOTS {
                return bad(Rule::Limit);
            }
            let classes: BTreeSet<_> = keys.iter().map(|key| key.class).collect();
            if classes.len() != keys.len() || keys.iter().any(|key| key.generation != 1) || ik.generation != 1 {
                return bad(Rule::Generation);
            }
            if classes.len() == 2 { Ok(()) } else { bad(Rule::Missing) }
        }
        Change::DeviceAdd { device } => {
            check_device(log, device, &log.aik().ok_or(Error::NoKeys)?)?;
            if log.active_devices().count() < MAX_DEVICES { Ok(()) } else { bad(Rule::Limit) }
        }
        // its signer is the device, which is active
        Change::DeviceRekey { .. } => Ok(()),
        Change::DeviceRevoke { devices } => check_listed(devices, |id| log.devices.get(id).is_some_and(|device| device.ended.is_none())),
        Change::Keys { keys, ik } => check_keys(log, keys, ik.as_ref()),
        Change::Slots { set, del } => {
            check_new_slots(log, set)?;
            if !del.is_empty() || set.is_empty() {
                check_listed(del, |id| log.slots.get(id).is_some_and(|slot| slot.is_active))?;
            }
            let left = log.active_slots().count() + set.len() - del.len();
            if left <= MAX_SLOTS { Ok(()) } else { bad(Rule::Limit) }
        }
        Change::Rotate { aik_new, pop } => {
            check_new_identity(log, aik_new)?;
            let old = log.aik().ok_or(Error::NoKeys)?;
            verify(aik_new, &rotation_proof(&log.account, &old, aik_new), pop)
        }
    }
}

fn check_new_identity(log: &AccountLog, aik: &Public) -> Result<()> {
    if log.era_of(aik).is_none() { Ok(()) } else { bad(Rule::Reused) }
}

fn check_device(log: &AccountLog, device: &NewDevice, aik: &Public) -> Result<()> {
    if log.devices.contains_key(&device.id) {
        return bad(Rule::Reused);
    }
    device.check(&log.account, aik)
}

fn check_new_slots(log: &AccountLog, slots: &[NewSlot]) -> Result<()> {
    let mut seen = BTreeSet::new();
    let is_new = |slot: &NewSlot| !log.slots.contains_key(&slot.id) && seen.insert(slot.id);
    if slots.iter().all(is_new) { Ok(()) } else { bad(Rule::Reused) }
}

/// A list of things that are there, each once.
fn check_listed(ids: &[Id], is_there: impl Fn(&Id) -> bool) -> Result<()> {
    if ids.is_empty() {
        return bad(Rule::Empty);
    }
    let once: BTreeSet<_> = ids.iter().collect();
    if once.len() == ids.len() && ids.iter().all(is_there) { Ok(()) } else { bad(Rule::Missing) }
}

fn check_keys(log: &AccountLog, keys: &[KeyCommit], ik: Option<&IdentityDh>) -> Result<()> {
    if keys.is_empty() && ik.is_none() {
        return bad(Rule::Empty);
    }
    let classes: BTreeSet<_> = keys.iter().map(|key| key.class).collect();
    let follow = |key: &KeyCommit| log.key(key.class).is_some_and(|(last, _)| key.generation == last + 1);
    let ik_follows = ik.is_none_or(|ik| log.ik().is_some_and(|(last, _)| ik.generation == last + 1));
    if classes.len() == keys.len() && keys.iter().all(follow) && ik_follows { Ok(()) } else { bad(Rule::Generation) }
}

fn apply(log: &mut AccountLog, body: &Body) {
    let (seq, at) = (body.seq, body.at);
    match &body.change {
        Change::Root { aik, device, slots, keys, ik, .. } => {
            let era = if seq == 0 { 0 } else { log.era() + 1 };
            for device in log.devices.values_mut().filter(|device| device.ended.is_none()) {
                device.ended = Some(seq);
            }
            for slot in log.slots.values_mut() {
                slot.is_active = false;
            }
            if seq > 0 {
                log.breaks.push(Break { seq, at });
            }
            log.identities.push(Identity { aik: *aik, era, since: seq });
            add_device(log, device, era, seq);
            add_slots(log, slots);
            add_keys(log, keys, Some(ik), era);
        }
        Change::DeviceAdd { device } => add_device(log, device, log.era(), seq),
        Change::DeviceRekey { device, dxk } => {
            if let Some(device) = log.devices.get_mut(device) {
                device.dxk = *dxk;
            }
        }
        Change::DeviceRevoke { devices } => {
            for id in devices {
                if let Some(device) = log.devices.get_mut(id) {
                    device.ended = Some(seq);
                }
            }
            log.breaks.push(Break { seq, at });
        }
        Change::Keys { keys, ik } => add_keys(log, keys, ik.as_ref(), log.era()),
        Change::Slots { set, del } => {
            for id in del {
                if let Some(slot) = log.slots.get_mut(id) {
                    slot.is_active = false;
                }
            }
            add_slots(log, set);
        }
        Change::Rotate { aik_new, .. } => {
            log.identities.push(Identity { aik: *aik_new, era: log.era(), since: seq });
            log.breaks.push(Break { seq, at });
        }
    }
}

fn add_device(log: &mut AccountLog, device: &NewDevice, era: u64, seq: u64) {
    let NewDevice { id, dsk, dxk, kind, .. } = *device;
    log.devices.insert(id, Device { dsk, dxk, kind, era, added: seq, ended: None });
}

fn add_slots(log: &mut AccountLog, slots: &[NewSlot]) {
    for slot in slots {
        log.slots.insert(slot.id, Slot { kind: slot.kind, public: slot.public, is_active: true });
    }
}

fn add_keys(log: &mut AccountLog, keys: &[KeyCommit], ik: Option<&IdentityDh>, era: u64) {
    let key = |key: &KeyCommit| Key { era, class: key.class, generation: key.generation, commit: key.commit };
    log.keys.extend(keys.iter().map(key));
    log.dh.extend(ik.map(|ik| DhGeneration { era, generation: ik.generation, public: ik.public }));
}

/// What the link changes, against the log before it.
fn rotations(log: &AccountLog, body: &Body) -> Vec<Rotation> {
    let mut rows = Vec::new();
    let mut row = |kind: RotationKind, old: Option<&[u8]>, new: Option<&[u8]>| {
        rows.push(Rotation::new(kind, &log.account, (old, new), body.change.name(), body.at));
    };
    let old_aik = log.aik();
    let old_ik = log.ik().map(|(_, public)| public);
    let key_kind = |class| if class == Class::History { RotationKind::HistoryKey } else { RotationKind::SessionKey };
    match &body.change {
        Change::Root { aik, device, slots, keys, ik, .. } => {
            let kind = if body.seq == 0 { RotationKind::Identity } else { RotationKind::Reset };
            row(kind, old_aik.as_ref().map(|key| &key.0[..]), Some(&aik.0));
            row(RotationKind::IdentityDh, old_ik.as_ref().map(|key| &key.0[..]), Some(&ik.public.0));
            for (_, old) in log.active_devices() {
                row(RotationKind::Device, Some(&old.dsk.0), None);
            }
            row(RotationKind::Device, None, Some(&device.dsk.0));
            for (_, old) in log.active_slots() {
                row(RotationKind::Slot, Some(&old.public.0), None);
            }
            for slot in slots {
                row(RotationKind::Slot, None, Some(&slot.public.0));
            }
            for key in keys {
                let old = log.key(key.class).map(|(_, commit)| commit);
                row(key_kind(key.class), old.as_ref().map(|key| &key.0[..]), Some(&key.commit.0));
            }
        }
        Change::DeviceAdd { device } => row(RotationKind::Device, None, Some(&device.dsk.0)),
        Change::DeviceRekey { device, dxk } => {
            row(RotationKind::Device, log.devices.get(device).map(|device| &device.dxk.0[..]), Some(&dxk.0));
        }
        Change::DeviceRevoke { devices } => {
            for device in devices.iter().filter_map(|id| log.devices.get(id)) {
                row(RotationKind::Device, Some(&device.dsk.0), None);
            }
        }
        Change::Keys { keys, ik } => {
            for key in keys {
                let old = log.key(key.class).map(|(_, commit)| commit);
                row(key_kind(key.class), old.as_ref().map(|key| &key.0[..]), Some(&key.commit.0));
            }
            if let Some(ik) = ik {
                row(RotationKind::IdentityDh, old_ik.as_ref().map(|key| &key.0[..]), Some(&ik.public.0));
            }
        }
        Change::Slots { set, del } => {
            for slot in del.iter().filter_map(|id| log.slots.get(id)) {
                row(RotationKind::Slot, Some(&slot.public.0), None);
            }
            for slot in set {
                row(RotationKind::Slot, None, Some(&slot.public.0));
            }
        }
        Change::Rotate { aik_new, .. } => row(RotationKind::Identity, old_aik.as_ref().map(|key| &key.0[..]), Some(&aik_new.0)),
    }
    rows
}
