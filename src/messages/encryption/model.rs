//! What goes over the wire about encrypted conversations.
use super::forms;
use crate::model::{Conversation, Message, ReadState};
use serde::{Deserialize, Serialize};
use snug_accounts::User;
use snug_base::{ConversationId, MessageId, UserId};
use snug_crypto::bytes::{Bytes, Id, Signature};
use snug_crypto::envelope::Envelope;
use snug_crypto::link::{Head, Link};
use snug_crypto::vault::VaultItem;
use snug_crypto::wrap::Batch;
use snug_identities::forms as accounts;
use snug_servers::Room;
use std::collections::BTreeMap;
use utoipa::ToSchema;
use uuid::Uuid;

/// How far an encrypted conversation has got.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Encryption {
    /// The log's last link.
    #[schema(value_type = accounts::Head)]
    pub head: Head,
    /// The newest epoch; 0: there is none yet.
    pub epoch: u64,
    /// The link that made it.
    pub epoch_seq: u64,
    /// Name, topic and picture.
    #[schema(value_type = Option<forms::Envelope>)]
    pub info: Option<Envelope>,
    /// Reserved; null.
    pub needs: Option<String>,
}

/// A conversation that begins encrypted, or becomes so.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConversationChange {
    /// A UUID of version 7 that the client makes, or the id of a plain conversation or room.
    pub conversation_id: ConversationId,
    /// The first is `create`, usually followed by `epoch`.
    #[schema(value_type = Vec<accounts::Link>)]
    pub links: Vec<Link>,
    /// The epoch's secret for everybody else.
    #[serde(default)]
    #[schema(value_type = Option<forms::Batch>)]
    pub wraps: Option<Batch>,
    /// The epoch's secret for the one who makes it.
    #[serde(default)]
    #[schema(value_type = Vec<accounts::VaultItem>)]
    pub vault: Vec<VaultItem>,
    /// Name, topic and picture, sealed under the epoch.
    #[serde(default)]
    #[schema(value_type = Option<forms::Envelope>)]
    pub info: Option<Envelope>,
}

/// Links that follow a conversation's log, with what belongs to them.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LinksChange {
    #[schema(value_type = Vec<accounts::Link>)]
    pub links: Vec<Link>,
    #[serde(default)]
    #[schema(value_type = Vec<forms::Batch>)]
    pub wraps: Vec<Batch>,
    #[serde(default)]
    #[schema(value_type = Vec<accounts::VaultItem>)]
    pub vault: Vec<VaultItem>,
    #[serde(default)]
    #[schema(value_type = Option<forms::Envelope>)]
    pub info: Option<Envelope>,
}

/// A conversation that has become encrypted, with all that a client needs to show it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct EncryptedConversation {
    /// Null for a room.
    pub conversation: Option<Conversation>,
    /// Null for others.
    pub room: Option<Room>,
    pub encryption: Encryption,
    pub read_state: ReadState,
    pub users: Vec<User>,
    pub streams: BTreeMap<Uuid, i64>,
}

/// A part of a conversation's log.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ConversationLinks {
    pub encryption: Encryption,
    /// At most 500.
    #[schema(value_type = Vec<accounts::Link>)]
    pub links: Vec<Link>,
}

/// Where a conversation's log is after a change.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ChangedEncryption {
    pub encryption: Encryption,
}

/// Secrets of epochs, sealed to the one who asks.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct WaitingKeys {
    /// Each with one wrap.
    #[schema(value_type = Vec<forms::Batch>)]
    pub keys: Vec<Batch>,
}

/// Secrets of epochs that were opened and are in the vault now.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReceivedKeys {
    /// Of the kind `epoch`.
    #[schema(value_type = Vec<accounts::VaultItem>)]
    pub items: Vec<VaultItem>,
}

/// Secrets of epochs for those who asked again.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeliveredKeys {
    #[schema(value_type = Vec<forms::Batch>)]
    pub wraps: Vec<Batch>,
}

/// Epochs whose secrets are missing.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MissingEpochs {
    /// At most 100.
    pub epochs: Vec<u64>,
}

/// Who asks for secrets in one conversation.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RewrapRequest {
    pub user_id: UserId,
    pub epochs: Vec<u64>,
}

/// Open requests in one conversation.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RewrapRequests {
    pub requests: Vec<RewrapRequest>,
}

