//! Every member sends to its room, one message after the other's acknowledgement.
use super::Load;
use super::member::Heard;
use crate::histogram::Histogram;
use crate::orders::{Send, Sent};
use crate::result::Result;
use mio::Events;
use std::time::{Duration, Instant};

impl Load {
    /// Sends for so long; answers how many a second, and how long an acknowledgement took.
    pub(super) fn send_each(&mut self, order: &Send, events: &mut Events) -> Result<Sent> {
        let (begun, mut times) = (Instant::now(), Histogram::default());
        let duration = Duration::from_secs_f64(order.seconds);
        let mut under_way: Vec<Option<Instant>> = vec![None; self.members.len()];
        let text = "x".repeat(order.text);
        let mut ready: Vec<usize> = (0..self.members.len()).collect();
        let mut number = 0_u64;
        let mut elapsed_s = order.seconds;
        loop {
            for at in ready.drain(..) {
                if begun.elapsed() < duration {
                    number += 1;
                    under_way[at] = Some(Instant::now());
                    self.members[at].send_message(number, &order.rooms[at % order.rooms.len()], &text)?;
                }
            }
            if under_way.iter().all(Option::is_none) {
                return Ok(Sent::of(&times, elapsed_s));
            }
            let mut refusal = None;
            self.turn(events, Some(Duration::from_millis(100)), |at, heard| match heard {
                Heard::Answer { .. } => {
                    if let Some(sent) = under_way[at].take() {
                        times.add(u64::try_from(sent.elapsed().as_nanos()).unwrap_or(u64::MAX));
                        elapsed_s = begun.elapsed().as_secs_f64();
                        ready.push(at);
                    }
                }
                Heard::Refused(why) => refusal = Some(String::from_utf8_lossy(why).into_owned()),
                Heard::Ready | Heard::Delivery { .. } => {}
            })?;
            if let Some(why) = refusal {
                return Err(format!("the server refused a message: {why}").into());
            }
            if begun.elapsed() > duration + Duration::from_secs(20) {
                return Err("some messages were never acknowledged".into());
            }
        }
    }
}
