//! A device's requests: one connection, kept open, one request after the other.
use super::plan::Action;
use super::{LineKind, Run};
use crate::result::Result;
use crate::ws;
use std::time::Instant;

/// A request that waits for its turn or its answer.
pub struct Asked {
    pub action: Action,
    pub due: Instant,
    request: Vec<u8>,
    /// A path that is asked for when this is answered; the time counts until that is answered, too.
    then: Option<String>,
    is_second_try: bool,
}

/// Where an answer's body begins and ends, and its status, once all of it is there.
pub fn answer(bytes: &[u8]) -> Option<(usize, usize, u16)> {
    let head = ws::head_end(bytes)?;
    let text = std::str::from_utf8(&bytes[..head]).ok()?;
    let status = text.get(9..12)?.parse().ok()?;
    let length = text.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    });
    let end = head + length.unwrap_or(0);
    (bytes.len() >= end).then_some((head, end, status))
}

impl Run {
    /// Asks for a path.
    pub(super) fn get(&mut self, device: usize, path: &str, action: Action, due: Instant) -> Result<()> {
        let request = self.request(device, "GET", path, "");
        self.ask(device, Asked { action, due, request, then: None, is_second_try: false })
    }

    /// Posts something and then asks for a path, as one action.
    pub(super) fn post_then_get(
        &mut self,
        device: usize,
        path: &str,
        body: &str,
        then: String,
        action: Action,
        due: Instant,
    ) -> Result<()> {
        let request = self.request(device, "POST", path, body);
        self.ask(device, Asked { action, due, request, then: Some(then), is_second_try: false })
    }

    fn request(&self, device: usize, method: &str, path: &str, body: &str) -> Vec<u8> {
        let (host, token) = (self.plan.address, &self.plan.devices[device].token);
        let mut request = format!("{method} /api/v1{path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n");
        if !body.is_empty() {
            request.push_str(&format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len()));
        }
        format!("{request}\r\n{body}").into_bytes()
    }

    fn ask(&mut self, device: usize, asked: Asked) -> Result<()> {
        self.devices[device].asked.push_back(asked);
        if self.devices[device].asked.len() == 1 { self.send_first(device) } else { Ok(()) }
    }

    /// Sends the first of a device's requests, on a new connection if need be.
    fn send_first(&mut self, device: usize) -> Result<()> {
        let at = device * 2 + 1;
        if self.devices[device].asked.is_empty() {
            return Ok(());
        }
        if self.lines[at].is_none() {
            self.open(at, LineKind::Http)?;
        }
        if let (Some(line), Some(first)) = (&mut self.lines[at], self.devices[device].asked.front()) {
            let _ = line.link.send(&first.request); // a failure shows when it is read
        }
        Ok(())
    }

    /// The connection was closed; whatever was under way is asked once more.
    pub(super) fn ask_again(&mut self, device: usize) -> Result<()> {
        let Some(first) = self.devices[device].asked.front_mut() else { return Ok(()) };
        if std::mem::replace(&mut first.is_second_try, true) {
            self.sightings.refuse(b"a connection was closed twice without an answer");
            self.devices[device].asked.pop_front();
        }
        self.send_first(device)
    }

    /// Reads an answer; false when the connection was closed.
    pub(super) fn read_http(&mut self, at: usize) -> bool {
        let Some(line) = &mut self.lines[at] else { return true };
        let (mut status, mut body) = (None, Vec::new());
        let more = line.link.receive(&mut self.scratch, |bytes| match answer(bytes) {
            Some((_, end, code)) => {
                status = Some(code);
                if code >= 300 {
                    body = bytes[..end].to_vec();
                }
                end
            }
            None => 0,
        });
        if let Some(status) = status {
            self.answered(at / 2, status, &body);
        }
        more.unwrap_or(false)
    }

    fn answered(&mut self, device: usize, status: u16, body: &[u8]) {
        let Some(done) = self.devices[device].asked.pop_front() else { return };
        if status >= 300 {
            self.sightings.refuse(body);
        } else if let Some(path) = done.then.clone() {
            let request = self.request(device, "GET", &path, "");
            self.devices[device].asked.push_front(Asked { request, then: None, is_second_try: false, ..done });
        } else {
            self.sightings.seen(done.action, done.due);
        }
        let _ = self.send_first(device); // can only fail for want of descriptors
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_whole_or_not_there() {
        let text = b"HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\nhello";
        assert_eq!(answer(text), Some((text.len() - 5, text.len(), 404)));
        assert!((0..text.len()).all(|end| answer(&text[..end]).is_none()));
        let empty = b"HTTP/1.1 204 No Content\r\n\r\n";
        assert_eq!(answer(empty), Some((empty.len(), empty.len(), 204)));
    }
}
