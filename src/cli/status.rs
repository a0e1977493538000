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
    for certificate in status["certificates"].as_array().into_iter().flatten() {
        lines.push(("Certificate", certificate_line(certificate)));
        if let Some(problem) = certificate["problem"].as_str() {
            lines.push(("", format!("PROBLEM: {problem}")));
        }
        if !certificate["next_attempt_at"].is_null() {
            lines.push(("", format!("The next attempt is at {}.", time(&certificate["next_attempt_at"]))));
        }
    }
    lines.into_iter().map(|(name, value)| format!("{name:<12}{value}\n")).collect()
}

fn certificate_line(certificate: &Value) -> String {
    let names: Vec<&str> = certificate["names"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let (names, end) = (names.join(", "), &certificate["expires_at"]);
    match certificate["source"].as_str() {
        Some("own") => format!("until {}, the node's own (renewed by itself)", time(end)),
        Some("acme") if end.is_null() => "ordered, not issued yet".to_owned(),
        Some("acme") => format!("until {}, for {names} (renewed by itself)", time(end)),
        _ if end.is_null() => "from your files, which can't be used".to_owned(),
        _ => format!("until {}, from your files, for {names}", time(end)),
    }
}
