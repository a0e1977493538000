//! A connected client: what happens comes one update after the other, and everything that encryption needs is done on the way. What bots and
//! the terminal client are built on.
mod events;

use crate::client::Client;
use crate::conversation::messages::Line;
use crate::error::{Error, Result};
use crate::socket::{Cursors, Event, Socket};
use crate::wire::Rewrap;
use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;
use tokio::time::{Instant, sleep_until};
use uuid::Uuid;

/// The housekeeping's rhythm; most times nothing is due.
const HOUSE: Duration = Duration::from_secs(3_600);
/// A wait that nothing ends but an event: the session key that another device hands over is waited for so long.
const NEWCOMER: Duration = Duration::from_secs(61);
/// Members who can help wait a moment, so that not all of them answer at once.
const JITTER_MS: u64 = 3_000;

/// A conversation of any kind, as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chat {
    pub id: Uuid,
    pub kind: ChatKind,
    /// What it is called here: its name, or its people.
    pub title: String,
    pub is_encrypted: bool,
    pub unread: i64,
    /// Unix milliseconds; 0 before the first message.
    pub last_at: i64,
    pub people: Vec<Uuid>,
}

/// The kinds of conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChatKind {
    Direct,
    Group,
    /// A room, with its server's name.
    Room(String),
}

/// Something that happened.
#[derive(Debug)]
pub enum Update {
    Online,
    /// With the reason; the session goes on trying.
    Offline(String),
    /// The list of conversations changed.
    Chats,
    /// A message is new, or is not what it was.
    Line(Box<Line>, IsNew),
    /// Messages of this conversation that could not be read may be readable now.
    Keys(Uuid),
    /// A new device asks to be let in.
    Pairing,
    /// Somebody asked for a reset of the account, which any device can cancel.
    Reset(bool),
    /// Something that the person should know.
    Notice(String),
}

/// What a session woke up for.
pub enum Wake {
    Update(Update),
    Event(Event),
    /// Something is due.
    Time,
    /// The connection broke.
    Lost(Error),
    /// It is time to connect.
    Connect,
}

/// Whether a message was not there before.
pub type IsNew = bool;

#[derive(Deserialize)]
struct Sync {
    me: Value,
    servers: Vec<ServerState>,
    conversations: Vec<Conversation>,
    read_states: Vec<ReadState>,
    users: Vec<User>,
    streams: Cursors,
}

#[derive(Deserialize)]
struct ServerState {
    server: Named,
    rooms: Vec<Named>,
}

#[derive(Deserialize)]
struct Named {
    id: Uuid,
    name: String,
    #[serde(default)]
    is_encrypted: bool,
}

#[derive(Clone, Debug, Deserialize)]
struct Conversation {
    id: Uuid,
    kind: String,
    name: Option<String>,
    participants: Vec<Participant>,
    #[serde(default)]
    encryption: Option<EncryptionOf>,
}

#[derive(Clone, Debug, Deserialize)]
struct EncryptionOf {
    info: Option<Value>,
}

#[derive(Clone, Debug, Deserialize)]
struct Participant {
    user_id: Uuid,
}

#[derive(Clone, Debug, Deserialize)]
struct ReadState {
    conversation_id: Uuid,
    last_seq: i64,
    read_seq: i64,
    last_message_at: Option<i64>,
}

#[derive(Clone, Debug, Deserialize)]
struct User {
    id: Uuid,
    username: String,
    display_name: String,
}

/// A client that is connected, or tries to be.
pub struct Session {
    pub client: Client,
    chats: Vec<Chat>,
    /// By id: username and display name.
    users: BTreeMap<Uuid, (String, String)>,
    read: BTreeMap<Uuid, ReadState>,
    cursors: Cursors,
    socket: Option<Socket>,
    waiting: VecDeque<Update>,
    /// Requests of members that are answered a moment later.
    due: Vec<(Instant, Rewrap)>,
    house_at: Instant,
    retry_at: Instant,
    failures: u32,
}

impl Session {
    /// A session that connects with the first [`Session::next`].
    pub fn new(client: Client) -> Session {
        let now = Instant::now();
        Session {
            client,
            chats: Vec::new(),
            users: BTreeMap::new(),
            read: BTreeMap::new(),
            cursors: Cursors::new(),
            socket: None,
            waiting: VecDeque::new(),
            due: Vec::new(),
            house_at: now + NEWCOMER,
            retry_at: now,
            failures: 0,
        }
    }

    /// The conversations, the one with the newest message first.
    pub fn chats(&self) -> &[Chat] {
        &self.chats
    }

