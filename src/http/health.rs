//! For supervisors, load balancers and the trust page: is the process there, can it work?
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderName, header};
use axum::response::IntoResponse;
use axum::routing::get;
use snug_base::{App, Code, Error};
use std::time::Duration;

pub fn routes() -> Router<App> {
    Router::new().route("/healthz", get(alive)).route("/readyz", get(ready))
}

/// Anybody may ask from any page: the trust page does, over plain HTTP, to learn whether HTTPS works.
async fn alive() -> impl IntoResponse {
    ([(header::CACHE_CONTROL, "no-store"), (HeaderName::from_static("cross-origin-resource-policy"), "cross-origin")], "ok\n")
}

/// The database answers.
async fn ready(State(app): State<App>) -> Result<impl IntoResponse, Error> {
    let asked = app.db.ping();
    match tokio::time::timeout(Duration::from_secs(5), asked).await {
        Ok(answer) => answer.map(|()| ([(header::CACHE_CONTROL, "no-store")], "ready\n")),
        Err(_) => Err(Code::Unavailable.error("The database does not answer.")),
    }
}
