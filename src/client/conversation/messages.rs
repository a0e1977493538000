//! Saying something, and reading what was said.
use super::epochs::NewEpoch;
use crate::client::{Alarm, Client, Name, id_of, uuid_of};
use crate::error::{Error, Result};
use crate::history::Kept;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use snug_crypto::bytes::Id;
use snug_crypto::content::{Content, ShortHead};
use snug_crypto::conversation_log::ConversationLog;
use snug_crypto::envelope::{Envelope, Header, Kind, open_message, seal_message};
use snug_crypto::epoch::Reason;
use snug_crypto::error::Error as Refused;
use snug_crypto::receive::{Received, receive};
use snug_crypto::revisions;
use snug_crypto::seal::Fresh;
use snug_crypto::secret::Secret;
use std::collections::BTreeMap;
use std::time::Duration;
use uuid::Uuid;

/// How often sending is tried while others change the conversation.
const ATTEMPTS: u32 = 5;
/// Sending waits so long where the node asks for a pause; a longer one is told to the person.
const LONGEST_PAUSE_S: u64 = 5;

/// A message as the API gives it.
#[derive(Clone, Debug, Deserialize)]
pub struct Message {
    pub id: Uuid,
    pub conversation_id: Uuid,
    pub seq: i64,
    pub author_id: Uuid,
    /// Unix milliseconds.
    pub created_at: i64,
    pub deleted_at: Option<i64>,
    pub content: Option<Value>,
    #[serde(default)]
    pub about: Vec<Value>,
}

/// A message as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub id: Uuid,
    pub conversation_id: Uuid,
    pub seq: i64,
    pub author_id: Uuid,
    pub created_at: i64,
    pub is_edited: bool,
    pub body: Body,
    /// Who reacted, by emoji.
    pub reactions: BTreeMap<String, usize>,
    /// What was answered, as the sender quoted it.
    pub quote: Option<String>,
    /// In an encrypted conversation: it was not encrypted, so nobody but the node vouches for it.
    pub is_plain: bool,
}

/// What a message says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    Text(String),
    /// Something that this program does not show yet, such as a file or poll.
    Other(String),
    Deleted,
    Unreadable(Unreadable),
}

/// Why a message can't be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// Its key is on the way.
    Waiting,
    /// It is from before one joined.
    BeforeJoin,
    /// It is from before one's account was reset.
    BeforeReset,
    /// It needs a newer program.
    Newer,
    /// It could not be verified; the code says how.
    Invalid(String),
}

#[derive(Deserialize)]
struct Page {
    messages: Vec<Message>,
}

impl Client {
    /// Sends a text, making a new epoch first where one is needed. The same id again is the same message.
    pub async fn send_text(&mut self, conversation: Uuid, id: Uuid, text: &str, reply: Option<(Uuid, &str)>) -> Result<Message> {
        let mut fields = Map::new();
        fields.insert("body".to_owned(), text.into());
        fields.insert("md".to_owned(), true.into());
        if let Some((target, quote)) = reply {
            fields.insert("reply".to_owned(), json!({ "id": id_of(target), "quote": quote }));
        }
        let sent = self.send(conversation, id, Kind::Message, None, "text", fields).await?;
        serde_json::from_value(sent).map_err(|e| Error::Answer(e.to_string()))
    }

    /// Replaces the text of an own message.
    pub async fn edit_text(&mut self, conversation: Uuid, target: Uuid, text: &str) -> Result<()> {
        let fields = json!({ "body": text, "md": true }).as_object().cloned().unwrap_or_default();
        self.send(conversation, Uuid::now_v7(), Kind::Edit, Some(target), "edit", fields).await.map(drop)
    }

    /// Deletes an own message everywhere.
    pub async fn delete(&mut self, conversation: Uuid, target: Uuid) -> Result<()> {
        self.history.remove(target)?;
        self.send(conversation, Uuid::now_v7(), Kind::Deletion, Some(target), "del", Map::new()).await.map(drop)
    }

