//! `snug_bench group`: the durable floor under load. Senders are threads, each waits for its own commit; one writer commits
//! what waits together, as the node does. No network, no JSON.
use crate::durable::{Row, Store};
use crate::histogram::Histogram;
use crate::orders::{Answer, Sent};
use crate::result::Result;
use clap::Args;
use std::io::Write;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// The most messages in one transaction, as in the node.
const BATCH: usize = 512;

/// `snug_bench group`
#[derive(Clone, Debug, Args)]
pub struct GroupOptions {
    /// A folder that a crowd was made in
    #[arg(long)]
    pub data: PathBuf,
    #[arg(long)]
    pub senders: usize,
    #[arg(long)]
    pub seconds: f64,
    /// Characters of a message
    #[arg(long)]
    pub text: usize,
}

struct Job {
    row: Row,
    done: Sender<()>,
}

/// Sends for so long, then prints what was found.
pub fn run(options: &GroupOptions) -> Result<()> {
    let mut store = Store::open(&options.data)?;
    let places = store.places()?;
    let (jobs, waiting) = channel::<Job>();
    let until = Instant::now() + Duration::from_secs_f64(options.seconds);
    let senders: Vec<_> = (0..options.senders)
        .map(|i| {
            let (jobs, place, text) = (jobs.clone(), places[i % places.len()], "x".repeat(options.text));
            std::thread::spawn(move || send(&jobs, place, &text, until))
        })
        .collect();
    drop(jobs);
    let begun = Instant::now();
    write(&mut store, &waiting)?;
    let elapsed_s = begun.elapsed().as_secs_f64();
    let mut all = Histogram::default();
    for sender in senders {
        sender.join().map_err(|_| "a sender has panicked")?.into_iter().for_each(|ns| all.add(ns));
    }
    let sent = Sent::of(&all, elapsed_s);
    let mut out = std::io::stdout().lock();
    Ok(writeln!(out, "{}", serde_json::to_string(&Answer::Ok(sent))?)?)
}

fn send(jobs: &Sender<Job>, (author, room): (Uuid, Uuid), text: &str, until: Instant) -> Vec<u64> {
    let mut took = Vec::new();
    let (done, answers) = channel();
    while Instant::now() < until {
        let begun = Instant::now();
        let job = Job { row: Row::new(room, author, text), done: done.clone() };
        if jobs.send(job).is_err() || answers.recv().is_err() {
            break;
        }
        took.push(u64::try_from(begun.elapsed().as_nanos()).unwrap_or(u64::MAX));
    }
    took
}

fn write(store: &mut Store, waiting: &Receiver<Job>) -> Result<()> {
    while let Ok(first) = waiting.recv() {
        let mut batch = vec![first];
        batch.extend(waiting.try_iter().take(BATCH - 1));
        let (rows, answers): (Vec<Row>, Vec<Sender<()>>) = batch.into_iter().map(|job| (job.row, job.done)).unzip();
        store.commit(&rows)?;
        for answer in answers {
            let _ = answer.send(()); // a sender whose time is over has gone
        }
    }
    Ok(())
}
