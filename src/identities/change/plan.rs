//! What a change does, once it is known to be right.
use super::{AccountChange, check};
use crate::log;
use crate::refusal::refused_link;
use snug_base::{Code, Result};
use snug_crypto::account_key::Class;
use snug_crypto::account_log::AccountLog;
use snug_crypto::account_log::body::{Body, Change, Signer};
use snug_crypto::account_log::rotation::Rotation;
use snug_crypto::bytes::Id;
use std::sync::Arc;

/// A change that was verified against the log that it continues.
pub struct Plan {
    pub before: Arc<AccountLog>,
    pub after: Arc<AccountLog>,
    pub rotations: Vec<Rotation>,
    /// Which device the session was.
    pub device: Option<Id>,
    /// Which device acts, and is the session's from now on.
    pub mine: Id,
    /// Whether the session becomes that device by this.
    pub binds: bool,
    pub ended_devices: Vec<Id>,
    pub ended_slots: Vec<Id>,
    /// Devices with a new key to be sealed to.
    pub rekeyed: Vec<Id>,
    /// Slots that are given a newer history key.
    pub reboxed_slots: Vec<Id>,
}

impl Plan {
    /// Verifies a change by this session against the log before it. Says nothing of what lies in the database beside the log.
    pub fn make(before: Arc<AccountLog>, device: Option<Id>, asked: &AccountChange, now: i64) -> Result<Plan> {
        check::sizes(asked)?;
        let (after, rotations) = if asked.links.is_empty() {
            (before.clone(), Vec::new())
        } else {
            let (after, rotations) = log::extend(&before, &asked.links)?;
            (Arc::new(after), rotations)
        };
        let bodies = asked.links.iter().enumerate().map(|(at, link)| Body::read(link).map_err(|e| refused_link(at, &e)));
        let bodies = bodies.collect::<Result<Vec<_>>>()?;
        let (mine, binds) = acting(&before, device, asked, &bodies)?;
        let still = |id: &Id| after.device(id).is_some_and(|device| device.ended.is_none());
        let slot_is_left = |id: &Id| after.active_slots().any(|(left, _)| left == id);
        let rekeyed = bodies.iter().filter_map(|body| match &body.change {
            Change::DeviceRekey { device, .. } => Some(*device).filter(still),
            _ => None,
        });
        let newest_h = after.key(Class::History).map(|(generation, _)| generation);
        let reboxed =
            asked.boxes.iter().filter(|new| Some(new.generation) == newest_h && after.active_slots().any(|(id, _)| *id == new.holder));
        let plan = Plan {
            device,
            mine,
            binds,
            ended_devices: before.active_devices().map(|(id, _)| *id).filter(|id| !still(id)).collect(),
            ended_slots: before.active_slots().map(|(id, _)| *id).filter(|id| !slot_is_left(id)).collect(),
            rekeyed: rekeyed.collect(),
            reboxed_slots: reboxed.map(|new| new.holder).collect(),
            before,
            after,
            rotations,
        };
        check::signers(&bodies, &plan.mine)?;
        check::slots(asked, &plan, &bodies)?;
        check::boxes(asked, &plan, &bodies)?;
        check::prekeys(asked, &plan, now)?;
        check::password(asked, &plan)?;
        check::welcome(asked, &plan, &bodies)?;
        Ok(plan)
    }
}

/// Which device the session is when the change is done, and whether it becomes it by that.
fn acting(before: &AccountLog, device: Option<Id>, asked: &AccountChange, bodies: &[Body]) -> Result<(Id, bool)> {
    let root = bodies.iter().rev().find_map(|body| match &body.change {
        Change::Root { device, .. } => Some(device.id),
        _ => None,
    });
    if let Some(device) = root {
        return Ok((device, true));
    }
    let mut added = bodies.iter().filter_map(|body| match &body.change {
        Change::DeviceAdd { device } if body.by == Signer::Identity => Some(device.id),
        _ => None,
    });
    let added = match (added.next(), added.next(), &asked.welcome) {
        (Some(device), None, None) => Some(device),
        _ => None,
    };
    let active = device.filter(|id| before.device(id).is_some_and(|device| device.ended.is_none()));
    match (active, added) {
        // a browser that lost its keys comes in again, in the session that it had
        (Some(device), Some(new)) if bodies.iter().all(|body| body.by != Signer::Device(device)) => Ok((new, true)),
        (Some(device), _) => Ok((device, false)),
        (None, Some(new)) => Ok((new, true)),
        (None, None) => Err(Code::WrongDevice.error(
            "This session is no device of the account yet. Add one: signed by the identity in this request, or by pairing with another device.",
        )),
    }
}
