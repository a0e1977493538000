//! What devices can rely on: everything, once, in order.
use crate::support::{Person, Socket, TestNode, new_id};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

#[tokio::test]
async fn a_device_that_comes_back_gets_exactly_what_it_missed() {
    let node = TestNode::start().await;
    let (ann, bob, _, room) = node.ann_and_bob().await;
    let mut socket = bob.socket().await;
    ann.say(&room, "one").await;
    socket.expect("message.created").await;
    let cursors = socket.welcome["streams"].clone();
    drop(socket);
    let missed: Vec<Value> = [ann.say(&room, "two").await, ann.say(&room, "three").await].into();
    ann.post(&format!("/messages/{}/react", missed[0]["id"].as_str().unwrap()), json!({ "emoji": "👍" })).await.ok();

    let mut cursors = cursors;
    cursors[&room] = json!(cursors[&room].as_i64().unwrap() + 1);
    let mut socket = bob.socket_from(cursors).await;
    let first = socket.event().await;
    assert_eq!((&first["s"], first["d"]["content"]["text"].as_str()), (&json!(room), Some("two")));
    assert_eq!(first["d"]["reactions"][0]["count"], 1, "a missed message comes as it is now");
    assert_eq!(socket.expect("message.created").await["content"]["text"], "three");
    socket.expect("reaction.added").await;
    ann.say(&room, "live").await;
    assert_eq!(socket.expect("message.created").await["content"]["text"], "live");
    socket.expect_silence().await;
}

#[tokio::test]
async fn a_gap_that_is_too_large_is_to_be_loaded_anew() {
    let node = TestNode::start().await;
    let (ann, bob, _, room) = node.ann_and_bob().await;
    let cursors = bob.get("/sync").await.ok()["streams"].clone();
    let mut sender = ann.socket().await;
    for i in 0..501 {
        sender
            .send("message.send", json!({ "id": new_id(), "conversation_id": room, "content": { "type": "text", "text": i.to_string() } }))
            .await;
    }
    sender.call("ping", json!({})).await;
    let mut socket = bob.socket_from(cursors.clone()).await;
    assert_eq!(socket.welcome["reload"], json!([room]));
    socket.expect_silence().await;
    // one fewer is still sent
    let mut nearer = cursors;
    nearer[&room] = json!(nearer[&room].as_i64().unwrap() + 1);
    let mut socket = bob.socket_from(nearer).await;
    assert_eq!(socket.welcome["reload"], json!([]));
    for i in 1..501 {
        assert_eq!(socket.expect("message.created").await["content"]["text"], i.to_string());
    }
}

#[tokio::test]
async fn cursors_of_other_peoples_streams_tell_nothing() {
    let node = TestNode::start().await;
    let (ann, _, _, room) = node.ann_and_bob().await;
    let eve = node.user("eve").await;
    ann.say(&room, "private").await;
    let mut socket = eve.socket_from(json!({ room.as_str(): 0, ann.id.as_str(): 0 })).await;
    assert_eq!(socket.welcome["streams"].as_object().unwrap().len(), 1, "{}", socket.welcome);
    let mut gone: Vec<&str> = socket.welcome["gone"].as_array().unwrap().iter().map(|v| v.as_str().unwrap()).collect();
    gone.sort_unstable();
    let mut asked = [room.as_str(), ann.id.as_str()];
    asked.sort_unstable();
    assert_eq!(gone, asked);
    let resumed = socket.call("resume", json!({ "cursors": { room.as_str(): 0 } })).await;
    assert_eq!((&resumed["streams"], &resumed["gone"]), (&json!({}), &json!([room])));
    socket.expect_silence().await;
}

#[tokio::test]
async fn a_socket_that_breaks_the_rules_is_closed_with_the_reason() {
    let node = TestNode::start().await;
    let ann = node.user("ann").await;
    let mut socket = Socket::open(node.address).await;
    socket.send_text("not json".into()).await;
    assert_eq!(socket.closed().await, 4003);
    let mut socket = Socket::open(node.address).await;
    socket.send("ping", json!({})).await;
    assert_eq!(socket.closed().await, 4003);
    let mut socket = Socket::open(node.address).await;
    socket.fails("hello", json!({ "token": "nonsense" }), "auth.signed_out").await;
    assert_eq!(socket.closed().await, 4001);
    let mut socket = ann.socket().await;
    socket.fails("message.explode", json!({}), "frame.malformed").await;
    socket.fails("message.send", json!({ "id": 7 }), "frame.malformed").await;
    socket.call("ping", json!({})).await;
    socket.send_text("x".repeat(70_000)).await;
    assert_eq!(socket.closed().await, 4003);
}

