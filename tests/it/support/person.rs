use super::{Answer, Socket, TestNode, new_id};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as B64;
use serde_json::{Value, json};
use std::net::SocketAddr;

/// Somebody with a device: an access token and a refresh cookie.
#[derive(Clone)]
pub struct Person {
    pub address: SocketAddr,
    pub id: String,
    pub username: String,
    pub token: String,
    /// `__Host-snug_refresh=…`
    pub cookie: String,
    pub session: String,
    http: reqwest::Client,
}

/// The key that a person's password would become. Tests skip Argon2: the node can't tell.
pub fn auth_key(username: &str) -> String {
    let mut key = [7; 32];
    key[..username.len().min(32)].copy_from_slice(&username.as_bytes()[..username.len().min(32)]);
    B64.encode(key)
}

/// A client that speaks plain HTTP to a node of the test; building one that knows the system's authorities takes time.
pub fn http_client() -> reqwest::Client {
    let tls = snug_client::trust::unverified().unwrap();
    reqwest::Client::builder().tls_backend_preconfigured(tls).build().unwrap()
}

/// What registration asks for.
pub fn registration(username: &str) -> Value {
    json!({
        "id": new_id(), "username": username, "salt": B64.encode([1; 16]),
        "kdf": { "m": 65536, "t": 3, "p": 1 }, "auth_key": auth_key(username), "device_name": "test",
    })
}

impl Person {
    pub fn nobody(address: SocketAddr) -> Person {
        let (id, username, token, cookie, session) = Default::default();
        Person { address, id, username, token, cookie, session, http: http_client() }
    }

    pub async fn register(node: &TestNode, username: &str) -> Person {
        let answer = node.nobody().post("/auth/register", registration(username)).await;
        Person::signed_in(node.address, answer)
    }

    /// Another device of the same person.
    pub async fn sign_in_again(&self) -> Person {
        self.sign_in_at(self.address).await
    }

    /// The same on a copy of the node.
    pub async fn sign_in_at(&self, address: SocketAddr) -> Person {
        let body = json!({ "login": self.username, "auth_key": auth_key(&self.username), "device_name": "another" });
        Person::signed_in(address, Person::nobody(address).post("/auth/login", body).await)
    }

    /// Takes token and cookie out of an answer to registration, sign-in or refresh.
    #[track_caller]
    pub fn signed_in(address: SocketAddr, answer: Answer) -> Person {
        assert!(matches!(answer.status, 200 | 201), "{}: {} {}", answer.asked, answer.status, answer.body);
        let cookie = answer.headers["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        Person {
            address,
            id: text(&answer.body["account"]["user"]["id"]),
            username: text(&answer.body["account"]["user"]["username"]),
            token: text(&answer.body["access_token"]),
            session: text(&answer.body["session_id"]),
            cookie,
            http: http_client(),
        }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.request("GET", path, None).await
    }
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.request("POST", path, Some(body)).await
    }
    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.request("PUT", path, Some(body)).await
    }
    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        self.request("PATCH", path, Some(body)).await
    }
    pub async fn delete(&self, path: &str) -> Answer {
        self.request("DELETE", path, None).await
    }

    /// A request below /api/v1 with this person's token and cookie.
    pub async fn request(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        let url = format!("http://{}/api/v1{path}", self.address);
        let mut request = self.http.request(method.parse().unwrap(), url);
        if !self.token.is_empty() {
            request = request.bearer_auth(&self.token);
        }
        if !self.cookie.is_empty() {
            request = request.header("cookie", &self.cookie);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.unwrap();
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Answer { status, headers, body, asked: format!("{method} {path}") }
    }

    /// Sends bytes (pictures).
    pub async fn put_bytes(&self, path: &str, bytes: Vec<u8>) -> Answer {
        let url = format!("http://{}/api/v1{path}", self.address);
        let response = self
            .http
            .put(url)
            .bearer_auth(&self.token)
            .header("content-type", "application/octet-stream")
            .body(bytes)
            .send()
            .await
            .unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Answer { status, headers, body: response.json().await.unwrap_or_default(), asked: format!("PUT {path}") }
    }

    /// Sends a message and gives it back.
    pub async fn say(&self, conversation: &str, text: &str) -> Value {
        self.post("/messages", json!({ "id": new_id(), "conversation_id": conversation, "content": { "type": "text", "text": text } }))
            .await
            .created()
    }

    /// Begins a direct conversation with somebody.
    pub async fn direct(&self, other: &Person) -> String {
        let answer = self.post("/conversations", json!({ "kind": "direct", "user_ids": [other.id] })).await;
        answer.body["conversation"]["id"].as_str().unwrap_or_else(|| panic!("{answer:?}")).to_owned()
    }

    /// Connects as a client does: snapshot first, then the socket from its cursors.
    pub async fn socket(&self) -> Socket {
        let sync = self.get("/sync").await.ok();
        self.socket_from(sync["streams"].clone()).await
    }

    /// Connects with these cursors.
    pub async fn socket_from(&self, cursors: Value) -> Socket {
        let mut socket = Socket::open(self.address).await;
        let welcome = socket.call("hello", json!({ "token": self.token, "cursors": cursors })).await;
        socket.welcome = welcome;
        socket
    }
}
