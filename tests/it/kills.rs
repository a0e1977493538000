//! SIGKILL at random moments of everything that writes: messages, uploads, backups, changes of keys, upgrades, sealing. After each the node
//! starts, `snug doctor` finds nothing wrong, and what was acknowledged is there.
//!
//! `SNUG_TEST_KILLS` says how often; the gate does it a few times, a release 200 times.
use crate::cli::{run, snug, text};
use crate::crash::{Process, send_until_dead, stored_in};
use crate::support::{Person, free_address, registration};
use serde_json::{Value, json};
use snug_base::Config;
use snug_base::db::migrate::MIGRATIONS;
use std::collections::HashMap;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;
use tokio::task::JoinSet;

const FEW: u64 = 20;
const UPLOADER: &str = "SNUG_TEST_UPLOADS_TO";

/// What goes on beside messages when the node is killed.
#[derive(Clone, Copy, Debug)]
enum Beside {
    Nothing,
    Backup,
    NewKeys,
    Uploads,
    Upgrade,
    Sealing,
}

const BESIDE: [Beside; 6] = [Beside::Nothing, Beside::Backup, Beside::NewKeys, Beside::Uploads, Beside::Upgrade, Beside::Sealing];

fn kills() -> u64 {
    std::env::var("SNUG_TEST_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(FEW)
}

/// Different in each round, the same in each run.
fn moment(round: u64, least_ms: u64, most_ms: u64) -> Duration {
    let scattered = round.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407) >> 33;
    Duration::from_millis(least_ms + scattered % (most_ms - least_ms))
}

#[track_caller]
fn is_sound(data: &Path, when: &str) {
    let output = run(data, &["doctor", "--json", "--thorough", "--listen", "127.0.0.1:0"]);
    let report: Value = serde_json::from_str(&text(&output.stdout)).unwrap();
    let problems: Vec<&Value> = report["findings"].as_array().unwrap().iter().filter(|one| one["outcome"] == "problem").collect();
    // a backup that was being made has failed, and is told to have
    let problems: Vec<&&Value> = problems.iter().filter(|one| one["area"] != "backups").collect();
    assert!(problems.is_empty(), "{when}: {problems:#?}");
}

/// The content of an upload, which says what it is.
fn content(name: u64) -> Vec<u8> {
    let length = 1 + usize::try_from(name % 7).unwrap() * 40_000;
    name.to_be_bytes().iter().copied().cycle().take(length).collect()
}

/// A process that keeps files one after the other and says which it has, until it is killed.
#[test]
fn uploads_until_it_is_killed() {
    let Some(data) = std::env::var_os(UPLOADER) else { return };
    let mut config = Config::default();
    config.node.data = PathBuf::from(data);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let node = snug::Node::open(config).await.unwrap();
        let first = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_micros();
        for number in u64::try_from(first).unwrap().. {
            let name = node.app.blobs.put(Cursor::new(content(number))).await.unwrap();
            writeln!(std::io::stdout(), "KEPT {number} {name}").unwrap();
        }
    });
}

/// Kills such a process after a while; gives what it had said.
async fn killed_uploads(data: &Path, after: Duration) -> Vec<(u64, String)> {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["kills::uploads_until_it_is_killed", "--exact", "--nocapture"]).env(UPLOADER, data);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut out = child.stdout.take().unwrap();
    let said = std::thread::spawn(move || {
        let mut said = Vec::new();
        std::io::Read::read_to_end(&mut out, &mut said).unwrap();
        said
    });
    tokio::time::sleep(after).await;
    child.kill().unwrap();
    child.wait().unwrap();
    let said = text(&said.join().unwrap());
    // the last line may be cut off
    let whole = said.rsplit_once('\n').map_or("", |(whole, _)| whole);
    let kept = whole.lines().filter_map(|line| line.split_once("KEPT ")?.1.split_once(' '));
    kept.map(|(number, name)| (number.parse().unwrap(), name.to_owned())).collect()
}

/// As if the data were those of the schema before the newest step: what that step makes is taken away again.
fn go_back_a_step(data: &Path) {
    let sql = rusqlite::Connection::open(data.join("snug.db")).unwrap();
    let last = MIGRATIONS.last().unwrap();
    assert!(!last.sqlite.contains("ALTER TABLE"), "say here how {} is undone", last.name);
    for table in last.sqlite.split("CREATE TABLE ").skip(1).map(|rest| rest.split([' ', '(']).next().unwrap()) {
        sql.execute_batch(&format!("DROP TABLE {table}")).unwrap();
    }
    sql.execute("DELETE FROM migrations WHERE number >= ?1", [last.number]).unwrap();
}

async fn killed_start(data: &Path, after: Duration, encrypted: &str) {
    let mut command = snug(data, &["--plain-http", "--listen", "127.0.0.1:0"]);
    command.env("SNUG_DATABASE_ENCRYPTED", encrypted).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    tokio::time::sleep(after).await;
    child.kill().unwrap();
    child.wait().unwrap();
}

