//! Moves SQLite's log into the database beside the writer, so that no commit waits for it.
//!
//! The writer's connection says when the log has grown; a thread with a connection of its own then checkpoints what no reader needs any
//! more, which hinders nobody. Under steady load that never reaches the end of the log. So when the log is large the
//! writer empties it between two commits: most of it has been moved by then.
use super::connection::{Connection, Emptied};
use crate::Result;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Duration;

/// Pages (4 KiB) by which the log grows between two checkpoints.
const STEP: i32 = 1_000;
/// Pages from which on the log is emptied: 64 MiB.
const LARGE: i32 = 16_384;
/// Pages by which a large log grows before it is tried again: 4 MiB, and twice as many after each time that readers were in the way.
const AGAIN: i32 = 1_024;
/// But no more than these: 256 MiB.
const MOST: i32 = 65_536;
/// How long emptying waits for readers that still look at old pages. Everybody who sends waits meanwhile; a backup looks for minutes.
const PATIENCE: Duration = Duration::from_millis(25);

/// What the writer knows of the log.
pub struct Log {
    size: Arc<Size>,
    /// Pages to wait for after the next time in vain.
    again: i32,
}

struct Size {
    /// Pages in the log after the last commit.
    pages: AtomicI32,
    /// Pages from which on it is emptied the next time. Nobody is told to checkpoint from here on: the writer would find the log in use.
    large: AtomicI32,
}

/// Makes the writer's connection tell when the log has grown.
pub fn watch(writer: &mut Connection) -> Result<(Log, Receiver<()>)> {
    let (tell, told) = sync_channel(1);
    let size = Arc::new(Size { pages: AtomicI32::new(0), large: AtomicI32::new(LARGE) });
    let (mut last, seen) = (0, size.clone());
    writer.watch_log(move |pages| {
        seen.pages.store(pages, Ordering::Relaxed);
        if pages < last {
            last = 0; // the log began anew
        }
        let is_due = pages - last >= STEP && pages < seen.large.load(Ordering::Relaxed);
        if is_due && tell.try_send(()).is_ok() {
            last = pages;
        }
    })?;
    Ok((Log { size, again: AGAIN }, told))
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
        let pages = self.size.pages.load(Ordering::Relaxed);
        if pages >= self.size.large.load(Ordering::Relaxed) {
            match writer.empty_log(PATIENCE) {
                Ok(Emptied::Whole) => self.wait_for(LARGE, AGAIN),
                Ok(Emptied::NotBegun) => {} // after the next commit
                Ok(Emptied::ReadersStay) | Err(_) => self.wait_for(pages.saturating_add(self.again), (self.again * 2).min(MOST)),
            }
        } else if pages < LARGE {
            self.wait_for(LARGE, AGAIN);
        }
    }

    fn wait_for(&mut self, large: i32, again: i32) {
        self.size.large.store(large, Ordering::Relaxed);
        self.again = again;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::KeysConfig;
    use crate::db::connection::Opener;
    use crate::db::file::DatabaseFile;
    use std::path::Path;

    /// A writer, and a reader that stays at what the database was before the last commit.
    fn with_a_reader_that_stays(folder: &Path) -> (Opener, Connection, Log, Connection) {
        let opener = Opener::Sqlite(DatabaseFile::find(folder, &KeysConfig::default()).unwrap());
        let mut writer = opener.open_writer().unwrap();
        let (log, _told) = watch(&mut writer).unwrap();
        writer.batch("CREATE TABLE notes (text TEXT)").unwrap();
        let reader = opener.open_reader().unwrap();
        reader.batch("BEGIN; SELECT * FROM notes").unwrap();
        writer.batch("INSERT INTO notes VALUES ('later')").unwrap();
        (opener, writer, log, reader)
    }

    fn tried(log: &mut Log, writer: &Connection, pages: i32) -> (i32, i32) {
        log.size.pages.store(pages, Ordering::Relaxed);
        log.empty_if_large(writer);
        (log.size.large.load(Ordering::Relaxed), log.again)
    }

    #[test]
    fn a_reader_that_stays_is_waited_for_ever_more_seldom() {
        let folder = tempfile::tempdir().unwrap();
        let (_, writer, mut log, reader) = with_a_reader_that_stays(folder.path());
        let mut tried = |pages| tried(&mut log, &writer, pages);
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

    #[test]
    fn a_log_that_is_being_moved_is_emptied_after_the_next_commit() {
        let folder = tempfile::tempdir().unwrap();
        let (opener, writer, mut log, reader) = with_a_reader_that_stays(folder.path());
        let beside = opener.open_checkpointer().unwrap().unwrap();
        let moving = std::thread::spawn(move || {
            beside.busy_timeout(Duration::from_secs(60)).unwrap();
            let done = || beside.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |row| row.get::<_, i32>(0)).unwrap() == 0;
            while !done() {} // the writer was at it
        });
        while writer.empty_log(Duration::ZERO).unwrap() != Emptied::NotBegun {
            std::thread::sleep(Duration::from_millis(1));
        }
        for _ in 0..3 {
            assert_eq!(tried(&mut log, &writer, LARGE), (LARGE, AGAIN));
        }
        reader.batch("COMMIT").unwrap();
        moving.join().unwrap();
        assert_eq!(tried(&mut log, &writer, LARGE), (LARGE, AGAIN));
        assert_eq!(folder.path().join("snug.db-wal").metadata().unwrap().len(), 0);
    }

    #[test]
    fn nobody_is_told_to_move_a_log_that_is_about_to_be_emptied() {
        let folder = tempfile::tempdir().unwrap();
        let opener = Opener::Sqlite(DatabaseFile::find(folder.path(), &KeysConfig::default()).unwrap());
        let mut writer = opener.open_writer().unwrap();
        let (log, told) = watch(&mut writer).unwrap();
        writer.batch("CREATE TABLE notes (text BLOB)").unwrap();
        let write = |pages: i32| writer.batch(&format!("INSERT INTO notes VALUES (zeroblob({}))", pages * 4_096)).unwrap();
        write(STEP);
        assert!(told.try_recv().is_ok());
        log.size.large.store(STEP, Ordering::Relaxed);
        write(2 * STEP);
        assert!(told.try_recv().is_err());
        log.size.large.store(LARGE, Ordering::Relaxed);
        write(1);
        assert!(told.try_recv().is_ok(), "what was put off is made up for");
    }
}
