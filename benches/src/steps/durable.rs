//! Durable messages a second: many senders, each waits until its message is on the disk.
use super::{Bench, show};
use crate::crowd::Villages;
use crate::generator::Generator;
use crate::machine::Watch;
use crate::node::Node;
use crate::orders::{Answer, Dialect, Send, Sent};
use crate::process::{Output, Process, SERVER_CORE};
use crate::result::Result;
use crate::results::{Figure, Goal, Set};
use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;
use std::process::Command;
use std::time::Instant;

/// Characters of a message.
const TEXT: usize = 73;
const SENDERS: usize = 64;
/// People in a room, so that fan-out costs little.
const NEIGHBOURS: usize = 4;

/// What the rounds of one program found.
#[derive(Default)]
struct Rounds(Vec<Sent>);

impl Rounds {
    fn values(&self, of: impl Fn(&Sent) -> f64) -> Vec<f64> {
        self.0.iter().map(of).collect()
    }
}

/// Times of one fsync after a write of 4 KiB, in milliseconds.
pub fn fsyncs(folder: &Path, times: usize) -> Result<Vec<f64>> {
    let path = folder.join("fsync");
    let mut file = File::create(&path)?;
    let one = |_| -> Result<f64> {
        file.write_all(&[1; 4096])?;
        let begun = Instant::now();
        file.sync_data()?;
        Ok(begun.elapsed().as_secs_f64() * 1e3)
    };
    let found = (0..times).map(one).collect();
    std::fs::remove_file(path)?;
    found
}

fn floor_round(bench: &Bench, data: &Path, seconds: f64) -> Result<Sent> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["group", "--senders", &SENDERS.to_string(), "--seconds", &seconds.to_string(), "--text", &TEXT.to_string()]);
    command.arg("--data").arg(data);
    let mut process = Process::start("the durable floor", SERVER_CORE, &command, Output::Pipes(&bench.log("floor")))?;
    let (_, mut output) = process.pipes()?;
    let mut text = String::new();
    output.read_to_string(&mut text)?;
    match serde_json::from_str(&text).map_err(|e| format!("the durable floor said {text:?}: {e}"))? {
        Answer::Ok(sent) => Ok(sent),
        Answer::Failed(why) => Err(why.into()),
    }
}

/// Runs the step.
pub fn run(bench: &Bench) -> Result<Vec<Set>> {
    let seconds = if bench.options.quick { 0.5 } else { 4.0 };
    let (floor_folder, folder) = (bench.folder("durable-floor"), bench.folder("durable"));
    Villages::make(&floor_folder, SENDERS, NEIGHBOURS)?;
    let villages = Villages::make(&folder, SENDERS, NEIGHBOURS)?;
    let mut node = Node::start(&bench.options.binary, &villages.data, false, &bench.log("node"))?;
    let mut generator = Generator::start(&bench.log("load"))?;
    generator.connect(Dialect::Snug, node.address, false, SENDERS, Some(villages.tokens.clone()))?;
    let order = Send { rooms: villages.rooms, seconds, text: TEXT };
    generator.send_each(Send { seconds: seconds / 4.0, ..order.clone() })?;
    let (mut floor, mut snug, mut syncs, mut foreign) = (Rounds::default(), Rounds::default(), Vec::new(), Vec::new());
    let mut cpu_us = Vec::new();
    for _ in 0..bench.options.rounds() {
        floor.0.push(floor_round(bench, &floor_folder, seconds)?);
        let watch = Watch::start();
        let (server, clients) = (node.process.cpu_ns(), generator.process.cpu_ns());
        let sent = generator.send_each(order.clone())?;
        let server = node.process.cpu_ns() - server;
        foreign.push(watch.foreign(server + generator.process.cpu_ns() - clients));
        cpu_us.push(server as f64 / 1e3 / sent.messages.max(1) as f64);
        snug.0.push(sent);
        syncs.extend(fsyncs(&bench.options.data, 50)?);
    }
    let per_second = |rounds: &Rounds| rounds.values(|sent| sent.per_second);
    let figure = |name, of, rounds: &Rounds, value: fn(&Sent) -> f64| Figure::new(name, of, "ms", &rounds.values(value));
    let figures = vec![
        Figure::new("durable messages", "floor", "1/s", &per_second(&floor)),
        Figure::new("durable messages", "snug", "1/s", &per_second(&snug))
            .against("floor", &per_second(&snug), &per_second(&floor))
            .goal(Goal::AtLeast(0.7)),
        figure("acknowledged, p50", "floor", &floor, |sent| sent.p50_ms),
        figure("acknowledged, p50", "snug", &snug, |sent| sent.p50_ms),
        figure("acknowledged, p99", "floor", &floor, |sent| sent.p99_ms),
        figure("acknowledged, p99", "snug", &snug, |sent| sent.p99_ms).goal(Goal::AtMost(100.0)),
        Figure::new("processor per message", "snug", "µs", &cpu_us),
        Figure::new("one fsync of 4 KiB", "disk", "ms", &syncs),
    ];
    let title = format!("{SENDERS} senders in rooms of {NEIGHBOURS}, messages of {TEXT} characters");
    let set = Set { title, figures, foreign, ..Set::default() };
    show(&set);
    Ok(vec![set])
}
