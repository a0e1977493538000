//! `snug config …`
use super::settings::{self, example};
use super::{Options, output};
use clap::Subcommand;
use serde_json::json;
use snug_base::Result;

#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Tell whether the configuration is valid, and what it amounts to
    Check,
    /// Print a configuration file with every key, its meaning and its default
    Example,
}

pub fn run(options: &Options, command: &ConfigCommand) -> Result<()> {
    match command {
        ConfigCommand::Example => output::write(&example::text()),
        ConfigCommand::Check => {
            let settings = settings::load(options)?;
            if options.json {
                let mut config = serde_json::to_value(&settings.config).map_err(snug_base::Error::internal)?;
                hide_password(&mut config["database"]["url"]);
                return output::write(&format!("{}\n", json!({ "file": settings.file, "config": config })));
            }
            let file =
                settings.file.map_or_else(|| "no file: defaults, environment and flags".to_owned(), |file| file.display().to_string());
            output::write(&format!("The configuration is valid ({file}).\nData folder: {}\n", settings.config.node.data.display()))
        }
    }
}

/// The address of a database may hold a password, which belongs on no screen.
fn hide_password(url: &mut serde_json::Value) {
    if let Some(text) = url.as_str()
        && let Some((start, rest)) = text.split_once("://")
        && let Some((login, host)) = rest.rsplit_once('@')
        && let Some((user, _)) = login.split_once(':')
    {
        *url = format!("{start}://{user}:…@{host}").into();
    }
}
