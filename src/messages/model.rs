//! What goes over the wire.
use crate::encryption::model::Encryption;
use serde::{Deserialize, Serialize};
use snug_accounts::User;
use snug_base::{Code, ConversationId, MessageId, Result, RoleId, RoomId, ServerId, UserId};
use snug_crypto::envelope::Envelope;
use std::collections::BTreeMap;
use utoipa::ToSchema;
use uuid::Uuid;

/// What a message says. More types follow; clients show an unknown one as "needs a newer Snug".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "lowercase", deny_unknown_fields)]
pub enum Content {
    /// Markdown.
    Text {
        #[schema(example = "Hello, **everybody**", min_length = 1)]
        text: String,
    },
    /// What only the conversation's members can read.
    Encrypted {
        #[schema(value_type = crate::encryption::forms::Envelope)]
        envelope: Box<Envelope>,
    },
}

impl Content {
    /// Refuses what can't be a message; gives back what is stored. (What is encrypted is checked where the conversation is known.)
    pub fn check(self, longest: usize) -> Result<Content> {
        let Content::Text { text } = self else { return Ok(self) };
        let text = text.trim_end().trim_start_matches(['\n', '\r']).to_owned();
        if text.trim().is_empty() {
            return Err(Code::MessageEmpty.field("content.text", "a message needs some text"));
        }
        if text.contains('\0') {
            return Err(Code::Invalid.field("content.text", "must not contain the NUL character"));
        }
        let length = text.chars().count();
        if length > longest {
            return Err(Code::MessageTooLong
                .field("content.text", format!("has {length} characters; a message may have {longest}. Send it in parts.")));
        }
        Ok(Content::Text { text })
    }

    /// The text that mentions are found in and replies quote; none that the node could read of what is encrypted.
    pub fn text(&self) -> &str {
        match self {
            Content::Text { text } => text,
            Content::Encrypted { .. } => "",
        }
    }

    /// What only the conversation's members can read.
    pub fn envelope(&self) -> Option<&Envelope> {
        match self {
            Content::Text { .. } => None,
            Content::Encrypted { envelope } => Some(envelope),
        }
    }
}

/// A message of a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Message {
    pub id: MessageId,
    pub conversation_id: ConversationId,
    /// 1, 2, 3 … without gaps within the conversation.
    pub seq: i64,
    pub author_id: UserId,
    /// Unix milliseconds, as all times.
    pub created_at: i64,
    pub edited_at: Option<i64>,
    pub deleted_at: Option<i64>,
    /// Who deleted it: its author or a moderator; absent where its time was over, and where nobody noted it.
    pub deleted_by: Option<UserId>,
    /// When it was pinned; absent when it is not.
    pub pinned_at: Option<i64>,
    /// Absent once deleted.
    pub content: Option<Content>,
    pub reply: Option<Reply>,
    pub mentions: Mentions,
    pub reactions: Vec<Reaction>,
    /// Edits, reactions and notes that only the conversation's members can read, in the order in which they came; absent when there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<crate::encryption::forms::Envelope>)]
    pub about: Vec<Envelope>,
}

/// The message that a message answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Reply {
    pub id: MessageId,
    pub seq: i64,
    pub author_id: UserId,
    /// The beginning of its text; absent when it was deleted.
    pub excerpt: Option<String>,
}

/// Who and what a message mentions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Mentions {
    pub users: Vec<UserId>,
    pub roles: Vec<RoleId>,
    pub rooms: Vec<RoomId>,
    pub everyone: bool,
}

/// One emoji under a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Reaction {
    #[schema(example = "👍")]
    pub emoji: String,
    pub count: i64,
    /// The first 50 people, in the order in which they reacted.
    pub user_ids: Vec<UserId>,
}

/// A message to send.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMessage {
    /// A UUID of version 7 that the client makes; the same id again is the same message.
    #[schema(example = "0199c0de-0000-7000-8000-000000000001")]
    pub id: MessageId,
    pub conversation_id: ConversationId,
    pub content: Content,
    /// The message that this one answers.
    #[serde(default)]
    pub reply_to: Option<MessageId>,
}

/// New content for a message.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MessageEdit {
    pub content: Content,
}

/// An emoji to react with.
#[derive(Clone, Debug, Deserialize, ToSchema, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct EmojiChoice {
    #[schema(example = "👍", max_length = 64)]
    #[param(example = "👍", max_length = 64)]
    pub emoji: String,
}

/// What `reaction.added` and `reaction.removed` say.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReactionChange {
    pub message_id: MessageId,
    pub conversation_id: ConversationId,
    pub seq: i64,
    pub emoji: String,
    pub user_id: UserId,
    /// All reactions of the message after the change.
    pub reactions: Vec<Reaction>,
}

/// The kinds of conversation outside servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ConversationKind {
    /// Two people.
    Direct,
    /// Several people.
    Group,
}

/// A direct conversation or a group.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Conversation {
    pub id: ConversationId,
    pub kind: ConversationKind,
    /// Groups may have a name.
    pub name: Option<String>,
    pub picture: Option<String>,
    pub participants: Vec<Participant>,
    pub created_at: i64,
    /// Null: the node can read what is said there.
    pub encryption: Option<Encryption>,
}

/// A person in a direct conversation or group, and how far that person has got.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Participant {
    pub user_id: UserId,
    pub role: ParticipantRole,
    pub joined_at: i64,
    /// The furthest that the person ever read.
    pub read_seq: i64,
    pub delivered_seq: i64,
}

