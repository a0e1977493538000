//! Signing in, and making this a device of the account: setting the account up, or unlocking it with the password or recovery words.
use super::change::Draft;
use crate::api::Api;
use crate::client::{Client, id_of};
use crate::error::{Error, Result};
use crate::keys::Device;
use crate::store::{Profile, Store};
use crate::wire::{Cost, Identity, KeyBox};
use serde::Deserialize;
use serde_json::json;
use snug_crypto::account_key::Class;
use snug_crypto::account_log::AccountLog;
use snug_crypto::account_log::body::{Change, DeviceKind, NewDevice, NewSlot};
use snug_crypto::bytes::{Bytes, Id};
use snug_crypto::error::Error as Refused;
use snug_crypto::password::{auth_key, master_key};
use snug_crypto::prekeys::ONE_TIME_COUNT;
use snug_crypto::random;
use snug_crypto::secret::Secret;
use snug_crypto::slot::{SlotKeys, SlotKind};
use snug_crypto::unlock::{Unlocked, unlock};
use snug_crypto::words;
use uuid::Uuid;

/// How often signing in is tried while other devices change the account.
const ATTEMPTS: usize = 5;

/// A password that was turned into keys: what signs in, and what opens the account.
pub struct Password {
    pub account: Uuid,
    pub auth_key: Bytes<32>,
    master: Secret,
}

#[derive(Deserialize)]
struct Challenge {
    account: Uuid,
    salt: Bytes<16>,
    #[serde(flatten)]
    cost: Cost,
}

impl Password {
    /// Asks the node how the account's keys are made and makes them. Refuses parameters that make guessing cheap.
    pub async fn derive(api: &Api, name: &str, password: &str) -> Result<Password> {
        let challenge: Challenge = api.post_openly("/auth/prelogin", &json!({ "login": name })).await?;
        Password::of(challenge.account, password, &challenge.salt, challenge.cost)
    }

    /// The keys of a password for an account.
    pub fn of(account: Uuid, password: &str, salt: &Bytes<16>, cost: Cost) -> Result<Password> {
        let master = master_key(password, &salt.0, cost.into()).map_err(|e| Error::told(e.to_string()))?;
        let auth_key = Bytes(*auth_key(&master, account.as_bytes()));
        Ok(Password { account, auth_key, master })
    }

    /// From keys that were derived before: programs that keep them need no password.
    pub fn from_keys(account: Uuid, auth_key: Bytes<32>, master: Secret) -> Password {
        Password { account, auth_key, master }
    }

    /// The keys of the password's slot.
    pub(crate) fn slot(&self) -> SlotKeys {
        SlotKeys::derive(&id_of(self.account), SlotKind::Password, &*self.master)
    }
}

impl Client {
    /// Signs in with a password. Encryption is not touched yet: see [`Client::begin`].
    pub async fn sign_in(profile: Profile, store: Store, password: &Password, device_name: &str) -> Result<Client> {
        let mut client = Client::open(profile, store)?;
        let body = json!({ "login": client.profile.username, "auth_key": password.auth_key, "device_name": device_name });
        client.api.sign_in("/auth/login", &body).await?;
        client.keys.device = None;
        Ok(client)
    }

    /// Makes this a device of the account: sets the account up if nobody did, else unlocks it with the password.
    pub async fn begin(&mut self, password: &Password, kind: DeviceKind) -> Result<()> {
        let identity = self.identity().await?;
        match identity.head {
            // an account that was there once does not come to nothing
            None if self.keys.seen.contains_key(&self.me()) => Err(Error::Protocol(Refused::LogFork)),
            None => self.set_up(password, kind).await,
            Some(_) => self.unlock(&password.slot(), SlotKind::Password, kind).await,
        }
    }

