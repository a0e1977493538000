//! `snug key …`: the keys under which the instance's secrets and files lie.
use super::settings::Settings;
use super::task::Task;
use super::{ask, output, password};
use clap::{Args, Subcommand};
use serde_json::Value;
use snug_base::Result;
use std::time::Duration;

#[derive(Debug, Subcommand)]
pub enum Key {
    /// Where the master key comes from, and how far a rotation is
    Status,
    /// Make new keys and seal everything under them; the node goes on working
    Rotate {
        /// Keep the master key, and change only what lies under it
        #[arg(long)]
        keep_master: bool,
    },
    /// Protect the instance by a passphrase, or by a key in a file again
    Protect(Protect),
}

#[derive(Debug, Args)]
#[group(required = true)]
pub struct Protect {
    /// By a passphrase, which is asked for, and which the node needs at each start
    #[arg(long, group = "by")]
    passphrase: bool,
    /// The same, reading it from the standard input
    #[arg(long, group = "by")]
    passphrase_stdin: bool,
    /// By a new key in a file of the data folder
    #[arg(long, group = "by")]
    file: bool,
}

pub async fn run(settings: Settings, as_json: bool, command: Key) -> Result<()> {
    match command {
        Key::Status => ask::run(settings, as_json, Task::KeyStatus, show).await,
        Key::Rotate { keep_master } => {
            let mut state = ask::done(settings.config.clone(), Task::KeyRotate { keep_master }).await?;
            while state["is_rotating"] == true {
                tokio::time::sleep(Duration::from_millis(500)).await;
                state = ask::done(settings.config.clone(), Task::KeyStatus).await?;
            }
            ask::answer(as_json, &state, show)
        }
        Key::Protect(Protect { passphrase, passphrase_stdin, .. }) => {
            let passphrase = if passphrase || passphrase_stdin { Some(password::choose("Passphrase", passphrase_stdin)?) } else { None };
            ask::run(settings, as_json, Task::KeyProtect { passphrase }, show).await
        }
    }
}

fn show(state: &Value) -> String {
    let from = match state["master"].as_str() {
        Some("passphrase") => "a passphrase, needed at each start",
        Some("configuration") => "the configuration (keys.master_key)",
        _ => "the file master.key in the data folder",
    };
    let rotating = if state["is_rotating"] == true {
        format!("Rotation    under way, {} secrets and files are left\n", output::text(&state["left"]))
    } else {
        String::new()
    };
    format!("Master key  {from}\nData key    number {}\n{rotating}", output::text(&state["generation"]))
}
