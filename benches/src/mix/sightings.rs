//! Who has seen what, and how long that took.
use super::plan::{Action, ActionTimes, Report};
use crate::histogram::Histogram;
use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// What is under way, and the times of what has arrived.
#[derive(Default)]
pub struct Sightings {
    times: BTreeMap<Action, Histogram>,
    /// Whether the warm-up is over.
    pub is_counting: bool,
    /// When a message was due to be sent, and from which device.
    pub messages: HashMap<Uuid, (Instant, usize)>,
    /// The newest message of a conversation and its number.
    pub newest: HashMap<Uuid, (Uuid, i64)>,
    /// When somebody began to type where.
    pub typing: HashMap<(Uuid, Uuid), Instant>,
    /// How far somebody has read where, and since when.
    pub reading: HashMap<(Uuid, Uuid), (i64, Instant)>,
    /// When somebody's presence changed.
    pub presence: HashMap<Uuid, Instant>,
    pub refused: u64,
    pub refusal: String,
    pub unanswered: u64,
    pub cut_off: u64,
}

impl Sightings {
    /// Something that was due then has been seen now.
    pub fn seen(&mut self, action: Action, due: Instant) {
        if self.is_counting {
            self.times.entry(action).or_default().add(u64::try_from(due.elapsed().as_nanos()).unwrap_or(u64::MAX));
        }
    }

    /// The node said no.
    pub fn refuse(&mut self, why: &[u8]) {
        if self.refused == 0 {
            self.refusal = String::from_utf8_lossy(&why[..why.len().min(300)]).into_owned();
        }
        self.refused += 1;
    }

    /// All of it.
    pub fn report(&self, latest: Duration) -> Report {
        let ms = |ns: u64| ns as f64 / 1e6;
        let times = self.times.iter().map(|(action, times)| ActionTimes {
            action: *action,
            count: times.count(),
            p50_ms: ms(times.at(0.5)),
            p99_ms: ms(times.at(0.99)),
            max_ms: ms(times.max()),
        });
        Report {
            times: times.collect(),
            refused: self.refused,
            refusal: self.refusal.clone(),
            unanswered: self.unanswered,
            cut_off: self.cut_off,
            latest_ms: latest.as_secs_f64() * 1e3,
        }
    }
}
