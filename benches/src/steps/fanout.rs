//! One room, everybody listens: how long until the last one has a message, and what that costs.
use super::{Bench, show};
use crate::crowd::Crowd;
use crate::floor::Kind;
use crate::generator::Generator;
use crate::machine::Watch;
use crate::node::{Node, free_address};
use crate::orders::{Dialect, FannedOut, Fanout};
use crate::process::{Memory, Output, Process, SERVER_CORE};
use crate::result::Result;
use crate::results::{Figure, Goal, Set};
use crate::spread::{count, median};
use clap::ValueEnum;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

/// Characters of a message.
const TEXT: usize = 200;
const KIB: f64 = 1024.0;

/// A server with its crowd.
pub struct Arena {
    name: String,
    server: Process,
    generator: Generator,
    /// Bytes of user-space memory per connection.
    per_connection: f64,
    rounds: Vec<Round>,
}

/// What one round found of one server.
pub struct Round {
    pub complete_ms: f64,
    pub ack_ms: f64,
    pub span_ms: f64,
    pub deliveries_s: f64,
    pub cpu_us: f64,
    pub foreign: f64,
    disordered: u64,
}

/// How messages are sent.
#[derive(Clone, Copy)]
pub struct Load {
    pub window: usize,
    pub messages: usize,
}

impl Arena {
    /// Fills a server that is running.
    pub fn fill(name: &str, server: Process, log: &Path, connect: impl FnOnce(&mut Generator) -> Result<usize>) -> Result<Arena> {
        let mut generator = Generator::start(log)?;
        let before: Memory = server.memory();
        let members = connect(&mut generator)?;
        // what a connection needed only while it was opened is given back by then, if ever
        std::thread::sleep(std::time::Duration::from_millis(500));
        // its own memory: the first connections also bring in pages of the program, which belong to none of them
        let per_connection = server.memory().own.saturating_sub(before.own) as f64 / members as f64;
        Ok(Arena { name: name.to_owned(), server, generator, per_connection, rounds: Vec::new() })
    }

    fn send(&mut self, room: &str, load: Load) -> Result<FannedOut> {
        let order = Fanout { room: room.to_owned(), messages: load.messages, window: load.window, text: TEXT, patience_s: 20 };
        self.generator.fanout(order).map_err(|e| format!("{}: {e}", self.name).into())
    }

    fn round(&mut self, room: &str, load: Load) -> Result<()> {
        let watch = Watch::start();
        let (server, clients) = (self.server.cpu_ns(), self.generator.process.cpu_ns());
        let found = self.send(room, load)?;
        let server = self.server.cpu_ns() - server;
        let clients = self.generator.process.cpu_ns() - clients;
        self.rounds.push(Round {
            complete_ms: median(&found.complete_ms),
            ack_ms: median(&found.ack_ms),
            span_ms: median(&found.span_ms),
            deliveries_s: found.deliveries as f64 / found.elapsed_ms * 1e3,
            cpu_us: server as f64 / 1e3 / found.deliveries.max(1) as f64,
            foreign: watch.foreign(server + clients),
            disordered: found.disordered,
        });
        Ok(())
    }

    /// One value of each round.
    pub fn values(&self, of: impl Fn(&Round) -> f64) -> Vec<f64> {
        self.rounds.iter().map(of).collect()
    }

    /// A figure of all rounds.
    pub fn figure(&self, name: &str, unit: &str, of: impl Fn(&Round) -> f64) -> Figure {
        Figure::new(name, &self.name, unit, &self.values(of))
    }

    /// The same with its ratio to a floor of the same rounds.
    pub fn against(&self, floor: &Arena, name: &str, unit: &str, of: impl Fn(&Round) -> f64 + Copy) -> Figure {
        self.figure(name, unit, of).against(&floor.name, &self.values(of), &floor.values(of))
    }
}

impl Arena {
    /// Begins a new set of rounds.
    pub fn forget(&mut self) {
        self.rounds.clear();
    }

    /// User-space memory of a connection.
    pub fn memory(&self) -> Figure {
        Figure::new("memory per connection", &self.name, "KiB", &[self.per_connection / KIB])
    }
}

