//! `snug config …`
use super::settings::{self, example};
use super::task::Task;
use super::{Options, ask, output, socket};
use crate::configuration::{self, Configuration};
use clap::Subcommand;
use serde_json::Value;
use serde_json::json;
use snug_accounts::instance;
use snug_base::db::snapshot::Snapshot;
use snug_base::{Error, Result};

#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Tell whether the configuration is valid, and what it amounts to
    Check,
    /// Show every setting with its value, where that comes from, and when a change takes effect; secrets are not shown
    Show {
        /// Only those that are not at their defaults, or will not be after the next start
        #[arg(long)]
        changed: bool,
    },
    /// Print a configuration file with every key, its meaning and its default
    Example,
}

pub fn run(options: &Options, command: &ConfigCommand) -> Result<()> {
    match command {
        ConfigCommand::Example => output::write(&example::text()),
        ConfigCommand::Show { changed } => {
            let found = super::block_on(found(options))??;
            ask::answer(options.json, &found, |found| show(found, *changed))
        }
        ConfigCommand::Check => {
            let settings = settings::load(options)?;
            if options.json {
                let mut config = serde_json::to_value(&settings.config).map_err(snug_base::Error::internal)?;
                configuration::hide_password(&mut config["database"]["url"]);
                return output::write(&format!("{}\n", json!({ "file": settings.file, "config": config })));
            }
            let file =
                settings.file.map_or_else(|| "no file: defaults, environment and flags".to_owned(), |file| file.display().to_string());
            output::write(&format!("The configuration is valid ({file}).\nData folder: {}\n", settings.config.node.data.display()))
        }
    }
}

/// As the running node says; without one as it would be read now.
async fn found(options: &Options) -> Result<Value> {
    let settings = settings::load(options)?;
    let data = &settings.config.node.data;
    if let Some(found) = socket::ask(data, &Task::Configuration).await? {
        return Ok(found);
    }
    let config = settings.config.clone();
    // an instance that was not started yet has no choices
    let choices = tokio::task::spawn_blocking(move || match Snapshot::take(&config) {
        Ok(snapshot) if snapshot.has_table("settings")? => instance::choices(&snapshot.read()),
        _ => Ok(Vec::new()),
    });
    let configuration: Configuration = configuration::put_together(&settings, None, &choices.await.map_err(Error::internal)??)?;
    serde_json::to_value(configuration).map_err(Error::internal)
}

fn show(found: &Value, only_changed: bool) -> String {
    let mut text = match found["file"].as_str() {
        Some(file) => format!("Read from {file}.\n"),
        None => "No file was read: defaults, environment and flags.\n".to_owned(),
    };
    if let Some(problem) = found["problem"].as_str() {
        text.push_str(&format!("PROBLEM: the next start would fail: {problem}\n"));
    }
    text.push('\n');
    let all = found["sections"].as_array().into_iter().flatten().flat_map(|section| section["settings"].as_array().into_iter().flatten());
    let rows = all.filter(|one| !only_changed || one["origin"] != "default" || !one["pending"].is_null()).map(|one| {
        let of = |key: &str| output::text(&one[key]);
        let from = if one["place"].is_null() { of("origin") } else { of("place") };
        let effect = match one["pending"].as_str() {
            Some(pending) => format!("{pending} from the next start on"),
            None if one["effect"] == "at_once" => "at once".to_owned(),
            None => "next start".to_owned(),
        };
        [of("path"), of("value"), from, effect]
    });
    text.push_str(&output::table(["SETTING", "VALUE", "FROM", "A CHANGE TAKES EFFECT"], rows));
    text
}
