//! The first frame of a device: who it is, what it follows, what it missed.
use super::command::{self, Envelope, Own};
use super::resume::{self, Missed};
use crate::Node;
use serde::Serialize;
use serde_json::value::to_raw_value;
use snug_accounts::Me;
use snug_base::{Code, Error, SessionId, UserId};
use snug_realtime::frame::{Incoming, Reader};
use snug_realtime::{Connection, Cut, HEARTBEAT_S, Wire};
use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// How long a client may take to say hello.
const HELLO: Duration = Duration::from_secs(10);
/// How long a device may wait for its welcome when everybody comes back at once.
const WAIT: Duration = Duration::from_secs(10);

#[derive(Serialize)]
struct Welcome<'a> {
    user_id: UserId,
    session_id: SessionId,
    heartbeat_s: u64,
    #[serde(flatten)]
    missed: &'a Missed,
}

/// A device that was refused: its socket, and the close code.
type Refused = (Wire, u16);

/// Reads `hello`, says who it is, and sends what was missed.
pub async fn hello(node: &Arc<Node>, wire: Wire, reader: &mut Reader, is_deflating: bool) -> Result<(Me, Arc<Connection>), Box<Refused>> {
    let first = tokio::select! {
        () = node.stopping.cancelled() => Err(Cut::Restarting as u16),
        first = timeout(HELLO, first_text(&wire, reader)) => first.unwrap_or(Err(Cut::BadFrame as u16)),
    };
    let text = match first {
        Ok(text) => text,
        Err(code) => return Err(Box::new((wire, code))),
    };
    let Ok(Envelope { id: re, .. }) = serde_json::from_str(&text) else { return Err(Box::new((wire, Cut::BadFrame as u16))) };
    let Ok(Own::Hello(hello)) = serde_json::from_str(&text) else { return Err(Box::new((wire, Cut::BadFrame as u16))) };
    let me = match snug_accounts::authenticate(&node.app, &hello.token) {
        Ok(me) => me,
        Err(e) => {
            wire.send(&command::answer(re, &Err(e)), 1);
            return Err(Box::new((wire, Cut::SessionEnded as u16)));
        }
    };
    // so many at a time: those who are here already get their turn with the database in between
    let Ok(Ok(_admitted)) = timeout(WAIT, node.admission.acquire()).await else { return Err(Box::new((wire, Cut::Busy as u16))) };
    let connection = Connection::new(me.user, me.session, wire, is_deflating);
    node.hub.attach(connection.clone());
    if let Err(cut) = welcome(node, me, &connection, re, hello).await {
        connection.end(cut); // its own task says farewell
    }
    Ok((me, connection))
}

async fn welcome(node: &Node, me: Me, connection: &Arc<Connection>, re: u64, hello: command::Hello) -> Result<(), Cut> {
    let app = &node.app;
    let found = async {
        // the order matters: follow first, look up what was missed then, so that nothing falls in between
        let known = app.db.read(move |read| Ok((resume::streams(read, me.user)?, snug_accounts::presence_choice(read, me.user)?)));
        let (streams, choice) = known.await?;
        node.hub.subscribe(connection, streams.clone()).await;
        let missed = resume::missed(node, streams, hello.cursors, true).await?;
        // a session that ended before it was attached would have gone unnoticed
        snug_accounts::authenticate(app, &hello.token)?;
        Ok::<_, Error>((missed, choice))
    };
    let (missed, choice) = match found.await {
        Ok(found) => found,
        Err(e) => {
            let cut = if e.code == Code::SignedOut { Cut::SessionEnded } else { Cut::Restarting };
            connection.send(&command::answer(re, &Err(e)));
            return Err(cut);
        }
    };
    let welcome = Welcome { user_id: me.user, session_id: me.session, heartbeat_s: HEARTBEAT_S, missed: &missed };
    let answer = to_raw_value(&welcome).map_err(|_| Cut::BadFrame)?;
    connection.welcome(&command::answer(re, &Ok(answer)), &missed.frames, missed.heads());
    if node.presences.arrive(connection, choice, hello.idle, app.config.limits.sockets_per_user) { Ok(()) } else { Err(Cut::TooMany) }
}

async fn first_text(wire: &Wire, reader: &mut Reader) -> Result<String, u16> {
    loop {
        match reader.take_next().map_err(|violation| violation.close_code())? {
            Some(Incoming::Text(text)) => return Ok(text),
            Some(Incoming::Close(_)) => return Err(1000),
            Some(Incoming::Ping(_) | Incoming::Pong) => continue,
            Some(Incoming::Binary(_)) => return Err(Cut::BadFrame as u16),
            None => {}
        }
        // read before waiting: the TLS session may hold what came with the request
        match wire.read(|bytes| reader.push(bytes)) {
            Ok(true) => {}
            Err(e) if e.kind() == ErrorKind::WouldBlock => wire.readable().await.map_err(|_| Cut::Gone as u16)?,
            Ok(false) | Err(_) => return Err(Cut::Gone as u16),
        }
    }
}
