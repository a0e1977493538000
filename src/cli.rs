//! The commands: one file each. Parses arguments, calls one thing, prints what it answers.
mod ask;
mod audit;
mod backup;
mod branding;
mod cert;
mod client;
mod config;
mod doctor;
mod invite;
mod job;
mod key;
mod mail;
mod man;
mod output;
mod password;
mod qr;
mod reach;
mod rename;
mod self_test;
mod serve;
mod server;
pub mod settings;
mod socket;
mod status;
mod storage;
mod task;
mod unlock;
mod user;

use clap::{Args, CommandFactory, Parser, Subcommand};
use clap_complete::Shell;
use snug_base::{Error, Result};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::Pin;
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
    /// The configuration
    #[command(subcommand)]
    Config(config::ConfigCommand),
    /// Accounts
    #[command(subcommand)]
    User(user::User),
    /// Servers: the communities of the instance
    #[command(subcommand)]
    Server(server::Server),
    /// Invites to the instance
    #[command(subcommand)]
    Invite(invite::Invite),
    /// What administrators did, and what happened to sign-ins, devices and passwords
    Audit(audit::Audit),
    /// What a running node does by itself
    Jobs(job::Jobs),
    /// The node's certificates
    #[command(subcommand)]
    Cert(cert::Cert),
    /// How the instance looks: name, icon, colours, texts, style sheet, emoji
    #[command(subcommand)]
    Branding(branding::Branding),
    /// What takes space, who stores how much, and how much people may
    Storage(storage::Storage),
    /// Make a backup of everything, while the node works or not
    Backup(backup::Backup),
    /// Bring a backup back, into an empty data folder
    Restore(backup::Source),
    /// Go back to the data as it was before the last upgrade, for the version before
    Rollback {
        /// Do it; without this it is only told what would happen
        #[arg(long)]
        yes: bool,
    },
    /// Move the instance to another name, address or port
    Rename(rename::Rename),
    /// The keys under which secrets and files lie
    #[command(subcommand)]
    Key(key::Key),
    /// E-mail
    #[command(subcommand)]
    Mail(mail::Mail),
    /// What there is, and whether a node is running
    Status {
        /// Fail unless a node is running and answers
        #[arg(long)]
        running: bool,
    },
    /// Look whether anything is wrong, and say what to do about it
    Doctor {
        /// Read all of the database and of the files
        #[arg(long)]
        thorough: bool,
    },
    #[command(flatten)]
    Client(client::ClientCommand),
    /// Print the description of the API (OpenAPI 3.1)
    Openapi,
    /// Print completions for a shell
    Completions { shell: Shell },
    /// Write the manual's pages into a folder
    #[command(hide = true)]
    Man { folder: PathBuf },
    /// Checks of a finished build
    #[command(subcommand, hide = true)]
    SelfTest(self_test::SelfTest),
}

/// Runs the command line's command.
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    let as_json = arguments.options.json;
    match dispatch(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            output::complain(&e, as_json);
            ExitCode::FAILURE
        }
    }
}

fn dispatch(arguments: Arguments) -> Result<()> {
    let options = arguments.options;
    let (load, json) = (|| settings::load(&options), options.json);
    match arguments.command.unwrap_or(Command::Serve) {
        Command::Serve => block_on(serve::run(load()?, json))?,
        Command::Config(command) => config::run(&options, &command),
        Command::User(command) => block_on(user::run(load()?, json, command))?,
        Command::Server(command) => block_on(server::run(load()?, json, command))?,
        Command::Invite(command) => block_on(invite::run(load()?, json, command))?,
        Command::Audit(command) => block_on(audit::run(load()?, json, command))?,
        Command::Jobs(command) => block_on(job::run(load()?, json, command))?,
        Command::Cert(command) => block_on(cert::run(load()?, json, command))?,
        Command::Branding(command) => block_on(branding::run(load()?, json, command))?,
        Command::Storage(command) => block_on(storage::run(load()?, json, command))?,
        Command::Backup(command) => backup::run(load, json, command),
        Command::Restore(source) => backup::restore(load()?, json, &source),
        Command::Rollback { yes } => backup::roll_back(&load()?, json, yes),
        Command::Rename(names) => rename::run(&options, &names),
        Command::Key(command) => block_on(key::run(load()?, json, command))?,
        Command::Mail(command) => block_on(mail::run(load()?, json, command))?,
        Command::Status { running } => block_on(status::run(load()?, json, running))?,
        Command::Doctor { thorough } => block_on(doctor::run(load(), json, thorough))?,
        Command::Client(command) => block_on(client::run(command, json))?,
        Command::Openapi => output::write(std::str::from_utf8(crate::http::openapi::text()).map_err(Error::internal)?),
        Command::Completions { shell } => {
            let mut text = Vec::new();
            clap_complete::generate(shell, &mut Arguments::command(), "snug", &mut text);
            output::write(&String::from_utf8_lossy(&text))
        }
        Command::Man { folder } => man::run(&folder),
        Command::SelfTest(test) => self_test::run(&test),
    }
}

fn block_on<T>(work: impl Future<Output = T>) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Error::internal)?;
    // in a box, or each command is in the program once for each kind of runtime
    Ok(runtime.block_on(Box::pin(work) as Pin<Box<dyn Future<Output = T> + '_>>))
}
