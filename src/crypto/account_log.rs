//! An account's log: its identity, devices, slots and keys, each change signed. `docs/encryption.md`, "Signed logs".
//!
//! The node orders and stores links and cannot write one: a device or key that is not in the verified log does not exist.
pub mod body;
mod fold;
pub mod rotation;

use crate::account_key::Class;
use crate::bytes::{Hash, Id, Public};
use crate::error::{Error, Result, Rule};
use crate::link::{Chain, Head, Link};
use crate::slot::SlotKind;
use body::DeviceKind;
use rotation::Rotation;
use std::collections::BTreeMap;

/// The most links in a log.
pub const MAX_LINKS: u64 = 5_000;
/// The most devices that are active at a time.
pub const MAX_DEVICES: usize = 20;
/// The most slots that are active at a time.
pub const MAX_SLOTS: usize = 20;

/// A device that is or was in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    pub dsk: Public,
    pub dxk: Public,
    pub kind: DeviceKind,
    /// How many resets lie before it: devices of before a reset are of another identity.
    pub era: u64,
    /// The link that added it.
    pub added: u64,
    /// The link that ended it.
    pub ended: Option<u64>,
}

/// A slot that is or was in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    pub kind: SlotKind,
    pub public: Public,
    pub is_active: bool,
}

/// An identity that the account has or had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    pub aik: Public,
    /// How many resets lie before it. Identities of one era follow each other by signed rotations.
    pub era: u64,
    /// The link that brought it.
    pub since: u64,
}

/// Something after which conversations need a new epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Break {
    pub seq: u64,
    /// Unix seconds, as the link says.
    pub at: u64,
}

/// The current key of a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Key {
    era: u64,
    class: Class,
    generation: u64,
    commit: Hash,
}

/// The identity's X25519 key of a generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct DhGeneration {
    era: u64,
    generation: u64,
    public: Public,
}

/// A verified log. Made only by verifying every link in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountLog {
    account: Id,
    chain: Chain,
    identities: Vec<Identity>,
    devices: BTreeMap<Id, Device>,
    slots: BTreeMap<Id, Slot>,
    keys: Vec<Key>,
    dh: Vec<DhGeneration>,
    breaks: Vec<Break>,
}

impl AccountLog {
    /// Verifies a whole log. `e2ee_no_keys` if it is empty; otherwise as [`AccountLog::append`].
    pub fn verify(account: Id, links: &[Link]) -> Result<AccountLog> {
        let mut log = AccountLog::empty(account);
        for link in links {
            log.append(link)?;
        }
        if log.chain.is_empty() { Err(Error::NoKeys) } else { Ok(log) }
    }

    /// A log without links, for whoever follows one from its start.
    pub fn empty(account: Id) -> AccountLog {
        AccountLog {
            account,
            chain: Chain::default(),
            identities: Vec::new(),
            devices: BTreeMap::new(),
            slots: BTreeMap::new(),
            keys: Vec::new(),
            dh: Vec::new(),
            breaks: Vec::new(),
        }
    }

    /// Verifies the next link and follows it; nothing changes if it is refused. Gives what goes into `key_rotation_history`.
    ///
    /// `newer` (stop, and encrypt nothing to this account), `bad_signature`, `bad_key`, `e2ee_too_large`, `e2ee_bad_link`.
    pub fn append(&mut self, link: &Link) -> Result<Vec<Rotation>> {
        fold::append(self, link)
    }

    /// Refuses a log that lacks what was seen earlier, or has something else in its place: `log_fork`.
    pub fn check_seen(&self, seen: &Head) -> Result<()> {
        self.chain.check(seen).map_err(|_| Error::LogFork)
    }

    /// Whose log it is.
    pub fn account(&self) -> Id {
        self.account
    }

    /// The links' hashes.
    pub fn chain(&self) -> &Chain {
        &self.chain
    }

    /// The last link, if there is one.
    pub fn head(&self) -> Option<Head> {
        self.chain.head()
    }

    /// The identity, if the log is not empty.
    pub fn aik(&self) -> Option<Public> {
        self.identities.last().map(|identity| identity.aik)
    }

    /// All identities that the account had, in order.
    pub fn identities(&self) -> &[Identity] {
        &self.identities
    }

    /// The identity that was in force after this link.
    pub fn identity_at(&self, seq: u64) -> Option<&Identity> {
        self.identities.iter().rev().find(|identity| identity.since <= seq)
    }

    /// How many resets there were.
    pub fn era(&self) -> u64 {
        self.identities.last().map_or(0, |identity| identity.era)
    }

    /// The era of an identity; none if the account never had it.
    pub fn era_of(&self, aik: &Public) -> Option<u64> {
        self.identities.iter().find(|identity| identity.aik == *aik).map(|identity| identity.era)
    }

    /// Whether the second identity is the first, or follows it by signed rotations alone.
    pub fn continues(&self, from: &Public, to: &Public) -> bool {
        let at = |aik: &Public| self.identities.iter().position(|identity| identity.aik == *aik);
        match (at(from), at(to)) {
            (Some(from), Some(to)) => from <= to && self.identities[from].era == self.identities[to].era,
            _ => false,
        }
    }

    /// A device, active or not.
    pub fn device(&self, id: &Id) -> Option<&Device> {
        self.devices.get(id)
    }

    /// All devices, those of before too, by id.
    pub fn devices(&self) -> impl Iterator<Item = (&Id, &Device)> {
        self.devices.iter()
    }

    /// The devices that are active, by id.
    pub fn active_devices(&self) -> impl Iterator<Item = (&Id, &Device)> {
        self.devices.iter().filter(|(_, device)| device.ended.is_none())
    }

    /// A device that was active after this link: `e2ee_bad_link` (signer), `need_log` if the log does not go so far.
    pub fn device_at(&self, id: &Id, seq: u64) -> Result<&Device> {
        if seq >= self.chain.len() {
            return Err(Error::NeedLog);
        }
        let device = self.devices.get(id).ok_or(Error::BadLink(Rule::Signer))?;
        let was_active = device.added <= seq && device.ended.is_none_or(|ended| seq < ended);
        if was_active { Ok(device) } else { Err(Error::BadLink(Rule::Signer)) }
    }

    /// The slots that are active, by id.
    pub fn active_slots(&self) -> impl Iterator<Item = (&Id, &Slot)> {
        self.slots.iter().filter(|(_, slot)| slot.is_active)
    }

    /// The current generation of a class and its commitment.
    pub fn key(&self, class: Class) -> Option<(u64, Hash)> {
        let key = self.keys.iter().rev().find(|key| key.class == class)?;
        Some((key.generation, key.commit))
    }

    /// The commitment to the key of a class and generation, since the last reset.
    pub fn commit(&self, class: Class, generation: u64) -> Option<Hash> {
        let era = self.era();
        let wanted = |key: &&Key| (key.era, key.class, key.generation) == (era, class, generation);
        self.keys.iter().find(wanted).map(|key| key.commit)
    }

    /// The identity's current X25519 key and its generation.
    pub fn ik(&self) -> Option<(u64, Public)> {
        self.dh.last().map(|dh| (dh.generation, dh.public))
    }

    /// The identity's X25519 key of a generation of an era.
    pub fn ik_of(&self, era: u64, generation: u64) -> Option<Public> {
        self.dh.iter().find(|dh| (dh.era, dh.generation) == (era, generation)).map(|dh| dh.public)
    }

    /// What conversations need a new epoch after: revoked devices, changed identities.
    pub fn breaks(&self) -> &[Break] {
        &self.breaks
    }
}

#[cfg(test)]
mod tests;
