//! The writer thread: what waits is committed together, then callers are answered, then its effects are carried out in order.
use super::Tx;
use super::cache::Cache;
use super::checkpoint::Log;
use super::connection::Connection;
use super::tx::guarded;
use crate::event::{Effect, Sink};
use crate::{Clock, Code, Error, Result};
use std::cell::RefCell;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// The most jobs in one transaction: bounds how long the first of them waits.
const BATCH: usize = 512;
/// From so many jobs on the writer counts as busy: it then rests for a part of what the transaction before took, and at most [`REST`].
/// Those who were answered last can ask again meanwhile. Without that, senders fall into two halves that wait for each other's commits.
const BUSY: usize = 8;
const REST_PART: u32 = 6;
const REST: Duration = Duration::from_millis(2);
/// A transaction that takes longer is worth a line in the log, since everybody who writes waits for it.
const SLOW: Duration = Duration::from_millis(500);

/// What the writer is told.
pub enum Order {
    Job(Box<dyn Job>),
    /// Finish what came before and end.
    Stop,
}

/// A caller's closure and the way back to the caller.
pub trait Job: Send {
    /// Does the work; keeps its value for `finish`.
    fn run(&mut self, tx: &Tx) -> Result<()>;
    /// Answers the caller.
    fn finish(self: Box<Self>, outcome: Result<()>);
}

struct Work<T, F> {
    work: Option<F>,
    value: Option<T>,
    reply: oneshot::Sender<Result<T>>,
}

/// Packs a closure for the writer.
pub fn job<T: Send + 'static>(work: impl FnOnce(&Tx) -> Result<T> + Send + 'static, reply: oneshot::Sender<Result<T>>) -> Box<dyn Job> {
    Box::new(Work { work: Some(work), value: None, reply })
}

impl<T: Send, F: FnOnce(&Tx) -> Result<T> + Send> Job for Work<T, F> {
    fn run(&mut self, tx: &Tx) -> Result<()> {
        if let Some(work) = self.work.take() {
            self.value = Some(work(tx)?);
        }
        Ok(())
    }
    fn finish(self: Box<Self>, outcome: Result<()>) {
        let Work { value, reply, .. } = *self;
        let answer = outcome.and_then(|()| value.ok_or_else(|| Error::internal("the writer lost a value")));
        let _ = reply.send(answer); // the caller may have gone away
    }
}

/// Runs until it is told to stop or every `Db` handle is gone.
pub fn run(connection: Connection, orders: &Receiver<Order>, clock: &Clock, sink: &dyn Sink, cache: &Cache, mut log: Option<Log>) {
    let (mut stop, mut rest) = (false, Duration::ZERO);
    while !stop && let Ok(Order::Job(first)) = orders.recv() {
        let mut batch = vec![first];
        stop = gather(orders, &mut batch);
        if !rest.is_zero() && !stop && batch.len() < BATCH {
            std::thread::sleep(rest);
            stop = gather(orders, &mut batch);
        }
        let (begun, jobs) = (Instant::now(), batch.len());
        let pace = commit(&connection, batch, clock.now(), sink, cache);
        let emptying = Instant::now();
        if let Some(log) = &mut log {
            log.empty_if_large(&connection);
        }
        rest = if jobs < BUSY { Duration::ZERO } else { (begun.elapsed() / REST_PART).min(REST) };
        if begun.elapsed() > SLOW {
            let log = emptying.elapsed();
            tracing::warn!(jobs, ?pace, ?log, "writing to the database took long; its disk may be busy");
        }
    }
    if let Connection::Sqlite(_) = connection {
        let _ = connection.batch("PRAGMA optimize; PRAGMA wal_checkpoint(TRUNCATE)");
    }
}

/// Adds the jobs that wait. Says whether to stop after them.
fn gather(orders: &Receiver<Order>, batch: &mut Vec<Box<dyn Job>>) -> bool {
    while batch.len() < BATCH {
        match orders.try_recv() {
            Ok(Order::Job(job)) => batch.push(job),
            Ok(Order::Stop) => return true,
            Err(_) => return false,
        }
    }
    false
}

/// What a transaction's time went to.
#[derive(Debug, Default)]
struct Pace {
    jobs: Duration,
    commit: Duration,
}

fn commit(connection: &Connection, batch: Vec<Box<dyn Job>>, now: i64, sink: &dyn Sink, cache: &Cache) -> Pace {
    let mut pace = Pace::default();
    let begun = Instant::now();
    if let Err(e) = connection.begin() {
        fail(batch, &e);
        return pace;
    }
    let mut effects: Vec<Effect> = Vec::new();
    let mut done: Vec<(Box<dyn Job>, Result<()>)> = Vec::new();
    let dirty = RefCell::default();
    let mut rest = batch.into_iter();
    for mut job in rest.by_ref() {
        let outcome = savepoint(Tx::new(connection, now, cache, &dirty), connection, &mut *job, &mut effects);
        let lost = connection.is_rolled_back();
        done.push((job, outcome));
        if lost {
            break;
        }
    }
    pace.jobs = begun.elapsed();
    let committed = if connection.is_rolled_back() {
        Err(Code::Unavailable
            .error("The database gave up the transaction (its disk may be full, or it was restarted). Nothing was stored; try again."))
    } else {
        connection.steer("COMMIT")
    };
    pace.commit = begun.elapsed() - pace.jobs;
    match committed {
        Ok(()) => {
            cache.end(dirty.take());
            // whoever hears that a session has ended may rely on it
            for effect in &effects {
                if let Effect::EndSessions { sessions } = effect {
                    sink.refuse(sessions);
                }
            }
            // who waits for an answer is not kept waiting by a message's way to ten thousand others
            done.into_iter().for_each(|(job, outcome)| job.finish(outcome));
            effects.into_iter().for_each(|effect| sink.apply(effect));
        }
        Err(e) => {
            if !connection.is_rolled_back() {
                let _ = connection.batch("ROLLBACK");
            }
            for (job, outcome) in done {
                job.finish(outcome.and_then(|()| Err(same(&e))));
            }
            fail(rest.collect(), &e);
        }
    }
    pace
}

/// One job in a savepoint of its own: its failure undoes nothing of the others.
fn savepoint(tx: Tx, connection: &Connection, job: &mut dyn Job, effects: &mut Vec<Effect>) -> Result<()> {
    connection.steer("SAVEPOINT job")?;
    match guarded(|| job.run(&tx)) {
        Ok(()) => {
            connection.steer("RELEASE job")?;
            effects.extend(tx.into_effects());
            Ok(())
        }
        Err(e) => {
            if !connection.is_rolled_back() {
                connection.steer("ROLLBACK TO job")?;
                connection.steer("RELEASE job")?;
            }
            Err(e)
        }
    }
}

fn fail(batch: Vec<Box<dyn Job>>, e: &Error) {
    for job in batch {
        job.finish(Err(same(e)));
    }
}

/// The same failure for another caller of the batch; the source is kept as text.
fn same(e: &Error) -> Error {
    Error { source: Some(e.source.as_ref().map_or_else(|| e.detail.clone(), ToString::to_string).into()), ..e.code.error(e.detail.clone()) }
}
