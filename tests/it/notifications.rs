//! What people hear of: levels and mutes, the list of what concerned them.
use crate::support::{Person, TestNode, id, new_id};
use serde_json::{Value, json};

async fn notices(person: &Person) -> Vec<Value> {
    person.get("/notifications").await.ok()["notices"].as_array().unwrap().clone()
}

async fn unread(person: &Person) -> i64 {
    person.get("/notifications/unread").await.ok()["unread"].as_i64().unwrap()
}

async fn answer(person: &Person, conversation: &str, to: &Value, text: &str) -> Value {
    let content = json!({ "type": "text", "text": text });
    let message = json!({ "id": new_id(), "conversation_id": conversation, "content": content, "reply_to": to["id"] });
    person.post("/messages", message).await.created()
}

#[tokio::test]
async fn a_choice_for_a_place_reaches_all_devices_and_the_next_start() {
    let node = TestNode::start().await;
    let (ann, bob, server, room) = node.ann_and_bob().await;
    let mut other = ann.socket().await;
    let mut stranger = bob.socket().await;
    let muted = ann.put(&format!("/notifications/levels/{room}"), json!({ "level": "all", "muted": true })).await.ok();
    assert_eq!(muted, json!({ "place_id": room, "level": "all", "muted": true, "muted_until": null }));
    assert_eq!(other.expect("notifications.level").await, muted);
    // the same once more is nothing new
    ann.put(&format!("/notifications/levels/{room}"), json!({ "level": "all", "muted": true })).await.ok();
    other.expect_silence().await;
    stranger.expect_silence().await;

    let until = node.clock.now() + 600_000;
    let of_server = ann.put(&format!("/notifications/levels/{server}"), json!({ "muted": true, "muted_until": until })).await.ok();
    assert_eq!(of_server["muted_until"], until);
    let kept = ann.get("/sync").await.ok()["notifications"]["levels"].clone();
    assert_eq!(kept.as_array().unwrap().len(), 2);
    node.clock.advance(600_001);
    let kept = ann.get("/notifications/settings").await.ok()["levels"].clone();
    let of_server = kept.as_array().unwrap().iter().find(|level| level["place_id"] == server.as_str()).unwrap().clone();
    assert_eq!((of_server["muted"].clone(), of_server["muted_until"].clone()), (json!(false), Value::Null), "its time is over");

    ann.put(&format!("/notifications/levels/{room}"), json!({})).await.ok();
    ann.put(&format!("/notifications/levels/{server}"), json!({})).await.ok();
    assert_eq!(ann.get("/sync").await.ok()["notifications"]["levels"], json!([]));
}

#[tokio::test]
async fn places_that_one_is_not_in_and_times_that_make_no_sense_are_refused() {
    let node = TestNode::start().await;
    let (ann, bob, _, room) = node.ann_and_bob().await;
    let cem = node.user("cem").await;
    let direct = ann.direct(&bob).await;
    for place in [&room, &direct, &new_id()] {
        cem.put(&format!("/notifications/levels/{place}"), json!({ "level": "none" })).await.fails(404, "not_found");
    }
    let level = format!("/notifications/levels/{room}");
    let now = node.clock.now();
    for wrong in [
        json!({ "muted": true, "muted_until": now - 1 }),
        json!({ "muted_until": now + 60_000 }),
        json!({ "muted": true, "muted_until": i64::MAX }),
    ] {
        ann.put(&level, wrong).await.fails(422, "request.invalid");
    }
    ann.put(&level, json!({ "level": "some" })).await.fails(422, "request.invalid");
    ann.put(&level, json!({ "level": "all", "volume": 11 })).await.fails(422, "request.invalid");
}