    /// How somebody is called; their id's beginning if they are not known here.
    pub fn name_of(&self, user: Uuid) -> String {
        match self.users.get(&user) {
            Some((username, display)) if display.is_empty() => username.clone(),
            Some((_, display)) => display.clone(),
            None => user.to_string()[..8].to_owned(),
        }
    }

    /// The person with this username, among those that are known here or by asking the node.
    pub async fn find_user(&mut self, username: &str) -> Result<Uuid> {
        let username = username.trim_start_matches('@').to_lowercase();
        if let Some((id, _)) = self.users.iter().find(|(_, (name, _))| *name == username) {
            return Ok(*id);
        }
        #[derive(Deserialize)]
        struct Found {
            users: Vec<User>,
        }
        let Found { users } = self.client.api.get_with("/users/search", &[("q", &username), ("limit", "20")]).await?;
        self.remember(users);
        let found = self.users.iter().find(|(_, (name, _))| *name == username);
        found.map(|(id, _)| *id).ok_or_else(|| Error::told(format!("There is nobody called {username}.")))
    }

    /// The conversation that somebody means: `@name` is the direct conversation with that person, anything else is a title.
    pub async fn find_chat(&mut self, text: &str) -> Result<Uuid> {
        if let Some(username) = text.strip_prefix('@') {
            let user = self.find_user(username).await?;
            return self.client.start_direct(user).await;
        }
        if let Ok(id) = text.parse() {
            return Ok(id);
        }
        let wanted = text.trim_start_matches('#').to_lowercase();
        let mut found = self.chats.iter().filter(|chat| chat.title.to_lowercase() == wanted);
        match (found.next(), found.next()) {
            (Some(chat), None) => Ok(chat.id),
            (Some(_), Some(_)) => Err(Error::told(format!("There are several conversations called {text}. Give the id instead."))),
            _ => Err(Error::told(format!("There is no conversation called {text}."))),
        }
    }

    /// Connects if that is not done, and loads everything.
    pub async fn connect(&mut self) -> Result<()> {
        self.load().await?;
        let socket = Socket::connect(&self.client.api, &self.cursors).await?;
        if !socket.reload.is_empty() {
            self.load().await?;
        }
        self.socket = Some(socket);
        self.failures = 0;
        Ok(())
    }

    /// The whole state, and what encryption has to catch up with.
    pub async fn load(&mut self) -> Result<()> {
        self.client.settle().await?;
        // who could not answer before may be there now
        self.client.asked.clear();
        let sync: Sync = self.client.api.get("/sync").await?;
        let me: Result<User, _> = serde_json::from_value(sync.me["user"].clone());
        self.remember(sync.users.into_iter().chain(me));
        self.read = sync.read_states.into_iter().map(|state| (state.conversation_id, state)).collect();
        self.cursors = sync.streams;
        self.chats.clear();
        let encrypted = sync.conversations.iter().filter(|conversation| conversation.encryption.is_some());
        let people: BTreeSet<Uuid> = encrypted.flat_map(|conversation| &conversation.participants).map(|one| one.user_id).collect();
        self.client.follow_known(people).await?;
        for conversation in sync.conversations {
            self.take_conversation(conversation).await?;
        }
        for ServerState { server, rooms } in sync.servers {
            for room in rooms {
                let kind = ChatKind::Room(server.name.clone());
                self.put_chat(Chat {
                    id: room.id,
                    kind,
                    title: room.name,
                    is_encrypted: room.is_encrypted,
                    unread: 0,
                    last_at: 0,
                    people: Vec::new(),
                });
            }
        }
        self.client.answer_rewraps().await?;
        self.client.save()?;
        self.waiting.push_back(Update::Chats);
        Ok(())
    }

    fn remember(&mut self, users: impl IntoIterator<Item = User>) {
        self.users.extend(users.into_iter().map(|user| (user.id, (user.username, user.display_name))));
    }

