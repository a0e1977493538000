//! What a node counts of itself. Atomics only where messages pass, so that counting costs them nothing; whoever wants to know reads.
//! Nothing here says who did what, except who was there in the last minute, for the sake of counting people.
use crate::UserId;
use parking_lot::{Mutex, RwLock};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// Upper ends of the classes of a [`Histogram`], in microseconds; what is longer has a class of its own.
pub const BOUNDS_US: [u64; 12] = [1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 10_000_000];
/// Classes of a histogram.
pub const CLASSES: usize = BOUNDS_US.len() + 1;
/// People of a minute that are told apart.
const SEEN: usize = 100_000;

/// How often how much time was taken.
#[derive(Debug, Default)]
pub struct Histogram {
    classes: [AtomicU64; CLASSES],
    sum_us: AtomicU64,
}

impl Histogram {
    pub fn observe(&self, took: Duration) {
        let us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let class = BOUNDS_US.partition_point(|bound| *bound < us);
        self.classes[class].fetch_add(1, Relaxed);
        self.sum_us.fetch_add(us, Relaxed);
    }

    /// How many fell into each class.
    pub fn classes(&self) -> [u64; CLASSES] {
        std::array::from_fn(|at| self.classes[at].load(Relaxed))
    }

    /// The sum of all, in seconds.
    pub fn sum_s(&self) -> f64 {
        self.sum_us.load(Relaxed) as f64 / 1e6
    }
}

/// What was asked of one route.
#[derive(Debug, Default)]
pub struct Route {
    /// Method and status → how often.
    pub answers: Mutex<BTreeMap<(&'static str, u16), u64>>,
    pub took: Histogram,
}

/// The counts of one node since it began.
#[derive(Debug, Default)]
pub struct Meters {
    /// The routes' templates, "/api/v1/users/{id}"; there are only as many as the program has.
    routes: RwLock<HashMap<String, Arc<Route>>>,
    /// All requests together.
    pub requests: Histogram,
    /// Requests that the node failed to answer (status 500 and above).
    pub failures: AtomicU64,
    /// Messages from their arrival until they are stored.
    pub sends: Histogram,
    /// Messages whose storing failed for the node's sake.
    pub send_failures: AtomicU64,
    seen: Mutex<HashSet<UserId>>,
}

impl Meters {
    /// A request was answered.
    pub fn answered(&self, route: &str, method: &'static str, status: u16, took: Duration) {
        self.requests.observe(took);
        if status >= 500 {
            self.failures.fetch_add(1, Relaxed);
        }
        let known = self.routes.read().get(route).cloned();
        let route = known.unwrap_or_else(|| self.routes.write().entry(route.to_owned()).or_default().clone());
        route.took.observe(took);
        *route.answers.lock().entry((method, status)).or_default() += 1;
    }

    /// All routes that were asked for.
    pub fn routes(&self) -> Vec<(String, Arc<Route>)> {
        let mut routes: Vec<_> = self.routes.read().iter().map(|(name, route)| (name.clone(), route.clone())).collect();
        routes.sort_by(|a, b| a.0.cmp(&b.0));
        routes
    }

    /// Somebody asked for something. Forgotten as soon as they are counted.
    pub fn saw(&self, user: UserId) {
        let mut seen = self.seen.lock();
        if seen.len() < SEEN {
            seen.insert(user);
        }
    }

    /// Whoever was seen since the last call.
    pub fn take_seen(&self) -> HashSet<UserId> {
        std::mem::take(&mut *self.seen.lock())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_time_falls_into_the_class_that_ends_at_or_above_it() {
        let histogram = Histogram::default();
        for us in [0, 1_000, 1_001, 10_000_000, 10_000_001] {
            histogram.observe(Duration::from_micros(us));
        }
        let classes = histogram.classes();
        assert_eq!((classes[0], classes[1], classes[11], classes[12]), (2, 1, 1, 1));
    }
}
