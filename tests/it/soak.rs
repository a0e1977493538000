//! People, devices and the node through everything that happens in years, in random order; then everybody reads everything.
//!
//! The seed is printed; `SNUG_SOAK_SEED=… cargo nextest run soak` repeats a run as far as concurrency allows. `SNUG_SOAK=full` (`make soak`)
//! is the full size: 50 accounts, up to 3 devices each, 20,000 messages.
mod model;
mod world;

use crate::support::living::Living;
use crate::support::terminal::shown;
use std::sync::Arc;
use std::time::{Duration, Instant};
use uuid::Uuid;
use world::{State, World};

/// How long after all are online everything has to be readable.
const PATIENCE: Duration = Duration::from_secs(60);

struct Size {
    accounts: usize,
    devices: usize,
    groups: usize,
    messages: usize,
    /// How many of a hundred things that happen are people who say something.
    talking: usize,
}

const SMALL: Size = Size { accounts: 6, devices: 3, groups: 6, messages: 100, talking: 40 };
const FULL: Size = Size { accounts: 50, devices: 3, groups: 40, messages: 20_000, talking: 74 };

/// A conversation as a device has to show it.
struct Expected {
    chat: Uuid,
    lines: Vec<(i64, String)>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_that_may_be_read_is_read() {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    let seed = number("SNUG_SOAK_SEED").unwrap_or_else(|| Uuid::now_v7().as_u64_pair().1);
    let is_full = std::env::var("SNUG_SOAK").is_ok_and(|size| size == "full");
    let mut size = if is_full { FULL } else { SMALL };
    if let Some(messages) = number("SNUG_SOAK_MESSAGES") {
        size.messages = usize::try_from(messages).unwrap();
    }
    eprintln!("SNUG_SOAK_SEED={seed}");
    let begun = Instant::now();
    let mut world = World::new(seed, &size).await;
    let mut told_at = Instant::now();
    while world.sent() < size.messages {
        world.step().await;
        if told_at.elapsed() > Duration::from_secs(20) {
            told_at = Instant::now();
            eprintln!("{} messages after {:?}", world.sent(), begun.elapsed());
        }
    }
    world.make_up().await;
    eprintln!("{} messages after {:?}; {:?}", world.sent(), begun.elapsed(), world.done);
    world.all_online().await;
    let online = Instant::now();
    let mut checks = Vec::new();
    for (who, account) in world.accounts.iter().enumerate() {
        let expected: Arc<Vec<Expected>> = Arc::new(
            world
                .chats
                .iter()
                .filter(|chat| chat.members.contains(&who))
                .map(|chat| Expected { chat: chat.id, lines: chat.shown_to(who) })
                .collect(),
        );
        for (at, device) in account.devices.iter().enumerate() {
            let State::On(living) = &device.state else { panic!("everybody is online") };
            checks.push(check(format!("person{who}/{at}"), living, expected.clone(), online));
        }
    }
    let count = checks.len();
    let outcomes = futures_util::future::join_all(checks).await;
    let lines: usize = outcomes.iter().map(|outcome| outcome.lines).sum();
    let wrong: Vec<&String> = outcomes.iter().flat_map(|outcome| &outcome.wrong).collect();
    let waiting = wrong.iter().filter(|text| text.contains("Waiting")).count();
    let slowest = outcomes.iter().map(|outcome| outcome.after).max().unwrap_or_default();
    world.end().await;
    let mut told = world.told.clone();
    told.sort();
    told.dedup();
    eprintln!(
        "{} messages, {count} devices read {lines} lines; waiting: {waiting}, wrong: {}; the last was right {slowest:?} after all were online; {:?} in all",
        world.sent(),
        wrong.len(),
        begun.elapsed()
    );
    told.iter().take(30).for_each(|text| eprintln!("told: {text}"));
    wrong.iter().take(40).for_each(|text| eprintln!("wrong: {text}"));
    assert!(wrong.is_empty() && world.failures.is_empty(), "seed {seed}: {} wrong, failures {:#?}", wrong.len(), world.failures);
}

struct Outcome {
    lines: usize,
    /// What still was wrong at the end.
    wrong: Vec<String>,
    after: Duration,
}

/// Reads all conversations of a device until they are as they should be.
async fn check(name: String, living: &Living, expected: Arc<Vec<Expected>>, online: Instant) -> Outcome {
    let mut open: Vec<usize> = (0..expected.len()).collect();
    loop {
        let mut wrong = Vec::new();
        let mut still = Vec::new();
        for at in open {
            let all = expected.clone();
            let read = living.with(move |terminal| {
                Box::pin(async move {
                    let (mut lines, mut before) = (Vec::new(), None);
                    loop {
                        let page = terminal.client().page(all[at].chat, before, 100).await?;
                        let Some(first) = page.first() else { return Ok(lines) };
                        before = Some(first.seq);
                        lines.splice(0..0, page.iter().map(|line| (line.seq, shown(line))));
                    }
                })
            });
            let read: snug_client::Result<Vec<(i64, String)>> = read.await;
            let differences = match &read {
                Ok(lines) => differences(lines, &expected[at].lines),
                Err(error) => vec![error.to_string()],
            };
            if !differences.is_empty() {
                still.push(at);
                wrong.extend(differences.into_iter().map(|text| format!("{name} {}: {text}", expected[at].chat)));
            }
        }
        open = still;
        let after = online.elapsed();
        if open.is_empty() || after > PATIENCE {
            return Outcome { lines: expected.iter().map(|one| one.lines.len()).sum(), wrong, after };
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

fn differences(read: &[(i64, String)], expected: &[(i64, String)]) -> Vec<String> {
    let mut found: Vec<String> = read
        .iter()
        .zip(expected)
        .filter(|(read, expected)| read != expected)
        .map(|(read, expected)| format!("reads {read:?}, not {expected:?}"))
        .collect();
    if read.len() != expected.len() {
        found.push(format!("reads {} messages, not {}", read.len(), expected.len()));
    }
    found
}