    /// The same with the twelve recovery words.
    pub async fn begin_with_words(&mut self, text: &str, kind: DeviceKind) -> Result<()> {
        let entropy = words::read(text).map_err(|_| Error::told("These are not twelve recovery words. Check their spelling and order."))?;
        let keys = SlotKeys::derive(&self.me(), SlotKind::Words, &*entropy);
        self.unlock(&keys, SlotKind::Words, kind).await
    }

    async fn unlock(&mut self, slot: &SlotKeys, kind: SlotKind, device_kind: DeviceKind) -> Result<()> {
        for attempt in 1.. {
            let identity = self.identity().await?;
            match self.unlock_with(slot, kind, device_kind, identity).await {
                Err(error) if error.is("e2ee.conflict") && attempt < ATTEMPTS => {}
                Err(error) => return Err(error),
                Ok(()) => break,
            }
        }
        self.settle().await
    }

    async fn set_up(&mut self, password: &Password, kind: DeviceKind) -> Result<()> {
        let draft = self.root(Some(&password.slot()), kind, None)?;
        self.commit(draft, "/e2ee/identity").await?;
        self.settle().await
    }

    /// The first link of an identity with all that belongs to it. `reset_of` continues the log of a lost one.
    pub(crate) fn root(&self, slot: Option<&SlotKeys>, kind: DeviceKind, reset_of: Option<AccountLog>) -> Result<Draft> {
        let (me, now) = (self.me(), self.now());
        let (aik, device) = (snug_crypto::sign::SignKey::random()?, Device::random(now)?);
        let log = reset_of.unwrap_or_else(|| AccountLog::empty(me));
        let before = log.head();
        let mut keys = self.keys.clone();
        keys.begin_again();
        let listed = NewDevice::new(&me, &aik.public(), device.id, kind, &device.dsk(), device.dxk_public());
        keys.device = Some(device);
        keys.aik = Some(aik.public());
        // generations begin at 1 again
        let mut draft = Draft::new(AccountLog::empty(me), keys, now);
        draft.begins_again = true;
        let commits = draft.new_keys(&[Class::History, Class::Session])?;
        let ik = draft.new_ik(1)?;
        draft.log = log;
        let seq = before.map_or(0, |head| head.seq + 1);
        let mut slots = Vec::new();
        if let Some(slot) = slot {
            let record = slot.record(random::bytes()?, &aik, seq)?;
            slots.push(NewSlot { id: record.id, kind: record.kind, public: record.public });
            draft.change.slots.push(record);
        }
        let root = Change::Root { aik: aik.public(), device: listed, slots, keys: commits, ik, reset_of: before };
        draft.by_identity(&aik, root)?;
        draft.box_keys(&[Class::History, Class::Session])?;
        draft.new_prekeys(true, ONE_TIME_COUNT, true)?;
        Ok(draft)
    }

    async fn unlock_with(&mut self, slot: &SlotKeys, kind: SlotKind, device_kind: DeviceKind, identity: Identity) -> Result<()> {
        self.follow_account(self.me()).await?;
        let (unlocked, slot_id) = self.open_slot(&identity, slot, kind)?;
        let aik = self.own_log()?.aik();
        let device = Device::random(self.now())?;
        let mut draft = self.draft()?;
        draft.keys.begin_again();
        draft.keys.keep_account_key(Class::History, unlocked.history.0, unlocked.history.1);
        draft.keys.aik = aik;
        let listed = NewDevice::new(&self.me(), &unlocked.identity.public(), device.id, device_kind, &device.dsk(), device.dxk_public());
        let (id, dxk) = (device.id, device.dxk_public());
        draft.keys.device = Some(device);
        draft.by_identity(&unlocked.identity, Change::DeviceAdd { device: listed })?;
        draft.box_newest(Class::History, id, &dxk)?;
        // only devices have the session key, and perhaps none is left: a new one, so that messages go on arriving
        let keys = draft.new_keys(&[Class::Session])?;
        draft.by_identity(&unlocked.identity, Change::Keys { keys, ik: None })?;
        draft.box_keys(&[Class::Session])?;
        draft.new_prekeys(true, ONE_TIME_COUNT, true)?;
        // a tag that names the newest link, so that this slot opens nothing older
        let seq = draft.log.head().map_or(0, |head| head.seq);
        draft.change.slots.push(slot.record(slot_id, &unlocked.identity, seq)?);
        draft.begins_again = true;
        self.commit(draft, "/e2ee/identity/links").await.map(drop)
    }

