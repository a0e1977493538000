//! The database: one SQL text, two engines, one writer.
//!
//! Writes are closures on one writer thread. It runs each in a savepoint, joins those that wait into one transaction
//! (an fsync costs milliseconds, so this is worth more than anything else), commits, answers the callers and then
//! carries out the effects in commit order. **Nothing is published that is not committed, and this is the only
//! place that publishes.** Reads are closures on a few reader threads with their own connections, each closure in one
//! snapshot. Both engines work the same way; see docs/decisions/0002-one-writer-on-both-engines.md.
pub mod beside;
mod cache;
mod checkpoint;
mod column;
mod connection;
pub mod file;
pub mod migrate;
mod param;
pub mod restore;
mod row;
pub mod snapshot;
mod tx;
mod writer;

pub use cache::Scoped;
pub use column::{FromColumn, Value};
pub use param::{Param, ToParam, list, params_of};
pub use row::Row;
pub use tx::{Read, Tx};

use crate::config::{DatabaseConfig, KeysConfig};
use crate::{Clock, Code, Error, Result, Sink};
use cache::Cache;
use connection::{Connection, Opener};
use file::DatabaseFile;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use tokio::sync::oneshot;

/// A handle to the instance's database, cheap to clone.
#[derive(Clone)]
pub struct Db {
    writer: mpsc::Sender<writer::Order>,
    readers: mpsc::Sender<ReadJob>,
    threads: Arc<Threads>,
    engine: Engine,
    cache: Arc<Cache>,
    /// Writes that somebody waits for.
    queued: Arc<AtomicUsize>,
}

/// Which database it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

impl Engine {
    /// Its name for people.
    pub fn as_str(self) -> &'static str {
        match self {
            Engine::Sqlite => "SQLite",
            Engine::Postgres => "PostgreSQL",
        }
    }
}

/// Work for a reader; `None` tells it to end.
type ReadJob = Option<Box<dyn FnOnce(&mut Connection) + Send>>;

#[derive(Default)]
struct Threads(parking_lot::Mutex<Vec<std::thread::JoinHandle<()>>>);

impl Db {
    /// Opens the database (SQLite in `data` unless an address of PostgreSQL is configured; sealed or not, as it lies there), brings its
    /// schema up to date and starts the threads.
    pub fn open(config: &DatabaseConfig, keys: &KeysConfig, data: &Path, clock: &Clock, sink: Arc<dyn Sink>) -> Result<Db> {
        let opener = match &config.url {
            Some(url) => Opener::Postgres(url.clone()),
            None => Opener::Sqlite(DatabaseFile::find(data, keys)?),
        };
        let engine = if config.url.is_some() { Engine::Postgres } else { Engine::Sqlite };
        let mut connection = opener.open_writer()?;
        migrate::run(&mut connection, clock.now())?;

        let threads = Threads::default();
        let (writer, jobs) = mpsc::channel();
        let spawn = |name: &str, body: Box<dyn FnOnce() + Send>| {
            let handle = std::thread::Builder::new().name(name.to_owned()).spawn(body).map_err(Error::internal)?;
            threads.0.lock().push(handle);
            Ok::<(), Error>(())
        };
        let mut log = None;
        if let Some(beside) = opener.open_checkpointer()? {
            let (watched, told) = checkpoint::watch(&mut connection)?;
            log = Some(watched);
            spawn("snug-checkpoint", Box::new(move || checkpoint::run(&beside, &told)))?;
        }
        let cache = Arc::new(Cache::default());
        let (writer_clock, writer_cache) = (clock.clone(), cache.clone());
        spawn("snug-writer", Box::new(move || writer::run(connection, &jobs, &writer_clock, &*sink, &writer_cache, log)))?;

        let (readers, jobs) = mpsc::channel::<ReadJob>();
        let jobs = Arc::new(parking_lot::Mutex::new(jobs));
        for _ in 0..config.readers() {
            let mut connection = opener.open_reader()?;
            let jobs = jobs.clone();
            spawn(
                "snug-reader",
                Box::new(move || {
                    loop {
                        let job = jobs.lock().recv();
                        match job {
                            Ok(Some(job)) => job(&mut connection),
                            Ok(None) | Err(_) => return,
                        }
                    }
                }),
            )?;
        }
        Ok(Db { writer, readers, threads: Arc::new(threads), engine, cache, queued: Arc::default() })
    }

    /// Runs `work` in a write transaction. An error rolls back all that it did and publishes nothing.
    /// Answers after the commit is durable.
    pub async fn write<T: Send + 'static>(&self, work: impl FnOnce(&Tx) -> Result<T> + Send + 'static) -> Result<T> {
        let (reply, answer) = oneshot::channel();
        let _queued = Queued::one(&self.queued);
        self.writer.send(writer::Order::Job(writer::job(work, reply))).map_err(|_| stopping())?;
        answer.await.map_err(|_| stopping())?
    }

    /// How many writes wait, or are being carried out.
    pub fn queued(&self) -> usize {
        self.queued.load(Ordering::Relaxed)
    }

    /// Which database it is.
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// Answers when the database does.
    pub async fn ping(&self) -> Result<()> {
        self.read(|read| read.value::<i64>("SELECT 1 AS value", &[])).await.map(|_| ())
    }

    /// How many bytes the database takes on disk.
    pub async fn size(&self) -> Result<i64> {
        let sql = match self.engine {
            Engine::Sqlite => "SELECT page_count * page_size AS value FROM pragma_page_count(), pragma_page_size()",
            Engine::Postgres => "SELECT pg_database_size(current_database()) AS value",
        };
        Ok(self.read(move |read| read.value(sql, &[])).await?.unwrap_or_default())
    }

    /// Runs `work` on one consistent snapshot.
    pub async fn read<T: Send + 'static>(&self, work: impl FnOnce(&Read) -> Result<T> + Send + 'static) -> Result<T> {
        let (reply, answer) = oneshot::channel();
        let cache = self.cache.clone();
        let job = move |connection: &mut Connection| {
            let _ = reply.send(connection.snapshot(cache.view(), work)); // the caller may have gone away
        };
        self.readers.send(Some(Box::new(job))).map_err(|_| stopping())?;
        answer.await.map_err(|_| stopping())?
    }

    /// Finishes what is queued and closes the connections; blocks until then. Afterwards every handle answers `node.unavailable`.
    pub fn close(&self) {
        let handles = std::mem::take(&mut *self.threads.0.lock());
        let _ = self.writer.send(writer::Order::Stop); // it may have ended already
        for _ in &handles {
            let _ = self.readers.send(None);
        }
        for handle in handles {
            let _ = handle.join();
        }
    }
}

/// A write that somebody waits for; whoever gives up waiting is not counted any more.
struct Queued<'a>(&'a AtomicUsize);

impl Queued<'_> {
    fn one(count: &AtomicUsize) -> Queued<'_> {
        count.fetch_add(1, Ordering::Relaxed);
        Queued(count)
    }
}

impl Drop for Queued<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

fn stopping() -> Error {
    Code::Unavailable.error("The node is stopping. Try again in a moment.")
}
