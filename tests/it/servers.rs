//! Stories about servers: members, roles, codes, and who sees what. Their rooms are in `rooms`.
use crate::support::{Person, Socket, TestNode, id, new_id};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

const HOUR_S: i64 = 3_600;

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

/// The server as this person sees it.
pub async fn state(who: &Person, server: &str) -> Value {
    who.get(&format!("/servers/{server}")).await.ok()
}

pub async fn room(who: &Person, server: &str, name: &str, is_private: bool) -> String {
    id(&who.post("/rooms", json!({ "server_id": server, "name": name, "is_private": is_private })).await.created())
}

/// Gives somebody the role of admins.
pub async fn make_admin(owner: &Person, server: &str, who: &Person) {
    let roles = owner.get(&format!("/servers/{server}/roles")).await.ok()["roles"].clone();
    let admin = roles.as_array().unwrap().iter().find(|role| role["kind"] == "admin").map(id).unwrap();
    owner.put(&format!("/servers/{server}/members/{}/roles", who.id), json!({ "role_ids": [admin] })).await.ok();
}

async fn expect_member_count(socket: &mut Socket, kind: &str, count: i64) -> Value {
    let event = socket.expect(kind).await;
    assert_eq!(event["member_count"], count, "{event}");
    event
}

#[tokio::test]
async fn a_new_server_has_an_owner_three_roles_a_room_and_a_code() {
    let node = TestNode::start().await;
    let ann = node.user("ann").await;
    let mut socket = ann.socket().await;
    let made = ann.post("/servers", json!({ "name": " Garden ", "description": "All that\ngrows" })).await.created();
    let server = &made["server"];
    assert_eq!((&server["name"], &server["owner_id"], &server["member_count"]), (&json!("Garden"), &json!(ann.id), &json!(1)));
    assert_eq!(made["rooms"][0]["name"], "general");
    let code = text(&made["access_code"]);
    assert!(code.len() == 5 && !code.contains(['0', '1', 'O', 'I', 'L', 'U']), "{code}");
    let kinds: Vec<_> = made["roles"].as_array().unwrap().iter().map(|role| text(&role["kind"])).collect();
    assert_eq!(kinds, ["owner", "admin", "member"]);
    assert_eq!(made["me"]["permissions"].as_array().unwrap().len(), 9);

    let joined = socket.expect("server.joined").await;
    assert_eq!(joined["server"], made);
    assert_eq!(joined["streams"], json!({ id(server): 0, id(&made["rooms"][0]): 0 }));
    assert_eq!(joined["read_states"].as_array().unwrap().len(), 1);
    assert_eq!(ann.get("/servers").await.ok()["servers"], json!([made]));

    for (field, body) in [
        ("name", json!({ "name": " " })),
        ("name", json!({ "name": "x".repeat(101) })),
        ("description", json!({ "name": "x", "description": "y".repeat(1001) })),
    ] {
        assert_eq!(ann.post("/servers", body).await.fails(422, "request.invalid")["field"], field);
    }
    ann.post("/servers", json!({ "name": "2" })).await.created();
    ann.post("/servers", json!({ "name": "3" })).await.created();
    ann.post("/servers", json!({ "name": "4" })).await.fails(409, "server.limit");
    ann.delete(&format!("/servers/{}", id(server))).await.ok();
    ann.post("/servers", json!({ "name": "4" })).await.created();
}

