//! What all HTTP handlers share: errors as RFC 9457 problems, and extractors whose rejections are such errors.
pub mod routes;

pub use routes::Routes;

use crate::{Code, ConversationId, Error};
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Deserializer, Serialize};
use std::net::IpAddr;
use utoipa::ToSchema;
use uuid::Uuid;

/// An error as clients see it (RFC 9457, `application/problem+json`).
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    /// Where the codes are described.
    #[serde(rename = "type")]
    #[schema(example = "/api/docs#errors")]
    pub kind: &'static str,
    #[schema(example = "A field is not valid")]
    pub title: &'static str,
    #[schema(example = 422)]
    pub status: u16,
    /// Stable; for programs.
    #[schema(example = "request.invalid")]
    pub code: &'static str,
    /// For people: what is wrong and what to do.
    #[schema(example = "name: must have 1 to 100 characters")]
    pub detail: String,
    /// The field that is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "name")]
    pub field: Option<&'static str>,
    /// By which the operator finds the request in the log.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "019a2b3c4d5e7f8091a2b3c4d5e6f708")]
    pub request_id: Option<RequestId>,
    /// The conversation that there is already.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conversation_id: Option<ConversationId>,
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        if status.is_server_error() {
            tracing::error!(
                code = self.code.as_str(),
                detail = self.detail,
                source = self.source.as_deref().map(tracing::field::display),
                "request failed"
            );
        }
        let problem = Problem {
            kind: "/api/docs#errors",
            title: self.code.title(),
            status: status.as_u16(),
            code: self.code.as_str(),
            detail: self.detail,
            field: self.field,
            request_id: RequestId::current(),
            conversation_id: self.conversation,
        };
        let mut response = (status, axum::Json(problem)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = self.retry_after_s {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// A JSON body, in and out.
#[derive(Debug, FromRequest)]
#[from_request(via(axum::Json), rejection(Error))]
pub struct Json<T>(pub T);

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

/// The parameters in the path.
#[derive(Debug, FromRequestParts)]
#[from_request(via(axum::extract::Path), rejection(Error))]
pub struct Path<T>(pub T);

/// The parameters after the question mark.
#[derive(Debug, FromRequestParts)]
#[from_request(via(axum::extract::Query), rejection(Error))]
pub struct Query<T>(pub T);

impl From<JsonRejection> for Error {
    fn from(rejection: JsonRejection) -> Error {
        let code = match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Code::TooLarge,
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Code::UnsupportedMedia,
            StatusCode::UNPROCESSABLE_ENTITY => Code::Invalid,
            _ => Code::Malformed,
        };
        code.error(rejection.body_text())
    }
}
impl From<PathRejection> for Error {
    fn from(rejection: PathRejection) -> Error {
        Code::NotFound.error(rejection.body_text())
    }
}
impl From<QueryRejection> for Error {
    fn from(rejection: QueryRejection) -> Error {
        Code::Malformed.error(rejection.body_text())
    }
}

/// Where a request comes from, as the edge found out (the peer, or what a trusted proxy says). An extension of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

tokio::task_local! {
    static CURRENT: RequestId;
}

/// What a request is called in the log, in its answer and in the document of its error: random digits and letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestId(Uuid);

impl RequestId {
    #[expect(clippy::new_without_default, reason = "each one is another")]
    pub fn new() -> RequestId {
        RequestId(Uuid::now_v7())
    }

    /// Runs the work of the request, in which [`RequestId::current`] knows it.
    pub async fn scope<T>(self, work: impl Future<Output = T>) -> T {
        CURRENT.scope(self, work).await
    }

    /// The request that is being worked on here.
    pub fn current() -> Option<RequestId> {
        CURRENT.try_with(|id| *id).ok()
    }
}

impl std::fmt::Display for RequestId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.simple().fmt(f)
    }
}

impl Serialize for RequestId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Reads a field that may be left out (`None`), be null (`Some(None)`) or have a value.
/// Use: `#[serde(default, deserialize_with = "nullable")]`.
pub fn nullable<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(from).map(Some)
}
