//! The node's socket: frames there, answers and events back. See `docs/protocol.md`.
use crate::api::Api;
use crate::error::{Error, Refusal, Result};
use futures_util::{SinkExt, StreamExt};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{Connector, MaybeTlsStream, WebSocketStream, connect_async_tls_with_config};
use uuid::Uuid;

const PATIENCE: Duration = Duration::from_secs(20);
/// The node pings every 25 seconds; a socket that is silent for longer than this is dead.
const SILENCE: Duration = Duration::from_secs(60);

/// The newest event of each stream that is included in what one knows.
pub type Cursors = BTreeMap<Uuid, i64>;

/// An event of a stream, or (without number) something that does not last.
#[derive(Clone, Debug, Deserialize)]
pub struct Event {
    #[serde(rename = "s", default)]
    pub stream: Option<Uuid>,
    #[serde(default)]
    pub n: i64,
    #[serde(rename = "ev")]
    pub kind: String,
    #[serde(rename = "d", default)]
    pub body: Value,
}

/// A connected socket.
pub struct Socket {
    inner: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// Events that came while an answer was awaited.
    early: VecDeque<Event>,
    next: u64,
    /// Streams with gaps that are too large: their state has to be loaded again.
    pub reload: Vec<Uuid>,
}

#[derive(Deserialize)]
struct Answer {
    re: u64,
    ok: Option<Value>,
    error: Option<Problem>,
}

#[derive(Deserialize)]
struct Problem {
    code: String,
    #[serde(default)]
    detail: String,
}

#[derive(Deserialize)]
struct Welcome {
    #[serde(default)]
    reload: Vec<Uuid>,
}

impl Socket {
    /// Connects and says hello with these cursors.
    pub async fn connect(api: &Api, cursors: &Cursors) -> Result<Socket> {
        let url = format!("{}/api/v1/socket", api.base().replacen("http", "ws", 1));
        let connecting = connect_async_tls_with_config(url, None, true, Some(Connector::Rustls(api.tls())));
        let (inner, _) = timeout(PATIENCE, connecting).await.map_err(|_| silent())?.map_err(broken)?;
        let mut socket = Socket { inner, early: VecDeque::new(), next: 1, reload: Vec::new() };
        let token = api.token(false).await?;
        let hello = json!({ "token": token.as_str(), "cursors": cursors, "idle": true });
        let welcome: Welcome = serde_json::from_value(socket.call("hello", &hello).await?).map_err(|e| Error::Answer(e.to_string()))?;
        socket.reload = welcome.reload;
        Ok(socket)
    }

    /// Sends a frame and waits for its answer.
    pub async fn call(&mut self, op: &str, d: &impl Serialize) -> Result<Value> {
        let id = self.next;
        self.next += 1;
        let frame = json!({ "id": id, "op": op, "d": d }).to_string();
        self.inner.send(Message::text(frame)).await.map_err(broken)?;
        loop {
            let text = timeout(PATIENCE, self.text()).await.map_err(|_| silent())??;
            match serde_json::from_str::<Answer>(&text) {
                Ok(Answer { re, ok: Some(ok), .. }) if re == id => return Ok(ok),
                Ok(Answer { re, error: Some(Problem { code, detail }), .. }) if re == id => {
                    let problem = serde_json::from_str(&text).unwrap_or_default();
                    return Err(Error::Refused(Box::new(Refusal { status: 0, code, detail, problem, retry_after_s: None })));
                }
                Ok(_) => {} // an answer that nobody waits for any more
                Err(_) => self.early.extend(serde_json::from_str::<Event>(&text)),
            }
        }
    }

    /// The next event. Cancel safe: may be dropped while it waits.
    pub async fn event(&mut self) -> Result<Event> {
        loop {
            if let Some(event) = self.early.pop_front() {
                return Ok(event);
            }
            let text = timeout(SILENCE, self.text()).await.map_err(|_| silent())??;
            self.early.extend(serde_json::from_str::<Event>(&text));
        }
    }

    async fn text(&mut self) -> Result<String> {
        loop {
            match self.inner.next().await {
                Some(Ok(Message::Text(text))) => return Ok(text.to_string()),
                Some(Ok(Message::Close(frame))) => {
                    let why = frame.map_or_else(String::new, |frame| format!(" ({})", frame.code));
                    return Err(Error::Unreachable(format!("the connection was closed{why}")));
                }
                // pings are answered by the library while it reads
                Some(Ok(_)) => {}
                Some(Err(e)) => return Err(broken(e)),
                None => return Err(Error::Unreachable("the connection was closed".to_owned())),
            }
        }
    }
}

fn broken(e: tungstenite::Error) -> Error {
    Error::Unreachable(e.to_string())
}

fn silent() -> Error {
    Error::Unreachable("the node does not answer".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_and_answers_are_told_apart() {
        let event = r#"{"s":"0199c0de-0000-7000-8000-000000000001","n":12,"ev":"message.created","d":{"seq":3}}"#;
        assert!(serde_json::from_str::<Answer>(event).is_err());
        let event: Event = serde_json::from_str(event).unwrap();
        assert_eq!((event.n, event.kind.as_str(), &event.body["seq"]), (12, "message.created", &json!(3)));
        let passing: Event = serde_json::from_str(r#"{"ev":"typing.start"}"#).unwrap();
        assert_eq!((passing.stream, passing.n, passing.body), (None, 0, Value::Null));
        let refused = r#"{"re":7,"error":{"code":"rate.limited"}}"#;
        assert!(serde_json::from_str::<Event>(refused).is_err());
        let answer: Answer = serde_json::from_str(refused).unwrap();
        assert!(answer.re == 7 && answer.ok.is_none() && answer.error.unwrap().code == "rate.limited");
    }
}