#[tokio::test]
async fn people_join_by_the_access_code_and_follow_at_once() {
    let node = TestNode::start().await;
    let (ann, bob) = (node.user("ann").await, node.user("bob").await);
    let made = ann.post("/servers", json!({ "name": "Garden" })).await.created();
    let (server, general) = (id(&made["server"]), id(&made["rooms"][0]));
    ann.say(&general, "before").await;
    let (mut hers, mut his) = (ann.socket().await, bob.socket().await);
    let code = text(&made["access_code"]);
    let typed = format!(" {}-{}", code[..2].to_lowercase(), &code[2..]);
    let joined = bob.post("/servers/join", json!({ "code": typed })).await.ok();
    assert_eq!(joined["server"]["member_count"], 2);
    assert_eq!(joined["me"]["permissions"], json!(["send_messages", "add_reactions", "create_invites"]));

    let event = his.expect("server.joined").await;
    assert_eq!(event["server"], joined);
    assert_eq!(event["read_states"][0]["read_seq"], 1, "what was said before counts as read");
    let event = expect_member_count(&mut hers, "member.joined", 2).await;
    assert_eq!(event["member"]["user"]["id"], bob.id);
    ann.say(&general, "welcome").await;
    his.wait_for("message.created").await;

    assert_eq!(bob.post("/servers/join", json!({ "code": code })).await.ok(), joined, "joining again changes nothing");
    assert_eq!(bob.post(&format!("/servers/{server}/join"), json!({ "code": code })).await.ok(), joined);
    hers.wait_for("message.created").await;
    hers.expect_silence().await;
    for wrong in ["", "ZZZZZ", "no such code", "\u{0}"] {
        bob.post("/servers/join", json!({ "code": wrong })).await.fails(404, "invite.invalid");
    }
    let other = ann.post("/servers", json!({ "name": "Other" })).await.created();
    let path = format!("/servers/{}/join", id(&other["server"]));
    bob.post(&path, json!({ "code": code })).await.fails(404, "invite.invalid");
}

#[tokio::test]
async fn the_access_code_is_rotated_and_switched_off() {
    let node = TestNode::start().await;
    let (ann, bob, server, _) = node.ann_and_bob().await;
    let cat = node.user("cat").await;
    let path = format!("/servers/{server}/access-code");
    let old = text(&state(&ann, &server).await["access_code"]);
    bob.post(&path, json!({})).await.fails(403, "permission.missing");
    bob.delete(&path).await.fails(403, "permission.missing");
    cat.post(&path, json!({})).await.fails(404, "not_found");
    let new = text(&ann.post(&path, json!({})).await.ok()["access_code"]);
    assert_ne!(old, new);
    cat.post("/servers/join", json!({ "code": old })).await.fails(404, "invite.invalid");
    ann.delete(&path).await.ok();
    assert_eq!(state(&ann, &server).await["access_code"], Value::Null);
    cat.post("/servers/join", json!({ "code": new })).await.fails(404, "invite.invalid");
}

#[tokio::test]
async fn guessing_codes_is_limited_per_user() {
    let node = TestNode::start_with(|config| config.limits.join_per_minute = 2).await;
    let (ann, bob) = (node.user("ann").await, node.user("bob").await);
    for _ in 0..2 {
        ann.post("/servers/join", json!({ "code": "ZZZZZ" })).await.fails(404, "invite.invalid");
    }
    ann.post("/servers/join", json!({ "code": "ZZZZZ" })).await.fails(429, "rate.limited");
    bob.post("/servers/join", json!({ "code": "ZZZZZ" })).await.fails(404, "invite.invalid");
}

