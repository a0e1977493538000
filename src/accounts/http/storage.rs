//! What people store, and how much they may.
use crate::me::Admin;
use crate::storage::{self, LimitsChange, NewQuota, PeopleQuery, PeopleStorage, PersonStorage, StorageLimits};
use axum::extract::State;
use snug_base::http::{Json, Path, Problem, Query, Routes};
use snug_base::routes;
use snug_base::{App, Result, UserId};

pub fn routes() -> Routes<App> {
    Routes::new().routes(routes!(get_people_storage)).routes(routes!(patch_storage_limits)).routes(routes!(put_user_quota))
}

/// Who stores how much, in pages, the most first
#[utoipa::path(get, path = "/admin/storage/people", tag = "admin", params(PeopleQuery),
    responses((status = 200, body = PeopleStorage), (status = 401, body = Problem), (status = 403, body = Problem), (status = 422, body = Problem)))]
async fn get_people_storage(State(app): State<App>, _: Admin, Query(query): Query<PeopleQuery>) -> Result<Json<PeopleStorage>> {
    storage::list(&app, query).await.map(Json)
}

/// Change what everybody may store
///
/// Takes effect at once. What is stored already stays.
#[utoipa::path(patch, path = "/admin/storage/limits", tag = "admin",
    responses((status = 200, body = StorageLimits), (status = 401, body = Problem), (status = 403, body = Problem), (status = 422, body = Problem)))]
async fn patch_storage_limits(State(app): State<App>, by: Admin, Json(change): Json<LimitsChange>) -> Result<Json<StorageLimits>> {
    storage::change_limits(&app, by.into(), change).await.map(Json)
}

/// Change what one person may store
///
/// Takes effect at once. What is stored already stays.
#[utoipa::path(put, path = "/admin/users/{id}/quota", tag = "admin", params(UserId),
    responses((status = 200, body = PersonStorage), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 422, body = Problem)))]
async fn put_user_quota(
    State(app): State<App>,
    by: Admin,
    Path(id): Path<UserId>,
    Json(new): Json<NewQuota>,
) -> Result<Json<PersonStorage>> {
    storage::change_quota(&app, by.into(), id, new).await.map(Json)
}
