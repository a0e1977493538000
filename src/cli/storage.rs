//! `snug storage`: what takes space, who stores how much, and how much people may.
use super::ask;
use super::output::{self, table};
use super::settings::Settings;
use super::task::Task;
use clap::Args;
use serde_json::Value;
use snug_accounts::storage::LimitsChange;
use snug_base::Result;
use snug_base::size::shown;

#[derive(Debug, Args)]
pub struct Storage {
    /// From now on each person may store so much: 500MB, 1.5GB, unlimited, or default for what is configured
    #[arg(long, value_name = "AMOUNT")]
    per_person: Option<String>,
    /// From now on everybody together may store so much
    #[arg(long, value_name = "AMOUNT")]
    total: Option<String>,
    /// How many people to list, those who store most
    #[arg(long, short = 'n', default_value = "10", value_parser = clap::value_parser!(u16).range(0..=10_000))]
    people: u16,
}

pub async fn run(settings: Settings, as_json: bool, storage: Storage) -> Result<()> {
    let change = LimitsChange { per_person: storage.per_person, total: storage.total };
    if change.per_person.is_some() || change.total.is_some() {
        return ask::run(settings, as_json, Task::ChangeStorageLimits(change), |limits| {
            format!("Each person may store {}, everybody together {}.\n", allowed(&limits["per_person"]), allowed(&limits["total"]))
        })
        .await;
    }
    ask::run(settings, as_json, Task::Storage { people: storage.people.into() }, show).await
}

fn show(storage: &Value) -> String {
    let database = &storage["database"];
    let engine = format!("{}, {} of it for the search", output::text(&database["engine"]), size(&database["search_bytes"]));
    let mut rows = vec![["Database".to_owned(), size(&database["bytes"]), engine]];
    for folder in storage["folders"].as_array().into_iter().flatten() {
        let name = match folder["name"].as_str() {
            Some("blobs") => "Files",
            Some("backups") => "Backups",
            Some("upgrades") => "Before upgrades",
            Some("analytics") => "Analytics",
            _ => "",
        };
        rows.push([name.to_owned(), size(&folder["bytes"]), output::text(&folder["path"])]);
    }
    if !storage["disk"].is_null() {
        rows.push(["Free".to_owned(), size(&storage["disk"]["free_bytes"]), format!("of {}", size(&storage["disk"]["all_bytes"]))]);
    }
    let mut text = table(["WHAT", "SIZE", ""], rows.into_iter());
    let kinds = storage["kinds"].as_array().into_iter().flatten().map(|kind| {
        let name = match kind["kind"].as_str() {
            Some("picture") => "Pictures of people",
            Some("icon") => "Icons of servers",
            Some("instance_icon") => "Icon of the instance",
            Some("emoji") => "Emoji of the instance",
            _ => "",
        };
        [name.to_owned(), output::text(&kind["files"]), size(&kind["bytes"])]
    });
    text.push('\n');
    text.push_str(&table(["STORED", "COUNT", "SIZE"], kinds));
    let limits = &storage["limits"];
    let used = size(&storage["stored_bytes"]);
    text.push_str(&format!(
        "\n{used} of {} that everybody may store together; each person may store {}.\n",
        allowed(&limits["total"]),
        allowed(&limits["per_person"])
    ));
    let people: Vec<&Value> = storage["people"].as_array().into_iter().flatten().collect();
    if !people.is_empty() {
        text.push('\n');
        text.push_str(&show_people(&people));
    }
    text
}

/// People with what they store.
pub fn show_people(people: &[&Value]) -> String {
    let rows = people.iter().map(|one| {
        let chosen = if one["allowed"]["is_chosen"] == true { "chosen for this person" } else { "" };
        [
            output::text(&one["user"]["username"]),
            output::text(&one["files"]),
            size(&one["bytes"]),
            allowed(&one["allowed"]),
            chosen.to_owned(),
        ]
    });
    table(["USERNAME", "FILES", "SIZE", "ALLOWED", ""], rows)
}

fn size(bytes: &Value) -> String {
    shown(bytes.as_i64().unwrap_or_default())
}

fn allowed(allowance: &Value) -> String {
    allowance["bytes"].as_i64().map_or_else(|| "unlimited".to_owned(), shown)
}
