//! What the API says about identities. Ids of the protocol's own objects are base64url, as everywhere in it; all other ids are UUIDs.
use crate::forms;
use serde::{Deserialize, Serialize};
use snug_accounts::binary::Binary;
use snug_base::UserId;
use snug_crypto::account_key::Class;
use snug_crypto::account_log::body::{DeviceKind, NewDevice};
use snug_crypto::bytes::{Hash, Id, Public, Signature};
use snug_crypto::link::{Head, Link};
use snug_crypto::sealed_box::SealedBox;
use snug_crypto::slot::SlotRecord;
use utoipa::ToSchema;
use uuid::Uuid;

/// A key of the account, boxed to one device or slot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct KeyBox {
    #[schema(value_type = forms::KeyClass)]
    pub class: Class,
    #[serde(rename = "gen")]
    #[schema(minimum = 1)]
    pub generation: u64,
    /// The device or slot, 16 bytes, base64url.
    #[schema(value_type = String)]
    pub holder: Id,
    #[serde(flatten)]
    #[schema(value_type = forms::SealedBox)]
    pub sealed: SealedBox,
}

/// How the secret of the password's slot is made: Argon2id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SlotKdf {
    /// Memory in KiB.
    pub m: u32,
    /// Passes.
    pub t: u32,
    /// Lanes.
    pub p: u32,
    pub salt: Binary<16>,
}

/// The newest signed prekey, in short.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PrekeyAge {
    /// 16 bytes, base64url.
    #[schema(value_type = String)]
    pub id: Id,
    /// Unix **seconds**, as it was signed.
    pub at: u64,
}

/// A reset that somebody asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PendingReset {
    pub asked_at: i64,
    /// From when it may be carried out.
    pub ready_at: i64,
}

/// The state of one's own keys, as far as the node knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Identity {
    /// The log's last link; null while encryption is not set up.
    #[schema(value_type = Option<forms::Head>)]
    pub head: Option<Head>,
    /// How many links the log has.
    pub links_total: u64,
    /// The active device that this session is.
    pub device_id: Option<Uuid>,
    #[schema(value_type = Vec<forms::SlotRecord>)]
    pub slots: Vec<SlotRecord>,
    /// All of this session's device, and the newest history key of each slot.
    pub boxes: Vec<KeyBox>,
    /// Of the slot that the password opens.
    pub kdf: Option<SlotKdf>,
    pub signed_prekey: Option<PrekeyAge>,
    /// How many were not handed out yet.
    pub one_time_prekeys: i64,
    pub vault_version: i64,
    pub reset: Option<PendingReset>,
    /// Active devices that nobody has given the newest session key.
    pub needs_session_key: Vec<Uuid>,
}

/// A part of somebody's log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct LogPart {
    #[schema(value_type = Vec<forms::Link>)]
    pub links: Vec<Link>,
    /// The log's last link, which tells whether there is more; null if the account has not set up encryption.
    #[schema(value_type = Option<forms::Head>)]
    pub head: Option<Head>,
}

/// One's own log grew, or slots or boxes were renewed (then there are no links).
#[derive(Clone, Debug, Serialize)]
pub struct AccountEvent<'a> {
    pub head: Option<Head>,
    /// Left out where they are too long for an event: fetch them.
    pub links: &'a [Link],
}

/// The log of somebody in an encrypted conversation grew.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct IdentityEvent {
    pub user_id: UserId,
    pub head: Head,
}

/// What a device is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum DeviceWord {
    Web,
    Cli,
    Bot,
}

impl From<DeviceKind> for DeviceWord {
    fn from(kind: DeviceKind) -> DeviceWord {
        match kind {
            DeviceKind::Web => DeviceWord::Web,
            DeviceKind::Cli => DeviceWord::Cli,
            DeviceKind::Bot => DeviceWord::Bot,
        }
    }
}

impl DeviceWord {
    /// As the core names it.
    pub fn kind(self) -> DeviceKind {
        match self {
            DeviceWord::Web => DeviceKind::Web,
            DeviceWord::Cli => DeviceKind::Cli,
            DeviceWord::Bot => DeviceKind::Bot,
        }
    }
}

/// A device that wants to be added: as it stands in a `device_add` link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OfferedDevice {
    /// 16 bytes, base64url.
    #[schema(value_type = String)]
    pub id: Id,
    /// Ed25519 key, 32 bytes, base64url.
    #[schema(value_type = String)]
    pub dsk: Public,
    /// X25519 key, 32 bytes, base64url.
    #[schema(value_type = String)]
    pub dxk: Public,
    pub kind: DeviceWord,
    /// 64 bytes, base64url.
    #[schema(value_type = String)]
    pub pop: Signature,
}

impl OfferedDevice {
    /// As the core names it.
    pub fn to_new(&self) -> NewDevice {
        NewDevice { id: self.id, dsk: self.dsk, dxk: self.dxk, kind: self.kind.kind(), pop: self.pop }
    }
}

/// How far a pairing is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum PairingState {
    Open,
    Answered,
    Expired,
}

/// A new device that asks one of the account's devices to let it in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Pairing {
    /// Stands in the pairing link as base64url of its 16 bytes.
    pub id: Uuid,
    pub state: PairingState,
    pub device: OfferedDevice,
    /// 32 bytes, base64url.
    #[schema(value_type = String)]
    pub mac: Hash,
    /// What the answering device tells the new one.
    #[schema(value_type = Option<forms::SealedBox>)]
    pub welcome: Option<SealedBox>,
    /// The log's last link when it was answered.
    #[schema(value_type = Option<forms::Head>)]
    pub head: Option<Head>,
    pub created_at: i64,
    pub expires_at: i64,
}

/// The session of a device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct DeviceSession {
    #[schema(example = "Firefox on Linux")]
    pub device_name: String,
    pub last_seen_at: i64,
    pub ip: String,
}

/// A device of the account's log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct DeviceState {
    pub id: Uuid,
    pub kind: DeviceWord,
    pub added_at: i64,
    /// Null when nobody is signed in with it.
    pub session: Option<DeviceSession>,
    /// The device that asks.
    pub is_current: bool,
    pub is_active: bool,
}

/// The account's devices, those of before too; newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Devices {
    pub devices: Vec<DeviceState>,
}

/// One change of a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct KeyChange {
    /// `identity`, `ik`, `device`, `slot`, `history_key`, `session_key`, `signed_prekey`, `public_id`, `reset`, or `epoch` for a
    /// conversation's secret that this account made.
    pub kind: String,
    /// Fingerprint, 32 bytes, base64url; null if there was none.
    #[schema(value_type = Option<String>)]
    pub old: Option<Hash>,
    /// Fingerprint, 32 bytes, base64url; null if it went.
    #[schema(value_type = Option<String>)]
    pub new: Option<Hash>,
    /// The type of the link, or what else did it.
    pub reason: String,
    /// When the node took it.
    pub at: i64,
}

/// The changes of one's keys, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct KeyHistory {
    pub changes: Vec<KeyChange>,
}
