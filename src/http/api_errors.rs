//! Errors that no handler made: unknown routes, wrong methods, panics, time-outs and what extractors of axum reject.
//! Below `/api` every one of them is a problem document like the others.
use axum::body::to_bytes;
use axum::extract::Request;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use snug_base::{Code, Error};
use std::any::Any;
use std::time::Duration;

/// The longest that a request may take, its body included: a picture over a slow line.
const LONGEST: Duration = Duration::from_secs(60);
/// Texts of foreign rejections are short; what is longer is not one.
const TEXT_BYTES: usize = 1024;

/// Whether an address belongs to the API, whose errors are problem documents.
pub fn is_api(path: &str) -> bool {
    path == "/api" || path.starts_with("/api/")
}

/// There is no such route.
pub fn not_found(method: &Method, uri: &Uri) -> Error {
    Code::NotFound.error(format!("There is no {method} {}. All routes are described at /api/docs.", uri.path()))
}

/// The route is there, but not with this method. The `Allow` header is the router's.
pub async fn method_not_allowed(method: Method, uri: Uri) -> Error {
    Code::MethodNotAllowed.error(format!("{} does not answer {method}. The Allow header says what it answers.", uri.path()))
}

/// A panic is this request's failure only.
pub fn panicked(panic: Box<dyn Any + Send + 'static>) -> Response {
    let text = panic.downcast_ref::<&str>().map(|s| (*s).to_owned()).or_else(|| panic.downcast_ref::<String>().cloned());
    Error::internal(format!("a handler panicked: {}", text.unwrap_or_default())).into_response()
}

/// Bounds the time of a request, and turns what is not a problem document yet into one.
pub async fn encode(request: Request, next: Next) -> Response {
    if is_api(request.uri().path()) { encode_within(LONGEST, request, next).await } else { next.run(request).await }
}

async fn encode_within(longest: Duration, request: Request, next: Next) -> Response {
    let Ok(response) = tokio::time::timeout(longest, next.run(request)).await else {
        return Code::TimedOut.error(format!("The request took longer than {} s. Try again.", longest.as_secs())).into_response();
    };
    let status = response.status();
    if (status.is_client_error() || status.is_server_error()) && !is_problem(response.headers()) {
        return problem(status, response).await;
    }
    response
}

fn is_problem(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"application/problem+json"))
}

async fn problem(status: StatusCode, response: Response) -> Response {
    let (parts, body) = response.into_parts();
    let text = to_bytes(body, TEXT_BYTES).await.ok().and_then(|bytes| String::from_utf8(bytes.into()).ok());
    let code = match status {
        StatusCode::NOT_FOUND => Code::NotFound,
        StatusCode::METHOD_NOT_ALLOWED => Code::MethodNotAllowed,
        StatusCode::PAYLOAD_TOO_LARGE => Code::TooLarge,
        StatusCode::UNSUPPORTED_MEDIA_TYPE => Code::UnsupportedMedia,
        StatusCode::UNPROCESSABLE_ENTITY => Code::Invalid,
        StatusCode::REQUEST_TIMEOUT => Code::TimedOut,
        status if status.is_client_error() => Code::Malformed,
        _ => Code::Internal,
    };
    let detail = text.filter(|t| !t.is_empty()).unwrap_or_else(|| format!("{}.", code.title()));
    let mut answer = code.error(detail).into_response();
    for name in [header::ALLOW, header::UPGRADE, header::RETRY_AFTER] {
        if let Some(value) = parts.headers.get(&name) {
            answer.headers_mut().insert(name, value.clone());
        }
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::{Body, Bytes};
    use axum::routing::{get, post};
    use axum::{Router, middleware};
    use tower::ServiceExt;
    use tower_http::catch_panic::CatchPanicLayer;

    async fn ask(path: &str) -> (StatusCode, String) {
        async fn fails() -> &'static str {
            panic!("a secret detail")
        }
        let router = Router::new()
            .route("/api/panic", get(fails))
            .route("/api/text", get(|| async { (StatusCode::PAYLOAD_TOO_LARGE, "too much") }))
            .layer(middleware::from_fn(encode))
            .layer(CatchPanicLayer::custom(panicked));
        let response = router.oneshot(Request::get(path).body(Body::empty()).expect("a request")).await.expect("an answer");
        assert!(is_problem(response.headers()), "{path}");
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, 10_000).await.expect("a body");
        (parts.status, String::from_utf8_lossy(&bytes).into_owned())
    }

    #[tokio::test]
    async fn a_panic_is_a_problem_that_tells_nothing() {
        let (status, text) = ask("/api/panic").await;
        assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
        assert!(text.contains("\"code\":\"internal\"") && !text.contains("secret"), "{text}");
    }

    #[tokio::test]
    async fn a_foreign_error_becomes_a_problem() {
        let (status, text) = ask("/api/text").await;
        assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
        assert!(text.contains("request.too_large") && text.contains("too much"), "{text}");
    }

    #[tokio::test]
    async fn a_body_that_never_ends_is_cut_off() {
        const SHORT: Duration = Duration::from_millis(200);
        let slow = futures_util::stream::unfold((), |()| async {
            tokio::time::sleep(SHORT / 10).await;
            Some((Ok::<_, std::io::Error>("x"), ()))
        });
        let bound = middleware::from_fn(|request, next| encode_within(SHORT, request, next));
        let router = Router::new().route("/api/body", post(|_: Bytes| async { "all of it" })).layer(bound);
        let request = Request::post("/api/body").body(Body::from_stream(slow)).expect("a request");
        let response = router.oneshot(request).await.expect("an answer");
        assert_eq!(response.status(), StatusCode::REQUEST_TIMEOUT);
    }
}
