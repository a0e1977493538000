//! The protocol's objects as the API describes them. The types that are parsed and written are the core's; these only say in the
//! OpenAPI document what they look like: `#[schema(value_type = Vec<forms::Link>)]`.
use serde::Serialize;
use utoipa::ToSchema;

/// A signed link of a log.
#[derive(Serialize, ToSchema)]
pub struct Link {
    /// The signed bytes, base64url: compact JSON of at most 128 KiB.
    pub body: String,
    /// Ed25519 signature, 64 bytes, base64url.
    pub sig: String,
}

/// A log's last link, or one that is referred to.
#[derive(Serialize, ToSchema)]
pub struct Head {
    #[schema(minimum = 0)]
    pub seq: u64,
    /// 32 bytes, base64url.
    pub hash: String,
}

/// Something sealed to a public key with HPKE.
#[derive(Serialize, ToSchema)]
pub struct SealedBox {
    /// The ephemeral public key, 32 bytes, base64url.
    pub enc: String,
    /// The ciphertext, base64url.
    pub ct: String,
}

/// What a slot's secret comes from: a password, recovery words, a passkey.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum SlotKind {
    Pw,
    Rk,
    Prk,
}

/// What is kept of a slot.
#[derive(Serialize, ToSchema)]
pub struct SlotRecord {
    /// 16 bytes, base64url.
    pub id: String,
    pub kind: SlotKind,
    /// X25519 key, 32 bytes, base64url.
    #[serde(rename = "pub")]
    pub public: String,
    /// The log's last link when the tag was made.
    #[schema(minimum = 0)]
    pub min_seq: u64,
    /// 32 bytes, base64url.
    pub tag: String,
    /// The identity's seed, sealed to the slot.
    pub aik_box: SealedBox,
}

/// Which of the account's keys: history or session.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum KeyClass {
    H,
    S,
}

/// An item of the vault, sealed under a key that only the account's devices have.
#[derive(Serialize, ToSchema)]
pub struct VaultItem {
    pub class: KeyClass,
    /// The generation of that key.
    #[serde(rename = "gen")]
    #[schema(minimum = 1)]
    pub generation: u64,
    /// `ik`, `spk`, `opk`, `epoch`, `trust`, `set` or `prev`.
    pub kind: String,
    /// The item's name within its kind, base64url.
    pub item: String,
    /// 1 for a new item, then one more than what is stored.
    #[schema(minimum = 1)]
    pub rev: u64,
    /// 32 bytes, base64url.
    pub salt: String,
    /// 12 bytes, base64url.
    pub nonce: String,
    /// At most 64 KiB, base64url.
    pub ct: String,
}

/// A prekey that a device signed.
#[derive(Serialize, ToSchema)]
pub struct SignedPrekey {
    /// 16 bytes, base64url.
    pub id: String,
    /// X25519 key, 32 bytes, base64url.
    #[serde(rename = "pub")]
    pub public: String,
    /// Unix seconds.
    #[schema(minimum = 0)]
    pub at: u64,
    /// The device, 16 bytes, base64url.
    pub by: String,
    /// 64 bytes, base64url.
    pub sig: String,
}

/// A prekey for one use.
#[derive(Serialize, ToSchema)]
pub struct OneTimePrekey {
    /// 16 bytes, base64url.
    pub id: String,
    /// X25519 key, 32 bytes, base64url.
    #[serde(rename = "pub")]
    pub public: String,
}

/// The identity's X25519 key of a generation.
#[derive(Serialize, ToSchema)]
pub struct IdentityDhKey {
    #[serde(rename = "gen")]
    #[schema(minimum = 1)]
    pub generation: u64,
    /// 32 bytes, base64url.
    #[serde(rename = "pub")]
    pub public: String,
}

/// What lets others seal to an account that is away. Counts only beside the account's verified log.
#[derive(Serialize, ToSchema)]
pub struct Bundle {
    /// The account's id, 16 bytes, base64url.
    pub account: String,
    pub ik: IdentityDhKey,
    pub spk: SignedPrekey,
    pub opk: Option<OneTimePrekey>,
    pub log: Head,
}
