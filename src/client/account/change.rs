//! Putting a change of the account together: links, boxes, slots, vault items, prekeys that go to the node at once.
use crate::client::Client;
use crate::error::{Error, Result};
use crate::keys::{Hidden, Keys, Prekey};
use crate::vault::{note_stored, seal_next};
use crate::wire::{AccountChange, Identity, KeyBox, NewPrekeys};
use snug_crypto::account_key::{Class, commit, seal_key};
use snug_crypto::account_log::AccountLog;
use snug_crypto::account_log::body::{Body, Change, IdentityDh, KeyCommit, Signer};
use snug_crypto::bytes::{Id, Public};
use snug_crypto::dh::DhKey;
use snug_crypto::error::Error as Refused;
use snug_crypto::prekeys::{BundleIk, ONE_TIME_COUNT, OneTimePrekey, SignedPrekey};
use snug_crypto::random;
use snug_crypto::secret::Secret;
use snug_crypto::sign::SignKey;
use snug_crypto::vault::Item;

/// Private prekeys that are kept.
const MOST_PREKEYS: usize = 350;
/// Items of the vault that the node takes in one change.
const MOST_ITEMS: usize = 500;
/// Items of the vault that one change drops.
pub(crate) const MOST_DROPPED: usize = 400;

/// A change in the making, on copies of the log and the keys: nothing of it counts before the node took it.
pub(crate) struct Draft {
    pub log: AccountLog,
    pub keys: Keys,
    pub change: AccountChange,
    /// Whether this device is new: what the folder held before is of another one.
    pub begins_again: bool,
    me: Id,
    now: u64,
}

impl Draft {
    pub(crate) fn new(log: AccountLog, keys: Keys, now: u64) -> Draft {
        Draft { me: log.account(), log, keys, change: AccountChange::default(), begins_again: false, now }
    }

    /// Adds a link signed by the identity.
    pub(crate) fn by_identity(&mut self, aik: &SignKey, change: Change) -> Result<()> {
        self.sign(Signer::Identity, change, aik)
    }

    /// Adds a link signed by this device.
    pub(crate) fn by_device(&mut self, change: Change) -> Result<()> {
        let device = self.keys.device.as_ref().ok_or(Error::Protocol(Refused::Locked))?;
        let (id, key) = (device.id, device.dsk());
        self.sign(Signer::Device(id), change, &key)
    }

    fn sign(&mut self, by: Signer, change: Change, key: &SignKey) -> Result<()> {
        let head = self.log.head();
        let (seq, prev) = (head.map_or(0, |head| head.seq + 1), head.map(|head| head.hash));
        let link = Body { account: self.me, seq, prev, at: self.now, by, change }.sign(key);
        // what the others would refuse is not sent
        self.log.append(&link)?;
        self.change.links.push(link);
        Ok(())
    }

    /// New random keys of these classes, one generation up: their commitments for a link. Boxes are made by [`Draft::box_keys`] once
    /// the link stands.
    pub(crate) fn new_keys(&mut self, classes: &[Class]) -> Result<Vec<KeyCommit>> {
        let mut commits = Vec::new();
        for class in classes {
            let (key, before) = (random::secret()?, self.keys.newest(*class).cloned());
            let generation = self.log.key(*class).map_or(1, |(generation, _)| generation + 1);
            self.keys.keep_account_key(*class, generation, key.clone());
            commits.push(KeyCommit { class: *class, generation, commit: commit(&self.me, *class, generation, &key) });
            // who has the newest history key reads back
            if let Some(before) = before.filter(|before| *class == Class::History && before.generation + 1 == generation) {
                let item = seal_next(&self.keys, &self.me, Class::History, &Item::Previous(before.generation), &*before.key.0)?;
                self.change.vault.push(item);
            }
        }
        Ok(commits)
    }

    /// A new X25519 key of the identity.
    pub(crate) fn new_ik(&mut self, generation: u64) -> Result<IdentityDh> {
        let key = DhKey::random()?;
        self.keys.ik.insert(generation, Hidden(key.secret()));
        let item = seal_next(&self.keys, &self.me, Class::History, &Item::IdentityDh(generation), &*key.secret())?;
        self.change.vault.push(item);
        Ok(IdentityDh { generation, public: key.public() })
    }

    /// Boxes the newest keys of these classes to every active device and (history only) every slot.
    pub(crate) fn box_keys(&mut self, classes: &[Class]) -> Result<()> {
        let mut holders: Vec<(Id, Public, bool)> = self.log.active_devices().map(|(id, device)| (*id, device.dxk, false)).collect();
        holders.extend(self.log.active_slots().map(|(id, slot)| (*id, slot.public, true)));
        for class in classes {
            for (holder, public, is_slot) in &holders {
                if *class == Class::History || !is_slot {
                    self.box_newest(*class, *holder, public)?;
                }
            }
        }
        Ok(())
    }

