//! Saying something: sealed under the newest epoch, after making a new one where that is needed.
use super::epochs::NewEpoch;
use super::messages::Message;
use crate::client::{Client, id_of, uuid_of};
use crate::error::{Error, Result};
use serde_json::{Map, Value, json};
use snug_crypto::bytes::Id;
use snug_crypto::content::Content;
use snug_crypto::conversation_log::ConversationLog;
use snug_crypto::envelope::{Envelope, Header, Kind, seal_message};
use snug_crypto::epoch::Reason;
use snug_crypto::error::Error as Refused;
use snug_crypto::seal::Fresh;
use std::time::Duration;
use uuid::Uuid;

/// How often sending is tried while others change the conversation.
const ATTEMPTS: u32 = 8;
/// Sending waits so long where the node asks for a pause; a longer one is told to the person.
const LONGEST_PAUSE_S: u64 = 5;

/// Something to be sent.
struct Outgoing<'a> {
    conversation: Uuid,
    id: Uuid,
    kind: Kind,
    target: Option<Uuid>,
    /// The content's type.
    content: &'a str,
    fields: Map<String, Value>,
    /// The number that this device gives it in the conversation.
    n: u64,
}

impl<'a> Outgoing<'a> {
    /// Something about a message.
    fn about(conversation: Uuid, target: Uuid, kind: Kind, content: &'a str, fields: Map<String, Value>) -> Outgoing<'a> {
        Outgoing { conversation, id: Uuid::now_v7(), kind, target: Some(target), content, fields, n: 0 }
    }
}

impl Client {
    /// Sends a text, making a new epoch first where one is needed. The same id again is the same message.
    pub async fn send_text(&mut self, conversation: Uuid, id: Uuid, text: &str, reply: Option<(Uuid, &str)>) -> Result<Message> {
        let mut fields = text_fields(text);
        if let Some((target, quote)) = reply {
            fields.insert("reply".to_owned(), json!({ "id": id_of(target), "quote": quote }));
        }
        let sent = self.send(Outgoing { conversation, id, kind: Kind::Message, target: None, content: "text", fields, n: 0 }).await?;
        serde_json::from_value(sent).map_err(|e| Error::Answer(e.to_string()))
    }

    /// Replaces the text of an own message.
    pub async fn edit_text(&mut self, conversation: Uuid, target: Uuid, text: &str) -> Result<()> {
        self.send(Outgoing::about(conversation, target, Kind::Edit, "edit", text_fields(text))).await.map(drop)
    }

    /// Deletes an own message everywhere.
    pub async fn delete(&mut self, conversation: Uuid, target: Uuid) -> Result<()> {
        self.history.remove(target)?;
        self.send(Outgoing::about(conversation, target, Kind::Deletion, "del", Map::new())).await.map(drop)
    }

    /// Reacts to a message, or takes a reaction back.
    pub async fn react(&mut self, conversation: Uuid, target: Uuid, emoji: &str, is_added: bool) -> Result<()> {
        let op = if is_added { "add" } else { "remove" };
        let fields = json!({ "emoji": emoji, "op": op }).as_object().cloned().unwrap_or_default();
        self.send(Outgoing::about(conversation, target, Kind::Reaction, "react", fields)).await.map(drop)
    }

    /// A text as it would be sent now, for programs that send it over a socket of their own (`message.send`).
    pub async fn seal_text(&mut self, conversation: Uuid, id: Uuid, text: &str) -> Result<Value> {
        let n = self.next_number(id_of(conversation)).await?;
        let outgoing = Outgoing { conversation, id, kind: Kind::Message, target: None, content: "text", fields: text_fields(text), n };
        self.envelope(&outgoing).await
    }

