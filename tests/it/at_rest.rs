//! What lies on the disk: readable with the master key only, in whole or in part, while keys change and whenever the node is killed.
use crate::support::TestNode;
use snug_base::blobs::CHUNK;
use snug_base::config::Secret;
use snug_base::keys::rotate::{self, NewMaster};
use snug_base::keys::{Protection, hex};
use snug_base::{App, Code, secrets};
use std::io::Cursor;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

fn content(size: usize) -> Vec<u8> {
    (0..size).map(|i| u8::try_from(i * 31 % 251).unwrap()).collect()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

fn holds(folder: &Path, needle: &[u8]) -> bool {
    files(folder).iter().any(|file| std::fs::read(file).unwrap().windows(needle.len()).any(|window| window == needle))
}

fn secret(text: &str) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(text.as_bytes().to_vec())
}

async fn put(app: &App, bytes: &[u8]) -> String {
    app.blobs.put(Cursor::new(bytes.to_vec())).await.unwrap()
}

#[tokio::test]
async fn files_of_every_size_come_back_whole_and_in_parts() {
    let node = TestNode::start().await;
    let app = &node.node.app;
    for size in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 77] {
        let bytes = content(size);
        let name = put(app, &bytes).await;
        assert_eq!(app.blobs.get(&name).await.unwrap(), bytes, "{size}");
        let blob = app.blobs.find(&name).await.unwrap();
        for (from, to) in [(0, 0), (0, 10), (CHUNK - 3, CHUNK + 3), (CHUNK, 2 * CHUNK), (2 * CHUNK + 5, 9 * CHUNK), (size, size + 9)] {
            let expected = bytes.get(from.min(size)..to.min(size)).unwrap();
            assert_eq!(blob.read(from as u64..to as u64).unwrap(), expected, "{size}: {from}..{to}");
        }
    }
    let wrong = app.blobs.get(&hex(&[7; 32])).await.unwrap_err();
    assert_eq!(wrong.code, Code::NotFound);
}

#[tokio::test]
async fn the_same_content_is_kept_once() {
    let node = TestNode::start().await;
    let app = &node.node.app;
    let bytes = content(1_000);
    let (first, second) = tokio::join!(put(app, &bytes), put(app, &bytes));
    assert_eq!(first, second);
    assert_eq!(files(&app.config.node.data.join("blobs")).len(), 1);
}

#[tokio::test]
async fn who_has_the_disk_but_not_the_key_reads_nothing() {
    let mut node = TestNode::start().await;
    let app = node.node.app.clone();
    let bytes = "a sentence that nobody else writes ".repeat(9_000).into_bytes();
    put(&app, &bytes).await;
    secrets::store(&app, "test", secret("another one that nobody writes")).await.unwrap();
    node.stop().await;
    let data = app.config.node.data.clone();
    for needle in ["a sentence that nobody", "another one that nobody"] {
        assert!(!holds(&data, needle.as_bytes()), "{needle}");
    }
    std::fs::write(data.join("master.key"), [7; 32]).unwrap();
    let refused = snug::Node::open(app.config.as_ref().clone()).await.err().unwrap();
    assert_eq!(refused.code, Code::Locked);
    assert!(refused.detail.contains("is not the key"), "{}", refused.detail);
}

#[tokio::test]
async fn a_file_that_was_cut_or_changed_is_refused_with_a_clear_error() {
    let node = TestNode::start().await;
    let app = &node.node.app;
    let bytes = content(2 * CHUNK + 10);
    let name = put(app, &bytes).await;
    let file = files(&app.config.node.data.join("blobs")).remove(0);
    let whole = std::fs::read(&file).unwrap();
    let mut changed = whole.clone();
    changed[100] ^= 1;
    let mut swapped = whole[..8].to_vec();
    let sealed = CHUNK + 16;
    swapped.extend_from_slice(&whole[8 + sealed..8 + 2 * sealed]);
    swapped.extend_from_slice(&whole[8..8 + sealed]);
    swapped.extend_from_slice(&whole[8 + 2 * sealed..]);
    for wrong in [&whole[..whole.len() - 1], &whole[..8 + sealed], &changed, &swapped, b""] {
        std::fs::write(&file, wrong).unwrap();
        assert_eq!(app.blobs.get(&name).await.unwrap_err().code, Code::FileDamaged, "{} bytes", wrong.len());
    }
    std::fs::write(&file, &whole).unwrap();
    assert_eq!(app.blobs.get(&name).await.unwrap(), bytes);
}

