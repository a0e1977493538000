//! What a frame asks for: parsed, counted, handed to its use case, answered.
use crate::Node;
use crate::ws::resume::Cursors;
use bytes::Bytes;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};
use snug_accounts::{Me, PresenceChoice, audit};
use snug_base::limits::{Class, Who};
use snug_base::{Code, Error, Result, UserId};
use snug_realtime::Connection;
use snug_realtime::frame::{self, Opcode};
use std::borrow::Cow;
use std::sync::Arc;

/// The outside of every frame.
#[derive(Deserialize)]
pub struct Envelope<'a> {
    pub id: u64,
    #[serde(borrow)]
    pub op: Cow<'a, str>,
    #[serde(default, rename = "d")]
    _content: Option<IgnoredAny>,
}

impl Envelope<'_> {
    /// Whether the socket itself answers; everything else is a domain's command.
    pub fn is_own(&self) -> bool {
        matches!(&*self.op, "hello" | "resume" | "ping" | "presence.set" | "presence.idle" | "presence.look" | "presence.watch")
    }
}

/// The first frame: who it is, and what the device has.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hello {
    pub token: String,
    #[serde(default)]
    pub cursors: Cursors,
    #[serde(default)]
    pub idle: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resume {
    pub cursors: Cursors,
}

/// What a frame may ask of the socket itself.
#[derive(Deserialize)]
#[serde(tag = "op", content = "d")]
pub enum Own {
    #[serde(rename = "hello")]
    Hello(Hello),
    #[serde(rename = "resume")]
    Resume(Resume),
    #[serde(rename = "ping")]
    Ping {},
    #[serde(rename = "presence.set")]
    Presence { presence: PresenceChoice },
    #[serde(rename = "presence.idle")]
    Idle { idle: bool },
    #[serde(rename = "presence.look")]
    Look { looking: bool },
    #[serde(rename = "presence.watch")]
    Watch { user_ids: Vec<UserId> },
}

#[derive(Serialize)]
#[serde(untagged)]
enum Answer<'a> {
    Ok { re: u64, ok: &'a RawValue },
    Error { re: u64, error: Failure<'a> },
}

#[derive(Serialize)]
struct Failure<'a> {
    code: &'a str,
    detail: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'a str>,
}

/// The frame that answers frame `re`. A failure of the node's own is logged here, once.
pub fn answer(re: u64, done: &Result<Box<RawValue>>) -> Bytes {
    let answer = match done {
        Ok(ok) => Answer::Ok { re, ok },
        Err(e) => {
            if e.code.status() >= 500 {
                let source = e.source.as_deref().map(tracing::field::display);
                tracing::error!(code = e.code.as_str(), detail = e.detail, source, "frame failed");
            }
            Answer::Error { re, error: Failure { code: e.code.as_str(), detail: &e.detail, field: e.field } }
        }
    };
    frame::frame(Opcode::Text, &serde_json::to_vec(&answer).unwrap_or_default())
}

/// Reads a frame's content as what it has to be.
pub fn parse<T: DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|e| Code::FrameMalformed.error(e.to_string()))
}

/// Runs a domain's command. Its work is queued when this is first polled, so commands take effect in the order of their frames.
pub async fn run(node: Arc<Node>, me: Me, text: String) -> Result<Box<RawValue>> {
    let command: snug_messages::ws::Command = parse(&text)?;
    drop(text);
    let counted = node.app.limits.check(if command.is_write() { Class::Write } else { Class::Read }, Who::User(me.user));
    if let Err(refused) = counted {
        audit::limited(&node.app, Who::User(me.user), None, "/api/v1/socket").await;
        return Err(refused);
    }
    command.run(&node.app, me).await
}

/// Runs what the socket itself answers.
pub async fn run_own(node: &Node, me: Me, connection: &Arc<Connection>, own: Own) -> Result<Box<RawValue>> {
    let check = |class| node.app.limits.check(class, Who::User(me.user));
    match own {
        Own::Ping {} => {}
        Own::Presence { presence } => {
            check(Class::Write)?;
            crate::presence::choose(node, me, presence).await?;
        }
        Own::Idle { idle } => node.presences.set_idle(connection, idle),
        Own::Look { looking } => node.presences.set_looking(connection, looking, node.app.clock.now()),
        Own::Watch { user_ids } => {
            check(Class::Read)?;
            return to_raw_value(&crate::presence::watch(node, connection, user_ids).await?).map_err(Error::internal);
        }
        Own::Hello(_) | Own::Resume(_) => return Err(Code::FrameMalformed.error("This device has been welcomed already.")),
    }
    to_raw_value(&serde_json::Map::new()).map_err(Error::internal)
}
