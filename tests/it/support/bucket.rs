//! An S3 store of another make (s3s-fs, which checks signatures), with the faults that networks and stores have.
use bytes::Bytes;
use futures_util::future::BoxFuture;
use hyper::body::Incoming;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use parking_lot::Mutex;
use s3s::Body;
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use snug_base::Config;
use snug_base::config::Secret;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, Ordering::SeqCst};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use zeroize::Zeroizing;

pub const SECRET: &str = "a secret that is in no log";

/// What goes wrong.
#[derive(Default)]
pub struct Faults {
    /// The connection breaks once the store has read so many bytes more; 0: it does not.
    pub cut_read: AtomicI64,
    /// The same for what it has written.
    pub cut_written: AtomicI64,
    /// So many requests more are answered with 503.
    pub busy: AtomicU32,
    /// This part of an upload gets no answer as long as it stands here; 0: all do.
    pub stalls_at: AtomicU32,
    /// Whether that has happened.
    pub has_stalled: AtomicBool,
    /// The store's clock goes wrong by an hour, so that it refuses everything.
    pub is_late: AtomicBool,
    /// Methods and queries of all requests, without signatures.
    pub asked: Mutex<Vec<String>>,
}

/// A running store with one bucket, "backups".
pub struct Store {
    pub address: SocketAddr,
    pub folder: tempfile::TempDir,
    pub faults: Arc<Faults>,
    runtime: Option<tokio::runtime::Runtime>,
}

impl Store {
    pub fn start() -> Store {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("backups")).unwrap();
        let mut builder = S3ServiceBuilder::new(s3s_fs::FileSystem::new(folder.path()).unwrap());
        builder.set_auth(SimpleAuth::from_single("snug", SECRET));
        let (service, faults) = (builder.build(), Arc::new(Faults::default()));
        // of its own: tests block
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let ours = faults.clone();
        runtime.spawn(async move {
            let listener = TcpListener::from_std(listener).unwrap();
            while let Ok((socket, _)) = listener.accept().await {
                let (service, faults) = (Faulty { service: service.clone(), faults: ours.clone() }, ours.clone());
                tokio::spawn(async move {
                    let wire = TokioIo::new(Wire { socket, faults });
                    let _ = auto::Builder::new(TokioExecutor::new()).serve_connection(wire, service).await;
                });
            }
        });
        Store { address, folder, faults, runtime: Some(runtime) }
    }

    /// Names of what is in the bucket below the prefix, sorted.
    pub fn names(&self) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(self.object("")) else { return Vec::new() };
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    pub fn object(&self, name: &str) -> PathBuf {
        self.folder.path().join("backups/of-snug").join(name)
    }

    /// Files that uploads have which have not ended.
    pub fn unfinished(&self) -> usize {
        let entries = std::fs::read_dir(self.folder.path()).unwrap();
        entries.filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().contains("upload")).count()
    }

    /// Names it in the configuration.
    pub fn configure(&self, config: &mut Config) {
        config.backup.s3_endpoint = Some(format!("http://{}", self.address));
        config.backup.s3_bucket = Some("backups".to_owned());
        config.backup.s3_prefix = "of-snug/".to_owned();
        config.backup.s3_access_key = Some("snug".to_owned());
        config.backup.s3_secret_key = Some(Secret(Zeroizing::new(SECRET.to_owned())));
        config.backup.s3_part_mib = 5;
    }

    /// The same in the environment.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        vec![
            ("SNUG_BACKUP_S3_ENDPOINT", format!("http://{}", self.address)),
            ("SNUG_BACKUP_S3_BUCKET", "backups".to_owned()),
            ("SNUG_BACKUP_S3_PREFIX", "of-snug/".to_owned()),
            ("SNUG_BACKUP_S3_ACCESS_KEY", "snug".to_owned()),
            ("SNUG_BACKUP_S3_SECRET_KEY", SECRET.to_owned()),
            ("SNUG_BACKUP_S3_PART_MIB", "5".to_owned()),
        ]
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

#[derive(Clone)]
struct Faulty {
    service: S3Service,
    faults: Arc<Faults>,
}

impl hyper::service::Service<Request<Incoming>> for Faulty {
    type Response = Response<Body>;
    type Error = s3s::HttpError;
    type Future = BoxFuture<'static, Result<Self::Response, Self::Error>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let query: Vec<&str> = request.uri().query().unwrap_or("").split('&').filter(|part| !part.starts_with("X-Amz")).collect();
        let asked = format!("{} {}", request.method(), query.join("&"));
        self.faults.asked.lock().push(asked.clone());
        let ours = self.clone();
        Box::pin(async move {
            let faults = &ours.faults;
            let part = faults.stalls_at.load(SeqCst);
            if part > 0 && asked.contains(&format!("partNumber={part}&")) {
                faults.has_stalled.store(true, SeqCst);
                while faults.stalls_at.load(SeqCst) == part {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            }
            if faults.is_late.load(SeqCst) {
                let late = Response::builder().status(403).header("date", "Sun, 22 Nov 2015 11:00:00 GMT");
                return Ok(late.body(Body::from(Bytes::from("<Error><Code>AccessDenied</Code></Error>"))).unwrap());
            }
            if !request.uri().path().starts_with("/backups/") {
                // this make would begin a bucket
                let none = Response::builder().status(404);
                return Ok(none.body(Body::from(Bytes::from("<Error><Code>NoSuchBucket</Code></Error>"))).unwrap());
            }
            if faults.busy.fetch_update(SeqCst, SeqCst, |left| left.checked_sub(1)).is_ok() {
                let busy = Response::builder().status(503);
                return Ok(busy.body(Body::from(Bytes::from("<Error><Code>SlowDown</Code></Error>"))).unwrap());
            }
            hyper::service::Service::call(&ours.service, request).await
        })
    }
}

/// A connection that may break.
struct Wire {
    socket: TcpStream,
    faults: Arc<Faults>,
}

/// Whether the connection breaks now.
fn breaks(left: &AtomicI64, count: usize) -> bool {
    let count = i64::try_from(count).unwrap();
    let before = left.fetch_update(SeqCst, SeqCst, |left| if left > 0 { Some((left - count).max(0)) } else { None });
    before.is_ok_and(|before| before <= count)
}

impl AsyncRead for Wire {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.socket).poll_read(context, buffer);
        let count = buffer.filled().len() - before;
        if count > 0 && breaks(&self.faults.cut_read, count) {
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        polled
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if breaks(&self.faults.cut_written, bytes.len()) {
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        Pin::new(&mut self.socket).poll_write(context, bytes)
    }
    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(context)
    }
    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(context)
    }
}
