//! What somebody gets who speaks plain HTTP to a TLS port: the way to HTTPS, and the pages that help to trust it.
use super::{headers, health, trust};
use crate::Node;
use crate::tls::Tls;
use axum::extract::{Path, Request};
use axum::http::{HeaderValue, StatusCode, header, uri::Authority};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router, middleware};
use std::sync::Arc;

/// The trust pages, answers to certificate authorities, and a redirect for everything else.
pub fn router(node: &Node, tls: Option<Arc<Tls>>) -> Router {
    let checked = tls.clone();
    Router::new()
        .merge(trust::routes())
        .merge(health::routes().with_state(node.clone()))
        .route(
            "/.well-known/acme-challenge/{token}",
            get(move |Path(token): Path<String>| async move { answer(checked.as_deref(), &token) }),
        )
        .fallback(redirect)
        .layer(Extension(trust::Trust::new(&node.app, tls)))
        .layer(middleware::from_fn_with_state(headers::Policy::new(&node.app), headers::secure))
}

/// What an authority wants to read here before it certifies the name.
fn answer(tls: Option<&Tls>, token: &str) -> Response {
    match tls.and_then(|tls| tls.answer(token)) {
        Some(text) => ([(header::CONTENT_TYPE, "text/plain")], text).into_response(),
        None => (StatusCode::NOT_FOUND, "No certificate is being ordered with this token.\n").into_response(),
    }
}

/// The same host, port and path. Temporary, so that no browser remembers it.
async fn redirect(request: Request) -> Response {
    let Some(authority) = request.headers().get(header::HOST).and_then(|host| host.to_str().ok()).and_then(secure_authority) else {
        return (StatusCode::BAD_REQUEST, "Use HTTPS here.\n").into_response();
    };
    let path = request.uri().path_and_query().map_or("/", |p| p.as_str());
    match HeaderValue::try_from(format!("https://{authority}{path}")) {
        Ok(location) => {
            (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, location), (header::CACHE_CONTROL, HeaderValue::from_static("no-store"))])
                .into_response()
        }
        Err(_) => (StatusCode::BAD_REQUEST, "Use HTTPS here.\n").into_response(),
    }
}

/// The host as the client named it. Port 80 leads to 443, which needs no naming.
fn secure_authority(host: &str) -> Option<String> {
    let authority: Authority = host.parse().ok()?;
    if host.contains('@') || authority.host().is_empty() {
        return None;
    }
    match authority.port_u16() {
        None | Some(80 | 443) => Some(authority.host().to_owned()),
        Some(_) => Some(authority.as_str().to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::secure_authority;

    #[test]
    fn the_host_and_port_stay_the_same() {
        assert_eq!(secure_authority("snug.local:8443").as_deref(), Some("snug.local:8443"));
        assert_eq!(secure_authority("snug.local:80").as_deref(), Some("snug.local"));
        assert_eq!(secure_authority("[::1]:8443").as_deref(), Some("[::1]:8443"));
        assert_eq!(secure_authority("user@snug.local"), None);
        assert_eq!(secure_authority("snug.local/path"), None);
        assert_eq!(secure_authority(""), None);
    }
}
