//! What running it for years costs: a database that is sealed, and a backup of a large instance under load.
use super::{Bench, show};
use crate::community::{Community, Conversation};
use crate::crowd::Villages;
use crate::generator::Generator;
use crate::machine::Watch;
use crate::node::{Node, Workshop};
use crate::orders::{Dialect, Send, Sent};
use crate::output;
use crate::process::{Output, Process, SERVER_CORE};
use crate::result::Result;
use crate::results::{Figure, Goal, Set};
use crate::spread::count;
use snug_base::UserId;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

const SENDERS: usize = 64;
/// Characters of a message.
const TEXT: usize = 73;
const NEIGHBOURS: usize = 4;
const MIB: f64 = 1024.0 * 1024.0;
/// Between two looks at the memory of a backup that is being made.
const LOOK: Duration = Duration::from_millis(50);

/// A figure of a round.
type Value<T> = fn(&T) -> f64;
/// Its name, its unit and where it comes from.
type Kind = (&'static str, &'static str, Value<Round>);

/// What one round found.
struct Round {
    sent: Sent,
    /// Processor time of the node for each message, in microseconds.
    each_us: f64,
}

/// Runs the step.
pub fn run(bench: &Bench) -> Result<Vec<Set>> {
    let sealed = sealed(bench)?;
    show(&sealed);
    let turned = turned(bench)?;
    show(&turned);
    let backup = backup(bench)?;
    show(&backup);
    Ok(vec![sealed, turned, backup])
}

/// A node under load.
struct Loaded {
    node: Node,
    generator: Generator,
    order: Send,
}

impl Loaded {
    fn start(node: Node, bench: &Bench, tokens: &Path, rooms: Vec<String>) -> Result<Loaded> {
        let mut generator = Generator::start(&bench.log("load"))?;
        generator.connect(Dialect::Snug, node.address, false, SENDERS, Some(tokens.to_owned()))?;
        let order = Send { rooms, seconds: if bench.options.quick { 0.5 } else { 4.0 }, text: TEXT };
        let mut loaded = Loaded { node, generator, order };
        loaded.send()?;
        Ok(loaded)
    }

    fn send(&mut self) -> Result<Sent> {
        self.generator.send_each(self.order.clone())
    }

    fn round(&mut self, foreign: &mut Vec<f64>) -> Result<Round> {
        let watch = Watch::start();
        let (server, clients) = (self.node.process.cpu_ns(), self.generator.process.cpu_ns());
        let sent = self.send()?;
        let server = self.node.process.cpu_ns() - server;
        foreign.push(watch.foreign(server + self.generator.process.cpu_ns() - clients));
        let each_us = server as f64 / 1e3 / sent.messages.max(1) as f64;
        Ok(Round { sent, each_us })
    }
}

/// Durable messages with a database that is sealed, beside one that is not.
fn sealed(bench: &Bench) -> Result<Set> {
    let start = |name: &str, more: &str| {
        let villages = Villages::make(&bench.folder(name), SENDERS, NEIGHBOURS)?;
        let node = Node::start_with(&bench.options.binary, &villages.data, false, &bench.log("node"), more)?;
        Loaded::start(node, bench, &villages.tokens, villages.rooms)
    };
    let mut both = [start("unsealed", "")?, start("sealed", "[database]\nencrypted = true\n")?];
    let mut foreign = Vec::new();
    let mut found: [Vec<Round>; 2] = Default::default();
    for _ in 0..bench.options.rounds() {
        for (loaded, found) in both.iter_mut().zip(&mut found) {
            found.push(loaded.round(&mut foreign)?);
        }
    }
    let values = |at: usize, of: Value<Round>| found[at].iter().map(of).collect::<Vec<f64>>();
    let mut figures = Vec::new();
    let kinds: [Kind; 4] = [
        ("durable messages", "1/s", |round| round.sent.per_second),
        ("acknowledged, p50", "ms", |round| round.sent.p50_ms),
        ("acknowledged, p99", "ms", |round| round.sent.p99_ms),
        ("processor per message", "µs", |round| round.each_us),
    ];
    for (name, unit, of) in kinds {
        figures.push(Figure::new(name, "unsealed", unit, &values(0, of)));
        figures.push(Figure::new(name, "sealed", unit, &values(1, of)).against("unsealed", &values(1, of), &values(0, of)));
    }
    let title = format!("a sealed database: {SENDERS} senders in rooms of {NEIGHBOURS}, messages of {TEXT} characters");
    Ok(Set { title, figures, foreign, ..Set::default() })
}

/// How long a start takes that seals a large database, and one with it sealed.
fn turned(bench: &Bench) -> Result<Set> {
    let data = bench.folder("turned");
    let community = Community::copy(&bench.options, &data)?;
    let size = std::fs::metadata(Community::database(&data))?.len() as f64 / MIB;
    let start = |encrypted: bool| {
        let begun = Instant::now();
        let more = format!("[database]\nencrypted = {encrypted}\n");
        let mut node = Node::start_with(&bench.options.binary, &data, false, &bench.log("node"), &more)?;
        let took = begun.elapsed().as_secs_f64() * 1e3;
        node.process.stop()?;
        Ok::<f64, crate::result::Failure>(took)
    };
    let before: Vec<f64> = (0..3).map(|_| start(false)).collect::<Result<_>>()?;
    let sealing = start(true)?;
    let after: Vec<f64> = (0..3).map(|_| start(true)).collect::<Result<_>>()?;
    let figures = vec![
        Figure::new("start to first answer", "unsealed", "ms", &before),
        Figure::new("start that seals it", "snug", "ms", &[sealing]),
        Figure::new("start to first answer", "sealed", "ms", &after).against("unsealed", &after, &before),
    ];
    std::fs::remove_dir_all(&data)?;
    let title = format!("sealing a database of {} messages ({size:.0} MiB)", count(community.size.messages));
    Ok(Set { title, figures, ..Set::default() })
}