    async fn take_conversation(&mut self, conversation: Conversation) -> Result<()> {
        let id = conversation.id;
        let me = self.client.profile.user_id;
        let mut people: Vec<Uuid> = conversation.participants.iter().map(|one| one.user_id).collect();
        let mut name = conversation.name;
        let is_encrypted = conversation.encryption.is_some() || self.client.was_encrypted(id);
        if is_encrypted {
            // what can't be verified must not keep the others from working
            match self.client.catch_up(id).await {
                Ok(()) => {}
                Err(error) if error.is_passing() => return Err(error),
                // one that was left in the meantime
                Err(Error::Refused(refusal)) if matches!(refusal.status, 403 | 404) => {}
                Err(error) => self.waiting.push_back(Update::Notice(format!("A conversation is not as it should be: {error}"))),
            }
            name = match conversation.encryption.and_then(|encryption| encryption.info) {
                Some(info) => self.client.learn_name(id, &info).await?,
                None => self.client.name(id),
            };
            // whom one writes to is what the log says, whatever the node says
            people = self.client.members(id).unwrap_or_default().into_iter().map(|(user, _)| user).collect();
        }
        let others: Vec<String> = people.iter().filter(|user| **user != me).map(|user| self.name_of(*user)).collect();
        let title = name.unwrap_or_else(|| if others.is_empty() { "Notes to self".to_owned() } else { others.join(", ") });
        let kind = if conversation.kind == "direct" { ChatKind::Direct } else { ChatKind::Group };
        self.put_chat(Chat { id, kind, title, is_encrypted, unread: 0, last_at: 0, people });
        Ok(())
    }

    fn put_chat(&mut self, mut chat: Chat) {
        if let Some(read) = self.read.get(&chat.id) {
            chat.unread = (read.last_seq - read.read_seq).max(0);
            chat.last_at = read.last_message_at.unwrap_or(0);
        }
        self.chats.retain(|known| known.id != chat.id);
        self.chats.push(chat);
        self.chats.sort_by_key(|chat| std::cmp::Reverse(chat.last_at));
    }

    /// The next thing that happens; connects again by itself. Not to be given up half-way: who waits for other things as well
    /// selects on [`Session::wait`] and then calls [`Session::handle`].
    pub async fn next(&mut self) -> Result<Update> {
        loop {
            let wake = self.wait().await;
            if let Some(update) = self.handle(wake).await? {
                return Ok(update);
            }
        }
    }

    /// Waits until there is something to do. Cancel safe.
    pub async fn wait(&mut self) -> Wake {
        if let Some(update) = self.waiting.pop_front() {
            return Wake::Update(update);
        }
        let Some(socket) = &mut self.socket else {
            sleep_until(self.retry_at).await;
            return Wake::Connect;
        };
        let first_due = self.due.iter().map(|(at, _)| *at).min();
        let question = self.client.next_question().map(Instant::from_std);
        let wake = [first_due, question].into_iter().flatten().fold(self.house_at, Instant::min);
        tokio::select! {
            event = socket.event() => event.map_or_else(Wake::Lost, Wake::Event),
            () = sleep_until(wake) => Wake::Time,
        }
    }

    /// Does what there is to do, and tells what came of it.
    pub async fn handle(&mut self, wake: Wake) -> Result<Option<Update>> {
        match wake {
            Wake::Update(update) => return Ok(Some(update)),
            Wake::Event(event) => match self.on_event(event).await {
                // loading it all again failed half-way: as if the connection had broken
                Err(error) if error.is_passing() => self.lost(&error),
                other => other?,
            },
            Wake::Time => self.on_time().await?,
            Wake::Lost(error) => self.lost(&error),
            Wake::Connect => self.reconnect().await?,
        }
        self.waiting.extend(self.client.notices().into_iter().map(Update::Notice));
        Ok(self.waiting.pop_front())
    }

    async fn reconnect(&mut self) -> Result<()> {
        match self.connect().await {
            Ok(()) => self.waiting.push_back(Update::Online),
            Err(error) if error.is_passing() => self.lost(&error),
            Err(error) => return Err(error),
        }
        Ok(())
    }

    fn lost(&mut self, error: &Error) {
        self.socket = None;
        self.failures += 1;
        // half a second, doubling to half a minute, and never all clients at once
        let pause = 500u64 << self.failures.min(6);
        self.retry_at = Instant::now() + Duration::from_millis(pause / 2 + random_below(pause));
        self.waiting.push_back(Update::Offline(error.to_string()));
    }

    async fn on_time(&mut self) -> Result<()> {
        let now = Instant::now();
        let (due, later): (Vec<_>, Vec<_>) = std::mem::take(&mut self.due).into_iter().partition(|(at, _)| *at <= now);
        self.due = later;
        for (_, request) in due {
            let answered = self.client.answer_rewrap(&request).await;
            self.tolerate(answered);
        }
        if self.client.next_question().is_some_and(|at| Instant::from_std(at) <= now) {
            let asked = self.client.ask_where_due().await;
            self.tolerate(asked);
        }
        if self.house_at <= now {
            self.house_at = now + HOUSE;
            let kept = self.client.keep_house().await;
            self.tolerate(kept);
            self.client.save()?;
        }
        Ok(())
    }

