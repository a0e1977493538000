//! `GET /api/v1/sync`: the whole state that a client starts from, with its cursors, read in one transaction.
use axum::extract::State;
use serde::Serialize;
use snug_accounts::{Account, Instance, Me, User};
use snug_base::http::{Json, Problem, Routes};
use snug_base::routes;
use snug_base::{App, ConversationId, Result, Stream};
use snug_messages::model::{Conversation, ReadState};
use snug_notifications::model::NotificationState;
use snug_servers::ServerState;
use std::collections::BTreeMap;
use utoipa::ToSchema;
use uuid::Uuid;

/// Everything that a client shows first, and from where it follows.
#[derive(Serialize, ToSchema)]
pub struct Sync {
    pub me: Account,
    pub instance: Instance,
    pub servers: Vec<ServerState>,
    /// Direct conversations and groups.
    pub conversations: Vec<Conversation>,
    /// Of all conversations, rooms included.
    pub read_states: Vec<ReadState>,
    /// The people in the conversations.
    pub users: Vec<User>,
    /// What the user wants to hear of.
    pub notifications: NotificationState,
    /// Per stream the number of the newest event that this state includes.
    pub streams: BTreeMap<Uuid, i64>,
}

/// Routes below /api/v1.
pub fn routes() -> Routes<App> {
    Routes::new().routes(routes!(get_sync))
}

/// The state to start from
///
/// The socket's `hello` takes `streams` as its cursors and sends what happened since.
#[utoipa::path(get, path = "/sync", tag = "sync", responses((status = 200, body = Sync), (status = 401, body = Problem)))]
async fn get_sync(State(app): State<App>, me: Me) -> Result<Json<Sync>> {
    let (ours, now) = (app.clone(), app.clock.now());
    let sync = app.db.read(move |read| {
        let servers = snug_servers::list_states(read, me.user)?;
        let private = snug_messages::sync::conversations(read, me.user)?;
        let rooms: Vec<ConversationId> = servers.iter().flat_map(|s| s.rooms.iter().map(|room| room.id)).collect();
        let mut read_states = private.read_states;
        read_states.extend(snug_messages::sync::read_states(read, me.user, &rooms)?);
        let mut follows: Vec<Stream> = vec![me.user.into()];
        follows.extend(snug_servers::streams_of(read, me.user)?);
        follows.extend(snug_messages::streams_of(read, me.user)?);
        let streams = read.heads(&follows)?;
        Ok(Sync {
            me: snug_accounts::account(read, me.user)?,
            instance: snug_accounts::instance(&ours, read)?,
            servers,
            conversations: private.conversations,
            read_states,
            users: private.users,
            notifications: snug_notifications::state(read, me.user, now)?,
            streams,
        })
    });
    sync.await.map(Json)
}
