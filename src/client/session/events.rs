//! What a session does with each event.
use super::{Conversation, JITTER_MS, NEWCOMER, ReadState, Session, Update, User, random_below};
use crate::client::id_of;
use crate::conversation::messages::Message;
use crate::error::{Error, Result};
use crate::socket::{Cursors, Event};
use crate::wire::Rewrap;
use serde::Deserialize;
use serde_json::Value;
use snug_crypto::link::Link;
use std::time::Duration;
use tokio::time::Instant;
use uuid::Uuid;

#[derive(Deserialize)]
struct LinkEvent {
    conversation_id: Uuid,
    seq: u64,
    link: Link,
}

impl Session {
    pub(super) async fn on_event(&mut self, event: Event) -> Result<()> {
        if let Some(stream) = event.stream {
            let Some(cursor) = self.cursors.get_mut(&stream) else { return Ok(()) };
            if event.n <= *cursor {
                return Ok(());
            }
            if event.n > *cursor + 1 {
                // something is missing: the cheapest way to be right is to load everything
                return self.load().await;
            }
            *cursor = event.n;
        }
        let done = self.apply(event).await;
        self.tolerate(done);
        Ok(())
    }

    async fn apply(&mut self, event: Event) -> Result<()> {
        match event.kind.as_str() {
            "message.created" => self.on_message(event.body, true).await,
            "message.updated" | "message.deleted" => self.on_message(event.body, false).await,
            "message.envelope" => {
                let id = event.body["message_id"].as_str().unwrap_or_default().to_owned();
                let message: Value = self.client.api.get(&format!("/messages/{id}")).await?;
                self.on_message(message, false).await
            }
            "conversation.joined" => self.on_joined(event.body).await,
            "conversation.updated" => {
                let conversation = parse(event.body)?;
                self.take_conversation(conversation).await?;
                self.waiting.push_back(Update::Chats);
                Ok(())
            }
            "conversation.left" => {
                let left = event.body["conversation_id"].as_str().and_then(|id| id.parse().ok());
                self.chats.retain(|chat| Some(chat.id) != left);
                self.waiting.push_back(Update::Chats);
                Ok(())
            }
            "read.updated" => {
                let state: ReadState = parse(event.body)?;
                self.on_read(state);
                Ok(())
            }
            "user.updated" => {
                let user = event.body.get("user").cloned().unwrap_or(event.body);
                self.remember([parse::<User>(user)?]);
                Ok(())
            }
            kind if kind.starts_with("e2ee.") => self.on_encryption(kind, event.body).await,
            _ => Ok(()),
        }
    }

    async fn on_encryption(&mut self, kind: &str, body: Value) -> Result<()> {
        match kind {
            "e2ee.link" => {
                let LinkEvent { conversation_id, seq, link } = parse(body)?;
                self.client.on_link(conversation_id, seq, link).await?;
                self.waiting.push_back(Update::Keys(conversation_id));
            }
            "e2ee.key" => {
                let conversation: Uuid = parse(body["conversation_id"].clone())?;
                self.client.receive_keys(id_of(conversation)).await?;
                self.waiting.push_back(Update::Keys(conversation));
            }
            "e2ee.account" | "e2ee.prekeys_low" => {
                self.client.settle().await?;
                self.client.receive_everywhere().await?;
                // a device without the newest session key looks again when its minute is over
                self.house_at = self.house_at.min(Instant::now() + NEWCOMER);
            }
            "e2ee.vault" => {
                self.client.read_vault().await?;
                self.waiting.extend(self.chats.iter().filter(|chat| chat.is_encrypted).map(|chat| Update::Keys(chat.id)));
            }
            "e2ee.identity" => self.client.on_identity(parse(body["user_id"].clone())?).await?,
            "e2ee.rewrap" => {
                let request: Rewrap = parse(body)?;
                if request.user_id != self.client.profile.user_id {
                    self.due.push((Instant::now() + Duration::from_millis(random_below(JITTER_MS)), request));
                }
            }
            "e2ee.info" => {
                let conversation: Uuid = parse(body["conversation_id"].clone())?;
                if let Some(name) = self.client.learn_name(conversation, &body["envelope"]).await?
                    && let Some(chat) = self.chats.iter_mut().find(|chat| chat.id == conversation)
                {
                    chat.title = name;
                    self.waiting.push_back(Update::Chats);
                }
            }
            "e2ee.pairing" => self.waiting.push_back(Update::Pairing),
            "e2ee.reset" => self.waiting.push_back(Update::Reset(!body["ready_at"].is_null())),
            _ => {}
        }
        Ok(())
    }

    async fn on_joined(&mut self, body: Value) -> Result<()> {
        let users: Vec<User> = parse(body["users"].clone())?;
        self.remember(users);
        let state: ReadState = parse(body["read_state"].clone())?;
        self.read.insert(state.conversation_id, state);
        let streams: Cursors = parse(body["streams"].clone())?;
        for (stream, n) in streams {
            let cursor = self.cursors.entry(stream).or_insert(n);
            *cursor = n.max(*cursor);
        }
        let conversation: Conversation = parse(body["conversation"].clone())?;
        self.take_conversation(conversation).await?;
        self.waiting.push_back(Update::Chats);
        Ok(())
    }

    async fn on_message(&mut self, body: Value, is_new: bool) -> Result<()> {
        let message: Message = parse(body)?;
        let live = is_new.then(|| self.client.now());
        let line = self.client.line(&message, live).await?;
        if is_new {
            let me = self.client.profile.user_id;
            let state = self.read.entry(message.conversation_id).or_insert(ReadState {
                conversation_id: message.conversation_id,
                last_seq: 0,
                read_seq: 0,
                last_message_at: None,
            });
            state.last_seq = state.last_seq.max(message.seq);
            state.last_message_at = Some(message.created_at);
            if message.author_id == me {
                state.read_seq = state.read_seq.max(message.seq);
            }
            let state = state.clone();
            self.on_read(state);
        }
        self.waiting.push_back(Update::Line(Box::new(line), is_new));
        Ok(())
    }

    fn on_read(&mut self, state: ReadState) {
        if let Some(chat) = self.chats.iter_mut().find(|chat| chat.id == state.conversation_id) {
            chat.unread = (state.last_seq - state.read_seq).max(0);
            chat.last_at = state.last_message_at.unwrap_or(chat.last_at);
        }
        self.read.insert(state.conversation_id, state);
        self.chats.sort_by_key(|chat| std::cmp::Reverse(chat.last_at));
        self.waiting.push_back(Update::Chats);
    }
}

fn parse<T: serde::de::DeserializeOwned>(value: Value) -> Result<T> {
    serde_json::from_value(value).map_err(|e| Error::Answer(e.to_string()))
}
