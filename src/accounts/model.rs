//! Accounts and the instance as they go over the wire.
use serde::{Deserialize, Serialize};
use snug_base::config::Registration;
use snug_base::db::{FromColumn, Param, ToParam, Value};
use snug_base::{Error, SessionId, UserId};
use snug_crypto::bytes::Public;
use utoipa::ToSchema;

macro_rules! words { ($(#[$doc:meta])* $name:ident { $($(#[$word_doc:meta])* $word:ident = $text:literal),* $(,)? }) => {
    $(#[$doc])*
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
    // utoipa doesn't see a rename that comes out of a macro.
    #[schema(rename_all = "snake_case")]
    pub enum $name { $($(#[$word_doc])* #[serde(rename = $text)] $word),* }
    impl $name {
        /// The word in the database and on the wire.
        pub fn as_str(self) -> &'static str { match self { $($name::$word => $text),* } }
    }
    impl std::str::FromStr for $name {
        type Err = String;
        fn from_str(text: &str) -> Result<Self, String> {
            match text {
                $($text => Ok($name::$word),)*
                _ => Err(format!("must be one of: {}", [$($text),*].join(", "))),
            }
        }
    }
    impl ToParam for $name { fn param(&self) -> Param<'_> { Param::Text(self.as_str()) } }
    impl FromColumn for $name {
        fn from_column(value: Value<'_>) -> snug_base::Result<Self> {
            String::from_column(value)?.parse().map_err(|e: String| Error::internal(e))
        }
    }
}}

pub(crate) use words;

words! {
    /// Whether a person or a program uses the account.
    UserType { Human = "human", Agent = "agent" }
}
words! {
    /// What an account may do on the whole instance.
    InstanceRole {
        /// Everything: settings, accounts, invites.
        Admin = "admin",
        /// Moderation.
        Moderator = "moderator",
        User = "user",
    }
}
words! {
    /// What the user wants to be shown as.
    PresenceChoice { Online = "online", Idle = "idle", Dnd = "dnd", Invisible = "invisible" }
}

/// A user as everybody sees them.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct User {
    pub id: UserId,
    #[schema(example = "ann")]
    pub username: String,
    #[schema(example = "Ann Example")]
    pub display_name: String,
    pub bio: String,
    pub link: String,
    pub status_text: String,
    /// Path of the picture.
    #[schema(example = "/api/v1/pictures/2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824")]
    pub picture: Option<String>,
    #[serde(rename = "type")]
    pub kind: UserType,
    pub created_at: i64,
    pub is_disabled: bool,
}

/// A user as they see themselves.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Account {
    pub user: User,
    pub email: Option<String>,
    pub role: InstanceRole,
    pub presence: PresenceChoice,
}

/// What everybody may know about the instance.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Instance {
    #[schema(example = "Snug")]
    pub name: String,
    pub version: &'static str,
    pub registration: Registration,
    /// There is no admin yet: open the setup link that the node printed.
    pub needs_setup: bool,
    /// The Ed25519 key with which the node says that somebody is to leave an encrypted conversation: 32 bytes, base64url.
    #[schema(value_type = String)]
    pub e2ee_key: Public,
    pub limits: InstanceLimits,
    /// Addresses under which people reached the node before: links to them lead here.
    pub former_urls: Vec<String>,
}

/// How much of everything.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct InstanceLimits {
    pub servers_per_user: i64,
    /// Characters.
    pub message_length: usize,
    pub group_size: usize,
    pub picture_bytes: usize,
}

/// What a sign-in answers with, together with the refresh cookie.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SignedIn {
    /// Goes into the `Authorization: Bearer` header and the socket's `hello`.
    pub access_token: String,
    #[schema(example = 900)]
    pub expires_in_s: i64,
    pub session_id: SessionId,
    pub account: Account,
}

/// One device's sign-in.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Session {
    pub id: SessionId,
    #[schema(example = "Firefox on Linux")]
    pub device_name: String,
    pub user_agent: String,
    pub ip: String,
    pub created_at: i64,
    pub last_seen_at: i64,
    /// The session that asks.
    pub is_current: bool,
}

/// An account as admins see it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AdminUser {
    pub user: User,
    pub email: Option<String>,
    pub role: InstanceRole,
    pub last_seen_at: Option<i64>,
    /// How many devices are signed in.
    pub sessions: i64,
}

/// An invite to the instance.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct InstanceInvite {
    pub code: String,
    #[schema(example = "https://chat.example.org/register?invite=7KQ2M9XA4CPT")]
    pub url: String,
    pub path: String,
    /// Null: made by the operator on the command line.
    pub created_by: Option<UserId>,
    pub created_at: i64,
    pub expires_at: Option<i64>,
    pub max_uses: Option<i64>,
    pub uses: i64,
}

/// A link that works once.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OneTimeLink {
    #[schema(example = "https://chat.example.org/reset/Zm9v")]
    pub url: String,
    pub path: String,
    pub expires_at: i64,
}
