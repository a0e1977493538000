//! The WebSocket itself, byte by byte: what RFC 6455 and RFC 7692 promise to any client.
use crate::support::{Person, TestNode, new_id};
use serde_json::{Value, json};
use snug_base::config::Compression;
use std::io::Read;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

const TEXT: u8 = 0x81;

/// A client that sends what it is told to and shows what comes as it is.
struct Raw {
    socket: TcpStream,
    head: String,
}

impl Raw {
    async fn open(node: &TestNode, extensions: &str) -> Raw {
        let mut socket = TcpStream::connect(node.address).await.unwrap();
        let request = format!(
            "GET /api/v1/socket HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{extensions}\r\n"
        );
        socket.write_all(request.as_bytes()).await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(socket.read_u8().await.unwrap());
        }
        Raw { socket, head: String::from_utf8(head).unwrap().to_ascii_lowercase() }
    }

    /// A client that has said hello.
    async fn hello(node: &TestNode, person: &Person, extensions: &str) -> Raw {
        let mut raw = Raw::open(node, extensions).await;
        raw.text(&json!({ "id": 1, "op": "hello", "d": { "token": person.token, "cursors": {} } })).await;
        assert_eq!(raw.json().await["re"], 1);
        raw
    }

    async fn frame(&mut self, first: u8, payload: &[u8]) {
        self.socket.write_all(&masked(first, payload)).await.unwrap();
    }

    async fn text(&mut self, value: &Value) {
        self.frame(TEXT, value.to_string().as_bytes()).await;
    }

    /// The first byte and the payload of the next frame.
    async fn read(&mut self) -> (u8, Vec<u8>) {
        let read = async {
            let first = self.socket.read_u8().await.unwrap();
            let size = match self.socket.read_u8().await.unwrap() {
                126 => usize::from(self.socket.read_u16().await.unwrap()),
                127 => usize::try_from(self.socket.read_u64().await.unwrap()).unwrap(),
                size => usize::from(size),
            };
            let mut payload = vec![0; size];
            self.socket.read_exact(&mut payload).await.unwrap();
            (first, payload)
        };
        timeout(Duration::from_secs(20), read).await.expect("a frame within 20 seconds")
    }

    /// The next text frame, read as JSON; heartbeats are passed over.
    async fn json(&mut self) -> Value {
        let (mut first, mut payload) = self.read().await;
        while first == 0x89 {
            (first, payload) = self.read().await;
        }
        assert_eq!(first & 0x0f, 1, "a text frame");
        let text = if first & 0x40 == 0 { payload } else { inflate(&payload) };
        serde_json::from_slice(&text).unwrap()
    }

    async fn close_code(&mut self) -> u16 {
        loop {
            let (first, payload) = self.read().await;
            if first == 0x88 {
                return u16::from_be_bytes([payload[0], payload[1]]);
            }
        }
    }
}

fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
    let mask = [0x37, 0xfa, 0x21, 0x3d];
    let mut bytes = vec![first];
    match payload.len() {
        n @ 0..126 => bytes.push(0x80 | n as u8),
        n @ 126..0x1_0000 => bytes.extend([0x80 | 126, (n >> 8) as u8, n as u8]),
        n => bytes.extend([&[0xff][..], &(n as u64).to_be_bytes()].concat()),
    }
    bytes.extend(mask);
    bytes.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    bytes
}

fn inflate(payload: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let whole = [payload, &[0, 0, 0xff, 0xff, 1, 0, 0, 0xff, 0xff]].concat();
    flate2::read::DeflateDecoder::new(whole.as_slice()).read_to_end(&mut out).unwrap();
    out
}

fn deflate(payload: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(payload.len() + 100);
    let mut compress = flate2::Compress::new(flate2::Compression::best(), false);
    compress.compress_vec(payload, &mut out, flate2::FlushCompress::Sync).unwrap();
    out.truncate(out.len() - 4);
    out
}

#[tokio::test]
async fn the_handshake_is_the_one_of_the_standard() {
    let node = TestNode::start().await;
    let raw = Raw::open(&node, "").await;
    assert!(raw.head.starts_with("http/1.1 101"), "{}", raw.head);
    // the example of RFC 6455, 1.3
    assert!(raw.head.contains("sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo="), "{}", raw.head);
    assert!(!raw.head.contains("sec-websocket-extensions"), "nothing was offered");
    node.nobody().get("/socket").await.fails(400, "request.malformed");
}