#[tokio::test]
async fn keys_change_while_the_node_works() {
    let mut node = TestNode::start().await;
    let app = node.node.app.clone();
    let mut kept = Vec::new();
    for n in 0..510_usize {
        let bytes = content(n);
        kept.push((put(&app, &bytes).await, bytes));
    }
    secrets::store(&app, "test", secret("first")).await.unwrap();
    let before = std::fs::read(app.config.node.data.join("master.key")).unwrap();
    let writing = tokio::spawn({
        let app = app.clone();
        async move {
            let mut names = Vec::new();
            for n in 0..60_usize {
                let bytes = content(10_000 + n);
                names.push((put(&app, &bytes).await, bytes));
            }
            names
        }
    });
    rotate::change_master(&app, NewMaster::File).await.unwrap();
    assert_eq!(rotate::rotate(&app).await.unwrap(), 2);
    assert_eq!(rotate::rotate(&app).await.unwrap(), 3);
    kept.extend(writing.await.unwrap());
    assert!(!app.keys.is_rotating());
    assert_eq!(rotate::left(&app).await.unwrap(), 0);
    assert_ne!(std::fs::read(app.config.node.data.join("master.key")).unwrap(), before);
    node.restart().await;
    let app = &node.node.app;
    for (name, bytes) in &kept {
        assert_eq!(app.blobs.get(name).await.unwrap(), *bytes);
    }
    assert_eq!(secrets::load(app, "test").await.unwrap().unwrap(), secret("first"));
    node.stop().await;
    // the keys from before open nothing any more
    std::fs::write(node.node.app.config.node.data.join("master.key"), before).unwrap();
    assert_eq!(snug::Node::open(node.node.app.config.as_ref().clone()).await.err().unwrap().code, Code::Locked);
}

#[tokio::test]
async fn a_passphrase_takes_the_place_of_the_file_and_the_file_its_place_again() {
    let mut node = TestNode::start().await;
    let data = node.node.app.config.node.data.clone();
    let name = put(&node.node.app, b"something").await;
    let short = rotate::change_master(&node.node.app, NewMaster::Passphrase(Zeroizing::new("short".to_owned()))).await;
    assert!(short.unwrap_err().detail.contains("at least 12"));
    let passphrase = Zeroizing::new("correct horse battery".to_owned());
    let now = rotate::change_master(&node.node.app, NewMaster::Passphrase(passphrase.clone())).await.unwrap();
    assert_eq!(now, Protection::Passphrase);
    assert!(!data.join("master.key").exists());
    node.stop().await;
    let refused = snug::Node::open(node.node.app.config.as_ref().clone()).await.err().unwrap();
    assert!(refused.code == Code::Locked && refused.detail.contains("passphrase"), "{}", refused.detail);
    let mut wrong = node.node.app.config.as_ref().clone();
    wrong.keys.passphrase = Some(Secret(Zeroizing::new("another horse battery".to_owned())));
    assert!(snug::Node::open(wrong).await.err().unwrap().detail.contains("is not the one"));
    let file = data.join("passphrase");
    std::fs::write(&file, "correct horse battery\n").unwrap();
    node.configure(|config| config.keys.passphrase_file = Some(file));
    node.restart().await;
    assert_eq!(node.node.app.blobs.get(&name).await.unwrap(), b"something");
    rotate::change_master(&node.node.app, NewMaster::File).await.unwrap();
    node.configure(|config| config.keys.passphrase_file = None);
    node.restart().await;
    assert_eq!(node.node.app.keys.protection(), Protection::File);
    assert_eq!(node.node.app.blobs.get(&name).await.unwrap(), b"something");
}

#[tokio::test]
async fn a_key_from_the_configuration_is_never_written_down() {
    let key = Zeroizing::new(hex(&[9; 32]));
    let node = TestNode::start_with(|config| config.keys.master_key = Some(Secret(key))).await;
    let app = &node.node.app;
    assert_eq!(app.keys.protection(), Protection::Configuration);
    assert!(!app.config.node.data.join("master.key").exists());
    assert!(!holds(&app.config.node.data, &[9; 32]) && !format!("{:?}", app.config).contains("0909"));
    rotate::rotate(app).await.unwrap();
    assert!(rotate::change_master(app, NewMaster::File).await.unwrap_err().detail.contains("keys.master_key"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_is_killed_while_keys_change_starts_again_with_everything() {
    if std::env::var("SNUG_TEST_POSTGRES").is_ok() {
        return; // the processes that are killed are those of the data folder
    }
    let mut node = TestNode::start().await;
    let mut config = node.node.app.config.as_ref().clone();
    config.node.plain_http = true;
    let mut kept = Vec::new();
    for n in 0..600_usize {
        let bytes = content(n);
        kept.push((put(&node.node.app, &bytes).await, bytes));
    }
    node.stop().await;
    let data = config.node.data.clone();
    for round in 0..12_u64 {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_snug"));
        command.args(["key", "rotate", "--data"]).arg(&data).stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
        let mut child = command.spawn().unwrap();
        tokio::time::sleep(std::time::Duration::from_millis(20 + (round * 7_919) % 400)).await;
        child.kill().unwrap();
        child.wait().unwrap();
        let opened = snug::Node::open(config.clone()).await.unwrap();
        for (name, bytes) in kept.iter().step_by(97) {
            assert_eq!(opened.app.blobs.get(name).await.unwrap(), *bytes, "round {round}");
        }
        rotate::carry_on(&opened.app).await.unwrap();
        assert_eq!(rotate::left(&opened.app).await.unwrap(), 0);
        assert!(!opened.app.keys.is_rotating());
        opened.stop().await;
    }
}