#[tokio::test]
async fn a_session_that_is_ended_is_cut_at_once() {
    let node = TestNode::start().await;
    let ann = node.user("ann").await;
    let phone = ann.sign_in_again().await;
    let mut socket = phone.socket().await;
    ann.delete(&format!("/users/me/sessions/{}", phone.session)).await.ok();
    assert_eq!(socket.closed().await, 4001);
    phone.get("/users/me").await.fails(401, "auth.signed_out");
    let mut again = Socket::open(node.address).await;
    again.fails("hello", json!({ "token": phone.token, "cursors": {} }), "auth.signed_out").await;
}

#[tokio::test]
async fn a_restart_tells_devices_to_come_back_and_loses_nothing() {
    let mut node = TestNode::start().await;
    let (ann, bob, _, room) = node.ann_and_bob().await;
    let mut socket = bob.socket().await;
    let cursors = socket.welcome["streams"].clone();
    ann.say(&room, "before").await;
    socket.expect("message.created").await;
    node.restart().await;
    assert_eq!(socket.closed().await, 1012);
    let mut socket = bob.socket_from(cursors).await;
    assert_eq!(socket.expect("message.created").await["content"]["text"], "before");
    ann.say(&room, "after").await;
    assert_eq!(socket.expect("message.created").await["content"]["text"], "after");
}

#[tokio::test]
async fn a_device_that_reads_too_slowly_is_cut_off_and_resumes() {
    let node = TestNode::start().await;
    let (ann, bob, _, room) = node.ann_and_bob().await;
    let (mut slow, mut quick) = (bob.socket().await, ann.socket().await);
    let cursors = slow.welcome["streams"].clone();
    let stream: snug_base::ConversationId = room.parse().unwrap();
    let pad = json!({ "pad": "x".repeat(50_000) });
    // far more than the queue and the system's buffers hold; the quick device reads all of it
    for _ in 0..40 {
        for _ in 0..50 {
            node.node.app.signal(stream, None, "typing.start", &pad).unwrap();
        }
        for _ in 0..50 {
            quick.expect("typing.start").await;
        }
    }
    ann.say(&room, "still here?").await;
    assert_eq!(quick.expect("message.created").await["content"]["text"], "still here?");
    let code = slow.closed().await;
    assert!(matches!(code, 4002 | 1006), "cut off with {code}; the reason can't always be written to a full socket");
    let mut back = bob.socket_from(cursors).await;
    assert_eq!(back.expect("message.created").await["content"]["text"], "still here?");
}

#[tokio::test]
async fn presence_is_heard_by_those_who_show_it() {
    let node = TestNode::start().await;
    let (ann, bob) = (node.user("ann").await, node.user("bob").await);
    let mut hers = ann.socket().await;
    let now = hers.call("presence.watch", json!({ "user_ids": [bob.id] })).await;
    assert_eq!(now["users"], json!([{ "id": bob.id, "presence": "offline", "last_seen_at": null }]));
    let presence = |d: &Value| d["users"][0]["presence"].as_str().unwrap().to_owned();
    let mut his = bob.socket().await;
    assert_eq!(presence(&hers.expect("presence").await), "online");
    his.call("presence.idle", json!({ "idle": true })).await;
    assert_eq!(presence(&hers.expect("presence").await), "idle");
    his.call("presence.set", json!({ "presence": "dnd" })).await;
    assert_eq!(presence(&hers.expect("presence").await), "dnd");
    // invisible looks like gone, and what he does then is not heard
    bob.put("/presence", json!({ "presence": "invisible" })).await.ok();
    let hidden = hers.expect("presence").await;
    assert_eq!((presence(&hidden), hidden["users"][0]["last_seen_at"].is_i64()), ("offline".into(), true));
    his.call("presence.idle", json!({ "idle": false })).await;
    drop(bob.sign_in_again().await.socket().await);
    tokio::time::sleep(Duration::from_millis(700)).await;
    hers.expect_silence().await;
    let asked = ann.get(&format!("/presence?ids={}", bob.id)).await.ok();
    assert_eq!((presence(&asked), asked["users"][0]["last_seen_at"].is_i64()), ("offline".into(), true));
    bob.put("/presence", json!({ "presence": "online" })).await.ok();
    hers.expect("presence").await;
    drop(his);
    tokio::time::sleep(Duration::from_millis(700)).await;
    node.clock.advance(7_000);
    let mut gone = hers.expect("presence").await;
    while gone["users"][0]["presence"] != "offline" {
        gone = hers.expect("presence").await;
    }
    assert!(gone["users"][0]["last_seen_at"].is_i64(), "{gone}");
    let later = ann.get(&format!("/presence?ids={}", bob.id)).await.ok();
    assert_eq!(later["users"][0]["presence"], "offline");
    hers.fails("presence.watch", json!({ "user_ids": vec![&bob.id; 201] }), "request.invalid").await;
}

