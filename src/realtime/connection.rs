//! One device's connection, as the hub sees it: a bounded queue and a way to end it.
use bytes::Bytes;
use snug_base::{SessionId, Stream, UserId};
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, AtomicU64, Ordering};
use tokio::sync::{Notify, mpsc};

/// Frames that may wait for a slow reader before it is cut off.
pub const QUEUE: usize = 1_024;

/// A connection's number within this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConnectionId(pub u64);

/// Why a connection is ended; the WebSocket close code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub enum Cut {
    Restarting = 1012,
    SessionEnded = 4001,
    TooSlow = 4002,
    BadFrame = 4003,
    TooMany = 4008,
}

/// A frame on its way out, with its place in a stream if it has one.
#[derive(Clone, Debug)]
pub struct Out {
    pub at: Option<(Stream, i64)>,
    pub frame: Bytes,
}

/// The hub's end of a connection.
#[derive(Debug)]
pub struct Connection {
    pub id: ConnectionId,
    pub user: UserId,
    pub session: SessionId,
    queue: mpsc::Sender<Out>,
    cut: AtomicU16,
    wake: Notify,
}

/// The socket's end: what is to be written.
pub type Queue = mpsc::Receiver<Out>;

impl Connection {
    pub fn new(user: UserId, session: SessionId) -> (Arc<Connection>, Queue) {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let (queue, out) = mpsc::channel(QUEUE);
        let id = ConnectionId(NEXT.fetch_add(1, Ordering::Relaxed));
        (Arc::new(Connection { id, user, session, queue, cut: AtomicU16::new(0), wake: Notify::new() }), out)
    }

    /// Queues a frame; a full queue ends the connection.
    pub fn offer(&self, out: Out) {
        if self.queue.try_send(out).is_err() {
            self.end(Cut::TooSlow);
        }
    }

    /// Ends the connection; the first reason counts.
    pub fn end(&self, cut: Cut) {
        let _ = self.cut.compare_exchange(0, cut as u16, Ordering::AcqRel, Ordering::Acquire);
        self.wake.notify_one();
    }

    /// Waits until the connection is to end, and says with which close code.
    pub async fn ended(&self) -> u16 {
        loop {
            let code = self.cut.load(Ordering::Acquire);
            if code != 0 {
                return code;
            }
            self.wake.notified().await;
        }
    }
}
