//! A line of log per request, without anything personal: the route's pattern instead of the address, no names, no texts, and where from
//! only if the configuration wants that. Counts requests as well.
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::Response;
use snug_base::App;
use snug_base::http::{ClientAddress, RequestId};
use std::time::Instant;
use tracing::Instrument;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// What is not one of the program's routes: files of the web UI, and addresses that nobody knows.
const OTHER: &str = "other";

/// Gives each request an id, which is in the log, in the answer and in the document of an error, so that a report can be matched with the log.
pub async fn trace(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let id = RequestId::new();
    let path = request.extensions().get::<MatchedPath>().cloned();
    let route = path.as_ref().map_or(OTHER, MatchedPath::as_str);
    let method = name(request.method());
    let span = tracing::info_span!("request", id = %id, method, route, address = tracing::field::Empty);
    if app.config.node.log_addresses
        && let Some(client) = request.extensions().get::<ClientAddress>()
    {
        span.record("address", tracing::field::display(client.0));
    }
    request.extensions_mut().insert(id);
    let begun = Instant::now();
    let mut response = id.scope(next.run(request)).instrument(span.clone()).await;
    let took = begun.elapsed();
    app.meters.answered(route, method, response.status().as_u16(), took);
    span.in_scope(|| tracing::debug!(status = response.status().as_u16(), took_ms = took.as_millis(), "answered"));
    if let Ok(value) = HeaderValue::try_from(id.to_string()) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}

/// A method that nobody knows must not become a name of its own.
fn name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}
