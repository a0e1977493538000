//! `snug status`: what there is, and whether a node is running.
use super::ask;
use super::output::{self, bytes, time};
use super::settings::Settings;
use super::task::Task;
use serde_json::Value;
use snug_base::Result;

/// Prints it. With `only_running`, fails when no node answers, without looking at the data itself.
pub async fn run(settings: Settings, as_json: bool, only_running: bool) -> Result<()> {
    if only_running {
        ask::run_on_node(settings, as_json, Task::Status, show).await
    } else {
        ask::run(settings, as_json, Task::Status, show).await
    }
}

fn show(status: &Value) -> String {
    let of = |key: &str| output::text(&status[key]);
    let running =
        if status["is_running"] == true { format!("running since {}", time(&status["running_since"])) } else { "not running".to_owned() };
    let database = &status["database"];
    let mut lines = vec![
        ("Snug", format!("{}, {running}", of("version"))),
        ("Data", of("data")),
        ("Database", format!("{}, {}", output::text(&database["engine"]), bytes(&database["bytes"]))),
        ("Users", of("users")),
        ("Servers", of("servers")),
        ("Messages", of("messages")),
    ];
    for (n, url) in status["urls"].as_array().into_iter().flatten().enumerate() {
        lines.push((if n == 0 { "Address" } else { "" }, output::text(url)));
    }
    if !status["certificate_expires_at"].is_null() {
        lines.push(("Certificate", format!("until {} (renewed by itself)", time(&status["certificate_expires_at"]))));
    }
    lines.into_iter().map(|(name, value)| format!("{name:<12}{value}\n")).collect()
}
