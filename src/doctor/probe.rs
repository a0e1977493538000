//! What the node asks itself by its public address, to see what a proxy on the way makes of it. Only whoever knows the number of a
//! probe that is under way is answered.
use crate::Node;
use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use hyper_util::rt::TokioIo;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use sha1::{Digest, Sha1};
use snug_base::http::{ClientAddress, Json};
use snug_base::{Code, Result};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncReadExt;
use uuid::Uuid;

/// What a body may have that people send: a proxy has to let it through.
pub const UPLOAD: usize = 8 * 1024 * 1024;
/// No socket is held longer.
const HELD: Duration = Duration::from_secs(120);
/// RFC 6455, section 1.3.
const ACCEPTED: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// The probes that are under way.
#[derive(Default)]
pub struct Probes(Mutex<Vec<Uuid>>);

/// One that is under way, until it is dropped.
pub struct Probe {
    probes: Arc<Probes>,
    pub number: Uuid,
}

impl Probe {
    pub fn begin(probes: &Arc<Probes>) -> Probe {
        let number = Uuid::from_bytes(snug_base::keys::random());
        probes.0.lock().push(number);
        Probe { probes: probes.clone(), number }
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        self.probes.0.lock().retain(|number| *number != self.number);
    }
}

/// A request as the node sees it.
#[derive(Debug, Deserialize, Serialize)]
pub struct Seen {
    /// Whom it counts as coming from.
    pub client: IpAddr,
    pub host: Option<String>,
    /// Whether a proxy has said on whose behalf it asks.
    pub is_forwarded: bool,
}

/// Routes below /api/v1; they are no part of the described interface.
pub fn routes() -> Router<Node> {
    Router::new().route("/probe/{number}", get(seen).post(upload)).layer(DefaultBodyLimit::max(UPLOAD))
}

async fn seen(State(node): State<Node>, Path(number): Path<Uuid>, request: Request) -> Result<Response> {
    known(&node, number)?;
    if request.headers().contains_key(header::UPGRADE) {
        return Ok(hold(request));
    }
    let client = request.extensions().get::<ClientAddress>().map(|client| client.0).ok_or_else(none)?;
    let headers = request.headers();
    let host = text(headers, header::HOST.as_str());
    let is_forwarded = ["x-forwarded-for", "forwarded", "via", "x-real-ip"].iter().any(|name| headers.contains_key(*name));
    Ok(Json(Seen { client, host, is_forwarded }).into_response())
}

async fn upload(State(node): State<Node>, Path(number): Path<Uuid>, body: axum::body::Bytes) -> Result<String> {
    known(&node, number)?;
    Ok(body.len().to_string())
}

/// A socket on which nothing is said, until the other side has enough.
fn hold(mut request: Request) -> Response {
    let Some(key) = text(request.headers(), "sec-websocket-key") else { return StatusCode::BAD_REQUEST.into_response() };
    let accept = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, Sha1::digest(format!("{key}{ACCEPTED}")));
    let upgrade = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        let Ok(upgraded) = upgrade.await else { return };
        let mut io = TokioIo::new(upgraded);
        let mut heard = [0; 64];
        let silence = async { while io.read(&mut heard).await.is_ok_and(|count| count > 0) {} };
        let _ = tokio::time::timeout(HELD, silence).await; // closed by dropping
    });
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    if let Ok(accept) = HeaderValue::from_str(&accept) {
        headers.insert(header::SEC_WEBSOCKET_ACCEPT, accept);
    }
    response
}

fn known(node: &Node, number: Uuid) -> Result<()> {
    if node.doctor.probes.0.lock().contains(&number) { Ok(()) } else { Err(none()) }
}

fn none() -> snug_base::Error {
    Code::NotFound.error("There is nothing here.")
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}
