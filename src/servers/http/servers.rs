//! Servers themselves: making, changing, deleting, joining.
use crate::create::{self, NewServer};
use crate::edit::{self, AccessCode, ServerChange};
use crate::join::{self, Join};
use crate::model::{Server, ServerState};
use crate::order::{self, Order};
use crate::{delete, state};
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use snug_accounts::{Me, picture};
use snug_base::http::{Json, Path, Problem, Routes};
use snug_base::routes;
use snug_base::{App, Result, ServerId};
use utoipa::ToSchema;

pub fn routes() -> Routes<App> {
    let icons = Routes::new().routes(routes!(put_icon, delete_icon)).body_limit(picture::MAX_BYTES + 1);
    Routes::new()
        .routes(routes!(post_server, get_servers))
        .routes(routes!(get_server, patch_server, delete_server))
        .routes(routes!(post_join))
        .routes(routes!(post_join_server))
        .routes(routes!(post_access_code, delete_access_code))
        .routes(routes!(put_order))
        .merge(icons)
}

/// Several servers.
#[derive(Debug, Serialize, ToSchema)]
pub struct Servers {
    pub servers: Vec<ServerState>,
}

/// Make a server
///
/// It comes with a room.
#[utoipa::path(post, path = "/servers", tag = "servers",
    responses((status = 201, body = ServerState), (status = 401, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn post_server(State(app): State<App>, me: Me, Json(new): Json<NewServer>) -> Result<(StatusCode, Json<ServerState>)> {
    Ok((StatusCode::CREATED, Json(create::create(&app, me, new).await?)))
}

/// The servers one is in
#[utoipa::path(get, path = "/servers", tag = "servers", responses((status = 200, body = Servers), (status = 401, body = Problem)))]
async fn get_servers(State(app): State<App>, me: Me) -> Result<Json<Servers>> {
    Ok(Json(Servers { servers: state::list(&app, me.user).await? }))
}

/// A server with everything one sees of it
#[utoipa::path(get, path = "/servers/{id}", tag = "servers", params(ServerId),
    responses((status = 200, body = ServerState), (status = 401, body = Problem), (status = 404, body = Problem)))]
async fn get_server(State(app): State<App>, me: Me, Path(id): Path<ServerId>) -> Result<Json<ServerState>> {
    state::load(&app, id, me.user).await.map(Json)
}

/// Change a server, or give it away
#[utoipa::path(patch, path = "/servers/{id}", tag = "servers", params(ServerId),
    responses((status = 200, body = Server), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn patch_server(State(app): State<App>, me: Me, Path(id): Path<ServerId>, Json(change): Json<ServerChange>) -> Result<Json<Server>> {
    edit::edit(&app, me, id, change).await.map(Json)
}

/// Delete a server with everything in it
#[utoipa::path(delete, path = "/servers/{id}", tag = "servers", params(ServerId),
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn delete_server(State(app): State<App>, me: Me, Path(id): Path<ServerId>) -> Result<StatusCode> {
    delete::delete(&app, me, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Replace the icon: PNG, JPEG, GIF or WebP, at most 4 MiB
#[utoipa::path(put, path = "/servers/{id}/icon", tag = "servers", params(ServerId), request_body(content = Vec<u8>, content_type = "image/*"),
    responses((status = 200, body = Server), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 413, body = Problem), (status = 422, body = Problem)))]
async fn put_icon(State(app): State<App>, me: Me, Path(id): Path<ServerId>, body: Bytes) -> Result<Json<Server>> {
    edit::set_icon(&app, me, id, body.into()).await.map(Json)
}

/// Take the icon away
#[utoipa::path(delete, path = "/servers/{id}/icon", tag = "servers", params(ServerId),
    responses((status = 200, body = Server), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn delete_icon(State(app): State<App>, me: Me, Path(id): Path<ServerId>) -> Result<Json<Server>> {
    edit::remove_icon(&app, me, id).await.map(Json)
}

/// Join a server by its access code or an invite
#[utoipa::path(post, path = "/servers/join", tag = "servers",
    responses((status = 200, body = ServerState), (status = 401, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem),
        (status = 429, body = Problem)))]
async fn post_join(State(app): State<App>, me: Me, Json(asked): Json<Join>) -> Result<Json<ServerState>> {
    join::join(&app, me, None, asked).await.map(Json)
}

/// Join this server by its access code or an invite
#[utoipa::path(post, path = "/servers/{id}/join", tag = "servers", params(ServerId),
    responses((status = 200, body = ServerState), (status = 401, body = Problem), (status = 404, body = Problem), (status = 422, body = Problem),
        (status = 429, body = Problem)))]
async fn post_join_server(State(app): State<App>, me: Me, Path(id): Path<ServerId>, Json(asked): Json<Join>) -> Result<Json<ServerState>> {
    join::join(&app, me, Some(id), asked).await.map(Json)
}

/// Make a new access code; the one before stops working
#[utoipa::path(post, path = "/servers/{id}/access-code", tag = "servers", params(ServerId),
    responses((status = 200, body = AccessCode), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn post_access_code(State(app): State<App>, me: Me, Path(id): Path<ServerId>) -> Result<Json<AccessCode>> {
    edit::rotate_access_code(&app, me, id).await.map(Json)
}

/// Switch the access code off
#[utoipa::path(delete, path = "/servers/{id}/access-code", tag = "servers", params(ServerId),
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn delete_access_code(State(app): State<App>, me: Me, Path(id): Path<ServerId>) -> Result<StatusCode> {
    edit::switch_off_access_code(&app, me, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Put categories and rooms in a new order
#[utoipa::path(put, path = "/servers/{id}/order", tag = "servers", params(ServerId),
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 422, body = Problem)))]
async fn put_order(State(app): State<App>, me: Me, Path(id): Path<ServerId>, Json(asked): Json<Order>) -> Result<StatusCode> {
    order::reorder(&app, me, id, asked).await?;
    Ok(StatusCode::NO_CONTENT)
}
