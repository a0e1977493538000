//! One member of the crowd: a connection and how far it has got.
mod lines;

use crate::link::{Link, Scratch};
use crate::orders::Dialect;
use crate::ws;
use serde_json::json;
use std::io;

/// Something that came in and matters to a measurement.
#[derive(Clone, Copy, Debug)]
pub enum Heard<'a> {
    /// The member is in.
    Ready,
    /// A message; `n` is its number where the server numbers events, `bytes` the size of its frame's payload.
    Delivery { n: Option<i64>, bytes: usize },
    /// The answer to the member's own frame of this number.
    Answer { re: u64 },
    /// The server said no, in these words.
    Refused(&'a [u8]),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Waits for the answer to the upgrade.
    Opening,
    /// Waits to be let in.
    Greeting,
    Live,
}

/// A member. The greeting is what is said once the connection is open.
pub struct Member {
    link: Link,
    dialect: Dialect,
    phase: Phase,
    greeting: Vec<u8>,
    closing: String,
    lines: lines::Step,
    /// The newest event heard, and how many deliveries.
    pub last_n: i64,
    pub delivered: u32,
    /// False once its connection was lost.
    pub is_open: bool,
}

impl Member {
    /// A member on a connection that is being opened; says its first bytes as soon as it can.
    pub fn new(link: Link, dialect: Dialect, host: &str, greeting: Vec<u8>) -> io::Result<Member> {
        let mut member = Member {
            link,
            dialect,
            phase: Phase::Opening,
            greeting,
            closing: String::new(),
            lines: lines::Step::default(),
            last_n: 0,
            delivered: 0,
            is_open: true,
        };
        let first = match dialect {
            Dialect::Snug => ws::upgrade_request(host, "/api/v1/socket"),
            Dialect::SocketIo => ws::upgrade_request(host, "/socket.io/?EIO=4&transport=websocket"),
            Dialect::Irc | Dialect::Xmpp => {
                member.phase = Phase::Greeting;
                lines::first(dialect, &member.greeting)
            }
        };
        member.link.send(&first)?;
        Ok(member)
    }

    /// The socket, to register it.
    pub fn stream(&mut self) -> &mut mio::net::TcpStream {
        self.link.stream()
    }

    /// Closes the connection, as a client does that has nothing more to say.
    pub fn hang_up(&mut self) {
        self.is_open = false;
        let _ = self.link.stream().shutdown(std::net::Shutdown::Both); // it may be gone already
    }

    /// What the server said when it closed.
    pub fn last_words(&self) -> &str {
        if self.closing.is_empty() { "without a word" } else { &self.closing }
    }

    /// The socket takes bytes (again).
    pub fn writable(&mut self) -> io::Result<()> {
        self.link.flush()
    }

    /// Sends a frame of text, or a line.
    pub fn say(&mut self, text: &[u8]) -> io::Result<()> {
        match self.dialect {
            Dialect::Snug | Dialect::SocketIo => {
                let mut frame = Vec::with_capacity(text.len() + 16);
                ws::put_client_frame(&mut frame, ws::TEXT, text);
                self.link.send(&frame)
            }
            Dialect::Irc | Dialect::Xmpp => self.link.send(text),
        }
    }

    /// Sends a message to a room, as the frame of this number.
    pub fn send_message(&mut self, number: u64, room: &str, text: &str) -> io::Result<()> {
        let id = uuid::Uuid::now_v7();
        let content = json!({ "type": "text", "text": text });
        let frame = match self.dialect {
            Dialect::Snug => json!({ "id": number, "op": "message.send",
                "d": { "id": id, "conversation_id": room, "content": content, "reply_to": null } })
            .to_string(),
            Dialect::SocketIo => format!("42{number}{}", json!(["message", { "id": id, "conversation_id": room, "content": content }])),
            Dialect::Irc => format!("PRIVMSG {room} :{text}\r\n"),
            Dialect::Xmpp => format!("<message to='{room}' type='groupchat' id='m{number}'><body>{text}</body></message>"),
        };
        self.say(frame.as_bytes())
    }

    /// Whether senders get an answer to each message.
    pub fn is_answered(&self) -> bool {
        matches!(self.dialect, Dialect::Snug | Dialect::SocketIo)
    }

    /// Whether senders get their own messages, too.
    pub fn has_echo(&self) -> bool {
        self.dialect != Dialect::Irc
    }

