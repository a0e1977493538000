//! Requests to addresses that people gave: only over HTTPS and only into the open Internet.
//!
//! What an address leads to is decided once, and that is connected to: a name that means something else a moment later changes
//! nothing. Nothing is followed elsewhere, and everything has a bound in time and size.
mod global;

pub use global::is_global;

use crate::{Code, Error, Result};
use axum::body::{Body, to_bytes};
use axum::http::header::{HOST, RETRY_AFTER};
use axum::http::uri::Scheme;
use axum::http::{Request, Uri};
use bytes::Bytes;
use hyper_util::rt::TokioIo;
use rustls::client::WebPkiServerVerifier;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName};
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

/// How long one request may take, with everything that belongs to it.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long each address of a name may take to answer.
const CONNECT: Duration = Duration::from_secs(5);
/// Addresses of a name that are tried.
const ADDRESSES: usize = 4;
/// The most of an answer that is read.
const ANSWER_BYTES: usize = 16 * 1024;

/// The way out. Cheap to clone.
#[derive(Clone)]
pub struct Outbound {
    tls: TlsConnector,
    /// Whether addresses of this machine and of private networks may be reached too.
    allows_private: bool,
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    /// When to come again, in seconds, if the other side says so.
    pub retry_after_s: Option<u64>,
    /// The beginning of what it says.
    pub body: Bytes,
}

/// Why nothing came back; for the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The address leads where nothing may be sent. Another try would not help.
    Refused(String),
    /// The other side could not be reached, or did not answer in time.
    Unreachable(String),
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Failure::Refused(why) | Failure::Unreachable(why) => f.write_str(why),
        }
    }
}

/// An address that may be asked, as far as one sees it without asking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    uri: Uri,
    host: String,
    port: u16,
}

impl Target {
    /// Reads an address: `https://`, a host, at most `longest` characters, and nobody's name in front of it.
    pub fn parse(field: &'static str, text: &str, longest: usize) -> Result<Target> {
        let wrong = |why: &str| Code::Invalid.field(field, why);
        if text.len() > longest {
            return Err(wrong(&format!("must have at most {longest} characters")));
        }
        let uri: Uri = text.parse().map_err(|_| wrong("must be an address such as https://push.example.org/…"))?;
        if uri.scheme() != Some(&Scheme::HTTPS) {
            return Err(wrong("must begin with https://"));
        }
        let authority = uri.authority().ok_or_else(|| wrong("must have a host"))?;
        if authority.as_str().contains('@') {
            return Err(wrong("must not have a name or password in it"));
        }
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        if host.is_empty() || host.len() > 253 {
            return Err(wrong("must have a host"));
        }
        let port = match authority.as_str().strip_prefix(authority.host()).and_then(|rest| rest.strip_prefix(':')) {
            None => 443,
            Some(port) => port.parse().ok().filter(|port| *port != 0).ok_or_else(|| wrong("must have a port that exists"))?,
        };
        Ok(Target { host, port, uri })
    }

    /// The host, if it is written as an address.
    pub fn address(&self) -> Option<IpAddr> {
        self.host.parse().ok()
    }

    /// Scheme, host and port, as `aud` of a token names them.
    pub fn origin(&self) -> String {
        let authority = self.uri.authority().map_or("", |a| a.as_str());
        format!("https://{}", authority.strip_suffix(":443").unwrap_or(authority))
    }
}

impl Outbound {
    /// Trusts the system's authorities, and those in `ca_file` (PEM).
    pub fn new(allows_private: bool, ca_file: Option<&Path>) -> Result<Outbound> {
        Ok(Outbound { tls: TlsConnector::from(Arc::new(tls(ca_file)?)), allows_private })
    }