/// Who asks for secrets in which conversation; also what `e2ee.rewrap` says.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ConversationRewrap {
    pub conversation_id: ConversationId,
    pub user_id: UserId,
    pub epochs: Vec<u64>,
}

/// Open requests in all conversations of the user.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ConversationRewraps {
    pub requests: Vec<ConversationRewrap>,
}

/// Somebody who sees an encrypted room and asks to be let in.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct JoinRequest {
    pub user_id: UserId,
    pub asked_at: i64,
}

/// Who asks to be let into a room.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct JoinRequests {
    pub requests: Vec<JoinRequest>,
}

/// The node's word that somebody is to go; any member may put it into a link.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Statement {
    #[schema(value_type = String)]
    pub conv: Id,
    #[schema(value_type = String)]
    pub acct: Id,
    /// Unix seconds.
    pub at: u64,
    #[schema(value_type = String)]
    pub sig: Signature,
}

/// The node's words about the people of one conversation.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Statements {
    pub statements: Vec<Statement>,
}

/// Something about a message or a conversation.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewEnvelope {
    /// Of the kinds `edit`, `del`, `react`, `note`, `sys`.
    #[schema(value_type = forms::Envelope)]
    pub envelope: Envelope,
}

/// What an envelope changed.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum Changed {
    /// By `edit`, `del`, `react`, `note`.
    Message(Box<Message>),
    /// By `sys`.
    Conversation(Box<Conversation>),
    /// By `sys` in a room.
    Encryption(Box<Encryption>),
}

/// What `message.envelope` says.
#[derive(Serialize)]
pub struct MessageEnvelope<'a> {
    pub message_id: MessageId,
    pub conversation_id: ConversationId,
    pub seq: i64,
    pub envelope: &'a Envelope,
    pub edited_at: Option<i64>,
}

/// What `e2ee.link` says.
#[derive(Serialize)]
pub struct NewLink<'a> {
    pub conversation_id: ConversationId,
    pub seq: u64,
    pub link: &'a Link,
    pub encryption: Encryption,
}

/// What `e2ee.info` says.
#[derive(Serialize)]
pub struct NewInfo<'a> {
    pub conversation_id: ConversationId,
    pub envelope: &'a Envelope,
}

/// What `e2ee.key` says.
#[derive(Serialize)]
pub struct NewKeys {
    pub conversation_id: ConversationId,
    pub epochs: Vec<u64>,
}

/// What `e2ee.join_request` says.
#[derive(Serialize)]
pub struct NewJoinRequest {
    pub conversation_id: ConversationId,
    pub user_id: UserId,
    pub asked_at: i64,
}

/// Messages to show to the moderators.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewReport {
    pub conversation_id: ConversationId,
    /// At most 20.
    pub reports: Vec<ReportedKey>,
    #[schema(max_length = 1_000)]
    pub reason: String,
}

/// A message, and the key that opens it and nothing else.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportedKey {
    pub message_id: MessageId,
    /// 32 bytes, base64url.
    #[schema(value_type = String)]
    pub key: Bytes<32>,
    /// What the message was, if it has been deleted meanwhile.
    #[serde(default)]
    #[schema(value_type = Option<forms::Envelope>)]
    pub envelope: Option<Envelope>,
}

/// Messages that somebody showed to the moderators.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Report {
    pub id: Uuid,
    pub reporter: UserId,
    pub reason: String,
    pub at: i64,
    pub state: ReportState,
    pub closed_by: Option<UserId>,
    pub note: String,
    pub messages: Vec<ReportedMessage>,
}

/// Whether somebody has dealt with a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ReportState {
    Open,
    Closed,
}

/// A message as its author wrote it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReportedMessage {
    pub message_id: MessageId,
    pub conversation_id: ConversationId,
    pub author_id: UserId,
    pub sent_at: i64,
    /// What was sealed.
    #[schema(value_type = Object)]
    pub content: Box<serde_json::value::RawValue>,
    /// Whether its author's device signed it.
    pub is_verified: bool,
}

/// Reports, the newest first.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Reports {
    pub reports: Vec<Report>,
}

/// What a moderator did about a report.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportClosing {
    #[serde(default)]
    #[schema(max_length = 1_000)]
    pub note: String,
}
