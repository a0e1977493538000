//! What people can rely on about messages.
use crate::support::{Person, TestNode, new_id};
use serde_json::{Value, json};

fn text(text: &str) -> Value {
    json!({ "type": "text", "text": text })
}

async fn history(person: &Person, conversation: &str, query: &str) -> Value {
    person.get(&format!("/conversations/{conversation}/messages{query}")).await.ok()
}

fn seqs(history: &Value) -> Vec<i64> {
    history["messages"].as_array().unwrap().iter().map(|m| m["seq"].as_i64().unwrap()).collect()
}

#[tokio::test]
async fn a_message_reaches_the_other_device_and_the_history() {
    let node = TestNode::start().await;
    let (ann, bob, _, room) = node.ann_and_bob().await;
    let mut socket = bob.socket().await;
    let sent = ann.say(&room, "Hello, **Bob**").await;
    assert_eq!(sent["seq"], 1);
    assert_eq!(socket.expect("message.created").await, sent);
    let found = history(&bob, &room, "").await;
    assert_eq!(found["messages"], json!([sent]));
    assert_eq!((&found["has_before"], &found["has_after"]), (&json!(false), &json!(false)));
    assert_eq!(found["users"][0]["username"], "ann");
    assert_eq!(bob.get(&format!("/messages/{}", sent["id"].as_str().unwrap())).await.ok(), sent);
}

#[tokio::test]
async fn sending_the_same_id_twice_is_one_message() {
    let node = TestNode::start().await;
    let (ann, bob, _, room) = node.ann_and_bob().await;
    let mut socket = bob.socket().await;
    let new = json!({ "id": new_id(), "conversation_id": room, "content": text("once") });
    let first = ann.post("/messages", new.clone()).await.created();
    let mut other = ann.socket().await;
    assert_eq!(ann.post("/messages", new.clone()).await.ok(), first);
    assert_eq!(other.call("message.send", new.clone()).await, first);
    socket.expect("message.created").await;
    socket.expect_silence().await;
    // somebody else can't take the id over, and neither can another conversation
    bob.post("/messages", new.clone()).await.fails(409, "message.id_taken");
    let direct = ann.direct(&bob).await;
    let elsewhere = json!({ "id": new["id"], "conversation_id": direct, "content": text("once") });
    ann.post("/messages", elsewhere).await.fails(409, "message.id_taken");
}

#[tokio::test]
async fn bad_messages_are_refused_with_the_field_and_the_remedy() {
    let node = TestNode::start_with(|config| config.messages.length = 20).await;
    let (ann, bob, _, room) = node.ann_and_bob().await;
    let mut socket = bob.socket().await;
    let send =
        async |id: &str, content: Value| ann.post("/messages", json!({ "id": id, "conversation_id": room, "content": content })).await;
    assert_eq!(send(&new_id(), text(" \n ")).await.fails(422, "message.empty")["field"], "content.text");
    let long = send(&new_id(), text(&"ü".repeat(21))).await.fails(422, "message.too_long");
    assert!(long["detail"].as_str().unwrap().contains("21 characters; a message may have 20"), "{long}");
    assert!(send(&new_id(), text(&"ü".repeat(20))).await.status == 201);
    send("6a4dc9a4-4e6a-4bd8-9e1e-b70ebe6ae0b5", text("version 4")).await.fails(422, "request.invalid");
    send("nonsense", text("x")).await.fails(422, "request.invalid");
    send(&new_id(), json!({ "type": "hologram", "text": "x" })).await.fails(422, "request.invalid");
    send(&new_id(), text("a\u{0}b")).await.fails(422, "request.invalid");
    let answer = json!({ "id": new_id(), "conversation_id": room, "content": text("x"), "reply_to": new_id() });
    ann.post("/messages", answer).await.fails(422, "request.invalid");
    socket.expect("message.created").await;
    socket.expect_silence().await;
}

