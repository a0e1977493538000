//! What goes over the wire.
use serde::{Deserialize, Serialize};
use snug_accounts::User;
use snug_base::{ConversationId, MessageId, NoticeId, UserId};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// Of what is said in a place a person is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Every message.
    All,
    /// Messages that mention them or answer them.
    Mentions,
    /// Nothing.
    None,
}

impl Level {
    /// The word in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Level::All => "all",
            Level::Mentions => "mentions",
            Level::None => "none",
        }
    }
}

/// What somebody chose for a place: a room, a direct conversation, a group or a server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PlaceLevel {
    /// Id of a conversation or a server.
    pub place_id: Uuid,
    /// Null: as in the room's server, and where nothing is chosen there: mentions in rooms, everything in direct conversations and groups.
    pub level: Option<Level>,
    /// Whether it is muted now; see `muted_until`.
    pub muted: bool,
    /// When it ends, in Unix milliseconds; null while it is muted: when it is switched on again.
    pub muted_until: Option<i64>,
}

/// The whole choice for a place.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LevelChange {
    #[serde(default)]
    pub level: Option<Level>,
    #[serde(default)]
    pub muted: bool,
    /// At most a year ahead; null: until it is switched on again.
    #[serde(default)]
    pub muted_until: Option<i64>,
}

/// Hours in which no device makes a sound or shows anything by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QuietHours {
    /// Minutes since midnight.
    #[schema(example = 1320, minimum = 0, maximum = 1439)]
    pub from: i64,
    /// Minutes since midnight; on the next day unless it is later than `from`.
    #[schema(example = 420, minimum = 0, maximum = 1439)]
    pub to: i64,
    /// IANA name of the time zone.
    #[schema(example = "Europe/Oslo", max_length = 64)]
    pub zone: String,
    /// The days on which they begin: 1 Monday to 7 Sunday.
    #[schema(example = json!([1, 2, 3, 4, 5, 6, 7]))]
    pub days: Vec<i64>,
}

/// What holds for all places.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NotificationSettings {
    /// Push messages say what was written, where the node can read it.
    pub show_content: bool,
    /// Null: there are none.
    pub quiet: Option<QuietHours>,
}

impl Default for NotificationSettings {
    fn default() -> Self {
        Self { show_content: true, quiet: None }
    }
}

/// All that somebody chose.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct NotificationState {
    pub settings: NotificationSettings,
    /// Of the places for which something was chosen.
    pub levels: Vec<PlaceLevel>,
}

/// Why something is in the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum NoticeKind {
    /// By name, by a role, or as everyone.
    Mention,
    /// A message that answers one of theirs.
    Reply,
    /// To a message of theirs.
    Reaction,
    /// Somebody let them into a group.
    Added,
}

/// Something that concerned a person.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Notice {
    pub id: NoticeId,
    pub kind: NoticeKind,
    pub conversation_id: ConversationId,
    /// The message; null: the conversation itself.
    pub message_id: Option<MessageId>,
    pub seq: Option<i64>,
    /// Whose doing it was.
    pub by_id: UserId,
    /// Of a reaction.
    pub emoji: Option<String>,
    /// The beginning of the message's text.
    pub excerpt: Option<String>,
    pub created_at: i64,
    pub is_read: bool,
}

/// A page of the list, the newest first.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Notices {
    pub notices: Vec<Notice>,
    /// Whose doing they were.
    pub users: Vec<User>,
    /// How many are not read, at most 100.
    pub unread: i64,
    /// `before` of the next page; absent on the last one.
    pub next: Option<NoticeId>,
}

/// Which page.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct NoticesQuery {
    /// `next` of the page before.
    pub before: Option<NoticeId>,
    /// How many, 1 to 100; 30 unless told.
    #[param(minimum = 1, maximum = 100)]
    pub limit: Option<i64>,
}

/// What was read.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NoticesRead {
    /// This one and all before it.
    #[serde(default)]
    pub upto: Option<NoticeId>,
    /// These, at most 100.
    #[serde(default)]
    pub ids: Vec<NoticeId>,
}

/// How many are left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct NoticesUnread {
    /// At most 100.
    pub unread: i64,
}

/// What a device needs to ask for push messages.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PushOffer {
    /// Whether this node sends any.
    pub enabled: bool,
    /// The node's key (VAPID): 65 bytes, base64url. For `applicationServerKey`.
    pub public_key: String,
    /// Whether this device gets them.
    pub subscribed: bool,
}

/// What a browser gives out for push messages, as `PushSubscription.toJSON()` says it.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PushSubscription {
    /// Where its push service takes them.
    #[schema(example = "https://push.example.org/wpush/v2/gAAA", max_length = 1024)]
    pub endpoint: String,
    /// When the push service will forget it; not used.
    #[serde(default, rename = "expirationTime")]
    #[schema(ignore)]
    pub _expires_at: Option<f64>,
    pub keys: PushKeys,
}

/// The keys that a browser made for push messages.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PushKeys {
    /// Its P-256 key: 65 bytes, base64url.
    #[schema(example = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4", max_length = 100)]
    pub p256dh: String,
    /// 16 bytes, base64url.
    #[schema(example = "BTBZMqHH6r4Tts7J_aSIgg", max_length = 32)]
    pub auth: String,
}

/// A subscription in place of an earlier one that the push service gave up.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PushRenewal {
    /// The earlier one: whoever knows its secret is its browser.
    pub old: PushSubscription,
    pub new: PushSubscription,
}
