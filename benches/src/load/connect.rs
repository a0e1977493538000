//! Bringing members in.
use super::Load;
use super::member::{Heard, Member};
use crate::orders::{Connect, Connected, Dialect};
use crate::result::Result;
use mio::{Events, Interest, Token};
use serde_json::json;
use std::time::{Duration, Instant};

impl Load {
    /// Opens connections, `at_once` at a time, until all members are live.
    pub(super) fn connect(&mut self, order: &Connect, events: &mut Events) -> Result<Connected> {
        let begun = Instant::now();
        let host = order.address.to_string();
        let tokens = match &order.tokens {
            Some(path) => std::fs::read_to_string(path)?.lines().map(str::to_owned).collect(),
            None => Vec::new(),
        };
        let (first, mut opened, mut live) = (self.members.len(), 0, 0);
        let mut refusal = None;
        while live < order.members {
            while opened < order.members && opened - live < order.at_once {
                let greeting = greeting(order.dialect, tokens.get(first + opened).map_or("", String::as_str), &[]);
                let link = self.link(order.address, order.is_tls)?;
                let mut member = Member::new(link, order.dialect, &host, greeting)?;
                let token = Token(self.members.len());
                self.poll.registry().register(member.stream(), token, Interest::READABLE | Interest::WRITABLE)?;
                self.members.push(member);
                opened += 1;
            }
            self.turn(events, Some(Duration::from_millis(100)), |_, heard| match heard {
                Heard::Ready => live += 1,
                Heard::Refused(why) => refusal = Some(String::from_utf8_lossy(why).into_owned()),
                _ => {}
            })?;
            if let Some(why) = refusal {
                return Err(format!("after {live} members the server refused the next: {why}").into());
            }
            if begun.elapsed().as_secs() > order.patience_s {
                return Err(format!("only {live} of {} members were let in within {} s", order.members, order.patience_s).into());
            }
        }
        Ok(Connected { members: live, elapsed_ms: begun.elapsed().as_secs_f64() * 1e3 })
    }
}

/// What is said first; its answer has the number 0. The cursors are those of streams that the member has heard of.
pub(super) fn greeting(dialect: Dialect, token: &str, cursors: &[(&str, i64)]) -> Vec<u8> {
    match dialect {
        Dialect::Snug => {
            let cursors: serde_json::Map<_, _> = cursors.iter().map(|(id, n)| ((*id).to_owned(), (*n).into())).collect();
            json!({ "id": 0, "op": "hello", "d": { "token": token, "cursors": cursors } }).to_string().into_bytes()
        }
        Dialect::SocketIo => Vec::new(),
        Dialect::Irc | Dialect::Xmpp => token.as_bytes().to_vec(), // the member's name and room
    }
}
