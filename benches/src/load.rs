//! The load generator: one thread, one epoll loop, any number of members. It takes its orders from its standard input.
mod connect;
mod fanout;
mod member;
mod send;
mod storm;

use crate::link::{Link, Scratch};
use crate::orders::{Answer, Order};
use crate::result::Result;
use member::{Heard, Member};
use mio::{Events, Poll, Waker};
use serde::Serialize;
use std::io::{BufRead, ErrorKind, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// Wakes the loop for an order.
const WAKE: mio::Token = mio::Token(usize::MAX);

/// All members and what they share.
pub struct Load {
    poll: Poll,
    members: Vec<Member>,
    scratch: Scratch,
    replies: Vec<u8>,
    tls: Arc<rustls::ClientConfig>,
}

/// `snug_bench load`: runs until its standard input ends.
pub fn run() -> Result<()> {
    let poll = Poll::new()?;
    let orders = read_orders(Waker::new(poll.registry(), WAKE)?);
    let mut load = Load { poll, members: Vec::new(), scratch: Scratch::default(), replies: Vec::new(), tls: crate::tls::client()? };
    let mut events = Events::with_capacity(1024);
    loop {
        match orders.try_recv() {
            Ok(Some(order)) => load.obey(order, &mut events)?,
            Ok(None) => return Ok(()),
            // between orders the connections still want their pings answered
            Err(_) => load.turn(&mut events, Some(Duration::from_secs(1)), |_, _| {})?,
        }
    }
}

fn read_orders(waker: Waker) -> Receiver<Option<Order>> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines() {
            let order = line.ok().and_then(|line| serde_json::from_str(&line).ok());
            let is_last = order.is_none();
            if sender.send(order).is_err() || waker.wake().is_err() || is_last {
                return;
            }
        }
        let _ = sender.send(None); // the loop may have ended
        let _ = waker.wake();
    });
    receiver
}

fn answer<T: Serialize>(done: Result<T>) -> Result<()> {
    let line = serde_json::to_string(&match done {
        Ok(value) => Answer::Ok(value),
        Err(e) => Answer::Failed(e.to_string()),
    })?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    Ok(out.flush()?)
}

impl Load {
    fn obey(&mut self, order: Order, events: &mut Events) -> Result<()> {
        match order {
            Order::Connect(order) => answer(self.connect(&order, events)),
            Order::Fanout(order) => answer(self.fanout(&order, events)),
            Order::Send(order) => answer(self.send_each(&order, events)),
            Order::Storm(order) => answer(self.storm(&order, events)),
            Order::Disconnect => {
                self.members.clear();
                answer(Ok(()))
            }
        }
    }

    /// Waits for events once and hands what members heard to `each`.
    fn turn(&mut self, events: &mut Events, patience: Option<Duration>, mut each: impl FnMut(usize, Heard)) -> Result<()> {
        match self.poll.poll(events, patience) {
            Err(e) if e.kind() == ErrorKind::Interrupted => return Ok(()),
            done => done?,
        }
        for event in events.iter().filter(|event| event.token() != WAKE) {
            let at = event.token().0;
            let Some(member) = self.members.get_mut(at) else { continue };
            if event.is_writable() {
                member.writable().map_err(|e| format!("member {at}: {e}"))?;
            }
            if event.is_readable() {
                let open = member.readable(&mut self.scratch, &mut self.replies, |heard| each(at, heard));
                if !open.map_err(|e| format!("member {at}: {e}"))? {
                    return Err(format!("member {at} was cut off by the server: {}", member.last_words()).into());
                }
            }
        }
        Ok(())
    }

    /// The same, but a lost connection is only one more thing that happened.
    fn turn_through(&mut self, events: &mut Events, patience: Duration, mut each: impl FnMut(usize, Option<Heard>)) -> Result<()> {
        match self.poll.poll(events, Some(patience)) {
            Err(e) if e.kind() == ErrorKind::Interrupted => return Ok(()),
            done => done?,
        }
        for event in events.iter().filter(|event| event.token() != WAKE) {
            let at = event.token().0;
            let Some(member) = self.members.get_mut(at).filter(|member| member.is_open) else { continue };
            let mut is_open = !event.is_writable() || member.writable().is_ok();
            if is_open && event.is_readable() {
                let more = member.readable(&mut self.scratch, &mut self.replies, |heard| each(at, Some(heard)));
                is_open = more.unwrap_or(false);
            }
            if !is_open {
                member.hang_up();
                each(at, None);
            }
        }
        Ok(())
    }

    fn link(&self, address: SocketAddr, is_tls: bool) -> Result<Link> {
        let stream = mio::net::TcpStream::connect(address)?;
        let _ = stream.set_nodelay(true); // not yet connected sockets may refuse; loopback has no use for it anyway
        if !is_tls {
            return Ok(Link::plain(stream));
        }
        let name = rustls_pki_types::ServerName::try_from("localhost")?;
        Ok(Link::tls_client(stream, rustls::ClientConnection::new(self.tls.clone(), name)?))
    }
}
