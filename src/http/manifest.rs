//! The web app manifest: what a browser has to know to install the web UI under the instance's name.
use axum::Router;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;
use serde_json::{Value, json};
use snug_base::{App, Error};

/// As `--color-rail` and `--color-canvas` of the web UI's light theme.
const THEME: &str = "#e3dfd6";
const CANVAS: &str = "#fdfcfa";
/// Home screens cut longer names off anyhow.
const SHORT_CHARS: usize = 12;

pub fn routes() -> Router<App> {
    Router::new().route("/manifest.webmanifest", get(manifest))
}

/// Asked for without cookies, so it holds only what everybody may know.
async fn manifest(State(app): State<App>) -> Result<impl IntoResponse, Error> {
    let ours = app.clone();
    let settings = app.db.read(move |read| snug_accounts::instance::settings(&ours, read)).await?;
    let headers = [(header::CONTENT_TYPE, "application/manifest+json"), (header::CACHE_CONTROL, "no-cache")];
    Ok((headers, describe(&settings.name).to_string()))
}

/// What is shared into the app goes to the service worker (`web-ui/src/service-worker/service-worker.ts`), never to the node.
fn describe(name: &str) -> Value {
    json!({
        "id": "/",
        "name": name,
        "short_name": name.chars().take(SHORT_CHARS).collect::<String>().trim_end(),
        "description": "Your community's own chat.",
        "lang": "en",
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "theme_color": THEME,
        "background_color": CANVAS,
        "categories": ["social"],
        "icons": [
            icon("/icons/icon-192.png", "192x192", "any"),
            icon("/icons/icon-512.png", "512x512", "any"),
            icon("/icons/maskable-512.png", "512x512", "maskable"),
        ],
        "shortcuts": [
            { "name": "Direct messages", "url": "/c" },
            { "name": "Settings", "url": "/settings" },
        ],
        "share_target": {
            "action": "/share",
            "method": "POST",
            "enctype": "multipart/form-data",
            "params": { "title": "title", "text": "text", "url": "url" },
        },
    })
}

fn icon(src: &str, sizes: &str, purpose: &str) -> Value {
    json!({ "src": src, "sizes": sizes, "type": "image/png", "purpose": purpose })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_name_has_a_short_one_beside_it() {
        let manifest = describe("The Harbour Café Choir");
        assert_eq!(manifest["name"], "The Harbour Café Choir");
        assert_eq!(manifest["short_name"], "The Harbour");
    }
}
