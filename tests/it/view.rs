//! Opening a conversation: everything that is shown, in one answer.
use crate::support::{TestNode, id, new_id};
use serde_json::{Value, json};

#[tokio::test]
async fn one_answer_holds_all_that_is_shown_on_opening_a_room() {
    let node = TestNode::start().await;
    let (ann, bob, _, room) = node.ann_and_bob().await;
    for i in 0..60 {
        ann.say(&room, &format!("message {i}")).await;
    }
    let first = bob.get(&format!("/conversations/{room}/messages?after=0&limit=1")).await.ok()["messages"][0].clone();
    ann.put(&format!("/messages/{}/pin", id(&first)), json!({})).await.ok();
    let _bob_is_here = bob.socket().await;

    let view = bob.get(&format!("/conversations/{room}/view")).await.ok();
    let history = bob.get(&format!("/conversations/{room}/messages")).await.ok();
    assert_eq!(view["history"], history, "the same as the history's own route");
    assert_eq!((view["history"]["messages"].as_array().unwrap().len(), &view["history"]["has_before"]), (50, &json!(true)));
    assert_eq!(view["read_state"]["last_seq"], 60);
    assert_eq!((view["pins"][0]["seq"].as_i64(), view["pins"].as_array().unwrap().len()), (Some(1), 1));
    let names: Vec<&str> = view["members"]["members"].as_array().unwrap().iter().map(|m| m["user"]["username"].as_str().unwrap()).collect();
    assert_eq!(names, ["ann", "bob"]);
    assert_eq!(view["conversation"], Value::Null);
    let presence = |who: &str| view["presence"].as_array().unwrap().iter().find(|p| p["id"] == who).unwrap()["presence"].clone();
    assert_eq!((presence(&bob.id), presence(&ann.id)), (json!("online"), json!("offline")));

    let around = bob.get(&format!("/conversations/{room}/view?around=10&limit=4")).await.ok();
    let seqs: Vec<i64> = around["history"]["messages"].as_array().unwrap().iter().map(|m| m["seq"].as_i64().unwrap()).collect();
    assert_eq!(seqs, [8, 9, 10, 11]);
    bob.get(&format!("/conversations/{room}/view?limit=101")).await.fails(422, "request.invalid");
}

#[tokio::test]
async fn a_direct_conversation_opens_with_its_people_and_how_far_they_read() {
    let node = TestNode::start().await;
    let (ann, bob, eve) = (node.user("ann").await, node.user("bob").await, node.user("eve").await);
    let begun = ann.post("/conversations", json!({ "kind": "direct", "user_ids": [bob.id] })).await.created();
    let conversation = id(&begun["conversation"]);
    ann.say(&conversation, "hello").await;
    let view = bob.get(&format!("/conversations/{conversation}/view")).await.ok();
    let read: Vec<(&str, i64)> = view["conversation"]["participants"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| (p["user_id"].as_str().unwrap(), p["read_seq"].as_i64().unwrap()))
        .collect();
    assert!(read.contains(&(ann.id.as_str(), 1)) && read.contains(&(bob.id.as_str(), 0)), "{read:?}");
    assert_eq!((view["members"].is_null(), view["presence"].as_array().unwrap().len()), (true, 2));
    eve.get(&format!("/conversations/{conversation}/view")).await.fails(404, "conversation.not_a_member");
    eve.get(&format!("/conversations/{}/view", new_id())).await.fails(404, "conversation.not_a_member");
}

#[tokio::test]
async fn a_private_room_opens_with_those_who_see_it() {
    let node = TestNode::start().await;
    let (ann, bob, server, _) = node.ann_and_bob().await;
    let room = ann.post("/rooms", json!({ "server_id": server, "name": "secret", "is_private": true })).await.created();
    let room = id(&room);
    bob.get(&format!("/conversations/{room}/view")).await.fails(404, "conversation.not_a_member");
    let view = ann.get(&format!("/conversations/{room}/view")).await.ok();
    assert_eq!(view["members"]["members"].as_array().unwrap().len(), 1);
    ann.put(&format!("/rooms/{room}/members/{}", bob.id), json!({})).await;
    assert_eq!(bob.get(&format!("/conversations/{room}/view")).await.ok()["members"]["members"].as_array().unwrap().len(), 2);
    ann.delete(&format!("/rooms/{room}/members/{}", bob.id)).await;
    bob.get(&format!("/conversations/{room}/view")).await.fails(404, "conversation.not_a_member");
}
