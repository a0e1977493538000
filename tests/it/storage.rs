//! Who stores how much, how much they may, and what takes space.
use crate::cli;
use crate::support::{Person, TestNode};
use serde_json::{Value, json};

use snug_accounts::storage::KindStorage;
use snug_accounts::storage::{self, Holding, HoldingKind};
use snug_base::size::Quota;
use snug_base::{Code, ServerId, UserId};
use std::path::Path;

const DAY_MS: i64 = 24 * 3_600_000;

/// A picture of one pixel.
fn picture(red: u8) -> Vec<u8> {
    let head = b"GIF89a\x01\0\x01\0\x80\0\0";
    let image = b"\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0\x3b";
    [&head[..], &[red, 10, 10, 0, 0, 0], &image[..]].concat()
}

async fn people(by: &Person, query: &str) -> Vec<Value> {
    by.get(&format!("/admin/storage/people?{query}")).await.ok()["people"].as_array().unwrap().clone()
}

/// What somebody stores, in bytes.
async fn stored_by(by: &Person, whom: &Person) -> i64 {
    people(by, "").await.iter().find(|one| one["user"]["id"] == whom.id.as_str()).unwrap()["bytes"].as_i64().unwrap()
}

/// Files in the blob store.
fn files(folder: &Path) -> usize {
    let parts = std::fs::read_dir(folder).unwrap().map(|part| part.unwrap().path());
    parts.filter(|part| part.is_dir()).map(|part| std::fs::read_dir(part).unwrap().count()).sum()
}

