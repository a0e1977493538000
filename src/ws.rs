//! The realtime socket (docs/protocol.md): frames in, answers and events out.
mod resume;

use crate::Node;
use axum::extract::State;
use axum::extract::ws::{CloseFrame, Message as Frame, Utf8Bytes, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use resume::{Cursors, Missed};
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};
use snug_accounts::{Me, PresenceChoice};
use snug_base::limits::{Class, Who};
use snug_base::{App, Code, Error, Result, Stream, UserId};
use snug_realtime::{Connection, Cut, Out, Queue};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout};

/// The largest frame that a client may send.
const FRAME_BYTES: usize = 64 * 1024;
/// Read buffer of a connection; the library's default would cost 128 KiB each.
const READ_BUFFER: usize = 4 * 1024;
/// How long a client may take to say hello.
const HELLO: Duration = Duration::from_secs(10);
/// How often the node pings.
const HEARTBEAT: Duration = Duration::from_secs(25);
/// After so much silence a connection counts as dead.
const SILENCE: Duration = Duration::from_secs(60);
/// How long one write may take before the connection counts as dead.
const WRITE: Duration = Duration::from_secs(20);

#[derive(Deserialize)]
struct Envelope {
    id: u64,
    op: String,
    #[serde(default)]
    d: Option<Box<RawValue>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Hello {
    token: String,
    #[serde(default)]
    cursors: Cursors,
    #[serde(default)]
    idle: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Resume {
    cursors: Cursors,
}

/// What a frame may ask of the socket itself. Everything else is a domain's command.
#[derive(Deserialize)]
#[serde(tag = "op", content = "d")]
enum Own {
    #[serde(rename = "resume")]
    Resume(Resume),
    #[serde(rename = "ping")]
    Ping {},
    #[serde(rename = "presence.set")]
    Presence { presence: PresenceChoice },
    #[serde(rename = "presence.idle")]
    Idle { idle: bool },
    #[serde(rename = "presence.watch")]
    Watch { user_ids: Vec<UserId> },
}

#[derive(Serialize)]
#[serde(untagged)]
enum Reply<'a> {
    Ok { re: u64, ok: Box<RawValue> },
    Error { re: u64, error: Failure<'a> },
}

#[derive(Serialize)]
struct Failure<'a> {
    code: &'a str,
    detail: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'a str>,
}

#[derive(Serialize)]
struct Welcome<'a> {
    user_id: UserId,
    session_id: snug_base::SessionId,
    heartbeat_s: u64,
    #[serde(flatten)]
    missed: &'a Missed,
}

/// `GET /api/v1/socket`: the upgrade.
pub async fn connect(State(node): State<Node>, upgrade: WebSocketUpgrade) -> Response {
    upgrade.read_buffer_size(READ_BUFFER).write_buffer_size(16 * 1024).max_message_size(FRAME_BYTES).max_frame_size(FRAME_BYTES).on_upgrade(
        move |socket| {
            let tasks = node.tasks.clone();
            tasks.track_future(async move {
                let code = Socket { socket, heads: HashMap::new() }.run(&node).await;
                tracing::debug!(code, "socket closed");
            })
        },
    )
}

struct Socket {
    socket: WebSocket,
    /// Up to where each stream was resumed: queued events that are not newer were sent already.
    heads: HashMap<Stream, i64>,
}

impl Socket {
    /// The whole life of a connection; answers with the close code.
    async fn run(mut self, node: &Node) -> u16 {
        let code = match self.hello(node).await {
            Ok((me, connection, queue)) => {
                let code = self.serve(node, me, &connection, queue).await;
                node.hub.detach(&connection);
                node.presences.leave(&connection, node.app.clock.now());
                code
            }
            Err(cut) => cut as u16,
        };
        let close = Frame::Close(Some(CloseFrame { code, reason: Utf8Bytes::default() }));
        let _ = timeout(Duration::from_secs(2), self.socket.send(close)).await; // it may be gone already
        code
    }

