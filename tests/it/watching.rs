//! What a node tells of itself: metrics, counts over time, errors, readiness.
use crate::support::{TestNode, http_client};
use serde_json::{Value, json};

use snug_accounts::audit::Actor;
use snug_base::config::Secret;
use snug_operations::errors::Notice;
use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Status and text of `/metrics`, asked with these headers.
async fn metrics(node: &TestNode, headers: &[(&str, &str)]) -> (u16, String) {
    let mut request = http_client().get(node.url("/metrics"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = request.send().await.unwrap();
    (response.status().as_u16(), response.text().await.unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn metrics_are_for_those_who_may() {
    let off = TestNode::start().await;
    assert_eq!(metrics(&off, &[]).await.0, 404, "off unless it is switched on");
    let near = TestNode::start_with(|config| config.metrics.enabled = true).await;
    assert_eq!(metrics(&near, &[]).await.0, 200, "from this machine");
    assert_eq!(metrics(&near, &[("x-forwarded-for", "198.51.100.7")]).await.0, 404, "a proxy does not lend its address");
    let token = "a-token-of-some-length";
    let with_token = TestNode::start_with(|config| {
        config.metrics.enabled = true;
        config.metrics.token = Some(Secret(token.to_owned().into()));
    })
    .await;
    assert_eq!(metrics(&with_token, &[]).await.0, 404);
    assert_eq!(metrics(&with_token, &[("authorization", "Bearer a-token-of-some-lengtH")]).await.0, 404);
    assert_eq!(metrics(&with_token, &[("authorization", &format!("Bearer {token}"))]).await.0, 200);
    let elsewhere = TestNode::start_with(|config| {
        config.metrics.enabled = true;
        config.metrics.networks = vec!["192.0.2.0/24".parse().unwrap()];
    })
    .await;
    assert_eq!(metrics(&elsewhere, &[]).await.0, 404);
}

/// Prints the names of the families that Prometheus' own reader finds.
const READ: &str = "
import sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read
for family in read(sys.stdin.read()):
    for sample in family.samples:
        print(sample.name, int(sample.value) if sample.value == sample.value else 'nan', dict(sample.labels).get('route', ''))
";

/// What Prometheus' reader makes of a text: `name value route` by line. None where that reader is not installed.
fn read_by_prometheus(text: &str) -> Option<Vec<String>> {
    let python = |args: &[&str]| {
        let mut command = Command::new("/usr/bin/python3");
        command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped());
        command
    };
    if !python(&["-c", "import prometheus_client"]).stderr(Stdio::null()).status().is_ok_and(|status| status.success()) {
        assert!(std::env::var_os("CI").is_none(), "python3-prometheus-client is missing: install it");
        return None;
    }
    let mut child = python(&["-c", READ]).spawn().unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let out = child.wait_with_output().unwrap();
    assert!(out.status.success(), "Prometheus can't read this:\n{text}");
    Some(String::from_utf8(out.stdout).unwrap().lines().map(str::to_owned).collect())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn prometheus_reads_what_happened() {
    let node = TestNode::start_with(|config| config.metrics.enabled = true).await;
    let (ann, bob, _, room) = node.ann_and_bob().await;
    let mut socket = bob.socket().await;
    for n in 0..5 {
        ann.say(&room, &format!("a secret text {n}")).await;
        socket.wait_for("message.created").await;
    }
    ann.get("/conversations/00000000-0000-7000-8000-000000000000/messages").await;
    node.node.operations.jobs.run("backup", async { Ok(()) }).await;
    let (status, text) = metrics(&node, &[]).await;
    assert_eq!(status, 200);
    for private in [ann.id.as_str(), "ann", room.as_str(), "secret", ann.token.as_str()] {
        assert!(!text.contains(private), "{private} is nobody's business");
    }
    for line in [
        "snug_messages_total 5\n",
        "snug_connections 1.0\n",
        "snug_requests_total{route=\"/api/v1/messages\",method=\"POST\",status=\"201\"} 5\n",
        "snug_message_seconds_count 5\n",
        "snug_job_runs_total{job=\"backup\"}",
        "snug_build_info{version=",
    ] {
        assert!(text.contains(line), "{line} in {text}");
    }
    let delivered = text.lines().find_map(|line| line.strip_prefix("snug_deliveries_total ")).unwrap();
    assert!(delivered.parse::<u64>().unwrap() >= 5, "{delivered}");
    if let Some(read) = read_by_prometheus(&text) {
        assert!(read.iter().any(|line| line.starts_with("snug_messages_total 5")), "{read:?}");
        assert!(read.len() > 60, "{read:?}");
    }
}

/// Every name that a query of the dashboard asks for is one that the node gives.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_dashboard_asks_only_for_what_there_is() {
    let backups = tempfile::tempdir().unwrap();
    let node = TestNode::start_with(|config| {
        config.metrics.enabled = true;
        config.backup.folder = Some(backups.path().to_owned());
        config.backup.unencrypted = true;
    })
    .await;
    snug_operations::backup::schedule::make_now(&node.node.app, Actor::operator()).await.unwrap();
    node.nobody().get("/instance").await.ok();
    let text = metrics(&node, &[]).await.1;
    let mut known: BTreeSet<String> =
        text.lines().filter_map(|l| l.strip_prefix("# TYPE ")).map(|l| l.split(' ').next().unwrap().to_owned()).collect();
    let samples = text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split(['{', ' ']).next());
    known.extend(samples.map(str::to_owned));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging/grafana/snug.json");
    let dashboard: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let mut asked = BTreeSet::new();
    for panel in dashboard["panels"].as_array().unwrap() {
        for target in panel["targets"].as_array().into_iter().flatten() {
            let words = target["expr"].as_str().unwrap().split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            asked.extend(words.filter(|word| word.starts_with("snug_")).map(str::to_owned));
        }
    }
    assert!(asked.len() > 12, "{asked:?}");
    // given by Prometheus to every histogram and counter, or only where there is a certificate or a first request
    let missing: Vec<_> = asked.iter().filter(|name| !known.contains(*name) && *name != "snug_certificate_seconds_left").collect();
    assert!(missing.is_empty(), "{missing:?} are not in {known:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn analytics_count_without_telling_who() {
    let node = TestNode::start().await;
    let (ann, bob, _, room) = node.ann_and_bob().await;
    node.make_admin(&ann).await;
    let _socket = bob.socket().await;
    for n in 0..7 {
        ann.say(&room, &format!("text {n}")).await;
    }
    ann.post("/admin/jobs/analytics/run", json!({})).await;
    let begun = Instant::now();
    let view = loop {
        let view = ann.get("/admin/analytics?hours=3").await.ok();
        if sum(&view, "messages") >= 7.0 {
            break view;
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "{view}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    assert!((sum(&view, "messages") - 7.0).abs() < 0.01 && sum(&view, "requests") > 10.0, "{view}");
    assert!(sum(&view, "connections") >= 1.0 && sum(&view, "send_ms_50") > 0.0, "{view}");
    assert_eq!(view["people_by_day"][0]["people"], 2, "{view}");
    ann.get("/admin/analytics?hours=0").await.fails(422, "request.invalid");
    bob.get("/admin/analytics").await.fails(403, "permission.missing");
    // no id of anybody in the file
    let mut bytes = Vec::new();
    for entry in std::fs::read_dir(&node.node.app.config.node.data).unwrap() {
        let entry = entry.unwrap();
        if entry.file_name().to_string_lossy().starts_with("analytics.sqlite") {
            bytes.extend(std::fs::read(entry.path()).unwrap());
        }
    }
    let id: uuid::Uuid = ann.id.parse().unwrap();
    for private in [ann.id.as_bytes(), id.as_bytes(), b"text 3", b"Garden"] {
        assert!(!bytes.is_empty() && !bytes.windows(private.len()).any(|part| part == private));
    }
}

fn sum(view: &Value, name: &str) -> f64 {
    let series = view["series"].as_array().unwrap().iter().find(|series| series["name"] == name).unwrap();
    series["values"].as_array().unwrap().iter().filter_map(Value::as_f64).sum()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn errors_are_grouped_and_shown() {
    let _ = tracing_subscriber::registry().with(Notice).try_init();
    let node = TestNode::start().await;
    let ann = node.admin("ann").await;
    for _ in 0..3 {
        node.node.operations.jobs.run("old sign-ins", async { Err(snug_base::Code::StorageFull.error("The disk is full.")) }).await;
    }
    let listed = ann.get("/admin/errors?level=error").await.ok();
    let group = listed["errors"].as_array().unwrap().iter().find(|group| group["message"] == "a job failed; it is tried again").unwrap();
    assert_eq!((&group["count"], &group["detail"]), (&json!(3), &json!("storage.full: The disk is full.")));
    assert!(group["place"].as_str().unwrap().contains("jobs.rs"), "{group}");
    ann.get("/admin/errors?level=nonsense").await.fails(422, "request.invalid");
    let jobs = ann.get("/admin/jobs").await.ok();
    let job = jobs["jobs"].as_array().unwrap().iter().find(|job| job["name"] == "old sign-ins").unwrap();
    assert_eq!(job["last_error"], "The disk is full.");
    ann.post("/admin/jobs/nonsense/run", json!({})).await.fails(404, "not_found");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failure_names_its_request() {
    let node = TestNode::start().await;
    let answer = node.nobody().get("/users/me").await;
    let id = answer.headers["x-request-id"].to_str().unwrap().to_owned();
    assert_eq!(answer.fails(401, "auth.signed_out")["request_id"], id.as_str());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_stops_is_not_ready() {
    let node = TestNode::start().await;
    let ready = async || http_client().get(node.url("/readyz")).send().await.unwrap().status().as_u16();
    assert_eq!(ready().await, 200);
    node.node.stopping.cancel();
    assert_eq!(ready().await, 503);
}
