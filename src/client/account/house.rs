//! What has to be done now and then so that messages go on arriving: prekeys, keys that are due, keys for newcomers.
use super::change::{Draft, MOST_DROPPED};
use crate::client::{Client, id_of};
use crate::error::{Error, Result};
use crate::wire::Identity;
use snug_crypto::account_key::Class;
use snug_crypto::account_log::body::Change;
use snug_crypto::dh::DhKey;
use snug_crypto::prekeys::{KEEP_ONE_TIME_S, KEEP_SIGNED_S, ONE_TIME_COUNT, ONE_TIME_LOW, RENEW_AFTER_S};
use snug_crypto::vault::Item;

/// After how many seconds a device takes another key to be sealed to.
const REKEY_AFTER_S: u64 = 30 * 86_400;
/// So many used prekeys are worth a change of their own.
const SPENT: usize = 20;
/// How often a change is made anew because another device was faster.
pub(super) const ATTEMPTS: usize = 5;

impl Client {
    /// Does what is due. Cheap when nothing is.
    pub async fn keep_house(&mut self) -> Result<()> {
        let identity = self.identity().await?;
        self.keep_house_with(identity).await
    }

    /// The same with what the node has just said of the account.
    pub(super) async fn keep_house_with(&mut self, mut identity: Identity) -> Result<()> {
        for attempt in 1.. {
            match self.keep_house_once(&identity).await {
                // another device was faster: what it did is taken first
                Err(error) if is_overtaken(&error) && attempt < ATTEMPTS => identity = self.take_news().await?,
                other => return other,
            }
        }
        Ok(())
    }

    async fn keep_house_once(&mut self, identity: &Identity) -> Result<()> {
        let now = self.now();
        let has_session_key = self.has_newest(Class::Session)?;
        let mut draft = self.draft()?;
        // another device, or this one after a sign-in with the password, lacks the newest session key
        let others_wait: Vec<_> = identity.needs_session_key.iter().map(|id| id_of(*id)).collect();
        let device = self.device()?.clone();
        if !has_session_key {
            // nobody has answered yet: whoever is alone makes a new one at once
            if draft.log.active_devices().count() > 1 && !self.is_overdue(&identity.needs_session_key) {
                return Ok(());
            }
            renew_session(&mut draft)?;
            draft.new_prekeys(true, ONE_TIME_COUNT, true)?;
            self.commit(draft, "/e2ee/identity/links").await?;
            return Ok(());
        }
        for holder in others_wait {
            let dxk = draft.log.device(&holder).filter(|device| device.ended.is_none()).map(|device| device.dxk);
            if let Some(dxk) = dxk {
                draft.box_newest(Class::Session, holder, &dxk)?;
            }
        }
        let is_old = |at: u64| at.saturating_add(RENEW_AFTER_S) < now;
        let needs_signed = identity.signed_prekey.as_ref().is_none_or(|prekey| is_old(prekey.at));
        let low = identity.one_time_prekeys < ONE_TIME_LOW;
        if needs_signed || low {
            let one_time = if low { ONE_TIME_COUNT - identity.one_time_prekeys } else { 0 };
            draft.new_prekeys(needs_signed, one_time, false)?;
        }
        if device.rekeyed_at.saturating_add(REKEY_AFTER_S) < now {
            let key = DhKey::random()?;
            draft.by_device(Change::DeviceRekey { device: device.id, dxk: key.public() })?;
            if let Some(device) = &mut draft.keys.device {
                device.renew_dxk(&key, now);
            }
            renew_session(&mut draft)?;
            draft.box_newest(Class::History, device.id, &key.public())?;
        }
        drop_old_prekeys(&mut draft, now, identity.signed_prekey.as_ref().map(|prekey| prekey.id));
        let is_due = !draft.change.links.is_empty() || draft.change.prekeys.is_some() || draft.keys.spent.len() >= SPENT;
        if is_due {
            let spent: Vec<_> = draft.keys.spent.iter().copied().collect();
            let room = MOST_DROPPED.saturating_sub(draft.change.drop.len());
            draft.change.drop.extend(spent.iter().take(room).map(|id| crate::vault::name_of(&Item::OneTimePrekey(*id))));
        }
        let change = &draft.change;
        let is_empty = change.links.is_empty() && change.boxes.is_empty() && change.vault.is_empty() && change.drop.is_empty();
        if is_empty {
            return Ok(());
        }
        self.commit(draft, "/e2ee/identity/links").await.map(drop)
    }

    pub(crate) fn has_newest(&self, class: Class) -> Result<bool> {
        let newest = self.own_log()?.key(class);
        Ok(newest.is_some_and(|(generation, _)| self.keys.account_key(class, generation).is_ok()))
    }

    /// Whether this device has waited a minute for another one to hand it the session key.
    fn is_overdue(&self, waiting: &[uuid::Uuid]) -> bool {
        let Ok(device) = self.device() else { return false };
        let is_waiting = waiting.iter().any(|id| id_of(*id) == device.id);
        !is_waiting || device.rekeyed_at + 60 <= self.now()
    }
}

/// Whether a change has to be made anew on what another device did.
pub(super) fn is_overtaken(error: &Error) -> bool {
    error.is("e2ee.conflict") || error.is("e2ee.rev")
}

/// A new session key for all active devices, and what lay under the old one.
pub(super) fn renew_session(draft: &mut Draft) -> Result<()> {
    let keys = draft.new_keys(&[Class::Session])?;
    draft.by_device(Change::Keys { keys, ik: None })?;
    draft.box_keys(&[Class::Session])?;
    draft.reseal_session()
}

/// Private halves that nobody can have sealed to any more.
fn drop_old_prekeys(draft: &mut Draft, now: u64, newest: Option<snug_crypto::bytes::Id>) {
    let old: Vec<_> = draft
        .keys
        .prekeys
        .iter()
        .filter(|(id, prekey)| {
            let keep = if prekey.is_one_time { KEEP_ONE_TIME_S } else { KEEP_SIGNED_S + RENEW_AFTER_S };
            Some(**id) != newest && prekey.at.saturating_add(keep) < now
        })
        .map(|(id, _)| *id)
        .collect();
    for id in old {
        draft.drop_prekey(&id);
    }
}
