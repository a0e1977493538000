//! The least that fan-out can cost: one thread, epoll, a frame that is serialised once, one `send` a socket. Answers the
//! frames of docs/protocol.md that the load generator sends, and understands nothing else of them.
use crate::durable::{Row, Store};
use crate::link::{Link, Scratch};
use crate::result::Result;
use crate::ws;
use clap::{Args, ValueEnum};
use mio::net::TcpListener;
use mio::{Events, Interest, Poll, Token};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

const LISTENER: Token = Token(usize::MAX);

/// What is done between hearing a message and sending it on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// Nothing: only the network.
    Net,
    /// All messages that wait are joined into one `send` a socket.
    Batch,
    /// One durable SQLite commit before.
    Durable,
}

/// `snug_bench floor`
#[derive(Clone, Debug, Args)]
pub struct FloorOptions {
    #[arg(long)]
    pub kind: Kind,
    #[arg(long)]
    pub listen: SocketAddr,
    #[arg(long)]
    pub tls: bool,
    /// Payload bytes of the frame that everybody gets.
    #[arg(long, default_value_t = 600)]
    pub frame: usize,
    /// Where the rows of `durable` go.
    #[arg(long)]
    pub data: Option<PathBuf>,
}

struct Member {
    link: Link,
    is_open: bool,
}

struct Floor {
    members: Vec<Option<Member>>,
    /// Numbers of members who may take a place.
    free: Vec<usize>,
    /// Frames that were heard in this turn: who sent it, its number.
    heard: Vec<(usize, u64)>,
    sent: i64,
    options: FloorOptions,
    store: Option<Store>,
}

/// Serves until it is killed.
pub fn run(options: FloorOptions) -> Result<()> {
    let tls = if options.tls { Some(crate::tls::server()?) } else { None };
    let mut poll = Poll::new()?;
    let mut listener = TcpListener::bind(options.listen)?;
    poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
    let store = match (&options.data, options.kind) {
        (Some(data), Kind::Durable) => Some(Store::create(data)?),
        _ => None,
    };
    let mut floor = Floor { members: Vec::new(), free: Vec::new(), heard: Vec::new(), sent: 0, options, store };
    let (mut events, mut scratch) = (Events::with_capacity(1024), Scratch::default());
    loop {
        match poll.poll(&mut events, None) {
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => continue,
            done => done?,
        }
        for event in &events {
            if event.token() == LISTENER {
                floor.accept(&poll, &listener, tls.as_ref())?;
            } else {
                floor.serve(event.token().0, event, &mut scratch);
            }
        }
        floor.fan_out()?;
    }
}

impl Floor {
    fn accept(&mut self, poll: &Poll, listener: &TcpListener, tls: Option<&Arc<rustls::ServerConfig>>) -> Result<()> {
        while let Ok((stream, _)) = listener.accept() {
            stream.set_nodelay(true)?;
            let link = match tls {
                Some(tls) => Link::tls_server(stream, rustls::ServerConnection::new(tls.clone())?),
                None => Link::plain(stream),
            };
            let at = self.free.pop().unwrap_or_else(|| {
                self.members.push(None);
                self.members.len() - 1
            });
            let member = self.members[at].insert(Member { link, is_open: false });
            poll.registry().register(member.link.stream(), Token(at), Interest::READABLE | Interest::WRITABLE)?;
        }
        Ok(())
    }

    fn serve(&mut self, at: usize, event: &mio::event::Event, scratch: &mut Scratch) {
        let Some(Some(member)) = self.members.get_mut(at) else { return };
        let mut is_gone = event.is_writable() && member.link.flush().is_err();
        if event.is_readable() {
            let (heard, mut answer) = (&mut self.heard, Vec::new());
            let is_open = &mut member.is_open;
            let more = member.link.receive(scratch, |bytes| read(bytes, is_open, &mut answer, |number| heard.push((at, number))));
            is_gone |= !more.unwrap_or(false) || (!answer.is_empty() && member.link.send(&answer).is_err());
        }
        if is_gone {
            self.members[at] = None;
            self.free.push(at);
        }
    }

