//! Sockets and connections: TLS on every port, plain HTTP on a TLS port sent on to HTTPS, bounded in number and time.
use super::address::Peer;
use super::crowd::{Admitted, Crowd};
use super::{plain, router_with};
use crate::Node;
use crate::tls::Tls;
use axum::Router;
use axum::body::Body;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use ipnet::IpNet;
use rustix::process::{Resource, Rlimit};
use snug_base::config::NodeConfig;
use snug_base::{Code, Error, Result};
use socket2::{Domain, Protocol, Socket, Type};
use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

/// Where a node listens when nothing else is said.
pub const DEFAULT_PORT: u16 = 8443;
/// The most connections at once, those that became WebSockets not counted.
const CONNECTIONS: usize = 8_192;
/// For the first byte, for the handshake, and for the head of each request.
const PATIENCE: Duration = Duration::from_secs(10);
/// For requests that are under way when the node stops.
const FAREWELL: Duration = Duration::from_secs(10);
/// The first byte of every TLS connection: a handshake record.
const TLS_HANDSHAKE: u8 = 0x16;
const HEAD_BYTES: usize = 64 * 1024;
/// Connections that may wait to be accepted: after a restart all devices come back at once. The kernel has a limit of its own.
const BACKLOG: i32 = 16_384;

/// Sockets that are bound but not served yet.
pub struct Listeners {
    sockets: Vec<TcpListener>,
    /// Port 80: only answers certificate checks and sends people on to HTTPS.
    beside: Option<TcpListener>,
    is_plain: bool,
}

impl Listeners {
    /// Binds what is configured. Says which port is taken and what to do.
    pub fn bind(config: &NodeConfig) -> Result<Listeners> {
        if config.plain_http
            && let Some(open) = config.listen.iter().find(|address| !address.ip().to_canonical().is_loopback())
        {
            return Err(Code::Internal.error(format!(
                "Plain HTTP is for loopback addresses only, and {open} can be reached from elsewhere. Listen on 127.0.0.1, or remove node.plain_http."
            )));
        }
        let sockets = if config.listen.is_empty() {
            bind_default(config.plain_http)?
        } else {
            config.listen.iter().map(|a| bind(*a)).collect::<Result<_>>()?
        };
        let https = config.listen.iter().find(|address| address.port() == 443 && !config.plain_http);
        let beside = match config.http_listen {
            Some(address) => Some(bind(address)?),
            None => https.and_then(|address| {
                let address = SocketAddr::new(address.ip(), 80);
                bind(address).inspect_err(|e| tracing::warn!(detail = e.detail, "plain HTTP will not be redirected")).ok()
            }),
        };
        Ok(Listeners { sockets, beside, is_plain: config.plain_http })
    }

    /// Where the node can be reached, with the ports that the system chose.
    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.sockets.iter().filter_map(|socket| socket.local_addr().ok()).collect()
    }

    /// Whether these speak plain HTTP.
    pub fn is_plain(&self) -> bool {
        self.is_plain
    }
}

/// All addresses of both kinds, or of IPv4 only where the machine has no IPv6.
fn bind_default(is_plain: bool) -> Result<Vec<TcpListener>> {
    if is_plain {
        return Ok(vec![bind((Ipv4Addr::LOCALHOST, DEFAULT_PORT).into())?]);
    }
    match open((Ipv6Addr::UNSPECIFIED, DEFAULT_PORT).into()) {
        Ok(socket) => Ok(vec![socket]),
        Err(e) if e.kind() == ErrorKind::AddrInUse => Err(refused((Ipv6Addr::UNSPECIFIED, DEFAULT_PORT).into(), e)),
        Err(_) => Ok(vec![bind((Ipv4Addr::UNSPECIFIED, DEFAULT_PORT).into())?]),
    }
}

fn bind(address: SocketAddr) -> Result<TcpListener> {
    open(address).map_err(|e| refused(address, e))
}

fn open(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    if address.is_ipv6() {
        socket.set_only_v6(!address.ip().is_unspecified())?;
    }
    socket.set_reuse_address(true)?; // a node that restarts need not wait for old connections to be forgotten
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    TcpListener::from_std(socket.into())
}

fn refused(address: SocketAddr, e: std::io::Error) -> Error {
    let (port, ip) = (address.port(), address.ip());
    Code::Internal.error(match e.kind() {
        ErrorKind::AddrInUse => format!("Port {port} on {ip} is in use by another program. Choose another with --listen ADDRESS:PORT."),
        ErrorKind::PermissionDenied => {
            format!("Port {port} needs special rights. Choose one above 1023 with --listen ADDRESS:PORT, or give the program CAP_NET_BIND_SERVICE.")
        }
        ErrorKind::AddrNotAvailable => format!("This machine has no address {ip}. Choose one that it has with --listen ADDRESS:PORT."),
        _ => format!("The node can't listen on {address}: {e}. Choose another address with --listen ADDRESS:PORT."),
    })
}

/// What all connections share.
struct Edge {
    router: Router,
    plain: Router,
    tls: Option<TlsAcceptor>,
    builder: Builder<TokioExecutor>,
    permits: Arc<Semaphore>,
    crowd: Arc<Crowd>,
    /// Whose connections are those of many people.
    proxies: Vec<IpNet>,
    stopping: CancellationToken,
}

/// The address has as many connections as it may.
struct Crowded;

impl Edge {
    /// Lets a connection in. Those of this machine and of its proxies are not counted.
    fn admit(&self, ip: IpAddr) -> Result<Option<Admitted>, Crowded> {
        if ip.is_loopback() || self.proxies.iter().any(|network| network.contains(&ip)) {
            return Ok(None);
        }
        self.crowd.enter(ip).map(Some).ok_or(Crowded)
    }
}

