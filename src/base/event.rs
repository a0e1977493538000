//! Events: what the node tells clients, and what else happens at the moment of a commit.
use crate::id::{ConversationId, MessageId, ServerId, SessionId, UserId};
use bytes::Bytes;
use serde::Serialize;
use uuid::Uuid;

/// An ordered, gap-free list of events that clients follow and resume. Its id is the id of what it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Stream(pub Uuid);

impl From<UserId> for Stream {
    fn from(id: UserId) -> Stream {
        Stream(id.0)
    }
}
impl From<ServerId> for Stream {
    fn from(id: ServerId) -> Stream {
        Stream(id.0)
    }
}
impl From<ConversationId> for Stream {
    fn from(id: ConversationId) -> Stream {
        Stream(id.0)
    }
}

/// A committed entry of a stream, serialised once for everybody who follows it.
#[derive(Clone, Debug)]
pub struct Event {
    pub stream: Stream,
    pub n: i64,
    /// What it is about, if an earlier event about the same is not to be told again as it was.
    pub reference: Option<Uuid>,
    pub frame: Bytes,
}

/// What happens after a commit, in commit order.
#[derive(Clone, Debug)]
pub enum Effect {
    /// Send to everyone who follows the stream.
    Publish(Event),
    /// All devices of this user follow these streams from here on.
    Follow { user: UserId, streams: Vec<Stream> },
    /// … and no longer follow these.
    Unfollow { user: UserId, streams: Vec<Stream> },
    /// Everyone who follows `leader` follows `stream` from here on (a new public room of a server).
    FollowWith { leader: Stream, stream: Stream },
    /// Nobody follows this stream any more (it was deleted).
    Close { stream: Stream },
    /// Cut these devices' connections: their sessions have ended.
    EndSessions { sessions: Vec<SessionId> },
    /// Tell those of it who are not looking.
    Said(Said),
}

/// A message that was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Said {
    pub conversation: ConversationId,
    pub seq: i64,
    pub message: MessageId,
    pub author: UserId,
}

/// Where effects and signals go: the realtime engine, or nothing in tools that have no clients.
pub trait Sink: Send + Sync {
    /// Called by the database handle only, in commit order. Must not wait.
    fn apply(&self, effect: Effect);
    /// Called before anybody is answered: these sessions have ended, and are refused from now on.
    fn refuse(&self, _: &[SessionId]) {}
    /// An ephemeral frame (typing, presence) to everyone who follows the stream, except one user.
    fn signal(&self, stream: Stream, except: Option<UserId>, frame: Bytes);
}

/// A sink that drops everything.
pub struct NoSink;
impl Sink for NoSink {
    fn apply(&self, _: Effect) {}
    fn signal(&self, _: Stream, _: Option<UserId>, _: Bytes) {}
}

#[derive(Serialize)]
struct Frame<'a, T> {
    #[serde(skip_serializing_if = "Option::is_none")]
    s: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    n: Option<i64>,
    ev: &'a str,
    d: &'a T,
}

/// The frame of a numbered event, as docs/protocol.md has it.
pub fn frame<T: Serialize>(stream: Stream, n: i64, kind: &str, body: &T) -> crate::Result<Bytes> {
    encode(&Frame { s: Some(stream.0), n: Some(n), ev: kind, d: body })
}

/// The frame of an ephemeral event.
pub fn signal_frame<T: Serialize>(kind: &str, body: &T) -> crate::Result<Bytes> {
    encode(&Frame { s: None, n: None, ev: kind, d: body })
}

fn encode(frame: &impl Serialize) -> crate::Result<Bytes> {
    serde_json::to_vec(frame).map(Bytes::from).map_err(crate::Error::internal)
}