    /// Reacts to a message, or takes a reaction back.
    pub async fn react(&mut self, conversation: Uuid, target: Uuid, emoji: &str, is_added: bool) -> Result<()> {
        let op = if is_added { "add" } else { "remove" };
        let fields = json!({ "emoji": emoji, "op": op }).as_object().cloned().unwrap_or_default();
        self.send(conversation, Uuid::now_v7(), Kind::Reaction, Some(target), "react", fields).await.map(drop)
    }

    async fn send(
        &mut self,
        conversation: Uuid,
        id: Uuid,
        kind: Kind,
        target: Option<Uuid>,
        content: &str,
        fields: Map<String, Value>,
    ) -> Result<Value> {
        let chat = id_of(conversation);
        if !self.conversations.contains_key(&chat) {
            self.follow_conversation(chat).await?;
        }
        let n = self.next_number(chat).await?;
        for attempt in 1.. {
            let tried = self.try_send(conversation, id, kind, target, content, fields.clone(), n).await;
            match tried {
                Err(error)
                    if attempt < ATTEMPTS
                        && let Some(pause) = pause_after(&error) =>
                {
                    let jitter = u64::from(snug_crypto::random::bytes::<1>()?.0[0]) + 50;
                    tokio::time::sleep(pause + Duration::from_millis(jitter)).await;
                    self.follow_conversation(chat).await?;
                    let members: Vec<Id> = self.conversation(&chat)?.entries().iter().map(|entry| entry.account).collect();
                    self.follow_accounts(members, true).await?;
                }
                other => return other,
            }
        }
        Err(Error::told("The message was not sent. Try again."))
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one message")]
    async fn try_send(
        &mut self,
        conversation: Uuid,
        id: Uuid,
        kind: Kind,
        target: Option<Uuid>,
        content: &str,
        fields: Map<String, Value>,
        n: u64,
    ) -> Result<Value> {
        let chat = id_of(conversation);
        self.ensure_epoch(chat).await?;
        let log = self.conversation(&chat)?;
        let epoch = log.newest_epoch().map_or(0, |epoch| epoch.n);
        let (epoch, secret) = match self.secret(chat, epoch).await {
            // one that this device could not get hold of is no reason to be silent
            Err(Error::Protocol(Refused::Locked | Refused::BadCommit)) => {
                self.make_epoch(chat, Reason::Break).await?;
                let epoch = self.conversation(&chat)?.newest_epoch().map_or(0, |epoch| epoch.n);
                (epoch, self.secret(chat, epoch).await?)
            }
            secret => (epoch, secret?),
        };
        let log = self.conversation(&chat)?;
        let retain = log.policy().retain_s;
        let expires = if kind == Kind::Message && retain > 0 { self.now() + retain } else { 0 };
        let target = target.map(id_of);
        let envelope = self.seal(log, &NewEpoch { n: epoch, secret }, id_of(id), kind, target, expires, content, fields, n)?;
        let envelope = value(&envelope)?;
        let answer = if kind == Kind::Message {
            let body = json!({ "id": id, "conversation_id": conversation, "content": { "type": "encrypted", "envelope": envelope } });
            self.api.post("/messages", &body).await?
        } else {
            self.api.post("/e2ee/envelopes", &json!({ "envelope": envelope })).await?
        };
        Ok(answer)
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one message")]
    fn seal(
        &self,
        log: &ConversationLog,
        epoch: &NewEpoch,
        id: Id,
        kind: Kind,
        target: Option<Id>,
        expires: u64,
        content: &str,
        fields: Map<String, Value>,
        n: u64,
    ) -> Result<Envelope> {
        let device = self.device()?;
        let dsk = device.dsk();
        let header = Header {
            suite: log.epoch(epoch.n)?.suite,
            conversation: log.conversation(),
            epoch: epoch.n,
            account: self.me(),
            device: device.id,
            sender_key: dsk.public(),
            id,
            kind,
            target,
            thread: None,
            expires,
        };
        let unknown = || Error::Protocol(Refused::NeedLog);
        let heads = (log.chain().head().ok_or_else(unknown)?, self.own_log()?.head().ok_or_else(unknown)?);
        let content = Content::new(content, fields, heads, n).write()?;
        // what others would refuse is not sent
        Content::read(kind, &content)?;
        Ok(seal_message(&epoch.secret, header, &content, &dsk, Fresh::random()?)?)
    }

    /// The next number of this device in a conversation.
    async fn next_number(&mut self, conversation: Id) -> Result<u64> {
        self.update(|keys| {
            let count = keys.sent.entry(conversation).or_default();
            *count += 1;
            Ok(*count)
        })
        .await
    }

    fn note_used(&mut self, conversation: Id, epoch: u64) {
        let used = self.used.entry(conversation).or_default();
        *used = if used.0 == epoch { (epoch, used.1 + 1) } else { (epoch, 1) };
    }

    /// The message that says what a conversation is called, in an epoch.
    pub(crate) fn info_in(&self, log: &ConversationLog, epoch: &NewEpoch, fields: Map<String, Value>) -> Result<Value> {
        let id = id_of(Uuid::now_v7());
        // numbered as the first: whoever makes an epoch need not have said anything yet
        let n = self.keys.sent.get(&log.conversation()).copied().unwrap_or(0).max(1);
        value(&self.seal(log, epoch, id, Kind::System, None, 0, "info", fields, n)?)
    }

    /// What the conversation is called, sealed once more for those who come with a new epoch.
    pub(crate) fn info_again(&self, log: &ConversationLog, epoch: &NewEpoch) -> Result<Option<Value>> {
        match self.names.get(&log.conversation()) {
            Some(name) => self.info_in(log, epoch, name.fields.clone()).map(Some),
            None => Ok(None),
        }
    }

    /// A page of the history, the newest unless told, as it is to be shown.
    pub async fn page(&mut self, conversation: Uuid, before: Option<i64>, limit: usize) -> Result<Vec<Line>> {
        let before = before.map_or_else(String::new, |seq| format!("&before={seq}"));
        let Page { messages } = self.api.get(&format!("/conversations/{conversation}/messages?limit={limit}{before}")).await?;
        let mut lines = Vec::new();
        for message in &messages {
            let mut line = self.line(message, None).await?;
            if message.conversation_id != conversation || lines.iter().any(|other: &Line| other.id == line.id) {
                line.body = Body::Unreadable(Unreadable::Invalid("moved".to_owned()));
            }
            lines.push(line);
        }
        Ok(lines)
    }

    /// Opens one message with all that was sent about it. `live`: it has just arrived.
    pub async fn line(&mut self, message: &Message, live: Option<u64>) -> Result<Line> {
        let is_gone = self.has_expired(message);
        let mut line = Line {
            id: message.id,
            conversation_id: message.conversation_id,
            seq: message.seq,
            author_id: message.author_id,
            created_at: message.created_at,
            is_edited: false,
            body: Body::Deleted,
            reactions: BTreeMap::new(),
            quote: None,
            is_plain: false,
        };
        let Some(content) = message.content.as_ref().filter(|_| message.deleted_at.is_none() && !is_gone) else {
            self.history.remove(message.id)?;
            return Ok(line);
        };
        if let Some(text) = content["text"].as_str() {
            line.body = Body::Text(text.to_owned());
            line.is_plain = self.was_encrypted(message.conversation_id);
            return Ok(line);
        }
        match self.open_value(&content["envelope"], live).await {
            Err(Error::Protocol(error)) => line.body = Body::Unreadable(self.why(message, &error)),
            Err(other) => return Err(other),
            // what the node says around it has to be what was signed
            Ok(received) if !is_in_place(&received, message) => line.body = Body::Unreadable(Unreadable::Invalid("moved".to_owned())),
            Ok(_) if self.history.place(message.id)?.is_some_and(|place| place != (message.conversation_id, message.seq)) => {
                line.body = Body::Unreadable(Unreadable::Invalid("replayed".to_owned()));
            }
            Ok(received) => {
                if live.is_some() {
                    self.note_used(received.header.conversation, received.header.epoch);
                }
                self.show(&mut line, &received, &message.about).await?;
            }
        }
        if let Body::Text(text) = &line.body {
            let kept = Kept {
                conversation_id: line.conversation_id,
                seq: line.seq,
                id: line.id,
                author_id: line.author_id,
                created_at: line.created_at,
                text: text.clone(),
            };
            self.history.keep(&kept)?;
        }
        Ok(line)
    }

    /// Whether a message has lived as long as its author wanted, whether or not the node took it away.
    fn has_expired(&self, message: &Message) -> bool {
        let expires = message.content.as_ref().and_then(|content| content["envelope"]["expires"].as_u64()).unwrap_or(0);
        expires > 0 && expires <= self.now()
    }

    async fn show(&mut self, line: &mut Line, received: &Received, about: &[Value]) -> Result<()> {
        let mut opened = Vec::new();
        for envelope in about {
            match self.open_value(envelope, None).await {
                Ok(one) if one.header.conversation == received.header.conversation => opened.push(one),
                Ok(_) => {}
                Err(Error::Protocol(_)) => {} // what can't be verified does not count
                Err(other) => return Err(other),
            }
        }
        let shown = revisions::apply(received, &opened);
        let content = shown.edit.map_or(&received.content, |edit| &edit.content);
        line.is_edited = shown.edit.is_some();
        line.body = match (shown.is_deleted, content.body()) {
            (true, _) => Body::Deleted,
            (false, Some(text)) => Body::Text(text.to_owned()),
            (false, None) => Body::Other(content.kind.clone()),
        };
        line.reactions = shown.reactions.iter().map(|(emoji, who)| (emoji.clone(), who.len())).collect();
        line.quote = received.content.fields.get("reply").and_then(|reply| reply["quote"].as_str()).map(str::to_owned);
        Ok(())
    }

    /// Opens an envelope, fetching what it takes.
    async fn open_value(&mut self, envelope: &Value, live: Option<u64>) -> Result<Received> {
        let text = serde_json::to_vec(envelope).map_err(|e| Error::Answer(e.to_string()))?;
        let envelope = Envelope::read(&text)?;
        let (conversation, epoch) = (envelope.header.conversation, envelope.header.epoch);
        if self.conversation(&conversation).and_then(|log| Ok(log.epoch(epoch).map(drop)?)).is_err() {
            self.follow_conversation(conversation).await?;
            let log = self.conversation(&conversation)?;
            if log.epoch(epoch).is_err() && log.member(&envelope.header.account).is_some() {
                // the node takes messages of the newest epoch only: it knows a link that it does not show
                self.alarms.insert(conversation, Alarm::Withheld(envelope.header.account, log.chain().len()));
                return Err(Error::Protocol(Refused::NeedLog));
            }
        }
        self.follow_accounts([envelope.header.account], false).await?;
        let secret = self.secret(conversation, epoch).await?;
        match self.try_open(&envelope, &secret, live) {
            Err(Error::Protocol(Refused::NeedLog)) => {
                self.follow_conversation(conversation).await?;
                self.follow_account(envelope.header.account).await?;
                let opened = self.try_open(&envelope, &secret, live);
                self.heed_gossip(&envelope, &secret, &opened);
                opened
            }
            other => {
                self.heed_gossip(&envelope, &secret, &other);
                other
            }
        }
    }

    /// A member whose message shows that they know more of the conversation's log than the node shows here, or another one: nothing is sent
    /// there until that is settled, or they are out of it.
    fn heed_gossip(&mut self, envelope: &Envelope, secret: &Secret, opened: &Result<Received>) {
        let Err(Error::Protocol(Refused::NeedLog | Refused::LogFork)) = opened else { return };
        let Header { conversation, account, device, sender_key, kind, .. } = envelope.header;
        let Some(log) = self.conversations.get(&conversation).filter(|log| log.member(&account).is_some()) else { return };
        let is_theirs = self.accounts.get(&account).and_then(|log| log.device(&device)).is_some_and(|device| device.dsk == sender_key);
        if !is_theirs {
            return;
        }
        let Ok(content) = open_message(secret, envelope).and_then(|content| Content::read(kind, &content)) else { return };
        let ShortHead(seq, start) = content.heads.conversation;
        let alarm = match log.chain().check_start(seq, &start.0) {
            Err(Refused::NeedLog) => Alarm::Withheld(account, seq),
            Err(_) => Alarm::Split(account),
            Ok(()) => return,
        };
        if self.alarms.insert(conversation, alarm.clone()) != Some(alarm) {
            let who = uuid_of(&account);
            self.notices
                .push(format!("{who} sees another history of a conversation than the node shows here. Nothing is sent there. (log_fork)"));
        }
    }

    fn try_open(&self, envelope: &Envelope, secret: &Secret, live: Option<u64>) -> Result<Received> {
        let log = self.conversation(&envelope.header.conversation)?;
        Ok(receive(envelope, secret, log, &self.accounts, live)?)
    }

    fn why(&self, message: &Message, error: &Refused) -> Unreadable {
        match error {
            Refused::Locked => self.why_locked(message),
            Refused::Newer => Unreadable::Newer,
            other => Unreadable::Invalid(other.code().to_owned()),
        }
    }

    /// Whether a secret that is not here may still come.
    fn why_locked(&self, message: &Message) -> Unreadable {
        let epoch = message.content.as_ref().and_then(|content| content["envelope"]["epoch"].as_u64()).unwrap_or(0);
        let (Ok(log), Ok(own)) = (self.conversation(&id_of(message.conversation_id)), self.own_log()) else { return Unreadable::Waiting };
        if snug_crypto::wrap::may_deliver(log, own, epoch).unwrap_or(true) {
            return Unreadable::Waiting;
        }
        let then = log.epoch(epoch).ok().and_then(|epoch| log.member_at(&self.me(), epoch.seq));
        if then.is_some() { Unreadable::BeforeReset } else { Unreadable::BeforeJoin }
    }

    /// Opens what a conversation is called, as the node has it. Only what somebody said who may, or the first name that is known.
    pub async fn learn_name(&mut self, conversation: Uuid, info: &Value) -> Result<Option<String>> {
        use snug_crypto::conversation_log::roster::Role;
        let id = id_of(conversation);
        match self.open_value(info, None).await {
            // the name of another conversation, or one from before the one that is known, says nothing
            Ok(received) if received.header.kind == Kind::System && received.header.conversation == id => {
                let log = self.conversation(&id)?;
                let known_at = received.content.heads.conversation.0;
                let role = log.member_at(&received.header.account, known_at).map(|entry| entry.role);
                let may = role.is_some_and(|role| role >= log.policy().add.min(Role::Admin));
                let is_older = self.names.get(&id).is_some_and(|name| known_at < name.known_at);
                if (may && !is_older) || !self.names.contains_key(&id) {
                    self.names.insert(id, Name { known_at, fields: received.content.fields.clone() });
                }
            }
            Ok(_) | Err(Error::Protocol(_)) => {}
            Err(other) => return Err(other),
        }
        Ok(self.name(conversation))
    }

    /// What a conversation is called, if that is known here.
    pub fn name(&self, conversation: Uuid) -> Option<String> {
        self.names.get(&id_of(conversation))?.fields.get("name")?.as_str().map(str::to_owned)
    }
}

/// Whether a message lies where its author put it.
fn is_in_place(received: &Received, message: &Message) -> bool {
    let Header { conversation, id, account, kind, .. } = &received.header;
    let place = (uuid_of(conversation), uuid_of(id), uuid_of(account));
    place == (message.conversation_id, message.id, message.author_id) && *kind == Kind::Message
}

/// How long to wait before the same is tried on what is true then; none if that would not help.
fn pause_after(error: &Error) -> Option<Duration> {
    match error {
        Error::Refused(refusal) if matches!(refusal.code.as_str(), "e2ee.conflict" | "e2ee.epoch_stale") => Some(Duration::ZERO),
        // two epochs in short order
        Error::Refused(refusal) if refusal.status == 429 => {
            refusal.retry_after_s.filter(|s| *s <= LONGEST_PAUSE_S).map(Duration::from_secs)
        }
        _ => None,
    }
}

fn value(envelope: &Envelope) -> Result<Value> {
    serde_json::from_slice(&envelope.write()).map_err(|e| Error::Answer(e.to_string()))
}
