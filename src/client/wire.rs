//! What goes between this client and the node's `/e2ee` routes. Protocol objects are the core's own types.
use serde::{Deserialize, Serialize};
use snug_crypto::account_key::Class;
use snug_crypto::bytes::{Blob, Bytes, Hash, Id};
use snug_crypto::link::{Head, Link};
use snug_crypto::password::Kdf;
use snug_crypto::prekeys::{Bundle, OneTimePrekey, SignedPrekey};
use snug_crypto::sealed_box::SealedBox;
use snug_crypto::slot::SlotRecord;
use snug_crypto::vault::VaultItem;
use snug_crypto::wrap::Batch;
use uuid::Uuid;

/// The account as the node keeps it for this session's device.
#[derive(Clone, Debug, Deserialize)]
pub struct Identity {
    /// None: encryption is not set up.
    pub head: Option<Head>,
    /// The device that this session is bound to.
    pub device_id: Option<Uuid>,
    pub slots: Vec<SlotRecord>,
    pub boxes: Vec<KeyBox>,
    pub signed_prekey: Option<PrekeyAge>,
    pub one_time_prekeys: usize,
    /// Devices that lack the newest session key.
    #[serde(default)]
    pub needs_session_key: Vec<Uuid>,
    pub reset: Option<Reset>,
}

/// The newest signed prekey.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct PrekeyAge {
    pub id: Id,
    /// Unix seconds.
    pub at: u64,
}

/// A reset that was asked for. Times in Unix milliseconds.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Reset {
    pub asked_at: i64,
    pub ready_at: i64,
}

/// One of the account's keys, sealed to a device or slot.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct KeyBox {
    pub class: Class,
    #[serde(rename = "gen")]
    pub generation: u64,
    pub holder: Id,
    #[serde(flatten)]
    pub sealed: SealedBox,
}

/// A change of the account: all of it happens, or nothing.
#[derive(Clone, Debug, Default, Serialize)]
pub struct AccountChange {
    pub links: Vec<Link>,
    pub slots: Vec<SlotRecord>,
    pub boxes: Vec<KeyBox>,
    pub vault: Vec<VaultItem>,
    pub drop: Vec<ItemName>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prekeys: Option<NewPrekeys>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<NewPassword>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub welcome: Option<WelcomeOf>,
}

/// A vault item to be deleted.
#[derive(Clone, Debug, Serialize)]
pub struct ItemName {
    pub kind: &'static str,
    pub item: Blob,
}

#[derive(Clone, Debug, Serialize)]
pub struct NewPrekeys {
    pub signed: Option<SignedPrekey>,
    pub one_time: Vec<OneTimePrekey>,
    /// Whether the one-time prekeys of before are worth nothing any more.
    pub replace: bool,
}

/// A change of the password together with its slot.
#[derive(Clone, Debug, Serialize)]
pub struct NewPassword {
    /// Proves the old one.
    pub auth_key: Bytes<32>,
    pub new_salt: Bytes<16>,
    pub new_kdf: Cost,
    pub new_auth_key: Bytes<32>,
}

/// What Argon2id costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cost {
    pub m: u32,
    pub t: u32,
    pub p: u32,
}

impl From<Cost> for Kdf {
    fn from(Cost { m, t, p }: Cost) -> Kdf {
        Kdf { m, t, p }
    }
}

/// The answer to a pairing request.
#[derive(Clone, Debug, Serialize)]
pub struct WelcomeOf {
    pub request_id: Uuid,
    #[serde(rename = "box")]
    pub sealed: SealedBox,
}

/// A request of a new device.
#[derive(Clone, Debug, Deserialize)]
pub struct Pairing {
    pub id: Uuid,
    /// `open`, `answered` or `expired`.
    pub state: String,
    pub device: PairingDevice,
    pub mac: Hash,
    pub welcome: Option<SealedBox>,
}

/// The device that wants to be let in.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PairingDevice {
    pub id: Id,
    pub dsk: Bytes<32>,
    pub dxk: Bytes<32>,
    pub kind: String,
    /// The device agrees to belong to the account; empty where it does not know the identity yet.
    pub pop: Bytes<64>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct LogPage {
    pub links: Vec<Link>,
    pub head: Option<Head>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct VaultPage {
    pub items: Vec<VaultItem>,
    pub version: i64,
    pub has_more: bool,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Bundles {
    pub bundles: Vec<Bundle>,
    pub missing: Vec<Uuid>,
}

/// How far a conversation's log and epochs are.
#[derive(Clone, Debug, Deserialize)]
pub struct Encryption {
    pub head: Head,
    /// 0 before the first.
    pub epoch: u64,
    /// The newest envelope that names the conversation.
    pub info: Option<serde_json::Value>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct ConversationPage {
    pub encryption: Encryption,
    pub links: Vec<Link>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Wraps {
    pub keys: Vec<Batch>,
}

/// What a member asks for again.
#[derive(Clone, Debug, Deserialize)]
pub struct Rewrap {
    pub conversation_id: Uuid,
    pub user_id: Uuid,
    pub epochs: Vec<u64>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Rewraps {
    pub requests: Vec<Rewrap>,
}
