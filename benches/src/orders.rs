//! What the bench tells a load generator, and what that answers: one line of JSON each.
use crate::histogram::Histogram;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::path::PathBuf;

/// How a server is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Dialect {
    /// docs/protocol.md; the floor servers and the small peers speak the part of it that is needed.
    Snug,
    SocketIo,
    Irc,
    Xmpp,
}

/// Something to do.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Order {
    Connect(Connect),
    Fanout(Fanout),
    Send(Send),
    Storm(Storm),
    /// Close everything.
    Disconnect,
}

/// Opens connections and waits until all are live.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Connect {
    pub dialect: Dialect,
    pub address: SocketAddr,
    pub is_tls: bool,
    pub members: usize,
    /// A file with an access token a line, for servers that want one.
    pub tokens: Option<PathBuf>,
    /// How many may be opening at a time.
    pub at_once: usize,
    pub patience_s: u64,
}

/// What became of it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Connected {
    pub members: usize,
    pub elapsed_ms: f64,
}

/// Messages to all who are connected.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Fanout {
    /// The conversation (for Snug: its id).
    pub room: String,
    pub messages: usize,
    /// How many messages are under way at a time, each from a sender of its own.
    pub window: usize,
    /// Characters of each message.
    pub text: usize,
    pub patience_s: u64,
}

/// What became of them; one entry per message, in milliseconds.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct FannedOut {
    /// From the send until the last member had it.
    pub complete_ms: Vec<f64>,
    /// From the send to the sender's acknowledgement.
    pub ack_ms: Vec<f64>,
    /// From the acknowledgement or the first delivery, whichever came first, to the last delivery.
    pub span_ms: Vec<f64>,
    /// From the first send to the last delivery of all.
    pub elapsed_ms: f64,
    pub deliveries: u64,
    /// Deliveries that came out of order or twice.
    pub disordered: u64,
    /// Bytes of the last delivered frame's payload.
    pub frame: usize,
}

/// The line that a load generator answers with.
#[derive(Debug, Serialize, Deserialize)]
pub enum Answer<T> {
    Ok(T),
    Failed(String),
}

/// Every member sends to a room of its own and waits for the acknowledgement before the next.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Send {
    /// The room of each member, in the order of the tokens.
    pub rooms: Vec<String>,
    pub seconds: f64,
    /// Characters of each message.
    pub text: usize,
}

/// The server goes away and comes back; all members return as the web client does: after a random time, and again until they are in.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Storm {
    pub address: SocketAddr,
    pub is_tls: bool,
    pub tokens: PathBuf,
    pub room: String,
    /// Members who send meanwhile, each ten times a second while they are connected.
    pub bystanders: usize,
    pub patience_s: u64,
}

/// How it went; times from the first lost connection.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Stormed {
    pub back_p50_ms: f64,
    pub back_p99_ms: f64,
    pub back_all_ms: f64,
    /// Connections that failed or were closed before the member was in.
    pub failures: u64,
    pub sent: Sent,
}

/// What became of them.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Sent {
    pub messages: u64,
    pub per_second: f64,
    pub p50_ms: f64,
    pub p99_ms: f64,
    pub max_ms: f64,
}

impl Sent {
    /// Of the times (in nanoseconds) of all messages that were acknowledged within so many seconds.
    pub fn of(times: &Histogram, elapsed_s: f64) -> Sent {
        let ms = |ns: u64| ns as f64 / 1e6;
        Sent {
            messages: times.count(),
            per_second: times.count() as f64 / elapsed_s,
            p50_ms: ms(times.at(0.5)),
            p99_ms: ms(times.at(0.99)),
            max_ms: ms(times.max()),
        }
    }
}
