//! The state of one's own keys.
use crate::model::Identity;
use crate::{devices, log, store, uuid_of};
use snug_accounts::Me;
use snug_base::{App, Read, Result};
use snug_crypto::account_key::Class;
use std::collections::HashSet;

/// One's own identity, as this session sees it.
pub async fn load(app: &App, me: Me) -> Result<Identity> {
    app.db.read(move |read| own(read, me)).await
}

/// The same in a transaction.
pub fn own(read: &Read, me: Me) -> Result<Identity> {
    let log = log::log(read, me.user)?;
    let is_active = |id: &_| log.as_ref().and_then(|log| log.device(id)).is_some_and(|device| device.ended.is_none());
    let device = devices::device_of(read, me)?.filter(is_active);
    let mut needs_session_key = Vec::new();
    if let Some(log) = &log
        && let Some((newest, _)) = log.key(Class::Session)
    {
        let have: HashSet<_> = store::boxes::holders(read, me.user, Class::Session, newest)?.into_iter().collect();
        needs_session_key = log.active_devices().filter(|(id, _)| !have.contains(id)).map(|(id, _)| uuid_of(id)).collect();
    }
    Ok(Identity {
        head: log.as_ref().and_then(|log| log.head()),
        links_total: log.as_ref().map_or(0, |log| log.chain().len()),
        device_id: device.as_ref().map(uuid_of),
        slots: store::slots::list(read, me.user)?,
        boxes: store::boxes::list(read, me.user, device)?,
        kdf: store::slots::kdf(read, me.user)?,
        signed_prekey: store::prekeys::signed(read, me.user)?.map(|(age, _)| age),
        one_time_prekeys: store::prekeys::count_one_time(read, me.user)?,
        vault_version: store::vault::version(read, me.user)?.unwrap_or_default(),
        reset: store::resets::pending(read, me.user)?,
        needs_session_key,
    })
}
