//! The protocol's objects about conversations as the API describes them. What is parsed and written are the core's types.
use serde::Serialize;
use utoipa::ToSchema;

/// What a message is, as the node sees it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum EnvelopeKind {
    Msg,
    Edit,
    React,
    Del,
    Note,
    Sys,
    Sig,
}

/// A sealed message: the node sees who sent it when, from which device and about which message, and nothing else.
#[derive(Serialize, ToSchema)]
pub struct Envelope {
    /// 1.
    pub v: u64,
    /// 1.
    pub suite: u64,
    /// 16 bytes, base64url, as all ids in here.
    pub conversation_id: String,
    #[schema(minimum = 1)]
    pub epoch: u64,
    /// Made by the client: the message's id.
    pub id: String,
    pub account: String,
    pub device: String,
    /// The device's public key, 32 bytes, base64url.
    pub sender_key: String,
    pub kind: EnvelopeKind,
    /// The message that this is about.
    pub target: Option<String>,
    pub thread: Option<String>,
    /// Unix seconds; 0: never.
    #[schema(minimum = 0)]
    pub expires: u64,
    /// 32 bytes, base64url.
    pub salt: String,
    /// 12 bytes, base64url.
    pub nonce: String,
    /// base64url.
    pub ciphertext: String,
}

/// Who sealed a secret.
#[derive(Serialize, ToSchema)]
pub struct WrapSender {
    pub account: String,
    pub device: String,
    #[schema(minimum = 1)]
    pub ik_gen: u64,
}

/// An epoch's secret, sealed to one account.
#[derive(Serialize, ToSchema)]
pub struct Wrap {
    /// The recipient.
    pub a: String,
    #[schema(minimum = 1)]
    pub ik_gen: u64,
    pub spk: String,
    pub opk: Option<String>,
    /// 48 bytes, base64url.
    pub ct: String,
}

/// An epoch's secret, sealed to accounts with one ephemeral key.
#[derive(Serialize, ToSchema)]
pub struct Batch {
    pub v: u64,
    pub suite: u64,
    #[schema(minimum = 1)]
    pub epoch: u64,
    pub from: WrapSender,
    /// 32 bytes, base64url.
    pub ek: String,
    pub wraps: Vec<Wrap>,
}