    /// Reads `hello`, says who it is, and sends what was missed.
    async fn hello(&mut self, node: &Node) -> Result<(Me, Arc<Connection>, Queue), Cut> {
        let first = tokio::select! {
            () = node.stopping.cancelled() => return Err(Cut::Restarting),
            first = timeout(HELLO, self.socket.recv()) => first,
        };
        let Ok(Some(Ok(Frame::Text(text)))) = first else { return Err(Cut::BadFrame) };
        let envelope: Envelope = serde_json::from_str(&text).map_err(|_| Cut::BadFrame)?;
        let hello: Hello = match &envelope.d {
            Some(d) if envelope.op == "hello" => serde_json::from_str(d.get()).map_err(|_| Cut::BadFrame)?,
            _ => return Err(Cut::BadFrame),
        };
        let me = match snug_accounts::authenticate(&node.app, &hello.token) {
            Ok(me) => me,
            Err(e) => {
                let _ = self.reply(envelope.id, Err(e)).await; // closed right after
                return Err(Cut::SessionEnded);
            }
        };
        let (connection, queue) = Connection::new(me.user, me.session);
        node.hub.attach(connection.clone());
        let welcomed = self.welcome(node, me, &connection, envelope.id, hello).await;
        if welcomed.is_err() {
            node.hub.detach(&connection);
        }
        welcomed.map(|()| (me, connection, queue))
    }

    async fn welcome(&mut self, node: &Node, me: Me, connection: &Arc<Connection>, id: u64, hello: Hello) -> Result<(), Cut> {
        let app = &node.app;
        let choice = async {
            // the order matters: follow first, read then, so that nothing falls in between
            let streams = resume::streams(app, me.user).await?;
            node.hub.subscribe(connection, streams.clone()).await;
            let missed = resume::missed(app, streams, hello.cursors, true).await?;
            // a session that ended before it was attached would have gone unnoticed
            snug_accounts::authenticate(app, &hello.token)?;
            Ok::<_, Error>((missed, snug_accounts::presence_choice(app, me.user).await?))
        };
        let (missed, choice) = match choice.await {
            Ok(found) => found,
            Err(e) => {
                let cut = if e.code == Code::SignedOut { Cut::SessionEnded } else { Cut::Restarting };
                let _ = self.reply(id, Err(e)).await; // closed right after
                return Err(cut);
            }
        };
        let welcome = Welcome { user_id: me.user, session_id: me.session, heartbeat_s: HEARTBEAT.as_secs(), missed: &missed };
        let answer = to_raw_value(&welcome).map_err(|_| Cut::BadFrame)?;
        self.reply(id, Ok(answer)).await.map_err(|()| Cut::TooSlow)?;
        self.send_missed(missed).await.map_err(|()| Cut::TooSlow)?;
        if !node.presences.arrive(connection, choice, hello.idle, app.config.limits.sockets_per_user) {
            node.presences.leave(connection, app.clock.now());
            return Err(Cut::TooMany);
        }
        Ok(())
    }

    async fn serve(&mut self, node: &Node, me: Me, connection: &Arc<Connection>, mut queue: Queue) -> u16 {
        let mut heartbeat = tokio::time::interval(HEARTBEAT);
        let mut heard = Instant::now();
        loop {
            let done = tokio::select! {
                code = connection.ended() => return code,
                Some(out) = queue.recv() => self.forward(out, &mut queue).await,
                frame = self.socket.recv() => {
                    heard = Instant::now();
                    match frame {
                        Some(Ok(Frame::Text(text))) => match self.answer(node, me, connection, &text).await {
                            Ok(done) => done,
                            Err(cut) => return cut as u16,
                        },
                        Some(Ok(Frame::Binary(_)) | Err(_)) => return Cut::BadFrame as u16,
                        Some(Ok(Frame::Ping(_) | Frame::Pong(_))) => Ok(()),
                        Some(Ok(Frame::Close(_))) | None => return 1000,
                    }
                }
                _ = heartbeat.tick() => {
                    if heard.elapsed() > SILENCE {
                        return 1001;
                    }
                    self.send(Frame::Ping(bytes::Bytes::new())).await
                }
            };
            if done.is_err() {
                return 1001;
            }
        }
    }

    /// Writes an event and whatever waits behind it, in one go.
    async fn forward(&mut self, first: Out, queue: &mut Queue) -> Result<(), ()> {
        let mut next = Some(first);
        while let Some(out) = next {
            if self.is_new(&out) {
                let text = Utf8Bytes::try_from(out.frame).map_err(|_| ())?;
                timeout(WRITE, self.feed(Frame::Text(text))).await.map_err(|_| ())??;
            }
            next = queue.try_recv().ok();
        }
        timeout(WRITE, self.flush()).await.map_err(|_| ())?
    }

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

