//! Slots: key pairs that come from a password, recovery words or a passkey. `docs/encryption.md`, "Accounts".
//!
//! The tag lets a device that knows nothing but the password tell its real account from one that the node invented.
use crate::bytes::{Hash, Id, Public};
use crate::dh::DhKey;
use crate::error::{Error, Result};
use crate::sealed_box::{SealedBox, open_box, seal_to};
use crate::secret::{self, Secret};
use crate::sign::SignKey;
use crate::tuple::{Field, tuple};
use serde::{Deserialize, Serialize};

/// What a slot's secret comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SlotKind {
    /// The master key made of the password.
    #[serde(rename = "pw")]
    Password,
    /// The 16 bytes of the recovery words.
    #[serde(rename = "rk")]
    Words,
    /// The output of a passkey's pseudo-random function for [`passkey_input`].
    #[serde(rename = "prk")]
    Passkey,
}

impl SlotKind {
    /// As in tuples and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            SlotKind::Password => "pw",
            SlotKind::Words => "rk",
            SlotKind::Passkey => "prk",
        }
    }

    /// The reverse of [`SlotKind::as_str`]; `bad_format` for a kind that is not known.
    pub fn parse(text: &str) -> Result<SlotKind> {
        [SlotKind::Password, SlotKind::Words, SlotKind::Passkey]
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or(Error::BadFormat("kind"))
    }
}

/// What the node keeps of a slot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlotRecord {
    pub id: Id,
    pub kind: SlotKind,
    #[serde(rename = "pub")]
    pub public: Public,
    /// The account log's last link when the tag was made: an older log is a rollback.
    pub min_seq: u64,
    pub tag: Hash,
    /// The identity's seed, sealed to the slot.
    pub aik_box: SealedBox,
}

/// The private side of a slot.
pub struct SlotKeys {
    account: Id,
    kind: SlotKind,
    pub key: DhKey,
    tag_key: Secret,
}

/// What a passkey's pseudo-random function is asked for.
pub fn passkey_input(account: &Id) -> Vec<u8> {
    tuple("prf", &[Field::Bytes(&account.0)])
}

impl SlotKeys {
    /// From the secret that the kind says.
    pub fn derive(account: &Id, kind: SlotKind, secret: &[u8]) -> SlotKeys {
        let fields = [Field::Bytes(&account.0), Field::Text(kind.as_str())];
        let key = DhKey::from_secret(&secret::derive(secret, &[], &tuple("slot-key", &fields)));
        SlotKeys { account: *account, kind, key, tag_key: secret::derive(secret, &[], &tuple("slot-tag-key", &fields)) }
    }

    /// The tag that binds slot, identity and the log's length.
    pub fn tag(&self, slot: &Id, aik: &Public, min_seq: u64) -> Hash {
        tag(&self.tag_key, &self.account, slot, self.kind, &self.key.public(), aik, min_seq)
    }

    /// What the node keeps of a new slot.
    pub fn record(&self, slot: Id, identity: &SignKey, min_seq: u64) -> Result<SlotRecord> {
        let (public, aik) = (self.key.public(), identity.public());
        let aik_box = seal_to(&public, &identity_info(&self.account, &slot, &aik), &*identity.seed())?;
        Ok(SlotRecord { id: slot, kind: self.kind, public, min_seq, tag: self.tag(&slot, &aik, min_seq), aik_box })
    }

    /// Whether this record was made by someone who knows the secret, for this identity: `bad_key`, `bad_signature`.
    pub fn check(&self, record: &SlotRecord, aik: &Public) -> Result<()> {
        if record.kind != self.kind || record.public != self.key.public() {
            return Err(Error::BadKey);
        }
        let expected = self.tag(&record.id, aik, record.min_seq);
        if secret::equal(&expected.0, &record.tag.0) { Ok(()) } else { Err(Error::BadSignature) }
    }

