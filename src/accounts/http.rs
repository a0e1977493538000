//! The routes of accounts.
mod admin;
mod audit;
mod auth;
mod storage;
mod users;

use snug_base::App;
use utoipa_axum::router::OpenApiRouter;

/// All routes, without the `/api/v1` in front.
pub fn routes() -> OpenApiRouter<App> {
    auth::routes().merge(users::routes()).merge(admin::routes()).merge(audit::routes()).merge(storage::routes())
}
