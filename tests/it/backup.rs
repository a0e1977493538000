//! Backups: made while the node works, checked, brought back; and everything that can be wrong with one.
use crate::support::TestNode;
use serde_json::json;
use snug_base::{App, Clock, Code};
use snug_operations::backup::create::create;
use snug_operations::backup::lock::{self, Lock, Opener};
use snug_operations::backup::manifest::Manifest;
use snug_operations::backup::restore;
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
            assert!(restore::verify(&changed[..], &opener).is_err(), "changed at {at}");
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
