//! Counts over time and the errors of the node, in a file of their own.
//!
//! The file is never needed: where it is missing, damaged or of another version it is begun anew, and what can't be written is given up
//! with a line in the log. Nothing in it says who did what: people are counted, never named.
pub mod count;
pub mod model;
mod store;

use crate::errors::{self, ErrorGroup};
use model::{AnalyticsView, DayCount, Sample};
use parking_lot::Mutex;
use rusqlite::Connection;
use snug_base::{Clock, Error, Result};
use std::path::{Path, PathBuf};
use std::sync::Arc;

const FILE: &str = "analytics.sqlite";
const DAY_MS: i64 = 24 * 3_600_000;

/// The file with the counts. Cheap to clone.
#[derive(Clone)]
pub struct Analytics(Arc<Inner>);

struct Inner {
    path: PathBuf,
    days: i64,
    clock: Clock,
    connection: Mutex<Option<Connection>>,
}

impl Analytics {
    /// The file in this data folder; opened when it is first needed. `days`: for how long counts are kept; 0: not at all.
    pub fn new(data: &Path, days: u32, clock: Clock) -> Analytics {
        Analytics(Arc::new(Inner { path: data.join(FILE), days: i64::from(days.min(3_650)), clock, connection: Mutex::default() }))
    }

    /// Whether anything is kept.
    pub fn is_on(&self) -> bool {
        self.0.days > 0
    }

    /// Adds the counts of the time since the last sample.
    pub async fn add(&self, sample: Sample) -> Result<()> {
        let now = self.0.clock.now();
        self.run(move |sql| store::add(sql, now, &sample)).await
    }

    /// Adds errors that were noticed.
    pub async fn add_errors(&self, noticed: Vec<errors::Noticed>) -> Result<()> {
        if noticed.is_empty() {
            return Ok(());
        }
        self.run(move |sql| store::add_errors(sql, &noticed)).await
    }

    /// Joins what is old into hours and deletes what is too old. Called by a job.
    pub async fn tidy(&self) -> Result<()> {
        let (now, kept) = (self.0.clock.now(), self.0.days * DAY_MS);
        self.run(move |sql| store::tidy(sql, now, kept)).await
    }

    /// The last hours, in steps that suit a chart.
    pub async fn view(&self, hours: u32) -> Result<AnalyticsView> {
        let now = self.0.clock.now();
        let days = self.0.days;
        if days == 0 {
            return Ok(AnalyticsView { days: 0, step_ms: 0, times: Vec::new(), series: Vec::new() });
        }
        self.run(move |sql| {
            let (step_ms, times, series) = store::view(sql, now, i64::from(hours))?;
            Ok(AnalyticsView { days, step_ms, times, series })
        })
        .await
    }

    /// How many different people there were on each of the last days.
    pub async fn people_by_day(&self) -> Result<Vec<DayCount>> {
        if !self.is_on() {
            return Ok(Vec::new());
        }
        let since = self.0.clock.now() - self.0.days * DAY_MS;
        self.run(move |sql| store::people_by_day(sql, since)).await
    }

    /// The errors that were noticed, the last first.
    pub async fn errors(&self, level: Option<&'static str>) -> Result<Vec<ErrorGroup>> {
        if !self.is_on() {
            return Ok(Vec::new());
        }
        self.run(move |sql| store::errors(sql, level)).await
    }

    async fn run<T: Send + 'static>(&self, work: impl Fn(&mut Connection) -> rusqlite::Result<T> + Send + 'static) -> Result<T> {
        let inner = self.0.clone();
        tokio::task::spawn_blocking(move || inner.run(&work)).await.map_err(Error::internal)?.map_err(Error::from)
    }
}

impl Inner {
    /// Does the work; on a file that is damaged once more, on a new one.
    fn run<T>(&self, work: impl Fn(&mut Connection) -> rusqlite::Result<T>) -> rusqlite::Result<T> {
        let mut held = self.connection.lock();
        for _ in 0..2 {
            // whoever deletes the file wants to begin anew
            let open = if self.path.is_file() { held.take() } else { None };
            let outcome = open.map_or_else(|| store::open(&self.path), Ok).and_then(|mut connection| {
                let value = work(&mut connection)?;
                *held = Some(connection);
                Ok(value)
            });
            match outcome {
                Err(e) if is_damaged(&e) => {
                    tracing::warn!("the file of the analytics was damaged; it is put aside and begun anew");
                    self.put_aside();
                }
                other => return other,
            }
        }
        store::open(&self.path).and_then(|mut connection| work(&mut connection))
    }

    fn put_aside(&self) {
        let to = |suffix: &str| self.path.with_file_name(format!("{FILE}{suffix}"));
        let _ = std::fs::rename(&self.path, to(".damaged")); // what can't be moved shows when it is opened again
        for suffix in ["-wal", "-shm"] {
            let _ = std::fs::remove_file(to(suffix));
        }
    }
}

fn is_damaged(e: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
    matches!(e.sqlite_error_code(), Some(DatabaseCorrupt | NotADatabase)) || matches!(e, rusqlite::Error::InvalidQuery)
}

#[cfg(test)]
mod tests;
