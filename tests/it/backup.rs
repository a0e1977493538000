//! Backups: made while the node works, checked, brought back; and everything that can be wrong with one.
use crate::cli::run;
use crate::support::TestNode;
use serde_json::json;
use snug_base::{App, Clock, Code};
use snug_operations::backup::create::create;
use snug_operations::backup::lock::{self, Lock, Opener};
use snug_operations::backup::manifest::Manifest;
use snug_operations::backup::{restore, schedule};
use std::io::Cursor;

fn make(app: &App, lock: &Lock) -> (Manifest, Vec<u8>) {
    create(&app.config, lock, Clock::default().now(), Vec::new()).unwrap()
}

async fn made(app: &App, lock: Lock) -> (Manifest, Vec<u8>) {
    let app = app.clone();
    tokio::task::spawn_blocking(move || make(&app, &lock)).await.unwrap()
}

fn is_postgres() -> bool {
    std::env::var("SNUG_TEST_POSTGRES").is_ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_of_a_working_node_comes_back_as_it_was_at_one_moment() {
    let node = TestNode::start().await;
    let (ann, _, server, room) = node.ann_and_bob().await;
    let _ = server;
    let content = (0..200_000_u32).map(|n| u8::try_from(n % 251).unwrap()).collect::<Vec<_>>();
    let name = node.node.app.blobs.put(Cursor::new(content.clone())).await.unwrap();
    for n in 0..20 {
        ann.say(&room, &format!("before {n}")).await;
    }
    let (writer, writing_room) = (ann.clone(), room.clone());
    let going_on = tokio::spawn(async move {
        for n in 0..60 {
            writer.say(&writing_room, &format!("meanwhile {n}")).await;
        }
    });
    let (identity, recipient) = lock::generate();
    let (manifest, bytes) = made(&node.node.app, Lock::Recipients(vec![recipient])).await;
    going_on.await.unwrap();
    assert!(manifest.counts["messages"] >= 20 && manifest.counts["users"] == 2 && manifest.counts["blobs"] == 1, "{manifest:?}");
    assert!(bytes.starts_with(b"age-encryption.org/v1"));

    let opener = Opener { identities: vec![identity], passphrase: None };
    assert_eq!(restore::verify(&bytes[..], &opener).unwrap(), manifest);
    let expected = manifest.clone();
    let copy = TestNode::start_on(
        |_| {},
        move |config| {
            assert_eq!(restore::restore(&bytes[..], &opener, config).unwrap(), expected);
        },
    )
    .await;
    let count = copy.node.app.db.read(snug_messages::count_messages).await.unwrap();
    assert_eq!(count, manifest.counts["messages"]);
    assert_eq!(copy.node.app.blobs.get(&name).await.unwrap(), content);
    let ann = ann.sign_in_at(copy.address).await;
    let page = ann.get(&format!("/conversations/{room}/messages?limit=100")).await.ok();
    assert_eq!(page["messages"][0]["content"]["text"], "before 0");
    assert_eq!(
        ann.post(
            "/messages",
            json!({ "id": crate::support::new_id(), "conversation_id": room, "content": { "type": "text", "text": "after" } })
        )
        .await
        .created()["seq"],
        count + 1
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_changed_or_missing_byte_is_noticed_before_anything_is_there() {
    let node = TestNode::start().await;
    let (ann, _, _, room) = node.ann_and_bob().await;
    ann.say(&room, "hello").await;
    let (_, open) = made(&node.node.app, Lock::None).await;
    let (identity, recipient) = lock::generate();
    let (_, locked) = made(&node.node.app, Lock::Recipients(vec![recipient])).await;
    let opener = Opener { identities: vec![identity], passphrase: None };
    for bytes in [&open, &locked] {
        assert!(restore::verify(&bytes[..], &opener).is_ok());
        for cut in [0, 10, 200, bytes.len() / 2, bytes.len() - 1] {
            assert!(restore::verify(&bytes[..cut], &opener).is_err(), "cut at {cut}");
        }
        for at in (0..40).map(|n| n * bytes.len() / 40) {
            let mut changed = bytes.clone();
            changed[at] ^= 0x20;
            // a few bits of zstd's tables mean nothing: with another value the content is the same
            let means_nothing = bytes == &open && zstd::decode_all(&changed[..]).ok() == zstd::decode_all(&bytes[..]).ok();
            assert!(means_nothing || restore::verify(&changed[..], &opener).is_err(), "changed at {at}");
        }
    }
    let cut = open[..open.len() - 20].to_vec();
    TestNode::start_on(
        |_| {},
        move |config| {
            let refused = restore::restore(&cut[..], &Opener::default(), config).unwrap_err();
            assert!(refused.code == Code::Malformed && refused.detail.contains("damaged"), "{}", refused.detail);
            assert!(!config.node.data.join("snug.db").exists() && !config.node.data.with_file_name("data.restoring").exists());
        },
    )
    .await; // and an instance can be begun there
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_who_may_reads_it() {
    let node = TestNode::start().await;
    let (ann, _, _, room) = node.ann_and_bob().await;
    ann.say(&room, "a sentence that nobody else writes").await;
    let passphrase = zeroize::Zeroizing::new("correct horse battery".to_owned());
    let (_, bytes) = made(&node.node.app, Lock::Passphrase(passphrase.clone())).await;
    let refused = restore::verify(&bytes[..], &Opener::default()).unwrap_err();
    assert!(refused.code == Code::Locked && refused.detail.contains("--identity"), "{}", refused.detail);
    let wrong =
        Opener { identities: vec![lock::generate().0], passphrase: Some(zeroize::Zeroizing::new("wrong horse battery".to_owned())) };
    assert_eq!(restore::verify(&bytes[..], &wrong).unwrap_err().code, Code::Locked);
    assert!(restore::verify(&bytes[..], &Opener { identities: vec![], passphrase: Some(passphrase) }).is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_overwritten_and_nothing_newer_is_read() {
    let node = TestNode::start().await;
    let (_, bytes) = made(&node.node.app, Lock::None).await;
    let config = node.node.app.config.as_ref().clone();
    let taken = bytes.clone();
    let refused =
        tokio::task::spawn_blocking(move || restore::restore(&taken[..], &Opener::default(), &config)).await.unwrap().unwrap_err();
    assert!(refused.detail.contains("overwrites nothing"), "{}", refused.detail);
    assert_eq!(restore::verify(&b"not a backup at all"[..], &Opener::default()).unwrap_err().code, Code::Malformed);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rehearsal_restores_and_leaves_nothing_behind() {
    if is_postgres() {
        return; // a rehearsal into PostgreSQL would need a database of its own
    }
    let node = TestNode::start().await;
    let (ann, _, _, room) = node.ann_and_bob().await;
    ann.say(&room, "hello").await;
    let app = node.node.app.clone();
    let rehearsed = tokio::task::spawn_blocking(move || {
        let (manifest, bytes) = make(&app, &Lock::None);
        (manifest, restore::rehearse(&bytes[..], &Opener::default(), &app.config).unwrap())
    });
    let (manifest, rehearsed) = rehearsed.await.unwrap();
    assert_eq!(manifest, rehearsed);
    let left: Vec<_> = std::fs::read_dir(&node.node.app.config.node.data).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().contains("rehears")), "{left:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_node_makes_its_backups_by_itself_tries_them_and_keeps_the_newest() {
    let (identity, recipient) = lock::generate();
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("backups");
    let (place, key) = (to.clone(), recipient.clone());
    let node = TestNode::start_with(move |config| {
        config.backup.folder = Some(place);
        config.backup.recipients = vec![key];
        config.backup.every_hours = 24;
        config.backup.keep = 2;
    })
    .await;
    let app = &node.node.app;
    let (ann, _, _, room) = node.ann_and_bob().await;
    ann.say(&room, "hello").await;
    for day in 0..4 {
        schedule::keep_up(app).await.unwrap();
        schedule::keep_up(app).await.unwrap(); // once a day
        node.clock.advance(24 * 3_600_000 + 60_000);
        let listed = schedule::list(app).await.unwrap();
        assert_eq!(listed.backups.len(), day + 1, "{listed:?}");
        assert!(listed.backups.iter().all(|run| run.error.is_none() && run.rehearsal_error.is_none()), "{listed:?}");
    }
    let listed = schedule::list(app).await.unwrap();
    assert_eq!(listed.backups.iter().filter(|run| run.deleted_at.is_some()).count(), 2);
    assert_eq!(listed.backups.iter().filter(|run| run.rehearsed_at.is_some()).count(), 1, "once a week");
    let mut files: Vec<_> = std::fs::read_dir(&to).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert_eq!(files.len(), 2, "{files:?}");
    // the operator's key opens what the node made
    let opener = Opener { identities: vec![identity], passphrase: None };
    let manifest = restore::verify(std::fs::File::open(&files[1]).unwrap(), &opener).unwrap();
    assert_eq!(manifest.counts["messages"], 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_that_fails_is_told_and_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("backups");
    let out = folder.path().join("out");
    std::fs::write(&to, "a file, where a folder should be").unwrap();
    let place = to.clone();
    let mut node = TestNode::start_with(move |config| {
        config.backup.folder = Some(place);
        config.backup.unencrypted = true;
        config.backup.every_hours = 24;
    })
    .await;
    let _ = schedule::keep_up(&node.node.app).await; // or the node was faster itself
    let admin = crate::accounts::admin(&node).await;
    let listed = admin.get("/admin/backups").await.ok();
    assert!(listed["backups"][0]["error"].as_str().unwrap().contains("can't be written"), "{listed}");
    schedule::keep_up(&node.node.app).await.unwrap(); // not at once
    assert_eq!(admin.get("/admin/backups").await.ok()["backups"].as_array().unwrap().len(), 1);
    node.clock.advance(3_700_000);
    std::fs::remove_file(&to).unwrap();
    schedule::keep_up(&node.node.app).await.unwrap();
    let admin = admin.sign_in_again().await;
    let listed = admin.get("/admin/backups").await.ok();
    assert!(listed["backups"][0]["error"].is_null() && listed["backups"][0]["bytes"].as_i64().unwrap() > 0, "{listed}");
    let bob = node.user("bob").await;
    bob.get("/admin/backups").await.fails(403, "permission.missing");
    bob.post("/admin/backups", json!({})).await.fails(403, "permission.missing");

    let command = format!("cat > '{}'", out.display());
    node.configure(move |config| {
        config.backup.folder = None;
        config.backup.command = Some(command);
    });
    node.restart().await;
    let made = admin.post("/admin/backups", json!({})).await.created();
    assert_eq!(made["bytes"].as_u64().unwrap(), std::fs::metadata(&out).unwrap().len());
    assert!(restore::verify(std::fs::File::open(&out).unwrap(), &Opener::default()).is_ok());
    node.configure(|config| config.backup.command = Some("cat > /dev/null; exit 3".to_owned()));
    node.restart().await;
    admin.post("/admin/backups", json!({})).await.fails(503, "node.unavailable");
    node.configure(|config| config.backup.command = None);
    node.restart().await;
    admin.post("/admin/backups", json!({})).await.fails(409, "backup.not_configured");
}

#[test]
fn people_make_and_bring_back_backups_with_commands() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    if is_postgres() {
        return; // the commands work on data folders here
    }
    let (key, file) = (folder.path().join("key"), folder.path().join("one.tar.zst.age"));
    let (key, file) = (key.to_str().unwrap(), file.to_str().unwrap());
    let made = run(&data, &["backup", "key", key, "--json"]);
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let recipient: serde_json::Value = serde_json::from_slice(&made.stdout).unwrap();
    let started = crate::cli::Running::start(&data, &["--plain-http"]);
    let refused = run(&data, &["backup", file]);
    assert!(!refused.status.success() && String::from_utf8_lossy(&refused.stderr).contains("--recipient"));
    let done = run(&data, &["backup", file, "--recipient", recipient["recipient"].as_str().unwrap()]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    use std::os::unix::fs::PermissionsExt;
    assert_eq!(std::fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
    let failed = folder.path().join("failed.tar.zst.age");
    assert!(!run(&data, &["backup", failed.to_str().unwrap(), "--recipient", "age1wrong"]).status.success());
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().contains("failed")), "{left:?}");
    let again = run(&data, &["backup", file, "--recipient", recipient["recipient"].as_str().unwrap()]);
    assert!(String::from_utf8_lossy(&again.stderr).contains("is there already"));
    drop(started);
    assert!(run(&data, &["backup", "verify", file, "--identity", key]).status.success());
    assert!(!run(&data, &["backup", "verify", file]).status.success());
    let other = folder.path().join("other");
    let restored = run(&other, &["restore", file, "--identity", key]);
    assert!(restored.status.success(), "{}", String::from_utf8_lossy(&restored.stderr));
    let refused = run(&other, &["restore", file, "--identity", key]);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("overwrites nothing"));
    let mut copy = crate::cli::Running::start(&other, &["--plain-http"]);
    copy.stop();
    assert_eq!(std::fs::read(data.join("master.key")).unwrap(), std::fs::read(other.join("master.key")).unwrap());
}
