//! What this device knows that nobody else may: its own keys, the account's keys, the conversations' secrets.
//!
//! All of it but the device's own keys can be had again from the vault.
use crate::error::{Error, Result};
use crate::store::Store;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use snug_crypto::account_key::Class;
use snug_crypto::bytes::{Bytes, Id, Public};
use snug_crypto::dh::DhKey;
use snug_crypto::link::Head;
use snug_crypto::secret::Secret;
use snug_crypto::sign::SignKey;
use std::collections::{BTreeMap, BTreeSet};
use zeroize::Zeroizing;

const FILE: &str = "keys";

/// A secret that can be written into a sealed file.
#[derive(Clone, PartialEq, Eq)]
pub struct Hidden(pub Secret);

impl Serialize for Hidden {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        Bytes(*self.0).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Hidden {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        Bytes::<32>::deserialize(deserializer).map(|bytes| Hidden(Zeroizing::new(bytes.0)))
    }
}

/// This device.
#[derive(Clone, Serialize, Deserialize)]
pub struct Device {
    pub id: Id,
    dsk: Hidden,
    /// The newest first; an older one may still be needed for boxes that are under way.
    dxk: Vec<Hidden>,
    /// When the newest one was made, Unix seconds.
    pub rekeyed_at: u64,
}

impl Device {
    /// A new one; `no_randomness`.
    pub fn random(now: u64) -> Result<Device> {
        Ok(Device {
            id: snug_crypto::random::bytes()?,
            dsk: Hidden(SignKey::random()?.seed()),
            dxk: vec![Hidden(DhKey::random()?.secret())],
            rekeyed_at: now,
        })
    }

    /// The key that signs.
    pub fn dsk(&self) -> SignKey {
        SignKey::from_seed(&self.dsk.0)
    }

    /// The keys that are sealed to, the newest first.
    pub fn dxks(&self) -> impl Iterator<Item = DhKey> {
        self.dxk.iter().map(|key| DhKey::from_secret(&key.0))
    }

    /// The public half of the newest key that is sealed to.
    pub fn dxk_public(&self) -> Public {
        self.dxks().next().map_or(Bytes([0; 32]), |key| key.public())
    }

    /// Another key to seal to; the one before is kept until the next.
    pub fn renew_dxk(&mut self, key: &DhKey, now: u64) {
        self.dxk.insert(0, Hidden(key.secret()));
        self.dxk.truncate(2);
        self.rekeyed_at = now;
    }
}

/// One of the account's keys.
#[derive(Clone, Serialize, Deserialize)]
pub struct AccountKey {
    pub class: Class,
    pub generation: u64,
    pub key: Hidden,
}

/// The private half of a prekey.
#[derive(Clone, Serialize, Deserialize)]
pub struct Prekey {
    pub secret: Hidden,
    pub is_one_time: bool,
    /// When it was made (Unix seconds, by this device's clock) or first seen here.
    pub at: u64,
}

/// What the account's owner thinks of somebody's identity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trust {
    pub aik: Public,
    pub is_verified: bool,
    /// Unix seconds.
    pub at: u64,
}

/// Everything of this device that lasts.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Keys {
    pub device: Option<Device>,
    /// The account's identity, as it was first verified here; the log leads from it to the present one.
    pub aik: Option<Public>,
    pub account: Vec<AccountKey>,
    /// Private halves of the identity's X25519 keys, by generation.
    pub ik: BTreeMap<u64, Hidden>,
    pub prekeys: BTreeMap<Id, Prekey>,
    /// One-time prekeys that were used: their private halves are gone here, and leave the vault with the next change.
    #[serde(default)]
    pub spent: BTreeSet<Id>,
    /// By conversation, then epoch.
    pub epochs: BTreeMap<Id, BTreeMap<u64, Hidden>>,
    /// Those of them whose item in the vault lies under the session key: what is not backed up.
    #[serde(default)]
    pub unbacked: BTreeMap<Id, BTreeSet<u64>>,
    pub trust: BTreeMap<Id, Trust>,
    /// The highest revision seen of each vault item, by kind and name.
    pub revisions: BTreeMap<String, u64>,
    pub vault_version: i64,
    /// After this version of the vault lies something that was passed over for want of its key.
    #[serde(default)]
    pub missed: Option<i64>,
    /// How far each log was seen: nobody can take that back.
    pub seen: BTreeMap<Id, Head>,
}

