//! `/metrics`: what the node counts, in the text format of OpenMetrics. Off unless configured, and only for those who may.
use super::health;
use crate::Node;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, MetricEncoder, NoLabelSet, text};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Registry;
use snug_base::http::ClientAddress;
use snug_base::meters::{BOUNDS_US, Histogram, Route};
use snug_base::{Code, Error, Result};
use snug_operations::backup::schedule;
use snug_operations::jobs::Job;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use subtle::ConstantTimeEq;

const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

pub fn routes() -> Router<Node> {
    Router::new().route("/metrics", get(metrics))
}

async fn metrics(State(node): State<Node>, request: Request) -> Result<Response> {
    if !may_read(&node, &request) {
        // what one may not see does not exist
        return Err(Code::NotFound.error("There is nothing here."));
    }
    let text = encode(Snapshot::take(&node).await?)?;
    Ok(([(header::CONTENT_TYPE, CONTENT_TYPE), (header::CACHE_CONTROL, "no-store")], text).into_response())
}

/// With a token: whoever has it, from the networks that are named or from anywhere. Without one: from the networks that are named, or from
/// this machine only; but not through a proxy, which would lend its own address to everybody.
fn may_read(node: &Node, request: &Request) -> bool {
    let config = &node.app.config.metrics;
    let address = request.extensions().get::<ClientAddress>().map(|client| client.0);
    let is_near = match (config.networks.as_slice(), &config.token) {
        ([], Some(_)) => true,
        ([], None) => address.is_some_and(|ip| ip.is_loopback()) && !is_proxied(request.headers()),
        (networks, _) => address.is_some_and(|ip| networks.iter().any(|network| network.contains(&ip))),
    };
    let has_token = config.token.as_ref().is_none_or(|token| {
        let sent = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let sent = sent.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
        sent.as_bytes().ct_eq(token.0.as_bytes()).into()
    });
    config.enabled && is_near && has_token
}

fn is_proxied(headers: &HeaderMap) -> bool {
    ["x-forwarded-for", "forwarded", "via", "x-real-ip"].iter().any(|name| headers.contains_key(*name))
}

/// Everything at one moment.
struct Snapshot {
    routes: Vec<(String, Arc<Route>)>,
    node: Node,
    database_bytes: i64,
    file_bytes: i64,
    free_bytes: Option<u64>,
    /// When the newest good backup was begun (Unix milliseconds).
    backup_at: Option<i64>,
    jobs: Vec<Job>,
}

impl Snapshot {
    async fn take(node: &Node) -> Result<Snapshot> {
        let backups = schedule::list(&node.app).await?.backups;
        Ok(Snapshot {
            routes: node.app.meters.routes(),
            database_bytes: node.app.db.size().await?,
            file_bytes: node.app.blobs.stored_bytes().await?,
            free_bytes: health::free_bytes(node).await,
            backup_at: backups.iter().filter(|run| run.ended_at.is_some() && run.error.is_none()).map(|run| run.started_at).max(),
            jobs: node.operations.jobs.list(),
            node: node.clone(),
        })
    }
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Snapshot")
    }
}

fn encode(snapshot: Snapshot) -> Result<String> {
    let mut registry = Registry::with_prefix("snug");
    registry.register_collector(Box::new(snapshot));
    let mut text = String::new();
    text::encode(&mut text, &registry).map_err(Error::internal)?;
    Ok(text)
}

/// Milliseconds as seconds.
fn seconds(ms: i64) -> f64 {
    ms as f64 / 1_000.0
}

impl Collector for Snapshot {
    fn encode(&self, mut to: DescriptorEncoder) -> fmt::Result {
        let build = [("version", env!("CARGO_PKG_VERSION")), ("database", self.node.app.db.engine().as_str())];
        to.encode_descriptor("build", "What runs", None, MetricType::Info)?.encode_info(&build)?;
        self.encode_requests(&mut to)?;
        self.encode_realtime(&mut to)?;
        self.encode_storage(&mut to)?;
        self.encode_jobs(&mut to)
    }
}

fn gauge(to: &mut DescriptorEncoder, name: &str, help: &str, value: f64) -> fmt::Result {
    to.encode_descriptor(name, help, None, MetricType::Gauge)?.encode_gauge(&value)
}

