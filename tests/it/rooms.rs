//! Stories about the rooms of servers: public and private ones, and their order in categories.
use crate::servers::{make_admin, room, state};
use crate::support::{TestNode, id, new_id};
use serde_json::{Value, json};

fn ids(list: &Value) -> Vec<String> {
    list.as_array().unwrap().iter().map(id).collect()
}

#[tokio::test]
async fn public_rooms_come_change_and_go() {
    let node = TestNode::start_with(|config| config.servers.rooms = 3).await;
    let (ann, bob, server, _) = node.ann_and_bob().await;
    let eve = node.user("eve").await;
    let mut his = bob.socket().await;
    bob.post("/rooms", json!({ "server_id": server, "name": "mine" })).await.fails(403, "permission.missing");
    eve.post("/rooms", json!({ "server_id": server, "name": "mine" })).await.fails(404, "not_found");
    let made = ann.post("/rooms", json!({ "server_id": server, "name": "plans", "topic": "What to sow" })).await.created();
    assert_eq!((&made["position"], &made["kind"], &made["is_private"]), (&json!(1), &json!("text"), &json!(false)));
    assert_eq!(his.expect("room.created").await, made);
    let plans = id(&made);
    ann.say(&plans, "first").await;
    his.expect("message.created").await;

    let path = format!("/rooms/{plans}");
    let changed = ann.patch(&path, json!({ "name": "ideas", "topic": "" })).await.ok();
    assert_eq!(his.expect("room.updated").await, changed);
    assert_eq!(bob.get(&path).await.ok(), changed);
    bob.patch(&path, json!({ "name": "x" })).await.fails(403, "permission.missing");
    bob.delete(&path).await.fails(403, "permission.missing");
    for (method, body) in [("GET", None), ("PATCH", Some(json!({ "name": "x" }))), ("DELETE", None)] {
        eve.request(method, &path, body).await.fails(404, "not_found");
    }
    bob.get(&format!("{path}/members")).await.fails(422, "request.invalid");

    room(&ann, &server, "third", false).await;
    his.expect("room.created").await;
    ann.post("/rooms", json!({ "server_id": server, "name": "fourth" })).await.fails(409, "room.limit");
    ann.delete(&path).await.ok();
    assert_eq!(his.expect("room.deleted").await, json!({ "server_id": server, "room_id": plans }));
    ann.get(&path).await.fails(404, "not_found");
    assert_eq!(bob.get(&format!("/conversations/{plans}/messages")).await.status, 404);
}

#[tokio::test]
async fn a_private_room_is_not_there_for_others() {
    let node = TestNode::start().await;
    let (ann, bob, server, _) = node.ann_and_bob().await;
    let cat = node.user("cat").await;
    cat.post("/servers/join", json!({ "code": state(&ann, &server).await["access_code"] })).await.ok();
    make_admin(&ann, &server, &cat).await;
    let (mut hers, mut his, mut cats) = (ann.socket().await, bob.socket().await, cat.socket().await);
    let secret = room(&ann, &server, "secret", true).await;
    assert_eq!(hers.expect("room.joined").await["room"]["id"], secret);
    ann.say(&secret, "psst").await;
    hers.expect("message.created").await;
    ann.patch(&format!("/rooms/{secret}"), json!({ "topic": "hidden" })).await.ok();
    hers.expect("room.updated").await;
    his.expect_silence().await;
    cats.expect_silence().await;
    for who in [&bob, &cat] {
        assert!(!ids(&state(who, &server).await["rooms"]).contains(&secret));
        who.get(&format!("/rooms/{secret}")).await.fails(404, "not_found");
        who.get(&format!("/rooms/{secret}/members")).await.fails(404, "not_found");
        who.put(&format!("/rooms/{secret}/members/{}", who.id), json!({})).await.fails(404, "not_found");
        assert_eq!(who.get(&format!("/conversations/{secret}/messages")).await.status, 404);
    }

    ann.put(&format!("/rooms/{secret}/members/{}", new_id()), json!({})).await.fails(404, "not_found");
    ann.put(&format!("/rooms/{secret}/members/{}", bob.id), json!({})).await.ok();
    ann.put(&format!("/rooms/{secret}/members/{}", bob.id), json!({})).await.ok();
    let joined = his.expect("room.joined").await;
    assert_eq!(joined["read_state"]["read_seq"], 1);
    assert_eq!(joined["streams"], json!({ &secret: 2 }));
    ann.say(&secret, "welcome").await;
    his.expect("message.created").await;
    let members = bob.get(&format!("/rooms/{secret}/members")).await.ok()["members"].clone();
    assert_eq!(members.as_array().unwrap().len(), 2);
    bob.put(&format!("/rooms/{secret}/members/{}", cat.id), json!({})).await.fails(403, "permission.missing");

    ann.delete(&format!("/rooms/{secret}/members/{}", bob.id)).await.ok();
    assert_eq!(his.expect("room.left").await, json!({ "server_id": server, "room_id": secret }));
    ann.delete(&format!("/rooms/{secret}/members/{}", bob.id)).await.fails(404, "not_found");
    ann.say(&secret, "gone").await;
    his.expect_silence().await;
    ann.delete(&format!("/rooms/{secret}/members/{}", ann.id)).await.fails(403, "permission.missing");
    cats.expect_silence().await;
    ann.delete(&format!("/rooms/{secret}")).await.ok();
    hers.wait_for("room.left").await;
}

