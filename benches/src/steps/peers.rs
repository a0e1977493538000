//! Other programs that send messages to many, their limits opened, measured in the same way. benches/peers has what we wrote for them.
use super::fanout::{Arena, Load, floor_arena, node_arena, take_turns};
use super::{Bench, show};
use crate::crowd::Villages;
use crate::floor::Kind;
use crate::generator::Generator;
use crate::machine::Watch;
use crate::node::{Node, free_address};
use crate::orders::{Dialect, Send, Sent};
use crate::process::{Output, Process, SERVER_CORE};
use crate::result::Result;
use crate::results::{Figure, Goal, Set};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

const MIB: f64 = 1024.0 * 1024.0;
/// The room of those who know rooms by UUID.
const ROOM: &str = "0199c0de-0000-7000-8000-000000000001";

/// A program that was started, with what it needs beside it.
struct Peer {
    name: &'static str,
    dialect: Dialect,
    room: &'static str,
    /// Whom it can bear.
    members: usize,
    process: Process,
    address: SocketAddr,
    started_ms: f64,
    /// Kept running with it.
    beside: Vec<Process>,
}

/// Runs the step.
pub fn run(bench: &Bench) -> Result<Vec<Set>> {
    if !bench.options.quick {
        let prepared = Command::new("benches/peers/prepare.sh").output()?;
        for line in String::from_utf8_lossy(&prepared.stdout).lines().filter(|line| line.starts_with("could not")) {
            crate::output::say(&format!("  {line}"));
        }
    }
    let members = bench.options.crowds(&[1_000])[0];
    let mut sets = Vec::new();
    for start in [ngircd, socket_io, fastify, prosody] {
        match start(bench, members).and_then(|peer| beside_floor(bench, peer)) {
            Ok(found) => sets.extend(found),
            Err(e) => crate::output::say(&format!("  LEFT OUT: {e}")),
        }
    }
    Ok(sets)
}

