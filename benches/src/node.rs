//! The real node: the release binary on a data folder of its own.
use crate::client::Client;
use crate::process::{Output, Process, SERVER_CORE};
use crate::random::Random;
use crate::result::{Result, text};
use snug_accounts::Me;
use snug_base::blobs::Blobs;
use snug_base::config::{DatabaseConfig, KeysConfig};
use snug_base::event::NoSink;
use snug_base::keys::Keys;
use snug_base::{Clock, Db, SessionId, UserId};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Bytes of a file that is kept.
const FILE: u64 = 8 * 1024 * 1024;
/// How long a node may take to answer after its start.
const PATIENCE: Duration = Duration::from_secs(60);

/// What differs from the defaults, beside the folder and the address. A bench asks more than any person does.
const LIMITS: &str = "[limits]\nauth_per_minute = 4000000\njoin_per_minute = 4000000\nwrite_per_minute = 4000000\nread_per_minute = 4000000\n\
     [accounts]\nregistration = \"open\"\n";

/// A running node.
pub struct Node {
    pub process: Process,
    pub address: SocketAddr,
    pub is_tls: bool,
    data: PathBuf,
    /// What its configuration has beside that of all nodes.
    more: String,
    binary: PathBuf,
    log: PathBuf,
}

/// An address on loopback that nobody listens on at this moment.
pub fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

impl Node {
    /// Starts the node on a data folder and waits until it answers.
    pub fn start(binary: &Path, data: &Path, is_tls: bool, log: &Path) -> Result<Node> {
        Node::start_with(binary, data, is_tls, log, "")
    }

    /// The same with more in its configuration.
    pub fn start_with(binary: &Path, data: &Path, is_tls: bool, log: &Path, more: &str) -> Result<Node> {
        let address = free_address()?;
        let process = spawn(binary, data, address, is_tls, log, more)?;
        let (binary, log) = (binary.to_owned(), log.to_owned());
        let mut node = Node { process, address, is_tls, data: data.to_owned(), more: more.to_owned(), binary, log };
        node.await_answer()?;
        Ok(node)
    }

    /// Starts it again on the same address, after it was stopped. Does not wait.
    pub fn restart(&mut self) -> Result<()> {
        self.process = spawn(&self.binary, &self.data, self.address, self.is_tls, &self.log, &self.more)?;
        Ok(())
    }

    /// Waits for the first answered request.
    pub fn await_answer(&mut self) -> Result<()> {
        let begun = Instant::now();
        loop {
            self.process.check()?;
            if is_answering(self.address, self.is_tls) {
                return Ok(());
            }
            if begun.elapsed() > PATIENCE {
                return Err(format!("the node did not answer within {} s", PATIENCE.as_secs()).into());
            }
            std::thread::sleep(Duration::from_micros(500));
        }
    }
}

fn spawn(binary: &Path, data: &Path, address: SocketAddr, is_tls: bool, log: &Path, more: &str) -> Result<Process> {
    std::fs::create_dir_all(data)?;
    let plain = if is_tls { "" } else { "plain_http = true\n" };
    std::fs::write(data.join("snug.toml"), format!("[node]\nlisten = [\"{address}\"]\n{plain}log = \"warn\"\n{LIMITS}{more}"))?;
    let mut command = Command::new(binary);
    command.arg("--data").arg(data);
    Process::start("the node", SERVER_CORE, &command, Output::Log(log))
}

/// Whether the node answers.
pub fn is_answering(address: SocketAddr, is_tls: bool) -> bool {
    Client::new(address, is_tls, "").get("/instance").is_ok_and(|answer| answer.status == 200)
}

/// The node's own database and keys on a data folder while no node runs there: to fill the one and to sign with the other.
pub struct Workshop {
    db: Db,
    keys: Arc<Keys>,
    runtime: tokio::runtime::Runtime,
}

impl Workshop {
    /// Opens the folder, making what is missing.
    pub fn open(data: &Path) -> Result<Workshop> {
        std::fs::create_dir_all(data)?;
        let db = Db::open(&DatabaseConfig::default(), &KeysConfig::default(), data, &Clock::default(), Arc::new(NoSink)).map_err(text)?;
        let runtime = tokio::runtime::Builder::new_current_thread().build()?;
        let keys = runtime.block_on(Keys::open(data, &KeysConfig::default(), &db)).map_err(text)?;
        Ok(Workshop { db, keys: Arc::new(keys), runtime })
    }

    /// Runs something in a write transaction.
    pub fn write<T: Send + 'static>(&self, work: impl FnOnce(&snug_base::Tx) -> snug_base::Result<T> + Send + 'static) -> Result<T> {
        self.runtime.block_on(self.db.write(work)).map_err(text)
    }

    /// Keeps files in the blob store until all of it, with `already`, has so many bytes.
    pub fn keep_files(&self, data: &Path, bytes: u64, already: u64) -> Result<()> {
        let blobs = Blobs::open(data.join("blobs"), self.keys.clone(), self.db.clone()).map_err(text)?;
        let (mut random, mut kept) = (Random::new(20_261_122), already);
        while kept < bytes {
            let size = FILE.min(bytes - kept);
            // no two alike: the same content is kept once
            let file: Vec<u8> = (0..size.div_ceil(8)).flat_map(|_| random.any().to_le_bytes()).collect();
            self.runtime.block_on(blobs.put(std::io::Cursor::new(file))).map_err(text)?;
            kept += size;
        }
        Ok(())
    }

    /// Access tokens for these users, valid for 15 minutes.
    pub fn tokens(&self, users: &[UserId]) -> Result<Vec<String>> {
        let now = Clock::default().now();
        let token = |user: &UserId| snug_accounts::access::sign_at(&self.keys, now, Me { user: *user, session: SessionId::new() });
        users.iter().map(|user| token(user).map_err(text)).collect()
    }

    /// Writes tokens where a load generator reads them.
    pub fn write_tokens(&self, users: &[UserId], path: &Path) -> Result<()> {
        Ok(std::fs::write(path, self.tokens(users)?.join("\n"))?)
    }

    /// Closes the folder.
    pub fn close(self) {
        self.db.close();
    }
}