#[tokio::test]
async fn an_edit_shows_everywhere_and_only_the_author_may() {
    let node = TestNode::start().await;
    let (ann, bob, _, room) = node.ann_and_bob().await;
    let mut socket = bob.socket().await;
    let sent = ann.say(&room, "helo").await;
    let path = format!("/messages/{}", sent["id"].as_str().unwrap());
    let edited = ann.patch(&path, json!({ "content": text("hello") })).await.ok();
    assert!(edited["edited_at"].is_i64());
    assert_eq!(edited["content"]["text"], "hello");
    socket.expect("message.created").await;
    assert_eq!(socket.expect("message.updated").await, edited);
    // the same again is no change
    assert_eq!(ann.patch(&path, json!({ "content": text("hello") })).await.ok(), edited);
    bob.patch(&path, json!({ "content": text("mine") })).await.fails(403, "permission.missing");
    socket.expect_silence().await;
}

#[tokio::test]
async fn a_deleted_message_leaves_only_its_place() {
    let node = TestNode::start().await;
    let (ann, bob, _, room) = node.ann_and_bob().await;
    let sent = bob.say(&room, "a secret that slipped out").await;
    let path = format!("/messages/{}", sent["id"].as_str().unwrap());
    let answer = json!({ "id": new_id(), "conversation_id": room, "content": text("what?"), "reply_to": sent["id"] });
    let reply = ann.post("/messages", answer).await.created();
    assert_eq!(reply["reply"]["excerpt"], "a secret that slipped out");
    let cursors = ann.get("/sync").await.ok()["streams"].clone();
    bob.delete(&path).await.ok();
    bob.delete(&path).await.ok();
    let gone = ann.get(&path).await.ok();
    assert_eq!((&gone["content"], gone["seq"].as_i64(), gone["deleted_by"].as_str()), (&Value::Null, Some(1), Some(&*bob.id)));
    bob.patch(&path, json!({ "content": text("back") })).await.fails(409, "message.deleted");
    ann.post(&format!("{path}/react"), json!({ "emoji": "👍" })).await.fails(409, "message.deleted");
    // neither history, nor quotes, nor what a device missed contain it
    let found = history(&ann, &room, "").await;
    assert!(!found.to_string().contains("slipped"), "{found}");
    let mut socket = ann.socket_from(cursors).await;
    assert!(socket.expect("message.deleted").await["content"].is_null());
    socket.expect_silence().await;
}

#[tokio::test]
async fn whoever_manages_messages_may_delete_what_others_wrote() {
    let node = TestNode::start().await;
    let (ann, bob, _, room) = node.ann_and_bob().await;
    let (hers, his) = (ann.say(&room, "mine").await, bob.say(&room, "spam").await);
    bob.delete(&format!("/messages/{}", hers["id"].as_str().unwrap())).await.fails(403, "permission.missing");
    let mut socket = bob.socket().await;
    let path = format!("/messages/{}", his["id"].as_str().unwrap());
    assert_eq!(ann.delete(&path).await.ok()["deleted_by"], *ann.id);
    // so that nobody takes it for its author's doing
    let told = socket.expect("message.deleted").await;
    assert_eq!((&told["author_id"], &told["deleted_by"]), (&json!(bob.id), &json!(ann.id)));
    assert_eq!(bob.get(&path).await.ok()["deleted_by"], *ann.id);
}

#[tokio::test]
async fn reactions_count_each_person_once() {
    let node = TestNode::start().await;
    let (ann, bob, _, room) = node.ann_and_bob().await;
    let sent = ann.say(&room, "cake?").await;
    let path = format!("/messages/{}/react", sent["id"].as_str().unwrap());
    let mut socket = ann.socket().await;
    bob.post(&path, json!({ "emoji": "🎂" })).await.ok();
    bob.post(&path, json!({ "emoji": "🎂" })).await.ok();
    let both = ann.post(&path, json!({ "emoji": "🎂" })).await.ok();
    assert_eq!(both["reactions"], json!([{ "emoji": "🎂", "count": 2, "user_ids": [bob.id, ann.id] }]));
    assert_eq!(socket.expect("notification.created").await["kind"], "reaction");
    socket.expect("reaction.added").await;
    let second = socket.expect("reaction.added").await;
    assert_eq!(second["reactions"], both["reactions"]);
    let left = bob.delete(&format!("{path}?emoji=🎂")).await.ok();
    assert_eq!(left["reactions"][0]["count"], 1);
    assert_eq!(socket.expect("reaction.removed").await["reactions"], left["reactions"]);
    bob.delete(&format!("{path}?emoji=🎂")).await.ok();
    bob.post(&path, json!({ "emoji": "cake" })).await.fails(422, "request.invalid");
    socket.expect_silence().await;
}

