//! The page that helps people to trust the node's own certificate authority, and the authority's certificate.
use crate::tls::Tls;
use axum::extract::Extension;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Router, http::HeaderName};
use snug_base::{App, Error};
use std::sync::Arc;

const PAGE: &str = include_str!("../../assets/trust/trust.html");
const STYLE: &str = include_str!("../../assets/trust/trust.css");
const SCRIPT: &str = include_str!("../../assets/trust/trust.js");
const PROBE: &str = include_str!("../../assets/trust/probe.js");

/// What the page tells: the authority, or that there is none.
#[derive(Clone)]
pub struct Trust {
    tls: Option<Arc<Tls>>,
    name: Arc<str>,
}

impl Trust {
    pub fn new(app: &App, tls: Option<Arc<Tls>>) -> Trust {
        Trust { tls, name: app.config.accounts.instance_name.as_deref().unwrap_or("Snug").into() }
    }
}

pub fn routes() -> Router {
    Router::new()
        .route("/trust", get(page))
        .route("/ca.crt", get(certificate))
        .route("/trust/trust.css", get(|| async { file("text/css; charset=utf-8", STYLE) }))
        .route("/trust/trust.js", get(|| async { file("text/javascript; charset=utf-8", SCRIPT) }))
        .route("/trust/probe.js", get(|| async { file("text/javascript; charset=utf-8", PROBE) }))
}

/// The certificate as DER, which Windows, macOS, iOS and Android all import.
async fn certificate(Extension(trust): Extension<Trust>) -> Result<Response, Error> {
    let Some(tls) = trust.tls else { return Ok(none().into_response()) };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/x-x509-ca-cert")),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"snug-ca.crt\"")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    Ok((headers, tls.authority_der()?).into_response())
}

async fn page(Extension(trust): Extension<Trust>) -> Result<Response, Error> {
    let Some(tls) = &trust.tls else { return Ok(none().into_response()) };
    let names = tls.names().into_iter().map(|name| format!("<li><code>{}</code></li>", escape(&name))).collect::<String>();
    let text = PAGE
        .replace("{{name}}", &escape(&trust.name))
        .replace("{{fingerprint}}", &escape(&tls.fingerprint()?))
        .replace("{{names}}", &names);
    Ok(([(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CACHE_CONTROL, "no-cache")], text).into_response())
}

/// Behind a proxy the certificate is the proxy's.
fn none() -> impl IntoResponse {
    (StatusCode::NOT_FOUND, "This node has no certificate of its own: it is reached through a proxy.\n")
}

fn file(kind: &'static str, text: &'static str) -> impl IntoResponse {
    let headers: [(HeaderName, &str); 2] = [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "no-cache")];
    (headers, text)
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
