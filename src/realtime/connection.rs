//! One device's connection: whose it is, the socket, and what holds frames back until the device has been welcomed.
use crate::frame::{self, Opcode};
use crate::wire::{QUEUE, Sent, Wire};
use bytes::{Bytes, BytesMut};
use parking_lot::Mutex;
use snug_base::{SessionId, Stream, UserId};
use std::collections::HashMap;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicU16, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};
use tokio::sync::Notify;

/// A connection's number within this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConnectionId(pub u64);

/// Why a connection is ended; the WebSocket close code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub enum Cut {
    /// The socket broke, or the device said nothing for too long.
    Gone = 1001,
    Restarting = 1012,
    /// The node has too much to do; the device is to come back later.
    Busy = 1013,
    SessionEnded = 4001,
    TooSlow = 4002,
    BadFrame = 4003,
    TooMany = 4008,
}

/// An event or signal on its way out, with its place in a stream if it has one.
#[derive(Clone, Debug)]
pub struct Out {
    pub at: Option<(Stream, i64)>,
    /// JSON, not framed yet.
    pub payload: Bytes,
}

/// Several events of one stream, framed once for everybody who follows it.
#[derive(Debug)]
pub struct Batch {
    pub outs: Vec<Out>,
    pub plain: Bytes,
    /// The same for devices that agreed on compression.
    pub deflated: Option<Bytes>,
}

/// A device's connection. Shared by its own task, which reads, and by everybody who has something for it.
#[derive(Debug)]
pub struct Connection {
    pub id: ConnectionId,
    pub user: UserId,
    pub session: SessionId,
    /// Whether permessage-deflate was agreed on.
    pub is_deflating: bool,
    pub wire: Wire,
    /// Set while `gate` has to be asked before anything is sent.
    is_gated: AtomicBool,
    gate: Mutex<Option<Box<Gate>>>,
    cut: AtomicU16,
    /// Seconds after the process began when the device was last heard.
    heard: AtomicU32,
    wake: Notify,
}

/// What stands between the fan-out and a device that is being welcomed or was a moment ago.
#[derive(Debug, Default)]
struct Gate {
    /// Events that came before the welcome was sent; `None` once it was.
    held: Option<Vec<Out>>,
    /// Up to where each stream was sent by the welcome: what the fan-out still brings of that is passed over.
    heads: HashMap<Stream, i64>,
    /// Seconds that have passed since.
    age: u8,
}

/// After so many seconds the fan-out has caught up with a welcome.
const SETTLED_S: u8 = 5;

static BEGUN: LazyLock<Instant> = LazyLock::new(Instant::now);

fn seconds() -> u32 {
    u32::try_from(BEGUN.elapsed().as_secs()).unwrap_or(u32::MAX)
}

impl Connection {
    /// A connection that holds back what it is sent until [`Connection::welcome`].
    pub fn new(user: UserId, session: SessionId, wire: Wire, is_deflating: bool) -> Arc<Connection> {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Arc::new(Connection {
            id: ConnectionId(NEXT.fetch_add(1, Ordering::Relaxed)),
            user,
            session,
            is_deflating,
            wire,
            is_gated: AtomicBool::new(true),
            gate: Mutex::new(Some(Box::new(Gate { held: Some(Vec::new()), ..Gate::default() }))),
            cut: AtomicU16::new(0),
            heard: AtomicU32::new(seconds()),
            wake: Notify::new(),
        })
    }

    /// Sends events. A device that reads too slowly is cut off.
    pub fn offer(&self, batch: &Batch) {
        if self.is_gated.load(Ordering::Acquire) {
            let mut gate = self.gate.lock();
            if let Some(gate) = gate.as_deref_mut() {
                let new: Vec<&Out> = batch.outs.iter().filter(|out| gate.is_new(out)).collect();
                if let Some(held) = &mut gate.held {
                    held.extend(new.into_iter().cloned());
                    if held.len() > QUEUE {
                        self.end(Cut::TooSlow);
                    }
                } else {
                    new.into_iter().for_each(|out| self.send(&frame::frame(Opcode::Text, &out.payload)));
                }
                return;
            }
        }
        let bytes = batch.deflated.as_ref().filter(|_| self.is_deflating).unwrap_or(&batch.plain);
        self.write(bytes, batch.outs.len());
    }

