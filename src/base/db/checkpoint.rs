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
/// Pages by which a large log grows before it is tried again: 16 MiB, and twice as many after each time that readers were in the way.
const AGAIN: i32 = 4_096;
/// But no more than these: 256 MiB.
const MOST: i32 = 65_536;
/// How long emptying waits for readers that still look at old pages. Everybody who sends waits meanwhile; a backup looks for minutes.
const PATIENCE: Duration = Duration::from_millis(25);

/// What the writer knows of the log.
pub struct Log {
    /// Pages in the log after the last commit.
    pages: Arc<AtomicI32>,
    /// Pages from which on it is emptied the next time.
    large: i32,
    /// Pages to wait for after the next time in vain.
    again: i32,
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
    Ok((Log { pages, large: LARGE, again: AGAIN }, told))
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
            (self.large, self.again) = (LARGE, AGAIN);
        } else if pages >= self.large {
            if writer.empty_log(PATIENCE).unwrap_or(false) {
                (self.large, self.again) = (LARGE, AGAIN);
            } else {
                (self.large, self.again) = (pages.saturating_add(self.again), (self.again * 2).min(MOST));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::KeysConfig;
    use crate::db::connection::Opener;
    use crate::db::file::DatabaseFile;

    #[test]
    fn a_reader_that_stays_is_waited_for_ever_more_seldom() {
        let folder = tempfile::tempdir().unwrap();
        let opener = Opener::Sqlite(DatabaseFile::find(folder.path(), &KeysConfig::default()).unwrap());
        let mut writer = opener.open_writer().unwrap();
        let (mut log, _told) = watch(&mut writer).unwrap();
        writer.batch("CREATE TABLE notes (text TEXT)").unwrap();
        let reader = opener.open_reader().unwrap();
        reader.batch("BEGIN; SELECT * FROM notes").unwrap();
        writer.batch("INSERT INTO notes VALUES ('later')").unwrap();

        let mut tried = |pages: i32| {
            log.pages.store(pages, Ordering::Relaxed);
            log.empty_if_large(&writer);
            (log.large, log.again)
        };
        assert_eq!(tried(LARGE - 1), (LARGE, AGAIN));
        assert_eq!(tried(LARGE), (LARGE + AGAIN, 2 * AGAIN));
        assert_eq!(tried(LARGE + AGAIN - 1), (LARGE + AGAIN, 2 * AGAIN), "not tried");
        assert_eq!(tried(LARGE + AGAIN), (LARGE + 3 * AGAIN, 4 * AGAIN));
        let mut pages = LARGE + 3 * AGAIN;
        for _ in 0..10 {
            let (next, step) = tried(pages);
            assert!(next > pages && next - pages <= MOST && step <= MOST, "{pages} {next} {step}");
            pages = next;
        }
        assert!(folder.path().join("snug.db-wal").metadata().unwrap().len() > 0);

        reader.batch("COMMIT").unwrap();
        assert_eq!(tried(2_000_000), (LARGE, AGAIN));
        assert_eq!(folder.path().join("snug.db-wal").metadata().unwrap().len(), 0);
    }
}