    /// Boxes the newest key of a class to one holder.
    pub(crate) fn box_newest(&mut self, class: Class, holder: Id, public: &Public) -> Result<()> {
        let newest = self.keys.newest(class).ok_or(Error::Protocol(Refused::Locked))?;
        let sealed = seal_key(public, &self.me, class, newest.generation, &holder, &newest.key.0)?;
        self.change.boxes.push(KeyBox { class, generation: newest.generation, holder, sealed });
        Ok(())
    }

    /// A new signed prekey if `signed`, and so many one-time ones.
    pub(crate) fn new_prekeys(&mut self, signed: bool, one_time: usize, replace: bool) -> Result<()> {
        let device = self.keys.device.clone().ok_or(Error::Protocol(Refused::Locked))?;
        let (generation, public) = self.log.ik().ok_or(Error::Protocol(Refused::NoKeys))?;
        let ik = BundleIk { generation, public };
        let mut prekeys = NewPrekeys { signed: None, one_time: Vec::new(), replace };
        if signed {
            let (id, public) = self.new_prekey(false)?;
            prekeys.signed = Some(SignedPrekey::sign(&self.me, &ik, id, public, self.now, (device.id, &device.dsk())));
        }
        for _ in 0..one_time.min(ONE_TIME_COUNT) {
            let (id, public) = self.new_prekey(true)?;
            prekeys.one_time.push(OneTimePrekey { id, public });
        }
        self.change.prekeys = Some(prekeys);
        Ok(())
    }

    fn new_prekey(&mut self, is_one_time: bool) -> Result<(Id, Public)> {
        let (id, key): (Id, DhKey) = (random::bytes()?, DhKey::random()?);
        let item = if is_one_time { Item::OneTimePrekey(id) } else { Item::SignedPrekey(id) };
        let sealed = seal_next(&self.keys, &self.me, Class::Session, &item, &*key.secret())?;
        self.change.vault.push(sealed);
        self.keys.prekeys.insert(id, Prekey { secret: Hidden(key.secret()), is_one_time, at: self.now });
        Ok((id, key.public()))
    }

    /// Seals anew, under the newest session key, what lay under the one before: its private prekeys and secrets that are not backed up.
    /// As many as a request has room for, the newest epochs first: the others lie under a key that devices hand on as well.
    pub(crate) fn reseal_session(&mut self) -> Result<()> {
        self.drop_surplus();
        let prekeys: Vec<(Id, bool, Secret)> =
            self.keys.prekeys.iter().map(|(id, prekey)| (*id, prekey.is_one_time, prekey.secret.0.clone())).collect();
        for (id, is_one_time, secret) in prekeys {
            let item = if is_one_time { Item::OneTimePrekey(id) } else { Item::SignedPrekey(id) };
            self.reseal(&item, &secret)?;
        }
        // new prekeys may come after this
        let to_come = if self.change.prekeys.is_none() { ONE_TIME_COUNT + 1 } else { 0 };
        let room = MOST_ITEMS.saturating_sub(self.change.vault.len() + to_come);
        let newest_first = self.keys.unbacked.iter().map(|(id, epochs)| epochs.iter().rev().map(|epoch| (*id, *epoch)).collect());
        let newest_first: Vec<Vec<(Id, u64)>> = newest_first.collect();
        let longest = newest_first.iter().map(Vec::len).max().unwrap_or(0);
        let in_turn = (0..longest).flat_map(|at| newest_first.iter().filter_map(move |epochs| epochs.get(at)));
        for (conversation, epoch) in in_turn.take(room) {
            if let Some(secret) = self.keys.epoch(conversation, *epoch).cloned() {
                self.reseal(&Item::Epoch(*conversation, *epoch), &secret)?;
            }
        }
        Ok(())
    }

    /// A request has room for so many items only: the oldest prekeys go. Who sealed to one of them is asked again.
    fn drop_surplus(&mut self) {
        let mut ages: Vec<(u64, Id)> = self.keys.prekeys.iter().map(|(id, prekey)| (prekey.at, *id)).collect();
        ages.sort_unstable_by(|a, b| b.cmp(a));
        for (_, id) in ages.into_iter().skip(MOST_PREKEYS) {
            self.drop_prekey(&id);
        }
    }

    /// Forgets a prekey's private half, here and in the vault.
    pub(crate) fn drop_prekey(&mut self, id: &Id) {
        if let Some(prekey) = self.keys.prekeys.remove(id) {
            let item = if prekey.is_one_time { Item::OneTimePrekey(*id) } else { Item::SignedPrekey(*id) };
            self.keys.spent.insert(*id);
            if self.change.drop.len() < MOST_DROPPED {
                self.change.drop.push(crate::vault::name_of(&item));
            }
        }
    }

    fn reseal(&mut self, item: &Item, secret: &Secret) -> Result<()> {
        // an item that is in this change already lies under the newest key
        let is_new = self.change.vault.iter().any(|other| other.kind == item.kind() && other.item.0 == item.name());
        if !is_new {
            let sealed = seal_next(&self.keys, &self.me, Class::Session, item, &**secret)?;
            self.change.vault.push(sealed);
        }
        Ok(())
    }
}