    /// Sends one frame that is not an event: an answer, a ping.
    pub fn send(&self, frame: &Bytes) {
        self.write(frame, 1);
    }

    fn write(&self, bytes: &Bytes, frames: usize) {
        match self.wire.send(bytes, frames) {
            Sent::Whole => {}
            Sent::Waits => self.wake.notify_one(),
            Sent::TooMuch => self.end(Cut::TooSlow),
            Sent::Broken => self.end(Cut::Gone),
        }
    }

    /// Sends the answer to `hello` and what was missed, up to `heads`; then what came meanwhile; from here on everything at once.
    pub fn welcome(&self, answer: &Bytes, missed: &[Bytes], heads: impl IntoIterator<Item = (Stream, i64)>) {
        let mut gate = self.gate.lock();
        self.send(answer);
        self.send_joined(missed);
        let Some(gate) = gate.as_deref_mut() else { return };
        gate.heads.extend(heads);
        for out in gate.held.take().unwrap_or_default() {
            if gate.is_new(&out) {
                self.send(&frame::frame(Opcode::Text, &out.payload));
            }
        }
    }

    /// Sends what a `resume` asked for, up to `heads`.
    pub fn resume(&self, answer: &Bytes, missed: &[Bytes], heads: impl IntoIterator<Item = (Stream, i64)>) {
        let mut gate = self.gate.lock();
        self.send(answer);
        self.send_joined(missed);
        let gate = gate.get_or_insert_default();
        gate.heads.extend(heads);
        gate.age = 0;
        self.is_gated.store(true, Ordering::Release);
    }

    /// Sends payloads in few writes.
    fn send_joined(&self, payloads: &[Bytes]) {
        for some in payloads.chunks(16) {
            let mut bytes = BytesMut::new();
            some.iter().for_each(|payload| frame::write(&mut bytes, Opcode::Text, false, payload));
            self.write(&bytes.freeze(), some.len());
        }
    }

    /// Notes that the device is there.
    pub fn is_heard(&self) {
        self.heard.store(seconds(), Ordering::Relaxed);
    }

    /// Called once a second: forgets what the welcome had to remember when the fan-out has long caught up with it.
    pub fn settle(&self) {
        if !self.is_gated.load(Ordering::Acquire) {
            return;
        }
        let mut gate = self.gate.lock();
        match gate.as_deref_mut() {
            Some(gate) if gate.held.is_some() => {} // not welcomed yet
            Some(gate) if gate.age < SETTLED_S => gate.age += 1,
            _ => {
                *gate = None;
                self.is_gated.store(false, Ordering::Release);
            }
        }
    }

    /// The heartbeat: pings, and ends a connection that was silent for too long.
    pub fn beat(&self, ping: &Bytes, silence: Duration) {
        if u64::from(seconds().saturating_sub(self.heard.load(Ordering::Relaxed))) > silence.as_secs() {
            return self.end(Cut::Gone);
        }
        self.send(ping);
    }

    /// Ends the connection; the first reason counts.
    pub fn end(&self, cut: Cut) {
        let _ = self.cut.compare_exchange(0, cut as u16, Ordering::AcqRel, Ordering::Acquire);
        self.wake.notify_one();
    }

    /// Why the connection is to end, if it is: a close code.
    pub fn cut(&self) -> Option<u16> {
        Some(self.cut.load(Ordering::Acquire)).filter(|code| *code != 0)
    }

    /// Waits until there is something to do for the connection's task: sending on what waits, or ending.
    pub async fn woken(&self) {
        self.wake.notified().await;
    }

    /// Sends on what waits. Ends when nothing does, when the connection is to end, or when the socket is broken.
    pub async fn drain(&self) -> io::Result<()> {
        while self.cut().is_none() && !self.wire.flush()? {
            tokio::select! {
                writable = self.wire.writable() => writable?,
                () = self.woken() => {}
            }
        }
        Ok(())
    }
}

impl Gate {
    fn is_new(&mut self, out: &Out) -> bool {
        let Some((stream, n)) = out.at else { return true };
        match self.heads.get(&stream) {
            Some(head) if n <= *head => false,
            Some(_) => {
                self.heads.remove(&stream);
                true
            }
            None => true,
        }
    }
}