    /// One thing that went wrong is told, and does not end the session.
    fn tolerate(&mut self, done: Result<()>) {
        match done {
            Ok(()) => {}
            Err(error) if error.is_passing() => {} // comes again with the next connection
            // a conversation that was left in the meantime
            Err(Error::Refused(refusal)) if matches!(refusal.status, 403 | 404) => {}
            Err(error) => self.waiting.push_back(Update::Notice(error.to_string())),
        }
    }

    /// Says a text in a conversation of any kind.
    pub async fn say(&mut self, chat: Uuid, text: &str, reply: Option<(Uuid, &str)>) -> Result<()> {
        let id = Uuid::now_v7();
        if self.is_encrypted(chat) {
            self.client.send_text(chat, id, text, reply).await?;
            return Ok(());
        }
        let reply_to = reply.map(|(target, _)| target);
        let body =
            serde_json::json!({ "id": id, "conversation_id": chat, "content": { "type": "text", "text": text }, "reply_to": reply_to });
        match self.client.api.post::<Value>("/messages", &body).await {
            // encrypted since this was loaded
            Err(error) if error.is("e2ee.required") => self.client.send_text(chat, id, text, reply).await.map(drop),
            other => other.map(drop),
        }
    }

    /// Whether a conversation is known to be encrypted. What was once is for ever: the node can't take that back.
    pub fn is_encrypted(&self, chat: Uuid) -> bool {
        self.client.was_encrypted(chat) || self.chats.iter().any(|known| known.id == chat && known.is_encrypted)
    }

    /// Everything up to this message was read.
    pub async fn mark_read(&mut self, chat: Uuid, seq: i64) -> Result<()> {
        let path = format!("/conversations/{chat}/read");
        self.client.api.post::<Value>(&path, &serde_json::json!({ "seq": seq })).await.map(drop)
    }
}

fn random_below(limit: u64) -> u64 {
    let bytes = snug_crypto::random::bytes::<8>().map_or([0; 8], |bytes| bytes.0);
    u64::from_be_bytes(bytes) % limit.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Profile, Store, Unlock};

    fn session(folder: &std::path::Path) -> Session {
        let url = "http://localhost:1".to_owned();
        let profile = Profile { url, username: "ann".to_owned(), user_id: Uuid::from_u128(1), authority: None, unlock: Unlock::File };
        let store = Store::create(folder, &profile, None).unwrap();
        Session::new(Client::open(profile, store).unwrap())
    }

    fn chat(id: u128, last_seq: i64) -> Chat {
        let (title, people) = (format!("Chat {id}"), Vec::new());
        Chat { id: Uuid::from_u128(id), kind: ChatKind::Group, title, is_encrypted: true, unread: last_seq, last_at: 0, people }
    }

    #[tokio::test]
    async fn conversations_are_listed_by_their_newest_message_with_what_is_unread() {
        let folder = tempfile::tempdir().unwrap();
        let mut session = session(folder.path());
        for (id, last_at) in [(1, 10), (2, 30), (3, 20)] {
            let conversation_id = Uuid::from_u128(id);
            session.read.insert(conversation_id, ReadState { conversation_id, last_seq: 7, read_seq: 4, last_message_at: Some(last_at) });
            session.put_chat(chat(id, 0));
        }
        session.put_chat(chat(2, 0));
        let listed: Vec<(u128, i64)> = session.chats.iter().map(|chat| (chat.id.as_u128(), chat.unread)).collect();
        assert_eq!(listed, [(2, 3), (3, 3), (1, 3)]);
        assert!(session.is_encrypted(Uuid::from_u128(2)) && !session.is_encrypted(Uuid::from_u128(9)));
    }

    #[tokio::test]
    async fn a_lost_connection_is_tried_again_after_a_growing_pause() {
        let folder = tempfile::tempdir().unwrap();
        let mut session = session(folder.path());
        for most in [1_500, 3_000, 6_000, 12_000, 24_000, 48_000, 48_000, 48_000] {
            session.lost(&Error::Unreachable("gone".to_owned()));
            let pause = session.retry_at - Instant::now();
            assert!(pause <= Duration::from_millis(most), "{pause:?}");
        }
        assert!(session.retry_at - Instant::now() > Duration::from_secs(10));
        assert!(session.waiting.iter().all(|update| matches!(update, Update::Offline(_))));
    }
}