    fn fan_out(&mut self) -> Result<()> {
        let heard = std::mem::take(&mut self.heard);
        let mut joined = Vec::new();
        for &(from, number) in &heard {
            self.sent += 1;
            if let Some(store) = &mut self.store {
                store.commit(&[Row::of(self.sent, self.options.frame)])?;
            }
            let mut answer = Vec::new();
            ws::put_server_frame(&mut answer, ws::TEXT, format!(r#"{{"re":{number},"ok":{{}}}}"#).as_bytes());
            if let Some(Some(member)) = self.members.get_mut(from) {
                let _ = member.link.send(&answer); // it may be gone
            }
            ws::put_server_frame(&mut joined, ws::TEXT, &event(self.sent, self.options.frame));
            if self.options.kind != Kind::Batch {
                self.send(&joined);
                joined.clear();
            }
        }
        if !joined.is_empty() {
            self.send(&joined);
        }
        Ok(())
    }

    fn send(&mut self, bytes: &[u8]) {
        for member in self.members.iter_mut().flatten() {
            let _ = member.link.send(bytes); // whoever is gone is noticed when it is read
        }
    }
}

/// An event of a message, of exactly so many bytes (if that is enough for its frame).
fn event(n: i64, bytes: usize) -> Vec<u8> {
    let mut text = format!(r#"{{"s":"00000000-0000-7000-8000-000000000000","n":{n},"ev":"message.created","d":""#).into_bytes();
    text.resize(bytes.max(text.len() + 2) - 2, b'x');
    text.extend_from_slice(br#""}"#);
    text
}

/// Takes the upgrade, answers `hello`, and gives the numbers of all other frames to `each`. Answers how many bytes it used.
fn read(bytes: &[u8], is_open: &mut bool, answer: &mut Vec<u8>, mut each: impl FnMut(u64)) -> usize {
    let mut at = 0;
    if !*is_open {
        let Some(end) = ws::head_end(bytes) else { return 0 };
        answer.extend_from_slice(ws::UPGRADE_ANSWER);
        *is_open = true;
        at = end;
    }
    while let Some(frame) = ws::frame(&bytes[at..]) {
        if frame.opcode == ws::TEXT {
            let mut text = bytes[at + frame.start..at + frame.end].to_vec();
            if let Some(key) = frame.mask {
                ws::unmask(&mut text, key);
            }
            match number(&text) {
                Some(0) => ws::put_server_frame(answer, ws::TEXT, br#"{"re":0,"ok":{}}"#),
                Some(number) => each(number),
                None => {}
            }
        }
        at += frame.end;
    }
    at
}

/// The `id` of a frame, which stands anywhere in it but is the only number so named.
fn number(text: &[u8]) -> Option<u64> {
    let at = text.windows(5).position(|five| five == br#""id":"#)? + 5;
    let digits: Vec<u8> = text[at..].iter().copied().take_while(u8::is_ascii_digit).collect();
    // a message's own id is text and comes first in the alphabet of keys
    if digits.is_empty() { number(&text[at..]) } else { String::from_utf8(digits).ok()?.parse().ok() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_have_the_length_that_was_asked_for() {
        for (n, bytes) in [(1, 300), (123_456, 300), (9, 1_000)] {
            let event = event(n, bytes);
            assert_eq!(event.len(), bytes);
            assert!(serde_json::from_slice::<serde_json::Value>(&event).is_ok());
        }
    }

    #[test]
    fn the_number_of_a_frame_is_found() {
        assert_eq!(number(br#"{"d":{"id":"0190b2a0"},"id":12,"op":"message.send"}"#), Some(12));
        assert_eq!(number(br#"{"id":0,"op":"hello"}"#), Some(0));
        assert_eq!(number(b"{}"), None);
    }

    #[test]
    fn an_upgrade_and_two_frames_in_pieces() {
        let mut bytes = ws::upgrade_request("localhost", "/");
        ws::put_client_frame(&mut bytes, ws::TEXT, br#"{"id":0}"#);
        ws::put_client_frame(&mut bytes, ws::TEXT, br#"{"id":5}"#);
        let (mut is_open, mut answer, mut heard) = (false, Vec::new(), Vec::new());
        assert_eq!(read(&bytes[..20], &mut is_open, &mut answer, |n| heard.push(n)), 0);
        assert_eq!(read(&bytes, &mut is_open, &mut answer, |n| heard.push(n)), bytes.len());
        assert_eq!((is_open, heard), (true, vec![5]));
    }
}
