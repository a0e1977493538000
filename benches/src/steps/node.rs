//! The node itself: how fast it starts, what it needs while nothing happens, and everybody coming back after a restart.
use super::{Bench, show};
use crate::community::Community;
use crate::crowd::Crowd;
use crate::generator::Generator;
use crate::node::Node;
use crate::orders::{Dialect, Order, Storm, Stormed};
use crate::result::Result;
use crate::results::{Figure, Goal, Set};
use crate::spread::count;
use std::path::Path;
use std::time::{Duration, Instant};

const MIB: f64 = 1024.0 * 1024.0;
/// How large the program may be.
const MOST_BYTES: f64 = 30e6;

/// Runs the step.
pub fn run(bench: &Bench) -> Result<Vec<Set>> {
    let rest = idle(bench)?;
    show(&rest);
    let storm = storm(bench)?;
    show(&storm);
    Ok(vec![rest, storm])
}

/// Starts it so often on a folder; answers the times to the first answer in milliseconds.
fn starts(bench: &Bench, data: &Path, times: usize) -> Result<Vec<f64>> {
    let mut found = Vec::new();
    for _ in 0..times {
        let begun = Instant::now();
        let mut node = Node::start(&bench.options.binary, data, true, &bench.log("node"))?;
        found.push(begun.elapsed().as_secs_f64() * 1e3);
        node.process.stop()?;
    }
    Ok(found)
}

fn idle(bench: &Bench) -> Result<Set> {
    let times = bench.size(10, 2);
    let empty = bench.folder("empty");
    if empty.exists() {
        std::fs::remove_dir_all(&empty)?;
    }
    let first = starts(bench, &empty, 1)?; // makes keys and certificates
    let again = starts(bench, &empty, times)?;
    let (pss, rss) = settled(bench, &empty)?;
    let full = bench.folder("full");
    let community = Community::copy(&bench.options, &full)?;
    let with_messages = starts(bench, &full, times)?;
    let (full_pss, full_rss) = settled(bench, &full)?;
    let messages = count(community.size.messages);
    let binary = std::fs::metadata(&bench.options.binary)?.len() as f64 / MIB;
    let figures = vec![
        Figure::new("very first start to first answer", "snug", "ms", &first),
        Figure::new("start to first answer, empty", "snug", "ms", &again).goal(Goal::AtMost(100.0)),
        Figure::new(&format!("start to first answer, {messages} messages"), "snug", "ms", &with_messages).goal(Goal::AtMost(100.0)),
        Figure::new("idle memory (PSS), empty", "snug", "MiB", &[pss]).goal(Goal::AtMost(30.0)),
        Figure::new("idle memory (RSS), empty", "snug", "MiB", &[rss]),
        Figure::new(&format!("idle memory (PSS), {messages} messages"), "snug", "MiB", &[full_pss]).goal(Goal::AtMost(30.0)),
        Figure::new(&format!("idle memory (RSS), {messages} messages"), "snug", "MiB", &[full_rss]),
        Figure::new("size of the program", "snug", "MiB", &[binary]).goal(Goal::AtMost(MOST_BYTES / MIB)),
    ];
    Ok(Set { title: "start and idle, TLS".to_owned(), figures, ..Set::default() })
}

/// Memory some seconds after a start, in MiB.
fn settled(bench: &Bench, data: &Path) -> Result<(f64, f64)> {
    let mut node = Node::start(&bench.options.binary, data, true, &bench.log("node"))?;
    std::thread::sleep(Duration::from_secs(bench.size(5, 1) as u64));
    let memory = node.process.memory();
    node.process.stop()?;
    Ok((memory.pss as f64 / MIB, memory.rss as f64 / MIB))
}

fn storm(bench: &Bench) -> Result<Set> {
    let members = bench.size(10_000, 100);
    let mut rounds: Vec<(Stormed, f64)> = Vec::new();
    for _ in 0..bench.size(3, 1) {
        rounds.push(one_storm(bench, members)?);
    }
    let values = |of: fn(&Stormed) -> f64| rounds.iter().map(|(found, _)| of(found)).collect::<Vec<f64>>();
    let stop: Vec<f64> = rounds.iter().map(|(_, stop_ms)| *stop_ms).collect();
    let figures = vec![
        Figure::new("the node's end, after SIGTERM", "snug", "ms", &stop),
        Figure::new("half are back", "snug", "ms", &values(|s| s.back_p50_ms)),
        Figure::new("99 % are back", "snug", "ms", &values(|s| s.back_p99_ms)).goal(Goal::AtMost(5_000.0)),
        Figure::new("all are back", "snug", "ms", &values(|s| s.back_all_ms)),
        Figure::new(
            "failed attempts per member",
            "snug",
            "",
            &values(|s| s.failures as f64).iter().map(|n| n / members as f64).collect::<Vec<_>>(),
        ),
        Figure::new("send to acknowledgement meanwhile, p50", "snug", "ms", &values(|s| s.sent.p50_ms)),
        Figure::new("send to acknowledgement meanwhile, p99", "snug", "ms", &values(|s| s.sent.p99_ms)),
    ];
    let notes = vec![
        "each tries first after 0.2 to 3 s at random, as the web client does; two of them send once a second to all of them while they are in"
            .to_owned(),
    ];
    Ok(Set { title: format!("{} devices come back after a restart, TLS", count(members)), figures, notes, ..Set::default() })
}

fn one_storm(bench: &Bench, members: usize) -> Result<(Stormed, f64)> {
    let crowd = Crowd::make(&bench.folder("storm"), members, members)?;
    let mut node = Node::start(&bench.options.binary, &crowd.data, true, &bench.log("node"))?;
    let mut generator = Generator::start(&bench.log("load"))?;
    generator.connect(Dialect::Snug, node.address, true, members, Some(crowd.tokens.clone()))?;
    let patience_s = 120;
    let room = crowd.room.to_string();
    let order = Storm { address: node.address, is_tls: true, tokens: crowd.tokens, room, bystanders: 2, patience_s };
    generator.tell(&Order::Storm(order))?;
    std::thread::sleep(Duration::from_millis(500));
    let stop = node.process.stop()?;
    node.restart()?;
    let found = generator.hear(Duration::from_secs(patience_s + 10))?;
    Ok((found, stop.as_secs_f64() * 1e3))
}
