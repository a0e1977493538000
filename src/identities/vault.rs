//! The vault: items that clients seal and the node keeps. Each has a revision that the node compares and sets, so that two devices
//! never overwrite each other unseen, and an account-wide rising version, by which the others fetch what is new.
use crate::refusal::refused;
use crate::{devices, forms, store};
use serde::{Deserialize, Serialize};
use snug_accounts::Me;
use snug_base::{App, Code, Result, Tx, UserId};
use snug_crypto::bytes::Blob;
use snug_crypto::vault::{Item, VaultItem};
use utoipa::{IntoParams, ToSchema};

/// Items in one request.
pub const MOST_ITEMS: usize = 500;
/// Bytes of an item's ciphertext.
pub const ITEM_BYTES: usize = 64 * 1024;
/// Items in one answer, and bytes of their ciphertexts.
const MOST_PAGE: i64 = 500;
const PART_BYTES: i64 = 4 * 1024 * 1024;
/// Items of an account.
pub const VAULT_ITEMS: i64 = 100_000;
/// The highest number that every client can count with.
const MOST: u64 = (1 << 53) - 1;

/// An item, by its name.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ItemName {
    #[schema(example = "opk")]
    pub kind: String,
    /// Base64url.
    #[schema(value_type = String)]
    pub item: Blob,
}

/// Items to store and to drop.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VaultChange {
    #[schema(value_type = Vec<forms::VaultItem>, max_items = 500)]
    pub items: Vec<VaultItem>,
    /// Prekeys, and epochs that are not backed up. They go before the others are stored; what is not there is passed over.
    #[serde(default)]
    #[schema(max_items = 500)]
    pub drop: Vec<ItemName>,
}

/// A part of the vault, in the order in which it was stored.
#[derive(Debug, Serialize, ToSchema)]
pub struct VaultPart {
    #[schema(value_type = Vec<forms::VaultItem>)]
    pub items: Vec<VaultItem>,
    /// Of the last item of this answer; what was asked for if there is none.
    pub version: i64,
    pub has_more: bool,
}

/// Which part.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct VaultPage {
    /// Only what was stored after this version.
    #[serde(default)]
    pub after: i64,
    /// 1 to 500; 500 if left out.
    #[param(minimum = 1, maximum = 500)]
    pub limit: Option<i64>,
}

/// How far the vault goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct VaultVersion {
    /// The version of the item that was stored last.
    pub version: i64,
}

/// A part of one's own vault. It ends early when it gets long.
pub async fn part(app: &App, me: Me, page: VaultPage) -> Result<VaultPart> {
    let limit = page.limit.unwrap_or(MOST_PAGE).clamp(1, MOST_PAGE);
    app.db
        .read(move |read| {
            // measured first, so that no more is loaded than is answered
            let lengths = store::vault::lengths(read, me.user, page.after, limit + 1)?;
            let mut bytes = 0;
            let fits = lengths.iter().zip(0..limit).take_while(|(length, _)| {
                bytes += **length;
                bytes <= PART_BYTES
            });
            let keep = fits.count().max(1);
            let has_more = lengths.len() > keep;
            let found = store::vault::list(read, me.user, page.after, i64::try_from(keep).unwrap_or(1))?;
            let version = found.last().map_or(page.after, |(version, _)| *version);
            Ok(VaultPart { items: found.into_iter().map(|(_, item)| item).collect(), version, has_more })
        })
        .await
}

/// Stores and drops items of one's own vault; only by a session that is one of the account's active devices.
pub async fn put(app: &App, me: Me, asked: VaultChange) -> Result<VaultVersion> {
    check(&asked.items)?;
    if asked.drop.len() > MOST_ITEMS {
        return Err(Code::ProtocolInvalid.field("drop", format!("at most {MOST_ITEMS} items in one request")));
    }
    app.db.read(move |read| devices::active_device(read, me).map(drop)).await?; // the log is verified here, not by the writer
    app.db
        .write(move |tx| {
            devices::active_device(tx, me)?;
            drop_items(tx, me.user, &asked.drop)?;
            Ok(VaultVersion { version: store_vault(tx, me.user, &asked.items)? })
        })
        .await
}

/// Deletes items that clients may let go. What is not there is passed over.
pub(crate) fn drop_items(tx: &Tx, user: UserId, names: &[ItemName]) -> Result<()> {
    for ItemName { kind, item } in names {
        Item::parse(kind, &item.0).map_err(|e| refused("drop", &e))?;
        let Some(class) = store::vault::class(tx, user, kind, &item.0)? else { continue };
        if !may_go(kind, &class) {
            return Err(Code::ProtocolInvalid.field("drop", format!("an item of kind {kind} under {class} is history and stays")));
        }
        store::vault::delete(tx, user, kind, &item.0)?;
    }
    Ok(())
}

/// What clients may drop.
fn may_go(kind: &str, class: &str) -> bool {
    matches!((kind, class), ("spk" | "opk", _) | ("epoch", "s"))
}

/// Stores items in the transaction of what they belong to and tells the account's devices. Each item's `rev` must be one more than
/// what is stored (1 if nothing is): `e2ee.rev` otherwise. A later revision of a prekey, or of an epoch that is not backed up, that is
/// not there is passed over: another device has dropped it since. Gives the vault's version.
pub fn store_vault(tx: &Tx, user: UserId, items: &[VaultItem]) -> Result<i64> {
    check(items)?;
    let stored = keep(tx, user, items, |item, stored| {
        let rev = item.rev;
        if stored == 0 && rev > 1 && may_go(&item.kind, item.class.as_str()) {
            return Ok(false);
        }
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
    let stored = keep(tx, user, items, |item, stored| {
        if stored == 0 && item.rev != 1 {
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

/// Stores those items that `is_wanted` (given the stored revision, 0 if there is none).
fn keep(tx: &Tx, user: UserId, items: &[VaultItem], is_wanted: impl Fn(&VaultItem, u64) -> Result<bool>) -> Result<i64> {
    let Some(mut version) = store::vault::version(tx, user)? else {
        return Err(Code::NotSetUp.error("Set up encryption first: there is no vault."));
    };
    let mut added = 0;
    for item in items {
        let stored = store::vault::rev(tx, user, &item.kind, &item.item.0)?;
        if !is_wanted(item, stored)? {
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
