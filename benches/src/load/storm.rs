//! Everybody comes back at once, after the server was restarted.
use super::Load;
use super::connect::greeting;
use super::member::{Heard, Member};
use crate::histogram::Histogram;
use crate::orders::{Dialect, Sent, Storm, Stormed};
use crate::random::Random;
use crate::result::Result;
use mio::{Events, Interest, Token};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::{Duration, Instant};

/// When the web client tries first, and again.
const FIRST_TRY: (f64, f64) = (0.2, 3.0);
/// Between two messages of a bystander.
const EVERY: Duration = Duration::from_secs(1);
/// What is watched after the last one is back.
const AFTER: Duration = Duration::from_secs(2);

struct Returning {
    /// Who tries when.
    tries: BinaryHeap<Reverse<(Instant, usize)>>,
    begun: Option<Instant>,
    last: Option<Instant>,
    is_live: Vec<bool>,
    live: usize,
    back: Histogram,
    failures: u64,
    random: Random,
    refusal: Option<String>,
}

struct Bystander {
    due: Instant,
    sent: Option<Instant>,
}

impl Load {
    /// Waits for the connections to be lost, brings everybody back, and sends meanwhile.
    pub(super) fn storm(&mut self, order: &Storm, events: &mut Events) -> Result<Stormed> {
        let tokens: Vec<String> = std::fs::read_to_string(&order.tokens)?.lines().map(str::to_owned).collect();
        let members = self.members.len();
        let mut returning = Returning {
            tries: BinaryHeap::new(),
            begun: None,
            last: None,
            is_live: vec![true; members],
            live: members,
            back: Histogram::default(),
            failures: 0,
            random: Random::new(99),
            refusal: None,
        };
        let mut bystanders: Vec<Bystander> =
            (0..order.bystanders.min(members)).map(|_| Bystander { due: Instant::now(), sent: None }).collect();
        let (mut times, mut number) = (Histogram::default(), 0);
        let started = Instant::now();
        let mut numbers: Vec<i64> = self.members.iter().map(|member| member.last_n).collect();
        loop {
            let is_over = returning.last.is_some_and(|last| last.elapsed() > AFTER);
            if is_over {
                break;
            }
            if started.elapsed().as_secs() > order.patience_s {
                let back = returning.back.count();
                return Err(format!("only {back} of {members} members were back within {} s", order.patience_s).into());
            }
            self.try_again(order, &tokens, &numbers, &mut returning)?;
            self.bystand(order, &returning, &mut bystanders, &mut number)?;
            self.turn_through(events, Duration::from_millis(5), |at, heard| match heard {
                None => returning.lost(at),
                Some(Heard::Ready) => returning.is_back(at),
                Some(Heard::Delivery { n: Some(n), .. }) => numbers[at] = n,
                Some(Heard::Answer { .. }) => {
                    if let Some(sent) = bystanders.get_mut(at).and_then(|bystander| bystander.sent.take()) {
                        times.add(u64::try_from(sent.elapsed().as_nanos()).unwrap_or(u64::MAX));
                    }
                }
                Some(Heard::Refused(why)) => returning.refusal = Some(String::from_utf8_lossy(why).into_owned()),
                Some(Heard::Delivery { .. }) => {}
            })?;
            if let Some(why) = returning.refusal.take_if(|why| !why.contains("node.unavailable")) {
                return Err(format!("the server refused somebody: {why}").into());
            }
        }
        let ms = |ns: u64| ns as f64 / 1e6;
        let (back, elapsed_s) = (&returning.back, started.elapsed().as_secs_f64());
        Ok(Stormed {
            back_p50_ms: ms(back.at(0.5)),
            back_p99_ms: ms(back.at(0.99)),
            back_all_ms: ms(back.max()),
            failures: returning.failures,
            sent: Sent::of(&times, elapsed_s),
        })
    }

    fn try_again(&mut self, order: &Storm, tokens: &[String], numbers: &[i64], returning: &mut Returning) -> Result<()> {
        while let Some(Reverse((due, at))) = returning.tries.peek().copied()
            && due <= Instant::now()
        {
            returning.tries.pop();
            let cursors = [(order.room.as_str(), numbers[at])];
            let greeting = greeting(Dialect::Snug, &tokens[at], &cursors);
            let opened = self
                .link(order.address, order.is_tls)
                .and_then(|link| Ok(Member::new(link, Dialect::Snug, &order.address.to_string(), greeting)?));
            // nobody listens yet
            let Ok(mut member) = opened else {
                returning.lost(at);
                continue;
            };
            self.poll.registry().register(member.stream(), Token(at), Interest::READABLE | Interest::WRITABLE)?;
            self.members[at] = member;
        }
        Ok(())
    }

    /// Bystanders send at fixed times, one message each at a time, as long as they are connected.
    fn bystand(&mut self, order: &Storm, returning: &Returning, bystanders: &mut [Bystander], number: &mut u64) -> Result<()> {
        for (at, bystander) in bystanders.iter_mut().enumerate() {
            if bystander.due > Instant::now() {
                continue;
            }
            if !returning.is_live[at] {
                (bystander.due, bystander.sent) = (Instant::now(), None);
                continue;
            }
            if bystander.sent.is_none() {
                *number += 1;
                bystander.sent = Some(bystander.due);
                let _ = self.members[at].send_message(*number, &order.room, "still here"); // a lost connection shows when it is read
                bystander.due += EVERY;
            }
        }
        Ok(())
    }
}

impl Returning {
    fn lost(&mut self, at: usize) {
        self.begun.get_or_insert_with(Instant::now);
        match std::mem::take(&mut self.is_live[at]) {
            true => self.live -= 1,
            false => self.failures += 1,
        }
        self.last = None;
        let wait_s = FIRST_TRY.0 + (FIRST_TRY.1 - FIRST_TRY.0) * self.random.share();
        self.tries.push(Reverse((Instant::now() + Duration::from_secs_f64(wait_s), at)));
    }

    fn is_back(&mut self, at: usize) {
        self.is_live[at] = true;
        self.live += 1;
        if let Some(begun) = self.begun {
            self.back.add(u64::try_from(begun.elapsed().as_nanos()).unwrap_or(u64::MAX));
        }
        if self.live == self.is_live.len() && self.back.count() >= self.is_live.len() as u64 {
            self.last = Some(Instant::now());
        }
    }
}
