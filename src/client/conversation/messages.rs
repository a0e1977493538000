//! Reading what was said: opened, checked, and put together with what was sent about it.
use super::keys::may_have;
use crate::client::{Alarm, Client, Name, id_of, uuid_of};
use crate::error::{Error, Result};
use crate::history::Kept;
use serde::Deserialize;
use serde_json::Value;
use snug_crypto::bytes::Id;
use snug_crypto::content::{Content, ShortHead};
use snug_crypto::envelope::{Envelope, Header, Kind, open_message};
use snug_crypto::error::Error as Refused;
use snug_crypto::receive::{Received, receive};
use snug_crypto::revisions;
use snug_crypto::secret::Secret;
use std::collections::BTreeMap;
use uuid::Uuid;

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
    #[serde(default)]
    pub deleted_by: Option<Uuid>,
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
    /// Somebody else than its author took it away, as the node says.
    Removed,
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
    fn note_used(&mut self, conversation: Id, epoch: u64) {
        let used = self.used.entry(conversation).or_default();
        *used = if used.0 == epoch { (epoch, used.1 + 1) } else { (epoch, 1) };
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
            body: gone_body(message),
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
        if log.epoch(epoch).is_err() || may_have(log, own, epoch) {
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

/// How a message that is gone is shown: its author's doing or the end of its time, or somebody else's.
fn gone_body(message: &Message) -> Body {
    match message.deleted_by {
        Some(by) if by != message.author_id => Body::Removed,
        _ => Body::Deleted,
    }
}

/// Whether a message lies where its author put it.
fn is_in_place(received: &Received, message: &Message) -> bool {
    let Header { conversation, id, account, kind, .. } = &received.header;
    let place = (uuid_of(conversation), uuid_of(id), uuid_of(account));
    place == (message.conversation_id, message.id, message.author_id) && *kind == Kind::Message
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_moderator_took_away_is_not_shown_as_its_authors_doing() {
        let [author, other] = [Uuid::now_v7(), Uuid::now_v7()];
        let gone = |by: Option<Uuid>| {
            let message = serde_json::json!({ "id": author, "conversation_id": author, "seq": 1, "author_id": author, "created_at": 1,
                "deleted_at": 2, "deleted_by": by, "content": null });
            gone_body(&serde_json::from_value(message).unwrap())
        };
        assert_eq!((gone(Some(author)), gone(None), gone(Some(other))), (Body::Deleted, Body::Deleted, Body::Removed));
    }
}
