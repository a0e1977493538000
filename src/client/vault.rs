//! The account's vault: what its devices share through the node, which cannot open it.
use crate::client::Client;
use crate::error::{Error, Result};
use crate::keys::{Hidden, Keys, Prekey, Trust};
use crate::wire::VaultPage;
use serde_json::Value;
use snug_crypto::account_key::Class;
use snug_crypto::account_log::AccountLog;
use snug_crypto::bytes::{Blob, Id, encode};
use snug_crypto::error::Error as Refused;
use snug_crypto::seal::Fresh;
use snug_crypto::secret::{self, Secret};
use snug_crypto::vault::{Item, VaultItem, open_item, seal_item};

/// Items that are stored at once.
const ITEMS: usize = 200;

/// Revisions are remembered under this.
pub(crate) fn revision_name(kind: &str, name: &[u8]) -> String {
    format!("{kind}:{}", encode(name))
}

/// Seals an item as the next revision of what is known of it.
pub(crate) fn seal_next(keys: &Keys, me: &Id, class: Class, item: &Item, plaintext: &[u8]) -> Result<VaultItem> {
    let newest = keys.newest(class).ok_or(Error::Protocol(Refused::Locked))?;
    let rev = keys.revisions.get(&revision_name(item.kind(), &item.name())).copied().unwrap_or(0) + 1;
    Ok(seal_item(&newest.key.0, me, (class, newest.generation), item, rev, plaintext, Fresh::random()?)?)
}

/// Notes that the node took an item.
pub(crate) fn note_stored(keys: &mut Keys, item: &VaultItem) {
    keys.revisions.insert(revision_name(&item.kind, &item.item.0), item.rev);
    if let Ok(Item::Epoch(conversation, epoch)) = Item::parse(&item.kind, &item.item.0) {
        keys.note_backup(item.class, conversation, epoch);
    }
}

/// The secret of an epoch, for the vault.
pub(crate) fn epoch_item(keys: &Keys, me: &Id, backup: bool, conversation: Id, epoch: u64, secret: &Secret) -> Result<VaultItem> {
    let class = if backup { Class::History } else { Class::Session };
    seal_next(keys, me, class, &Item::Epoch(conversation, epoch), &**secret)
}

impl Client {
    /// Takes what other devices stored since the last time.
    pub(crate) async fn read_vault(&mut self) -> Result<()> {
        loop {
            let after = self.keys.vault_version;
            let page: VaultPage = self.api.get(&format!("/e2ee/vault?after={after}&limit=500")).await?;
            let log = self.own_log()?.clone();
            let now = self.now();
            let (version, has_more) = (page.version, page.has_more);
            let mut refused = None;
            self.update(|keys| {
                // older history keys first: what lies under them can be opened then
                let (previous, others): (Vec<_>, Vec<_>) = page.items.into_iter().partition(|item| item.kind == "prev");
                let mut previous = previous;
                previous.sort_by_key(|item| std::cmp::Reverse(item.generation));
                for item in previous.iter().chain(&others) {
                    let is_taken = take(keys, &log, item, now).unwrap_or_else(|error| {
                        refused = Some(error);
                        false
                    });
                    if !is_taken {
                        keys.missed = keys.missed.into_iter().chain([after]).min();
                    }
                }
                keys.vault_version = keys.vault_version.max(version);
                Ok(())
            })
            .await?;
            if let Some(error) = refused {
                // one item that does not open must not keep the others back
                self.notices.push(format!("Something in the account's vault is not as it should be: {error}"));
            }
            if !has_more {
                return Ok(());
            }
        }
    }

    /// Stores items; on a conflict takes what is there and leaves it to the caller to try again.
    pub(crate) async fn write_vault(&mut self, items: Vec<VaultItem>) -> Result<()> {
        if items.is_empty() {
            return Ok(());
        }
        let body = serde_json::json!({ "items": items, "drop": [] });
        match self.api.put::<Value>("/e2ee/vault", &body).await {
            Ok(_) => {
                self.update(|keys| {
                    items.iter().for_each(|item| note_stored(keys, item));
                    Ok(())
                })
                .await
            }
            Err(error) => {
                if error.is("e2ee.rev") {
                    self.read_vault().await?;
                }
                Err(error)
            }
        }
    }

    /// Keeps what is thought of several identities that nothing was thought of before. What another device was faster with stays.
    pub(crate) async fn store_first_trust(&mut self, trusts: &[(Id, Trust)]) -> Result<()> {
        for some in trusts.chunks(ITEMS) {
            let mut items = Vec::new();
            for (account, trust) in some {
                let text = serde_json::to_vec(trust).map_err(|e| Error::Answer(e.to_string()))?;
                items.push(seal_next(&self.keys, &self.me(), Class::History, &Item::Trust(*account), &text)?);
            }
            match self.write_vault(items).await {
                Ok(()) => {}
                // what is there now is taken; the rest comes the next time
                Err(error) if error.is("e2ee.rev") => continue,
                Err(error) => return Err(error),
            }
            self.update(|keys| {
                for (account, trust) in some {
                    keys.trust.entry(*account).or_insert_with(|| trust.clone());
                }
                Ok(())
            })
            .await?;
        }
        Ok(())
    }

    /// Keeps what is thought of somebody's identity, here and on all other devices.
    pub(crate) async fn store_trust(&mut self, account: Id, trust: Trust) -> Result<()> {
        let text = serde_json::to_vec(&trust).map_err(|e| Error::Answer(e.to_string()))?;
        for attempt in 0..3 {
            let item = seal_next(&self.keys, &self.me(), Class::History, &Item::Trust(account), &text)?;
            match self.write_vault(vec![item]).await {
                Err(error) if error.is("e2ee.rev") && attempt < 2 => {}
                other => {
                    other?;
                    break;
                }
            }
        }
        self.update(|keys| {
            keys.trust.insert(account, trust);
            Ok(())
        })
        .await
    }
}