/// Serves until `shutdown` is done: then takes no new connections, tells devices to come back later and finishes the
/// requests that are under way. The caller stops the node afterwards.
pub async fn serve(node: &Node, listeners: Listeners, tls: Option<Arc<Tls>>, shutdown: impl Future<Output = ()>) -> Result<()> {
    raise_open_files();
    if let Some(tls) = &tls {
        let _ = node.certificates.set(tls.clone()); // a node is served once
    }
    let acceptor = match &tls {
        Some(tls) => Some(TlsAcceptor::from(Arc::new(tls.server_config()?))),
        None => None,
    };
    let edge = Arc::new(Edge {
        plain: plain::router(node, tls.clone()),
        router: router_with(node, tls.clone()),
        tls: acceptor,
        builder: builder(),
        permits: Arc::new(Semaphore::new(CONNECTIONS)),
        crowd: Crowd::new(node.app.config.limits.connections_per_address),
        proxies: node.app.config.node.trusted_proxies.clone(),
        stopping: node.stopping.clone(),
    });
    let graceful = Arc::new(GracefulShutdown::new());
    let mut accepting = tokio::task::JoinSet::new();
    for socket in listeners.sockets.into_iter().chain(listeners.beside) {
        accepting.spawn(accept(socket, edge.clone(), graceful.clone()));
    }
    if let Some(tls) = tls {
        accepting.spawn(tls.keep_fresh());
    }
    shutdown.await;
    accepting.shutdown().await;
    node.stopping.cancel();
    node.hub.shutdown();
    if let Some(graceful) = Arc::into_inner(graceful)
        && tokio::time::timeout(FAREWELL, graceful.shutdown()).await.is_err()
    {
        tracing::warn!("some requests were cut off: they did not end within {} s", FAREWELL.as_secs());
    }
    Ok(())
}

/// Each connection is an open file, and the usual limit of 1,024 is meant for programs that use `select`.
fn raise_open_files() {
    let limit = rustix::process::getrlimit(Resource::Nofile);
    if let Err(e) = rustix::process::setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }) {
        tracing::warn!(error = %e, "the limit of open files could not be raised");
    }
}

fn builder() -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(PATIENCE).max_buf_size(HEAD_BYTES).max_headers(100);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_header_list_size(16 * 1024)
        .max_concurrent_streams(128)
        .keep_alive_interval(Duration::from_secs(30))
        .keep_alive_timeout(Duration::from_secs(20));
    builder
}

async fn accept(socket: TcpListener, edge: Arc<Edge>, graceful: Arc<GracefulShutdown>) {
    loop {
        let Ok(permit) = edge.permits.clone().acquire_owned().await else { return };
        match socket.accept().await {
            Ok((stream, peer)) => {
                // who has as many as there may be is not even greeted: every word would cost what is to be saved
                let Ok(admitted) = edge.admit(peer.ip().to_canonical()) else { continue };
                let _ = stream.set_nodelay(true);
                tokio::spawn(connection(stream, peer, edge.clone(), graceful.watcher(), (permit, admitted)));
            }
            Err(e) => {
                // out of file descriptors, mostly: give others time to close theirs
                tracing::warn!(error = %e, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

/// What a connection takes up until it ends or becomes a WebSocket.
type Held = (OwnedSemaphorePermit, Option<Admitted>);

async fn connection(stream: TcpStream, peer: SocketAddr, edge: Arc<Edge>, watcher: Watcher, held: Held) {
    let _held = held;
    let Some(acceptor) = &edge.tls else {
        return exchange(stream, peer, &edge.router, &edge.builder, watcher).await;
    };
    // a connection that has not said anything yet does not hold up the node's end
    let opened = edge.stopping.run_until_cancelled(open_up(stream, acceptor)).await;
    match opened {
        Some(Ok(Opened::Secure(stream))) if Tls::is_check(stream.get_ref().1) => {} // has seen what it wanted
        Some(Ok(Opened::Secure(stream))) => exchange(*stream, peer, &edge.router, &edge.builder, watcher).await,
        Some(Ok(Opened::Plain(stream))) => exchange(stream, peer, &edge.plain, &edge.builder, watcher).await,
        Some(Err(_)) | None => {} // closed, broken or silent
    }
}

enum Opened {
    Secure(Box<TlsStream<TcpStream>>),
    Plain(TcpStream),
}

/// Looks at the first byte to see what the client speaks, and shakes hands if that is TLS.
async fn open_up(stream: TcpStream, acceptor: &TlsAcceptor) -> std::io::Result<Opened> {
    let mut first = [0];
    match tokio::time::timeout(PATIENCE, stream.peek(&mut first)).await?? {
        0 => Err(ErrorKind::UnexpectedEof.into()),
        _ if first[0] == TLS_HANDSHAKE => Ok(Opened::Secure(Box::new(tokio::time::timeout(PATIENCE, acceptor.accept(stream)).await??))),
        _ => Ok(Opened::Plain(stream)),
    }
}

async fn exchange<S>(stream: S, peer: SocketAddr, router: &Router, builder: &Builder<TokioExecutor>, watcher: Watcher)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let router = router.clone();
    let service = service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(Peer(peer));
        router.clone().oneshot(request)
    });
    let connection = builder.serve_connection_with_upgrades(TokioIo::new(stream), service).into_owned();
    let _ = watcher.watch(connection).await; // how a connection ends is the client's business
}
