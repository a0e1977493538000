//! Servers, for those who run the instance.
use crate::model::Server;
use crate::operator::{self, AdminServers, NewOwner, ServersQuery};
use axum::extract::State;
use axum::http::StatusCode;
use snug_accounts::Admin;
use snug_base::http::{Json, Path, Problem, Query, Routes};
use snug_base::routes;
use snug_base::{App, Result, ServerId};

pub fn routes() -> Routes<App> {
    Routes::new().routes(routes!(list_servers)).routes(routes!(transfer_server, erase_server))
}

/// All servers of the instance
#[utoipa::path(get, path = "/admin/servers", tag = "admin", params(ServersQuery),
    responses((status = 200, body = AdminServers), (status = 401, body = Problem), (status = 403, body = Problem), (status = 422, body = Problem)))]
async fn list_servers(State(app): State<App>, _: Admin, Query(query): Query<ServersQuery>) -> Result<Json<AdminServers>> {
    operator::list(&app, query).await.map(Json)
}

/// Give a server to another of its members
#[utoipa::path(patch, path = "/admin/servers/{id}", tag = "admin", params(ServerId),
    responses((status = 200, body = Server), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 422, body = Problem)))]
async fn transfer_server(State(app): State<App>, by: Admin, Path(id): Path<ServerId>, Json(new): Json<NewOwner>) -> Result<Json<Server>> {
    operator::transfer(&app, by.into(), id, new.owner_id).await.map(Json)
}

/// Delete a server with everything in it
#[utoipa::path(delete, path = "/admin/servers/{id}", tag = "admin", params(ServerId),
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn erase_server(State(app): State<App>, by: Admin, Path(id): Path<ServerId>) -> Result<StatusCode> {
    operator::delete(&app, by.into(), id).await?;
    Ok(StatusCode::NO_CONTENT)
}
