//! The description of the API, and the page that shows it. It is made in debug builds ([`snug_base::http::Routes`] tells why); a released
//! program has docs/openapi.json inside, which is what a debug build made of the same sources.
#[cfg(debug_assertions)]
mod describe;

#[cfg(debug_assertions)]
pub use describe::document;

use axum::Router;
use axum::http::{HeaderValue, header};
use axum::response::IntoResponse;
use axum::routing::get;
use bytes::Bytes;
use snug_base::App;
use std::sync::OnceLock;

const PAGE: &str = include_str!("../../assets/docs/docs.html");
const STYLE: &str = include_str!("../../assets/docs/docs.css");
const SCRIPT: &str = include_str!("../../assets/docs/docs.js");

pub fn routes() -> Router<App> {
    Router::new()
        .route("/api/v1/openapi.json", get(|| async { json_file(text().clone()) }))
        .route("/api/docs", get(|| async { file("text/html; charset=utf-8", PAGE) }))
        .route("/api/docs/docs.css", get(|| async { file("text/css; charset=utf-8", STYLE) }))
        .route("/api/docs/docs.js", get(|| async { file("text/javascript; charset=utf-8", SCRIPT) }))
}

/// The document as it is served and printed, the same bytes each time.
pub fn text() -> &'static Bytes {
    static TEXT: OnceLock<Bytes> = OnceLock::new();
    TEXT.get_or_init(|| made().into())
}

#[cfg(debug_assertions)]
fn made() -> String {
    let mut text = serde_json::to_string_pretty(&document()).unwrap_or_default();
    text.push('\n');
    text
}

/// As build.rs packed it.
#[cfg(not(debug_assertions))]
fn made() -> Vec<u8> {
    const PACKED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/openapi.json.gz"));
    super::ui::unpacked(PACKED).unwrap_or_else(|e| {
        tracing::error!("the description of the API in this program can't be read: {e}");
        Vec::new()
    })
}

fn file(kind: &'static str, text: &'static str) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, HeaderValue::from_static(kind)), (header::CACHE_CONTROL, HeaderValue::from_static("no-cache"))], text)
}

fn json_file(text: Bytes) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-cache")], text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// Clients that are made from the document have one function for each.
    #[test]
    fn every_operation_has_a_name_of_its_own() {
        let document = document();
        let mut seen = BTreeSet::new();
        for (path, methods) in document["paths"].as_object().into_iter().flatten() {
            for (method, operation) in methods.as_object().into_iter().flatten() {
                let Some(id) = operation["operationId"].as_str() else { continue };
                assert!(seen.insert(id.to_owned()), "{method} {path}: another operation is called {id}");
            }
        }
    }
}
