//! Files that the instance may have of its own in place of those of the web UI: colours, style sheet, icons.
use super::ui;
use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, Method, Response, Uri};
use axum::routing::get;
use snug_branding::{Branding, served};

/// What may be one's own.
const FILES: [&str; 7] = [
    "/branding.css",
    "/custom.css",
    "/favicon.svg",
    "/icons/apple-180.png",
    "/icons/icon-192.png",
    "/icons/icon-512.png",
    "/icons/maskable-512.png",
];

pub fn routes() -> Router<Branding> {
    FILES.into_iter().fold(Router::new(), |router, path| router.route(path, get(file)))
}

async fn file(State(branding): State<Branding>, method: Method, uri: Uri, headers: HeaderMap) -> Response<Body> {
    match served::find(&branding, uri.path()) {
        Some((kind, bytes)) => served::answer(kind, bytes, &headers),
        None => ui::serve(method, uri, headers).await,
    }
}