#[tokio::test]
async fn a_message_takes_twenty_different_reactions() {
    let node = TestNode::start().await;
    let (ann, bob, _, room) = node.ann_and_bob().await;
    let sent = ann.say(&room, "react!").await;
    let path = format!("/messages/{}/react", sent["id"].as_str().unwrap());
    for i in 0..20 {
        let emoji = char::from_u32(0x1F600 + i).unwrap().to_string();
        bob.post(&path, json!({ "emoji": emoji })).await.ok();
    }
    bob.post(&path, json!({ "emoji": "🎂" })).await.fails(409, "reaction.limit");
    ann.post(&path, json!({ "emoji": "😀" })).await.ok();
}

#[tokio::test]
async fn history_is_read_in_both_directions_around_a_message_and_by_date() {
    let node = TestNode::start().await;
    let (ann, bob, _, room) = node.ann_and_bob().await;
    let mut times = Vec::new();
    for i in 1..=30 {
        times.push(ann.say(&room, &format!("number {i}")).await["created_at"].as_i64().unwrap());
        node.clock.advance(20_000);
    }
    let newest = history(&bob, &room, "?limit=5").await;
    assert_eq!((seqs(&newest), &newest["has_before"], &newest["has_after"]), (vec![26, 27, 28, 29, 30], &json!(true), &json!(false)));
    let before = history(&bob, &room, "?before=4&limit=5").await;
    assert_eq!((seqs(&before), &before["has_before"], &before["has_after"]), (vec![1, 2, 3], &json!(false), &json!(true)));
    let after = history(&bob, &room, "?after=28&limit=5").await;
    assert_eq!((seqs(&after), &after["has_before"], &after["has_after"]), (vec![29, 30], &json!(true), &json!(false)));
    assert_eq!(seqs(&history(&bob, &room, "?around=15&limit=4").await), [13, 14, 15, 16]);
    assert_eq!(seqs(&history(&bob, &room, &format!("?at={}&limit=3", times[9] - 5)).await), [9, 10, 11]);
    assert_eq!(seqs(&history(&bob, &room, &format!("?at={}&limit=2", times[29] + 90_000)).await), [30]);
    let beyond = history(&bob, &room, "?after=30").await;
    assert_eq!((seqs(&beyond), &beyond["has_before"], &beyond["has_after"]), (vec![], &json!(true), &json!(false)));
    for bad in ["?limit=0", "?limit=101", "?before=1&after=2", "?before=-1"] {
        bob.get(&format!("/conversations/{room}/messages{bad}")).await.fails(422, "request.invalid");
    }
    bob.get(&format!("/conversations/{room}/messages?before=x")).await.fails(400, "request.malformed");
}

#[tokio::test]
async fn mentions_of_me_my_role_and_everyone_are_counted_until_read() {
    let node = TestNode::start().await;
    let (ann, bob, server, room) = node.ann_and_bob().await;
    let roles = ann.get(&format!("/servers/{server}/roles")).await.ok();
    let member = roles["roles"].as_array().unwrap().iter().find(|r| r["kind"] == "member").unwrap()["id"].as_str().unwrap().to_owned();
    ann.say(&room, "nobody in particular").await;
    let named = ann.say(&room, &format!("hi <@{}>", bob.id)).await;
    assert_eq!(named["mentions"]["users"], json!([bob.id]));
    ann.say(&room, "@everyone").await;
    ann.say(&room, &format!("<@&{member}>")).await;
    ann.say(&room, &format!("`<@{}>` is code", bob.id)).await;
    let state = async |person: &Person| {
        let sync = person.get("/sync").await.ok();
        sync["read_states"].as_array().unwrap().iter().find(|s| s["conversation_id"] == room).unwrap().clone()
    };
    assert_eq!(state(&bob).await["mention_seqs"], json!([2, 3, 4]));
    assert_eq!((&state(&bob).await["last_seq"], &state(&bob).await["read_seq"]), (&json!(5), &json!(0)));
    // the author has read what she wrote
    assert_eq!((&state(&ann).await["read_seq"], &state(&ann).await["mention_seqs"]), (&json!(5), &json!([])));
    bob.post(&format!("/conversations/{room}/read"), json!({ "seq": 3 })).await.ok();
    assert_eq!(state(&bob).await["mention_seqs"], json!([4]));
    // a member who may not call everyone just says the word
    let said = bob.say(&room, &format!("@everyone <@&{member}>")).await;
    assert_eq!((&said["mentions"]["everyone"], &said["mentions"]["roles"]), (&json!(false), &json!([])));
}

