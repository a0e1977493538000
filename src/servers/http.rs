//! The routes of servers.
mod invites;
mod members;
mod rooms;
mod servers;

use snug_base::App;
use utoipa_axum::router::OpenApiRouter;

/// All routes, without the `/api/v1` in front.
pub fn routes() -> OpenApiRouter<App> {
    servers::routes().merge(members::routes()).merge(invites::routes()).merge(rooms::routes())
}