/// What members notice of a backup, and what it needs.
fn backup(bench: &Bench) -> Result<Set> {
    let (data, out, copy) = (bench.folder("large"), bench.folder("large.backup"), bench.folder("large.copy"));
    clear(&[&out, &copy])?;
    let community = Community::copy(&bench.options, &data)?;
    let rooms: Vec<&Conversation> = community.conversations.iter().filter(|one| one.kind == "room").collect();
    let (mut people, mut places) = (Vec::new(), Vec::new());
    for at in 0..SENDERS {
        let room = rooms[at % rooms.len()];
        people.push(UserId(community.people[room.members[at / rooms.len() % room.members.len()]]));
        places.push(room.id.to_string());
    }
    let workshop = Workshop::open(&data)?;
    let database = std::fs::metadata(Community::database(&data))?.len();
    workshop.keep_files(&data, bench.size(2 << 30, 4 << 20) as u64, database)?;
    let tokens = data.join("bench-tokens");
    workshop.write_tokens(&people, &tokens)?;
    workshop.close();
    let node = Node::start(&bench.options.binary, &data, false, &bench.log("node"))?;
    let mut loaded = Loaded::start(node, bench, &tokens, places)?;

    let mut foreign = Vec::new();
    let quiet: Vec<Sent> = (0..bench.options.rounds()).map(|_| Ok(loaded.round(&mut foreign)?.sent)).collect::<Result<_>>()?;
    let mut command = Command::new(&bench.options.binary);
    command.arg("--data").arg(&data).args(["backup", "--unencrypted"]).arg(&out);
    let begun = Instant::now();
    let process = Process::start("the backup", SERVER_CORE, &command, Output::Log(&bench.log("backup")))?;
    let watching = std::thread::spawn(move || watch(process));
    let mut meanwhile = vec![loaded.round(&mut foreign)?.sent];
    while !watching.is_finished() {
        meanwhile.push(loaded.round(&mut foreign)?.sent);
    }
    let (took, largest) = watching.join().map_err(|_| "the backup could not be watched")?;
    output::say(&format!("  the backup took {:.1} s, from {:.1} s on", took.as_secs_f64(), begun.elapsed().as_secs_f64()));
    let node_memory = loaded.node.process.memory().pss as f64 / MIB;
    loaded.node.process.stop()?;
    // it checks every checksum, that the database is sound, and that as many of everything are there
    let restored = Command::new(&bench.options.binary).arg("--data").arg(&copy).arg("restore").arg(&out).arg("--json").output()?;
    if !restored.status.success() {
        return Err(format!("the backup could not be restored: {}", String::from_utf8_lossy(&restored.stderr)).into());
    }
    let packed = std::fs::metadata(&out)?.len() as f64 / MIB;
    clear(&[&out, &copy, &data])?;

    let (p50, p99): (Value<Sent>, Value<Sent>) = (|sent| sent.p50_ms, |sent| sent.p99_ms);
    let values = |of: &[Sent], what: Value<Sent>| of.iter().map(what).collect::<Vec<f64>>();
    let figures = vec![
        Figure::new("acknowledged, p50", "quiet", "ms", &values(&quiet, p50)),
        Figure::new("acknowledged, p50", "backup", "ms", &values(&meanwhile, p50)),
        Figure::new("acknowledged, p99", "quiet", "ms", &values(&quiet, p99)),
        Figure::new("acknowledged, p99", "backup", "ms", &values(&meanwhile, p99))
            .against("quiet", &[median(&values(&meanwhile, p99))], &[median(&values(&quiet, p99))])
            .goal(Goal::AtMost(2.0)),
        Figure::new("largest memory of the backup (PSS)", "backup", "MiB", &[largest]).goal(Goal::AtMost(100.0)),
        Figure::new("memory of the node meanwhile (PSS)", "snug", "MiB", &[node_memory]),
        Figure::new("time", "backup", "s", &[took.as_secs_f64()]),
        Figure::new("size", "backup", "MiB", &[packed]),
    ];
    let title = format!("a backup of 2 GiB ({:.0} MiB of them database) under load; restored and compared", database as f64 / MIB);
    let notes = vec!["the backup shares the node's core; only whole rounds of the load count, so the last one ends after it".to_owned()];
    Ok(Set { title, figures, foreign, notes })
}

/// Until it ends: how long that took, and the most memory that it was seen with, in MiB.
fn watch(mut process: Process) -> (Duration, f64) {
    let (begun, mut largest) = (Instant::now(), 0.0_f64);
    while process.check().is_ok() {
        largest = largest.max(process.memory().pss as f64 / MIB);
        std::thread::sleep(LOOK);
    }
    (begun.elapsed(), largest)
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}

fn clear(places: &[&Path]) -> Result<()> {
    for place in places {
        if place.is_dir() {
            std::fs::remove_dir_all(place)?;
        } else if place.exists() {
            std::fs::remove_file(place)?;
        }
    }
    Ok(())
}
