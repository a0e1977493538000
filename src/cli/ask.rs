//! Has a task done: by the running node where there is one, else on the data itself.
use super::settings::Settings;
use super::socket;
use super::task::{self, Place, Task};
use super::{output, reach};
use crate::http::listen::DEFAULT_PORT;
use crate::{Node, tls};
use serde_json::Value;
use snug_base::{Code, Config, Result};
use std::net::{Ipv4Addr, SocketAddr};

/// Does the task and prints its answer: JSON, or what `show` makes of it.
pub async fn run(settings: Settings, as_json: bool, task: Task, show: impl Fn(&Value) -> String) -> Result<()> {
    print(&done(settings.config, task).await?, as_json, show)
}

/// The same, by a running node only.
pub async fn run_on_node(settings: Settings, as_json: bool, task: Task, show: impl Fn(&Value) -> String) -> Result<()> {
    let data = &settings.config.node.data;
    match socket::ask(data, &task).await? {
        Some(answer) => print(&answer, as_json, show),
        None => Err(Code::Internal.error(format!("No node is running on {}.", data.display()))),
    }
}

fn print(answer: &Value, as_json: bool, show: impl Fn(&Value) -> String) -> Result<()> {
    if as_json { output::write(&format!("{answer}\n")) } else { output::write(&show(answer)) }
}

async fn done(config: Config, task: Task) -> Result<Value> {
    if let Some(answer) = socket::ask(&config.node.data, &task).await? {
        return Ok(answer);
    }
    if !config.node.data.join("master.key").is_file() {
        return Err(Code::Internal.error(format!(
            "There is no instance in {}. Start one with `snug`, or say where it is with --data.",
            config.node.data.display()
        )));
    }
    let configured = config.node.listen.clone();
    let node = Node::open(config).await?;
    let bound = if configured.is_empty() { vec![SocketAddr::from((Ipv4Addr::UNSPECIFIED, DEFAULT_PORT))] } else { configured };
    let place = Place { urls: reach::urls(&node.app.config, &bound), since: None, certificate_expires_at: tls::expires_at(&node.app)? };
    let outcome = task::run(&node, &place, task).await;
    node.stop().await;
    outcome
}
