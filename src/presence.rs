//! Presence at the edge: what a user chose is kept with the account, who is connected is known to the realtime engine.
use crate::Node;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use snug_accounts::{Me, PresenceChoice};
use snug_base::http::{Json, Problem, Query, Routes};
use snug_base::routes;
use snug_base::{Code, Read, Result, UserId};
use snug_realtime::presence::WATCHED;
use snug_realtime::{Connection, Presence, PresenceState, Presences};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// The presence of some people.
#[derive(Debug, Serialize, ToSchema)]
pub struct PresenceList {
    pub users: Vec<Presence>,
}

/// What a user chooses to show.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PresenceChange {
    pub presence: PresenceChoice,
}

/// The people in question.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PresenceQuery {
    /// Ids of at most 200 users, separated by commas.
    pub ids: String,
}

/// Routes below /api/v1.
pub fn routes() -> Routes<Node> {
    Routes::new().routes(routes!(get_presence, set_presence))
}

/// Who is online
#[utoipa::path(get, path = "/presence", tag = "users", params(PresenceQuery), responses((status = 200, body = PresenceList), (status = 422, body = Problem)))]
async fn get_presence(State(node): State<Node>, _: Me, Query(query): Query<PresenceQuery>) -> Result<Json<PresenceList>> {
    let ids = query.ids.split(',').filter(|id| !id.is_empty()).map(str::parse).collect::<Result<Vec<UserId>, _>>();
    let ids = ids.map_err(|_| Code::Invalid.field("ids", "must be user ids, separated by commas"))?;
    list(&node, ids).await.map(Json)
}

/// Choose what others see
#[utoipa::path(put, path = "/presence", tag = "users", request_body = PresenceChange, responses((status = 204), (status = 422, body = Problem)))]
async fn set_presence(State(node): State<Node>, me: Me, Json(change): Json<PresenceChange>) -> Result<StatusCode> {
    choose(&node, me, change.presence).await.map(|()| StatusCode::NO_CONTENT)
}

/// Stores the user's choice, which shows it.
pub async fn choose(node: &Node, me: Me, choice: PresenceChoice) -> Result<()> {
    snug_accounts::set_presence_choice(&node.app, me, choice).await
}

/// Replaces the people whom a device shows, and says how they are now.
pub async fn watch(node: &Node, connection: &Arc<Connection>, ids: Vec<UserId>) -> Result<PresenceList> {
    let now = list(node, ids.clone()).await?;
    node.presences.watch(connection, &ids);
    Ok(now)
}

async fn list(node: &Node, ids: Vec<UserId>) -> Result<PresenceList> {
    if ids.len() > WATCHED {
        return Err(Code::Invalid.field("user_ids", format!("at most {WATCHED} people at once")));
    }
    let presences = node.presences.clone();
    let users = node.app.db.read(move |read| states(read, &presences, &ids)).await?;
    Ok(PresenceList { users })
}

/// How these people are now.
pub fn states(read: &Read, presences: &Presences, ids: &[UserId]) -> Result<Vec<Presence>> {
    let state = |(id, last_seen_at)| match presences.of(id) {
        None | Some(PresenceState::Offline) => Presence { id, presence: PresenceState::Offline, last_seen_at },
        Some(presence) => Presence { id, presence, last_seen_at: None },
    };
    Ok(snug_accounts::last_seen(read, ids)?.into_iter().map(state).collect())
}
