//! `snug invite …`: ways into an instance that does not let everybody in.
use super::ask;
use super::output::{self, time};
use super::settings::Settings;
use super::task::Task;
use clap::Subcommand;
use snug_base::Result;

#[derive(Debug, Subcommand)]
pub enum Invite {
    /// Make an invite to the instance
    Create {
        /// How many accounts may be made with it [default: any number]
        #[arg(long, value_name = "N")]
        uses: Option<i64>,
        /// How many days it is valid [default: for ever]
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(1..=366))]
        days: Option<i64>,
    },
}

pub async fn run(settings: Settings, as_json: bool, command: Invite) -> Result<()> {
    let Invite::Create { uses, days } = command;
    let task = Task::CreateInvite { max_uses: uses, expires_in_s: days.map(|days| days * 24 * 3600) };
    ask::run(settings, as_json, task, |invite| {
        let until =
            if invite["expires_at"].is_null() { String::new() } else { format!("\nValid until {}.\n", time(&invite["expires_at"])) };
        format!("{}\n{until}", output::text(&invite["url"]))
    })
    .await
}
