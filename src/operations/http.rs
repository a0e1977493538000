//! The routes for those who run the instance.
use crate::backup::model::{BackupRun, Backups};
use crate::backup::schedule;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use snug_accounts::Admin;
use snug_base::http::Problem;
use snug_base::{App, Result};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// All routes, without the `/api/v1` in front.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_backups, post_backup))
}

/// The newest backups and what is configured
#[utoipa::path(get, path = "/admin/backups", tag = "admin", 
    responses((status = 200, body = Backups), (status = 401, body = Problem), (status = 403, body = Problem)))]
async fn get_backups(State(app): State<App>, _: Admin) -> Result<Json<Backups>> {
    schedule::list(&app).await.map(Json)
}

/// Make a backup now
///
/// Answers when it is made. Where to and for whom it is encrypted stands in the configuration.
#[utoipa::path(post, path = "/admin/backups", tag = "admin", 
    responses((status = 201, body = BackupRun), (status = 401, body = Problem), (status = 403, body = Problem), (status = 409, body = Problem),
        (status = 503, body = Problem), (status = 507, body = Problem)))]
async fn post_backup(State(app): State<App>, _: Admin) -> Result<(StatusCode, Json<BackupRun>)> {
    // goes on when whoever asked has gone away
    let ours = app.clone();
    let made = tokio::spawn(async move { schedule::make_now(&ours).await });
    Ok((StatusCode::CREATED, Json(made.await.map_err(snug_base::Error::internal)??)))
}
