//! Invites to servers.
use crate::invites;
use crate::model::{Invite, InvitePreview};
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use snug_accounts::Me;
use snug_accounts::client::Client;
use snug_accounts::invites::NewInvite;
use snug_base::http::{Json, Path, Problem, Routes};
use snug_base::routes;
use snug_base::{App, Error, Result, ServerId};
use utoipa::{IntoParams, ToSchema};

pub fn routes() -> Routes<App> {
    Routes::new().routes(routes!(post_invite, get_invites)).routes(routes!(delete_invite)).routes(routes!(get_invite))
}

/// Several invites.
#[derive(Debug, Serialize, ToSchema)]
pub struct Invites {
    pub invites: Vec<Invite>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct InvitePath {
    id: ServerId,
    code: String,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct CodePath {
    code: String,
}

/// Make an invite to a server
#[utoipa::path(post, path = "/servers/{id}/invites", tag = "servers", params(ServerId),
    responses((status = 201, body = Invite), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 422, body = Problem)))]
async fn post_invite(
    State(app): State<App>,
    me: Me,
    Path(id): Path<ServerId>,
    Json(new): Json<NewInvite>,
) -> Result<(StatusCode, Json<Invite>)> {
    Ok((StatusCode::CREATED, Json(invites::create(&app, me, id, new).await?)))
}

/// A server's invites: all for who manages the server, else one's own
#[utoipa::path(get, path = "/servers/{id}/invites", tag = "servers", params(ServerId),
    responses((status = 200, body = Invites), (status = 401, body = Problem), (status = 404, body = Problem)))]
async fn get_invites(State(app): State<App>, me: Me, Path(id): Path<ServerId>) -> Result<Json<Invites>> {
    Ok(Json(Invites { invites: invites::list(&app, me, id).await? }))
}

/// Take an invite back
#[utoipa::path(delete, path = "/servers/{id}/invites/{code}", tag = "servers", params(InvitePath),
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn delete_invite(State(app): State<App>, me: Me, Path(path): Path<InvitePath>) -> Result<StatusCode> {
    invites::delete(&app, me, path.id, path.code).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What an invite is for
///
/// Needs no sign-in.
#[utoipa::path(get, path = "/invites/{code}", tag = "servers", security(()), params(CodePath),
    responses((status = 200, body = InvitePreview), (status = 404, body = Problem), (status = 429, body = Problem)))]
async fn get_invite(
    State(app): State<App>,
    client: Client,
    me: Result<Me, Error>,
    Path(path): Path<CodePath>,
) -> Result<Json<InvitePreview>> {
    client.check_limit(&app)?;
    invites::preview(&app, me.ok(), &path.code).await.map(Json)
}
