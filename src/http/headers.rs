//! The security headers of every answer.
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use snug_base::App;

/// Only what the node itself serves may run, load or be reached; nothing may frame it. WebAssembly is there for
/// Argon2 in the browser. `snug` is the one Trusted Types policy of the web UI.
pub const CONTENT: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' blob: data:; \
    media-src 'self' blob:; connect-src 'self'; font-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; \
    form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types snug";

const FIXED: [(HeaderName, HeaderValue); 6] = [
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT)),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static(
            "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), usb=()",
        ),
    ),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
];

/// What depends on the configuration.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    /// Whether browsers are told to come by HTTPS only, for a year. Never for the node's own certificate: a browser
    /// that does not trust it could then not be talked into going on.
    strict_transport: bool,
}

impl Policy {
    /// Behind a proxy with a public HTTPS address the certificate is somebody else's.
    pub fn new(app: &App) -> Policy {
        let node = &app.config.node;
        let host = node.public_url.as_deref().and_then(|url| url.strip_prefix("https://")).map(host_of);
        Policy { strict_transport: node.plain_http && host.is_some_and(is_name) }
    }
}

fn host_of(rest: &str) -> &str {
    let authority = rest.split('/').next().unwrap_or(rest);
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => authority,
    }
}

fn is_name(host: &str) -> bool {
    host != "localhost" && !host.ends_with(".localhost") && !host.starts_with('[') && host.parse::<std::net::IpAddr>().is_err()
}

/// Adds the headers that the handler did not set itself.
pub async fn secure(State(policy): State<Policy>, request: Request, next: Next) -> Response {
    let is_api = super::api_errors::is_api(request.uri().path());
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in FIXED {
        add(headers, name, value);
    }
    if is_api {
        add(headers, header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    if policy.strict_transport {
        add(headers, header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    response
}

fn add(headers: &mut HeaderMap, name: HeaderName, value: HeaderValue) {
    headers.entry(name).or_insert(value);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_real_names_are_pinned_to_https() {
        assert!(is_name(host_of("chat.example.org/")));
        assert!(is_name(host_of("chat.example.org:8443")));
        for host in ["localhost:8443", "127.0.0.1", "[::1]:8443", "snug.localhost"] {
            assert!(!is_name(host_of(host)), "{host}");
        }
    }
}
