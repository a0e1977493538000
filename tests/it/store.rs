//! What use cases can rely on from the database, on both engines.
use crate::support::{TestNode, new_id};
use serde_json::json;
use snug_base::{Code, Stream, UserId, params};
use uuid::Uuid;

async fn count(node: &TestNode, stream: Stream) -> i64 {
    let sql = "SELECT count(*) AS value FROM events WHERE stream = ?1";
    node.node.app.db.read(move |read| read.value(sql, params![stream.0])).await.unwrap().unwrap()
}

#[tokio::test]
async fn an_error_undoes_everything_and_publishes_nothing() {
    let node = TestNode::start().await;
    let ann = node.user("ann").await;
    let mut socket = ann.socket().await;
    let user: UserId = ann.id.parse().unwrap();
    let before = count(&node, user.into()).await;
    let failed = node.node.app.db.write(move |tx| {
        tx.emit(user, "user.updated", &json!({}))?;
        Err::<(), _>(Code::Forbidden.error("no"))
    });
    assert_eq!(failed.await.unwrap_err().code, Code::Forbidden);
    assert_eq!(count(&node, user.into()).await, before);
    socket.expect_silence().await;
}

#[tokio::test]
async fn a_failure_or_a_panic_is_nobody_elses() {
    let node = TestNode::start().await;
    let stream = Stream(Uuid::now_v7());
    let writes = (0..60).map(|i| {
        let db = node.node.app.db.clone();
        tokio::spawn(async move {
            db.write(move |tx| {
                tx.emit(stream, "user.updated", &json!({ "i": i }))?;
                match i % 3 {
                    0 => Ok(i),
                    1 => Err(Code::Invalid.error("no")),
                    _ => panic!("a mistake in a use case"),
                }
            })
            .await
        })
    });
    let mut stored = 0;
    for write in writes.collect::<Vec<_>>() {
        match write.await.unwrap() {
            Ok(_) => stored += 1,
            Err(e) => assert!(matches!(e.code, Code::Invalid | Code::Internal), "{e}"),
        }
    }
    assert_eq!(stored, 20);
    assert_eq!(count(&node, stream).await, 20);
    let sql = "SELECT n FROM events WHERE stream = ?1 ORDER BY n";
    let numbers: Vec<i64> = node.node.app.db.read(move |read| read.query(sql, params![stream.0], |row| row.get("n"))).await.unwrap();
    assert_eq!(numbers, (1..=20).collect::<Vec<_>>(), "numbered without gaps");
}

#[tokio::test]
async fn a_panic_in_a_read_leaves_the_reader_usable() {
    let node = TestNode::start().await;
    for _ in 0..8 {
        let failed = node.node.app.db.read(|_| -> snug_base::Result<()> { panic!("a mistake in a query") }).await;
        assert_eq!(failed.unwrap_err().code, Code::Internal);
    }
    let one = node.node.app.db.read(|read| read.value::<i64>("SELECT 1 AS value", &[])).await.unwrap();
    assert_eq!(one, Some(1));
}

#[tokio::test]
async fn a_stream_keeps_its_newest_events_only() {
    let node = TestNode::start().await;
    let stream = Stream(Uuid::now_v7());
    let written = node.node.app.db.write(move |tx| (0..3_000).try_for_each(|i| tx.emit(stream, "user.updated", &json!(i)).map(drop)));
    written.await.unwrap();
    let kept = count(&node, stream).await;
    assert!((1_000..1_200).contains(&kept), "{kept}");
}

#[tokio::test]
async fn unique_constraints_are_named_alike_on_both_engines() {
    let node = TestNode::start().await;
    node.user("ann").await;
    node.user("bob").await;
    let failed = node.node.app.db.write(|tx| tx.execute("UPDATE users SET username = 'ann' WHERE username = 'bob'", &[]));
    assert!(failed.await.unwrap_err().violates("users.username"));
}

#[tokio::test]
async fn every_kind_of_column_comes_back_as_it_went_in() {
    let node = TestNode::start().await;
    let (ann, bob, _, room) = node.ann_and_bob().await;
    let odd = "tab\t newline\nquote ' \" backslash \\ emoji 🏳️‍🌈 rtl \u{202e}abc null-ish ␀ percent % under _ question ?1 dollar $1";
    let sent = ann.say(&room, odd).await;
    assert_eq!(bob.get(&format!("/messages/{}", sent["id"].as_str().unwrap())).await.ok()["content"]["text"], odd);
    let wrong = json!({ "id": new_id(), "conversation_id": new_id(), "content": { "type": "text", "text": "x" } });
    ann.post("/messages", wrong).await.fails(404, "conversation.not_a_member");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_stays_bounded_while_people_read_and_write() {
    if std::env::var("SNUG_TEST_POSTGRES").is_ok() {
        return; // PostgreSQL looks after its own log
    }
    let node = TestNode::start().await;
    let log = node.node.app.config.node.data.join("snug.db-wal");
    let size = || std::fs::metadata(&log).map_or(0, |file| file.len());
    let db = node.node.app.db.clone();
    let reading = tokio::spawn(async move {
        loop {
            db.read(|read| read.value::<i64>("SELECT count(*) AS value FROM events", &[])).await.unwrap();
        }
    });
    let stream = Stream(Uuid::now_v7());
    let text = std::sync::Arc::new("x".repeat(1 << 20));
    let mut largest = 0;
    for n in 0..200_i64 {
        let text = text.clone();
        let sql = "INSERT INTO events (stream, n, kind, body) VALUES (?1, ?2, 'user.updated', ?3)";
        node.node.app.db.write(move |tx| tx.execute(sql, params![stream.0, n, *text])).await.unwrap();
        largest = largest.max(size());
    }
    reading.abort();
    assert!(largest < 100 << 20, "the log grew to {} MiB of 200 written", largest >> 20);
    assert_eq!(count(&node, stream).await, 200);
    let db = node.node.app.db.clone();
    tokio::task::spawn_blocking(move || db.close()).await.unwrap();
    assert_eq!(size(), 0, "at the end everything is in the database");
}