#[tokio::test]
async fn invites_have_an_end_and_a_number_of_uses() {
    let node = TestNode::start().await;
    let (ann, bob, server, _) = node.ann_and_bob().await;
    let (cat, dan, eve) = (node.user("cat").await, node.user("dan").await, node.user("eve").await);
    let path = format!("/servers/{server}/invites");
    let invite = bob.post(&path, json!({ "max_uses": 1, "expires_in_s": HOUR_S })).await.created();
    let code = text(&invite["code"]);
    assert_eq!((&invite["created_by"], &invite["uses"], &invite["max_uses"]), (&json!(bob.id), &json!(0), &json!(1)));

    let preview = node.nobody().get(&format!("/invites/{code}")).await.ok();
    assert_eq!(preview, json!({ "server": { "id": server, "name": "Garden", "icon": null, "member_count": 2 }, "is_member": false }));
    assert_eq!(ann.get(&format!("/invites/{code}")).await.ok()["is_member"], true);
    ann.post("/servers/join", json!({ "code": code })).await.ok();
    cat.post("/servers/join", json!({ "code": code })).await.ok();
    assert_eq!(ann.get(&path).await.ok()["invites"][0]["uses"], 1, "only newcomers use an invite up");
    dan.post("/servers/join", json!({ "code": code })).await.fails(404, "invite.invalid");
    node.nobody().get(&format!("/invites/{code}")).await.fails(404, "invite.invalid");

    let short = text(&ann.post(&path, json!({ "expires_in_s": 60 })).await.created()["code"]);
    assert_eq!(ann.get(&path).await.ok()["invites"].as_array().unwrap().len(), 2);
    assert_eq!(bob.get(&path).await.ok()["invites"].as_array().unwrap().len(), 1, "members see their own");
    bob.delete(&format!("{path}/{short}")).await.fails(403, "permission.missing");
    eve.get(&path).await.fails(404, "not_found");
    eve.post(&path, json!({})).await.fails(404, "not_found");
    node.clock.advance(61_000);
    dan.post("/servers/join", json!({ "code": short })).await.fails(404, "invite.invalid");
    let gone = text(&bob.post(&path, json!({})).await.created()["code"]);
    ann.delete(&format!("{path}/{gone}")).await.ok();
    ann.delete(&format!("{path}/{gone}")).await.fails(404, "invite.invalid");
    dan.post("/servers/join", json!({ "code": gone })).await.fails(404, "invite.invalid");
    bob.post(&path, json!({ "max_uses": 0 })).await.fails(422, "request.invalid");
    bob.post(&path, json!({ "expires_in_s": 1 })).await.fails(422, "request.invalid");
}

#[tokio::test]
async fn a_server_is_changed_by_those_who_may() {
    let node = TestNode::start().await;
    let (ann, bob, server, _) = node.ann_and_bob().await;
    let eve = node.user("eve").await;
    let mut his = bob.socket().await;
    let path = format!("/servers/{server}");
    let changed = ann.patch(&path, json!({ "name": "Meadow" })).await.ok();
    assert_eq!((&changed["name"], &changed["description"]), (&json!("Meadow"), &json!("")));
    assert_eq!(his.expect("server.updated").await, changed);
    bob.patch(&path, json!({ "name": "Mine" })).await.fails(403, "permission.missing");
    bob.delete(&path).await.fails(403, "permission.missing");
    for (method, body) in [("GET", None), ("PATCH", Some(json!({ "name": "x" }))), ("DELETE", None)] {
        eve.request(method, &path, body).await.fails(404, "not_found");
    }

    let pixel =
        BASE64_STANDARD.decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==").unwrap();
    bob.put_bytes(&format!("{path}/icon"), pixel.clone()).await.fails(403, "permission.missing");
    eve.put_bytes(&format!("{path}/icon"), pixel.clone()).await.fails(404, "not_found");
    let icon = text(&ann.put_bytes(&format!("{path}/icon"), pixel).await.ok()["icon"]);
    assert_eq!(his.expect("server.updated").await["icon"], icon);
    assert_eq!(node.nobody().get(icon.strip_prefix("/api/v1").unwrap()).await.status, 200);
    ann.put_bytes(&format!("{path}/icon"), b"nothing".to_vec()).await.fails(422, "picture.invalid");
    assert_eq!(ann.delete(&format!("{path}/icon")).await.ok()["icon"], Value::Null);
}

