//! `snug server …`: the communities of the instance.
use super::ask;
use super::output::{self, table, time};
use super::settings::Settings;
use super::task::Task;
use clap::Subcommand;
use serde_json::Value;
use snug_base::Result;

#[derive(Debug, Subcommand)]
pub enum Server {
    /// List the servers
    List,
}

pub async fn run(settings: Settings, as_json: bool, command: Server) -> Result<()> {
    match command {
        Server::List => ask::run(settings, as_json, Task::ListServers, show_all).await,
    }
}

fn show_all(servers: &Value) -> String {
    let rows = servers.as_array().into_iter().flatten().map(|one| {
        let of = |key: &str| output::text(&one[key]);
        [of("id"), of("name"), of("owner"), of("member_count"), time(&one["created_at"])]
    });
    table(["ID", "NAME", "OWNER", "MEMBERS", "CREATED"], rows)
}