/// Opens one item; false if this device has no key for it. What a newer program wrote is passed over.
fn take(keys: &mut Keys, log: &AccountLog, stored: &VaultItem, now: u64) -> Result<bool> {
    let item = match Item::parse(&stored.kind, &stored.item.0) {
        Ok(item) => item,
        Err(Refused::Newer) => return Ok(true),
        Err(error) => return Err(error.into()),
    };
    let Ok(key) = keys.account_key(stored.class, stored.generation).cloned() else { return Ok(false) };
    let name = revision_name(&stored.kind, &stored.item.0);
    let seen = keys.revisions.get(&name).copied().unwrap_or(0);
    let plaintext = match open_item(&key, &log.account(), &item, stored, seen) {
        Ok(plaintext) => plaintext,
        // an answer that was overtaken; what is here is newer
        Err(Refused::Rev) => return Ok(true),
        Err(error) => return Err(error.into()),
    };
    keys.revisions.insert(name, stored.rev);
    match item {
        Item::IdentityDh(generation) => {
            keys.ik.insert(generation, Hidden(secret::from_slice(&plaintext)?));
        }
        Item::SignedPrekey(id) | Item::OneTimePrekey(id) => {
            let is_one_time = matches!(item, Item::OneTimePrekey(_));
            if keys.spent.contains(&id) {
                return Ok(true);
            }
            let secret = Hidden(secret::from_slice(&plaintext)?);
            keys.prekeys.entry(id).or_insert(Prekey { secret, is_one_time, at: now });
        }
        Item::Epoch(conversation, epoch) => {
            let secret = Hidden(secret::from_slice(&plaintext)?);
            // what this device checked against the signed link stays
            keys.epochs.entry(conversation).or_default().entry(epoch).or_insert(secret);
            keys.note_backup(stored.class, conversation, epoch);
        }
        Item::Trust(account) => {
            if let Ok(trust) = serde_json::from_slice::<Trust>(&plaintext) {
                keys.trust.insert(account, trust);
            }
        }
        Item::Previous(_) => {
            let previous = snug_crypto::unlock::previous_history_key(log, stored.generation, &key, stored)?;
            keys.keep_account_key(Class::History, stored.generation - 1, previous);
        }
        Item::Setting(_) => {}
    }
    Ok(true)
}

/// The name of an item, for its deletion.
pub(crate) fn name_of(item: &Item) -> crate::wire::ItemName {
    crate::wire::ItemName { kind: item.kind(), item: Blob(item.name()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use snug_crypto::bytes::Bytes;
    use zeroize::Zeroizing;

    const ME: Id = Bytes([1; 16]);

    fn keys(generations: &[u64]) -> Keys {
        let mut keys = Keys::default();
        for generation in generations {
            keys.keep_account_key(Class::Session, *generation, Zeroizing::new([u8::try_from(*generation).unwrap(); 32]));
        }
        keys
    }

    fn prekey(by: &Keys, id: u8) -> VaultItem {
        seal_next(by, &ME, Class::Session, &Item::OneTimePrekey(Bytes([id; 16])), &[id; 32]).unwrap()
    }

    #[test]
    fn what_has_no_key_here_waits_for_it() {
        let (log, item) = (AccountLog::empty(ME), prekey(&keys(&[2]), 7));
        let mut here = keys(&[1]);
        assert!(!take(&mut here, &log, &item, 5).unwrap());
        assert!(here.prekeys.is_empty() && here.revisions.is_empty());
        here.keep_account_key(Class::Session, 2, Zeroizing::new([2; 32]));
        assert!(take(&mut here, &log, &item, 5).unwrap());
        assert_eq!(here.prekeys[&Bytes([7; 16])].at, 5);
    }

    #[test]
    fn older_revisions_change_nothing() {
        let (log, mut there) = (AccountLog::empty(ME), keys(&[1]));
        let trust = |keys: &Keys, is_verified| {
            let trust = Trust { aik: Bytes([3; 32]), is_verified, at: 1 };
            seal_next(keys, &ME, Class::Session, &Item::Trust(Bytes([2; 16])), &serde_json::to_vec(&trust).unwrap()).unwrap()
        };
        let old = trust(&there, false);
        note_stored(&mut there, &old);
        let new = trust(&there, true);
        assert_eq!((old.rev, new.rev), (1, 2));
        let mut here = keys(&[1]);
        assert!(take(&mut here, &log, &new, 0).unwrap());
        assert!(take(&mut here, &log, &old, 0).unwrap(), "passed over, not missed");
        assert!(here.trust[&Bytes([2; 16])].is_verified);
    }

    #[test]
    fn used_prekeys_do_not_come_back_and_altered_items_do_not_open() {
        let (log, mut here) = (AccountLog::empty(ME), keys(&[1]));
        let item = prekey(&here, 7);
        here.spent.insert(Bytes([7; 16]));
        assert!(take(&mut here, &log, &item, 0).unwrap());
        assert!(here.prekeys.is_empty());
        let mut moved = prekey(&here, 8);
        moved.item = Blob(vec![9; 16]);
        assert!(take(&mut here, &log, &moved, 0).is_err());
        let mut unknown = prekey(&here, 8);
        unknown.kind = "dream".to_owned();
        assert!(take(&mut here, &log, &unknown, 0).unwrap(), "from the future: passed over");
    }
}