#[tokio::test]
async fn an_edit_moves_its_mentions() {
    let node = TestNode::start().await;
    let (ann, bob, _, room) = node.ann_and_bob().await;
    let sent = ann.say(&room, &format!("<@{}>", bob.id)).await;
    let path = format!("/messages/{}", sent["id"].as_str().unwrap());
    ann.patch(&path, json!({ "content": text("never mind") })).await.ok();
    let sync = bob.get("/sync").await.ok();
    assert!(sync["read_states"].as_array().unwrap().iter().all(|s| s["mention_seqs"] == json!([])));
}

#[tokio::test]
async fn read_pointers_go_forward_and_back_on_request_and_show_where_people_know_each_other() {
    let node = TestNode::start().await;
    let (ann, bob, _, room) = node.ann_and_bob().await;
    let direct = ann.direct(&bob).await;
    for i in 0..3 {
        ann.say(&direct, &format!("{i}")).await;
    }
    let (mut hers, mut his) = (ann.socket().await, bob.socket().await);
    let mut his_phone = bob.sign_in_again().await.socket().await;
    let state = his.call("receipt.read", json!({ "conversation_id": direct, "seq": 2 })).await;
    assert_eq!((&state["read_seq"], &state["last_seq"]), (&json!(2), &json!(3)));
    assert_eq!(his_phone.expect("read.updated").await, state);
    assert_eq!(hers.expect("receipt.read").await, json!({ "conversation_id": direct, "user_id": bob.id, "read_seq": 2 }));
    // backwards only on request, and then nobody else hears of it
    assert_eq!(his.call("receipt.read", json!({ "conversation_id": direct, "seq": 1 })).await["read_seq"], 2);
    assert_eq!(his.call("receipt.read", json!({ "conversation_id": direct, "seq": 0, "unread": true })).await["read_seq"], 0);
    hers.expect_silence().await;
    // not beyond the end
    assert_eq!(his.call("receipt.read", json!({ "conversation_id": direct, "seq": 99 })).await["read_seq"], 3);
    assert_eq!(hers.expect("receipt.read").await["read_seq"], 3);
    his.fails("receipt.read", json!({ "conversation_id": direct, "seq": -1 }), "request.invalid").await;
    // in a room it is nobody's business
    ann.say(&room, "x").await;
    hers.expect("message.created").await;
    his.call("receipt.read", json!({ "conversation_id": room, "seq": 1 })).await;
    hers.expect_silence().await;
}

#[tokio::test]
async fn delivery_shows_in_direct_conversations() {
    let node = TestNode::start().await;
    let (ann, bob, _, _) = node.ann_and_bob().await;
    let direct = ann.direct(&bob).await;
    ann.say(&direct, "there?").await;
    let mut hers = ann.socket().await;
    let mut his = bob.socket().await;
    his.call("receipt.delivered", json!({ "conversation_id": direct, "seq": 1 })).await;
    his.call("receipt.delivered", json!({ "conversation_id": direct, "seq": 1 })).await;
    assert_eq!(hers.expect("receipt.delivered").await, json!({ "conversation_id": direct, "user_id": bob.id, "delivered_seq": 1 }));
    hers.expect_silence().await;
    let conversation = ann.get(&format!("/conversations/{direct}")).await.ok();
    let bobs = conversation["participants"].as_array().unwrap().iter().find(|p| p["user_id"] == bob.id.as_str()).unwrap();
    assert_eq!((&bobs["delivered_seq"], &bobs["read_seq"]), (&json!(1), &json!(0)));
}

#[tokio::test]
async fn typing_is_heard_by_the_others_only() {
    let node = TestNode::start().await;
    let (ann, bob, _, room) = node.ann_and_bob().await;
    let (mut hers, mut his) = (ann.socket().await, bob.socket().await);
    hers.call("typing.start", json!({ "conversation_id": room })).await;
    assert_eq!(his.expect("typing.start").await, json!({ "conversation_id": room, "user_id": ann.id }));
    ann.post(&format!("/conversations/{room}/typing"), json!({ "typing": false })).await.ok();
    his.expect("typing.stop").await;
    hers.expect_silence().await;
}

