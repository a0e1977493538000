//! What those who run the instance see of servers and do with them, in the browser and on the command line.
use crate::model::{AdminServer, Server};
use crate::{delete, edit, store};
use serde::{Deserialize, Serialize};
use snug_accounts::audit::{Actor, Deed, DeedKind};
use snug_accounts::{load_users, text};
use snug_base::{App, Read, Result, ServerId, UserId};
use utoipa::{IntoParams, ToSchema};

/// Servers in a list.
const MOST: usize = 500;

/// Which servers to list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ServersQuery {
    /// Part of the name.
    pub q: Option<String>,
}

/// Servers in the order of their names, at most 500.
#[derive(Debug, Serialize, ToSchema)]
pub struct AdminServers {
    pub servers: Vec<AdminServer>,
    /// Of all that match.
    pub count: usize,
}

/// A new owner, who has to be a member.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOwner {
    pub owner_id: UserId,
}

/// Every server of the instance.
pub fn list_servers(read: &Read) -> Result<Vec<Server>> {
    store::servers::list_all(read)
}

/// How many there are.
pub fn count_servers(read: &Read) -> Result<i64> {
    store::servers::count(read)
}

/// Servers with their owners.
pub async fn list(app: &App, query: ServersQuery) -> Result<AdminServers> {
    let q = text::query("q", query.q.as_deref())?.to_lowercase();
    app.db
        .read(move |read| {
            let mut servers = list_servers(read)?;
            servers.retain(|server| server.name.to_lowercase().contains(&q));
            let count = servers.len();
            servers.truncate(MOST);
            let owners: Vec<UserId> = servers.iter().map(|server| server.owner_id).collect();
            let owners = load_users(read, &owners)?;
            let owner_of = |server: &Server| owners.iter().find(|user| user.id == server.owner_id).map(|user| user.username.clone());
            let servers = servers.into_iter().map(|server| AdminServer { owner: owner_of(&server), server });
            Ok(AdminServers { servers: servers.collect(), count })
        })
        .await
}

/// Deletes a server with everything in it.
pub async fn delete(app: &App, by: Actor, server: ServerId) -> Result<()> {
    let parts = app.clone();
    by.act(app, move |tx| {
        let known = store::servers::load(tx, server)?;
        delete::erase(&parts, tx, server)?;
        Ok(((), vec![Deed::new(DeedKind::ServerDeleted).about(known.owner_id).on(known.name).fact("members", known.member_count)]))
    })
    .await
}

/// Gives a server to another of its members; the former owner becomes an admin there.
pub async fn transfer(app: &App, by: Actor, server: ServerId, to: UserId) -> Result<Server> {
    let parts = app.clone();
    by.act(app, move |tx| {
        let mut known = store::servers::load(tx, server)?;
        if known.owner_id == to {
            return Ok((known, Vec::new()));
        }
        let names = load_users(tx, &[known.owner_id, to])?;
        let name_of = |id: UserId| names.iter().find(|user| user.id == id).map(|user| user.username.clone()).unwrap_or_default();
        edit::give_away(&parts, tx, server, known.owner_id, to)?;
        let deed = Deed::new(DeedKind::ServerTransferred).about(to).on(&known.name).change("owner", name_of(known.owner_id), name_of(to));
        known.owner_id = to;
        store::servers::update(tx, &known)?;
        tx.emit(server, "server.updated", &known)?;
        Ok((known, vec![deed]))
    })
    .await
}
