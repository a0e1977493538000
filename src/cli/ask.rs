//! Has a task done: by the running node where there is one, else on the data itself.
use super::settings::Settings;
use super::socket;
use super::task::{self, Place, Task};
use super::{output, reach, unlock};
use crate::http::listen::DEFAULT_PORT;
use serde_json::Value;
use snug_base::{Clock, Code, Config, Result};
use std::net::{Ipv4Addr, SocketAddr};

/// Does the task and prints its answer: JSON, or what `show` makes of it.
pub async fn run(settings: Settings, as_json: bool, task: Task, show: impl Fn(&Value) -> String) -> Result<()> {
    answer(as_json, &done(settings.config, task).await?, show)
}

/// The same, by a running node only.
pub async fn run_on_node(settings: Settings, as_json: bool, task: Task, show: impl Fn(&Value) -> String) -> Result<()> {
    let data = &settings.config.node.data;
    match socket::ask(data, &task).await? {
        Some(found) => answer(as_json, &found, show),
        None => Err(Code::Internal.error(format!("No node is running on {}.", data.display()))),
    }
}

/// Prints an answer.
pub fn answer(as_json: bool, answer: &Value, show: impl Fn(&Value) -> String) -> Result<()> {
    if as_json { output::write(&format!("{answer}\n")) } else { output::write(&show(answer)) }
}

/// Does the task.
pub async fn done(config: Config, task: Task) -> Result<Value> {
    if let Some(answer) = socket::ask(&config.node.data, &task).await? {
        return Ok(answer);
    }
    if config.database.url.is_none() && !config.node.data.join("snug.db").is_file() {
        return Err(Code::Internal.error(format!(
            "There is no instance in {}. Start one with `snug`, or say where it is with --data.",
            config.node.data.display()
        )));
    }
    let configured = config.node.listen.clone();
    let node = unlock::open(config, Clock::default()).await?;
    let bound = if configured.is_empty() { vec![SocketAddr::from((Ipv4Addr::UNSPECIFIED, DEFAULT_PORT))] } else { configured };
    let place = Place { urls: reach::urls(&node.app.config, &bound), since: None, tls: None };
    let outcome = task::run(&node, &place, task).await;
    node.stop().await;
    outcome
}
