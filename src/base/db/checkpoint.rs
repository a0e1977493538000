//! Moves SQLite's log into the database beside the writer, so that no commit waits for it.
//!
//! The writer's connection says when the log has grown; a thread with a connection of its own then checkpoints what no reader needs any
//! more, which hinders nobody. Under steady load that never reaches the end of the log. So when the log is large the
//! writer empties it between two commits: most of it has been moved by then.
use super::connection::Connection;
use crate::Result;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Duration;

/// Pages (4 KiB) by which the log grows between two checkpoints.
const STEP: i32 = 1_000;
/// Pages from which on the log is emptied: 64 MiB.
const LARGE: i32 = 16_384;
/// How long emptying waits for readers that still look at old pages.
const PATIENCE: Duration = Duration::from_millis(200);

/// What the writer and the checkpointing thread know of the log.
#[derive(Clone)]
pub struct Log {
    /// Pages in the log after the last checkpoint that the writer has not looked at yet.
    pages: Arc<AtomicI32>,
    /// Pages from which on it is emptied the next time.
    large: i32,
}

/// Makes the writer's connection tell when the log has grown.
pub fn watch(writer: &mut Connection) -> Result<(Log, Receiver<()>)> {
    let (tell, told) = sync_channel(1);
    let mut last = 0;
    writer.watch_log(move |pages| {
        if pages < last {
            last = 0; // the log began anew
        }
        if pages - last >= STEP && tell.try_send(()).is_ok() {
            last = pages;
        }
    })?;
    Ok((Log { pages: Arc::default(), large: LARGE }, told))
}

/// Checkpoints whenever it is told to, until the writer's connection is gone. A failure (a full disk) leaves the log
/// as it is, with everything in it, for the next time.
pub fn run(connection: &rusqlite::Connection, told: &Receiver<()>, log: &Log) {
    while told.recv().is_ok() {
        let pages = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", (), |row| row.get::<_, i32>(1));
        match pages {
            Ok(pages) => log.pages.store(pages, Ordering::Relaxed),
            Err(e) => tracing::debug!(error = %e, "the log could not be checkpointed"),
        }
    }
}

impl Log {
    /// Empties the log if it is large. Called by the writer between two commits.
    pub fn empty_if_large(&mut self, writer: &Connection) {
        let pages = self.pages.swap(0, Ordering::Relaxed);
        if pages >= self.large {
            // readers that don't let go are not waited for again until the log has grown by as much
            self.large = if writer.empty_log(PATIENCE).unwrap_or(false) { LARGE } else { pages.saturating_add(LARGE) };
        }
    }
}
