//! The vault: what the node keeps for an account and cannot open. `docs/encryption.md`, "Accounts".
use crate::account_key::Class;
use crate::bytes::{Blob, Bytes, Id};
use crate::error::{Error, Result};
use crate::seal::{Fresh, Sealed, open, seal};
use crate::secret::Secret;
use crate::tuple::{Field, tuple};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// What an item is about; with account, class and generation the place that it cannot be moved from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Item {
    /// The private half of the identity's X25519 key of a generation.
    IdentityDh(u64),
    /// The private half of a signed prekey.
    SignedPrekey(Id),
    /// The private half of a one-time prekey.
    OneTimePrekey(Id),
    /// The secret of a conversation's epoch.
    Epoch(Id, u64),
    /// What is thought of another account's identity.
    Trust(Id),
    /// A setting, by name.
    Setting(String),
    /// The history key of the generation before this one.
    Previous(u64),
}

impl Item {
    /// As in tuples and JSON.
    pub fn kind(&self) -> &'static str {
        match self {
            Item::IdentityDh(_) => "ik",
            Item::SignedPrekey(_) => "spk",
            Item::OneTimePrekey(_) => "opk",
            Item::Epoch(..) => "epoch",
            Item::Trust(_) => "trust",
            Item::Setting(_) => "set",
            Item::Previous(_) => "prev",
        }
    }

    /// The item's name within its kind.
    pub fn name(&self) -> Vec<u8> {
        match self {
            Item::IdentityDh(generation) | Item::Previous(generation) => generation.to_be_bytes().to_vec(),
            Item::SignedPrekey(id) | Item::OneTimePrekey(id) | Item::Trust(id) => id.0.to_vec(),
            Item::Epoch(conversation, epoch) => [conversation.0.as_slice(), &epoch.to_be_bytes()].concat(),
            Item::Setting(name) => name.as_bytes().to_vec(),
        }
    }

    /// The reverse of the two above. `newer` for a kind that is not known, `bad_format` for a name that does not fit it.
    pub fn parse(kind: &str, name: &[u8]) -> Result<Item> {
        let number = |bytes: &[u8]| Bytes::<8>::from_slice(bytes).map(|bytes| u64::from_be_bytes(bytes.0));
        Ok(match kind {
            "ik" => Item::IdentityDh(number(name)?),
            "prev" => Item::Previous(number(name)?),
            "spk" => Item::SignedPrekey(Id::from_slice(name)?),
            "opk" => Item::OneTimePrekey(Id::from_slice(name)?),
            "trust" => Item::Trust(Id::from_slice(name)?),
            "epoch" => {
                let (conversation, epoch) = name.split_at_checked(16).ok_or(Error::BadFormat("item"))?;
                Item::Epoch(Id::from_slice(conversation)?, number(epoch)?)
            }
            "set" if (1..=64).contains(&name.len()) => {
                Item::Setting(String::from_utf8(name.to_vec()).map_err(|_| Error::BadFormat("item"))?)
            }
            "set" => return Err(Error::BadFormat("item")),
            _ => return Err(Error::Newer),
        })
    }
}

/// An item as the node keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VaultItem {
    pub class: Class,
    /// The generation of the key that it is sealed under.
    #[serde(rename = "gen")]
    pub generation: u64,
    pub kind: String,
    pub item: Blob,
    /// Starts at 1 and rises by 1; the node compares and sets.
    pub rev: u64,
    #[serde(flatten)]
    pub sealed: Sealed,
}

/// Seals an item under the key of this class and generation.
pub fn seal_item(
    key: &Secret,
    account: &Id,
    (class, generation): (Class, u64),
    item: &Item,
    rev: u64,
    plaintext: &[u8],
    fresh: Fresh,
) -> Result<VaultItem> {
    let (kind, name) = (item.kind(), item.name());
    let sealed = seal(key, &context(account, class, generation, kind, &name, rev), plaintext, fresh)?;
    Ok(VaultItem { class, generation, kind: kind.to_owned(), item: Blob(name), rev, sealed })
}

/// Opens the item that was asked for. `bad_format` if this is another one, `e2ee_rev` if it is older than `seen` (the highest
/// revision that this client saw, 0 if none), `bad_seal`.
pub fn open_item(key: &Secret, account: &Id, wanted: &Item, stored: &VaultItem, seen: u64) -> Result<Zeroizing<Vec<u8>>> {
    if stored.kind != wanted.kind() || stored.item.0 != wanted.name() {
        return Err(Error::BadFormat("item"));
    }
    if stored.rev < seen.max(1) {
        return Err(Error::Rev);
    }
    let context = context(account, stored.class, stored.generation, wanted.kind(), &stored.item.0, stored.rev);
    open(key, &context, &stored.sealed)
}

fn context(account: &Id, class: Class, generation: u64, kind: &str, name: &[u8], rev: u64) -> Vec<u8> {
    let fields = [
        Field::Bytes(&account.0),
        Field::Text(class.as_str()),
        Field::Int(generation),
        Field::Text(kind),
        Field::Bytes(name),
        Field::Int(rev),
    ];
    tuple("vault", &fields)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vectors::{self, id};

    #[test]
    fn an_item_opens_only_in_its_place() {
        let key = vectors::secret("history-key");
        let item = Item::Epoch(id("conv"), 3);
        let stored = seal_item(&key, &id("alice"), (Class::History, 2), &item, 5, b"secret", Fresh::random().unwrap()).unwrap();
        assert_eq!(open_item(&key, &id("alice"), &item, &stored, 5).unwrap().to_vec(), b"secret");
        assert_eq!(open_item(&key, &id("bob"), &item, &stored, 0), Err(Error::BadSeal));
        assert_eq!(open_item(&key, &id("alice"), &item, &stored, 6), Err(Error::Rev));
        assert_eq!(open_item(&key, &id("alice"), &Item::Epoch(id("conv"), 4), &stored, 0), Err(Error::BadFormat("item")));

        let moved = VaultItem { item: Blob(Item::Epoch(id("conv"), 4).name()), ..stored.clone() };
        assert_eq!(open_item(&key, &id("alice"), &Item::Epoch(id("conv"), 4), &moved, 0), Err(Error::BadSeal));
        for changed in [
            VaultItem { rev: 6, ..stored.clone() },
            VaultItem { generation: 3, ..stored.clone() },
            VaultItem { class: Class::Session, ..stored.clone() },
        ] {
            assert_eq!(open_item(&key, &id("alice"), &item, &changed, 0), Err(Error::BadSeal));
        }
    }

    #[test]
    fn items_have_one_name() {
        let all = [
            Item::IdentityDh(7),
            Item::SignedPrekey(id("a")),
            Item::OneTimePrekey(id("b")),
            Item::Epoch(id("c"), 9),
            Item::Trust(id("d")),
            Item::Setting("theme".to_owned()),
            Item::Previous(1),
        ];
        for item in all {
            assert_eq!(Item::parse(item.kind(), &item.name()), Ok(item));
        }
        assert_eq!(Item::parse("epoch", &[1; 23]), Err(Error::BadFormat("length")));
        assert_eq!(Item::parse("epoch", &[1; 3]), Err(Error::BadFormat("item")));
        assert_eq!(Item::parse("later", &[]), Err(Error::Newer));
    }
}