    /// Opens the account's slot of a kind; with the slot's id. `BadKey`: these are not the slot's keys.
    pub(super) fn open_slot(&self, identity: &Identity, keys: &SlotKeys, kind: SlotKind) -> Result<(Unlocked, Id)> {
        let log = self.own_log()?;
        let missing = || Error::told("The account has no recovery of this kind. Use the password, the recovery words or another device.");
        let record = identity.slots.iter().find(|record| record.kind == kind).ok_or_else(missing)?;
        let newest = log.key(Class::History).map(|(generation, _)| generation);
        let is_newest = |boxed: &&KeyBox| boxed.holder == record.id && boxed.class == Class::History && Some(boxed.generation) == newest;
        let boxed = identity.boxes.iter().find(is_newest).ok_or_else(missing)?;
        Ok((unlock(keys, record, log, &boxed.sealed)?, record.id))
    }

    /// What a device does after it became one, and whenever it comes back: takes what it missed and does what is due.
    pub async fn settle(&mut self) -> Result<()> {
        let identity = self.take_news().await?;
        self.keep_house_with(identity).await
    }

    /// Takes what other devices of the account changed: links, keys, the vault.
    pub(crate) async fn take_news(&mut self) -> Result<Identity> {
        self.follow_account(self.me()).await?;
        let identity = self.identity().await?;
        self.open_boxes(&identity).await?;
        self.read_vault().await?;
        Ok(identity)
    }

    /// Fetches the account's keys if another device made new ones of which this one knows the link only.
    pub(crate) async fn take_own_keys(&mut self) -> Result<()> {
        let has_ik = self.own_log()?.ik().is_none_or(|(generation, _)| self.keys.ik.contains_key(&generation));
        if has_ik && self.has_newest(Class::History)? { Ok(()) } else { self.take_news().await.map(drop) }
    }

    /// Opens the account's keys that are boxed to this device.
    pub(crate) async fn open_boxes(&mut self, identity: &Identity) -> Result<()> {
        let log = self.own_log()?.clone();
        let (me, device) = (self.me(), self.device()?.clone());
        let mine: Vec<_> = identity.boxes.iter().filter(|boxed| boxed.holder == device.id).cloned().collect();
        self.update(|keys| {
            let before = keys.account.len();
            for boxed in mine {
                let Some(committed) = log.commit(boxed.class, boxed.generation) else { continue };
                if keys.account_key(boxed.class, boxed.generation).is_ok() {
                    continue;
                }
                let open = |dxk| {
                    snug_crypto::account_key::open_key(&dxk, &me, boxed.class, boxed.generation, &device.id, &boxed.sealed, &committed)
                };
                let mut last = None;
                for dxk in device.dxks() {
                    match open(dxk) {
                        Ok(key) => {
                            keys.keep_account_key(boxed.class, boxed.generation, key);
                            last = None;
                            break;
                        }
                        Err(error) => last = Some(error),
                    }
                }
                // one that was sealed to a key from before the last exchange opens no more, and is not needed
                if let Some(error) = last
                    && Some(boxed.generation) == log.key(boxed.class).map(|(generation, _)| generation)
                {
                    return Err(error.into());
                }
            }
            if keys.account.len() > before {
                // what was passed over for want of this key is looked at again
                keys.vault_version = keys.missed.take().into_iter().chain([keys.vault_version]).min().unwrap_or(0);
            }
            Ok(())
        })
        .await
    }
}
