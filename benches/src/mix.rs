//! `snug_bench mix`: many people's devices at once, doing what people do. Arrivals are fixed before: whoever is slow to answer
//! doesn't slow the others down, and times count from when an action was due.
mod actions;
mod devices;
mod http;
mod plan;
mod sightings;

pub use http::answer;
pub use plan::{Action, ActionTimes, DevicePlan, Place, PlaceKind, Plan, Report};

use crate::link::{Link, Scratch};
use crate::random::Random;
use crate::result::Result;
use crate::ws;
use devices::{Device, Line, LineKind};
use mio::{Events, Interest, Poll, Token};
use sightings::Sightings;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long the last answers are waited for.
const PATIENCE: Duration = Duration::from_secs(15);
/// How many devices may be connecting at a time, before the measurement.
const AT_ONCE: usize = 64;

/// Everything that is going on.
struct Run {
    plan: Plan,
    poll: Poll,
    tls: Arc<rustls::ClientConfig>,
    scratch: Scratch,
    begun: Instant,
    random: Random,
    devices: Vec<Device>,
    /// Two for each device: its socket and its HTTP connection.
    lines: Vec<Option<Line>>,
    sightings: Sightings,
    /// Devices that come back, and when.
    returns: BinaryHeap<Reverse<(Instant, usize)>>,
    /// The latest that an action was begun after it was due.
    latest: Duration,
}

/// Runs a plan and prints its report.
pub fn run(path: &Path) -> Result<()> {
    let plan: Plan = serde_json::from_str(&std::fs::read_to_string(path)?)?;
    let mut run = Run {
        poll: Poll::new()?,
        tls: crate::tls::client()?,
        scratch: Scratch::default(),
        begun: Instant::now(),
        random: Random::new(plan.seed),
        devices: plan.devices.iter().map(|_| Device::default()).collect(),
        lines: plan.devices.iter().flat_map(|_| [None, None]).collect(),
        sightings: Sightings::default(),
        returns: BinaryHeap::new(),
        latest: Duration::ZERO,
        plan,
    };
    let mut events = Events::with_capacity(1024);
    run.arrive(&mut events)?;
    run.act_all(&mut events)?;
    let report = run.sightings.report(run.latest);
    let mut out = std::io::stdout().lock();
    Ok(writeln!(out, "{}", serde_json::to_string(&report)?)?)
}

impl Run {
    /// Connects all devices.
    fn arrive(&mut self, events: &mut Events) -> Result<()> {
        let begun = Instant::now();
        let mut opened = 0;
        loop {
            let live = self.devices.iter().filter(|device| device.is_live).count();
            if live == self.devices.len() {
                break;
            }
            while opened < self.devices.len() && opened - live < AT_ONCE {
                self.open_socket(opened, None)?;
                opened += 1;
            }
            self.turn(events, Duration::from_millis(50))?;
            if begun.elapsed().as_secs() > 120 {
                return Err(format!("only {live} of {} devices could connect", self.devices.len()).into());
            }
        }
        for device in 0..self.devices.len() {
            self.watch(device)?;
        }
        let settle = Instant::now() + Duration::from_secs(2);
        while Instant::now() < settle {
            self.turn(events, Duration::from_millis(20))?;
        }
        Ok(())
    }

    /// Does everything at its time, then waits for what is still open.
    fn act_all(&mut self, events: &mut Events) -> Result<()> {
        self.begun = Instant::now();
        let warm = Duration::from_secs_f64(self.plan.warmup_s);
        let end = Duration::from_secs_f64(self.plan.warmup_s + self.plan.seconds);
        let mean_ms = 1e3 / self.plan.rate;
        let mut next = Duration::ZERO;
        while next < end {
            let due = self.begun + next;
            self.wait_until(due, events)?;
            self.sightings.is_counting = next >= warm;
            self.latest = if self.sightings.is_counting { self.latest.max(due.elapsed()) } else { Duration::ZERO };
            self.act(due)?;
            next += Duration::from_secs_f64(self.random.gap_ms(mean_ms) / 1e3);
        }
        let patience = Instant::now() + PATIENCE;
        while Instant::now() < patience && (self.is_anything_open() || !self.returns.is_empty()) {
            self.come_back()?;
            self.turn(events, Duration::from_millis(20))?;
        }
        let left: usize = self.devices.iter().map(Device::open_actions).sum();
        self.sightings.unanswered += left as u64;
        Ok(())
    }

    fn is_anything_open(&self) -> bool {
        self.devices.iter().any(|device| device.open_actions() > 0 || device.returning.is_some())
    }

    fn wait_until(&mut self, due: Instant, events: &mut Events) -> Result<()> {
        loop {
            self.come_back()?;
            let left = due.saturating_duration_since(Instant::now());
            // the kernel waits whole milliseconds; the last one is spent looking
            self.turn(events, Duration::from_millis(u64::try_from(left.as_millis()).unwrap_or(0).min(20)))?;
            if Instant::now() >= due {
                return Ok(());
            }
        }
    }

    fn come_back(&mut self) -> Result<()> {
        while let Some(Reverse((due, device))) = self.returns.peek().copied()
            && due <= Instant::now()
        {
            self.returns.pop();
            self.open_socket(device, Some(due))?;
        }
        Ok(())
    }

    fn turn(&mut self, events: &mut Events, patience: Duration) -> Result<()> {
        match self.poll.poll(events, Some(patience)) {
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => return Ok(()),
            done => done?,
        }
        for event in events.iter() {
            let at = event.token().0;
            let Some(line) = self.lines.get_mut(at).and_then(Option::as_mut) else { continue };
            let mut is_open = !event.is_writable() || line.link.flush().is_ok();
            if is_open && event.is_readable() {
                is_open = match line.kind {
                    LineKind::Socket => self.read_socket(at),
                    LineKind::Http => self.read_http(at),
                };
            }
            if !is_open {
                self.lost(at)?;
            }
        }
        Ok(())
    }

    /// A connection was closed by the node. HTTP connections may be, when they were idle; sockets may not.
    fn lost(&mut self, at: usize) -> Result<()> {
        let Some(line) = self.lines[at].take() else { return Ok(()) };
        match line.kind {
            LineKind::Http => self.ask_again(at / 2),
            LineKind::Socket => {
                self.sightings.cut_off += 1;
                self.devices[at / 2].is_live = false;
                self.devices[at / 2].waiting.clear();
                self.returns.push(Reverse((Instant::now() + Duration::from_millis(500), at / 2)));
                Ok(())
            }
        }
    }

    fn open(&mut self, at: usize, kind: LineKind) -> Result<()> {
        let stream = mio::net::TcpStream::connect(self.plan.address)?;
        let mut link = if self.plan.is_tls {
            let name = rustls_pki_types::ServerName::try_from("localhost")?;
            Link::tls_client(stream, rustls::ClientConnection::new(self.tls.clone(), name)?)
        } else {
            Link::plain(stream)
        };
        self.poll.registry().register(link.stream(), Token(at), Interest::READABLE | Interest::WRITABLE)?;
        self.lines[at] = Some(Line { link, kind, is_upgraded: false });
        Ok(())
    }

    /// Opens a device's socket; `due` is when it wanted to come back, if it was here before.
    fn open_socket(&mut self, device: usize, due: Option<Instant>) -> Result<()> {
        self.devices[device].returning = due;
        self.open(device * 2, LineKind::Socket)?;
        let request = ws::upgrade_request(&self.plan.address.to_string(), "/api/v1/socket");
        if let Some(line) = &mut self.lines[device * 2] {
            let _ = line.link.send(&request); // a failure shows when it is read
        }
        Ok(())
    }
}