#[tokio::test]
async fn there_is_one_direct_conversation_per_pair() {
    let node = TestNode::start().await;
    let (ann, bob) = (node.user("ann").await, node.user("bob").await);
    let mut his = bob.socket().await;
    let begun = ann.post("/conversations", json!({ "kind": "direct", "user_ids": [bob.id] })).await.created();
    let joined = his.expect("conversation.joined").await;
    assert_eq!(joined["conversation"], begun["conversation"]);
    let again = bob.post("/conversations", json!({ "kind": "direct", "user_ids": [ann.id] })).await.ok();
    assert_eq!(again["conversation"]["id"], begun["conversation"]["id"]);
    // he follows it from the moment it began
    ann.say(begun["conversation"]["id"].as_str().unwrap(), "hi").await;
    assert_eq!(his.expect("message.created").await["content"]["text"], "hi");
    ann.post("/conversations", json!({ "kind": "direct", "user_ids": [ann.id] })).await.fails(422, "request.invalid");
    ann.post("/conversations", json!({ "kind": "direct", "user_ids": [new_id()] })).await.fails(404, "user.not_found");
    let id = begun["conversation"]["id"].as_str().unwrap();
    ann.patch(&format!("/conversations/{id}"), json!({ "name": "us" })).await.fails(409, "conversation.direct_fixed");
    ann.delete(&format!("/conversations/{id}/members/{}", ann.id)).await.fails(409, "conversation.direct_fixed");
}

#[tokio::test]
async fn a_group_takes_people_in_and_lets_them_go() {
    let node = TestNode::start_with(|config| config.messages.group_size = 3).await;
    let (ann, bob, cid, dan) = (node.user("ann").await, node.user("bob").await, node.user("cid").await, node.user("dan").await);
    let begun = ann.post("/conversations", json!({ "kind": "group", "user_ids": [bob.id], "name": " Hike " })).await.created();
    let group = begun["conversation"]["id"].as_str().unwrap().to_owned();
    assert_eq!(begun["conversation"]["name"], "Hike");
    ann.say(&group, "before").await;
    cid.get(&format!("/conversations/{group}/messages")).await.fails(404, "conversation.not_a_member");

    let (mut hers, mut his) = (ann.socket().await, cid.socket().await);
    bob.put(&format!("/conversations/{group}/members"), json!({ "user_ids": [cid.id] })).await.ok();
    let joined = his.expect("conversation.joined").await;
    assert_eq!(his.expect("notification.created").await["kind"], "added");
    // what was said before counts as read, and is there to be read
    assert_eq!((&joined["read_state"]["read_seq"], &joined["read_state"]["last_seq"]), (&json!(1), &json!(1)));
    assert_eq!(seqs(&history(&cid, &group, "").await), [1]);
    assert_eq!(hers.expect("conversation.updated").await["participants"].as_array().unwrap().len(), 3);
    bob.put(&format!("/conversations/{group}/members"), json!({ "user_ids": [dan.id] })).await.fails(409, "conversation.group_limit");
    dan.get(&format!("/conversations/{group}")).await.fails(404, "conversation.not_a_member");

    bob.delete(&format!("/conversations/{group}/members/{}", cid.id)).await.fails(403, "permission.missing");
    ann.delete(&format!("/conversations/{group}/members/{}", cid.id)).await.ok();
    his.expect("conversation.left").await;
    hers.expect("conversation.updated").await;
    ann.say(&group, "without you").await;
    his.expect_silence().await;
    cid.get(&format!("/conversations/{group}/messages")).await.fails(404, "conversation.not_a_member");

    // the owner leaves: whoever has been there the longest takes over, and the last one closes the door
    ann.delete(&format!("/conversations/{group}/members/{}", ann.id)).await.ok();
    let left = bob.get(&format!("/conversations/{group}")).await.ok();
    assert_eq!(
        left["participants"],
        json!([{ "user_id": bob.id, "role": "owner", "joined_at": left["participants"][0]["joined_at"], "read_seq": left["participants"][0]["read_seq"], "delivered_seq": left["participants"][0]["delivered_seq"] }])
    );
    bob.delete(&format!("/conversations/{group}/members/{}", bob.id)).await.ok();
    bob.get(&format!("/conversations/{group}")).await.fails(404, "conversation.not_a_member");
}
