use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

const PATIENCE: Duration = Duration::from_secs(20);

/// A device's socket. Keeps the events that came while an answer was awaited.
pub struct Socket {
    inner: WebSocketStream<MaybeTlsStream<TcpStream>>,
    events: VecDeque<Value>,
    next: u64,
    /// The answer to `hello`.
    pub welcome: Value,
}

impl Socket {
    /// Connects and says nothing yet.
    pub async fn open(address: SocketAddr) -> Socket {
        let (inner, _) = connect_async(format!("ws://{address}/api/v1/socket")).await.unwrap();
        Socket { inner, events: VecDeque::new(), next: 1, welcome: Value::Null }
    }

    /// Sends a frame and gives the answer's `ok`.
    pub async fn call(&mut self, op: &str, d: Value) -> Value {
        let answer = self.try_call(op, d).await;
        assert!(answer["error"].is_null(), "{op}: {answer}");
        answer["ok"].clone()
    }

    /// Sends a frame that has to fail with this code.
    pub async fn fails(&mut self, op: &str, d: Value, code: &str) {
        let answer = self.try_call(op, d).await;
        assert_eq!(answer["error"]["code"], code, "{op}: {answer}");
    }

    /// Sends a frame and gives its whole answer.
    pub async fn try_call(&mut self, op: &str, d: Value) -> Value {
        let id = self.send(op, d).await;
        loop {
            let frame = self.frame().await.expect("the socket is open");
            if frame["re"] == id {
                return frame;
            }
            self.events.push_back(frame);
        }
    }

    /// Sends a frame without waiting for its answer.
    pub async fn send(&mut self, op: &str, d: Value) -> u64 {
        let id = self.next;
        self.next += 1;
        self.send_text(json!({ "id": id, "op": op, "d": d }).to_string()).await;
        id
    }

    pub async fn send_text(&mut self, text: String) {
        self.inner.send(Message::text(text)).await.unwrap();
    }

    /// The next event, which has to be of this kind; gives its `d`.
    pub async fn expect(&mut self, kind: &str) -> Value {
        let event = self.event().await;
        assert_eq!(event["ev"], kind, "{event}");
        event["d"].clone()
    }

    /// Passes over events until one of this kind comes.
    pub async fn wait_for(&mut self, kind: &str) -> Value {
        loop {
            let event = self.event().await;
            if event["ev"] == kind {
                return event["d"].clone();
            }
        }
    }

    /// The next event, whole.
    pub async fn event(&mut self) -> Value {
        match self.events.pop_front() {
            Some(event) => event,
            None => self.frame().await.expect("the socket is open"),
        }
    }

    /// An event that came while an answer was awaited.
    pub fn arrived(&mut self) -> Option<Value> {
        self.events.pop_front()
    }

    /// The next event if one comes soon.
    pub async fn event_within(&mut self, patience: Duration) -> Option<Value> {
        match self.events.pop_front() {
            Some(event) => Some(event),
            None => timeout(patience, self.frame()).await.ok().and_then(Result::ok),
        }
    }

    /// Checks that nothing was sent. A call makes sure that all that was under way has arrived.
    pub async fn expect_silence(&mut self) {
        self.call("ping", json!({})).await;
        tokio::time::sleep(Duration::from_millis(100)).await;
        self.call("ping", json!({})).await;
        assert!(self.events.is_empty(), "heard {:?}", self.events);
    }

    /// Takes in all that was sent and checks that nothing of it names this person.
    pub async fn wait_for_quiet_about(&mut self, user: &str) {
        self.call("ping", json!({})).await;
        tokio::time::sleep(Duration::from_millis(100)).await;
        self.call("ping", json!({})).await;
        for event in self.events.drain(..) {
            assert!(!event.to_string().contains(user), "heard {event}");
        }
    }

    /// Waits for the end of the connection and gives the close code.
    pub async fn closed(&mut self) -> u16 {
        loop {
            if let Err(code) = self.frame().await {
                return code;
            }
        }
    }

    /// The next frame, or the close code.
    async fn frame(&mut self) -> Result<Value, u16> {
        loop {
            match timeout(PATIENCE, self.inner.next()).await.expect("a frame within 20 seconds") {
                Some(Ok(Message::Text(text))) => return Ok(serde_json::from_str(&text).unwrap()),
                Some(Ok(Message::Close(close))) => return Err(close.map_or(1005, |c| c.code.into())),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Err(1006),
            }
        }
    }
}