#[tokio::test]
async fn a_message_may_come_in_fragments_with_pings_between_and_byte_by_byte() {
    let node = TestNode::start().await;
    let ann = node.user("ann").await;
    let mut raw = Raw::hello(&node, &ann, "").await;
    raw.frame(0x01, br#"{"id": 7, "#).await;
    raw.frame(0x89, b"there?").await;
    raw.frame(0x00, br#""op": "ping", "#).await;
    raw.frame(0x80, br#""d": {}}"#).await;
    assert_eq!(raw.read().await, (0x8a, b"there?".to_vec()), "the ping is answered at once");
    assert_eq!(raw.json().await, json!({ "re": 7, "ok": {} }));
    for byte in masked(TEXT, br#"{"id": 8, "op": "ping", "d": {}}"#) {
        raw.socket.write_u8(byte).await.unwrap();
    }
    assert_eq!(raw.json().await["re"], 8);
    raw.frame(0x88, &1000_u16.to_be_bytes()).await;
    assert_eq!(raw.close_code().await, 1000, "a close is answered with its code");
}

#[tokio::test]
async fn whoever_breaks_the_framing_rules_is_told_so_and_cut_off() {
    let node = TestNode::start().await;
    let ann = node.user("ann").await;
    let cases: [(&str, Vec<u8>, u16); 6] = [
        ("not masked", vec![TEXT, 1, b'x'], 1002),
        ("an unknown opcode", masked(0x83, b""), 1002),
        ("a continuation of nothing", masked(0x80, b"x"), 1002),
        ("compressed, though that was not agreed on", masked(0xc1, b"x"), 1002),
        ("not UTF-8", masked(TEXT, &[0xff, 0xfe]), 1007),
        ("too large", masked(TEXT, &vec![b' '; 70_000])[..100].to_vec(), 4003),
    ];
    for (what, bytes, code) in cases {
        let mut raw = Raw::hello(&node, &ann, "").await;
        raw.socket.write_all(&bytes).await.unwrap();
        assert_eq!(raw.close_code().await, code, "{what}");
        let mut raw = Raw::open(&node, "").await;
        raw.socket.write_all(&bytes).await.unwrap();
        assert_eq!(raw.close_code().await, code, "{what}, before hello");
    }
}

#[tokio::test]
async fn frames_sent_without_waiting_take_effect_in_their_order() {
    let node = TestNode::start().await;
    let (ann, _, _, room) = node.ann_and_bob().await;
    let mut raw = Raw::hello(&node, &ann, "").await;
    let mut all = Vec::new();
    for i in 0..200 {
        let new = json!({ "id": new_id(), "conversation_id": room, "content": { "type": "text", "text": i.to_string() } });
        all.extend(masked(TEXT, json!({ "id": 100 + i, "op": "message.send", "d": new }).to_string().as_bytes()));
    }
    raw.socket.write_all(&all).await.unwrap();
    let mut answered = 0;
    while answered < 200 {
        let frame = raw.json().await;
        if let Some(re) = frame["re"].as_i64() {
            assert_eq!(
                (frame["ok"]["seq"].as_i64(), frame["ok"]["content"]["text"].clone()),
                (Some(re - 99), json!((re - 100).to_string()))
            );
            answered += 1;
        }
    }
}

#[tokio::test]
async fn devices_that_agreed_on_compression_hear_the_same_as_others() {
    let node = TestNode::start_with(|config| config.node.compression = Compression::On).await;
    let (ann, bob, _, room) = node.ann_and_bob().await;
    let mut plain = Raw::hello(&node, &bob, "").await;
    let mut small = Raw::hello(&node, &bob, "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n").await;
    assert!(small.head.contains("permessage-deflate; server_no_context_takeover; client_no_context_takeover"), "{}", small.head);
    // a moment after the welcome events are written once for everybody
    tokio::time::sleep(Duration::from_secs(8)).await;
    for text in ["short", &"long and longer ".repeat(100)] {
        ann.say(&room, text).await;
        let (mut first, mut payload) = small.read().await;
        while first == 0x89 {
            (first, payload) = small.read().await; // the heartbeat
        }
        assert_eq!(first, 0xc1, "compressed");
        let heard: Value = serde_json::from_slice(&inflate(&payload)).unwrap();
        assert_eq!(heard, plain.json().await);
        assert_eq!(heard["d"]["content"]["text"].as_str().map(str::trim), Some(text.trim()));
    }
    small.frame(0xc1, &deflate(br#"{"id": 9, "op": "ping", "d": {}}"#)).await;
    assert_eq!(small.json().await["re"], 9, "what the device compressed is understood");
    small.frame(0xc1, &deflate(&vec![b' '; 10 << 20])).await;
    assert_eq!(small.close_code().await, 4003, "a bomb does not unfold");
}
