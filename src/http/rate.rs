//! How many requests a person or an address may make, and the headers that say so (draft-ietf-httpapi-ratelimit-headers).
use super::api_errors::is_api;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use snug_accounts::audit;
use snug_base::App;
use snug_base::http::ClientAddress;
use snug_base::limits::{Class, Who};
use std::net::{IpAddr, Ipv4Addr};

/// Counts every request of the API: reads and changes apart, by user where there is one, else by address.
pub async fn limit(State(app): State<App>, request: Request, next: Next) -> Response {
    if !is_api(request.uri().path()) {
        return next.run(request).await;
    }
    let class = if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) { Class::Read } else { Class::Write };
    let who = who(&app, &request);
    let address = request.extensions().get::<ClientAddress>().map(|client| client.0);
    let route = request.extensions().get::<MatchedPath>().map_or_else(String::new, |path| path.as_str().to_owned());
    let counted = app.limits.count(class, who);
    let (left, wait_s, mut response) = match counted {
        Ok(left) => (left, 1, next.run(request).await),
        Err(e) => (0, e.retry_after_s.unwrap_or(60), e.into_response()),
    };
    // whichever limit it was
    if response.status() == StatusCode::TOO_MANY_REQUESTS {
        audit::limited(&app, who, address, &route).await;
    }
    describe(response.headers_mut(), class, app.limits.per_minute(class), left, wait_s);
    response
}

fn who(app: &App, request: &Request) -> Who {
    let token = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).and_then(|value| value.split_once(' '));
    if let Some(me) = token.and_then(|(_, token)| snug_accounts::authenticate(app, token.trim()).ok()) {
        app.meters.saw(me.user);
        return Who::User(me.user);
    }
    let address = request.extensions().get::<ClientAddress>().map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |client| client.0);
    Who::address(address)
}

/// `RateLimit-Policy: "write";q=300;w=60` and `RateLimit: "write";r=299;t=1`.
fn describe(headers: &mut HeaderMap, class: Class, per_minute: u32, left: u32, wait_s: u64) {
    let name = class.as_str();
    let values = [
        (HeaderName::from_static("ratelimit-policy"), format!("\"{name}\";q={per_minute};w=60")),
        (HeaderName::from_static("ratelimit"), format!("\"{name}\";r={left};t={wait_s}")),
    ];
    for (header, value) in values {
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(header, value);
        }
    }
}