    /// Opens the identity: `bad_seal`; `bad_commit` if it is not the one that the tag names.
    pub fn open_identity(&self, record: &SlotRecord, aik: &Public) -> Result<SignKey> {
        let seed = open_box(&self.key, &identity_info(&self.account, &record.id, aik), &record.aik_box)?;
        let identity = SignKey::from_seed(&secret::from_slice(&seed)?);
        if identity.public() == *aik { Ok(identity) } else { Err(Error::BadCommit) }
    }
}

fn tag(tag_key: &Secret, account: &Id, slot: &Id, kind: SlotKind, public: &Public, aik: &Public, min_seq: u64) -> Hash {
    let fields = [
        Field::Bytes(&account.0),
        Field::Bytes(&slot.0),
        Field::Text(kind.as_str()),
        Field::Bytes(&public.0),
        Field::Bytes(&aik.0),
        Field::Int(min_seq),
    ];
    secret::authenticate(&**tag_key, &tuple("slot-tag", &fields))
}

fn identity_info(account: &Id, slot: &Id, aik: &Public) -> Vec<u8> {
    tuple("aik-box", &[Field::Bytes(&account.0), Field::Bytes(&slot.0), Field::Bytes(&aik.0)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vectors::{self, id};

    #[test]
    fn matches_the_vectors() {
        let file = vectors::load();
        let keys = SlotKeys::derive(&id("alice"), SlotKind::Password, &vectors::bytes(&file["password"]["mk"]));
        assert_eq!(keys.key.secret().to_vec(), vectors::bytes(&file["password"]["slot_priv"]));
        assert_eq!(keys.tag_key.to_vec(), vectors::bytes(&file["password"]["tag_key"]));
        // the vector's tag is made with the public key of another slot
        let (public, aik) = (vectors::dh("slot").public(), vectors::sign("alice-aik").public());
        let made = tag(&keys.tag_key, &id("alice"), &id("slotid"), SlotKind::Password, &public, &aik, 4);
        assert_eq!(made.0.to_vec(), vectors::bytes(&file["slot_tag"]));
    }

    #[test]
    fn an_invented_account_is_noticed() {
        let keys = SlotKeys::derive(&id("alice"), SlotKind::Words, &[7; 16]);
        let (real, invented) = (vectors::sign("alice-aik"), vectors::sign("mallory"));
        let record = keys.record(id("slot"), &real, 3).unwrap();
        assert_eq!(keys.check(&record, &real.public()), Ok(()));
        assert_eq!(keys.open_identity(&record, &real.public()).unwrap().seed(), real.seed());
        assert_eq!(keys.check(&record, &invented.public()), Err(Error::BadSignature));
        assert_eq!(keys.check(&SlotRecord { min_seq: 2, ..record.clone() }, &real.public()), Err(Error::BadSignature));
        assert_eq!(keys.check(&SlotRecord { id: id("other"), ..record.clone() }, &real.public()), Err(Error::BadSignature));
        assert_eq!(keys.check(&SlotRecord { kind: SlotKind::Password, ..record.clone() }, &real.public()), Err(Error::BadKey));
        // the node can seal any seed to the known public key, but not for the tagged identity
        let theirs = seal_to(&record.public, &identity_info(&id("alice"), &record.id, &real.public()), &*invented.seed()).unwrap();
        let swapped = SlotRecord { aik_box: theirs, ..record };
        assert_eq!(keys.open_identity(&swapped, &real.public()).err(), Some(Error::BadCommit));
    }

    #[test]
    fn kinds_and_accounts_have_keys_of_their_own() {
        let public = |account, kind| SlotKeys::derive(&id(account), kind, &[7; 16]).key.public();
        assert_ne!(public("alice", SlotKind::Words), public("alice", SlotKind::Passkey));
        assert_ne!(public("alice", SlotKind::Words), public("bob", SlotKind::Words));
        assert_eq!(SlotKind::parse("fax"), Err(Error::BadFormat("kind")));
    }
}
