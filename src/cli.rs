//! The commands: one file each. Parses arguments, calls one thing, prints what it answers.
mod output;
mod qr;
mod reach;
mod serve;
pub mod settings;

use clap::{Args, Parser, Subcommand};
use snug_base::{Error, Result};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

/// A community's own chat, whole in one file.
#[derive(Debug, Parser)]
#[command(name = "snug", version, about, max_term_width = 100)]
pub struct Arguments {
    #[command(flatten)]
    pub options: Options,
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What every command takes.
#[derive(Clone, Debug, Default, Args)]
pub struct Options {
    /// Data folder [default: the user's state folder, or /var/lib/snug as a service]
    #[arg(long, global = true, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Configuration file [default: snug.toml in the data folder, or /etc/snug/snug.toml]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Answer in JSON
    #[arg(long, global = true)]
    pub json: bool,
    #[command(flatten)]
    pub serve: ServeOptions,
}

/// What `snug` and `snug serve` take.
#[derive(Clone, Debug, Default, Args)]
pub struct ServeOptions {
    /// Address to listen on; may be given several times [default: port 8443 on all addresses]
    #[arg(long, global = true, value_name = "ADDRESS:PORT")]
    pub listen: Vec<SocketAddr>,
    /// How people reach the node, when it can't know: https://chat.example.org
    #[arg(long, global = true, value_name = "URL")]
    pub public_url: Option<String>,
    /// Plain HTTP instead of HTTPS, on loopback addresses only, for a proxy on this machine
    #[arg(long, global = true)]
    pub plain_http: bool,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the node (also what `snug` alone does)
    Serve,
    /// Print the description of the API (OpenAPI 3.1)
    Openapi,
}

/// Runs the command line's command.
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    match dispatch(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            output::complain(&e);
            ExitCode::FAILURE
        }
    }
}

fn dispatch(arguments: Arguments) -> Result<()> {
    let options = arguments.options;
    match arguments.command.unwrap_or(Command::Serve) {
        Command::Serve => block_on(serve::run(settings::load(&options)?, options.json))?,
        Command::Openapi => output::write(std::str::from_utf8(crate::http::openapi::text()).map_err(Error::internal)?),
    }
}

fn block_on<T>(work: impl Future<Output = T>) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Error::internal)?;
    Ok(runtime.block_on(work))
}
