//! A device: its socket, what it waits for, and what it hears.
use super::http::Asked;
use super::plan::Action;
use super::sightings::Sightings;
use super::{Run, Token};
use crate::link::Link;
use crate::result::Result;
use crate::ws;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::{HashMap, VecDeque};
use std::time::Instant;
use uuid::Uuid;

/// What a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineKind {
    Socket,
    Http,
}

/// A connection of a device.
pub struct Line {
    pub link: Link,
    pub kind: LineKind,
    pub is_upgraded: bool,
}

/// What a device has in its hands.
#[derive(Default)]
pub struct Device {
    pub is_live: bool,
    /// Since when it has been coming back.
    pub returning: Option<Instant>,
    next: u64,
    /// Frames without an answer: number, what it was, since when.
    pub waiting: Vec<(u64, Action, Instant)>,
    /// Requests; the first is under way.
    pub asked: VecDeque<Asked>,
    /// Up to where it has heard each stream.
    pub cursors: HashMap<Uuid, i64>,
    /// Where the streams were when it came back.
    behind: HashMap<Uuid, i64>,
    /// The same, kept: what isn't newer was missed, not delivered late.
    missed: HashMap<Uuid, i64>,
    /// Messages of its own, to edit.
    pub own: Vec<Uuid>,
}

#[derive(Deserialize)]
struct Welcome {
    streams: HashMap<Uuid, i64>,
}

/// A frame's beginning, as far as it can be told without parsing all of it.
struct Event {
    stream: Uuid,
    n: i64,
    /// For a new message: its id, and its number in the conversation.
    message: Option<(Uuid, i64)>,
}

impl Device {
    /// What it still waits for.
    pub fn open_actions(&self) -> usize {
        self.waiting.len() + self.asked.len()
    }

    /// Takes an event's number; says whether the device is up to date since it came back.
    fn hear(&mut self, stream: Uuid, n: i64) {
        let cursor = self.cursors.entry(stream).or_default();
        *cursor = n.max(*cursor);
        if self.behind.get(&stream).is_some_and(|head| *head <= n) {
            self.behind.remove(&stream);
        }
    }
}

impl Run {
    /// Sends a frame whose answer is waited for.
    pub(super) fn say(&mut self, device: usize, op: &str, d: &Value, action: Action, due: Instant) -> Result<()> {
        let Some(line) = self.lines[device * 2].as_mut().filter(|_| self.devices[device].is_live) else { return Ok(()) };
        let number = self.devices[device].next + 1;
        self.devices[device].next = number;
        self.devices[device].waiting.push((number, action, due));
        let mut frame = Vec::new();
        ws::put_client_frame(&mut frame, ws::TEXT, json!({ "id": number, "op": op, "d": d }).to_string().as_bytes());
        let _ = line.link.send(&frame); // a failure shows when it is read
        Ok(())
    }

    /// Reads a socket; false when it was closed.
    pub(super) fn read_socket(&mut self, at: usize) -> bool {
        let Some(line) = &mut self.lines[at] else { return true };
        let (device, plan) = (&mut self.devices[at / 2], &self.plan.devices[at / 2]);
        let (sightings, is_upgraded) = (&mut self.sightings, &mut line.is_upgraded);
        let (mut replies, mut is_open) = (Vec::new(), true);
        let more = line.link.receive(&mut self.scratch, |bytes| {
            let mut used = 0;
            if !*is_upgraded {
                let Some(end) = ws::head_end(bytes) else { return 0 };
                *is_upgraded = true;
                used = end;
                let hello = json!({ "id": 0, "op": "hello", "d": { "token": plan.token, "cursors": device.cursors } });
                ws::put_client_frame(&mut replies, ws::TEXT, hello.to_string().as_bytes());
            }
            while let Some(frame) = ws::frame(&bytes[used..]) {
                let payload = &bytes[used + frame.start..used + frame.end];
                match frame.opcode {
                    ws::TEXT => hear(payload, device, at / 2, sightings),
                    ws::PING => ws::put_client_frame(&mut replies, ws::PONG, payload),
                    ws::CLOSE => is_open = false,
                    _ => {}
                }
                used += frame.end;
            }
            used
        });
        if !replies.is_empty() {
            is_open &= line.link.send(&replies).is_ok();
        }
        is_open && more.unwrap_or(false)
    }

    /// Goes away for a while, without a word.
    pub(super) fn leave(&mut self, device: usize) {
        self.lines[Token(device * 2).0] = None;
        self.devices[device].is_live = false;
        self.devices[device].waiting.clear();
    }
}

fn hear(text: &[u8], device: &mut Device, number: usize, sightings: &mut Sightings) {
    if text.starts_with(br#"{"re":"#) {
        return hear_answer(text, device, sightings);
    }
    if let Some(event) = event(text) {
        device.hear(event.stream, event.n);
        match event.message {
            Some((id, seq)) => {
                sightings.newest.insert(event.stream, (id, seq));
                if let Some((due, from)) = sightings.messages.get(&id).copied()
                    && from != number
                    && device.missed.get(&event.stream).is_none_or(|head| event.n > *head)
                {
                    sightings.seen(Action::Delivery, due);
                }
            }
            None => hear_other(text, sightings),
        }
        if device.behind.is_empty()
            && device.is_live
            && let Some(due) = device.returning.take()
        {
            sightings.seen(Action::Reconnect, due);
        }
        return;
    }
    hear_other(text, sightings);
}

