//! The frames that a client may send about conversations. Each calls the same use case as its route.
use crate::model::{Content, DeliveredUpTo, EmojiChoice, NewMessage, ReadUpTo};
use serde::Deserialize;
use serde_json::value::{RawValue, to_raw_value};
use snug_accounts::Me;
use snug_base::{App, ConversationId, Error, MessageId, Result};
use snug_crypto::envelope::Envelope;

/// A frame's operation and its content.
#[derive(Debug, Deserialize)]
#[serde(tag = "op", content = "d")]
pub enum Command {
    #[serde(rename = "message.send")]
    Send(NewMessage),
    #[serde(rename = "message.edit")]
    Edit { id: MessageId, content: Content },
    #[serde(rename = "message.delete")]
    Delete { id: MessageId },
    #[serde(rename = "message.react")]
    React {
        id: MessageId,
        #[serde(flatten)]
        emoji: EmojiChoice,
    },
    #[serde(rename = "message.unreact")]
    Unreact {
        id: MessageId,
        #[serde(flatten)]
        emoji: EmojiChoice,
    },
    #[serde(rename = "message.pin")]
    Pin { id: MessageId },
    #[serde(rename = "message.unpin")]
    Unpin { id: MessageId },
    #[serde(rename = "message.envelope")]
    Envelope { envelope: Box<Envelope> },
    #[serde(rename = "receipt.read")]
    Read {
        conversation_id: ConversationId,
        #[serde(flatten)]
        to: ReadUpTo,
    },
    #[serde(rename = "receipt.delivered")]
    Delivered {
        conversation_id: ConversationId,
        #[serde(flatten)]
        to: DeliveredUpTo,
    },
    #[serde(rename = "typing.start")]
    TypingStart { conversation_id: ConversationId },
    #[serde(rename = "typing.stop")]
    TypingStop { conversation_id: ConversationId },
}

impl Command {
    /// Whether the frame changes something that lasts (the others have cheaper limits).
    pub fn is_write(&self) -> bool {
        !matches!(self, Command::Read { .. } | Command::Delivered { .. } | Command::TypingStart { .. } | Command::TypingStop { .. })
    }

    /// Runs the operation; the answer is what the route would answer.
    pub async fn run(self, app: &App, me: Me) -> Result<Box<RawValue>> {
        match self {
            Command::Send(new) => answer(&crate::send::send(app, me, new).await?.message),
            Command::Edit { id, content } => answer(&crate::edit::edit(app, me, id, content).await?),
            Command::Delete { id } => answer(&crate::delete::delete(app, me, id).await?),
            Command::React { id, emoji } => answer(&crate::react::react(app, me, id, emoji.emoji).await?),
            Command::Unreact { id, emoji } => answer(&crate::react::unreact(app, me, id, emoji.emoji).await?),
            Command::Pin { id } => answer(&crate::pin::pin(app, me, id).await?),
            Command::Unpin { id } => answer(&crate::pin::unpin(app, me, id).await?),
            Command::Envelope { envelope } => answer(&crate::encryption::envelopes::submit(app, me, *envelope).await?),
            Command::Read { conversation_id, to } => answer(&crate::receipts::mark_read(app, me, conversation_id, to).await?),
            Command::Delivered { conversation_id, to } => nothing(crate::receipts::mark_delivered(app, me, conversation_id, to).await),
            Command::TypingStart { conversation_id } => nothing(crate::typing::set_typing(app, me, conversation_id, true).await),
            Command::TypingStop { conversation_id } => nothing(crate::typing::set_typing(app, me, conversation_id, false).await),
        }
    }
}

fn answer(value: &impl serde::Serialize) -> Result<Box<RawValue>> {
    to_raw_value(value).map_err(Error::internal)
}

fn nothing(done: Result<()>) -> Result<Box<RawValue>> {
    done.and_then(|()| answer(&serde_json::Map::new()))
}
