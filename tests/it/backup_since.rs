//! Backups that hold only what is new since a whole one: any of them brings back the instance as it was then, and none is ever without its base.
use crate::cli::{run, text};
use crate::support::bucket::Store;
use crate::support::{Person, TestNode};
use snug_accounts::audit::Actor;
use snug_base::keys::rotate::{self, NewMaster};
use snug_base::keys::unhex;
use snug_base::{App, Code, blobs};
use snug_operations::backup::lock::{self, Opener};
use snug_operations::backup::model::BackupRun;
use snug_operations::backup::place::Place;
use snug_operations::backup::{restore, schedule};
use std::collections::BTreeMap;
use std::io::Cursor;
use std::path::Path;
use std::time::Duration;

const DAY: i64 = 24 * 3_600_000;

/// What an instance held at a moment.
#[derive(Clone)]
struct Moment {
    made: BackupRun,
    blobs: BTreeMap<String, Vec<u8>>,
    messages: i64,
}

fn content(number: u32) -> Vec<u8> {
    let length = usize::try_from(number % 5).unwrap() * 8_000 + 10;
    (0..length).map(|at| u8::try_from((at * 7 + usize::try_from(number).unwrap() * 31 + at / 250) % 256).unwrap()).collect()
}

async fn store(app: &App, held: &mut BTreeMap<String, Vec<u8>>, number: u32) {
    let bytes = content(number);
    held.insert(app.blobs.put(Cursor::new(bytes.clone())).await.unwrap(), bytes);
}

async fn forget(app: &App, held: &mut BTreeMap<String, Vec<u8>>) {
    let Some((name, _)) = held.pop_first() else { return };
    let name = unhex::<32>(&name).unwrap().to_vec();
    app.blobs.forget(move |_| Ok(vec![name])).await.unwrap();
}

/// The next one, a day later.
async fn next(node: &TestNode) -> BackupRun {
    node.clock.advance(DAY + 60_000);
    let made = loop {
        match schedule::make_now(&node.node.app, Actor::operator()).await {
            Err(e) if e.code == Code::Unavailable => tokio::time::sleep(Duration::from_millis(20)).await, // the node looks whether one is due
            made => break made.unwrap(),
        }
    };
    let made = schedule::list(&node.node.app).await.unwrap().backups.into_iter().find(|run| run.id == made.id).unwrap();
    assert!(made.error.is_none() && made.rehearsal_error.is_none(), "{made:?}");
    made
}

async fn moment(node: &TestNode, blobs: &BTreeMap<String, Vec<u8>>) -> Moment {
    let made = next(node).await;
    Moment { made, blobs: blobs.clone(), messages: node.node.app.db.read(snug_messages::count_messages).await.unwrap() }
}

/// Restores one and compares everything with what was there.
async fn comes_back(place: &Place, opener: &Opener, moment: &Moment, ann: &Person) {
    let (place, opener, name) = (place.clone(), opener.clone(), moment.made.name.clone());
    let copy = TestNode::start_on(
        |_| {},
        move |config| {
            restore::verify_with(place.open(&name).unwrap(), &place.finder(), &opener).unwrap();
            let manifest = restore::restore_with(place.open(&name).unwrap(), &place.finder(), &opener, config).unwrap();
            assert_eq!(manifest.format, if manifest.base.is_some() { 2 } else { 1 });
            assert_eq!(manifest.base.map(|base| base.name), snug_operations::backup::place::base_of(&name));
        },
    )
    .await;
    let app = &copy.node.app;
    assert_eq!(app.db.read(snug_messages::count_messages).await.unwrap(), moment.messages, "{}", moment.made.name);
    for (name, bytes) in &moment.blobs {
        assert_eq!(&app.blobs.get(name).await.unwrap(), bytes, "{}", moment.made.name);
    }
    let stored = app.db.read(blobs::stored).await.unwrap();
    assert_eq!(stored.len(), moment.blobs.len());
    ann.sign_in_at(copy.address).await;
}