fn hear_answer(text: &[u8], device: &mut Device, sightings: &mut Sightings) {
    let digits = text[6..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let number: u64 = std::str::from_utf8(&text[6..6 + digits]).ok().and_then(|digits| digits.parse().ok()).unwrap_or(u64::MAX);
    let is_ok = text[6 + digits..].starts_with(br#","ok""#);
    if !is_ok {
        sightings.refuse(text);
    }
    if number == 0 && is_ok {
        #[derive(Deserialize)]
        struct Answer {
            ok: Welcome,
        }
        if let Ok(Answer { ok: Welcome { streams } }) = serde_json::from_slice(text) {
            device.is_live = true;
            device.behind = if device.returning.is_some() {
                streams.iter().filter(|(id, head)| device.cursors.get(*id).is_some_and(|n| n < *head)).map(|(id, n)| (*id, *n)).collect()
            } else {
                HashMap::new()
            };
            device.missed = device.behind.clone();
            for (id, n) in streams {
                device.cursors.entry(id).or_insert(n);
            }
            if device.behind.is_empty()
                && let Some(due) = device.returning.take()
            {
                sightings.seen(Action::Reconnect, due);
            }
        }
        return;
    }
    if let Some(at) = device.waiting.iter().position(|(waiting, ..)| *waiting == number) {
        let (_, action, due) = device.waiting.swap_remove(at);
        if is_ok && !matches!(action, Action::Typing | Action::Presence) {
            sightings.seen(action, due); // those two count when others see them
        }
    }
}

/// Receipts, typing and presence: small and rare enough to be parsed.
fn hear_other(text: &[u8], sightings: &mut Sightings) {
    let Ok(frame) = serde_json::from_slice::<Value>(text) else { return };
    let id = |value: &Value| value.as_str().and_then(|id| Uuid::parse_str(id).ok());
    let d = &frame["d"];
    let place = || id(&d["conversation_id"]).zip(id(&d["user_id"]));
    match frame["ev"].as_str().unwrap_or_default() {
        "typing.start" => {
            if let Some(due) = place().and_then(|place| sightings.typing.get(&place).copied()) {
                sightings.seen(Action::Typing, due);
            }
        }
        "receipt.read" => {
            let seq = d["read_seq"].as_i64();
            if let Some((read, due)) = place().and_then(|place| sightings.reading.get(&place).copied())
                && seq == Some(read)
            {
                sightings.seen(Action::ReceiptSeen, due);
            }
        }
        "presence" => {
            for user in d["users"].as_array().into_iter().flatten() {
                if let Some(due) = id(&user["id"]).and_then(|user| sightings.presence.get(&user).copied()) {
                    sightings.seen(Action::Presence, due);
                }
            }
        }
        _ => {}
    }
}

fn uuid_at(text: &[u8], at: usize) -> Option<Uuid> {
    Uuid::try_parse_ascii(text.get(at..at + 36)?).ok()
}

fn number_at(text: &[u8], at: usize) -> Option<(i64, usize)> {
    let digits = text.get(at..)?.iter().take_while(|byte| byte.is_ascii_digit()).count();
    Some((std::str::from_utf8(&text[at..at + digits]).ok()?.parse().ok()?, at + digits))
}

fn event(text: &[u8]) -> Option<Event> {
    let stream = uuid_at(text, br#"{"s":""#.len()).filter(|_| text.starts_with(br#"{"s":""#))?;
    let (n, end) = number_at(text, br#"{"s":"00000000-0000-0000-0000-000000000000","n":"#.len())?;
    let created = br#","ev":"message.created","d":{"id":""#;
    let message = text[end..].starts_with(created).then(|| {
        let id = uuid_at(text, end + created.len())?;
        let seq = end + created.len() + 36 + br#"","conversation_id":"00000000-0000-0000-0000-000000000000","seq":"#.len();
        Some((id, number_at(text, seq)?.0))
    });
    Some(Event { stream, n, message: message.flatten() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_recognised_without_parsing_it() {
        let id = "0190b2a0-0000-7000-8000-000000000001";
        let text = format!(
            r#"{{"s":"{id}","n":42,"ev":"message.created","d":{{"id":"{id}","conversation_id":"{id}","seq":17,"author_id":"{id}"}}}}"#
        );
        let found = event(text.as_bytes()).unwrap();
        assert_eq!((found.n, found.message), (42, Some((id.parse().unwrap(), 17))));
        let other = text.replace("message.created", "message.updated");
        assert!(event(other.as_bytes()).unwrap().message.is_none());
        assert!(event(br#"{"ev":"presence","d":{}}"#).is_none());
    }
}