#[tokio::test]
async fn settings_are_checked_stored_and_told() {
    let node = TestNode::start().await;
    let ann = node.user("ann").await;
    let mut other = ann.socket().await;
    assert_eq!(ann.get("/notifications/settings").await.ok()["settings"], json!({ "show_content": true, "quiet": null }));
    let quiet = json!({ "from": 1320, "to": 420, "zone": "Europe/Oslo", "days": [5, 1, 5] });
    let set = ann.put("/notifications/settings", json!({ "show_content": false, "quiet": quiet })).await.ok();
    assert_eq!(set, json!({ "show_content": false, "quiet": { "from": 1320, "to": 420, "zone": "Europe/Oslo", "days": [1, 5] } }));
    assert_eq!(other.expect("notifications.settings").await, set);
    assert_eq!(ann.get("/sync").await.ok()["notifications"]["settings"], set);
    for (field, wrong) in [("from", json!(1440)), ("to", json!(-1)), ("zone", json!("Mars/Olympus")), ("days", json!([0]))] {
        let mut quiet = quiet.clone();
        quiet[field] = wrong;
        let refused =
            ann.put("/notifications/settings", json!({ "show_content": true, "quiet": quiet })).await.fails(422, "request.invalid");
        assert_eq!(refused["field"], format!("quiet.{field}"));
    }
    other.expect_silence().await;
}