fn files(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn any_of_them_brings_back_the_instance_as_it_was_then() {
    let (folder, (identity, recipient)) = (tempfile::tempdir().unwrap(), lock::generate());
    let to = folder.path().to_owned();
    let node = TestNode::start_with(|config| {
        config.backup.folder = Some(to.clone());
        config.backup.recipients = vec![recipient];
        config.backup.keep = 100;
        config.backup.full_every = 4;
        config.backup.rehearse_every_days = 1;
    })
    .await;
    let (app, opener) = (&node.node.app, Opener { identities: vec![identity], passphrase: None });
    let (ann, _, _, room) = node.ann_and_bob().await;
    let (mut held, mut moments) = (BTreeMap::new(), Vec::new());
    for number in 0..20 {
        store(app, &mut held, number).await;
    }
    for step in 0..9_u32 {
        ann.sign_in_again().await.say(&room, &format!("step {step}")).await;
        for number in 0..step % 3 {
            store(app, &mut held, 100 + step * 10 + number).await;
        }
        if step % 2 == 1 {
            forget(app, &mut held).await;
        }
        if step == 2 || step == 5 {
            rotate::change_master(app, NewMaster::File).await.unwrap();
            rotate::rotate(app).await.unwrap();
        }
        moments.push(moment(&node, &held).await);
    }
    let whole: Vec<usize> = (0..moments.len()).filter(|at| moments[*at].made.base.is_none()).collect();
    assert_eq!(whole, [0, 4, 8]);
    for (at, moment) in moments.iter().enumerate() {
        assert_eq!(moment.made.base.as_ref(), (at % 4 != 0).then_some(&moments[at / 4 * 4].made.name));
        assert!(at % 4 == 0 || moment.made.bytes < moments[at / 4 * 4].made.bytes, "{moment:?}", moment = moment.made);
        assert!(moment.made.rehearsed_at.is_some());
        comes_back(&Place::Folder(folder.path().to_owned()), &opener, moment, &ann).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_was_changed_from_outside_is_taken_as_it_is_and_one_that_is_lost_comes_from_the_base() {
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().to_owned();
    let node = TestNode::start_with(|config| {
        config.backup.folder = Some(to.clone());
        config.backup.unencrypted = true;
        config.backup.full_every = 10;
    })
    .await;
    let (app, mut held) = (&node.node.app, BTreeMap::new());
    for number in [1, 2, 3] {
        store(app, &mut held, number).await;
    }
    let stored = app.db.read(blobs::stored).await.unwrap();
    let path = |at: usize| blobs::path(&app.config.node.data.join("blobs"), stored[at]);
    let sound = std::fs::read(path(0)).unwrap();
    let mut damaged = sound.clone();
    damaged[20] ^= 1;
    std::fs::write(path(0), &damaged).unwrap();
    assert!(next(&node).await.base.is_none());
    std::fs::write(path(0), &sound).unwrap(); // repaired, of the same size
    std::fs::remove_file(path(1)).unwrap();
    let made = next(&node).await;
    assert!(made.base.is_some());
    let out = folder.path().join("out");
    let (mut config, place) = (app.config.as_ref().clone(), Place::Folder(folder.path().to_owned()));
    if config.database.url.is_some() {
        return; // an empty database would be needed besides
    }
    config.node.data = out.clone();
    let restored = move || restore::restore_with(place.open(&made.name).unwrap(), &place.finder(), &Opener::default(), &config).map(drop);
    tokio::task::spawn_blocking(restored).await.unwrap().unwrap();
    assert_eq!(std::fs::read(blobs::path(&out.join("blobs"), stored[0])).unwrap(), sound);
    assert!(blobs::path(&out.join("blobs"), stored[1]).is_file());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_base_stays_as_long_as_one_that_needs_it() {
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().to_owned();
    let node = TestNode::start_with(|config| {
        config.backup.folder = Some(to.clone());
        config.backup.unencrypted = true;
        config.backup.keep = 2;
        config.backup.full_every = 4;
        config.backup.rehearse_every_days = 0;
    })
    .await;
    for _ in 0..10 {
        let made = next(&node).await;
        let there = files(folder.path());
        assert!(there.contains(&made.name) && there.len() <= 3, "{there:?}");
        for run in schedule::list(&node.node.app).await.unwrap().backups {
            assert_eq!(run.deleted_at.is_none(), there.contains(&run.name), "{run:?}");
            assert!(run.deleted_at.is_some() || run.base.is_none_or(|base| there.contains(&base)), "{there:?}");
        }
    }
    let listed = schedule::list(&node.node.app).await.unwrap();
    assert!(listed.full_every == 4 && listed.backups.iter().filter(|run| run.base.is_none()).count() == 3, "{listed:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_the_base_would_not_do_the_next_one_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let (to, other) = (folder.path().join("one"), folder.path().join("other"));
    let passphrase = folder.path().join("passphrase");
    std::fs::write(&passphrase, "correct horse battery\n").unwrap();
    let first = to.clone();
    let mut node = TestNode::start_with(|config| {
        config.backup.folder = Some(first);
        config.backup.unencrypted = true;
        config.backup.full_every = 100;
    })
    .await;
    let data = node.node.app.config.node.data.clone();
    assert!(next(&node).await.base.is_none(), "the first");
    let base = next(&node).await.base.unwrap();
    std::fs::remove_file(to.join(&base)).unwrap();
    assert!(next(&node).await.base.is_none(), "the base is gone");
    let base = next(&node).await.base.unwrap();
    let file = std::fs::File::options().write(true).open(to.join(&base)).unwrap();
    file.set_len(1_000).unwrap();
    assert!(next(&node).await.base.is_none(), "the base was cut");
    std::fs::remove_file(data.join("backup-base.list")).unwrap();
    assert!(next(&node).await.base.is_none(), "nobody knows what is in the base");
    node.configure(|config| {
        config.backup.unencrypted = false;
        config.backup.passphrase_file = Some(passphrase.clone());
    });
    node.restart().await;
    assert!(next(&node).await.base.is_none(), "another lock");
    assert!(next(&node).await.base.is_some());
    std::fs::write(&passphrase, "another horse battery\n").unwrap();
    assert!(next(&node).await.base.is_none(), "another passphrase");
    node.configure(|config| config.backup.folder = Some(other));
    node.restart().await;
    assert!(next(&node).await.base.is_none(), "another place");
    assert!(next(&node).await.base.is_some());
    node.configure(|config| {
        config.backup.folder = None;
        config.backup.command = Some("cat > /dev/null".to_owned());
    });
    node.restart().await;
    for _ in 0..3 {
        assert!(next(&node).await.base.is_none(), "a command");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_missing_wrong_or_damaged_base_is_told_before_anything_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().to_owned();
    let node = TestNode::start_with(|config| {
        config.backup.folder = Some(to.clone());
        config.backup.unencrypted = true;
        config.backup.full_every = 2;
    })
    .await;
    let mut held = BTreeMap::new();
    store(&node.node.app, &mut held, 4).await;
    let (base, made, other) = (next(&node).await.name, next(&node).await.name, next(&node).await.name);
    let read = |name: &str| std::fs::read(to.join(name)).unwrap();
    let (base_bytes, made_bytes, other_bytes) = (read(&base), read(&made), read(&other));
    let place = Place::Folder(to.clone());
    let verify = || restore::verify_with(place.open(&made).unwrap(), &place.finder(), &Opener::default()).map(drop);
    let refused = |what: &str| {
        let e = verify().unwrap_err();
        assert!(e.code == Code::Malformed && e.detail.contains(what), "{what}: {}", e.detail);
    };
    verify().unwrap();
    assert!(restore::verify(&made_bytes[..], &Opener::default()).unwrap_err().detail.contains("--base FILE"));
    std::fs::remove_file(to.join(&base)).unwrap();
    refused("needs too");
    std::fs::write(to.join(&base), &other_bytes).unwrap();
    refused("is another one");
    std::fs::write(to.join(&base), &made_bytes).unwrap();
    refused("is another one");
    for cut in [0, 100, base_bytes.len() / 2, base_bytes.len() - 1] {
        std::fs::write(to.join(&base), &base_bytes[..cut]).unwrap();
        refused(&base);
    }
    for at in [base_bytes.len() / 3, base_bytes.len() * 2 / 3] {
        let mut changed = base_bytes.clone();
        changed[at] ^= 0x55;
        std::fs::write(to.join(&base), changed).unwrap();
        refused(&base);
    }
    std::fs::write(to.join(&base), &base_bytes).unwrap();
    for cut in [made_bytes.len() / 2, made_bytes.len() - 1] {
        std::fs::write(to.join(&made), &made_bytes[..cut]).unwrap();
        refused("damaged");
    }
    std::fs::write(to.join(&made), &made_bytes).unwrap();
    verify().unwrap();
    if std::env::var("SNUG_TEST_POSTGRES").is_ok() {
        return; // the commands work on data folders here
    }
    // the same by commands: the base elsewhere, and a data folder that stays empty
    let (elsewhere, data) = (folder.path().join("elsewhere"), folder.path().join("data"));
    std::fs::rename(to.join(&base), &elsewhere).unwrap();
    let (made, elsewhere) = (to.join(&made), elsewhere.to_str().unwrap());
    let made = made.to_str().unwrap();
    let said = run(&data, &["restore", made]);
    assert!(!said.status.success() && text(&said.stderr).contains("--base FILE") && !data.exists(), "{}", text(&said.stderr));
    let said = run(&data, &["backup", "verify", made, "--base", elsewhere]);
    assert!(said.status.success() && text(&said.stdout).contains(&format!("Needs     {base}")), "{}", text(&said.stderr));
    let said = run(&data, &["restore", made, "--base", elsewhere]);
    assert!(said.status.success(), "{}", text(&said.stderr));
    assert!(run(&data, &["doctor", "--listen", "127.0.0.1:0"]).status.code().is_some_and(|code| code < 2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_a_bucket_they_are_tried_with_their_base_as_well() {
    let (bucket, (identity, recipient)) = (Store::start(), lock::generate());
    let opener = Opener { identities: vec![identity], passphrase: None };
    let node = TestNode::start_with(|config| {
        bucket.configure(config);
        config.backup.recipients = vec![recipient];
        config.backup.full_every = 3;
        config.backup.keep = 1;
        config.backup.rehearse_every_days = 1;
    })
    .await;
    let (ann, _, _, room) = node.ann_and_bob().await;
    let mut held = BTreeMap::new();
    for number in 0..4 {
        store(&node.node.app, &mut held, number).await;
        ann.sign_in_again().await.say(&room, "hello").await;
        let moment = moment(&node, &held).await;
        assert!(moment.made.rehearsed_at.is_some() && (moment.made.base.is_none() == (number % 3 == 0)), "{:?}", moment.made);
        assert_eq!(bucket.names().len(), if moment.made.base.is_some() { 2 } else { 1 });
        let config = node.node.app.config.clone();
        let place = tokio::task::spawn_blocking(move || Place::s3(&config)).await.unwrap().unwrap();
        comes_back(&place, &opener, &moment, &ann).await;
    }
}