    /// Posts something. What the other side answers, whatever it is, is an answer.
    pub async fn post(&self, target: &Target, headers: &[(&'static str, String)], body: Bytes) -> Result<Answer, Failure> {
        match timeout(PATIENCE, self.exchange(target, headers, body)).await {
            Ok(answer) => answer,
            Err(_) => Err(Failure::Unreachable(format!("{} did not answer within {} s", target.host, PATIENCE.as_secs()))),
        }
    }

    async fn exchange(&self, target: &Target, headers: &[(&'static str, String)], body: Bytes) -> Result<Answer, Failure> {
        let lost = |e: &dyn std::fmt::Display| Failure::Unreachable(format!("{}: {e}", target.host));
        let stream = self.connect(target).await?;
        let name = ServerName::try_from(target.host.clone()).map_err(|e| Failure::Refused(format!("{}: {e}", target.host)))?;
        let stream = self.tls.connect(name, stream).await.map_err(|e| lost(&e))?;
        let (mut sender, connection) = hyper::client::conn::http1::Builder::new()
            .max_buf_size(2 * ANSWER_BYTES)
            .max_headers(100)
            .handshake(TokioIo::new(stream))
            .await
            .map_err(|e| lost(&e))?;
        let asking = async {
            let path = target.uri.path_and_query().map_or("/", |path| path.as_str());
            let authority = target.uri.authority().map_or("", |authority| authority.as_str());
            let mut request = Request::post(path).header(HOST, authority).header("user-agent", concat!("snug/", env!("CARGO_PKG_VERSION")));
            for (name, value) in headers {
                request = request.header(*name, value);
            }
            let request = request.body(Body::from(body)).map_err(|e| lost(&e))?;
            let response = sender.send_request(request).await.map_err(|e| lost(&e))?;
            let (parts, body) = response.into_parts();
            let retry_after_s = parts.headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.trim().parse().ok());
            // what is too long to be read is as good as nothing
            let body = to_bytes(Body::new(body), ANSWER_BYTES).await.unwrap_or_default();
            Ok(Answer { status: parts.status.as_u16(), retry_after_s, body })
        };
        tokio::pin!(asking);
        tokio::select! {
            answer = &mut asking => answer,
            ended = connection => match ended {
                // the connection may be done before its answer is taken out
                Ok(()) => asking.await,
                Err(e) => Err(lost(&e)),
            },
        }
    }

    async fn connect(&self, target: &Target) -> Result<TcpStream, Failure> {
        let found = tokio::net::lookup_host((target.host.as_str(), target.port))
            .await
            .map_err(|e| Failure::Unreachable(format!("{} can't be resolved: {e}", target.host)))?;
        let allowed: Vec<SocketAddr> = found.filter(|address| self.allows_private || is_global(address.ip())).take(ADDRESSES).collect();
        let mut last = Failure::Refused(format!("{} leads to no public address", target.host));
        for address in allowed {
            match timeout(CONNECT, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => return Ok(stream),
                Ok(Err(e)) => last = Failure::Unreachable(format!("{}: {e}", target.host)),
                Err(_) => last = Failure::Unreachable(format!("{} does not answer", target.host)),
            }
        }
        Err(last)
    }
}

/// TLS as a client, which trusts the system's authorities, and those in `ca_file` (PEM). Speaks HTTP/1.1.
pub fn tls(ca_file: Option<&Path>) -> Result<ClientConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if let Some(path) = ca_file {
        let unreadable = |e: &dyn std::fmt::Display| Code::Internal.error(format!("{} can't be read: {e}.", path.display()));
        for certificate in CertificateDer::pem_file_iter(path).map_err(|e| unreadable(&e))? {
            roots.add(certificate.map_err(|e| unreadable(&e))?).map_err(|e| unreadable(&e))?;
        }
    }
    let builder = ClientConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions().map_err(Error::internal)?;
    let mut config = if roots.is_empty() {
        // a small system without authorities trusts nobody
        builder.with_root_certificates(roots)
    } else {
        let verifier = WebPkiServerVerifier::builder_with_provider(roots.into(), provider).build().map_err(Error::internal)?;
        builder.with_webpki_verifier(verifier)
    }
    .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_https_and_nothing_odd() {
        let parse = |text: &str| Target::parse("endpoint", text, 100);
        assert_eq!(parse("https://push.example.org/a?b").map(|t| t.origin()).ok().as_deref(), Some("https://push.example.org"));
        assert_eq!(parse("https://push.example.org:8443/").map(|t| t.origin()).ok().as_deref(), Some("https://push.example.org:8443"));
        assert_eq!(parse("https://push.example.org:443/").map(|t| t.origin()).ok().as_deref(), Some("https://push.example.org"));
        assert_eq!(parse("https://[2001:db8::1]/").map(|t| t.host).ok().as_deref(), Some("2001:db8::1"));
        for bad in [
            "",
            "http://push.example.org/",
            "//push.example.org/",
            "/path",
            "https:///path",
            "https://ann:secret@push.example.org/",
            "https://push.example.org:0/",
            "https://push.example.org:/",
            "https://push.example.org:99999/",
            "https://push example.org/",
            "gopher://push.example.org/",
            &format!("https://push.example.org/{}", "a".repeat(100)),
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }

    #[tokio::test]
    async fn what_leads_to_this_machine_is_refused_however_it_is_written() {
        let out = Outbound::new(false, None).unwrap_or_else(|e| panic!("{e}"));
        for host in ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "127.1", "2130706433", "0x7f.0.0.1", "10.0.0.1"] {
            let target = Target::parse("endpoint", &format!("https://{host}:9/"), 100).unwrap_or_else(|e| panic!("{host}: {e}"));
            let refused = out.post(&target, &[], Bytes::new()).await;
            assert!(refused.is_err(), "{host}");
            if !host.starts_with("0x") && !host.starts_with("2130") && host != "127.1" {
                assert!(matches!(refused, Err(Failure::Refused(_))), "{host}: {refused:?}");
            }
        }
    }
}
