//! `make bench`: a node, floors and peers as children on loopback, and what they cost. See benches/README.md.
mod client;
mod community;
mod crowd;
mod document;
mod durable;
mod flame;
mod floor;
mod generator;
mod group;
mod histogram;
mod link;
mod load;
mod machine;
mod mix;
mod node;
mod options;
mod orders;
mod output;
mod plot;
mod process;
mod random;
mod result;
mod results;
mod spread;
mod steps;
mod tls;
mod words;
mod ws;

use clap::Parser;
use options::{Arguments, Command};
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = match arguments.command {
        Some(Command::Load) => load::run(),
        Some(Command::Floor(options)) => floor::run(options),
        Some(Command::Group(options)) => group::run(&options),
        Some(Command::People { plan }) => mix::run(&plan),
        Some(Command::Pinned { core, program, arguments }) => process::become_pinned(core, &program, &arguments),
        None => steps::run(&arguments.run),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            output::complain(&format!("{e}"));
            ExitCode::FAILURE
        }
    }
}