    /// Runs one frame. `Err(cut)`: the connection can't go on.
    async fn answer(&mut self, node: &Node, me: Me, connection: &Arc<Connection>, text: &str) -> Result<Result<(), ()>, Cut> {
        let envelope: Envelope = serde_json::from_str(text).map_err(|_| Cut::BadFrame)?;
        let id = envelope.id;
        if envelope.op == "resume" {
            let resumed = async {
                let Own::Resume(resume) = parse::<Own>(text)? else { return Err(malformed("op")) };
                node.app.limits.check(Class::Read, Who::User(me.user))?;
                resume::missed(&node.app, resume::streams(&node.app, me.user).await?, resume.cursors, false).await
            };
            return Ok(match resumed.await {
                Ok(missed) => match self.reply(id, to_raw_value(&missed).map_err(Error::internal)).await {
                    Ok(()) => self.send_missed(missed).await,
                    Err(()) => Err(()),
                },
                Err(e) => self.reply(id, Err(e)).await,
            });
        }
        let done = run(node, me, connection, &envelope.op, text).await;
        Ok(self.reply(id, done).await)
    }

    async fn send_missed(&mut self, missed: Missed) -> Result<(), ()> {
        for frame in missed.frames {
            let text = Utf8Bytes::try_from(frame).map_err(|_| ())?;
            timeout(WRITE, self.feed(Frame::Text(text))).await.map_err(|_| ())??;
        }
        self.heads.extend(missed.streams.into_iter().map(|(id, n)| (Stream(id), n)));
        timeout(WRITE, self.flush()).await.map_err(|_| ())?
    }

    async fn reply(&mut self, re: u64, done: Result<Box<RawValue>>) -> Result<(), ()> {
        let failure;
        let reply = match done {
            Ok(ok) => Reply::Ok { re, ok },
            Err(e) => {
                if e.code.status() >= 500 {
                    tracing::error!(
                        code = e.code.as_str(),
                        detail = e.detail,
                        source = e.source.as_deref().map(tracing::field::display),
                        "frame failed"
                    );
                }
                failure = e;
                Reply::Error { re, error: Failure { code: failure.code.as_str(), detail: &failure.detail, field: failure.field } }
            }
        };
        let text = serde_json::to_string(&reply).map_err(|_| ())?;
        self.send(Frame::Text(text.into())).await
    }

    async fn send(&mut self, frame: Frame) -> Result<(), ()> {
        match timeout(WRITE, self.socket.send(frame)).await {
            Ok(Ok(())) => Ok(()),
            _ => Err(()),
        }
    }

    async fn feed(&mut self, frame: Frame) -> Result<(), ()> {
        use futures_util::SinkExt;
        self.socket.feed(frame).await.map_err(|_| ())
    }

    async fn flush(&mut self) -> Result<(), ()> {
        use futures_util::SinkExt;
        self.socket.flush().await.map_err(|_| ())
    }
}

fn parse<T: serde::de::DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|e| Code::FrameMalformed.error(e.to_string()))
}

fn malformed(what: &str) -> Error {
    Code::FrameMalformed.error(format!("{what} is not known; see the list of operations in docs/protocol.md"))
}

async fn run(node: &Node, me: Me, connection: &Arc<Connection>, op: &str, text: &str) -> Result<Box<RawValue>> {
    let app: &App = &node.app;
    let empty = || to_raw_value(&serde_json::Map::new()).map_err(Error::internal);
    if !matches!(op, "ping" | "presence.set" | "presence.idle" | "presence.watch") {
        let command: snug_messages::ws::Command = parse(text)?;
        app.limits.check(if command.is_write() { Class::Write } else { Class::Read }, Who::User(me.user))?;
        return command.run(app, me).await;
    }
    match parse(text)? {
        Own::Ping {} => empty(),
        Own::Presence { presence } => {
            app.limits.check(Class::Write, Who::User(me.user))?;
            crate::presence::choose(node, me, presence).await?;
            empty()
        }
        Own::Idle { idle } => {
            node.presences.set_idle(connection, idle);
            empty()
        }
        Own::Watch { user_ids } => {
            app.limits.check(Class::Read, Who::User(me.user))?;
            to_raw_value(&crate::presence::watch(node, connection, user_ids).await?).map_err(Error::internal)
        }
        Own::Resume(_) => Err(malformed("op")), // answered before
    }
}