#[tokio::test]
async fn who_leaves_or_is_removed_hears_nothing_more() {
    let node = TestNode::start().await;
    let (ann, bob, server, general) = node.ann_and_bob().await;
    let (mut hers, mut his) = (ann.socket().await, bob.socket().await);
    ann.delete(&format!("/servers/{server}/members/me")).await.fails(409, "server.owner_leaves");
    bob.delete(&format!("/servers/{server}/members/{}", ann.id)).await.fails(403, "permission.missing");
    bob.delete(&format!("/servers/{server}/members/me")).await.ok();
    assert_eq!(his.expect("server.left").await, json!({ "server_id": server, "reason": "left" }));
    assert_eq!(expect_member_count(&mut hers, "member.left", 1).await["user_id"], bob.id);
    ann.say(&general, "alone").await;
    his.expect_silence().await;
    bob.get(&format!("/servers/{server}")).await.fails(404, "not_found");
    bob.get(&format!("/rooms/{general}")).await.fails(404, "not_found");
    bob.delete(&format!("/servers/{server}/members/me")).await.fails(404, "not_found");

    let code = state(&ann, &server).await["access_code"].clone();
    bob.post("/servers/join", json!({ "code": code })).await.ok();
    his.expect("server.joined").await;
    ann.delete(&format!("/servers/{server}/members/{}", bob.id)).await.ok();
    assert_eq!(his.expect("server.left").await["reason"], "kicked");
    ann.say(&general, "alone again").await;
    his.expect_silence().await;
    ann.delete(&format!("/servers/{server}/members/{}", bob.id)).await.fails(404, "not_found");
}

#[tokio::test]
async fn deleting_a_server_takes_everything_with_it() {
    let node = TestNode::start().await;
    let (ann, bob, server, general) = node.ann_and_bob().await;
    let message = ann.say(&general, "hello").await;
    let mut his = bob.socket().await;
    ann.delete(&format!("/servers/{server}")).await.ok();
    assert_eq!(his.expect("server.left").await, json!({ "server_id": server, "reason": "deleted" }));
    for who in [&ann, &bob] {
        who.get(&format!("/servers/{server}")).await.fails(404, "not_found");
        assert_eq!(who.get("/servers").await.ok()["servers"], json!([]));
        assert_eq!(who.get(&format!("/messages/{}", id(&message))).await.status, 404);
        assert_eq!(who.get(&format!("/conversations/{general}/messages")).await.status, 404);
    }
}

#[tokio::test]
async fn admins_do_all_but_give_away_and_delete() {
    let node = TestNode::start().await;
    let (ann, bob, server, _) = node.ann_and_bob().await;
    let cat = node.user("cat").await;
    cat.post("/servers/join", json!({ "code": state(&ann, &server).await["access_code"] })).await.ok();
    let mut hers = cat.socket().await;
    let roles = state(&ann, &server).await["roles"].clone();
    let (owner, admin, everybody) = (id(&roles[0]), id(&roles[1]), id(&roles[2]));
    let of = |who: &Person| format!("/servers/{server}/members/{}/roles", who.id);

    bob.put(&of(&bob), json!({ "role_ids": [admin] })).await.fails(403, "permission.missing");
    let member = ann.put(&of(&bob), json!({ "role_ids": [admin] })).await.ok();
    assert_eq!(member["role_ids"], json!([admin]));
    assert_eq!(hers.expect("member.updated").await["member"], member);
    assert_eq!(state(&bob, &server).await["me"]["permissions"].as_array().unwrap().len(), 9);

    bob.patch(&format!("/servers/{server}"), json!({ "name": "Meadow" })).await.ok();
    room(&bob, &server, "plans", false).await;
    bob.delete(&format!("/servers/{server}")).await.fails(403, "permission.missing");
    bob.patch(&format!("/servers/{server}"), json!({ "owner_id": bob.id })).await.fails(403, "permission.missing");
    bob.put(&of(&cat), json!({ "role_ids": [admin] })).await.fails(403, "permission.missing");
    bob.put(&of(&ann), json!({ "role_ids": [] })).await.fails(403, "permission.missing");
    bob.delete(&format!("/servers/{server}/members/{}", ann.id)).await.fails(403, "permission.missing");
    ann.put(&of(&cat), json!({ "role_ids": [owner] })).await.fails(403, "permission.missing");
    for wrong in [everybody, new_id()] {
        ann.put(&of(&cat), json!({ "role_ids": [wrong] })).await.fails(422, "request.invalid");
    }
    ann.put(&format!("/servers/{server}/members/{}/roles", new_id()), json!({ "role_ids": [] })).await.fails(404, "not_found");
    make_admin(&ann, &server, &cat).await;
    bob.delete(&format!("/servers/{server}/members/{}", cat.id)).await.fails(403, "permission.missing");
    ann.put(&of(&cat), json!({ "role_ids": [] })).await.ok();
    bob.delete(&format!("/servers/{server}/members/{}", cat.id)).await.ok();
}

