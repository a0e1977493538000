//! What admins see and change.
use super::users::Sessions;
use crate::admin::{self, AdminChange, AdminUsers, UsersQuery};
use crate::client::Client;
use crate::instance::{self, Settings, SettingsChange};
use crate::invites::{self, NewInvite};
use crate::links;
use crate::me::Admin;
use crate::model::{AdminUser, InstanceInvite, OneTimeLink};
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use snug_base::http::{Json, Path, Problem, Query, Routes};
use snug_base::routes;
use snug_base::{App, Result, SessionId, UserId};
use utoipa::{IntoParams, ToSchema};

pub fn routes() -> Routes<App> {
    Routes::new()
        .routes(routes!(get_accounts))
        .routes(routes!(patch_account))
        .routes(routes!(post_reset_link))
        .routes(routes!(get_user_sessions, delete_user_sessions))
        .routes(routes!(delete_user_session))
        .routes(routes!(get_settings, patch_settings))
        .routes(routes!(get_instance_invites, post_instance_invite))
        .routes(routes!(delete_instance_invite))
}

/// Several invites to the instance.
#[derive(Debug, Serialize, ToSchema)]
pub struct InstanceInvites {
    pub invites: Vec<InstanceInvite>,
}

/// All accounts, in pages
#[utoipa::path(get, path = "/admin/users", tag = "admin", params(UsersQuery),
    responses((status = 200, body = AdminUsers), (status = 401, body = Problem), (status = 403, body = Problem)))]
async fn get_accounts(State(app): State<App>, _: Admin, Query(query): Query<UsersQuery>) -> Result<Json<AdminUsers>> {
    admin::list(&app, query).await.map(Json)
}

/// Change a role, or disable an account
#[utoipa::path(patch, path = "/admin/users/{id}", tag = "admin", params(UserId),
    responses((status = 200, body = AdminUser), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn patch_account(
    State(app): State<App>,
    by: Admin,
    Path(id): Path<UserId>,
    Json(change): Json<AdminChange>,
) -> Result<Json<AdminUser>> {
    admin::change(&app, by.into(), id, change).await.map(Json)
}

/// Make a link with which the user chooses a new password
#[utoipa::path(post, path = "/admin/users/{id}/reset-link", tag = "admin", params(UserId),
    responses((status = 200, body = OneTimeLink), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn post_reset_link(State(app): State<App>, by: Admin, client: Client, Path(id): Path<UserId>) -> Result<Json<OneTimeLink>> {
    links::reset_link(&app, by.into(), &client.base_url, id).await.map(Json)
}

/// The signed-in devices of somebody
#[utoipa::path(get, path = "/admin/users/{id}/sessions", tag = "admin", params(UserId),
    responses((status = 200, body = Sessions), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn get_user_sessions(State(app): State<App>, _: Admin, Path(id): Path<UserId>) -> Result<Json<Sessions>> {
    Ok(Json(Sessions { sessions: admin::list_sessions(&app, id).await? }))
}

/// Sign all devices of somebody out, at once
#[utoipa::path(delete, path = "/admin/users/{id}/sessions", tag = "admin", params(UserId),
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn delete_user_sessions(State(app): State<App>, by: Admin, Path(id): Path<UserId>) -> Result<StatusCode> {
    admin::end_sessions(&app, by.into(), id, None).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct UserSession {
    id: UserId,
    session: SessionId,
}

/// Sign one device of somebody out, at once
#[utoipa::path(delete, path = "/admin/users/{id}/sessions/{session}", tag = "admin", params(UserSession),
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn delete_user_session(State(app): State<App>, by: Admin, Path(of): Path<UserSession>) -> Result<StatusCode> {
    admin::end_sessions(&app, by.into(), of.id, Some(of.session)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The settings in force
#[utoipa::path(get, path = "/admin/settings", tag = "admin",
    responses((status = 200, body = Settings), (status = 401, body = Problem), (status = 403, body = Problem)))]
async fn get_settings(State(app): State<App>, _: Admin) -> Result<Json<Settings>> {
    let parts = app.clone();
    app.db.read(move |read| instance::settings(&parts, read)).await.map(Json)
}

/// Change settings
#[utoipa::path(patch, path = "/admin/settings", tag = "admin",
    responses((status = 200, body = Settings), (status = 401, body = Problem), (status = 403, body = Problem), (status = 422, body = Problem)))]
async fn patch_settings(State(app): State<App>, by: Admin, Json(change): Json<SettingsChange>) -> Result<Json<Settings>> {
    instance::change(&app, by.into(), change).await.map(Json)
}

/// The newest invites to the instance
#[utoipa::path(get, path = "/admin/invites", tag = "admin",
    responses((status = 200, body = InstanceInvites), (status = 401, body = Problem), (status = 403, body = Problem)))]
async fn get_instance_invites(State(app): State<App>, _: Admin, client: Client) -> Result<Json<InstanceInvites>> {
    Ok(Json(InstanceInvites { invites: invites::list(&app, &client.base_url).await? }))
}

/// Make an invite to the instance
#[utoipa::path(post, path = "/admin/invites", tag = "admin",
    responses((status = 201, body = InstanceInvite), (status = 401, body = Problem), (status = 403, body = Problem), (status = 422, body = Problem)))]
async fn post_instance_invite(
    State(app): State<App>,
    by: Admin,
    client: Client,
    Json(new): Json<NewInvite>,
) -> Result<(StatusCode, Json<InstanceInvite>)> {
    let invite = invites::create(&app, &client.base_url, by.into(), new).await?;
    Ok((StatusCode::CREATED, Json(invite)))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct InviteCode {
    code: String,
}

/// Take an invite back
#[utoipa::path(delete, path = "/admin/invites/{code}", tag = "admin", params(InviteCode),
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn delete_instance_invite(State(app): State<App>, by: Admin, Path(code): Path<InviteCode>) -> Result<StatusCode> {
    invites::delete(&app, by.into(), code.code).await?;
    Ok(StatusCode::NO_CONTENT)
}
