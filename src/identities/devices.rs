//! The account's devices, and which of them a session is.
use crate::change::not_set_up;
use crate::model::{DeviceSession, DeviceState, Devices};
use crate::{log, store, uuid_of};
use snug_accounts::{Me, sessions};
use snug_base::{App, Code, Read, Result};
use snug_crypto::bytes::Id;
use std::collections::HashMap;

/// Which device of the account's log this session is; none before it has set one up. The device may have been revoked since.
pub fn device_of(read: &Read, me: Me) -> Result<Option<Id>> {
    store::bindings::device(read, me.session)
}

/// The same if the device is active; `e2ee.not_set_up` or `e2ee.wrong_device` otherwise.
pub fn active_device(read: &Read, me: Me) -> Result<Id> {
    let log = log::log(read, me.user)?.ok_or_else(not_set_up)?;
    let device = device_of(read, me)?.filter(|id| log.device(id).is_some_and(|device| device.ended.is_none()));
    device.ok_or_else(|| Code::WrongDevice.error("This session is no active device of the account. Add it first."))
}

/// All devices of one's own log.
pub async fn list(app: &App, me: Me) -> Result<Devices> {
    app.db
        .read(move |read| {
            let Some(log) = log::log(read, me.user)? else { return Ok(Devices { devices: Vec::new() }) };
            let mine = device_of(read, me)?;
            let live = sessions::of(read, me)?;
            let by_device: HashMap<Id, _> = store::bindings::list(read, me.user)?
                .into_iter()
                .filter_map(|(session, device)| Some((device, live.iter().find(|live| live.id == session)?)))
                .collect();
            let mut known: Vec<_> = log.devices().collect();
            known.sort_by_key(|(_, device)| std::cmp::Reverse(device.added));
            let added: Vec<u64> = known.iter().map(|(_, device)| device.added).collect();
            let times = store::logs::accepted_at(read, me.user, &added)?;
            let devices = known.into_iter().map(|(id, device)| DeviceState {
                id: uuid_of(id),
                kind: device.kind.into(),
                added_at: times.get(&device.added).copied().unwrap_or_default(),
                session: by_device.get(id).map(|session| DeviceSession {
                    device_name: session.device_name.clone(),
                    last_seen_at: session.last_seen_at,
                    ip: session.ip.clone(),
                }),
                is_current: mine == Some(*id),
                is_active: device.ended.is_none(),
            });
            Ok(Devices { devices: devices.collect() })
        })
        .await
}
