//! The vault: items that clients seal and the node keeps. Each has a revision that the node compares and sets, so that two devices
//! never overwrite each other unseen, and an account-wide rising version, by which the others fetch what is new.
use crate::refusal::refused;
use crate::store;
use serde::Serialize;
use snug_base::{Code, Result, Tx, UserId};
use snug_crypto::vault::{Item, VaultItem};
use utoipa::ToSchema;

/// Items in one request.
pub const MOST_ITEMS: usize = 500;
/// Bytes of an item's ciphertext.
pub const ITEM_BYTES: usize = 64 * 1024;
/// Items of an account.
pub const VAULT_ITEMS: i64 = 100_000;
/// The highest number that every client can count with.
const MOST: u64 = (1 << 53) - 1;

/// How far the vault goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct VaultVersion {
    /// The version of the item that was stored last.
    pub version: i64,
}

/// Stores items in the transaction of what they belong to and tells the account's devices. Each item's `rev` must be one more than
/// what is stored (1 if nothing is): `e2ee.rev` otherwise. Gives the vault's version.
pub fn store_vault(tx: &Tx, user: UserId, items: &[VaultItem]) -> Result<i64> {
    check(items)?;
    let stored = keep(tx, user, items, |rev, stored| {
        if rev == stored + 1 {
            Ok(true)
        } else {
            Err(Code::RevConflict.field("vault", format!("an item has revision {stored} here, so the next is {}, not {rev}", stored + 1)))
        }
    })?;
    tell(tx, user, stored, items.is_empty())
}

/// The same for items that may be there already, with any revision: those are skipped.
pub fn store_missing(tx: &Tx, user: UserId, items: &[VaultItem]) -> Result<i64> {
    check(items)?;
    let before = store::vault::version(tx, user)?.unwrap_or_default();
    let stored = keep(tx, user, items, |rev, stored| {
        if stored == 0 && rev != 1 {
            return Err(Code::RevConflict.field("items", "a new item begins with revision 1"));
        }
        Ok(stored == 0)
    })?;
    tell(tx, user, stored, stored == before)
}

/// Refuses what no client can have meant. Cheap; before the transaction or in it.
pub fn check(items: &[VaultItem]) -> Result<()> {
    if items.len() > MOST_ITEMS {
        return Err(Code::ProtocolInvalid.field("vault", format!("at most {MOST_ITEMS} items in one request")));
    }
    for item in items {
        Item::parse(&item.kind, &item.item.0).map_err(|e| refused("vault", &e))?;
        if item.sealed.ct.0.len() > ITEM_BYTES {
            return Err(Code::ProtocolInvalid.field("vault", format!("an item has at most {ITEM_BYTES} bytes")));
        }
        if !(1..=MOST).contains(&item.generation) || !(1..=MOST).contains(&item.rev) {
            return Err(Code::ProtocolInvalid.field("vault", "gen and rev are whole numbers from 1"));
        }
    }
    Ok(())
}

/// Stores those items that `is_wanted` (given the item's revision and the stored one, 0 if there is none).
fn keep(tx: &Tx, user: UserId, items: &[VaultItem], is_wanted: impl Fn(u64, u64) -> Result<bool>) -> Result<i64> {
    let Some(mut version) = store::vault::version(tx, user)? else {
        return Err(Code::NotSetUp.error("Set up encryption first: there is no vault."));
    };
    let mut added = 0;
    for item in items {
        let stored = store::vault::rev(tx, user, &item.kind, &item.item.0)?;
        if !is_wanted(item.rev, stored)? {
            continue;
        }
        version += 1;
        added += i64::from(stored == 0);
        store::vault::put(tx, user, item, version)?;
    }
    if store::vault::advance(tx, user, version, added)? > VAULT_ITEMS {
        return Err(
            Code::EncryptionLimit.field("vault", format!("at most {VAULT_ITEMS} items are kept; drop old prekeys and epochs first"))
        );
    }
    Ok(version)
}

fn tell(tx: &Tx, user: UserId, version: i64, is_unchanged: bool) -> Result<i64> {
    if !is_unchanged {
        tx.emit(user, "e2ee.vault", &VaultVersion { version })?;
    }
    Ok(version)
}
