//! The hub: the shards' common front.
use crate::connection::{Connection, Cut, Out};
use crate::recent::Recent;
use crate::shard::{self, Message};
use bytes::Bytes;
use snug_base::{Effect, Sink, Stream, UserId};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::{mpsc, oneshot};

/// The way to everybody's connections. Cheap to clone.
#[derive(Clone)]
pub struct Hub {
    shards: Arc<[mpsc::UnboundedSender<Message>]>,
    recent: Arc<Recent>,
    delivered: Arc<AtomicU64>,
}

impl Hub {
    /// Starts `shards` fan-out tasks on the present runtime. They end with the last handle.
    pub fn start(shards: usize) -> Hub {
        let delivered = Arc::new(AtomicU64::new(0));
        let start = |_| {
            let (sender, receiver) = mpsc::unbounded_channel();
            tokio::spawn(shard::run(receiver, delivered.clone()));
            sender
        };
        Hub { shards: (0..shards.max(1)).map(start).collect(), recent: Arc::default(), delivered: delivered.clone() }
    }

    /// The newest events, for devices that come back.
    pub fn recent(&self) -> &Recent {
        &self.recent
    }

    /// Events times connections that they were handed to, since the start.
    pub fn delivered(&self) -> u64 {
        self.delivered.load(Ordering::Relaxed)
    }

    /// Makes a connection known, so that what happens to its user from here on happens to it too.
    pub fn attach(&self, connection: Arc<Connection>) {
        self.to(&connection, Message::Attach(connection.clone()));
    }

    /// Lets the connection follow these streams, except those that its user lost since `attach`. When this returns, every
    /// later commit reaches the connection's queue.
    pub async fn subscribe(&self, connection: &Arc<Connection>, streams: Vec<Stream>) {
        let (done, wait) = oneshot::channel();
        self.to(connection, Message::Subscribe { connection: connection.id, streams, done });
        let _ = wait.await; // the shard is gone when the node stops
    }

    /// Forgets a connection.
    pub fn detach(&self, connection: &Arc<Connection>) {
        self.to(connection, Message::Detach(connection.id));
    }

    /// Ends all connections because the node stops.
    pub fn shutdown(&self) {
        self.all(|| Message::EndAll(Cut::Restarting));
    }

    fn to(&self, connection: &Connection, message: Message) {
        let shard = usize::try_from(connection.id.0).unwrap_or(0) % self.shards.len();
        let _ = self.shards[shard].send(message); // only fails when the runtime is going down
    }

    fn all(&self, message: impl Fn() -> Message) {
        for shard in &*self.shards {
            let _ = shard.send(message());
        }
    }
}

impl Sink for Hub {
    fn apply(&self, effect: Effect) {
        match &effect {
            Effect::Publish(event) => self.recent.add(event),
            Effect::Close { stream } => self.recent.close(*stream),
            _ => {}
        }
        self.all(|| Message::Effect(effect.clone()));
    }

    fn signal(&self, stream: Stream, except: Option<UserId>, frame: Bytes) {
        self.all(|| Message::Signal { stream, except, out: Out { at: None, payload: frame.clone() } });
    }
}
