//! What people say in encrypted conversations is nowhere on the node: not in its data, its log or its memory.
use crate::support::device::Device;
use crate::support::talk::Talk;
use crate::support::{Person, free_address, new_id, registration};
use serde_json::json;
use snug_crypto::bytes::encode;
use snug_crypto::envelope::Kind;
use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The real binary, which says all that it can in its log.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Process {
    async fn start(data: &Path, log: &Path, address: &str, settings: &[(&str, &str)]) -> Process {
        let out = File::create(log).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_snug"));
        command.args(["serve", "--data"]).arg(data).args(["--listen", address]);
        command.env("SNUG_NODE_PLAIN_HTTP", "true").env("SNUG_ACCOUNTS_REGISTRATION", "open").env("SNUG_NODE_LOG", "trace");
        command.envs(settings.iter().copied());
        let child = command.stdin(Stdio::null()).stdout(out.try_clone().unwrap()).stderr(out).spawn().unwrap();
        let process = Process(child);
        let begun = Instant::now();
        while crate::support::http_client().get(format!("http://{address}/healthz")).send().await.is_err() {
            assert!(begun.elapsed() < Duration::from_secs(30), "the node answers within 30 seconds");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        process
    }

    /// All memory that the process can write; none if it may not be looked at.
    fn memory(&self) -> Option<Vec<Vec<u8>>> {
        let maps = fs::read_to_string(format!("/proc/{}/maps", self.0.id())).ok()?;
        let mut memory = File::open(format!("/proc/{}/mem", self.0.id())).ok()?;
        let mut parts = Vec::new();
        for line in maps.lines().filter(|line| line.contains(" rw")) {
            let (from, to) = line.split_once(' ')?.0.split_once('-')?;
            let (from, to) = (u64::from_str_radix(from, 16).ok()?, u64::from_str_radix(to, 16).ok()?);
            memory.seek(SeekFrom::Start(from)).ok()?;
            let mut part = Vec::new();
            // pages that are not there end the part early
            let _ = (&mut memory).take(to - from).read_to_end(&mut part);
            parts.push(part);
        }
        Some(parts)
    }
}

fn holds(bytes: &[u8], needle: &[u8]) -> bool {
    // the first byte is rare enough to skip most places
    let mut rest = bytes;
    while let Some(at) = rest.iter().position(|byte| *byte == needle[0]) {
        if rest[at..].starts_with(needle) {
            return true;
        }
        rest = &rest[at + 1..];
    }
    false
}

fn files(folder: &Path, found: &mut Vec<(String, Vec<u8>)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if let Ok(bytes) = fs::read(&path) {
            found.push((path.display().to_string(), bytes));
        }
    }
}

#[tokio::test]
async fn what_is_said_is_nowhere_on_the_node() {
    if std::env::var("SNUG_TEST_POSTGRES").is_ok() {
        return; // its files are not ours to search
    }
    let folder = tempfile::tempdir().unwrap();
    let (data, log) = (folder.path().join("data"), folder.path().join("log"));
    let address = free_address();
    let process = Process::start(&data, &log, &address.to_string(), &[]).await;
    let sign_up = async |name: &str| Person::signed_in(address, Person::nobody(address).post("/auth/register", registration(name)).await);
    let (ann, bob) = (sign_up("ann").await, sign_up("bob").await);
    let [mut hers, mut his] = [Device::set_up(&ann).await, Device::set_up(&bob).await];
    let marker = format!("marker {} planted", new_id());
    let mut talk = Talk::direct(&mut hers, &his).await;
    let message = talk.say(&hers, &marker).await;
    talk.about(&hers, Kind::Edit, &message, ("edit", json!({ "body": format!("edited {marker}") }))).await.ok();
    let name = talk.seal(&hers, Kind::System, None, ("info", json!({ "name": marker })));
    ann.post("/e2ee/envelopes", json!({ "envelope": name })).await.ok();
    let theirs = Talk::open(&mut his, &talk.id).await;
    assert_eq!(theirs.texts(&bob).await, [marker.as_str()]);
    bob.get(&format!("/search?q={}", &marker[7..43])).await.ok();

    let secrets = [("the text", marker.clone().into_bytes())].into_iter();
    let keys = talk
        .secrets
        .values()
        .chain(hers.keys.values())
        .flat_map(|key| [("a key", key.to_vec()), ("a key as text", encode(&**key).into_bytes())]);
    let privates = [hers.dsk.seed(), hers.aik.as_ref().unwrap().seed(), hers.ik[&1].secret()];
    let privates = privates
        .iter()
        .flat_map(|key| [("a private key", key.to_vec()), ("a private key as text", encode(&**key).into_bytes())])
        .collect::<Vec<_>>();
    let needles: Vec<(&str, Vec<u8>)> = secrets.chain(keys).chain(privates).collect();
    // what is there is found, so that not finding means something
    let id = message["id"].as_str().unwrap().parse::<uuid::Uuid>().unwrap();
    let memory = process.memory();
    let mut stored = Vec::new();
    files(folder.path(), &mut stored);
    assert!(stored.iter().any(|(_, bytes)| holds(bytes, id.as_bytes())), "the data hold the message's id");
    assert!(stored.iter().any(|(path, bytes)| path.ends_with("log") && holds(bytes, b"e2ee/conversations")), "the log tells of requests");
    if let Some(parts) = &memory {
        assert!(parts.iter().any(|part| holds(part, id.to_string().as_bytes())), "the memory holds the message's id");
    } else {
        eprintln!("NOT TESTED: the node's memory; looking at another process needs the right to");
    }
    stored.extend(memory.into_iter().flatten().map(|part| ("memory".to_owned(), part)));
    for (what, needle) in &needles {
        for (place, bytes) in &stored {
            assert!(!holds(bytes, needle), "{what} is in {place}");
        }
    }
}

