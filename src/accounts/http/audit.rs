//! The logs of deeds: for administrators, and everybody's own.
use crate::audit::export::{self, Format, FormatQuery};
use crate::audit::list::{self, AuditQuery};
use crate::audit::model::AuditPage;
use crate::me::{Admin, Me};
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use snug_base::http::{Json, Problem, Query, Routes};
use snug_base::routes;
use snug_base::{App, Result};
use utoipa::IntoParams;

pub fn routes() -> Routes<App> {
    Routes::new().routes(routes!(get_audit)).routes(routes!(export_audit)).routes(routes!(get_activity))
}

/// What administrators did, or what happened to sign-ins, devices and passwords
///
/// The newest first, in pages.
#[utoipa::path(get, path = "/admin/audit", tag = "admin", params(AuditQuery),
    responses((status = 200, body = AuditPage), (status = 401, body = Problem), (status = 403, body = Problem), (status = 422, body = Problem)))]
async fn get_audit(State(app): State<App>, _: Admin, Query(query): Query<AuditQuery>) -> Result<Json<AuditPage>> {
    list::list(&app, &query).await.map(Json)
}

/// The same as a file: the newest 50,000 lines, as JSON or CSV
#[utoipa::path(get, path = "/admin/audit/export", tag = "admin", params(FormatQuery, AuditQuery),
    responses((status = 200, content((Vec<crate::audit::AuditLine> = "application/json"), (String = "text/csv"))),
        (status = 401, body = Problem), (status = 403, body = Problem), (status = 422, body = Problem)))]
async fn export_audit(State(app): State<App>, by: Admin, Query(query): Query<Export>) -> Result<Response> {
    let text = export::export(&app, by.into(), &query.filter(), query.format).await?;
    let (content_type, name) = match query.format {
        Format::Json => ("application/json", "attachment; filename=\"audit.json\""),
        Format::Csv => ("text/csv; charset=utf-8", "attachment; filename=\"audit.csv\""),
    };
    Ok(([(header::CONTENT_TYPE, content_type), (header::CONTENT_DISPOSITION, name), (header::CACHE_CONTROL, "no-store")], text)
        .into_response())
}

/// [`AuditQuery`] and the file's format: the query's parser knows no structs in structs.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Export {
    #[serde(default)]
    format: Format,
    log: Option<String>,
    kind: Option<String>,
    user_id: Option<snug_base::UserId>,
    from: Option<i64>,
    to: Option<i64>,
}

impl Export {
    fn filter(&self) -> AuditQuery {
        let (log, kind) = (self.log.clone(), self.kind.clone());
        AuditQuery { log, kind, user_id: self.user_id, from: self.from, to: self.to, cursor: None }
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ActivityQuery {
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// What happened to one's own account: sign-ins, devices, passwords
///
/// The newest first, in pages. Where an administrator did something it does not say who and from where.
#[utoipa::path(get, path = "/users/me/activity", tag = "users", params(ActivityQuery),
    responses((status = 200, body = AuditPage), (status = 401, body = Problem), (status = 422, body = Problem)))]
async fn get_activity(State(app): State<App>, me: Me, Query(query): Query<ActivityQuery>) -> Result<Json<AuditPage>> {
    list::own(&app, me, query.cursor.as_deref()).await.map(Json)
}