    /// Reads what has come. `Ok(false)`: the server closed the connection.
    pub fn readable(&mut self, scratch: &mut Scratch, replies: &mut Vec<u8>, mut each: impl FnMut(Heard)) -> io::Result<bool> {
        if matches!(self.dialect, Dialect::Irc | Dialect::Xmpp) {
            return self.readable_lines(scratch, replies, each);
        }
        let Member { link, dialect, phase, greeting, closing, .. } = self;
        let mut open = true;
        replies.clear();
        let more = link.receive(scratch, |bytes| {
            let mut at = 0;
            if *phase == Phase::Opening {
                let Some(end) = ws::head_end(bytes) else { return 0 };
                if !bytes.starts_with(b"HTTP/1.1 101") {
                    each(Heard::Refused(&bytes[..end]));
                    return bytes.len();
                }
                *phase = Phase::Greeting;
                if !greeting.is_empty() {
                    ws::put_client_frame(replies, ws::TEXT, greeting);
                    *greeting = Vec::new();
                }
                at = end;
            }
            while let Some(frame) = ws::frame(&bytes[at..]) {
                let payload = &bytes[at + frame.start..at + frame.end];
                match frame.opcode {
                    ws::TEXT => {
                        if let Some(heard) = hear(*dialect, payload, replies) {
                            if matches!(heard, Heard::Ready) {
                                *phase = Phase::Live;
                            }
                            each(heard);
                        }
                    }
                    ws::PING => ws::put_client_frame(replies, ws::PONG, payload),
                    ws::CLOSE => {
                        let code = payload.get(..2).map_or(0, |code| u16::from_be_bytes([code[0], code[1]]));
                        *closing = format!("close code {code} {}", String::from_utf8_lossy(payload.get(2..).unwrap_or_default()));
                        ws::put_client_frame(replies, ws::CLOSE, payload.get(..2).unwrap_or_default());
                        open = false;
                    }
                    _ => {}
                }
                at += frame.end;
            }
            at
        })?;
        if !replies.is_empty() {
            self.link.send(replies)?;
        }
        Ok(more && open)
    }
}

impl Member {
    /// The same for servers that don't speak WebSocket.
    fn readable_lines(&mut self, scratch: &mut Scratch, replies: &mut Vec<u8>, mut each: impl FnMut(Heard)) -> io::Result<bool> {
        let Member { link, dialect, phase, greeting, lines, .. } = self;
        replies.clear();
        let more = link.receive(scratch, |bytes| {
            let each = |heard: Heard| {
                if matches!(heard, Heard::Ready) {
                    *phase = Phase::Live;
                }
                each(heard);
            };
            match dialect {
                Dialect::Irc => lines::irc(bytes, greeting, replies, each),
                _ => lines::xmpp(bytes, greeting, lines, replies, each),
            }
        })?;
        if !replies.is_empty() {
            self.link.send(replies)?;
        }
        Ok(more)
    }
}

/// What a frame of text means; replies that it asks for go to `replies`.
fn hear<'a>(dialect: Dialect, text: &'a [u8], replies: &mut Vec<u8>) -> Option<Heard<'a>> {
    match dialect {
        Dialect::SocketIo => socket_io(text, replies),
        _ => snug(text),
    }
}

/// Frames are told apart by how they begin: looking closer at each of 19,000 would measure ourselves.
fn snug(text: &[u8]) -> Option<Heard<'_>> {
    const N: usize = br#"{"s":"00000000-0000-0000-0000-000000000000","n":"#.len();
    if text.starts_with(br#"{"s":""#) {
        let digits = text.get(N..)?.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let is_message = text[N + digits..].starts_with(br#","ev":"message.created""#);
        return is_message.then(|| Heard::Delivery { n: number(&text[N..N + digits]), bytes: text.len() });
    }
    let rest = text.strip_prefix(br#"{"re":"#)?;
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let re = u64::try_from(number(&rest[..digits])?).ok()?;
    match rest[digits..].starts_with(br#","ok""#) {
        false => Some(Heard::Refused(text)),
        true if re == 0 => Some(Heard::Ready), // the greeting has the number 0
        true => Some(Heard::Answer { re }),
    }
}

fn number(digits: &[u8]) -> Option<i64> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// Engine.IO 4 inside: `0` opens, `2` asks for `3`, `40` is the answer to joining, `42` an event, `43` an acknowledgement.
fn socket_io<'a>(text: &'a [u8], replies: &mut Vec<u8>) -> Option<Heard<'a>> {
    match text {
        [b'0', ..] => ws::put_client_frame(replies, ws::TEXT, b"40"),
        [b'2', ..] => ws::put_client_frame(replies, ws::TEXT, b"3"),
        [b'4', b'0', ..] => return Some(Heard::Ready),
        [b'4', b'2', ..] => return Some(Heard::Delivery { n: None, bytes: text.len() }),
        [b'4', b'3', rest @ ..] => {
            let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
            return Some(Heard::Answer { re: u64::try_from(number(&rest[..digits])?).ok()? });
        }
        [b'4', b'4', ..] => return Some(Heard::Refused(text)),
        _ => {}
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_told_apart() {
        let event = br#"{"s":"0190b2a0-0000-7000-8000-000000000000","n":42,"ev":"message.created","d":{}}"#;
        assert!(matches!(snug(event), Some(Heard::Delivery { n: Some(42), bytes }) if bytes == event.len()));
        let other = br#"{"s":"0190b2a0-0000-7000-8000-000000000000","n":43,"ev":"room.updated","d":{}}"#;
        assert!(snug(other).is_none() && snug(br#"{"ev":"typing.start","d":{}}"#).is_none());
        assert!(matches!(snug(br#"{"re":0,"ok":{}}"#), Some(Heard::Ready)));
        assert!(matches!(snug(br#"{"re":17,"ok":{}}"#), Some(Heard::Answer { re: 17 })));
        assert!(matches!(snug(br#"{"re":17,"error":{}}"#), Some(Heard::Refused(_))));
    }

    #[test]
    fn engine_io_wants_its_answers() {
        let mut replies = Vec::new();
        assert!(socket_io(b"0{}", &mut replies).is_none() && !replies.is_empty());
        assert!(matches!(socket_io(b"42[\"m\"]", &mut replies), Some(Heard::Delivery { .. })));
        assert!(matches!(socket_io(b"437[]", &mut replies), Some(Heard::Answer { re: 7 })));
    }
}