/// Waits until somebody listens; answers how long that took since `begun`.
fn listening(process: &mut Process, address: SocketAddr, begun: Instant) -> Result<f64> {
    while TcpStream::connect(address).is_err() {
        process.check()?;
        if begun.elapsed() > Duration::from_secs(30) {
            return Err(format!("nobody listens on {address}").into());
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    Ok(begun.elapsed().as_secs_f64() * 1e3)
}

fn fresh(bench: &Bench, name: &str) -> Result<PathBuf> {
    let folder = std::path::absolute(bench.folder(name))?;
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}

fn ngircd(bench: &Bench, members: usize) -> Result<Peer> {
    let (folder, address) = (fresh(bench, "ngircd")?, free_address()?);
    let config = folder.join("ngircd.conf");
    std::fs::write(
        &config,
        format!(
            "[Global]\nName = irc.bench.local\nInfo = bench\nListen = 127.0.0.1\nPorts = {}\nServerUID = nobody\nServerGID = nogroup\n\
             [Limits]\nMaxConnections = 0\nMaxConnectionsIP = 0\nMaxJoins = 0\nMaxPenaltyTime = 0\nPingTimeout = 600\n\
             [Options]\nDNS = no\nIdent = no\nPAM = no\nCloakHost =\n",
            address.port()
        ),
    )?;
    let mut command = Command::new("/usr/sbin/ngircd");
    command.arg("-n").arg("-f").arg(&config);
    let begun = Instant::now();
    let mut process = Process::start("ngIRCd", SERVER_CORE, &command, Output::Log(&bench.log("ngircd")))?;
    let started_ms = listening(&mut process, address, begun)?;
    Ok(Peer { name: "ngIRCd", dialect: Dialect::Irc, room: "#bench", members, process, address, started_ms, beside: Vec::new() })
}

fn prosody(bench: &Bench, members: usize) -> Result<Peer> {
    let (folder, address) = (fresh(bench, "prosody")?, free_address()?);
    let config = folder.join("prosody.cfg.lua");
    let text = format!(
        "run_as_root = true\ndata_path = \"{data}\"\npidfile = \"{data}/pid\"\ndaemonize = false\ninterfaces = {{ \"127.0.0.1\" }}\nc2s_ports = {{ {port} }}\n\
         modules_enabled = {{ \"saslauth\" }}\nmodules_disabled = {{ \"s2s\", \"tls\", \"limits\" }}\nc2s_require_encryption = false\n\
         allow_unencrypted_plain_auth = true\nlog = {{ warn = \"*console\" }}\n\
         VirtualHost \"localhost\"\nauthentication = \"anonymous\"\n\
         Component \"rooms.localhost\" \"muc\"\nrestrict_room_creation = false\nmuc_room_locking = false\n",
        data = folder.display(),
        port = address.port()
    );
    std::fs::write(&config, text)?;
    let mut command = Command::new("prosody");
    command.arg("--config").arg(&config).arg("-F");
    let begun = Instant::now();
    let mut process = Process::start("prosody", SERVER_CORE, &command, Output::Log(&bench.log("prosody")))?;
    let started_ms = listening(&mut process, address, begun)?;
    let members = members.min(200); // joins cost it the square of the members
    Ok(Peer {
        name: "prosody",
        dialect: Dialect::Xmpp,
        room: "bench@rooms.localhost",
        members,
        process,
        address,
        started_ms,
        beside: Vec::new(),
    })
}

fn node_program(bench: &Bench, name: &'static str, file: &str, arguments: &[String], address: SocketAddr) -> Result<(Process, f64)> {
    let mut command = Command::new("node");
    command.arg(Path::new("benches/peers").join(file)).arg(address.port().to_string()).args(arguments);
    command.env("NODE_ENV", "production");
    let begun = Instant::now();
    let mut process = Process::start(name, SERVER_CORE, &command, Output::Log(&bench.log(file)))?;
    let started_ms = listening(&mut process, address, begun)?;
    Ok((process, started_ms))
}

fn socket_io(bench: &Bench, members: usize) -> Result<Peer> {
    let address = free_address()?;
    let name = "Socket.IO 4 + Express 4";
    let (process, started_ms) = node_program(bench, name, "socketio.js", &[], address)?;
    Ok(Peer { name, dialect: Dialect::SocketIo, room: "room", members, process, address, started_ms, beside: Vec::new() })
}

/// Fastify with its databases, all on the servers' core. PostgreSQL is as durable as it is by default.
fn fastify(bench: &Bench, members: usize) -> Result<Peer> {
    let redis_address = free_address()?;
    let folder = fresh(bench, "redis")?;
    let mut command = Command::new("redis-server");
    command.args(["--port", &redis_address.port().to_string(), "--bind", "127.0.0.1", "--save", "", "--dir"]).arg(&folder);
    let mut redis = Process::start("Redis", SERVER_CORE, &command, Output::Log(&bench.log("redis")))?;
    listening(&mut redis, redis_address, Instant::now())?;
    let (postgres, socket) = postgres(bench)?;
    let (address, name) = (free_address()?, "Fastify 5 + ws + PostgreSQL + Redis");
    let arguments = [socket.display().to_string(), redis_address.port().to_string()];
    let (process, started_ms) = node_program(bench, name, "fastify.js", &arguments, address)?;
    Ok(Peer { name, dialect: Dialect::Snug, room: ROOM, members, process, address, started_ms, beside: vec![redis, postgres] })
}

/// A PostgreSQL of our own in a temporary folder, since it won't run as root and its user may not see ours.
fn postgres(bench: &Bench) -> Result<(Process, PathBuf)> {
    let folder = std::env::temp_dir().join(format!("snug-bench-postgres-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let binaries = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().map(|entry| entry.path().join("bin"));
    let bin = binaries.max().ok_or("PostgreSQL is not installed")?;
    let is_root = rustix::process::geteuid().is_root();
    if is_root {
        Command::new("chown").arg("postgres").arg(&folder).status()?;
    }
    let program = |name: &str| {
        let mut command = Command::new(if is_root { "setpriv".into() } else { bin.join(name) });
        if is_root {
            command.args(["--reuid=postgres", "--regid=postgres", "--init-groups", "--pdeathsig=KILL"]).arg(bin.join(name));
        }
        command.current_dir("/");
        command
    };
    let data = folder.join("data");
    let made = program("initdb").arg("-D").arg(&data).args(["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C"]).output()?;
    if !made.status.success() {
        return Err(format!("initdb failed: {}", String::from_utf8_lossy(&made.stderr)).into());
    }
    let mut command = program("postgres");
    command.arg("-D").arg(&data).arg("-k").arg(&folder).args(["-c", "listen_addresses=", "-c", "max_connections=100"]);
    let mut process = Process::start("PostgreSQL", SERVER_CORE, &command, Output::Log(&bench.log("postgres")))?;
    let begun = Instant::now();
    while !folder.join(".s.PGSQL.5432").exists() {
        process.check()?;
        if begun.elapsed() > Duration::from_secs(30) {
            return Err("PostgreSQL did not start".into());
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    std::thread::sleep(Duration::from_millis(500)); // until it accepts
    process.owns(&folder);
    Ok((process, folder))
}

fn beside_floor(bench: &Bench, peer: Peer) -> Result<Vec<Set>> {
    let Peer { name, dialect, room, members, process, address, started_ms, beside } = peer;
    std::thread::sleep(Duration::from_secs(1));
    let idle = process.memory().pss as f64 / MIB;
    let names = bench.folder("peer-names");
    let greeting = |i: usize| if dialect == Dialect::Snug { ROOM.to_owned() } else { format!("m{i} {room}") };
    std::fs::write(&names, (0..members).map(greeting).collect::<Vec<_>>().join("\n"))?;
    let mut peer = Arena::fill(name, process, &bench.log("load"), |generator| {
        generator.connect(dialect, address, false, members, Some(names)).map(|connected| connected.members)
    })?;
    let (mut snug, snug_room, frame) = node_arena(bench, false, members)?;
    let mut net = floor_arena(bench, Kind::Net, false, members, frame)?;
    let mut batch = floor_arena(bench, Kind::Batch, false, members, frame)?;
    let rounds = bench.options.rounds();
    let load = Load { window: 1, messages: (60_000 / members).clamp(4, 60) };
    take_turns(&mut [(&mut net, ROOM), (&mut peer, room), (&mut snug, &snug_room)], rounds, load)?;
    let mut set = Set { title: format!("{name}, {} members, plain", crate::spread::count(members)), ..Set::default() };
    let ms = [("send to last member", "ms")];
    for (figure, unit) in ms {
        set.figures.push(net.figure(figure, unit, |r| r.complete_ms));
        set.figures.push(peer.against(&net, figure, unit, |r| r.complete_ms));
        set.figures.push(snug.against(&net, figure, unit, |r| r.complete_ms));
    }
    set.figures.push(net.figure("processor per delivery", "µs", |r| r.cpu_us));
    set.figures.push(peer.against(&net, "processor per delivery", "µs", |r| r.cpu_us));
    set.figures.push(snug.against(&net, "processor per delivery", "µs", |r| r.cpu_us));
    set.foreign = [&net, &peer, &snug].iter().flat_map(|arena| arena.values(|r| r.foreign)).collect();
    [&mut peer, &mut snug].iter_mut().for_each(|arena| arena.forget());
    let load = Load { window: 16, messages: (300_000 / members).clamp(64, 400) };
    take_turns(&mut [(&mut batch, ROOM), (&mut peer, room), (&mut snug, &snug_room)], rounds, load)?;
    set.figures.push(batch.figure("deliveries, 16 under way", "1/s", |r| r.deliveries_s));
    set.figures.push(peer.against(&batch, "deliveries, 16 under way", "1/s", |r| r.deliveries_s));
    set.figures.push(snug.against(&batch, "deliveries, 16 under way", "1/s", |r| r.deliveries_s));
    set.figures.push(peer.memory());
    set.figures.push(snug.memory());
    set.figures.push(Figure::new("idle memory (PSS)", name, "MiB", &[idle]));
    set.figures.push(Figure::new("start", name, "ms", &[started_ms]));
    drop((snug, net, batch));
    if dialect == Dialect::Snug {
        set.figures.extend(stored(bench, name, address, &mut set.foreign)?);
    }
    drop((peer, beside));
    show(&set);
    Ok(vec![set])
}

/// How many durable messages a second it takes, from 64 senders in rooms of four, beside the node in the same rounds.
fn stored(bench: &Bench, name: &str, address: SocketAddr, foreign: &mut Vec<f64>) -> Result<Vec<Figure>> {
    let rooms: Vec<String> = (0..64).map(|i| format!("0199c0de-0000-7000-8000-0000000001{:02x}", i / 4)).collect();
    let names = bench.folder("peer-rooms");
    std::fs::write(&names, rooms.join("\n"))?;
    let villages = Villages::make(&bench.folder("peer-villages"), rooms.len(), 4)?;
    let node = Node::start(&bench.options.binary, &villages.data, false, &bench.log("node"))?;
    let seconds = if bench.options.quick { 0.5 } else { 4.0 };
    let sides = [(address, names, rooms), (node.address, villages.tokens, villages.rooms)];
    let mut sides = sides.into_iter().map(|(address, tokens, rooms)| {
        let mut generator = Generator::start(&bench.log("load"))?;
        generator.connect(Dialect::Snug, address, false, rooms.len(), Some(tokens))?;
        Ok((generator, Send { rooms, seconds, text: 73 }))
    });
    let mut sides: Vec<(Generator, Send)> = sides.by_ref().collect::<Result<_>>()?;
    let mut found: [Vec<Sent>; 2] = Default::default();
    for _ in 0..bench.options.rounds() {
        for ((generator, order), found) in sides.iter_mut().zip(&mut found) {
            let watch = Watch::start();
            found.push(generator.send_each(order.clone())?);
            foreign.push(watch.foreign(u64::try_from(watch.elapsed().as_nanos())?));
        }
    }
    let values = |side: usize, of: fn(&Sent) -> f64| found[side].iter().map(of).collect::<Vec<f64>>();
    let (theirs, ours) = (values(0, |s| s.per_second), values(1, |s| s.per_second));
    let durable = "durable messages, 64 senders";
    Ok(vec![
        Figure::new(durable, name, "1/s", &theirs),
        Figure::new(durable, "snug", "1/s", &ours).against(name, &ours, &theirs).goal(Goal::AtLeast(3.0)),
        Figure::new("acknowledged, p99", name, "ms", &values(0, |s| s.p99_ms)),
        Figure::new("acknowledged, p99", "snug", "ms", &values(1, |s| s.p99_ms)),
    ])
}
