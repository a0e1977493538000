//! The two keys of an account: history and session; how they are committed to and handed on. `docs/encryption.md`, "Accounts".
use crate::bytes::{Bytes, Hash, Id, Public};
use crate::dh::DhKey;
use crate::error::{Error, Result};
use crate::sealed_box::{SealedBox, open_box, seal_to};
use crate::secret::{self, Secret};
use crate::tuple::{Field, tuple};
use serde::{Deserialize, Serialize};

/// Which of the account's keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Class {
    /// Opens what is kept as history; every slot can reach it.
    #[serde(rename = "h")]
    History,
    /// Opens what only devices have: private prekeys, epochs that are not backed up.
    #[serde(rename = "s")]
    Session,
}

impl Class {
    /// As in tuples and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Class::History => "h",
            Class::Session => "s",
        }
    }
}

/// What stands in a signed link for the key of this class and generation.
pub fn commit(account: &Id, class: Class, generation: u64, key: &Secret) -> Hash {
    let info = tuple("account-key-commit", &[Field::Bytes(&account.0), Field::Text(class.as_str()), Field::Int(generation)]);
    Bytes(*secret::derive(&**key, &[], &info))
}

/// Boxes a key to a device or slot. `bad_key` if the public key is of low order.
pub fn seal_key(to: &Public, account: &Id, class: Class, generation: u64, holder: &Id, key: &Secret) -> Result<SealedBox> {
    seal_to(to, &info(account, class, generation, holder), &**key)
}

/// Opens a boxed key and compares it with the commitment of the signed link: `bad_seal`, `bad_commit`.
pub fn open_key(
    with: &DhKey,
    account: &Id,
    class: Class,
    generation: u64,
    holder: &Id,
    sealed: &SealedBox,
    committed: &Hash,
) -> Result<Secret> {
    let key = secret::from_slice(&open_box(with, &info(account, class, generation, holder), sealed)?)?;
    if secret::equal(&commit(account, class, generation, &key).0, &committed.0) { Ok(key) } else { Err(Error::BadCommit) }
}

fn info(account: &Id, class: Class, generation: u64, holder: &Id) -> Vec<u8> {
    let fields = [Field::Bytes(&account.0), Field::Text(class.as_str()), Field::Int(generation), Field::Bytes(&holder.0)];
    tuple("box", &fields)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vectors;

    #[test]
    fn a_key_that_was_not_committed_to_is_refused() {
        let (device, account, holder) = (vectors::dh("device"), vectors::id("alice"), vectors::id("alice-dev"));
        let (key, other) = (vectors::secret("history-key"), vectors::secret("other"));
        let good = commit(&account, Class::History, 2, &key);
        let sealed = seal_key(&device.public(), &account, Class::History, 2, &holder, &key).unwrap();
        let open = |class, generation, commit: Hash| open_key(&device, &account, class, generation, &holder, &sealed, &commit);
        assert_eq!(open(Class::History, 2, good).unwrap(), key);
        assert_eq!(open(Class::Session, 2, good), Err(Error::BadSeal));
        assert_eq!(open(Class::History, 3, good), Err(Error::BadSeal));
        assert_eq!(open(Class::History, 2, commit(&account, Class::History, 2, &other)), Err(Error::BadCommit));
        assert_eq!(open(Class::History, 2, commit(&account, Class::History, 3, &key)), Err(Error::BadCommit));
    }
}
