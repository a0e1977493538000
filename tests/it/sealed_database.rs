//! A database whose file tells nothing without the master key: made so, turned both ways, backed up, upgraded, and with keys that change.
use crate::cli::{run, text};
use crate::support::{Person, TestNode};
use snug_base::config::Secret;
use snug_base::keys::rotate::{self, NewMaster};
use snug_base::{Code, Config};
use snug_operations::backup::create::create;
use snug_operations::backup::lock::{Lock, Opener};
use snug_operations::backup::restore;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

const PLANTED: &str = "a sentence that nobody else writes";

/// What is in the folder in the clear, apart from the charts, which hold counts only.
fn tells(data: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(data).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            found.extend(tells(&path));
        } else if !name.starts_with("analytics") {
            let bytes = std::fs::read(&path).unwrap();
            let has = |needle: &[u8]| bytes.windows(needle.len()).any(|window| window == needle);
            if has(PLANTED.as_bytes()) || has(b"SQLite format 3") || has(b"CREATE TABLE") {
                found.push(path);
            }
        }
    }
    found
}

fn encrypted(config: &mut Config) {
    config.database.encrypted = true;
}

/// All that the room shows.
async fn shown(person: &Person, room: &str) -> Vec<String> {
    let page = person.get(&format!("/conversations/{room}/messages?limit=100")).await.ok();
    page["messages"].as_array().unwrap().iter().map(|message| message["content"]["text"].as_str().unwrap().to_owned()).collect()
}