/// Starts a floor server on the servers' core.
pub fn start_floor(bench: &Bench, kind: Kind, is_tls: bool, frame: usize) -> Result<(Process, SocketAddr)> {
    let address = free_address()?;
    let kind_name = kind.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default();
    let data = bench.folder("floor");
    if data.exists() {
        std::fs::remove_dir_all(&data)?;
    }
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["floor", "--kind", &kind_name, "--listen", &address.to_string(), "--frame", &frame.to_string()]);
    command.arg("--data").arg(data);
    if is_tls {
        command.arg("--tls");
    }
    let mut process = Process::start("the floor", SERVER_CORE, &command, Output::Log(&bench.log("floor")))?;
    let begun = std::time::Instant::now();
    while std::net::TcpStream::connect(address).is_err() {
        process.check()?;
        if begun.elapsed().as_secs() > 10 {
            return Err("the floor server did not start".into());
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    Ok((process, address))
}

/// A floor with its crowd.
pub fn floor_arena(bench: &Bench, kind: Kind, is_tls: bool, members: usize, frame: usize) -> Result<Arena> {
    let (process, address) = start_floor(bench, kind, is_tls, frame)?;
    let name = match kind {
        Kind::Net => "floor net",
        Kind::Batch => "floor batch",
        Kind::Durable => "floor durable",
    };
    Arena::fill(name, process, &bench.log("load"), |generator| {
        generator.connect(Dialect::Snug, address, is_tls, members, None).map(|connected| connected.members)
    })
}

/// A node on a fresh folder with this crowd connected. Answers the room's id and the frame's size too.
pub fn node_arena(bench: &Bench, is_tls: bool, members: usize) -> Result<(Arena, String, usize)> {
    let crowd = Crowd::make(&bench.folder("crowd"), members, members)?;
    let node = Node::start(&bench.options.binary, &crowd.data, is_tls, &bench.log("node"))?;
    let (address, room) = (node.address, crowd.room.to_string());
    let mut arena = Arena::fill("snug", node.process, &bench.log("load"), |generator| {
        let connected = generator.connect(Dialect::Snug, address, is_tls, members, Some(crowd.tokens))?;
        crate::output::say(&format!("  {} members joined in {:.0} ms", connected.members, connected.elapsed_ms));
        Ok(connected.members)
    })?;
    let frame = arena.send(&room, Load { window: 1, messages: 1 })?.frame;
    Ok((arena, room, frame))
}

fn title(members: usize, is_tls: bool) -> String {
    format!("{} members, {}", count(members), if is_tls { "TLS" } else { "plain" })
}

/// Runs the arenas in turns, so that all meet the same minutes.
pub fn take_turns(arenas: &mut [(&mut Arena, &str)], rounds: usize, load: Load) -> Result<()> {
    for (arena, room) in arenas.iter_mut() {
        arena.send(room, Load { messages: load.messages.div_ceil(4), ..load })?; // what is done once is done before
    }
    for _ in 0..rounds {
        for (arena, room) in arenas.iter_mut() {
            arena.round(room, load)?;
        }
    }
    Ok(())
}

fn finish(mut set: Set, snug: &Arena, others: &[&Arena], is_tls: bool) -> Set {
    let goal = if is_tls { 12.0 } else { 3.0 };
    for arena in others {
        set.figures.push(Figure::new("memory per connection", &arena.name, "KiB", &[arena.per_connection / KIB]));
    }
    set.figures.push(Figure::new("memory per connection", "snug", "KiB", &[snug.per_connection / KIB]).goal(Goal::AtMost(goal)));
    let disordered: u64 = snug.rounds.iter().map(|round| round.disordered).sum();
    set.notes.push(format!("snug: {disordered} deliveries out of order, lost or twice"));
    set.foreign = others.iter().chain([&snug]).flat_map(|arena| arena.values(|round| round.foreign)).collect();
    show(&set);
    set
}

/// One message at a time.
pub fn window_one(bench: &Bench) -> Result<Vec<Set>> {
    let mut sets = Vec::new();
    for members in bench.options.crowds(&[1_000, 10_000, 19_000]) {
        for is_tls in bench.options.transports() {
            sets.push(one_set(bench, members, is_tls)?);
        }
    }
    Ok(sets)
}

fn one_set(bench: &Bench, members: usize, is_tls: bool) -> Result<Set> {
    let (mut snug, room, frame) = node_arena(bench, is_tls, members)?;
    let mut net = floor_arena(bench, Kind::Net, is_tls, members, frame)?;
    let mut durable = floor_arena(bench, Kind::Durable, is_tls, members, frame)?;
    let load = Load { window: 1, messages: (60_000 / members).clamp(4, 60) };
    take_turns(&mut [(&mut net, &room), (&mut durable, &room), (&mut snug, &room)], bench.options.rounds(), load)?;
    let goal = Goal::AtMost(if is_tls { 1.25 } else { 1.15 });
    let cpu = snug.against(&net, "processor per delivery", "µs", |r| r.cpu_us);
    let figures = vec![
        net.figure("send to last member", "ms", |r| r.complete_ms),
        durable.figure("send to last member", "ms", |r| r.complete_ms),
        snug.against(&durable, "send to last member", "ms", |r| r.complete_ms).goal(goal),
        durable.figure("send to acknowledgement", "ms", |r| r.ack_ms),
        snug.against(&durable, "send to acknowledgement", "ms", |r| r.ack_ms),
        net.figure("first sign to last member", "ms", |r| r.span_ms),
        snug.against(&net, "first sign to last member", "ms", |r| r.span_ms).goal(goal),
        net.figure("processor per delivery", "µs", |r| r.cpu_us),
        if is_tls { cpu.goal(Goal::AtMost(1.25)) } else { cpu },
    ];
    let set = Set { title: title(members, is_tls), figures, notes: vec![format!("a frame has {frame} bytes")], ..Set::default() };
    Ok(finish(set, &snug, &[&net, &durable], is_tls))
}

/// How long a message took to reach everybody, round by round.
pub struct Reach {
    pub floor: Vec<f64>,
    pub snug: Vec<f64>,
    /// The same, in pairs.
    pub ratios: (Vec<f64>, Vec<f64>),
    pub foreign: Vec<f64>,
}

/// One message at a time to so many, plain, beside the durable floor.
pub fn reach(bench: &Bench, members: usize) -> Result<Reach> {
    let (mut snug, room, frame) = node_arena(bench, false, members)?;
    let mut durable = floor_arena(bench, Kind::Durable, false, members, frame)?;
    let load = Load { window: 1, messages: (60_000 / members).clamp(4, 60) };
    take_turns(&mut [(&mut durable, &room), (&mut snug, &room)], bench.options.rounds(), load)?;
    let foreign = [&durable, &snug].iter().flat_map(|arena| arena.values(|round| round.foreign)).collect();
    let (floor, snug) = (durable.values(|round| round.complete_ms), snug.values(|round| round.complete_ms));
    Ok(Reach { ratios: (snug.clone(), floor.clone()), floor, snug, foreign })
}

/// Many messages at a time: what counts is how many deliveries a second.
pub fn saturation(bench: &Bench) -> Result<Vec<Set>> {
    let mut sets = Vec::new();
    for members in bench.options.crowds(&[1_000, 10_000]) {
        for is_tls in bench.options.transports() {
            sets.push(saturated_set(bench, members, is_tls)?);
        }
    }
    Ok(sets)
}

fn saturated_set(bench: &Bench, members: usize, is_tls: bool) -> Result<Set> {
    let (mut snug, room, frame) = node_arena(bench, is_tls, members)?;
    let mut batch = floor_arena(bench, Kind::Batch, is_tls, members, frame)?;
    let window = if members >= 10_000 { 8 } else { 16 };
    let load = Load { window, messages: (1_000_000 / members).clamp(window * 4, 1_000) };
    take_turns(&mut [(&mut batch, &room), (&mut snug, &room)], bench.options.rounds(), load)?;
    let figures = vec![
        batch.figure("deliveries", "1/s", |r| r.deliveries_s),
        snug.against(&batch, "deliveries", "1/s", |r| r.deliveries_s).goal(Goal::AtLeast(0.9)),
        batch.figure("processor per delivery", "µs", |r| r.cpu_us),
        snug.against(&batch, "processor per delivery", "µs", |r| r.cpu_us),
        batch.figure("send to last member", "ms", |r| r.complete_ms),
        snug.against(&batch, "send to last member", "ms", |r| r.complete_ms),
    ];
    let title = format!("{}, {window} messages under way", title(members, is_tls));
    let set = Set { title, figures, notes: vec![format!("a frame has {frame} bytes")], ..Set::default() };
    Ok(finish(set, &snug, &[&batch], is_tls))
}
