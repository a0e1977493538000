//! `snug audit`: what administrators did, and what happened to sign-ins, devices and passwords.
use super::ask;
use super::output::{self, table, time};
use super::settings::Settings;
use super::task::Task;
use clap::Args;
use serde_json::Value;
use snug_base::Result;

#[derive(Debug, Args)]
pub struct Audit {
    /// Sign-ins, devices and passwords instead of the deeds of administrators
    #[arg(long)]
    security: bool,
    /// Only what this person did or what is about them: username or e-mail address
    #[arg(long)]
    user: Option<String>,
    /// How many lines
    #[arg(long, short = 'n', default_value = "50", value_parser = clap::value_parser!(u16).range(1..=10_000))]
    lines: u16,
}

pub async fn run(settings: Settings, as_json: bool, audit: Audit) -> Result<()> {
    let log = if audit.security { "security" } else { "admin" };
    let task = Task::Audit { log: Some(log.to_owned()), login: audit.user, lines: audit.lines.into() };
    ask::run(settings, as_json, task, show).await
}

fn show(lines: &Value) -> String {
    let rows = lines.as_array().into_iter().flatten().map(|line| {
        let of = |key: &str| output::text(&line[key]);
        let actor = if line["actor"].is_null() && line["address"].is_null() { "terminal".to_owned() } else { of("actor") };
        let subject = if line["target"].is_null() { of("user") } else { of("target") };
        [time(&line["at"]), of("kind"), actor, subject, of("address"), changes(&line["changes"])]
    });
    table(["TIME", "WHAT", "BY", "ABOUT", "ADDRESS", ""], rows)
}

fn changes(changes: &Value) -> String {
    let each = changes.as_array().into_iter().flatten().map(|change| {
        let of = |key: &str| output::text(&change[key]);
        if change["before"].is_null() {
            format!("{}: {}", of("name"), of("after"))
        } else {
            format!("{}: {} -> {}", of("name"), of("before"), of("after"))
        }
    });
    each.collect::<Vec<_>>().join(", ")
}
