//! What the node does by itself: when, how it went the last time, and doing it now.
use parking_lot::Mutex;
use serde::Serialize;
use snug_accounts::audit::{Actor, Deed, DeedKind};
use snug_base::{App, Clock, Code, Result};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Notify;
use utoipa::ToSchema;

/// The jobs of a node. Cheap to clone.
#[derive(Clone)]
pub struct Jobs {
    all: Arc<Mutex<BTreeMap<&'static str, State>>>,
    clock: Clock,
}

struct State {
    about: Job,
    wanted: Arc<Notify>,
}

/// A job as operators see it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Job {
    #[schema(example = "backup")]
    pub name: &'static str,
    /// How often it is run, in seconds.
    pub every_s: f64,
    pub is_running: bool,
    /// When it was begun the last time (Unix milliseconds).
    pub last_at: Option<i64>,
    /// How long that took.
    pub last_ms: Option<i64>,
    /// What went wrong the last time; null if nothing did.
    pub last_error: Option<String>,
    /// Since the node was started.
    pub runs: u64,
    pub failures: u64,
}

impl Jobs {
    pub fn new(clock: Clock) -> Jobs {
        Jobs { all: Arc::default(), clock }
    }

    /// Makes a job known. It is to be run when what this returns says so, too.
    pub fn add(&self, name: &'static str, every: Duration) -> Arc<Notify> {
        let about = Job {
            name,
            every_s: every.as_secs_f64(),
            is_running: false,
            last_at: None,
            last_ms: None,
            last_error: None,
            runs: 0,
            failures: 0,
        };
        let wanted = Arc::new(Notify::new());
        self.all.lock().insert(name, State { about, wanted: wanted.clone() });
        wanted
    }

    /// Runs a job's work and notes how it went; what went wrong is written into the log here, once.
    pub async fn run(&self, name: &'static str, work: impl Future<Output = Result<()>>) {
        self.change(name, |job| (job.is_running, job.last_at) = (true, Some(self.clock.now())));
        let begun = Instant::now();
        let outcome = work.await;
        if let Err(e) = &outcome {
            tracing::error!(job = name, error = %e, source = e.source.as_deref().map(tracing::field::display), "a job failed; it is tried again");
        }
        self.change(name, |job| {
            job.is_running = false;
            job.last_ms = i64::try_from(begun.elapsed().as_millis()).ok();
            job.runs += 1;
            job.failures += u64::from(outcome.is_err());
            job.last_error = outcome.err().map(|e| e.detail);
        });
    }

    fn change(&self, name: &str, change: impl FnOnce(&mut Job)) {
        if let Some(state) = self.all.lock().get_mut(name) {
            change(&mut state.about);
        }
    }

    /// All jobs.
    pub fn list(&self) -> Vec<Job> {
        self.all.lock().values().map(|state| state.about.clone()).collect()
    }

    /// Has a job run now, without waiting for it.
    ///
    /// # Errors
    /// If there is no such job.
    pub async fn run_now(&self, app: &App, by: Actor, name: &str) -> Result<Job> {
        let found = self.all.lock().get(name).map(|state| (state.about.clone(), state.wanted.clone()));
        let (about, wanted) = found.ok_or_else(|| Code::NotFound.error(format!("There is no job {name}.")))?;
        by.did(app, Deed::new(DeedKind::JobRun).on(about.name)).await?;
        wanted.notify_one();
        Ok(about)
    }
}
