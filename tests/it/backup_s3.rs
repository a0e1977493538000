//! Backups in a bucket of an S3 store of another make: there and back, over a network that breaks, with keys that are wrong.
use crate::cli::{Running, said, snug, text};
use crate::support::bucket::{SECRET, Store};
use crate::support::{TestNode, free_address};
use snug_base::config::Secret;
use snug_base::keys::random;
use snug_base::{App, Config};
use snug_operations::backup::lock::Opener;
use snug_operations::backup::place::Place;
use snug_operations::backup::{restore, schedule};
use std::io::Cursor;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::Ordering::SeqCst;
use std::time::{Duration, Instant};
use zeroize::Zeroizing;

const DAY: i64 = 24 * 3_600_000;
const MIB: usize = 1024 * 1024;

fn is_postgres() -> bool {
    std::env::var("SNUG_TEST_POSTGRES").is_ok()
}

/// Bytes that no compression makes fewer.
fn noise(bytes: usize) -> Vec<u8> {
    let mut state = u64::from_le_bytes(random());
    let mut some = Vec::with_capacity(bytes + 8);
    while some.len() < bytes {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        some.extend_from_slice(&(state >> 16).to_le_bytes()[..4]);
    }
    some.truncate(bytes);
    some
}

async fn verified(app: &App, name: &str, opener: Opener) -> snug_base::Result<()> {
    let (config, name) = (app.config.clone(), name.to_owned());
    let work = move || restore::verify(Place::s3(&config)?.open(&name)?, &opener).map(drop);
    tokio::task::spawn_blocking(work).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_keeps_its_backups_in_a_bucket_tries_them_and_deletes_old_ones() {
    let store = Store::start();
    let node = TestNode::start_with(|config| {
        store.configure(config);
        config.backup.unencrypted = true;
        config.backup.every_hours = 24;
        config.backup.keep = 2;
    })
    .await;
    let app = &node.node.app;
    let (ann, _, _, room) = node.ann_and_bob().await;
    ann.say(&room, "hello").await;
    let content = noise(6 * MIB);
    let blob = app.blobs.put(Cursor::new(content.clone())).await.unwrap();
    for _ in 0..4 {
        schedule::keep_up(app).await.unwrap();
        node.clock.advance(DAY + 60_000);
    }
    let listed = schedule::list(app).await.unwrap();
    assert!(listed.is_configured && listed.backups.len() == 4, "{listed:?}");
    assert!(listed.backups.iter().all(|run| run.error.is_none() && run.rehearsal_error.is_none()), "{listed:?}");
    assert_eq!(listed.backups[0].place, "s3://backups/of-snug/");
    assert_eq!(listed.backups.iter().filter(|run| run.deleted_at.is_some()).count(), 2);
    assert_eq!(listed.backups.iter().filter(|run| run.rehearsed_at.is_some()).count(), 1, "once a week");
    let names = store.names();
    assert_eq!(names.len(), 2, "{names:?}");
    let newest = listed.backups[0].name.clone();
    assert!(names.contains(&newest), "{names:?}");
    assert_eq!(std::fs::metadata(store.object(&newest)).unwrap().len(), u64::try_from(listed.backups[0].bytes.unwrap()).unwrap());
    assert!(store.faults.asked.lock().iter().any(|asked| asked.starts_with("PUT partNumber=2&")), "it came in parts");
    assert_eq!(store.unfinished(), 0);
    assert_eq!(std::fs::read_dir(app.config.node.data.join("backup-uploads")).unwrap().count(), 0);

    verified(app, &newest, Opener::default()).await.unwrap();
    let config = app.config.clone();
    let copy = TestNode::start_on(
        |_| {},
        move |other| {
            restore::restore(Place::s3(&config).unwrap().open(&newest).unwrap(), &Opener::default(), other).unwrap();
        },
    )
    .await;
    assert_eq!(copy.node.app.blobs.get(&blob).await.unwrap(), content);
    let ann = ann.sign_in_at(copy.address).await;
    assert_eq!(ann.get(&format!("/conversations/{room}/messages")).await.ok()["messages"][0]["content"]["text"], "hello");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_breaks_on_the_way_is_tried_again() {
    let store = Store::start();
    let node = TestNode::start_with(|config| {
        store.configure(config);
        config.backup.unencrypted = true;
        config.backup.rehearse_every_days = 0;
    })
    .await;
    let app = &node.node.app;
    app.blobs.put(Cursor::new(noise(12 * MIB))).await.unwrap();
    let admin = crate::accounts::admin(&node).await;
    store.faults.busy.store(2, SeqCst);
    store.faults.cut_read.store(7_000_000, SeqCst); // within the second part
    let made = admin.post("/admin/backups", serde_json::json!({})).await.created();
    assert_eq!(store.faults.cut_read.load(SeqCst), 0, "it was cut");
    let name = made["name"].as_str().unwrap();
    assert_eq!(store.unfinished(), 0);
    let before = store.faults.asked.lock().len();
    store.faults.busy.store(1, SeqCst);
    store.faults.cut_written.store(4_000_000, SeqCst);
    verified(app, name, Opener::default()).await.unwrap();
    assert_eq!(store.faults.cut_written.load(SeqCst), 0, "it was cut");
    assert_eq!(store.faults.asked.lock()[before..].iter().filter(|asked| asked.starts_with("GET")).count(), 3);
    // one that changes while it is read is not put together of two
    let refused = verified(app, "snug-20200101-000000.tar.zst", Opener::default()).await.unwrap_err();
    assert!(refused.detail.contains("no such object"), "{}", refused.detail);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wrong_with_the_store_is_told_with_its_remedy_and_without_secrets() {
    let store = Store::start();
    let mut node = TestNode::start_with(|config| {
        store.configure(config);
        config.backup.unencrypted = true;
    })
    .await;
    let admin = crate::accounts::admin(&node).await;
    let nobody = free_address();
    type Change = Box<dyn FnOnce(&mut Config)>;
    let mistakes: Vec<(&str, Change)> = vec![
        ("backup.s3_access_key and its secret", Box::new(|c| c.backup.s3_secret_key = Some(Secret(Zeroizing::new("wrong".to_owned()))))),
        ("backup.s3_access_key and its secret", Box::new(|c| c.backup.s3_access_key = Some("nobody".to_owned()))),
        ("backup.s3_bucket", Box::new(|c| c.backup.s3_bucket = Some("missing".to_owned()))),
        ("backup.s3_endpoint", Box::new(move |c| c.backup.s3_endpoint = Some(format!("http://{nobody}")))),
        ("Set the clock", Box::new(|_| {})),
    ];
    for (remedy, change) in mistakes {
        node.configure(|config| {
            store.configure(config);
            change(config);
        });
        store.faults.is_late.store(remedy.contains("clock"), SeqCst);
        node.restart().await;
        let admin = admin.sign_in_again().await;
        let refused = admin.post("/admin/backups", serde_json::json!({})).await.fails(503, "node.unavailable");
        let said = refused["detail"].as_str().unwrap().to_owned();
        assert!(said.contains(remedy), "{remedy}: {said}");
        assert!(!said.contains(SECRET) && !said.contains("X-Amz") && !said.contains("http://"), "{said}");
    }
    assert!(store.names().is_empty());
}

/// An instance that no node runs on, with files in it.
async fn filled(data: &Path, sizes: &[usize]) {
    let mut config = Config::default();
    config.node.data = data.to_owned();
    let node = snug::Node::open(config).await.unwrap();
    for size in sizes {
        node.app.blobs.put(Cursor::new(noise(*size))).await.unwrap();
    }
    node.stop().await;
}

fn command(store: &Store, data: &Path, arguments: &[&str]) -> Command {
    let mut command = snug(data, arguments);
    command.envs(store.environment());
    command
}

#[track_caller]
fn works(store: &Store, data: &Path, arguments: &[&str]) -> String {
    let output: Output = command(store, data, arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
    text(&output.stdout)
}

#[track_caller]
fn fails(store: &Store, data: &Path, arguments: &[&str]) -> String {
    let output = command(store, data, arguments).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {}", text(&output.stdout));
    text(&output.stderr)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_make_list_check_and_bring_back_backups_in_a_bucket_with_commands() {
    if is_postgres() {
        return; // the commands work on data folders here
    }
    let (store, folder) = (Store::start(), tempfile::tempdir().unwrap());
    let data = folder.path().join("data");
    filled(&data, &[100_000, 6 * MIB]).await;
    assert!(works(&store, &data, &["backup", "list"]).contains("There is no backup in s3://backups/of-snug/"));
    works(&store, &data, &["backup", "--s3", "--unencrypted"]);
    let name = store.names().pop().unwrap();
    let listed = works(&store, &data, &["backup", "list"]);
    assert!(listed.contains(&name) && listed.contains("6.1 MiB"), "{listed}");
    let named = format!("s3:{name}");
    assert!(fails(&store, &data, &["backup", &named, "--unencrypted"]).contains("is there already"));
    assert!(works(&store, &data, &["backup", "verify", &named]).contains("as it was written"));
    assert!(fails(&store, &data, &["backup", "verify", "s3:other.tar.zst"]).contains("no such object"));
    assert!(fails(&store, &data, &["backup", "verify", "s3:../other"]).contains("no name of a backup"));
    // on a machine that knows nothing but the bucket
    let other = folder.path().join("other");
    works(&store, &other, &["restore", &named]);
    let blobs = |data: &Path| said_files(&data.join("blobs"));
    assert_eq!(blobs(&data), blobs(&other));
    drop(Running::start(&other, &["--plain-http"]));
    // without the bucket's settings
    let refused = snug(&data, &["backup", "verify", &named]).output().unwrap();
    assert!(text(&refused.stderr).contains("backup.s3_endpoint"), "{}", text(&refused.stderr));
    let mut half = snug(&data, &["status"]);
    let refused = half.env("SNUG_BACKUP_S3_ENDPOINT", "https://s3.example.org").output().unwrap();
    assert!(text(&refused.stderr).contains("backup.s3_bucket: is missing"), "{}", text(&refused.stderr));
    let shown = works(&store, &data, &["config", "show"]);
    assert!(shown.contains("s3_secret_key") && !shown.contains(SECRET), "{shown}");
    let _ = said(&data, &["doctor", "--listen", "127.0.0.1:0"]);
}

/// Names and contents below a folder.
fn said_files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for part in std::fs::read_dir(folder).unwrap() {
        for file in std::fs::read_dir(part.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            found.push((path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(&path).unwrap()));
        }
    }
    found.sort();
    found
}

/// Waits until a part gets no answer; gives the most memory that the process had until then, in KiB.
fn most_memory_when_stalled(store: &Store, child: &mut Child) -> u64 {
    let begun = Instant::now();
    while !store.faults.has_stalled.load(SeqCst) {
        assert!(begun.elapsed() < Duration::from_secs(120) && child.try_wait().unwrap().is_none());
        std::thread::sleep(Duration::from_millis(50));
    }
    std::thread::sleep(Duration::from_millis(500)); // until the parts that wait are full
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
    status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse().ok()).unwrap_or(0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_backup_is_never_seen_and_taken_back_by_the_next_one_and_memory_stays_the_same() {
    if is_postgres() {
        return; // the commands work on data folders here
    }
    let (store, folder) = (Store::start(), tempfile::tempdir().unwrap());
    let data = folder.path().join("data");
    filled(&data, &[30 * MIB, 30 * MIB]).await;
    store.faults.stalls_at.store(4, SeqCst);
    let mut child = command(&store, &data, &["backup", "--s3", "--unencrypted"]).stdout(Stdio::null()).spawn().unwrap();
    let early = most_memory_when_stalled(&store, &mut child);
    store.faults.has_stalled.store(false, SeqCst);
    store.faults.stalls_at.store(11, SeqCst);
    let late = most_memory_when_stalled(&store, &mut child);
    assert!(late < early + 8 * 1024, "{early} KiB at the fourth part, {late} KiB at the eleventh");
    // beside one that goes on, nothing is taken back
    let mut beside = command(&store, &data, &["backup", "s3:beside.tar.zst", "--unencrypted"]);
    assert!(beside.env("SNUG_BACKUP_S3_PART_MIB", "40").output().unwrap().status.success()); // so it has no eleventh part
    assert!(store.unfinished() > 8, "the other one's parts are still there");
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(store.names(), ["beside.tar.zst"]);
    store.faults.stalls_at.store(0, SeqCst);
    works(&store, &data, &["backup", "s3:next.tar.zst", "--unencrypted"]);
    assert_eq!(store.names(), ["beside.tar.zst", "next.tar.zst"]);
    assert_eq!(store.unfinished(), 0);
    works(&store, &data, &["backup", "verify", "s3:next.tar.zst"]);
}