    async fn send(&mut self, mut outgoing: Outgoing<'_>) -> Result<Value> {
        let chat = id_of(outgoing.conversation);
        if !self.conversations.contains_key(&chat) {
            self.follow_conversation(chat).await?;
        }
        outgoing.n = self.next_number(chat).await?;
        for attempt in 1.. {
            match self.try_send(&outgoing).await {
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

    async fn try_send(&mut self, outgoing: &Outgoing<'_>) -> Result<Value> {
        let Outgoing { conversation, id, kind, .. } = *outgoing;
        let envelope = self.envelope(outgoing).await?;
        if kind == Kind::Message {
            let body = json!({ "id": id, "conversation_id": conversation, "content": { "type": "encrypted", "envelope": envelope } });
            self.api.post("/messages", &body).await
        } else {
            self.api.post("/e2ee/envelopes", &json!({ "envelope": envelope })).await
        }
    }

    /// Seals what is to be sent, after making a new epoch if one is needed.
    async fn envelope(&mut self, outgoing: &Outgoing<'_>) -> Result<Value> {
        let chat = id_of(outgoing.conversation);
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
        let expires = if outgoing.kind == Kind::Message && retain > 0 { self.now() + retain } else { 0 };
        value(&self.seal(log, &NewEpoch { n: epoch, secret }, outgoing, expires)?)
    }

    fn seal(&self, log: &ConversationLog, epoch: &NewEpoch, outgoing: &Outgoing, expires: u64) -> Result<Envelope> {
        let Outgoing { id, kind, target, content, ref fields, n, .. } = *outgoing;
        let device = self.device()?;
        let dsk = device.dsk();
        let header = Header {
            suite: log.epoch(epoch.n)?.suite,
            conversation: log.conversation(),
            epoch: epoch.n,
            account: self.me(),
            device: device.id,
            sender_key: dsk.public(),
            id: id_of(id),
            kind,
            target: target.map(id_of),
            thread: None,
            expires,
        };
        let unknown = || Error::Protocol(Refused::NeedLog);
        let heads = (log.chain().head().ok_or_else(unknown)?, self.own_log()?.head().ok_or_else(unknown)?);
        let content = Content::new(content, fields.clone(), heads, n).write()?;
        // what others would refuse is not sent
        Content::read(kind, &content)?;
        Ok(seal_message(&epoch.secret, header, &content, &dsk, Fresh::random()?)?)
    }

    /// The next number of this device in a conversation.
    async fn next_number(&mut self, conversation: Id) -> Result<u64> {
        self.numbers.take(&self.store, conversation).await
    }

    /// The message that says what a conversation is called, in an epoch.
    pub(crate) async fn info_in(&mut self, log: &ConversationLog, epoch: &NewEpoch, fields: Map<String, Value>) -> Result<Value> {
        let (conversation, id) = (uuid_of(&log.conversation()), Uuid::now_v7());
        let n = self.next_number(log.conversation()).await?;
        let outgoing = Outgoing { conversation, id, kind: Kind::System, target: None, content: "info", fields, n };
        value(&self.seal(log, epoch, &outgoing, 0)?)
    }

    /// What the conversation is called, sealed once more for those who come with a new epoch.
    pub(crate) async fn info_again(&mut self, log: &ConversationLog, epoch: &NewEpoch) -> Result<Option<Value>> {
        match self.names.get(&log.conversation()).map(|name| name.fields.clone()) {
            Some(fields) => self.info_in(log, epoch, fields).await.map(Some),
            None => Ok(None),
        }
    }
}

fn text_fields(text: &str) -> Map<String, Value> {
    Map::from_iter([("body".to_owned(), text.into()), ("md".to_owned(), true.into())])
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Refusal;

    fn refused(status: u16, code: &str, retry_after_s: Option<u64>) -> Error {
        Error::Refused(Box::new(Refusal { status, code: code.to_owned(), detail: String::new(), problem: Value::Null, retry_after_s }))
    }

    #[test]
    fn sending_is_tried_again_where_that_helps() {
        assert_eq!(pause_after(&refused(409, "e2ee.conflict", None)), Some(Duration::ZERO));
        assert_eq!(pause_after(&refused(409, "e2ee.epoch_stale", None)), Some(Duration::ZERO));
        assert_eq!(pause_after(&refused(429, "rate.limited", Some(2))), Some(Duration::from_secs(2)));
        assert_eq!(pause_after(&refused(429, "rate.limited", Some(3_600))), None, "that is told to the person");
        assert_eq!(pause_after(&refused(403, "e2ee.not_member", None)), None);
        assert_eq!(pause_after(&Error::Protocol(Refused::KeyMismatch)), None);
    }
}
