//! `snug mail …`
use super::ask;
use super::output;
use super::settings::Settings;
use super::task::Task;
use clap::Subcommand;
use snug_base::Result;

#[derive(Debug, Subcommand)]
pub enum Mail {
    /// Send a letter, to try whether the mail server takes it
    Test {
        /// Where to: ann@example.org
        address: String,
    },
}

pub async fn run(settings: Settings, as_json: bool, command: Mail) -> Result<()> {
    let Mail::Test { address } = command;
    ask::run(settings, as_json, Task::MailTest { address }, |answer| {
        format!("The mail server took it: {}\n", output::text(&answer["said"]))
    })
    .await
}