fn counter(to: &mut DescriptorEncoder, name: &str, help: &str, value: u64) -> fmt::Result {
    to.encode_descriptor(name, help, None, MetricType::Counter)?.encode_counter::<NoLabelSet, _, u64>(&value, None)
}

fn histogram(mut to: MetricEncoder, of: &Histogram) -> fmt::Result {
    let classes = of.classes();
    let bounds = BOUNDS_US.iter().map(|us| *us as f64 / 1e6).chain([f64::INFINITY]);
    let buckets: Vec<(f64, u64)> = bounds.zip(classes).collect();
    to.encode_histogram::<NoLabelSet>(of.sum_s(), classes.iter().sum(), &buckets, None)
}

impl Snapshot {
    fn encode_requests(&self, to: &mut DescriptorEncoder) -> fmt::Result {
        let mut requests = to.encode_descriptor("requests", "Requests answered", None, MetricType::Counter)?;
        for (route, of) in &self.routes {
            for ((method, status), count) in &*of.answers.lock() {
                let labels = [("route", route.clone()), ("method", (*method).to_owned()), ("status", status.to_string())];
                requests.encode_family(&labels)?.encode_counter::<NoLabelSet, _, u64>(count, None)?;
            }
        }
        let mut took = to.encode_descriptor("request_seconds", "Time until a request was answered", None, MetricType::Histogram)?;
        for (route, of) in &self.routes {
            histogram(took.encode_family(&[("route", route.clone())])?, &of.took)?;
        }
        Ok(())
    }

    fn encode_realtime(&self, to: &mut DescriptorEncoder) -> fmt::Result {
        let (node, meters) = (&self.node, &self.node.app.meters);
        let sent: u64 = meters.sends.classes().iter().sum();
        counter(to, "messages", "Messages stored", sent)?;
        counter(to, "message_failures", "Messages that could not be stored", meters.send_failures.load(Relaxed))?;
        let took = to.encode_descriptor("message_seconds", "Time until a message was stored", None, MetricType::Histogram)?;
        histogram(took, &meters.sends)?;
        counter(to, "deliveries", "Events handed to connections", node.hub.delivered())?;
        gauge(to, "connections", "Devices that are connected", node.presences.devices() as f64)?;
        gauge(to, "people_connected", "People who are connected", node.presences.people().len() as f64)
    }

    fn encode_storage(&self, to: &mut DescriptorEncoder) -> fmt::Result {
        let (now, node) = (self.node.app.clock.now(), &self.node);
        gauge(to, "writer_queue", "Writes that wait for the database", node.app.db.queued() as f64)?;
        gauge(to, "database_bytes", "Size of the database", self.database_bytes as f64)?;
        gauge(to, "file_bytes", "Size of the stored files", self.file_bytes as f64)?;
        if let Some(free) = self.free_bytes {
            gauge(to, "disk_free_bytes", "Room on the disk with the data folder", free as f64)?;
        }
        if let Some(at) = self.backup_at {
            gauge(to, "backup_age_seconds", "Since the newest good backup that the node made", seconds(now - at))?;
        }
        let mut until = to.encode_descriptor("certificate_seconds_left", "Until the certificate expires", None, MetricType::Gauge)?;
        for certificate in node.certificates.get().map(|tls| tls.certificates()).unwrap_or_default() {
            if let Some(end) = certificate.expires_at {
                until.encode_family(&[("source", certificate.source.as_str())])?.encode_gauge(&seconds(end - now))?;
            }
        }
        Ok(())
    }

    fn encode_jobs(&self, to: &mut DescriptorEncoder) -> fmt::Result {
        let mut runs = to.encode_descriptor("job_runs", "How often a job was run", None, MetricType::Counter)?;
        for job in &self.jobs {
            runs.encode_family(&[("job", job.name)])?.encode_counter::<NoLabelSet, _, u64>(&job.runs, None)?;
        }
        let mut failures = to.encode_descriptor("job_failures", "How often a job failed", None, MetricType::Counter)?;
        for job in &self.jobs {
            failures.encode_family(&[("job", job.name)])?.encode_counter::<NoLabelSet, _, u64>(&job.failures, None)?;
        }
        let mut last = to.encode_descriptor("job_last_seconds", "How long a job took the last time", None, MetricType::Gauge)?;
        for job in &self.jobs {
            last.encode_family(&[("job", job.name)])?.encode_gauge(&seconds(job.last_ms.unwrap_or_default()))?;
        }
        Ok(())
    }
}