/// Keeps so many bytes as somebody's file of another kind would be.
async fn keep(node: &TestNode, holder: &Person, bytes: usize, seed: u8) -> snug_base::Result<()> {
    let holding = Holding { kind: HoldingKind::Icon, subject: ServerId::new().0, holder: holder.id.parse().unwrap() };
    let content = (0..bytes).map(|n| u8::try_from(n % 251).unwrap() ^ seed).collect();
    storage::keep(&node.node.app, holding, content, |_, _| Ok(())).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_stores_how_much_is_counted() {
    let node = TestNode::start().await;
    let (ann, bob, server, _) = node.ann_and_bob().await;
    let root = node.admin("root").await;
    ann.put_bytes("/users/me/picture", picture(200)).await.ok();
    let one = stored_by(&root, &ann).await;
    assert!(one > 100);
    ann.put_bytes("/users/me/picture", picture(100)).await.ok();
    assert!((stored_by(&root, &ann).await - one).abs() < 200, "in place of the one before");
    ann.put_bytes(&format!("/servers/{server}/icon"), picture(100)).await.ok();
    let two = stored_by(&root, &ann).await;
    assert!(two > one + 100, "an icon counts for who stored it");
    assert_eq!(stored_by(&root, &bob).await, 0);
    bob.put_bytes("/users/me/picture", picture(100)).await.ok();
    assert_eq!(stored_by(&root, &bob).await * 2, two, "the same content counts for everybody who stored it");
    let names: Vec<Value> = people(&root, "").await.iter().map(|one| one["user"]["username"].clone()).collect();
    assert_eq!(names, ["ann", "bob", "root"], "who stores most is first");
    assert_eq!(people(&root, "q=bo").await.len(), 1);
    assert_eq!(people(&root, "cursor=1.nobody").await.len(), 1, "of those after the cursor");
    root.get("/admin/storage/people?cursor=nonsense").await.fails(422, "request.invalid");

    let view = root.get("/admin/storage").await.ok();
    let kinds: Vec<(&str, i64)> =
        view["kinds"].as_array().unwrap().iter().map(|kind| (kind["kind"].as_str().unwrap(), kind["files"].as_i64().unwrap())).collect();
    assert_eq!(kinds, [("picture", 2), ("icon", 1)]);
    assert!(view["database"]["bytes"].as_i64().unwrap() > 0 && view["database"]["search_bytes"].as_i64().unwrap() > 0);
    assert!(view["disk"]["all_bytes"].as_u64().unwrap() > view["disk"]["free_bytes"].as_u64().unwrap());
    let blobs = view["folders"].as_array().unwrap().iter().find(|folder| folder["name"] == "blobs").unwrap().clone();
    assert_eq!(blobs["files"], 2, "two different pictures: {blobs}");

    ann.delete("/users/me/picture").await.ok();
    ann.delete(&format!("/servers/{server}")).await.ok();
    assert_eq!(stored_by(&root, &ann).await, 0, "what is gone counts no more");
    for path in ["/admin/storage", "/admin/storage/people"] {
        bob.get(path).await.fails(403, "permission.missing");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_stores_no_more_than_they_may() {
    let node = TestNode::start_with(|config| config.storage.per_person = Quota::bytes(100)).await;
    let (ann, bob, server, _) = node.ann_and_bob().await;
    let root = node.admin("root").await;
    let folder = node.node.app.config.node.data.join("blobs");
    for path in ["/users/me/picture".to_owned(), format!("/servers/{server}/icon")] {
        let refused = ann.put_bytes(&path, picture(200)).await;
        let detail = refused.body["detail"].as_str().unwrap().to_owned();
        refused.fails(409, "storage.quota");
        assert!(detail.contains("you have stored 0 B of the 100 B that you may"), "{detail}");
    }
    assert_eq!(files(&folder), 0, "nothing was written");
    assert_eq!(ann.get("/users/me").await.ok()["user"]["picture"], Value::Null);

    // one person may store more, at once, and nobody else
    let quota = format!("/admin/users/{}/quota", ann.id);
    let changed = root.put(&quota, json!({ "quota": "10 KB" })).await.ok();
    assert_eq!(changed["allowed"], json!({ "bytes": 10_000, "is_chosen": true, "default_bytes": 100 }));
    ann.put_bytes("/users/me/picture", picture(200)).await.ok();
    bob.put_bytes("/users/me/picture", picture(200)).await.fails(409, "storage.quota");
    assert_eq!(keep(&node, &ann, 10_000, 1).await.unwrap_err().code, Code::StorageQuota);
    let used = stored_by(&root, &ann).await;
    keep(&node, &ann, usize::try_from(10_000 - used).unwrap(), 1).await.unwrap();
    assert_eq!(keep(&node, &ann, 1, 2).await.unwrap_err().code, Code::StorageQuota, "not one byte more");
    assert_eq!(stored_by(&root, &ann).await, 10_000);
    // what is stored stays when less is allowed; the same or less in its place is possible
    root.put(&quota, json!({ "quota": "default" })).await.ok();
    assert_eq!(stored_by(&root, &ann).await, 10_000);
    ann.put_bytes("/users/me/picture", picture(200)).await.ok();
    root.put(&quota, json!({ "quota": "unlimited" })).await.ok();
    keep(&node, &ann, 50_000, 3).await.unwrap();
    // for everybody, in place of the configuration
    root.patch("/admin/storage/limits", json!({ "per_person": "1MB" })).await.ok();
    bob.put_bytes("/users/me/picture", picture(200)).await.ok();
    let limits = root.patch("/admin/storage/limits", json!({ "per_person": "default" })).await.ok();
    assert_eq!(limits["per_person"], json!({ "bytes": 100, "is_chosen": false, "default_bytes": 100 }));
    for wrong in ["", "many", "-1GB", "5 lightyears", "99999999TB"] {
        root.put(&quota, json!({ "quota": wrong })).await.fails(422, "request.invalid");
        root.patch("/admin/storage/limits", json!({ "total": wrong })).await.fails(422, "request.invalid");
    }
    root.put(&format!("/admin/users/{}/quota", UserId::new()), json!({ "quota": "1GB" })).await.fails(404, "user.not_found");
    bob.put(&quota, json!({ "quota": "1GB" })).await.fails(403, "permission.missing");
    bob.patch("/admin/storage/limits", json!({ "total": "1GB" })).await.fails(403, "permission.missing");
    let told = root.get(&format!("/admin/audit?log=admin&user_id={}", ann.id)).await.ok();
    let told: Vec<&Value> = told["lines"].as_array().unwrap().iter().filter(|line| line["kind"] == "user.quota").collect();
    assert_eq!(told.len(), 3);
    assert_eq!(told[2]["changes"], json!([{ "name": "quota", "before": "100B", "after": "10KB" }]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_together_store_no_more_than_the_instance_may() {
    let node = TestNode::start_with(|config| config.storage.total = Quota::bytes(5_000)).await;
    let (ann, bob, ..) = node.ann_and_bob().await;
    let root = node.admin("root").await;
    keep(&node, &ann, 3_000, 1).await.unwrap();
    let refused = keep(&node, &bob, 3_000, 2).await.unwrap_err();
    assert_eq!(refused.code, Code::StorageTotal);
    assert!(refused.detail.contains("the instance has stored 3 KB of the 5 KB that it may"), "{}", refused.detail);
    keep(&node, &bob, 2_000, 2).await.unwrap();
    bob.put_bytes("/users/me/picture", picture(1)).await.fails(409, "storage.total");
    let limits = root.patch("/admin/storage/limits", json!({ "total": "2 MiB" })).await.ok();
    assert_eq!(limits["total"], json!({ "bytes": 2_097_152, "is_chosen": true, "default_bytes": 5_000 }));
    bob.put_bytes("/users/me/picture", picture(1)).await.ok();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_at_the_same_time_exceed_no_quota() {
    let node = TestNode::start_with(|config| config.storage.per_person = Quota::bytes(10_000)).await;
    let ann = node.user("ann").await;
    let root = node.admin("root").await;
    let all = (0..12).map(|seed| keep(&node, &ann, 3_000, seed));
    let mut kept = 0;
    for outcome in futures(all).await {
        match outcome {
            Ok(()) => kept += 1,
            Err(e) => assert_eq!(e.code, Code::StorageQuota),
        }
    }
    assert_eq!((kept, stored_by(&root, &ann).await), (3, 9_000));
    assert_eq!(files(&node.node.app.config.node.data.join("blobs")), 3, "of those that were refused nothing is left");
}

/// All at the same time.
async fn futures<T>(all: impl Iterator<Item = impl Future<Output = T>>) -> Vec<T> {
    let mut waiting: Vec<_> = all.map(Box::pin).collect();
    let mut done: Vec<Option<T>> = waiting.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        for (n, future) in waiting.iter_mut().enumerate() {
            if done[n].is_none()
                && let std::task::Poll::Ready(value) = future.as_mut().poll(context)
            {
                done[n] = Some(value);
            }
        }
        if done.iter().all(Option::is_some) { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    done.into_iter().flatten().collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nobody_uses_any_more_is_deleted_after_a_while() {
    let node = TestNode::start().await;
    let (app, ann) = (node.node.app.clone(), node.user("ann").await);
    let bob = node.user("bob").await;
    let old = ann.put_bytes("/users/me/picture", picture(1)).await.ok()["user"]["picture"].as_str().unwrap().replace("/api/v1", "");
    bob.put_bytes("/users/me/picture", picture(1)).await.ok();
    node.clock.advance(2 * DAY_MS);
    let (ann, bob) = (ann.sign_in_again().await, bob.sign_in_again().await);
    ann.put_bytes("/users/me/picture", picture(2)).await.ok();
    assert_eq!(storage::forget_unused(&app).await.unwrap(), 0, "somebody else still uses it");
    bob.delete("/users/me/picture").await.ok();
    assert_eq!(storage::forget_unused(&app).await.unwrap(), 1);
    assert_eq!(ann.get(&old).await.status, 404);
    assert_eq!(app.blobs.collect().await.unwrap(), 0, "its file stays for a day: a backup may be reading it");
    // who stores the same again finds nothing of it in the way
    bob.put_bytes("/users/me/picture", picture(1)).await.ok();
    assert_eq!(ann.get(&old).await.status, 200);
    let kinds: Vec<KindStorage> = app.db.read(storage::kinds).await.unwrap();
    assert_eq!(kinds[0].files, 2);
}

/// Pictures from before quotas count, too.
#[test]
fn pictures_that_were_there_before_are_counted() {
    let sql = rusqlite::Connection::open_in_memory().unwrap();
    let steps = snug_base::db::migrate::MIGRATIONS;
    for step in steps.iter().filter(|step| step.number < 16) {
        sql.execute_batch(step.sqlite).unwrap();
    }
    sql.execute_batch(
        "INSERT INTO users (id, username, display_name, picture, search, salt, kdf_m, kdf_t, kdf_p, auth_hash, created_at)
         VALUES (x'01', 'ann', 'Ann', 'abcd', '', x'', 1, 1, 1, x'', 7);
         INSERT INTO blobs (name, file, size, generation, key, created_at) VALUES (x'ABCD', x'02', 77, 1, x'', 5);",
    )
    .unwrap();
    sql.execute_batch(steps.iter().find(|step| step.number == 16).unwrap().sqlite).unwrap();
    let kept =
        sql.query_row("SELECT holder, size FROM holdings WHERE kind = 'picture'", (), |row| Ok((row.get::<_, Vec<u8>>(0)?, row.get(1)?)));
    assert_eq!(kept.unwrap(), (vec![1], 77));
}

/// In the terminal, beside a running node and without one.
#[test]
fn storage_and_quotas_in_the_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let node = cli::Running::start(data, &[]);
    assert!(cli::add_user(data, "ann", "user").status.success());
    let text = cli::said(data, &["storage"]);
    for expected in ["Database", "Files", "Free", "each person may store 1 GB", "ann"] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
    assert!(cli::said(data, &["user", "quota", "ann", "2.5GB"]).contains("2.5 GB   chosen for this person"));
    assert!(
        cli::said(data, &["storage", "--per-person", "500MB", "--total", "unlimited"]).contains("500 MB, everybody together unlimited")
    );
    let wrong = cli::run(data, &["user", "quota", "ann", "a lot"]);
    assert!(cli::text(&wrong.stderr).contains("quota: must be an amount such as 500MB"), "{}", cli::text(&wrong.stderr));
    drop(node);
    let all: Value = serde_json::from_str(&cli::said(data, &["storage", "--json"])).unwrap();
    assert_eq!(all["limits"]["per_person"]["bytes"], 500_000_000);
    assert_eq!(
        (&all["people"][0]["allowed"]["bytes"], &all["people"][0]["allowed"]["is_chosen"]),
        (&json!(2_500_000_000_i64), &json!(true))
    );
    let log = cli::said(data, &["audit"]);
    assert!(log.contains("user.quota") && log.contains("storage.per_person: 1GB -> 500MB"), "{log}");
}
