//! `snug login`, `chat`, `send`, `tail` and the like: this machine as a device of somebody's account, on this node or another one.
mod devices;
mod login;
mod profile;
mod talk;
mod verify;

use clap::{Args, Subcommand};
use snug_base::{Code, Error, Result};
use std::path::PathBuf;

pub use login::Login;

/// Commands of the client.
#[derive(Debug, Subcommand)]
pub enum ClientCommand {
    /// Make this machine a device of your account
    Login(Login),
    /// Sign out and take this device out of your account
    Logout(Place),
    /// Talk in the terminal
    Chat(Place),
    /// Say something: to a person (@name), in a conversation (its name) or in a room (#name)
    Send {
        /// @name, the conversation's name, or its id
        to: String,
        /// What to say; nothing or `-` reads the standard input
        text: Vec<String>,
        #[command(flatten)]
        place: Place,
    },
    /// Print what is said, as it comes
    Tail {
        /// Only in this conversation: @name, its name, or its id
        chat: Option<String>,
        /// Begin with so many messages of the conversation
        #[arg(short = 'n', long, default_value_t = 10, value_name = "COUNT")]
        lines: usize,
        /// End after those instead of waiting for more
        #[arg(long)]
        once: bool,
        #[command(flatten)]
        place: Place,
    },
    /// The devices of your account
    Devices {
        /// Take this device out of the account; asks for the password
        #[arg(long, value_name = "ID")]
        remove: Option<uuid::Uuid>,
        /// Stop the reset of the account that somebody asked for
        #[arg(long)]
        cancel_reset: bool,
        #[command(flatten)]
        place: Place,
    },
    /// Let a new device of yours in: the code that it shows
    Pair {
        code: String,
        #[command(flatten)]
        place: Place,
    },
    /// Compare safety numbers with somebody
    Verify {
        /// The person: @name
        user: String,
        /// You have compared the numbers and they are the same
        #[arg(long)]
        yes: bool,
        /// The text in the other person's QR code, instead of comparing by eye
        #[arg(long, value_name = "TEXT")]
        link: Option<String>,
        #[command(flatten)]
        place: Place,
    },
    /// Make twelve recovery words; those of before are worth nothing then
    Words(Place),
}

/// Which account, where there are several on this machine.
#[derive(Clone, Debug, Args)]
pub struct Place {
    /// A name for the account on this machine
    #[arg(long, env = "SNUG_PROFILE", default_value = "default", value_name = "NAME")]
    pub profile: String,
    /// Where profiles lie [default: ~/.local/share/snug/client]
    #[arg(long, env = "SNUG_CLIENT_DIR", value_name = "DIR")]
    pub client_dir: Option<PathBuf>,
}

/// Runs a command of the client.
pub async fn run(command: ClientCommand, as_json: bool) -> Result<()> {
    let done = match command {
        ClientCommand::Login(login) => login::run(login).await,
        ClientCommand::Logout(place) => devices::log_out(&place).await,
        ClientCommand::Chat(place) => talk::chat(&place).await,
        ClientCommand::Send { to, text, place } => talk::send(&place, &to, &text).await,
        ClientCommand::Tail { chat, lines, once, place } => talk::tail(&place, chat.as_deref(), lines, once, as_json).await,
        ClientCommand::Devices { remove, cancel_reset, place } => devices::run(&place, remove, cancel_reset, as_json).await,
        ClientCommand::Pair { code, place } => devices::pair(&place, &code).await,
        ClientCommand::Verify { user, yes, link, place } => verify::run(&place, &user, yes, link.as_deref()).await,
        ClientCommand::Words(place) => devices::words(&place).await,
    };
    done.map_err(told)
}

/// A client's error, as the command line says it.
fn told(error: snug_client::Error) -> Error {
    Code::Internal.error(error.to_string())
}
