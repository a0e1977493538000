//! Children of the bench: each starts pinned to a core and ends with the bench, whatever happens to it.
use crate::result::Result;
use rustix::process::{Pid, Resource, Rlimit, Signal};
use std::collections::HashMap;
use std::ffi::OsString;
use std::fs::File;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The core of whatever is measured.
pub const SERVER_CORE: usize = 0;
/// The core of those who make the load.
pub const CLIENT_CORE: usize = 1;
/// Children go before other programs of the machine, where that is allowed.
const PRIORITY: i32 = -15;
/// The kernel counts ticks of a hundredth of a second in /proc/PID/stat.
const TICK_NS: u64 = 10_000_000;
/// How long a child may take to end by itself.
const FAREWELL: Duration = Duration::from_secs(15);

/// `snug_bench pinned CORE PROGRAM …`: becomes the program, on that core, with all descriptors that the system allows.
pub fn become_pinned(core: usize, program: &OsString, arguments: &[OsString]) -> Result<()> {
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
    let limit = rustix::process::getrlimit(Resource::Nofile);
    rustix::process::setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum })?;
    // others on the machine disturb less; without the right to it things go on as they are
    let _ = rustix::process::setpriority_process(None, PRIORITY);
    if can_pin() {
        let mut cores = rustix::thread::CpuSet::new();
        cores.set(core);
        rustix::thread::sched_setaffinity(None, &cores)?;
    }
    Err(Command::new(program).args(arguments).exec().into()) // comes back only with an error
}

/// Whether server and clients can have a core each.
pub fn can_pin() -> bool {
    rustix::thread::sched_getaffinity(None).is_ok_and(|set| set.is_set(SERVER_CORE) && set.is_set(CLIENT_CORE))
}

/// How many descriptors a child may have.
pub fn descriptors() -> u64 {
    rustix::process::getrlimit(Resource::Nofile).maximum.unwrap_or(u64::MAX)
}

/// A running child.
pub struct Process {
    child: Child,
    name: String,
    /// What each thread had used when it was last seen; threads that ended keep their last figure.
    threads: HashMap<u32, u64>,
    /// Removed when it has ended.
    folder: Option<PathBuf>,
}

/// How a child's output is treated.
pub enum Output<'a> {
    /// Appended to a file.
    Log(&'a Path),
    /// Read and written by the caller; errors go to the file.
    Pipes(&'a Path),
}

impl Process {
    /// Starts a program on a core.
    pub fn start(name: &str, core: usize, command: &Command, output: Output) -> Result<Process> {
        let mut pinned = Command::new(std::env::current_exe()?);
        pinned.arg("pinned").arg(core.to_string()).arg(command.get_program()).args(command.get_args());
        for (key, value) in command.get_envs() {
            match value {
                Some(value) => pinned.env(key, value),
                None => pinned.env_remove(key),
            };
        }
        if let Some(folder) = command.get_current_dir() {
            pinned.current_dir(folder);
        }
        let (Output::Log(path) | Output::Pipes(path)) = &output;
        let log = File::options().create(true).append(true).open(path)?;
        pinned.stderr(log.try_clone()?);
        match output {
            Output::Log(_) => pinned.stdin(Stdio::null()).stdout(log),
            Output::Pipes(_) => pinned.stdin(Stdio::piped()).stdout(Stdio::piped()),
        };
        let child = pinned.spawn().map_err(|e| format!("{name} did not start: {e}"))?;
        Ok(Process { child, name: name.to_owned(), threads: HashMap::new(), folder: None })
    }

    /// The pipes of a child that was started with them.
    pub fn pipes(&mut self) -> Result<(std::process::ChildStdin, std::process::ChildStdout)> {
        self.child.stdin.take().zip(self.child.stdout.take()).ok_or_else(|| format!("{} has no pipes", self.name).into())
    }

    /// The kernel's number of it.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// This folder is removed with it.
    pub fn owns(&mut self, folder: &Path) {
        self.folder = Some(folder.to_owned());
    }

    /// Fails when it has ended.
    pub fn check(&mut self) -> Result<()> {
        match self.child.try_wait()? {
            Some(status) => Err(format!("{} ended: {status}; see its log in artifacts/bench/", self.name).into()),
            None => Ok(()),
        }
    }

    /// Processor time so far, of all threads and of direct children, in nanoseconds. From the scheduler's own figures; the
    /// coarser ticks only count where threads ended between two calls.
    pub fn cpu_ns(&mut self) -> u64 {
        let mut all = family(self.child.id());
        all.push(self.child.id());
        all.into_iter().map(|pid| self.cpu_of(pid)).sum()
    }

    fn cpu_of(&mut self, pid: u32) -> u64 {
        let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
        let mut now = 0;
        for task in tasks {
            let used = std::fs::read_to_string(task.path().join("schedstat")).unwrap_or_default();
            let used = used.split(' ').next().and_then(|ns| ns.parse().ok()).unwrap_or(0);
            let Some(id) = task.file_name().to_str().and_then(|id| id.parse::<u32>().ok()) else { continue };
            self.threads.insert(id, used);
            now += used;
        }
        let ended = ticks_ns(pid).saturating_sub(now);
        // less than two ticks is rounding
        now + if ended > 2 * TICK_NS { ended } else { 0 }
    }

    /// Memory of it and its direct children.
    pub fn memory(&self) -> Memory {
        let mut all = family(self.child.id());
        all.push(self.child.id());
        all.into_iter().map(memory_of).fold(Memory::default(), |a, b| Memory { pss: a.pss + b.pss, rss: a.rss + b.rss, own: a.own + b.own })
    }

    /// Asks it to end (SIGTERM) and waits; kills it when it takes too long. Answers how long it took.
    pub fn stop(&mut self) -> Result<Duration> {
        let begun = Instant::now();
        if self.child.try_wait()?.is_some() {
            return Ok(begun.elapsed());
        }
        if let Some(pid) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            rustix::process::kill_process(pid, Signal::TERM)?;
        }
        while begun.elapsed() < FAREWELL {
            if self.child.try_wait()?.is_some() {
                return Ok(begun.elapsed());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        self.child.kill()?;
        self.child.wait()?;
        Ok(begun.elapsed())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        for pid in family(self.child.id()).into_iter().filter_map(|pid| Pid::from_raw(i32::try_from(pid).ok()?)) {
            let _ = rustix::process::kill_process(pid, Signal::TERM); // it may be gone
        }
        let _ = self.child.kill(); // it may have ended already
        let _ = self.child.wait();
        if let Some(folder) = &self.folder {
            let _ = std::fs::remove_dir_all(folder); // in the temporary folder, where the system removes it, too
        }
    }
}

/// User-space memory in bytes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Memory {
    /// Shared pages divided among those who share them.
    pub pss: u64,
    pub rss: u64,
    /// Without pages of files: the program's own code, which is in the kernel's cache anyway.
    pub own: u64,
}

fn memory_of(pid: u32) -> Memory {
    let text = std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap_or_default();
    let field = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
        line.split_whitespace().next().and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) * 1024
    };
    Memory { pss: field("Pss:"), rss: field("Rss:"), own: field("Anonymous:") }
}

/// Direct children of a process (a database server's workers).
fn family(pid: u32) -> Vec<u32> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    text.split_whitespace().filter_map(|pid| pid.parse().ok()).collect()
}

fn ticks_ns(pid: u32) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let after_name = text.rsplit_once(')').map_or("", |(_, rest)| rest);
    after_name.split_whitespace().skip(11).take(2).filter_map(|ticks| ticks.parse::<u64>().ok()).sum::<u64>() * TICK_NS
}
