//! Taking devices away, making all keys new, recovery words, resetting a lost account.
use super::begin::Password;
use super::house::{ATTEMPTS, is_overtaken};
use crate::client::{Client, id_of};
use crate::error::{Error, Result};
use crate::wire::Identity;
use serde::Deserialize;
use serde_json::{Value, json};
use snug_crypto::account_key::Class;
use snug_crypto::account_log::body::{Change, DeviceKind, NewSlot};
use snug_crypto::bytes::{Bytes, Id};
use snug_crypto::prekeys::ONE_TIME_COUNT;
use snug_crypto::random;
use snug_crypto::slot::{SlotKeys, SlotKind};
use snug_crypto::words;
use uuid::Uuid;
use zeroize::Zeroizing;

/// A device of the account, as the node describes it.
#[derive(Clone, Debug, Deserialize)]
pub struct DeviceView {
    pub id: Uuid,
    pub kind: String,
    pub is_current: bool,
    pub is_active: bool,
    pub session: Option<Value>,
}

#[derive(Deserialize)]
struct Devices {
    devices: Vec<DeviceView>,
}

impl Client {
    /// The account's devices. Which of them are active is taken from the verified log, not from the node.
    pub async fn devices(&mut self) -> Result<Vec<DeviceView>> {
        self.follow_account(self.me()).await?;
        let Devices { mut devices } = self.api.get("/e2ee/devices").await?;
        let log = self.own_log()?;
        for device in &mut devices {
            device.is_active = log.device(&id_of(device.id)).is_some_and(|device| device.ended.is_none());
        }
        Ok(devices)
    }

    /// Takes devices out of the account and makes all keys that they knew worthless for what comes. Needs the password.
    pub async fn revoke(&mut self, devices: &[Uuid], password: &Password) -> Result<()> {
        for attempt in 1.. {
            match self.try_revoke(devices, password).await {
                Err(error) if is_overtaken(&error) && attempt < ATTEMPTS => {}
                other => return other,
            }
        }
        Ok(())
    }

    async fn try_revoke(&mut self, devices: &[Uuid], password: &Password) -> Result<()> {
        let identity = self.take_news().await?;
        let aik = self.open_slot(&identity, &password.slot(), SlotKind::Password)?.0.identity;
        let mut draft = self.draft()?;
        draft.by_identity(&aik, Change::DeviceRevoke { devices: devices.iter().map(|id| id_of(*id)).collect() })?;
        self.refresh_in(draft).await
    }

    /// Makes all of the account's keys new. What was written before stays readable.
    pub async fn refresh(&mut self) -> Result<()> {
        for attempt in 1.. {
            self.take_news().await?;
            let draft = self.draft()?;
            match self.refresh_in(draft).await {
                Err(error) if is_overtaken(&error) && attempt < ATTEMPTS => {}
                other => return other,
            }
        }
        Ok(())
    }

    async fn refresh_in(&mut self, mut draft: super::change::Draft) -> Result<()> {
        let both = [Class::History, Class::Session];
        let keys = draft.new_keys(&both)?;
        let generation = draft.log.ik().map_or(1, |(generation, _)| generation + 1);
        let ik = draft.new_ik(generation)?;
        draft.by_device(Change::Keys { keys, ik: Some(ik) })?;
        draft.box_keys(&both)?;
        draft.new_prekeys(true, ONE_TIME_COUNT, true)?;
        draft.reseal_session()?;
        self.commit(draft, "/e2ee/identity/links").await.map(drop)
    }

    /// Leaves the account: this device revokes itself, ends its session and forgets its keys.
    pub async fn leave(&mut self) -> Result<()> {
        self.follow_account(self.me()).await?;
        let device = self.device()?.id;
        let mut draft = self.draft()?;
        draft.by_device(Change::DeviceRevoke { devices: vec![device] })?;
        let body = &draft.change;
        let _: Value = self.api.post("/e2ee/identity/links", body).await?;
        self.api.sign_out().await?;
        self.update(|keys| {
            *keys = crate::keys::Keys::default();
            Ok(())
        })
        .await
    }

    /// Twelve new recovery words, in force once they are stored: earlier ones open nothing any more. Needs the password.
    pub async fn make_words(&mut self, password: &Password) -> Result<Zeroizing<String>> {
        for attempt in 1.. {
            match self.try_make_words(password).await {
                Err(error) if is_overtaken(&error) && attempt < ATTEMPTS => {}
                other => return other,
            }
        }
        Err(Error::told("The words were not made. Try again."))
    }

    async fn try_make_words(&mut self, password: &Password) -> Result<Zeroizing<String>> {
        let identity = self.take_news().await?;
        let aik = self.open_slot(&identity, &password.slot(), SlotKind::Password)?.0.identity;
        let entropy = words::generate()?;
        let slot = SlotKeys::derive(&self.me(), SlotKind::Words, &*entropy);
        let mut draft = self.draft()?;
        let old: Vec<Id> = draft.log.active_slots().filter(|(_, slot)| slot.kind == SlotKind::Words).map(|(id, _)| *id).collect();
        let id: Id = random::bytes()?;
        let seq = draft.log.head().map_or(0, |head| head.seq + 1);
        let record = slot.record(id, &aik, seq)?;
        let set = vec![NewSlot { id, kind: SlotKind::Words, public: record.public }];
        draft.by_identity(&aik, Change::Slots { set, del: old })?;
        let public = record.public;
        draft.change.slots.push(record);
        draft.box_newest(Class::History, id, &public)?;
        self.commit(draft, "/e2ee/identity/links").await?;
        Ok(words::write(&entropy))
    }

    /// Asks for a reset of a lost account. Gives when it may be carried out, Unix milliseconds.
    pub async fn ask_reset(&mut self, auth_key: &Bytes<32>) -> Result<Option<i64>> {
        let identity: Identity = self.api.post("/e2ee/reset", &json!({ "auth_key": auth_key })).await?;
        Ok(identity.reset.map(|reset| reset.ready_at))
    }

    /// Stops a reset that somebody asked for.
    pub async fn cancel_reset(&mut self) -> Result<()> {
        self.api.delete::<Value>("/e2ee/reset").await.map(drop)
    }

    /// Begins the account's encryption anew once the reset is ready: everybody sees another identity, and what was written before stays
    /// closed.
    pub async fn carry_out_reset(&mut self, password: &Password, kind: DeviceKind) -> Result<()> {
        self.follow_account(self.me()).await?;
        let log = self.own_log()?.clone();
        let draft = self.root(Some(&password.slot()), kind, Some(log))?;
        self.commit(draft, "/e2ee/identity").await?;
        self.settle().await
    }
}
