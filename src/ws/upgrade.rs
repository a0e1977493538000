//! From an HTTP request to a WebSocket (RFC 6455, 4.2), and from hyper's connection to the raw socket beneath.
use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use hyper_util::server::conn::auto::upgrade::downcast;
use sha1::{Digest, Sha1};
use snug_base::{Code, Error, Result};
use snug_realtime::frame::Reader;
use snug_realtime::{Wire, deflate};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

/// What every server adds to the client's key.
const GUID: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// A request that may become a WebSocket.
pub struct Offer {
    on_upgrade: OnUpgrade,
    accept: String,
    extension: Option<&'static str>,
}

/// A socket that has become a WebSocket, with what the client has sent already.
pub struct Opened {
    pub wire: Wire,
    pub reader: Reader,
    pub is_deflating: bool,
}

impl Offer {
    /// Checks the request. Compression is agreed on only with `may_deflate`.
    pub fn new(parts: &mut Parts, may_deflate: bool) -> Result<Offer> {
        let headers = &parts.headers;
        let is_upgrade = has_token(headers, &header::CONNECTION, "upgrade") && has_token(headers, &header::UPGRADE, "websocket");
        if parts.method != Method::GET || !is_upgrade {
            return Err(refusal("This address is a WebSocket: connect with the protocol wss or ws."));
        }
        if headers.get(header::SEC_WEBSOCKET_VERSION).is_none_or(|version| version != "13") {
            return Err(refusal("Sec-WebSocket-Version must be 13."));
        }
        let key = headers.get(header::SEC_WEBSOCKET_KEY).map(HeaderValue::as_bytes).unwrap_or_default();
        if STANDARD.decode(key).map_or(0, |nonce| nonce.len()) != 16 {
            return Err(refusal("Sec-WebSocket-Key must be 16 bytes in base64."));
        }
        let accept = STANDARD.encode(Sha1::new().chain_update(key).chain_update(GUID).finalize());
        let offers = headers.get_all(header::SEC_WEBSOCKET_EXTENSIONS).into_iter().filter_map(|value| value.to_str().ok());
        let extension = offers.filter(|_| may_deflate).find_map(deflate::agree);
        let on_upgrade = parts.extensions.remove::<OnUpgrade>();
        let on_upgrade = on_upgrade.ok_or_else(|| refusal("A WebSocket needs a connection of its own; use HTTP/1.1."))?;
        Ok(Offer { on_upgrade, accept, extension })
    }

    /// The answer that switches protocols.
    pub fn answer(&self) -> Response {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        let mut set = |name: HeaderName, value: &str| {
            if let Ok(value) = HeaderValue::from_str(value) {
                response.headers_mut().insert(name, value);
            }
        };
        set(header::CONNECTION, "upgrade");
        set(header::UPGRADE, "websocket");
        set(header::SEC_WEBSOCKET_ACCEPT, &self.accept);
        if let Some(extension) = self.extension {
            set(header::SEC_WEBSOCKET_EXTENSIONS, extension);
        }
        response
    }

    /// Waits until the answer was sent; then the socket is ours. None if the client went away.
    pub async fn open(self) -> Option<Opened> {
        let is_deflating = self.extension.is_some();
        let (wire, early) = take(self.on_upgrade.await.ok()?)?;
        let mut reader = Reader::new(is_deflating);
        reader.push(&early);
        Some(Opened { wire, reader, is_deflating })
    }
}

/// The socket beneath hyper's connection, of either kind that the node listens on.
fn take(upgraded: Upgraded) -> Option<(Wire, bytes::Bytes)> {
    match downcast::<TokioIo<TcpStream>>(upgraded) {
        Ok(parts) => Some((Wire::new(parts.io.into_inner(), None), parts.read_buf)),
        Err(upgraded) => {
            let parts = downcast::<TokioIo<TlsStream<TcpStream>>>(upgraded).ok()?;
            let (io, session) = parts.io.into_inner().into_inner();
            Some((Wire::new(io, Some(session)), parts.read_buf))
        }
    }
}

fn has_token(headers: &HeaderMap, name: &HeaderName, token: &str) -> bool {
    let mut values = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    values.any(|value| value.split(',').any(|part| part.trim().eq_ignore_ascii_case(token)))
}

fn refusal(detail: &str) -> Error {
    Code::Malformed.error(detail)
}
