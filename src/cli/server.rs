//! `snug server …`: the communities of the instance.
use super::ask;
use super::output::{self, table, time};
use super::settings::Settings;
use super::task::Task;
use clap::Subcommand;
use serde_json::Value;
use snug_base::{Code, Result, ServerId};

#[derive(Debug, Subcommand)]
pub enum Server {
    /// List the servers
    List,
    /// Delete a server with everything in it
    Delete {
        /// Its id, from `snug server list`
        id: ServerId,
        /// Do it; without this it is only told what would happen
        #[arg(long)]
        yes: bool,
    },
    /// Give a server to another of its members
    Transfer {
        /// Its id, from `snug server list`
        id: ServerId,
        /// Username or e-mail address of the new owner
        to: String,
    },
}

pub async fn run(settings: Settings, as_json: bool, command: Server) -> Result<()> {
    match command {
        Server::List => ask::run(settings, as_json, Task::ListServers, show_all).await,
        Server::Delete { id, yes: false } => Err(Code::Invalid.error(format!(
            "The server {id} would be deleted with all its rooms and messages, for ever. To do it: snug server delete {id} --yes"
        ))),
        Server::Delete { id, yes: true } => {
            ask::run(settings, as_json, Task::DeleteServer { id }, |_| "The server is deleted.\n".to_owned()).await
        }
        Server::Transfer { id, to } => {
            let said = format!("The server belongs to {to}.\n");
            ask::run(settings, as_json, Task::TransferServer { id, to }, move |_| said.clone()).await
        }
    }
}

fn show_all(servers: &Value) -> String {
    let rows = servers.as_array().into_iter().flatten().map(|one| {
        let of = |key: &str| output::text(&one[key]);
        [of("id"), of("name"), of("owner"), of("member_count"), time(&one["created_at"])]
    });
    table(["ID", "NAME", "OWNER", "MEMBERS", "CREATED"], rows)
}