#[tokio::test]
async fn a_room_turns_private_and_public_again() {
    let node = TestNode::start().await;
    let (ann, bob, _, general) = node.ann_and_bob().await;
    ann.say(&general, "in public").await;
    let (mut hers, mut his) = (ann.socket().await, bob.socket().await);
    ann.patch(&format!("/rooms/{general}"), json!({ "is_private": true })).await.ok();
    his.expect("room.left").await;
    assert_eq!(hers.expect("room.updated").await["is_private"], true);
    ann.say(&general, "in private").await;
    his.expect_silence().await;
    bob.get(&format!("/rooms/{general}")).await.fails(404, "not_found");

    ann.patch(&format!("/rooms/{general}"), json!({ "is_private": false })).await.ok();
    let joined = his.expect("room.joined").await;
    assert_eq!((&joined["room"]["is_private"], &joined["read_state"]["read_seq"]), (&json!(false), &json!(2)));
    assert_eq!(his.expect("room.updated").await["is_private"], false);
    ann.say(&general, "in public again").await;
    his.expect("message.created").await;
}

#[tokio::test]
async fn the_owner_takes_over_a_private_room_that_nobody_is_left_in() {
    let node = TestNode::start().await;
    let (ann, bob, server, _) = node.ann_and_bob().await;
    make_admin(&ann, &server, &bob).await;
    let mut hers = ann.socket().await;
    let secret = room(&bob, &server, "secret", true).await;
    ann.get(&format!("/rooms/{secret}")).await.fails(404, "not_found");
    bob.delete(&format!("/servers/{server}/members/me")).await.ok();
    assert_eq!(hers.wait_for("room.joined").await["room"]["id"], secret);
    ann.get(&format!("/rooms/{secret}")).await.ok();
}

#[tokio::test]
async fn categories_and_their_order() {
    let node = TestNode::start().await;
    let (ann, bob, server, general) = node.ann_and_bob().await;
    let eve = node.user("eve").await;
    let mut his = bob.socket().await;
    let path = format!("/servers/{server}/categories");
    bob.post(&path, json!({ "name": "mine" })).await.fails(403, "permission.missing");
    eve.post(&path, json!({ "name": "mine" })).await.fails(404, "not_found");
    ann.post(&path, json!({ "name": " " })).await.fails(422, "request.invalid");
    let first = ann.post(&path, json!({ "name": "First" })).await.created();
    assert_eq!(his.expect("category.created").await, first);
    let (one, two) = (id(&first), id(&ann.post(&path, json!({ "name": "Second" })).await.created()));
    his.expect("category.created").await;
    let renamed = ann.patch(&format!("/categories/{one}"), json!({ "name": "Renamed" })).await.ok();
    assert_eq!(his.expect("category.updated").await, renamed);
    for who in [&bob, &eve] {
        let code = if who.id == bob.id { (403, "permission.missing") } else { (404, "not_found") };
        who.patch(&format!("/categories/{one}"), json!({ "name": "x" })).await.fails(code.0, code.1);
        who.delete(&format!("/categories/{one}")).await.fails(code.0, code.1);
    }

    let plans = room(&ann, &server, "plans", false).await;
    his.expect("room.created").await;
    let order = format!("/servers/{server}/order");
    let wanted =
        json!({ "categories": [two, one], "rooms": [{ "id": plans, "category_id": two }, { "id": general, "category_id": null }] });
    bob.put(&order, wanted.clone()).await.fails(403, "permission.missing");
    eve.put(&order, wanted.clone()).await.fails(404, "not_found");
    for wrong in [
        json!({ "categories": [two], "rooms": wanted["rooms"] }),
        json!({ "categories": [two, two], "rooms": wanted["rooms"] }),
        json!({ "categories": [two, one], "rooms": [{ "id": plans, "category_id": null }] }),
        json!({ "categories": [two, one], "rooms": [{ "id": plans, "category_id": null }, { "id": new_id(), "category_id": null }] }),
        json!({ "categories": [two, one], "rooms": [{ "id": plans, "category_id": new_id() }, { "id": general, "category_id": null }] }),
    ] {
        ann.put(&order, wrong).await.fails(422, "request.invalid");
    }
    his.expect_silence().await;
    ann.put(&order, wanted).await.ok();
    let now = state(&bob, &server).await;
    assert_eq!(ids(&now["categories"]), [two.clone(), one.clone()]);
    assert_eq!(ids(&now["rooms"]), [plans.clone(), general]);
    assert_eq!(now["rooms"][0]["category_id"], two);
    for kind in ["category.updated", "category.updated", "room.updated", "room.updated"] {
        his.expect(kind).await;
    }

    ann.delete(&format!("/categories/{two}")).await.ok();
    assert_eq!(his.expect("room.updated").await["category_id"], Value::Null);
    assert_eq!(his.expect("category.deleted").await, json!({ "server_id": server, "category_id": two }));
    let problem = ann.patch(&format!("/rooms/{plans}"), json!({ "category_id": two })).await.fails(422, "request.invalid");
    assert_eq!(problem["field"], "category_id");
    ann.patch(&format!("/rooms/{plans}"), json!({ "category_id": one })).await.ok();
    ann.patch(&format!("/rooms/{plans}"), json!({ "category_id": null })).await.ok();
}
