//! What an accepted link puts down in `key_rotation_history`. `docs/encryption.md`, "Signed logs".
use crate::bytes::{Hash, Id};
use crate::secret::hash;
use crate::tuple::{Field, tuple};

/// Which key changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RotationKind {
    Identity,
    IdentityDh,
    Device,
    Slot,
    HistoryKey,
    SessionKey,
    SignedPrekey,
    Epoch,
    PublicId,
    Reset,
}

impl RotationKind {
    /// As it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            RotationKind::Identity => "identity",
            RotationKind::IdentityDh => "ik",
            RotationKind::Device => "device",
            RotationKind::Slot => "slot",
            RotationKind::HistoryKey => "history_key",
            RotationKind::SessionKey => "session_key",
            RotationKind::SignedPrekey => "signed_prekey",
            RotationKind::Epoch => "epoch",
            RotationKind::PublicId => "public_id",
            RotationKind::Reset => "reset",
        }
    }
}

/// One row: from which key to which, and why. No fingerprint on one side means that it came or went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotation {
    pub kind: RotationKind,
    pub old: Option<Hash>,
    pub new: Option<Hash>,
    /// The type of the link that caused it.
    pub reason: &'static str,
    /// Unix seconds, as the link says.
    pub at: u64,
}

impl Rotation {
    /// A row for a key that stands in no account's link: a signed prekey, an epoch (its commitment), a public id.
    pub fn new(kind: RotationKind, account: &Id, (old, new): (Option<&[u8]>, Option<&[u8]>), reason: &'static str, at: u64) -> Rotation {
        let print = |public: &[u8]| fingerprint(account, kind, public);
        Rotation { kind, old: old.map(print), new: new.map(print), reason, at }
    }
}

/// The fingerprint of a public key or commitment: what of it is kept for ever.
pub fn fingerprint(account: &Id, kind: RotationKind, public: &[u8]) -> Hash {
    let fields = match kind {
        // the same as in contact links
        RotationKind::Identity | RotationKind::Reset => return identity_fingerprint(account, public),
        kind => [Field::Text(kind.as_str()), Field::Bytes(&account.0), Field::Bytes(public)],
    };
    hash(&tuple("key-fp", &fields))
}

/// The fingerprint of an identity, which a contact link carries.
pub fn identity_fingerprint(account: &Id, aik: &[u8]) -> Hash {
    hash(&tuple("aik-fp", &[Field::Bytes(&account.0), Field::Bytes(aik)]))
}
