//! For supervisors, load balancers and the trust page: is the process there, can it work?
use crate::Node;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderName, header};
use axum::response::IntoResponse;
use axum::routing::get;
use snug_base::{Code, Error, Result};
use std::time::Duration;

/// How long the database may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// With less room than this on its disk the node can't be relied on to store anything.
const LEAST_BYTES: u64 = 16 * 1024 * 1024;

pub fn routes() -> Router<Node> {
    Router::new().route("/healthz", get(alive)).route("/readyz", get(ready))
}

/// Anybody may ask from any page: the trust page does, over plain HTTP, to learn whether HTTPS works.
async fn alive() -> impl IntoResponse {
    ([(header::CACHE_CONTROL, "no-store"), (HeaderName::from_static("cross-origin-resource-policy"), "cross-origin")], "ok\n")
}

/// The node is not stopping, there is room on its disk, and the database answers readers and takes writes.
async fn ready(State(node): State<Node>) -> Result<impl IntoResponse, Error> {
    if node.stopping.is_cancelled() {
        return Err(Code::Unavailable.error("The node is stopping."));
    }
    if free_bytes(&node).await.is_some_and(|bytes| bytes < LEAST_BYTES) {
        return Err(Code::Unavailable.error("The node's disk is full."));
    }
    let asked = async {
        node.app.db.ping().await?;
        // nothing changes, so nothing is written; but it waits its turn and needs the database's lock, as every write does
        node.app.db.write(|_| Ok(())).await
    };
    match tokio::time::timeout(PATIENCE, asked).await {
        Ok(answer) => answer.map(|()| ([(header::CACHE_CONTROL, "no-store")], "ready\n")),
        Err(_) => Err(Code::Unavailable.error("The database does not answer, or takes no writes.")),
    }
}

/// The room that is left on the disk with the data folder.
pub async fn free_bytes(node: &Node) -> Option<u64> {
    let data = node.app.config.node.data.clone();
    let asked = tokio::task::spawn_blocking(move || rustix::fs::statvfs(&data)).await.ok()?.ok()?;
    Some(asked.f_bavail.saturating_mul(asked.f_frsize))
}
