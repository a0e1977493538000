//! Pins: who may, what others hear of it, and what is left when a message goes.
use crate::support::{Person, TestNode, id};
use serde_json::{Value, json};

async fn pinned(by: &Person, conversation: &str) -> Vec<i64> {
    let list = by.get(&format!("/conversations/{conversation}/pins")).await.ok();
    list["messages"].as_array().unwrap().iter().map(|m| m["seq"].as_i64().unwrap()).collect()
}

fn pin(message: &Value) -> String {
    format!("/messages/{}/pin", id(message))
}

#[tokio::test]
async fn a_pin_is_seen_by_everybody_and_twice_is_once() {
    let node = TestNode::start().await;
    let (ann, bob, _, room) = node.ann_and_bob().await;
    let (first, second) = (bob.say(&room, "the rules").await, ann.say(&room, "the map").await);
    let mut socket = bob.socket().await;
    let done = ann.put(&pin(&first), json!({})).await.ok();
    assert!(done["pinned_at"].is_i64());
    assert_eq!(socket.expect("message.pinned").await, done);
    assert_eq!(ann.put(&pin(&first), json!({})).await.ok(), done);
    socket.expect_silence().await;
    tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    ann.put(&pin(&second), json!({})).await.ok();
    socket.expect("message.pinned").await;
    assert_eq!(pinned(&bob, &room).await, [2, 1], "the newest pin first");
    let list = bob.get(&format!("/conversations/{room}/pins")).await.ok();
    assert_eq!(list["users"].as_array().unwrap().len(), 2);
    // an edit leaves the pin where it is
    let edited = bob.patch(&format!("/messages/{}", id(&first)), json!({ "content": { "type": "text", "text": "new rules" } })).await.ok();
    assert_eq!(edited["pinned_at"], done["pinned_at"]);
    socket.expect("message.updated").await;
    let undone = ann.delete(&pin(&first)).await.ok();
    assert!(undone["pinned_at"].is_null());
    assert_eq!(socket.expect("message.unpinned").await, undone);
    assert_eq!(ann.delete(&pin(&first)).await.ok(), undone);
    socket.expect_silence().await;
    assert_eq!(pinned(&bob, &room).await, [2]);
}

#[tokio::test]
async fn rooms_have_people_for_it_and_conversations_are_everybodys() {
    let node = TestNode::start().await;
    let (ann, bob, _, room) = node.ann_and_bob().await;
    let eve = node.user("eve").await;
    let sent = bob.say(&room, "look at me").await;
    bob.put(&pin(&sent), json!({})).await.fails(403, "permission.missing");
    ann.put(&pin(&sent), json!({})).await.ok();
    bob.delete(&pin(&sent)).await.fails(403, "permission.missing");
    eve.put(&pin(&sent), json!({})).await.fails(404, "not_found");
    eve.delete(&pin(&sent)).await.fails(404, "not_found");
    eve.get(&format!("/conversations/{room}/pins")).await.fails(404, "conversation.not_a_member");
    let direct = ann.direct(&bob).await;
    let group = ann.post("/conversations", json!({ "kind": "group", "user_ids": [bob.id] })).await.created();
    for conversation in [direct, id(&group["conversation"])] {
        let hers = ann.say(&conversation, "mine").await;
        bob.put(&pin(&hers), json!({})).await.ok();
        assert_eq!(pinned(&ann, &conversation).await, [1]);
        bob.delete(&pin(&hers)).await.ok();
        assert_eq!(pinned(&ann, &conversation).await, Vec::<i64>::new());
    }
}

#[tokio::test]
async fn a_deleted_message_has_no_pin() {
    let node = TestNode::start().await;
    let (ann, bob, _, room) = node.ann_and_bob().await;
    let sent = bob.say(&room, "gone soon").await;
    ann.put(&pin(&sent), json!({})).await.ok();
    let gone = bob.delete(&format!("/messages/{}", id(&sent))).await.ok();
    assert!(gone["pinned_at"].is_null());
    assert_eq!(pinned(&ann, &room).await, Vec::<i64>::new());
    ann.put(&pin(&sent), json!({})).await.fails(409, "message.deleted");
    ann.delete(&pin(&sent)).await.ok();
}

#[tokio::test]
async fn a_conversation_has_a_hundred_pins_at_most() {
    let node = TestNode::start().await;
    let (ann, bob) = (node.user("ann").await, node.user("bob").await);
    let direct = ann.direct(&bob).await;
    let first = ann.say(&direct, "first").await;
    ann.put(&pin(&first), json!({})).await.ok();
    for i in 0..99 {
        let sent = ann.say(&direct, &format!("{i}")).await;
        ann.put(&pin(&sent), json!({})).await.ok();
    }
    let last = ann.say(&direct, "one more").await;
    let refused = ann.put(&pin(&last), json!({})).await.fails(409, "message.pin_limit");
    assert!(refused["detail"].as_str().unwrap().contains("100"), "{refused}");
    ann.delete(&pin(&first)).await.ok();
    ann.put(&pin(&last), json!({})).await.ok();
}

#[tokio::test]
async fn a_device_that_was_away_learns_of_pins() {
    let node = TestNode::start().await;
    let (ann, bob, _, room) = node.ann_and_bob().await;
    let sent = bob.say(&room, "the rules").await;
    let cursors = bob.get("/sync").await.ok()["streams"].clone();
    let mut device = ann.socket().await;
    let done = device.call("message.pin", json!({ "id": sent["id"] })).await;
    let mut socket = bob.socket_from(cursors.clone()).await;
    assert_eq!(socket.expect("message.pinned").await, done);
    device.call("message.unpin", json!({ "id": sent["id"] })).await;
    socket.expect("message.unpinned").await;
    // what comes late tells of today
    let mut late = bob.socket_from(cursors).await;
    assert!(late.expect("message.pinned").await["pinned_at"].is_null());
    assert!(late.expect("message.unpinned").await["pinned_at"].is_null());
}
