//! The machine that is measured on, and what else keeps it busy.
use serde::{Deserialize, Serialize};
use std::process::Command;
use std::time::Instant;

/// Ticks per second in /proc/stat.
const TICKS_S: f64 = 100.0;
/// With more foreign load than this (share of all cores) a round is marked.
pub const NOISY: f64 = 0.15;

/// What the figures depend on.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Machine {
    pub processor: String,
    pub cores: usize,
    pub memory_gib: f64,
    pub kernel: String,
    pub filesystem: String,
    pub date: String,
    pub commit: String,
    pub is_pinned: bool,
}

fn first_line(program: &str, arguments: &[&str]) -> String {
    let out = Command::new(program).args(arguments).output();
    out.map(|out| String::from_utf8_lossy(&out.stdout).lines().next().unwrap_or_default().trim().to_owned()).unwrap_or_default()
}

fn value_of(path: &str, name: &str) -> String {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_default();
    line.split_once(':').map_or(String::new(), |(_, value)| value.trim().to_owned())
}

impl Machine {
    /// Looks at this one.
    pub fn look(data: &std::path::Path) -> Machine {
        let kib: f64 = value_of("/proc/meminfo", "MemTotal").split(' ').next().and_then(|kib| kib.parse().ok()).unwrap_or(0.0);
        Machine {
            processor: value_of("/proc/cpuinfo", "model name"),
            cores: cores(),
            memory_gib: (kib / 1024.0 / 1024.0 * 10.0).round() / 10.0,
            kernel: first_line("uname", &["-r"]),
            filesystem: first_line("stat", &["-f", "-c", "%T", &data.display().to_string()]),
            date: first_line("date", &["+%Y-%m-%d"]),
            commit: first_line("git", &["rev-parse", "--short", "HEAD"]),
            is_pinned: crate::process::can_pin(),
        }
    }
}

fn cores() -> usize {
    let text = std::fs::read_to_string("/proc/stat").unwrap_or_default();
    text.lines().filter(|line| line.starts_with("cpu") && !line.starts_with("cpu ")).count().max(1)
}

/// Measures how much of the machine others took meanwhile.
pub struct Watch {
    begun: Instant,
    busy: f64,
}

impl Watch {
    /// Begins now.
    pub fn start() -> Watch {
        Watch { begun: Instant::now(), busy: busy_s() }
    }

    /// Since it began.
    pub fn elapsed(&self) -> std::time::Duration {
        self.begun.elapsed()
    }

    /// The share of all cores (0 to 1) that was busy with something else than our own `own_ns` of processor time.
    pub fn foreign(&self, own_ns: u64) -> f64 {
        let whole = self.begun.elapsed().as_secs_f64() * cores() as f64;
        let others = busy_s() - self.busy - own_ns as f64 / 1e9;
        (others / whole).clamp(0.0, 1.0)
    }
}

/// Seconds that all cores were busy since the machine started, stolen ones too.
fn busy_s() -> f64 {
    let text = std::fs::read_to_string("/proc/stat").unwrap_or_default();
    let fields = text.lines().next().unwrap_or_default().split_whitespace().skip(1).filter_map(|ticks| ticks.parse::<f64>().ok());
    // user nice system idle iowait irq softirq steal
    fields.take(8).enumerate().filter(|(i, _)| ![3, 4].contains(i)).map(|(_, ticks)| ticks).sum::<f64>() / TICKS_S
}
