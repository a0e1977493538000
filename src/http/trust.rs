//! The page that helps people to trust the node's own certificate authority, and the authority's certificate.
use crate::tls::Tls;
use axum::extract::Extension;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Router, http::HeaderName};
use base64::prelude::{BASE64_STANDARD, Engine};
use sha2::{Digest, Sha256};
use snug_base::{App, Error};
use std::sync::Arc;
use uuid::Uuid;

const PAGE: &str = include_str!("../../assets/trust/trust.html");
const PROFILE: &str = include_str!("../../assets/trust/profile.xml");
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
        .route("/trust/snug-ca.pem", get(text_certificate))
        .route("/trust/snug.mobileconfig", get(profile))
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

/// The same as text, for programs on Linux.
async fn text_certificate(Extension(trust): Extension<Trust>) -> Response {
    let Some(tls) = trust.tls else { return none().into_response() };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/x-pem-file")),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"snug-ca.pem\"")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    (headers, tls.authority_pem().to_owned()).into_response()
}

/// The certificate in a profile, which iOS and macOS install with a name that people know.
async fn profile(Extension(trust): Extension<Trust>) -> Result<Response, Error> {
    let Some(tls) = &trust.tls else { return Ok(none().into_response()) };
    let der = tls.authority_der()?;
    let text = PROFILE
        .replace("{{name}}", &escape(&trust.name))
        .replace("{{certificate}}", &BASE64_STANDARD.encode(&der))
        .replace("{{profile_id}}", &id_of(&der, b"profile"))
        .replace("{{certificate_id}}", &id_of(&der, b"certificate"));
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/x-apple-aspen-config")),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"snug.mobileconfig\"")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    Ok((headers, text).into_response())
}

/// The same for the same certificate, so that a profile that is installed twice replaces itself.
fn id_of(der: &[u8], part: &[u8]) -> String {
    let hash = Sha256::new().chain_update(part).chain_update(der).finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    Uuid::from_bytes(bytes).to_string()
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
