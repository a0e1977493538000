//! The check-up in the administration.
use super::model::Checkup;
use crate::Node;
use axum::extract::State;
use snug_accounts::Admin;
use snug_base::Result;
use snug_base::http::{Json, Problem, Routes};
use snug_base::routes;

/// Routes below /api/v1.
pub fn routes() -> Routes<Node> {
    Routes::new().routes(routes!(post_checkup))
}

/// Look whether anything is wrong
///
/// What `snug doctor` finds: the data, the machine, the names, the certificate, the way through a proxy. Takes half a minute behind a proxy;
/// one at a time.
#[utoipa::path(post, path = "/admin/checkup", tag = "admin",
    responses((status = 200, body = Checkup), (status = 401, body = Problem), (status = 403, body = Problem), (status = 409, body = Problem)))]
async fn post_checkup(State(node): State<Node>, _: Admin) -> Result<Json<Checkup>> {
    node.doctor.examine(&node.app, false).await.map(Json)
}
