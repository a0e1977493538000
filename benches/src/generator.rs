//! The bench's end of a load generator.
use crate::orders::{Answer, Connect, Connected, Dialect, FannedOut, Fanout, Order, Send, Sent};
use crate::process::{CLIENT_CORE, Output, Process};
use crate::result::Result;
use serde::de::DeserializeOwned;
use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

/// How many connections may be opening at a time.
const AT_ONCE: usize = 100;

/// A child that makes load.
pub struct Generator {
    pub process: Process,
    orders: ChildStdin,
    answers: Receiver<String>,
}

impl Generator {
    /// Starts one on the clients' core.
    pub fn start(log: &Path) -> Result<Generator> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("load");
        let mut process = Process::start("the load generator", CLIENT_CORE, &command, Output::Pipes(log))?;
        let (orders, output) = process.pipes()?;
        let (sender, answers) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines() {
                let Ok(line) = line else { return };
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Ok(Generator { process, orders, answers })
    }

    /// Gives an order and waits for its answer.
    pub fn ask<T: DeserializeOwned>(&mut self, order: &Order, patience: Duration) -> Result<T> {
        self.tell(order)?;
        self.hear(patience)
    }

    /// Gives an order.
    pub fn tell(&mut self, order: &Order) -> Result<()> {
        Ok(writeln!(self.orders, "{}", serde_json::to_string(order)?)?)
    }

    /// Waits for the answer to the last order.
    pub fn hear<T: DeserializeOwned>(&mut self, patience: Duration) -> Result<T> {
        let line = self.answers.recv_timeout(patience).map_err(|e| match e {
            RecvTimeoutError::Timeout => format!("the load generator did not answer within {} s", patience.as_secs()),
            RecvTimeoutError::Disconnected => "the load generator has ended; see its log in artifacts/bench/".to_owned(),
        })?;
        match serde_json::from_str(&line)? {
            Answer::Ok(value) => Ok(value),
            Answer::Failed(why) => Err(why.into()),
        }
    }

    /// Lets so many members in.
    pub fn connect(
        &mut self,
        dialect: Dialect,
        address: SocketAddr,
        is_tls: bool,
        members: usize,
        tokens: Option<PathBuf>,
    ) -> Result<Connected> {
        let patience_s = 30 + members as u64 / 100;
        let order = Connect { dialect, address, is_tls, members, tokens, at_once: AT_ONCE, patience_s };
        self.ask(&Order::Connect(order), Duration::from_secs(patience_s + 10))
    }

    /// Sends messages to everybody.
    pub fn fanout(&mut self, order: Fanout) -> Result<FannedOut> {
        self.ask(&Order::Fanout(order), Duration::from_secs(300))
    }

    /// Lets every member send for so long.
    pub fn send_each(&mut self, order: Send) -> Result<Sent> {
        let patience = Duration::from_secs_f64(order.seconds + 60.0);
        self.ask(&Order::Send(order), patience)
    }
}
