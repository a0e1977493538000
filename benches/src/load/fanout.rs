//! Messages to everybody, timed until the last member has them.
use super::Load;
use super::member::Heard;
use crate::orders::{FannedOut, Fanout};
use crate::result::Result;
use mio::Events;
use std::time::{Duration, Instant};

/// One message under way.
#[derive(Clone, Copy)]
struct Message {
    sent: Instant,
    acknowledged: Option<Instant>,
    first: Option<Instant>,
    last: Option<Instant>,
    /// How many members have had at least as many deliveries as there were messages up to this one.
    arrived: usize,
}

struct Round {
    messages: Vec<Message>,
    done: usize,
    found: FannedOut,
    refusal: Option<String>,
}

impl Load {
    /// Sends messages, `window` at a time, each from another member.
    pub(super) fn fanout(&mut self, order: &Fanout, events: &mut Events) -> Result<FannedOut> {
        let members = self.members.len();
        self.members.iter_mut().for_each(|member| member.delivered = 0);
        let mut numbers: Vec<(i64, u32)> = self.members.iter().map(|member| (member.last_n, 0)).collect();
        let mut round = Round { messages: Vec::new(), done: 0, found: FannedOut::default(), refusal: None };
        let (begun, mut progress) = (Instant::now(), Instant::now());
        while round.done < order.messages {
            while round.messages.len() < order.messages && round.messages.len() - round.done < order.window {
                let number = round.messages.len();
                self.send(order, number)?;
                round.messages.push(Message { sent: Instant::now(), acknowledged: None, first: None, last: None, arrived: 0 });
                let sender = number % order.window % members;
                if !self.members[sender].has_echo() {
                    round.hear(members, &mut numbers[sender], Heard::Delivery { n: None, bytes: 0 });
                }
            }
            let before = round.found.deliveries;
            self.turn(events, Some(Duration::from_millis(100)), |at, heard| round.hear(members, &mut numbers[at], heard))?;
            if let Some(why) = round.refusal {
                return Err(format!("the server refused a message: {why}").into());
            }
            if round.found.deliveries > before {
                progress = Instant::now();
            } else if progress.elapsed().as_secs() > order.patience_s {
                let (done, all, came) = (round.done, order.messages, round.found.deliveries);
                return Err(format!("{done} of {all} messages reached everybody ({came} deliveries), then nothing came any more").into());
            }
        }
        round.found.elapsed_ms = begun.elapsed().as_secs_f64() * 1e3;
        self.members.iter_mut().zip(numbers).for_each(|(member, (n, _))| member.last_n = n);
        self.await_answers(&mut round, events)?;
        Ok(round.finish())
    }

    fn send(&mut self, order: &Fanout, number: usize) -> Result<()> {
        let sender = number % order.window % self.members.len();
        let mut text = format!("{number} ");
        while text.len() < order.text {
            text.push_str("abcdefghi ");
        }
        text.truncate(order.text);
        Ok(self.members[sender].send_message(number as u64 + 1, &order.room, &text)?)
    }

    /// An acknowledgement may come after the last delivery.
    fn await_answers(&mut self, round: &mut Round, events: &mut Events) -> Result<()> {
        let begun = Instant::now();
        if !self.members.first().is_some_and(super::member::Member::is_answered) {
            return Ok(());
        }
        while round.messages.iter().any(|message| message.acknowledged.is_none()) && begun.elapsed() < Duration::from_secs(2) {
            self.turn(events, Some(Duration::from_millis(20)), |_, heard| {
                if let Heard::Answer { re } = heard {
                    round.acknowledge(re);
                }
            })?;
        }
        Ok(())
    }
}

impl Round {
    fn hear(&mut self, members: usize, (last_n, delivered): &mut (i64, u32), heard: Heard) {
        match heard {
            Heard::Delivery { n, bytes } => {
                let at = *delivered as usize;
                *delivered += 1;
                self.found.deliveries += 1;
                self.found.frame = bytes.max(self.found.frame);
                if let Some(n) = n {
                    self.found.disordered += u64::from(*last_n != 0 && n != *last_n + 1);
                    *last_n = n;
                }
                let Some(message) = self.messages.get_mut(at) else {
                    self.found.disordered += 1; // more than were sent
                    return;
                };
                message.arrived += 1;
                if message.arrived == 1 {
                    message.first = Some(Instant::now());
                }
                if message.arrived == members {
                    message.last = Some(Instant::now());
                    self.done += 1;
                }
            }
            Heard::Answer { re } => self.acknowledge(re),
            Heard::Refused(why) => self.refusal = Some(String::from_utf8_lossy(why).into_owned()),
            Heard::Ready => {}
        }
    }

    fn acknowledge(&mut self, re: u64) {
        let at = usize::try_from(re).ok().and_then(|re| re.checked_sub(1));
        if let Some(message) = at.and_then(|at| self.messages.get_mut(at)) {
            message.acknowledged = Some(Instant::now());
        }
    }

    fn finish(mut self) -> FannedOut {
        let ms = |duration: Duration| duration.as_secs_f64() * 1e3;
        for message in &self.messages {
            let Some(last) = message.last else { continue };
            self.found.complete_ms.push(ms(last - message.sent));
            self.found.ack_ms.extend(message.acknowledged.map(|at| ms(at - message.sent)));
            let from = message.acknowledged.into_iter().chain(message.first).min().unwrap_or(message.sent);
            self.found.span_ms.push(ms(last.saturating_duration_since(from)));
        }
        self.found
    }
}