#[tokio::test]
async fn the_log_tells_of_requests_and_names_nobody() {
    if std::env::var("SNUG_TEST_POSTGRES").is_ok() {
        return; // a command of its own, which would take another database
    }
    let folder = tempfile::tempdir().unwrap();
    let (data, log) = (folder.path().join("data"), folder.path().join("log"));
    let address = free_address();
    let process = Process::start(&data, &log, &address.to_string(), &[("SNUG_NODE_LOG_JSON", "true")]).await;
    let sign_up = async |name: &str| Person::signed_in(address, Person::nobody(address).post("/auth/register", registration(name)).await);
    let (ann, bob) = (sign_up("annabella-the-first").await, sign_up("bobbington").await);
    let server = ann.post("/servers", json!({ "name": "Garden of quiet words" })).await.created();
    let room = server["rooms"][0]["id"].as_str().unwrap();
    bob.post("/servers/join", json!({ "code": server["access_code"] })).await.ok();
    let mut socket = bob.socket().await;
    ann.say(room, "a sentence that stays between us").await;
    socket.wait_for("message.created").await;
    socket.call("typing.start", json!({ "conversation_id": room })).await;
    ann.get("/users/search?q=bobbing").await.ok();
    ann.get("/search?q=sentence").await.ok();
    ann.patch("/users/me", json!({ "display_name": "Annabella Personally", "email": "annabella@example.org" })).await.ok();
    let wrong = json!({ "login": "annabella-the-first", "auth_key": crate::support::auth_key("wrong") });
    Person::nobody(address).post("/auth/login", wrong).await.fails(401, "auth.wrong_password");
    let refused = ann.get("/servers/00000000-0000-7000-8000-000000000000").await;
    let request_id = refused.headers["x-request-id"].to_str().unwrap().to_owned();
    ann.post("/auth/logout", json!({})).await.ok();
    drop(process);

    let text = fs::read_to_string(&log).unwrap();
    let lines: Vec<serde_json::Value> = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let answered = |line: &&serde_json::Value| line["message"] == "answered" && line["span"]["id"] == request_id.as_str();
    let line = lines.iter().find(answered).unwrap_or_else(|| panic!("no line of request {request_id} in {text}"));
    assert_eq!(
        (&line["span"]["route"], &line["span"]["method"], &line["status"]),
        (&json!("/api/v1/servers/{id}"), &json!("GET"), &json!(404))
    );
    let needles = [
        "annabella",
        "bobbington",
        "quiet words",
        "stays between us",
        "sentence",
        "bobbing",
        "example.org",
        "Personally",
        &ann.id,
        &bob.id,
        room,
        &ann.token,
        &ann.cookie["__Host-snug_refresh=".len()..],
        &crate::support::auth_key("annabella-the-first"),
        server["access_code"].as_str().unwrap(),
    ];
    for needle in needles {
        let found = text.lines().find(|line| line.contains(needle));
        assert!(found.is_none(), "{needle} is in the log: {found:?}");
    }
    let with_span = lines.iter().filter(|line| line["span"]["name"] == "request");
    assert!(
        with_span.clone().count() > 10 && with_span.clone().all(|line| line["span"]["address"].is_null()),
        "addresses only if configured"
    );
}