async fn finds(person: &Person, room: &str) -> usize {
    person.get(&format!("/search?q=nobody&conversation_id={room}")).await.ok()["hits"].as_array().unwrap().len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_without_the_master_key_tells_nothing() {
    let mut node = TestNode::start_with(encrypted).await;
    let (ann, _, _, room) = node.ann_and_bob().await;
    for n in 0..12 {
        ann.say(&room, &format!("{PLANTED} {n}")).await;
    }
    let config = node.node.app.config.clone();
    let data = &config.node.data;
    assert_eq!(tells(data), Vec::<PathBuf>::new(), "the log included");
    node.restart().await;
    let ann = ann.sign_in_at(node.address).await;
    assert_eq!(shown(&ann, &room).await.len(), 12);
    assert_eq!(finds(&ann, &room).await, 12);
    let healthy = run(data, &["doctor", "--thorough", "--json"]);
    assert!(text(&healthy.stdout).contains("sealed"), "{} {}", text(&healthy.stdout), text(&healthy.stderr));
    node.stop().await;
    assert_eq!(tells(data), Vec::<PathBuf>::new());

    let key = std::fs::read(data.join("master.key")).unwrap();
    std::fs::write(data.join("master.key"), [7; 32]).unwrap();
    let refused = snug::Node::open(config.as_ref().clone()).await.err().unwrap();
    assert!(refused.code == Code::Locked && refused.detail.contains("is not the key"), "{}", refused.detail);
    std::fs::write(data.join("master.key"), key).unwrap();
    std::fs::rename(data.join("database.key"), data.join("elsewhere")).unwrap();
    let refused = snug::Node::open(config.as_ref().clone()).await.err().unwrap();
    assert!(refused.detail.contains("database.key"), "{}", refused.detail);
    std::fs::rename(data.join("elsewhere"), data.join("database.key")).unwrap();
    node.restart().await;
    assert_eq!(shown(&ann, &room).await.len(), 12);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_instance_is_sealed_and_opened_again_with_all_that_it_has() {
    let mut node = TestNode::start().await;
    let (ann, _, _, room) = node.ann_and_bob().await;
    for n in 0..3 {
        ann.say(&room, &format!("{PLANTED} {n}")).await;
    }
    let data = node.node.app.config.node.data.clone();
    for (round, wanted) in [true, false, true].into_iter().enumerate() {
        // of a turn that was cut short
        std::fs::write(data.join("snug.db.turning"), "half of it").unwrap();
        node.configure(|config| config.database.encrypted = wanted);
        node.restart().await;
        let ann = ann.sign_in_at(node.address).await;
        assert_eq!(tells(&data).is_empty(), wanted, "{:?}", tells(&data));
        assert!(!data.join("snug.db.turning").exists());
        assert_eq!(shown(&ann, &room).await.len(), 3 + round);
        assert_eq!(finds(&ann, &room).await, 3 + round);
        ann.say(&room, &format!("{PLANTED} after {round}")).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_master_key_changes_under_it() {
    let mut node = TestNode::start_with(encrypted).await;
    let (ann, _, _, room) = node.ann_and_bob().await;
    ann.say(&room, PLANTED).await;
    let data = node.node.app.config.node.data.clone();
    let passphrase = Zeroizing::new("correct horse battery".to_owned());
    rotate::change_master(&node.node.app, NewMaster::File).await.unwrap();
    node.restart().await;
    rotate::change_master(&node.node.app, NewMaster::Passphrase(passphrase.clone())).await.unwrap();
    rotate::rotate(&node.node.app).await.unwrap();
    node.stop().await;
    assert!(!data.join("master.key").exists());
    let locked = snug::Node::open(node.node.app.config.as_ref().clone()).await.err().unwrap();
    assert!(locked.code == Code::Locked && locked.detail.contains("passphrase"), "{}", locked.detail);
    node.configure(|config| config.keys.passphrase = Some(Secret(passphrase)));
    node.restart().await;
    let ann = ann.sign_in_at(node.address).await;
    assert_eq!(shown(&ann, &room).await, [PLANTED]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_of_it_becomes_either_kind() {
    let node = TestNode::start_with(encrypted).await;
    let (ann, _, _, room) = node.ann_and_bob().await;
    ann.say(&room, PLANTED).await;
    let app = node.node.app.clone();
    let bytes = tokio::task::spawn_blocking(move || {
        let (_, bytes) = create(&app.config, &Lock::None, app.clock.now(), Vec::new()).unwrap();
        restore::rehearse(&bytes[..], &Opener::default(), &app.config).unwrap();
        bytes
    })
    .await
    .unwrap();
    for wanted in [true, false] {
        let taken = bytes.clone();
        let copy = TestNode::start_on(
            |config| config.database.encrypted = wanted,
            move |config| drop(restore::restore(&taken[..], &Opener::default(), config).unwrap()),
        )
        .await;
        assert_eq!(tells(&copy.node.app.config.node.data).is_empty(), wanted);
        let ann = ann.sign_in_at(copy.address).await;
        assert_eq!(shown(&ann, &room).await, [PLANTED]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_upgrade_puts_aside_of_it_tells_nothing_either() {
    let mut node = TestNode::start_with(encrypted).await;
    let (ann, _, _, room) = node.ann_and_bob().await;
    ann.say(&room, PLANTED).await;
    let app = node.node.app.clone();
    // as the program before the newest step of the schema left it
    app.db.write(|tx| tx.execute("DELETE FROM migrations WHERE number = 1", &[]).map(drop)).await.unwrap();
    app.db.write(|tx| tx.execute("UPDATE migrations SET number = number - 1", &[]).map(drop)).await.unwrap();
    let data = &app.config.node.data;
    node.stop().await;
    let kept = data.join("snug.db.kept");
    std::fs::copy(data.join("snug.db"), &kept).unwrap();
    // the step itself can't be made a second time, so the start fails; what it put aside is there
    assert!(snug::Node::open(app.config.as_ref().clone()).await.is_err());
    std::fs::rename(&kept, data.join("snug.db")).unwrap();
    assert!(std::fs::read_dir(data.join("upgrades")).unwrap().count() == 1);
    assert_eq!(tells(data), Vec::<PathBuf>::new());
    let archive = std::fs::read_dir(data.join("upgrades")).unwrap().next().unwrap().unwrap().path();
    assert_eq!(restore::verify(std::fs::File::open(archive).unwrap(), &Opener::default()).unwrap_err().code, Code::Locked);
    let back = run(data, &["rollback", "--yes"]);
    assert!(back.status.success(), "{}", text(&back.stderr));
    assert_eq!(tells(data), Vec::<PathBuf>::new(), "what is gone back to is sealed as well");
}
