//! Unlocking an account with nothing but a password, recovery words or a passkey. `docs/encryption.md`, "Unlocking".
use crate::account_key::{Class, commit, open_key};
use crate::account_log::AccountLog;
use crate::bytes::Public;
use crate::error::{Error, Result};
use crate::sealed_box::SealedBox;
use crate::secret::{self, Secret};
use crate::sign::SignKey;
use crate::slot::{SlotKeys, SlotRecord};
use crate::vault::{Item, VaultItem, open_item};

/// What a slot opens.
pub struct Unlocked {
    /// The account's identity. In memory only while something needs it.
    pub identity: SignKey,
    /// The newest history key and its generation.
    pub history: (u64, Secret),
}

/// Checks that the verified log is that of the account that the slot was made for, and opens identity and history key.
///
/// `bad_key` if the record is another slot's; `bad_signature` if the account is not the one that the tag names; `log_fork` if the log
/// is older than the slot; `locked` if the slot is not in the log any more; `bad_seal`, `bad_commit`.
pub fn unlock(keys: &SlotKeys, record: &SlotRecord, log: &AccountLog, history: &SealedBox) -> Result<Unlocked> {
    let tagged = tagged_identity(keys, record, log)?;
    let newest = log.aik().ok_or(Error::NoKeys)?;
    if !log.continues(&tagged, &newest) {
        return Err(Error::BadSignature);
    }
    if log.head().is_none_or(|head| head.seq < record.min_seq) {
        return Err(Error::LogFork);
    }
    let is_listed = log.active_slots().any(|(id, slot)| *id == record.id && slot.public == record.public);
    if !is_listed {
        return Err(Error::Locked);
    }
    let (generation, committed) = log.key(Class::History).ok_or(Error::NoKeys)?;
    let key = open_key(&keys.key, &log.account(), Class::History, generation, &record.id, history, &committed)?;
    let identity = keys.open_identity(record, &tagged)?;
    // after a rotation the slots are sealed anew, with tags of the new identity
    if identity.public() == newest { Ok(Unlocked { identity, history: (generation, key) }) } else { Err(Error::Locked) }
}

/// Which of the log's identities the tag names.
fn tagged_identity(keys: &SlotKeys, record: &SlotRecord, log: &AccountLog) -> Result<Public> {
    let mut last = Error::BadSignature;
    for identity in log.identities().iter().rev() {
        match keys.check(record, &identity.aik) {
            Ok(()) => return Ok(identity.aik),
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// The history key of the generation before, from the vault item that it was sealed into; checked against the log.
/// `locked` if there was none before, and as `vault::open_item`; `bad_commit`.
pub fn previous_history_key(log: &AccountLog, generation: u64, key: &Secret, stored: &VaultItem) -> Result<Secret> {
    let before = generation.checked_sub(1).filter(|before| *before > 0).ok_or(Error::Locked)?;
    if (stored.class, stored.generation) != (Class::History, generation) {
        return Err(Error::BadFormat("item"));
    }
    let previous = secret::from_slice(&open_item(key, &log.account(), &Item::Previous(before), stored, 0)?)?;
    let committed = log.commit(Class::History, before).ok_or(Error::Locked)?;
    let made = commit(&log.account(), Class::History, before, &previous);
    if secret::equal(&made.0, &committed.0) { Ok(previous) } else { Err(Error::BadCommit) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account_key::seal_key;
    use crate::account_log::body::{Change, NewSlot};
    use crate::actors::Actor;
    use crate::seal::Fresh;
    use crate::slot::SlotKind;
    use crate::vault::seal_item;
    use crate::vectors::{self, id};

    struct Scene {
        alice: Actor,
        keys: SlotKeys,
        record: SlotRecord,
        history: SealedBox,
    }

    fn scene() -> Scene {
        let mut alice = Actor::new("alice");
        let keys = SlotKeys::derive(&alice.account, SlotKind::Words, &[7; 16]);
        let slot = NewSlot { id: id("words"), kind: SlotKind::Words, public: keys.key.public() };
        let link = alice.by_identity(Change::Slots { set: vec![slot], del: vec![] });
        alice.accept(link);
        let record = keys.record(id("words"), &alice.aik, 1).unwrap();
        let history = boxed(&alice, &keys, 1);
        Scene { alice, keys, record, history }
    }

    fn boxed(alice: &Actor, keys: &SlotKeys, generation: u64) -> SealedBox {
        let key = vectors::secret(&format!("alice-h{generation}"));
        seal_key(&keys.key.public(), &alice.account, Class::History, generation, &id("words"), &key).unwrap()
    }

    #[test]
    fn twelve_words_open_everything() {
        let Scene { alice, keys, record, history } = scene();
        let unlocked = unlock(&keys, &record, &alice.log, &history).unwrap();
        assert_eq!(unlocked.identity.public(), alice.aik.public());
        assert_eq!(unlocked.history, (1, vectors::secret("alice-h1")));
        let wrong = SlotKeys::derive(&alice.account, SlotKind::Words, &[8; 16]);
        assert_eq!(unlock(&wrong, &record, &alice.log, &history).err(), Some(Error::BadKey));
    }

    #[test]
    fn an_invented_account_or_an_old_log_does_not() {
        let Scene { mut alice, keys, record, history } = scene();
        let before = AccountLog::verify(alice.account, &alice.links[..1]).unwrap();
        assert_eq!(unlock(&keys, &record, &before, &history).err(), Some(Error::LogFork));
        // the node's own account under the same id, boxed to the known slot
        let mut invented = Actor::new("node");
        invented.account = alice.account;
        invented.log = AccountLog::empty(alice.account);
        let link = invented.by_identity(invented.root("", None));
        invented.log.append(&link).unwrap();
        assert_eq!(unlock(&keys, &record, &invented.log, &history).err(), Some(Error::BadSignature));

        let link = alice.by_identity(Change::Slots { set: vec![], del: vec![id("words")] });
        alice.accept(link);
        assert_eq!(unlock(&keys, &record, &alice.log, &history).err(), Some(Error::Locked));
        alice.reset();
        assert_eq!(unlock(&keys, &record, &alice.log, &history).err(), Some(Error::BadSignature));
    }

    #[test]
    fn older_history_keys_follow_from_the_newest() {
        let Scene { mut alice, keys, record, .. } = scene();
        let link = alice.by_device(Change::Keys { keys: vec![alice.commit(Class::History, 2)], ik: None });
        alice.accept(link);
        let (generation, newest) = unlock(&keys, &record, &alice.log, &boxed(&alice, &keys, 2)).unwrap().history;
        let place = (Class::History, 2);
        let store = |name: &str| {
            let fresh = Fresh::random().unwrap();
            seal_item(&newest, &alice.account, place, &Item::Previous(1), 1, &*vectors::secret(name), fresh).unwrap()
        };
        let open = |stored: &VaultItem| previous_history_key(&alice.log, generation, &newest, stored);
        assert_eq!(open(&store("alice-h1")), Ok(vectors::secret("alice-h1")));
        assert_eq!(open(&store("other")), Err(Error::BadCommit));
        assert_eq!(previous_history_key(&alice.log, 1, &newest, &store("alice-h1")), Err(Error::Locked));
    }
}
