//! Addresses under which people reached the node before: whoever opens a page there is sent to the same page of today's address.
//! Programs are answered as ever, since they follow no links.
use super::api_errors;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use snug_base::App;

/// What has to be reached under any name: certificates, trust, health.
const STAYS: [&str; 5] = ["/.well-known/", "/trust", "/ca.crt", "/healthz", "/readyz"];

/// The host of an address, with its port if it has one.
fn authority(url: &str) -> Option<&str> {
    url.split_once("://").map(|(_, rest)| rest.trim_end_matches('/'))
}

/// Sends pages on; temporarily, so that no browser remembers it when the address comes back.
pub async fn redirect(State(app): State<App>, request: Request, next: Next) -> Response {
    match target(&app, &request) {
        Some(to) => (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, to)]).into_response(),
        None => next.run(request).await,
    }
}

fn target(app: &App, request: &Request) -> Option<HeaderValue> {
    let node = &app.config.node;
    let (uri, public) = (request.uri(), node.public_url.as_deref()?);
    let is_page = matches!(*request.method(), Method::GET | Method::HEAD) && !api_errors::is_api(uri.path());
    if node.former_urls.is_empty() || !is_page || STAYS.iter().any(|path| uri.path().starts_with(path)) {
        return None;
    }
    let asked = request.headers().get(header::HOST).and_then(|host| host.to_str().ok()).or_else(|| uri.authority().map(|a| a.as_str()))?;
    let is = |url: &str| authority(url).is_some_and(|authority| authority.eq_ignore_ascii_case(asked));
    if is(public) || !node.former_urls.iter().any(|url| is(url)) {
        return None;
    }
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    HeaderValue::try_from(format!("{}{path}", public.trim_end_matches('/'))).ok()
}
