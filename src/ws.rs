//! The realtime socket (docs/protocol.md): frames in, answers and events out.
//!
//! Each connection has one task, which reads and runs what is asked; answers and events are written straight to the socket by
//! whoever has them. An idle connection holds no buffer and no timer.
mod command;
mod hello;
mod resume;
mod upgrade;

use crate::Node;
use axum::extract::{Request, State};
use axum::response::Response;
use command::{Envelope, Own, answer};
use futures_util::stream::{FuturesUnordered, StreamExt};
use serde_json::value::{RawValue, to_raw_value};
use snug_accounts::Me;
use snug_base::limits::{Class, Who};
use snug_base::{Error, Result};
use snug_realtime::frame::{self, Incoming, Opcode, Reader};
use snug_realtime::{Connection, Cut, Wire};
use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;
use upgrade::{Offer, Opened};

/// Frames of one device that are worked on at the same time. More have to wait in the device's own socket.
const AT_ONCE: usize = 32;
/// How long the last words may take.
const FAREWELL: Duration = Duration::from_secs(2);

/// `GET /api/v1/socket`: the upgrade.
pub async fn connect(State(node): State<Arc<Node>>, request: Request) -> Result<Response> {
    let (mut parts, _) = request.into_parts();
    let offer = Offer::new(&mut parts, node.app.config.node.compresses())?;
    let response = offer.answer();
    let tasks = node.tasks.clone();
    tasks.spawn(async move {
        if let Some(opened) = offer.open().await {
            open(node, opened).await;
        }
    });
    Ok(response)
}

/// Welcomes a device. The rest of its life is another, smaller task, so that idle devices cost little.
async fn open(node: Arc<Node>, opened: Opened) {
    let Opened { wire, mut reader, is_deflating } = opened;
    match hello::hello(&node, wire, &mut reader, is_deflating).await {
        Ok((me, connection)) => {
            let tasks = node.tasks.clone();
            tasks.spawn(live(node, me, connection, reader));
        }
        Err(refused) => farewell(&refused.0, refused.1).await,
    }
}

async fn live(node: Arc<Node>, me: Me, connection: Arc<Connection>, reader: Reader) {
    let mut device = Device { node, me, connection, reader, running: None };
    let code = device.serve().await;
    let Device { node, connection, .. } = device;
    node.hub.detach(&connection);
    node.presences.leave(&connection, node.app.clock.now());
    tracing::debug!(code, "socket closed");
    Box::pin(farewell(&connection.wire, code)).await;
}

/// Closes a connection, so that the client learns why as far as it listens.
async fn farewell(wire: &Wire, code: u16) {
    wire.send(&frame::close(code), 1);
    let said = async {
        while !wire.flush()? {
            wire.writable().await?;
        }
        wire.shut();
        // a socket that is closed with bytes unread takes the last words back
        loop {
            wire.readable().await?;
            match wire.read(|_| {}) {
                Ok(true) => {}
                Ok(false) => return Ok::<(), io::Error>(()),
                Err(e) if e.kind() == ErrorKind::WouldBlock => {}
                Err(e) => return Err(e),
            }
        }
    };
    let _ = timeout(FAREWELL, said).await; // it may be gone already
}

type Running = Pin<Box<dyn Future<Output = (u64, Result<Box<RawValue>>)> + Send>>;

/// A device that has been welcomed.
struct Device {
    node: Arc<Node>,
    me: Me,
    connection: Arc<Connection>,
    reader: Reader,
    running: Option<Box<FuturesUnordered<Running>>>,
}

impl Device {
    /// Until the connection ends; gives the close code.
    async fn serve(&mut self) -> u16 {
        loop {
            if let Err(code) = self.take_frames().await {
                return code;
            }
            if let Some(code) = self.connection.cut() {
                return code;
            }
            let may_read = self.running() < AT_ONCE;
            tokio::select! {
                readable = self.connection.wire.readable(), if may_read => {
                    if readable.is_err() {
                        return Cut::Gone as u16;
                    }
                    match self.connection.wire.read(|bytes| self.reader.push(bytes)) {
                        Ok(true) => self.connection.is_heard(),
                        Ok(false) => return Cut::Gone as u16,
                        Err(e) if e.kind() == ErrorKind::WouldBlock => {}
                        Err(_) => return Cut::Gone as u16,
                    }
                }
                () = self.connection.woken() => {
                    if self.connection.drain().await.is_err() {
                        return Cut::Gone as u16;
                    }
                }
                (re, done) = next(&mut self.running) => self.connection.send(&answer(re, &done)),
            }
        }
    }

    fn running(&self) -> usize {
        self.running.as_ref().map_or(0, |running| running.len())
    }

    /// Begins what the frames at hand ask for. `Err`: the close code.
    async fn take_frames(&mut self) -> Result<(), u16> {
        while self.running() < AT_ONCE {
            match self.reader.take_next().map_err(|violation| violation.close_code())? {
                None => break,
                Some(Incoming::Text(text)) => self.take(text).await?,
                Some(Incoming::Ping(payload)) => self.connection.send(&frame::frame(Opcode::Pong, &payload)),
                Some(Incoming::Pong) => {}
                Some(Incoming::Binary(_)) => return Err(Cut::BadFrame as u16),
                Some(Incoming::Close(code)) => return Err(code.unwrap_or(1000)),
            }
        }
        Ok(())
    }

    async fn take(&mut self, text: String) -> Result<(), u16> {
        let envelope: Envelope = serde_json::from_str(&text).map_err(|_| Cut::BadFrame as u16)?;
        let re = envelope.id;
        if envelope.is_own() {
            return Box::pin(self.take_own(re, text)).await;
        }
        let work = command::run(self.node.clone(), self.me, text);
        self.running.get_or_insert_default().push(Box::pin(async move { (re, work.await) }));
        Ok(())
    }

    /// What the socket itself answers comes after everything that was asked before.
    async fn take_own(&mut self, re: u64, text: String) -> Result<(), u16> {
        while self.running() > 0 {
            let (re, done) = next(&mut self.running).await;
            self.connection.send(&answer(re, &done));
        }
        let done = match command::parse::<Own>(&text) {
            Ok(Own::Resume(resume)) => match missed(&self.node, self.me, resume.cursors).await {
                Ok((summary, missed)) => {
                    self.connection.resume(&answer(re, &Ok(summary)), &missed.frames, missed.heads());
                    return Ok(());
                }
                Err(e) => Err(e),
            },
            Ok(own) => command::run_own(&self.node, self.me, &self.connection, own).await,
            Err(e) => Err(e),
        };
        self.connection.send(&answer(re, &done));
        Ok(())
    }
}

async fn missed(node: &Node, me: Me, cursors: resume::Cursors) -> Result<(Box<RawValue>, resume::Missed)> {
    node.app.limits.check(Class::Read, Who::User(me.user))?;
    let streams = node.app.db.read(move |read| resume::streams(read, me.user)).await?;
    let missed = resume::missed(node, streams, cursors, false).await?;
    Ok((to_raw_value(&missed).map_err(Error::internal)?, missed))
}

/// The next of the running commands that is done; waits for ever when there is none.
async fn next(running: &mut Option<Box<FuturesUnordered<Running>>>) -> (u64, Result<Box<RawValue>>) {
    if let Some(futures) = running {
        if let Some(done) = futures.next().await {
            return done;
        }
        *running = None;
    }
    std::future::pending().await
}
