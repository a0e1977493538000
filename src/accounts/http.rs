//! The routes of accounts.
mod admin;
mod audit;
mod auth;
mod storage;
mod users;

use snug_base::App;
use snug_base::http::Routes;

/// All routes, without the `/api/v1` in front.
pub fn routes() -> Routes<App> {
    auth::routes().merge(users::routes()).merge(admin::routes()).merge(audit::routes()).merge(storage::routes())
}
