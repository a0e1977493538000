//! Moves SQLite's log into the database beside the writer, so that no commit waits for it.
//!
//! The writer says when the log has grown; a thread with a connection of its own then checkpoints what no reader needs any more,
//! which hinders nobody. Under steady load that never reaches the end of the log, so a large one is emptied with
//! the writer waiting a moment.
use super::connection::Connection;
use crate::Result;
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Duration;

/// Pages (4 KiB) by which the log grows between two checkpoints.
const STEP: i32 = 1_000;
/// Pages from which on the log is emptied: 64 MiB.
const LARGE: i32 = 16_384;
/// How long emptying waits for readers that still look at old pages. The writer waits as long.
const PATIENCE: Duration = Duration::from_millis(200);

/// Makes the writer's connection tell when the log has grown.
pub fn watch(writer: &mut Connection) -> Result<Receiver<()>> {
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
    Ok(told)
}

/// Checkpoints whenever it is told to, until the writer's connection is gone. A failure (a full disk) leaves the log
/// as it is, with everything in it, for the next time.
pub fn run(connection: &rusqlite::Connection, told: &Receiver<()>) {
    let _ = connection.busy_timeout(PATIENCE); // without patience it only empties the log less often
    let mut large = LARGE;
    while told.recv().is_ok() {
        let Some((_, pages)) = checkpoint(connection, "PRAGMA wal_checkpoint(PASSIVE)") else { continue };
        if pages < large {
            continue;
        }
        // readers that don't let go are not waited for again until the log has grown by as much
        large = match checkpoint(connection, "PRAGMA wal_checkpoint(TRUNCATE)") {
            Some((false, _)) => LARGE,
            _ => pages.saturating_add(LARGE),
        };
    }
}

/// Whether something was in the way, and the pages that the log has.
fn checkpoint(connection: &rusqlite::Connection, sql: &str) -> Option<(bool, i32)> {
    let done = connection.query_row(sql, (), |row| Ok((row.get::<_, i32>(0)? != 0, row.get::<_, i32>(1)?)));
    done.inspect_err(|e| tracing::debug!(error = %e, "the log could not be checkpointed")).ok()
}
