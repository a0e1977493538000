//! `make profile`: where the node's time goes under fan-out and under sends. Not part of a usual run.
use super::Bench;
use crate::crowd::{Crowd, Villages};
use crate::flame;
use crate::generator::Generator;
use crate::node::Node;
use crate::orders::{Dialect, FannedOut, Fanout, Order, Send, Sent};
use crate::result::Result;
use crate::results::Set;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// Samples a second.
const RATE: &str = "1997";
/// Functions in the table.
const SHOWN: usize = 20;

/// Runs the step.
pub fn run(bench: &Bench) -> Result<Vec<Set>> {
    install()?;
    let folder = PathBuf::from("artifacts/profile");
    std::fs::create_dir_all(&folder)?;
    let seconds = bench.size(10, 1) as u64;
    let mut page = String::from("# Where the node's time goes\n");
    for is_tls in [false, true] {
        let name = if is_tls { "fanout-tls" } else { "fanout" };
        page.push_str(&fanout(bench, &folder, name, is_tls, seconds)?);
    }
    page.push_str(&sends(bench, &folder, seconds)?);
    std::fs::write(folder.join("top.md"), &page)?;
    crate::output::say(&page);
    crate::output::say(&format!("Flame graphs are in {}.", folder.display()));
    Ok(Vec::new())
}

/// perf, from Debian's packages if it isn't there.
fn install() -> Result<()> {
    let is_there = || Command::new("perf").arg("--version").output().is_ok_and(|out| out.status.success());
    if !is_there() {
        let _ = Command::new("apt-get")
            .args(["install", "-y", "-q", "--no-install-recommends", "linux-perf"])
            .env("DEBIAN_FRONTEND", "noninteractive")
            .output();
    }
    if is_there() { Ok(()) } else { Err("perf is missing. Install linux-perf (Debian) or linux-tools.".into()) }
}

fn fanout(bench: &Bench, folder: &Path, name: &str, is_tls: bool, seconds: u64) -> Result<String> {
    let members = bench.size(1_000, 50);
    let crowd = Crowd::make(&bench.folder("profile"), members, members)?;
    let node = Node::start(&bench.options.binary, &crowd.data, is_tls, &bench.log("node"))?;
    let mut generator = Generator::start(&bench.log("load"))?;
    generator.connect(Dialect::Snug, node.address, is_tls, members, Some(crowd.tokens.clone()))?;
    let order = |messages| Fanout { room: crowd.room.to_string(), messages, window: 1, text: 200, patience_s: 20 };
    let warm = generator.fanout(order(20))?;
    let each_s = warm.elapsed_ms / 1e3 / 20.0;
    let messages = (seconds as f64 / each_s) as usize + 1;
    generator.tell(&Order::Fanout(order(messages)))?;
    let stacks = record(node.process.id(), folder, name, seconds)?;
    let _: FannedOut = generator.hear(Duration::from_secs(seconds * 5 + 60))?;
    let tls = if is_tls { ", TLS" } else { "" };
    section(folder, name, &format!("one message at a time to {members} members{tls}"), &stacks)
}

fn sends(bench: &Bench, folder: &Path, seconds: u64) -> Result<String> {
    let villages = Villages::make(&bench.folder("profile"), 64, 4)?;
    let node = Node::start(&bench.options.binary, &villages.data, false, &bench.log("node"))?;
    let mut generator = Generator::start(&bench.log("load"))?;
    generator.connect(Dialect::Snug, node.address, false, 64, Some(villages.tokens.clone()))?;
    generator.tell(&Order::Send(Send { rooms: villages.rooms, seconds: seconds as f64 + 1.0, text: 73 }))?;
    let stacks = record(node.process.id(), folder, "sends", seconds)?;
    let _: Sent = generator.hear(Duration::from_secs(seconds + 60))?;
    section(folder, "sends", "64 senders, each waits for its acknowledgement", &stacks)
}

fn record(pid: u32, folder: &Path, name: &str, seconds: u64) -> Result<flame::Stacks> {
    let data = folder.join(format!("{name}.perf"));
    let recorded = Command::new("perf")
        .args(["record", "-q", "-F", RATE, "-g", "-e", "cpu-clock", "-p", &pid.to_string(), "-o"])
        .arg(&data)
        .args(["--", "sleep", &seconds.to_string()])
        .output()?;
    if !recorded.status.success() {
        return Err(format!("perf record failed: {}", String::from_utf8_lossy(&recorded.stderr)).into());
    }
    let script = Command::new("perf").args(["script", "-F", "comm,ip,sym", "-i"]).arg(&data).output()?;
    Ok(flame::fold(&String::from_utf8_lossy(&script.stdout)))
}

fn section(folder: &Path, name: &str, title: &str, stacks: &flame::Stacks) -> Result<String> {
    std::fs::write(folder.join(format!("{name}.svg")), flame::svg(stacks, title))?;
    let mut text = format!("\n## {title}\n\n| function | by itself | with what it calls |\n| --- | --- | --- |\n");
    for (name, own, whole) in flame::top(stacks, SHOWN) {
        let _ = writeln!(text, "| `{name}` | {own:.1} % | {whole:.1} % |");
    }
    Ok(text)
}
