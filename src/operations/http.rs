//! The routes for those who run the instance.
use crate::Operations;
use crate::analytics::model::{AnalyticsView, DayCount};
use crate::backup::model::{BackupRun, Backups};
use crate::backup::schedule;
use crate::errors::ErrorGroup;
use crate::jobs::Job;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use snug_accounts::Admin;
use snug_base::http::{Path, Problem, Query, Routes};
use snug_base::routes;
use snug_base::{App, Code, Result};
use utoipa::{IntoParams, ToSchema};

/// The longest time that can be looked back on.
const MOST_HOURS: u32 = 24 * 366;

/// All routes, without the `/api/v1` in front.
pub fn routes() -> Routes<Operations> {
    Routes::new()
        .routes(routes!(get_backups, post_backup))
        .routes(routes!(get_analytics))
        .routes(routes!(get_errors))
        .routes(routes!(get_jobs))
        .routes(routes!(run_job))
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
async fn post_backup(State(app): State<App>, by: Admin) -> Result<(StatusCode, Json<BackupRun>)> {
    // goes on when whoever asked has gone away
    let ours = app.clone();
    let made = tokio::spawn(async move { schedule::make_now(&ours, by.into()).await });
    Ok((StatusCode::CREATED, Json(made.await.map_err(snug_base::Error::internal)??)))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Back {
    /// How far to look back; 24 unless told.
    #[param(minimum = 1, maximum = 8_784)]
    hours: Option<u32>,
}

/// Counts over time, for charts
#[derive(Debug, Serialize, ToSchema)]
pub struct AnalyticsAnswer {
    #[serde(flatten)]
    pub view: AnalyticsView,
    /// Different people on each of the last days.
    pub people_by_day: Vec<DayCount>,
}

/// Messages, people, connections, requests, storage and how long things took, over time
#[utoipa::path(get, path = "/admin/analytics", tag = "admin", params(Back),
    responses((status = 200, body = AnalyticsAnswer), (status = 401, body = Problem), (status = 403, body = Problem), (status = 422, body = Problem)))]
async fn get_analytics(State(operations): State<Operations>, _: Admin, Query(back): Query<Back>) -> Result<Json<AnalyticsAnswer>> {
    let hours = back.hours.unwrap_or(24);
    if !(1..=MOST_HOURS).contains(&hours) {
        return Err(Code::Invalid.field("hours", format!("must be from 1 to {MOST_HOURS}")));
    }
    let view = operations.analytics.view(hours).await?;
    Ok(Json(AnalyticsAnswer { view, people_by_day: operations.analytics.people_by_day().await? }))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ErrorsQuery {
    /// Only these: `error` or `warning`.
    level: Option<String>,
}

/// Errors and warnings of the node, grouped.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErrorList {
    /// The last first, at most 500.
    pub errors: Vec<ErrorGroup>,
    /// Whether they are kept at all.
    pub is_on: bool,
}

/// Errors and warnings of the node, grouped by their place in the program
#[utoipa::path(get, path = "/admin/errors", tag = "admin", params(ErrorsQuery),
    responses((status = 200, body = ErrorList), (status = 401, body = Problem), (status = 403, body = Problem), (status = 422, body = Problem)))]
async fn get_errors(State(operations): State<Operations>, _: Admin, Query(query): Query<ErrorsQuery>) -> Result<Json<ErrorList>> {
    let level = match query.level.as_deref() {
        None | Some("") => None,
        Some("error") => Some("error"),
        Some("warning") => Some("warning"),
        Some(_) => return Err(Code::Invalid.field("level", "must be error or warning")),
    };
    operations.keep_errors().await?;
    Ok(Json(ErrorList { errors: operations.analytics.errors(level).await?, is_on: operations.analytics.is_on() }))
}

/// The jobs of the node.
#[derive(Debug, Serialize, ToSchema)]
pub struct JobList {
    pub jobs: Vec<Job>,
}

/// What the node does by itself, when it did, and how that went
#[utoipa::path(get, path = "/admin/jobs", tag = "admin",
    responses((status = 200, body = JobList), (status = 401, body = Problem), (status = 403, body = Problem)))]
async fn get_jobs(State(operations): State<Operations>, _: Admin) -> Json<JobList> {
    Json(JobList { jobs: operations.jobs.list() })
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct JobName {
    name: String,
}

/// Run a job now
///
/// Answers at once; the list tells how it went.
#[utoipa::path(post, path = "/admin/jobs/{name}/run", tag = "admin", params(JobName),
    responses((status = 202, body = Job), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn run_job(State(operations): State<Operations>, by: Admin, Path(job): Path<JobName>) -> Result<(StatusCode, Json<Job>)> {
    let job = operations.jobs.run_now(&operations.app, by.into(), &job.name).await?;
    Ok((StatusCode::ACCEPTED, Json(job)))
}