impl Client {
    /// A draft on what is known now.
    pub(crate) fn draft(&self) -> Result<Draft> {
        Ok(Draft::new(self.own_log()?.clone(), self.keys.clone(), self.now()))
    }

    /// Sends a draft; once the node took it, it counts here too. `e2ee.conflict` if another device was faster: follow the log and make it
    /// anew.
    pub(crate) async fn commit(&mut self, draft: Draft, path: &str) -> Result<Identity> {
        let Draft { log, mut keys, change, begins_again, me, .. } = draft;
        let identity: Identity = self.api.post(path, &change).await?;
        let dropped: Vec<Id> = change.drop.iter().filter_map(|item| Id::from_slice(&item.item.0).ok()).collect();
        change.vault.iter().for_each(|item| note_stored(&mut keys, item));
        if let Some(head) = log.head() {
            keys.seen.insert(me, head);
        }
        let from = log.chain().len() - change.links.len() as u64;
        self.accounts.insert(me, log);
        self.history.keep_links(self.profile.user_id, from, &change.links)?;
        self.update(|stored| {
            if begins_again {
                stored.begin_again();
            }
            merge(stored, keys);
            stored.spent.retain(|id| !dropped.contains(id));
            Ok(())
        })
        .await?;
        Ok(identity)
    }
}

/// Takes over what a draft made, on top of what another program may have stored in the meantime.
fn merge(stored: &mut Keys, made: Keys) {
    let before = std::mem::replace(stored, made);
    for (conversation, epochs) in before.unbacked {
        let is_new = |epoch: &u64| stored.epoch(&conversation, *epoch).is_none();
        let epochs: Vec<u64> = epochs.into_iter().filter(is_new).collect();
        stored.unbacked.entry(conversation).or_default().extend(epochs);
    }
    for (conversation, epochs) in before.epochs {
        let known = stored.epochs.entry(conversation).or_default();
        for (epoch, secret) in epochs {
            known.entry(epoch).or_insert(secret);
        }
    }
    for (id, prekey) in before.prekeys {
        stored.prekeys.entry(id).or_insert(prekey);
    }
    stored.spent.extend(before.spent);
    stored.missed = stored.missed.into_iter().chain(before.missed).min();
    for id in &stored.spent {
        stored.prekeys.remove(id);
    }
    stored.vault_version = stored.vault_version.min(before.vault_version);
    for key in before.account {
        if stored.account_key(key.class, key.generation).is_err() {
            stored.account.push(key);
        }
    }
    for (name, rev) in before.revisions {
        let known = stored.revisions.entry(name).or_insert(rev);
        *known = (*known).max(rev);
    }
    for (account, trust) in before.trust {
        stored.trust.entry(account).or_insert(trust);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use snug_crypto::bytes::Bytes;
    use zeroize::Zeroizing;

    fn prekey(at: u64) -> Prekey {
        Prekey { secret: Hidden(Zeroizing::new([1; 32])), is_one_time: true, at }
    }

    #[test]
    fn what_another_program_stored_stays() {
        let id = |n: u8| Bytes([n; 16]);
        let mut stored = Keys { vault_version: 7, missed: Some(3), ..Keys::default() };
        stored.epochs.entry(id(1)).or_default().insert(4, Hidden(Zeroizing::new([4; 32])));
        stored.prekeys.insert(id(2), prekey(1));
        stored.prekeys.insert(id(3), prekey(1));
        stored.spent.insert(id(4));
        stored.revisions.insert("epoch:x".to_owned(), 2);
        let mut made = Keys { vault_version: 9, ..Keys::default() };
        made.spent.insert(id(3));
        made.prekeys.insert(id(4), prekey(1));
        made.revisions.insert("epoch:x".to_owned(), 1);
        merge(&mut stored, made);
        assert!(stored.epoch(&id(1), 4).is_some());
        assert_eq!(stored.prekeys.keys().copied().collect::<Vec<_>>(), [id(2)], "used ones are gone on both sides");
        assert_eq!(stored.revisions["epoch:x"], 2);
        assert_eq!((stored.vault_version, stored.missed), (7, Some(3)), "nothing in between is passed over");
    }

    #[test]
    fn a_change_holds_no_more_prekeys_than_the_node_takes() {
        let mut keys = Keys::default();
        keys.keep_account_key(Class::Session, 1, Zeroizing::new([1; 32]));
        for n in 0..600_u64 {
            let mut id = [0; 16];
            id[..8].copy_from_slice(&n.to_be_bytes());
            keys.prekeys.insert(Bytes(id), prekey(n));
        }
        let mut draft = Draft::new(AccountLog::empty(Bytes([1; 16])), keys, 1_000);
        draft.reseal_session().unwrap();
        assert_eq!(draft.change.vault.len(), MOST_PREKEYS);
        assert!(draft.keys.prekeys.values().all(|prekey| prekey.at >= 250), "the oldest go");
        assert_eq!((draft.keys.spent.len(), draft.change.drop.len()), (250, 250));
    }
}
