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
/// Pages by which a large log grows before it is tried again.
const AGAIN: i32 = 4_096;
/// How long emptying waits for readers that still look at old pages.
const PATIENCE: Duration = Duration::from_millis(200);

/// What the writer knows of the log.
pub struct Log {
    /// Pages in the log after the last commit.
    pages: Arc<AtomicI32>,
    /// Pages from which on it is emptied the next time.
    large: i32,
}

/// Makes the writer's connection tell when the log has grown.
pub fn watch(writer: &mut Connection) -> Result<(Log, Receiver<()>)> {
    let (tell, told) = sync_channel(1);
    let pages = Arc::new(AtomicI32::new(0));
    let (mut last, seen) = (0, pages.clone());
    writer.watch_log(move |pages| {
        seen.store(pages, Ordering::Relaxed);
        if pages < last {
            last = 0; // the log began anew
        }
        if pages - last >= STEP && tell.try_send(()).is_ok() {
            last = pages;
        }
    })?;
    Ok((Log { pages, large: LARGE }, told))
}

/// Checkpoints whenever it is told to, until the writer's connection is gone. A failure (a full disk) leaves the log
/// as it is, with everything in it, for the next time.
pub fn run(connection: &rusqlite::Connection, told: &Receiver<()>) {
    while told.recv().is_ok() {
        if let Err(e) = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", (), |_| Ok(())) {
            tracing::debug!(error = %e, "the log could not be checkpointed");
        }
    }
}

impl Log {
    /// Empties the log if it is large. Called by the writer between two commits.
    pub fn empty_if_large(&mut self, writer: &Connection) {
        let pages = self.pages.load(Ordering::Relaxed);
        if pages < LARGE {
            self.large = LARGE;
        } else if pages >= self.large {
            // readers that don't let go are not waited for again until the log has grown some more
            self.large = if writer.empty_log(PATIENCE).unwrap_or(false) { LARGE } else { pages.saturating_add(AGAIN) };
        }
    }
}
