//! Checks of a finished build, for the release script: what goes wrong only in the way a program was linked.
use super::output;
use clap::Subcommand;
use snug_base::{Code, Result};
use std::net::ToSocketAddrs;

#[derive(Debug, Subcommand)]
pub enum SelfTest {
    /// Panics on purpose and catches it
    Panic,
    /// Resolves a name
    Resolve { name: String },
}

pub fn run(test: &SelfTest) -> Result<()> {
    match test {
        SelfTest::Panic => {
            let caught = std::panic::catch_unwind(|| std::panic::panic_any("on purpose"));
            match caught.map_err(|panic| panic.downcast_ref::<&str>().copied()) {
                Err(Some("on purpose")) => output::write("caught\n"),
                _ => Err(Code::Internal.error("The panic was not caught as it should be.")),
            }
        }
        SelfTest::Resolve { name } => {
            let found = (name.as_str(), 0).to_socket_addrs().map_err(|e| Code::Internal.error(format!("{name} was not found: {e}")))?;
            output::write(&found.map(|address| format!("{}\n", address.ip())).collect::<String>())
        }
    }
}