#[tokio::test]
async fn a_user_has_so_many_sockets_and_no_more() {
    let node = TestNode::start_with(|config| config.limits.sockets_per_user = 2).await;
    let ann = node.user("ann").await;
    let (_one, _two) = (ann.socket().await, ann.socket().await);
    let mut three = ann.socket().await;
    assert_eq!(three.closed().await, 4008);
}

/// A device that disconnects at random moments and comes back with its cursors, as the web client does.
struct Device {
    person: Person,
    room: String,
    cursors: Value,
    seen: BTreeMap<i64, String>,
}

impl Device {
    /// Away for too long: loads the history from where it knows it, and follows from there.
    async fn reload(&mut self) {
        loop {
            let after = self.seen.last_key_value().map_or(0, |(seq, _)| *seq);
            let page = self.person.get(&format!("/conversations/{}/messages?after={after}&limit=100", self.room)).await.ok();
            for message in page["messages"].as_array().unwrap() {
                let text = message["content"]["text"].as_str().unwrap().to_owned();
                assert!(self.seen.insert(message["seq"].as_i64().unwrap(), text).is_none(), "nothing twice");
            }
            if page["has_after"] == false {
                self.cursors[&self.room] = page["n"].clone();
                return;
            }
        }
    }

    async fn follow(mut self, until: i64, mut random: u64) -> Vec<(i64, String)> {
        while self.seen.len() < usize::try_from(until).unwrap() {
            let mut socket = self.person.socket_from(self.cursors.clone()).await;
            if socket.welcome["reload"] != json!([]) {
                self.reload().await;
                continue;
            }
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let events = 200 + (random >> 33) % 800;
            for _ in 0..events {
                let Some(event) = socket.event_within(Duration::from_millis(500)).await else { break };
                let Some(n) = event["n"].as_i64() else { continue };
                let stream = event["s"].as_str().unwrap().to_owned();
                let cursor = self.cursors[&stream].as_i64().unwrap();
                if n <= cursor {
                    continue;
                }
                assert_eq!(n, cursor + 1, "no gaps");
                self.cursors[&stream] = json!(n);
                if stream == self.room && event["ev"] == "message.created" {
                    let text = event["d"]["content"]["text"].as_str().unwrap().to_owned();
                    assert!(self.seen.insert(event["d"]["seq"].as_i64().unwrap(), text).is_none(), "nothing twice");
                }
            }
        }
        self.seen.into_iter().collect()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_devices_that_come_and_go_end_with_the_same_history() {
    const DEVICES: u64 = 100;
    const SENDERS: usize = 10;
    const EACH: usize = 1_000;
    let node = TestNode::start().await;
    let (ann, _, server, room) = node.ann_and_bob().await;
    let code = ann.get(&format!("/servers/{server}")).await.ok()["access_code"].as_str().unwrap().to_owned();
    let mut devices = Vec::new();
    for i in 0..DEVICES {
        let person = node.user(&format!("user{i}")).await;
        person.post("/servers/join", json!({ "code": code })).await.ok();
        devices.push(person);
    }
    let mut followers = Vec::new();
    for (i, person) in (0..).zip(&devices) {
        let cursors = person.get("/sync").await.ok()["streams"].clone();
        let device = Device { person: person.clone(), room: room.clone(), cursors, seen: BTreeMap::new() };
        followers.push(tokio::spawn(device.follow(i64::try_from(SENDERS * EACH).unwrap(), i + 1)));
    }
    let mut senders = Vec::new();
    for (i, person) in devices.iter().take(SENDERS).cloned().enumerate() {
        let room = room.clone();
        senders.push(tokio::spawn(async move {
            let mut socket = person.socket_from(json!({})).await;
            for k in 0..EACH {
                let content = json!({ "type": "text", "text": format!("{i}/{k}") });
                socket.call("message.send", json!({ "id": new_id(), "conversation_id": room, "content": content })).await;
            }
        }));
    }
    for sender in senders {
        sender.await.unwrap();
    }
    let mut expected: Option<Vec<(i64, String)>> = None;
    for follower in followers {
        let history = follower.await.unwrap();
        assert_eq!(history.len(), SENDERS * EACH);
        assert!(history.iter().zip(1..).all(|((seq, _), i)| *seq == i));
        match &expected {
            Some(expected) => assert_eq!(&history, expected),
            None => expected = Some(history),
        }
    }
}
