//! What was acknowledged survives a node that is killed without warning.
use crate::cli::{Running, run, text};
use crate::support::{Answer, Person, free_address, new_id, registration};
use serde_json::json;
use snug_base::config::{DatabaseConfig, KeysConfig};
use snug_base::event::NoSink;
use snug_base::{Clock, Db};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

const KILLS: u64 = 25;
const SENDERS: usize = 8;

/// The real binary in a process of its own.
pub struct Process(Child);

impl Process {
    pub async fn start(data: &Path, address: SocketAddr) -> Process {
        Process::start_with(data, address, &[]).await
    }

    /// With more of the environment.
    pub async fn start_with(data: &Path, address: SocketAddr, environment: &[(&str, &str)]) -> Process {
        Process::run(Command::new(env!("CARGO_BIN_EXE_snug")), data, address, environment).await
    }

    /// By a command that becomes the node.
    async fn run(mut command: Command, data: &Path, address: SocketAddr, environment: &[(&str, &str)]) -> Process {
        command.args(["serve", "--data"]).arg(data).arg("--listen").arg(address.to_string());
        command.env("SNUG_NODE_PLAIN_HTTP", "true").env("SNUG_ACCOUNTS_REGISTRATION", "open");
        command.env("SNUG_LIMITS_WRITE_PER_MINUTE", "1000000").env("SNUG_LIMITS_AUTH_PER_MINUTE", "1000000");
        command.env("SNUG_LIMITS_READ_PER_MINUTE", "1000000").envs(environment.iter().copied());
        let process = Process(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
        let begun = Instant::now();
        while crate::support::http_client().get(format!("http://{address}/healthz")).send().await.is_err() {
            assert!(begun.elapsed() < Duration::from_secs(30), "the node answers within 30 seconds");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        process
    }

    /// SIGKILL: no time to finish anything.
    pub fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Process {
    /// A test that failed leaves nothing running.
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Sends one message after the other until the node is gone; answers with what was acknowledged.
pub async fn send_until_dead(person: Person, room: String) -> Vec<(i64, String)> {
    let client = crate::support::http_client();
    let mut acknowledged = Vec::new();
    loop {
        let id = new_id();
        let body = json!({ "id": id, "conversation_id": room, "content": { "type": "text", "text": id } });
        let request = client.post(format!("http://{}/api/v1/messages", person.address)).bearer_auth(&person.token).json(&body);
        let Ok(answer) = request.send().await else { return acknowledged };
        if answer.status() != 201 {
            return acknowledged;
        }
        let Ok(message) = answer.json::<serde_json::Value>().await else { return acknowledged };
        acknowledged.push((message["seq"].as_i64().unwrap(), id));
    }
}

/// All messages of a room, in order.
pub async fn stored_in(person: &Person, room: &str) -> Vec<(i64, String)> {
    let mut stored: Vec<(i64, String)> = Vec::new();
    loop {
        let after = stored.last().map_or(0, |(seq, _)| *seq);
        let page = person.get(&format!("/conversations/{room}/messages?after={after}&limit=100")).await.ok();
        let messages = page["messages"].as_array().unwrap();
        stored.extend(messages.iter().map(|m| (m["seq"].as_i64().unwrap(), m["id"].as_str().unwrap().to_owned())));
        if page["has_after"] == false {
            return stored;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn acknowledged_messages_survive_kill_9_under_load() {
    if std::env::var("SNUG_TEST_POSTGRES").is_ok() {
        return; // PostgreSQL's own durability is not ours to kill
    }
    let data = tempfile::tempdir().unwrap();
    let address = free_address();
    let mut process = Process::start(data.path(), address).await;
    let nobody = Person::nobody(address);
    let ann = Person::signed_in(address, nobody.post("/auth/register", registration("ann")).await);
    let server = ann.post("/servers", json!({ "name": "Garden" })).await.created();
    let room = server["rooms"][0]["id"].as_str().unwrap().to_owned();

    let mut acknowledged: Vec<(i64, String)> = Vec::new();
    for round in 0..KILLS {
        let mut senders = JoinSet::new();
        for _ in 0..SENDERS {
            senders.spawn(send_until_dead(ann.clone(), room.clone()));
        }
        tokio::time::sleep(Duration::from_millis(30 + (round * 7919) % 170)).await;
        process.kill();
        acknowledged.extend(senders.join_all().await.into_iter().flatten());
        process = Process::start(data.path(), address).await;
    }
    assert!(acknowledged.len() > 50, "there was load: {}", acknowledged.len());
    acknowledged.sort_unstable();

    let stored = stored_in(&ann, &room).await;
    assert!(stored.iter().zip(1..).all(|((seq, _), i)| *seq == i), "numbered without gaps");
    let stored: std::collections::HashMap<i64, String> = stored.into_iter().collect();
    for (seq, id) in &acknowledged {
        assert_eq!(stored.get(seq), Some(id), "message {seq} was acknowledged");
    }
    eprintln!("{} acknowledged over {KILLS} kills, all there ({} stored)", acknowledged.len(), stored.len());
    // a search first brings its index up to date, which was killed at any moment too
    ann.get("/search?q=nothing").await.ok();
    process.kill();
    let db = Db::open(&DatabaseConfig::default(), &KeysConfig::default(), data.path(), &Clock::default(), Arc::new(NoSink)).unwrap();
    let messages: i64 = db.read(|read| read.value("SELECT count(*) AS value FROM search_0_docsize", &[])).await.unwrap().unwrap();
    assert_eq!(usize::try_from(messages).unwrap(), stored.len());
    assert_eq!(db.read(snug_messages::search::compare).await.unwrap(), (0, 0));
    db.write(|tx| tx.execute("INSERT INTO search_0 (search_0) VALUES ('integrity-check')", &[])).await.unwrap();
    db.close();
}

/// A small file system of its own; needs the right to mount.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn mount(size: &str) -> Option<SmallDisk> {
        let folder = tempfile::tempdir().unwrap();
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"]).arg(folder.path()).output();
        mounted.is_ok_and(|out| out.status.success()).then_some(SmallDisk(folder))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0.path()).status();
    }
}

/// How many messages there was room for in some 8 MB, and the answer to the next.
async fn say_until_refused(ann: &Person, room: &str) -> (i64, Answer) {
    for acknowledged in 0..5_000 {
        let content = json!({ "type": "text", "text": "x".repeat(8_000) });
        let answer = ann.post("/messages", json!({ "id": new_id(), "conversation_id": room, "content": content })).await;
        if answer.status != 201 {
            return (acknowledged, answer);
        }
    }
    panic!("8 MB are full some time");
}

#[tokio::test]
async fn a_full_disk_is_said_clearly_and_nothing_is_lost() {
    if std::env::var("SNUG_TEST_POSTGRES").is_ok() {
        return; // the disk of PostgreSQL is not ours to fill
    }
    let Some(disk) = SmallDisk::mount("8m") else {
        eprintln!("NOT TESTED: a full disk; mounting a small one needs root");
        return;
    };
    let data = disk.0.path().join("data");
    let address = free_address();
    let process = Process::start(&data, address).await;
    let ann = Person::signed_in(address, Person::nobody(address).post("/auth/register", registration("ann")).await);
    let server = ann.post("/servers", json!({ "name": "Garden" })).await.created();
    let room = server["rooms"][0]["id"].as_str().unwrap().to_owned();

    let (acknowledged, refused) = say_until_refused(&ann, &room).await;
    let problem = refused.fails(507, "storage.full");
    assert!(problem["detail"].as_str().unwrap().contains("disk is full"), "{problem}");
    // reading goes on, and so does writing once there is space again
    let last = ann.get(&format!("/conversations/{room}/messages?limit=1")).await.ok();
    assert_eq!(last["messages"][0]["seq"], acknowledged);
    let remounted = Command::new("mount").args(["-o", "remount,size=32m"]).arg(disk.0.path()).status().unwrap();
    assert!(remounted.success());
    assert_eq!(ann.say(&room, "there is space again").await["seq"], acknowledged + 1);
    process.kill();
}

/// As a disk that fails does: what is there can be read, and nothing gets longer. Limits of a process are had without special rights.
#[tokio::test]
async fn a_disk_that_fails_is_said_clearly_and_nothing_is_lost() {
    if std::env::var("SNUG_TEST_POSTGRES").is_ok() {
        return; // the disk of PostgreSQL is not ours to break
    }
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let address = free_address();
    let mut command = Command::new("sh");
    // files of 8 MB (in blocks of 512 bytes), and an error in place of the signal that would end the process
    command.args(["-c", "trap '' XFSZ; ulimit -f 16384; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_snug")]);
    let process = Process::run(command, &data, address, &[]).await;
    let ann = Person::signed_in(address, Person::nobody(address).post("/auth/register", registration("ann")).await);
    let server = ann.post("/servers", json!({ "name": "Garden" })).await.created();
    let room = server["rooms"][0]["id"].as_str().unwrap().to_owned();
    let (acknowledged, refused) = say_until_refused(&ann, &room).await;
    let problem = refused.fails(503, "storage.failed");
    assert!(problem["detail"].as_str().unwrap().contains("nothing was stored"), "{problem}");
    let last = ann.get(&format!("/conversations/{room}/messages?limit=1")).await.ok();
    assert_eq!(last["messages"][0]["seq"], acknowledged);
    process.kill();
    // on a sound disk all of it is there and goes on
    let process = Process::start(&data, address).await;
    assert_eq!(ann.say(&room, "on a new disk").await["seq"], acknowledged + 1);
    process.kill();
}

/// Of a folder that became read-only, as after a fault of its disk, one can still make a backup.
#[test]
fn a_read_only_folder_is_named_looked_at_and_saved() {
    if std::env::var("SNUG_TEST_POSTGRES").is_ok() {
        return; // the files of SQLite
    }
    let Some(disk) = SmallDisk::mount("64m") else {
        eprintln!("NOT TESTED: a read-only folder; mounting one needs root");
        return;
    };
    let data = disk.0.path().join("data #1?");
    Running::start(&data, &["--plain-http"]).stop();
    assert!(Command::new("mount").args(["-o", "remount,ro"]).arg(disk.0.path()).status().unwrap().success());
    let refused = run(&data, &["serve", "--plain-http", "--listen", "127.0.0.1:0"]);
    assert!(!refused.status.success() && text(&refused.stderr).contains("Read-only file system"), "{refused:?}");
    let report = text(&run(&data, &["doctor"]).stdout);
    assert!(report.contains("PROBLEM  Data folder") && report.contains("mounted read-only"), "{report}");
    assert!(report.contains("ok       Database        The database is sound"), "{report}");
    let elsewhere = tempfile::tempdir().unwrap();
    let file = elsewhere.path().join("saved.snug");
    let saved = run(&data, &["backup", "--unencrypted", file.to_str().unwrap()]);
    assert!(saved.status.success(), "{saved:?}");
    let restored = elsewhere.path().join("restored");
    assert!(run(&restored, &["restore", file.to_str().unwrap()]).status.success());
    Running::start(&restored, &["--plain-http"]).stop();
}