#[tokio::test]
async fn mentions_replies_reactions_and_groups_are_in_the_list_of_whom_they_concern() {
    let node = TestNode::start().await;
    let (ann, bob, _, room) = node.ann_and_bob().await;
    let cem = node.user("cem").await;
    let mut hears = bob.socket().await;
    let first = ann.say(&room, &format!("<@{}> come and **see**", bob.id)).await;
    let told = hears.wait_for("notification.created").await;
    assert_eq!(
        (&told["kind"], &told["message_id"], &told["excerpt"]),
        (&json!("mention"), &first["id"], &json!(format!("<@{}> come and **see**", bob.id)))
    );

    let own = bob.say(&room, "I am here").await;
    answer(&ann, &room, &own, "good").await;
    assert_eq!(hears.wait_for("notification.created").await["kind"], "reply");
    ann.post(&format!("/messages/{}/react", id(&own)), json!({ "emoji": "👍" })).await.ok();
    ann.post(&format!("/messages/{}/react", id(&own)), json!({ "emoji": "🎉" })).await.ok();
    assert_eq!(hears.wait_for("notification.created").await["emoji"], "👍");
    let group = cem.post("/conversations", json!({ "kind": "group", "user_ids": [bob.id, ann.id], "name": "Hike" })).await.created();
    assert_eq!(hears.wait_for("notification.created").await["kind"], "added");

    // what one does oneself concerns nobody
    bob.say(&room, &format!("<@{}> myself", bob.id)).await;
    bob.post(&format!("/messages/{}/react", id(&own)), json!({ "emoji": "👍" })).await.ok();
    let page = bob.get("/notifications").await.ok();
    let kinds: Vec<&str> = page["notices"].as_array().unwrap().iter().map(|n| n["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["added", "reaction", "reply", "mention"]);
    assert_eq!(page["notices"][0]["conversation_id"], group["conversation"]["id"]);
    assert_eq!(page["users"].as_array().unwrap().len(), 2);
    assert_eq!(page["next"], Value::Null);
    // a mention and a reply count as read once their messages are: bob wrote after them
    assert_eq!(page["unread"], 2);
    assert_eq!(notices(&ann).await.len(), 1, "ann only came into the group");

    // pages
    let one = bob.get("/notifications?limit=1").await.ok();
    let two = bob.get(&format!("/notifications?limit=1&before={}", one["next"].as_str().unwrap())).await.ok();
    assert_eq!(two["notices"][0]["kind"], "reaction");
    // taken back
    ann.delete(&format!("/messages/{}/react?emoji=%F0%9F%91%8D", id(&own))).await.ok();
    ann.delete(&format!("/messages/{}", id(&first))).await.ok();
    let kinds: Vec<Value> = notices(&bob).await.iter().map(|n| n["kind"].clone()).collect();
    assert_eq!(kinds, ["added", "reply"]);
}

#[tokio::test]
async fn what_was_read_is_read_on_all_devices() {
    let node = TestNode::start().await;
    let (ann, bob, _, room) = node.ann_and_bob().await;
    let own = bob.say(&room, "mine").await;
    for _ in 0..3 {
        ann.say(&room, &format!("<@{}>", bob.id)).await;
    }
    ann.post(&format!("/messages/{}/react", id(&own)), json!({ "emoji": "👍" })).await.ok();
    assert_eq!(unread(&bob).await, 4);
    let mut other = bob.socket().await;
    let list = notices(&bob).await;
    let left = bob.post("/notifications/read", json!({ "ids": [list[1]["id"]] })).await.ok();
    assert_eq!((left.clone(), other.expect("notifications.read").await), (json!({ "unread": 3 }), json!({ "unread": 3 })));
    // again is nothing new, nor is what is not there
    bob.post("/notifications/read", json!({ "ids": [list[1]["id"], new_id()] })).await.ok();
    other.expect_silence().await;
    // reading the conversation reads its mentions, not the reaction
    bob.post(&format!("/conversations/{room}/read"), json!({ "seq": 4 })).await.ok();
    assert_eq!(unread(&bob).await, 1);
    assert_eq!(notices(&bob).await.iter().map(|n| n["is_read"].as_bool().unwrap()).collect::<Vec<_>>(), [false, true, true, true]);
    assert_eq!(bob.post("/notifications/read", json!({ "upto": list[0]["id"] })).await.ok()["unread"], 0);
    // it never goes back
    bob.post("/notifications/read", json!({ "upto": list[3]["id"] })).await.ok();
    assert_eq!(unread(&bob).await, 0);
    ann.say(&room, &format!("<@{}>", bob.id)).await;
    assert_eq!(unread(&bob).await, 1);
    let many: Vec<String> = (0..101).map(|_| new_id()).collect();
    bob.post("/notifications/read", json!({ "ids": many })).await.fails(422, "request.invalid");
}

#[tokio::test]
async fn everyone_is_one_row_for_those_who_were_there_and_see_it() {
    let node = TestNode::start().await;
    let (ann, bob, server, room) = node.ann_and_bob().await;
    let state = ann.get(&format!("/servers/{server}")).await.ok();
    let hidden = ann.post("/rooms", json!({ "server_id": server, "name": "hidden", "is_private": true })).await.created();
    ann.say(&room, "@everyone look").await;
    ann.say(&id(&hidden), "@everyone secretly").await;
    ann.say(&id(&hidden), &format!("<@{}> can't see this", bob.id)).await;
    assert_eq!(unread(&bob).await, 1);
    assert_eq!(notices(&bob).await[0]["excerpt"], "@everyone look");
    assert_eq!(notices(&ann).await.len(), 0);
    // who comes later was not meant
    node.clock.advance(1_000);
    let cem = node.user("cem").await;
    cem.post("/servers/join", json!({ "code": state["access_code"] })).await.ok();
    assert_eq!(notices(&cem).await.len(), 0);
    // and who has left sees nothing of it
    bob.delete(&format!("/servers/{server}/members/me")).await.ok();
    assert_eq!((notices(&bob).await.len(), unread(&bob).await), (0, 0));
}

#[tokio::test]
async fn the_list_is_bounded() {
    let node = TestNode::start().await;
    let (ann, bob, _, room) = node.ann_and_bob().await;
    ann.say(&room, &format!("<@{}>", bob.id)).await;
    let copies = node.node.app.db.write(|tx| {
        let sql = "INSERT INTO notices (id, target, kind, conversation_id, seq, message_id, by_id, created_at)
                   SELECT ?1, target, kind, conversation_id, seq, message_id, by_id, created_at FROM notices LIMIT 1";
        (0..519).try_for_each(|_| tx.execute(sql, snug_base::params![snug_base::NoticeId::new()]).map(drop))
    });
    copies.await.unwrap();
    assert_eq!(unread(&bob).await, 100, "counted up to a hundred");
    snug_notifications::forget_old(&node.node.app).await.unwrap();
    let (mut all, mut before) = (0, String::new());
    loop {
        let page = bob.get(&format!("/notifications?limit=100{before}")).await.ok();
        all += page["notices"].as_array().unwrap().len();
        let Some(next) = page["next"].as_str() else { break };
        before = format!("&before={next}");
    }
    assert_eq!(all, 500);
    node.clock.advance(91 * 86_400_000);
    snug_notifications::forget_old(&node.node.app).await.unwrap();
    let count = node.node.app.db.read(|read| read.value::<i64>("SELECT count(*) AS value FROM notices", &[])).await.unwrap();
    assert_eq!(count, Some(0));
}
