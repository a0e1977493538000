//! A node that lies: what stands between a client and the real one, and changes what the client is told.
use futures_util::{SinkExt, StreamExt};
use parking_lot::Mutex;
use serde_json::Value;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::Message;

/// Changes an answer, given "METHOD /path" below /api/v1.
type Forge = Box<dyn FnMut(&str, &mut Value) + Send>;
/// Changes an event; false withholds it.
type Filter = Box<dyn FnMut(&mut Value) -> bool + Send>;

#[derive(Default)]
struct Lies {
    forge: Option<Forge>,
    filter: Option<Filter>,
    /// What was asked, with its body.
    asked: Vec<(String, Value)>,
}

/// A proxy on loopback.
pub struct Hostile {
    pub address: SocketAddr,
    lies: Arc<Mutex<Lies>>,
    task: JoinHandle<()>,
}

impl Hostile {
    /// Stands before this node, honest at first.
    pub async fn before(node: SocketAddr) -> Hostile {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let lies = Arc::new(Mutex::new(Lies::default()));
        let shared = lies.clone();
        let task = tokio::spawn(async move {
            let http = super::http_client();
            while let Ok((stream, _)) = listener.accept().await {
                let (lies, http) = (shared.clone(), http.clone());
                tokio::spawn(async move {
                    let mut start = [0; 32];
                    let length = stream.peek(&mut start).await.unwrap_or(0);
                    if start[..length].starts_with(b"GET /api/v1/socket") {
                        socket(stream, node, lies).await;
                    } else {
                        // whoever gave up needs no answer
                        let _ = answer(stream, node, &http, &lies).await;
                    }
                });
            }
        });
        Hostile { address, lies, task }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Lies from now on. What was asked before is forgotten.
    pub fn forge(&self, forge: impl FnMut(&str, &mut Value) + Send + 'static) {
        let mut lies = self.lies.lock();
        lies.asked.clear();
        lies.forge = Some(Box::new(forge));
    }

    /// Changes or withholds events from now on.
    pub fn filter(&self, filter: impl FnMut(&mut Value) -> bool + Send + 'static) {
        self.lies.lock().filter = Some(Box::new(filter));
    }

    /// Behaves again.
    pub fn behave(&self) {
        *self.lies.lock() = Lies::default();
    }

    /// What was asked since the last change, of requests that begin like this.
    pub fn asked(&self, start: &str) -> Vec<Value> {
        self.lies.lock().asked.iter().filter(|(asked, _)| asked.starts_with(start)).map(|(_, body)| body.clone()).collect()
    }
}

impl Drop for Hostile {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// One request, one answer, and the connection ends.
async fn answer(mut stream: TcpStream, node: SocketAddr, http: &reqwest::Client, lies: &Mutex<Lies>) -> std::io::Result<()> {
    let mut bytes = Vec::new();
    let head = loop {
        if let Some(at) = bytes.windows(4).position(|part| part == b"\r\n\r\n") {
            break at;
        }
        if stream.read_buf(&mut bytes).await? == 0 {
            return Ok(());
        }
    };
    let text = String::from_utf8_lossy(&bytes[..head]).into_owned();
    let mut lines = text.lines();
    let mut first = lines.next().unwrap_or_default().split(' ');
    let (method, target) = (first.next().unwrap_or_default(), first.next().unwrap_or_default());
    let mut request = http.request(method.parse().unwrap(), format!("http://{node}{target}"));
    let mut length = 0;
    for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().unwrap(),
            "authorization" | "cookie" | "content-type" => request = request.header(name, value),
            _ => {}
        }
    }
    let mut body = bytes.split_off(head + 4);
    while body.len() < length {
        stream.read_buf(&mut body).await?;
    }
    let asked = format!("{method} {}", target.trim_start_matches("/api/v1"));
    lies.lock().asked.push((asked.clone(), serde_json::from_slice(&body).unwrap_or_default()));
    let Ok(response) = request.body(body).send().await else { return Ok(()) };
    let status = response.status();
    let cookies: String =
        response.headers().get_all("set-cookie").iter().map(|value| format!("set-cookie: {}\r\n", value.to_str().unwrap())).collect();
    let pause =
        response.headers().get("retry-after").map_or_else(String::new, |value| format!("retry-after: {}\r\n", value.to_str().unwrap()));
    let mut body = response.bytes().await.map(|bytes| bytes.to_vec()).unwrap_or_default();
    if status.is_success()
        && let Ok(mut value) = serde_json::from_slice::<Value>(&body)
        && let Some(forge) = &mut lies.lock().forge
    {
        forge(&asked, &mut value);
        body = serde_json::to_vec(&value).unwrap();
    }
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n{cookies}{pause}\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(&body).await?;
    stream.shutdown().await
}

async fn socket(stream: TcpStream, node: SocketAddr, lies: Arc<Mutex<Lies>>) {
    let Ok(client) = tokio_tungstenite::accept_async(stream).await else { return };
    let Ok((real, _)) = tokio_tungstenite::connect_async(format!("ws://{node}/api/v1/socket")).await else { return };
    let ((mut to_client, mut from_client), (mut to_real, mut from_real)) = (client.split(), real.split());
    loop {
        tokio::select! {
            Some(Ok(message)) = from_client.next() => if to_real.send(message).await.is_err() { return },
            Some(Ok(message)) = from_real.next() => {
                let Some(message) = changed(message, &lies) else { continue };
                if to_client.send(message).await.is_err() { return }
            }
            else => return,
        }
    }
}

fn changed(message: Message, lies: &Mutex<Lies>) -> Option<Message> {
    let Message::Text(text) = &message else { return Some(message) };
    let mut value: Value = serde_json::from_str(text).unwrap();
    let mut lies = lies.lock();
    match &mut lies.filter {
        Some(filter) if value["ev"].is_string() => filter(&mut value).then(|| Message::text(value.to_string())),
        _ => Some(message),
    }
}