async fn with_messages(ann: &Person, room: &str, after: Duration, process: Process) -> Vec<(i64, String)> {
    let mut senders = JoinSet::new();
    for _ in 0..4 {
        senders.spawn(send_until_dead(ann.clone(), room.to_owned()));
    }
    tokio::time::sleep(after).await;
    process.kill();
    senders.join_all().await.into_iter().flatten().collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_whenever_it_is_killed() {
    if std::env::var("SNUG_TEST_POSTGRES").is_ok() {
        return; // what is killed is the node's own storage
    }
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let backups = folder.path().join("backups");
    let place = backups.display().to_string();
    let environment = [("SNUG_BACKUP_FOLDER", place.as_str()), ("SNUG_BACKUP_UNENCRYPTED", "true"), ("SNUG_BACKUP_KEEP", "1000")];
    let address = free_address();
    let mut process = Process::start_with(&data, address, &environment).await;
    let mut ann = Person::signed_in(address, Person::nobody(address).post("/auth/register", registration("ann")).await);
    let made_admin = run(&data, &["user", "set-role", "ann", "admin"]);
    assert!(made_admin.status.success(), "{}", text(&made_admin.stderr));
    let server = ann.post("/servers", json!({ "name": "Garden" })).await.created();
    let room = server["rooms"][0]["id"].as_str().unwrap().to_owned();

    let (mut acknowledged, mut kept) = (Vec::new(), Vec::new());
    for round in 0..kills() {
        let beside = BESIDE[usize::try_from(round).unwrap() % BESIDE.len()];
        let when = format!("round {round}, {beside:?}");
        match beside {
            Beside::Nothing => acknowledged.extend(with_messages(&ann, &room, moment(round, 5, 250), process).await),
            Beside::Backup => {
                let asking = ann.clone();
                let asked = tokio::spawn(async move {
                    let url = format!("http://{}/api/v1/admin/backups", asking.address);
                    let asked = crate::support::http_client().post(url).bearer_auth(&asking.token).json(&json!({})).send().await;
                    // none if it was killed meanwhile
                    if let Ok(answer) = asked {
                        assert_eq!(answer.status(), 201, "{}", answer.text().await.unwrap_or_default());
                    }
                });
                acknowledged.extend(with_messages(&ann, &room, moment(round, 5, 2_000), process).await);
                asked.await.unwrap();
            }
            Beside::NewKeys => {
                let mut rotating = snug(&data, &["key", "rotate"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
                acknowledged.extend(with_messages(&ann, &room, moment(round, 5, 400), process).await);
                let _ = rotating.wait();
            }
            Beside::Uploads => {
                acknowledged.extend(with_messages(&ann, &room, moment(round, 5, 100), process).await);
                kept.extend(killed_uploads(&data, moment(round, 100, 900)).await);
            }
            Beside::Upgrade => {
                acknowledged.extend(with_messages(&ann, &room, moment(round, 5, 50), process).await);
                is_sound(&data, &when);
                go_back_a_step(&data);
                killed_start(&data, moment(round, 5, 300), "false").await;
            }
            // sealed or not by then, the next start opens it again
            Beside::Sealing => {
                acknowledged.extend(with_messages(&ann, &room, moment(round, 5, 50), process).await);
                killed_start(&data, moment(round, 5, 300), "true").await;
            }
        }
        is_sound(&data, &when);
        process = Process::start_with(&data, address, &environment).await;
        // all of it may take longer than an access token lasts
        ann = ann.sign_in_at(address).await;
    }

    let stored = stored_in(&ann, &room).await;
    assert!(stored.iter().zip(1..).all(|((seq, _), i)| *seq == i), "numbered without gaps");
    let by_number: HashMap<i64, String> = stored.iter().cloned().collect();
    for (seq, id) in &acknowledged {
        assert_eq!(by_number.get(seq), Some(id), "message {seq} was acknowledged");
    }
    process.kill();
    let mut config = Config::default();
    config.node.data = data.clone();
    let node = snug::Node::open(config).await.unwrap();
    for (number, name) in &kept {
        assert_eq!(node.app.blobs.get(name).await.unwrap(), content(*number), "file {number} was kept");
    }
    node.stop().await;
    let whole =
        std::fs::read_dir(&backups).map(|entries| entries.map(|entry| entry.unwrap().path()).collect::<Vec<_>>()).unwrap_or_default();
    let whole: Vec<_> = whole.into_iter().filter(|path| path.extension().is_some_and(|end| end == "zst")).collect();
    for backup in &whole {
        let verified = run(&data, &["backup", "verify", backup.to_str().unwrap()]);
        assert!(verified.status.success(), "{}: {}", backup.display(), text(&verified.stderr));
    }
    eprintln!(
        "{} kills: {} messages and {} files acknowledged, all there; {} backups, each whole",
        kills(),
        acknowledged.len(),
        kept.len(),
        whole.len()
    );
    assert!(acknowledged.len() > 20 && !kept.is_empty(), "there was load");
}