impl Keys {
    /// Reads them; empty for a new folder.
    pub fn read(store: &Store) -> Result<Keys> {
        match store.read(FILE)? {
            Some(text) => serde_json::from_slice(&text).map_err(|e| Error::Answer(format!("keys: {e}"))),
            None => Ok(Keys::default()),
        }
    }

    /// Replaces what is stored.
    pub fn write(&self, store: &Store) -> Result<()> {
        let text = Zeroizing::new(serde_json::to_vec(self).map_err(|e| Error::Answer(format!("keys: {e}")))?);
        store.write(FILE, &text)
    }

    /// The newest key of a class that is here.
    pub fn newest(&self, class: Class) -> Option<&AccountKey> {
        self.account.iter().filter(|key| key.class == class).max_by_key(|key| key.generation)
    }

    /// A key of the account; `Locked` if it is not here.
    pub fn account_key(&self, class: Class, generation: u64) -> Result<&Secret> {
        let found = self.account.iter().find(|key| (key.class, key.generation) == (class, generation));
        found.map(|key| &key.key.0).ok_or(Error::Protocol(snug_crypto::error::Error::Locked))
    }

    /// Keeps a key of the account.
    pub fn keep_account_key(&mut self, class: Class, generation: u64, key: Secret) {
        self.account.retain(|known| (known.class, known.generation) != (class, generation));
        self.account.push(AccountKey { class, generation, key: Hidden(key) });
    }

    /// The secret of an epoch, if it is here.
    pub fn epoch(&self, conversation: &Id, epoch: u64) -> Option<&Secret> {
        self.epochs.get(conversation)?.get(&epoch).map(|key| &key.0)
    }

    /// Notes under which class the vault has an epoch's secret.
    pub fn note_backup(&mut self, class: Class, conversation: Id, epoch: u64) {
        let unbacked = self.unbacked.entry(conversation).or_default();
        let _ = if class == Class::Session { unbacked.insert(epoch) } else { unbacked.remove(&epoch) };
        if unbacked.is_empty() {
            self.unbacked.remove(&conversation);
        }
    }

    /// Forgets what belongs to the identity of before a reset, this device included. Epochs are kept: they still open what they opened.
    pub fn begin_again(&mut self) {
        self.device = None;
        self.aik = None;
        self.account.clear();
        self.ik.clear();
        self.prekeys.clear();
        self.spent.clear();
        self.unbacked.clear();
        self.revisions.clear();
        self.vault_version = 0;
        self.missed = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Profile, Unlock};

    #[test]
    fn lasts() {
        let folder = tempfile::tempdir().unwrap();
        let profile =
            Profile { url: String::new(), username: String::new(), user_id: uuid::Uuid::nil(), authority: None, unlock: Unlock::File };
        let store = Store::create(folder.path(), &profile, None).unwrap();
        let mut keys = Keys { device: Some(Device::random(7).unwrap()), ..Keys::default() };
        keys.keep_account_key(Class::History, 1, Zeroizing::new([1; 32]));
        keys.keep_account_key(Class::History, 2, Zeroizing::new([2; 32]));
        keys.epochs.entry(Bytes([5; 16])).or_default().insert(3, Hidden(Zeroizing::new([9; 32])));
        keys.write(&store).unwrap();
        let again = Keys::read(&store).unwrap();
        assert_eq!(again.newest(Class::History).unwrap().generation, 2);
        assert_eq!(**again.epoch(&Bytes([5; 16]), 3).unwrap(), [9; 32]);
        assert_eq!(again.device.unwrap().dsk().public(), keys.device.unwrap().dsk().public());
    }
}
