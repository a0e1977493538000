//! Questions that a lower domain asks and higher ones answer. Each list is filled once, when the node is put together.
use crate::{ConversationId, MessageId, Read, Result, RoleId, Stream, Tx, UserId};
use serde_json::value::RawValue;
use std::sync::OnceLock;

type PresenceChosen = Box<dyn Fn(UserId, &str) + Send + Sync>;
type FolderName = Box<dyn Fn() -> Option<String> + Send + Sync>;
type HasEmoji = Box<dyn Fn(&str) -> bool + Send + Sync>;
type ReadStates = fn(&Read<'_>, UserId, &[ConversationId]) -> Result<Vec<Box<RawValue>>>;
type StreamsOf = fn(&Read<'_>, UserId) -> Result<Vec<Stream>>;
type IdentityBroken = fn(&Tx<'_>, UserId, i64) -> Result<()>;
type IsSo = fn(&Read<'_>, UserId) -> Result<bool>;

/// What the messages domain does for the servers domain, which knows no messages.
pub struct ConversationHooks {
    /// A room is being deleted: delete what was said in it.
    pub on_conversation_deleted: fn(&Tx<'_>, ConversationId) -> Result<()>,
    /// A user came to see these rooms: what is there already counts as read.
    pub on_joined: fn(&Tx<'_>, UserId, &[ConversationId]) -> Result<()>,
    /// The user's `ReadState` of each of these conversations, as JSON, in the same order.
    pub read_states: ReadStates,
}

/// What concerns people, as the messages domain tells it in the transaction in which it happens.
pub enum Concern<'a> {
    /// A message. What only its readers can open has no mentions and answers nobody, as far as the node knows.
    Said { at: Place, users: &'a [UserId], roles: &'a [RoleId], everyone: bool, answers: Option<UserId> },
    /// Somebody reacted to a message of `author`.
    Reacted { at: Place, author: UserId, emoji: &'a str },
    /// … and took that back.
    Unreacted { at: Place, author: UserId, emoji: &'a str },
    /// Somebody let a person into a conversation.
    Added { conversation: ConversationId, by: UserId, user: UserId },
}

/// A message, and who does something with it.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    pub conversation: ConversationId,
    pub seq: i64,
    pub message: MessageId,
    pub by: UserId,
}

type Concerned = fn(&Tx<'_>, &Concern<'_>) -> Result<()>;

/// Set-once answers of higher domains.
#[derive(Default)]
pub struct Hooks {
    audiences: OnceLock<Vec<StreamsOf>>,
    conversations: OnceLock<ConversationHooks>,
    presence: OnceLock<PresenceChosen>,
    encrypted: OnceLock<StreamsOf>,
    identity_broken: OnceLock<IdentityBroken>,
    password_slot: OnceLock<IsSo>,
    concerned: OnceLock<Concerned>,
    folder_name: OnceLock<FolderName>,
    emoji: OnceLock<HasEmoji>,
}

impl Hooks {
    /// Which streams are followed by people who see this user's profile. Filled by servers and messages.
    pub fn set_audiences(&self, audiences: Vec<StreamsOf>) {
        let _ = self.audiences.set(audiences); // a second call would come from a second assembly of the same node
    }

    /// All streams whose followers see this user's profile, in a fixed order, each once.
    pub fn audience(&self, read: &Read<'_>, user: UserId) -> Result<Vec<Stream>> {
        let mut streams = Vec::new();
        for of in self.audiences.get().into_iter().flatten() {
            streams.extend(of(read, user)?);
        }
        streams.sort_unstable();
        streams.dedup();
        Ok(streams)
    }

    /// Filled by messages.
    pub fn set_conversations(&self, hooks: ConversationHooks) {
        let _ = self.conversations.set(hooks); // as above
    }

    /// See `ConversationHooks::on_conversation_deleted`.
    pub fn on_conversation_deleted(&self, tx: &Tx<'_>, conversation: ConversationId) -> Result<()> {
        self.conversations.get().map_or(Ok(()), |hooks| (hooks.on_conversation_deleted)(tx, conversation))
    }

    /// See `ConversationHooks::on_joined`.
    pub fn on_joined(&self, tx: &Tx<'_>, user: UserId, conversations: &[ConversationId]) -> Result<()> {
        self.conversations.get().map_or(Ok(()), |hooks| (hooks.on_joined)(tx, user, conversations))
    }

    /// See `ConversationHooks::read_states`.
    pub fn read_states(&self, read: &Read<'_>, user: UserId, conversations: &[ConversationId]) -> Result<Vec<Box<RawValue>>> {
        self.conversations.get().map_or(Ok(Vec::new()), |hooks| (hooks.read_states)(read, user, conversations))
    }

    /// Which encrypted conversations have this account in their roster. Filled by messages.
    pub fn set_encrypted_conversations(&self, of: StreamsOf) {
        let _ = self.encrypted.set(of); // as above
    }

    /// The streams of all encrypted conversations whose roster the account is in.
    pub fn encrypted_conversations(&self, read: &Read<'_>, user: UserId) -> Result<Vec<Stream>> {
        self.encrypted.get().map_or(Ok(Vec::new()), |of| of(read, user))
    }

    /// What becomes of an account's encrypted conversations when it loses a device or its identity. Filled by messages.
    pub fn set_on_identity_broken(&self, broken: IdentityBroken) {
        let _ = self.identity_broken.set(broken); // as above
    }

    /// An account has lost a device or its identity at this time (Unix seconds, as its link says): its conversations need new epochs.
    pub fn on_identity_broken(&self, tx: &Tx<'_>, user: UserId, at_s: i64) -> Result<()> {
        self.identity_broken.get().map_or(Ok(()), |broken| broken(tx, user, at_s))
    }

    /// Whether the account's keys can be reached with its password. Filled by identities.
    pub fn set_password_slot(&self, has: IsSo) {
        let _ = self.password_slot.set(has); // as above
    }

    /// Whether a new password alone would lock the person out of their keys.
    pub fn has_password_slot(&self, read: &Read<'_>, user: UserId) -> Result<bool> {
        self.password_slot.get().map_or(Ok(false), |has| has(read, user))
    }

    /// Who takes down what concerns people. Filled by notifications.
    pub fn set_concerned(&self, concerned: Concerned) {
        let _ = self.concerned.set(concerned); // as above
    }

    /// Says what concerns people.
    pub fn concern(&self, tx: &Tx<'_>, concern: &Concern<'_>) -> Result<()> {
        self.concerned.get().map_or(Ok(()), |concerned| concerned(tx, concern))
    }

    /// What the branding's folder calls the instance, and whether it has an emoji of its own with that name. Filled by branding.
    pub fn set_branding(&self, folder_name: FolderName, has_emoji: HasEmoji) {
        let _ = self.folder_name.set(folder_name); // as above
        let _ = self.emoji.set(has_emoji);
    }

    /// What the branding's folder calls the instance.
    pub fn folder_name(&self) -> Option<String> {
        self.folder_name.get().and_then(|name| name())
    }

    /// Whether the instance has an emoji of its own with that name.
    pub fn has_emoji(&self, name: &str) -> bool {
        self.emoji.get().is_some_and(|has| has(name))
    }

    /// Filled by whoever shows presence.
    pub fn set_presence_chosen(&self, chosen: PresenceChosen) {
        let _ = self.presence.set(chosen); // as above
    }

    /// A user chose, and it is stored, what to be shown as: online, idle, dnd or invisible.
    pub fn presence_chosen(&self, user: UserId, choice: &str) {
        if let Some(chosen) = self.presence.get() {
            chosen(user, choice);
        }
    }
}