/// What a participant may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ParticipantRole {
    /// May also remove people.
    Owner,
    Member,
}

/// A direct conversation or group to begin.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewConversation {
    pub kind: ConversationKind,
    /// The other people.
    pub user_ids: Vec<UserId>,
    /// A name for a group.
    #[serde(default)]
    #[schema(example = "Weekend hike", max_length = 100)]
    pub name: Option<String>,
}

/// Changes to a group.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConversationEdit {
    /// The new name; null takes the name away.
    #[schema(example = "Weekend hike", max_length = 100)]
    pub name: Option<String>,
}

/// People to add to a group.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewParticipants {
    pub user_ids: Vec<UserId>,
}

/// How far a user has got in a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReadState {
    pub conversation_id: ConversationId,
    /// Number of the newest message, 0 if there is none.
    pub last_seq: i64,
    pub last_message_at: Option<i64>,
    /// Everything up to here was read; `last_seq - read_seq` is unread.
    pub read_seq: i64,
    /// Messages after `read_seq` that mention the user, the newest 100.
    pub mention_seqs: Vec<i64>,
}

/// A conversation that one has just come into, with all that a client needs to show it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct JoinedConversation {
    pub conversation: Conversation,
    pub read_state: ReadState,
    pub users: Vec<User>,
    pub streams: BTreeMap<Uuid, i64>,
}

/// All direct conversations and groups of a user.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Conversations {
    pub conversations: Vec<Conversation>,
    pub read_states: Vec<ReadState>,
    pub users: Vec<User>,
}

/// A stretch of a conversation's history.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct History {
    /// In the order of `seq`.
    pub messages: Vec<Message>,
    /// Whether there are older messages.
    pub has_before: bool,
    /// Whether there are newer messages.
    pub has_after: bool,
    /// The conversation's stream included up to here.
    pub n: i64,
    /// The authors, and the people mentioned or quoted.
    pub users: Vec<User>,
}

/// Where in the history to look. At most one of `before`, `after`, `around` and `at`; none: the newest.
#[derive(Clone, Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct HistoryQuery {
    /// Messages before this `seq`.
    #[param(minimum = 0)]
    pub before: Option<i64>,
    /// Messages after this `seq`.
    #[param(minimum = 0)]
    pub after: Option<i64>,
    /// Messages around this `seq`.
    #[param(minimum = 0)]
    pub around: Option<i64>,
    /// Messages around this time, Unix milliseconds.
    #[param(minimum = 0)]
    pub at: Option<i64>,
    /// How many, 1 to 100; 50 unless told.
    #[param(minimum = 1, maximum = 100)]
    pub limit: Option<i64>,
}

/// The pinned messages of a conversation.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Pins {
    /// The newest pin first.
    pub messages: Vec<Message>,
    /// The authors, and the people mentioned or quoted.
    pub users: Vec<User>,
}

/// What to search for, and where.
#[derive(Clone, Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SearchQuery {
    /// Words, `"phrases"`, `beginnings*`, `-excluded` words, and the filters `from:username` (or `from:me`), `has:link`,
    /// `before:2026-05-01` and `after:2026-05-01` (days begin at midnight UTC; `after` includes the day). The last word counts as a beginning.
    #[serde(default)]
    #[param(max_length = 200, example = "\"garden party\" from:me")]
    pub q: String,
    /// Only in this room, direct conversation or group.
    pub conversation_id: Option<ConversationId>,
    /// Only in the rooms of this server.
    pub server_id: Option<ServerId>,
    /// Only from this person.
    pub from: Option<UserId>,
    /// Only what was sent before this time, Unix milliseconds.
    #[param(minimum = 0)]
    pub before: Option<i64>,
    /// Only what was sent at or after this time, Unix milliseconds.
    #[param(minimum = 0)]
    pub after: Option<i64>,
    /// The order: the newest first unless told.
    #[serde(default)]
    #[param(inline)]
    pub sort: SearchSort,
    /// How many, 1 to 50; 20 unless told.
    #[param(minimum = 1, maximum = 50)]
    pub limit: Option<i64>,
    /// `next` of the page before.
    #[param(max_length = 100)]
    pub cursor: Option<String>,
}

/// The order of what was found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum SearchSort {
    #[default]
    Newest,
    /// By how well they match, among the newest 1,000 matches.
    Best,
}

/// What was found.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SearchResult {
    pub hits: Vec<SearchHit>,
    /// The authors, and the people mentioned or quoted.
    pub users: Vec<User>,
    /// The `cursor` of the next page; absent on the last one.
    pub next: Option<String>,
}

/// A message that was found.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SearchHit {
    pub message: Message,
    /// Its text around the first hit, at most 240 characters: put together they are what to show.
    pub fragments: Vec<Fragment>,
}

/// A piece of a message's text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Fragment {
    pub text: String,
    /// Whether this is what was searched for.
    pub is_hit: bool,
}

/// How far the user has read.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReadUpTo {
    /// Up to this message.
    #[schema(minimum = 0)]
    pub seq: i64,
    /// Set the pointer backwards too (mark unread).
    #[serde(default)]
    pub unread: bool,
}

/// How far messages have reached one of the user's devices.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeliveredUpTo {
    #[schema(minimum = 0)]
    pub seq: i64,
}

/// Whether the user is typing.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TypingChange {
    pub typing: bool,
}