#[tokio::test]
async fn the_owner_gives_the_server_away() {
    let node = TestNode::start().await;
    let (ann, bob, server, _) = node.ann_and_bob().await;
    let eve = node.user("eve").await;
    let path = format!("/servers/{server}");
    assert_eq!(ann.patch(&path, json!({ "owner_id": eve.id })).await.fails(422, "request.invalid")["field"], "owner_id");
    assert_eq!(ann.patch(&path, json!({ "owner_id": bob.id })).await.ok()["owner_id"], bob.id);
    ann.delete(&path).await.fails(403, "permission.missing");
    ann.patch(&path, json!({ "name": "still an admin" })).await.ok();
    bob.delete(&format!("{path}/members/me")).await.fails(409, "server.owner_leaves");
    ann.delete(&format!("{path}/members/me")).await.ok();
    bob.delete(&path).await.ok();
}

#[tokio::test]
async fn members_are_listed_in_pages_and_found_by_name_and_nickname() {
    let node = TestNode::start().await;
    let (ann, bob, server, _) = node.ann_and_bob().await;
    let eve = node.user("eve").await;
    let mut hers = ann.socket().await;
    let path = format!("/servers/{server}/members");
    let member = bob.patch(&format!("{path}/me"), json!({ "nickname": " The Gärtner " })).await.ok();
    assert_eq!(member["nickname"], "The Gärtner");
    assert_eq!(hers.expect("member.updated").await["member"], member);

    let first = ann.get(&format!("{path}?limit=1")).await.ok();
    assert_eq!(first["members"][0]["user"]["username"], "ann");
    let second = ann.get(&format!("{path}?limit=1&cursor={}", text(&first["next_cursor"]))).await.ok();
    assert_eq!((&second["members"], &second["next_cursor"]), (&json!([member]), &Value::Null));
    for q in ["bo", "g%C3%A4r", "the%20g"] {
        assert_eq!(ann.get(&format!("{path}?q={q}")).await.ok()["members"], json!([member]), "{q}");
    }
    assert_eq!(ann.get(&format!("{path}?q=tner")).await.ok()["members"], json!([]));
    for wrong in ["limit=101", "limit=0", "q=%00", "cursor=%00"] {
        ann.get(&format!("{path}?{wrong}")).await.fails(422, "request.invalid");
    }
    eve.get(&path).await.fails(404, "not_found");
    eve.get(&format!("/servers/{server}/roles")).await.fails(404, "not_found");
    eve.patch(&format!("{path}/me"), json!({ "nickname": "x" })).await.fails(404, "not_found");
    bob.patch(&format!("{path}/me"), json!({ "nickname": "x".repeat(65) })).await.fails(422, "request.invalid");
    assert_eq!(bob.patch(&format!("{path}/me"), json!({})).await.ok()["nickname"], "The Gärtner");
    assert_eq!(bob.patch(&format!("{path}/me"), json!({ "nickname": null })).await.ok()["nickname"], Value::Null);
}

#[tokio::test]
async fn what_was_missed_of_a_server_comes_after_a_reconnect() {
    let node = TestNode::start().await;
    let (ann, bob, server, _) = node.ann_and_bob().await;
    let cursors = bob.get("/sync").await.ok()["streams"].clone();
    let plans = room(&ann, &server, "plans", false).await;
    ann.patch(&format!("/servers/{server}"), json!({ "name": "Meadow" })).await.ok();
    let mut his = bob.socket_from(cursors).await;
    assert_eq!(his.expect("room.created").await["id"], plans);
    assert_eq!(his.expect("server.updated").await["name"], "Meadow");
    ann.say(&plans, "hello").await;
    his.expect("message.created").await;
}
