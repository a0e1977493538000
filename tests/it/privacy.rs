//! One user never learns of another's private conversations, by any route or frame.
use crate::support::device::Device;
use crate::support::talk::Talk;
use crate::support::{Person, TestNode, id, new_id};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Word that stands in everything private.
const SECRET: &str = "xyzzy";

struct Secrets {
    ids: BTreeMap<&'static str, Vec<String>>,
    /// What was sealed, as the node has it.
    ciphertext: String,
}

impl Secrets {
    fn are_in(&self, answer: &str) -> bool {
        answer.contains(SECRET) || answer.contains(&self.ciphertext)
    }
}

/// Ann's and Bob's private things, each with the secret word in it.
async fn plant(node: &TestNode) -> (Person, Person, Secrets) {
    let (ann, bob) = (node.user("ann").await, node.user("bob").await);
    let made = ann.post("/servers", json!({ "name": format!("Server {SECRET}"), "description": SECRET })).await.created();
    let server = id(&made["server"]);
    bob.post("/servers/join", json!({ "code": made["access_code"] })).await.ok();
    let open = id(&made["rooms"][0]);
    let category = id(&ann.post(&format!("/servers/{server}/categories"), json!({ "name": SECRET })).await.created());
    let private =
        ann.post("/rooms", json!({ "server_id": server, "name": format!("room-{SECRET}"), "topic": SECRET, "is_private": true })).await;
    let private = id(&private.created());
    let direct = ann.direct(&bob).await;
    let group = ann.post("/conversations", json!({ "kind": "group", "user_ids": [bob.id], "name": SECRET })).await.created();
    let group = id(&group["conversation"]);
    let invite = ann.post(&format!("/servers/{server}/invites"), json!({})).await.created();
    let mut messages = Vec::new();
    for conversation in [&open, &private, &direct, &group] {
        messages.push(id(&ann.say(conversation, &format!("message {SECRET}")).await));
    }
    let (mut hers, his) = (Device::set_up(&ann).await, Device::set_up(&bob).await);
    let mut talk = Talk::group(&mut hers, &[&his]).await;
    let sealed = talk.say(&hers, SECRET).await;
    messages.push(id(&sealed));
    let roles = ann.get(&format!("/servers/{server}/roles")).await.ok();
    let ids = BTreeMap::from([
        ("server", vec![server]),
        ("conversation", vec![open, private, direct, group]),
        ("sealed", vec![talk.id.clone()]),
        ("message", messages),
        ("category", vec![category]),
        ("role", vec![id(&roles["roles"][0])]),
        ("user", vec![ann.id.clone(), bob.id.clone()]),
        ("session", vec![ann.session.clone()]),
        ("invite", vec![invite["code"].as_str().unwrap().to_owned()]),
    ]);
    let ciphertext = sealed["content"]["envelope"]["ciphertext"].as_str().unwrap().to_owned();
    (ann, bob, Secrets { ids, ciphertext })
}

/// Which private things fit a parameter of a route.
fn kinds(path: &str, name: &str) -> &'static [&'static str] {
    match name {
        "user_id" => &["user"],
        "room_id" => &["conversation"],
        "code" => &["invite"],
        "hash" | "token" => &[],
        _ if path.contains("/sessions/") => &["session"],
        _ => &["server", "conversation", "sealed", "message", "category", "user", "role"],
    }
}

/// A body that is right for a route, as far as an outsider can make one.
fn body(path: &str, method: &str, secrets: &Secrets, stranger: &Person) -> Value {
    let first = |kind: &str| secrets.ids[kind][0].clone();
    let content = json!({ "type": "text", "text": "hello" });
    match (method, path) {
        (_, p) if p.ends_with("/react") => json!({ "emoji": "👍" }),
        (_, p) if p.ends_with("/read") || p.ends_with("/delivered") => json!({ "seq": 1 }),
        (_, p) if p.ends_with("/typing") => json!({ "typing": true }),
        (_, "/messages") => json!({ "id": new_id(), "conversation_id": first("conversation"), "content": content }),
        ("patch", p) if p.starts_with("/messages") => json!({ "content": content }),
        (_, p) if p.ends_with("/members") => json!({ "user_ids": [stranger.id] }),
        (_, p) if p.ends_with("/roles") => json!({ "role_ids": [first("role")] }),
        (_, p) if p.ends_with("/order") => json!({ "categories": [], "rooms": [] }),
        (_, "/rooms") => json!({ "server_id": first("server"), "name": "mine" }),
        (_, p) if p.ends_with("/keys/ack") => json!({ "items": [] }),
        (_, p) if p.ends_with("/rewrap") => json!({ "epochs": [1] }),
        (_, p) if p.ends_with("/request") => json!({}),
        (_, "/e2ee/bundles") => json!({ "user_ids": [first("user")], "conversation_id": first("sealed"), "one_time": true }),
        (_, p) if p.ends_with("/join") => json!({ "code": "AAAAA" }),
        _ => json!({ "name": "changed" }),
    }
}

/// Every path with every fitting id in place of its parameters.
fn addresses(path: &str, secrets: &Secrets, stranger: &Person) -> Vec<String> {
    let mut all = vec![path.to_owned()];
    while let Some(open) = all[0].find('{') {
        let close = all[0].find('}').unwrap();
        let name = all[0][open + 1..close].to_owned();
        let mut values: Vec<String> = kinds(path, &name).iter().flat_map(|kind| secrets.ids[kind].clone()).collect();
        values.push(if name == "user_id" { stranger.id.clone() } else { new_id() });
        let parameter = format!("{{{name}}}");
        all = all.iter().flat_map(|one| values.iter().map(|value| one.replacen(&parameter, value, 1)).collect::<Vec<_>>()).collect();
    }
    all
}

#[tokio::test]
async fn an_outsider_learns_nothing_by_any_route_and_disturbs_nobody() {
    let node = TestNode::start().await;
    let (ann, bob, secrets) = plant(&node).await;
    let eve = node.user("eve").await;
    // with keys of her own, so that it is not for want of them that she learns nothing
    Device::set_up(&eve).await;
    let (mut hers, mut his) = (ann.socket().await, bob.socket().await);
    let before = ann.get("/sync").await.ok();
    let api = node.nobody().get("/openapi.json").await.ok();
    let mut asked = 0;
    for (path, operations) in api["paths"].as_object().unwrap() {
        let path = path.strip_prefix("/api/v1").unwrap();
        // what Eve does to her own account is her business
        if path.starts_with("/auth/") || path == "/users/me" || path.starts_with("/users/me/p") {
            continue;
        }
        for method in operations.as_object().unwrap().keys().filter(|m| ["get", "post", "put", "patch", "delete"].contains(&m.as_str())) {
            for address in addresses(path, &secrets, &eve) {
                let sent = (method != "get" && method != "delete").then(|| body(path, method, &secrets, &eve));
                let address = if address.ends_with("/react") && method == "delete" { format!("{address}?emoji=👍") } else { address };
                for caller in [&eve, &node.nobody()] {
                    let answer = caller.request(&method.to_uppercase(), &address, sent.clone()).await;
                    asked += 1;
                    assert!(answer.status < 500, "{method} {address}: {} {}", answer.status, answer.body);
                    // an invite's code shows the server that it invites to
                    let may_know = path == "/invites/{code}";
                    assert!(may_know || !secrets.are_in(&answer.body.to_string()), "{method} {address} told {}", answer.body);
                    if caller.token.is_empty()
                        && !matches!(
                            path,
                            "/instance"
                                | "/branding"
                                | "/branding/rules"
                                | "/branding/emoji/{tag}"
                                | "/openapi.json"
                                | "/invites/{code}"
                                | "/pictures/{hash}"
                                | "/notifications/push/renew"
                                | "/mail/confirm"
                                | "/mail/unsubscribe"
                        )
                    {
                        assert!(matches!(answer.status, 401 | 404), "{method} {address} answered {} without sign-in", answer.status);
                    }
                }
            }
        }
    }
    assert!(asked > 300, "{asked} requests");
    hers.wait_for_quiet_about(&eve.id).await;
    his.wait_for_quiet_about(&eve.id).await;
    // nothing of it changed
    let after = ann.get("/sync").await.ok();
    assert_eq!((&before["servers"], &before["conversations"]), (&after["servers"], &after["conversations"]));
    let sealed = ann.get(&format!("/conversations/{}/messages", secrets.ids["sealed"][0])).await.ok();
    assert!(sealed["messages"].as_array().unwrap().len() == 1 && secrets.are_in(&sealed.to_string()), "{sealed}");
    for conversation in &secrets.ids["conversation"] {
        let history = ann.get(&format!("/conversations/{conversation}/messages")).await.ok();
        assert_eq!(history["messages"].as_array().unwrap().len(), 1, "{history}");
        assert_eq!(history["messages"][0]["reactions"], json!([]));
    }
}

#[tokio::test]
async fn an_outsider_learns_nothing_by_any_frame() {
    let node = TestNode::start().await;
    let (ann, bob, secrets) = plant(&node).await;
    let eve = node.user("eve").await;
    let (mut hers, mut his) = (ann.socket().await, bob.socket().await);
    let mut socket = eve.socket().await;
    for conversation in &secrets.ids["conversation"] {
        let message = json!({ "id": new_id(), "conversation_id": conversation, "content": { "type": "text", "text": "hi" } });
        socket.fails("message.send", message, "conversation.not_a_member").await;
        for op in ["receipt.read", "receipt.delivered"] {
            socket.fails(op, json!({ "conversation_id": conversation, "seq": 1 }), "conversation.not_a_member").await;
        }
        for op in ["typing.start", "typing.stop"] {
            socket.fails(op, json!({ "conversation_id": conversation }), "conversation.not_a_member").await;
        }
    }
    for message in &secrets.ids["message"] {
        socket.fails("message.edit", json!({ "id": message, "content": { "type": "text", "text": "hi" } }), "not_found").await;
        socket.fails("message.delete", json!({ "id": message }), "not_found").await;
        socket.fails("message.react", json!({ "id": message, "emoji": "👍" }), "not_found").await;
        socket.fails("message.unreact", json!({ "id": message, "emoji": "👍" }), "not_found").await;
    }
    let all: Vec<&String> = secrets.ids.values().flatten().collect();
    let cursors: BTreeMap<&str, i64> = all.iter().filter(|id| id.len() == 36).map(|id| (id.as_str(), 0)).collect();
    let resumed = socket.call("resume", json!({ "cursors": cursors })).await;
    assert_eq!(resumed["streams"], json!({}));
    // and while others talk, Eve hears nothing
    for conversation in &secrets.ids["conversation"] {
        ann.say(conversation, SECRET).await;
    }
    socket.expect_silence().await;
    for quiet in [&mut hers, &mut his] {
        quiet.wait_for_quiet_about(&eve.id).await;
    }
}

#[tokio::test]
async fn a_member_of_the_server_does_not_see_a_private_room() {
    let node = TestNode::start().await;
    let (_, bob, secrets) = plant(&node).await;
    let (server, private) = (&secrets.ids["server"][0], &secrets.ids["conversation"][1]);
    assert!(!bob.get("/sync").await.ok().to_string().contains(private.as_str()));
    assert!(!bob.get(&format!("/servers/{server}")).await.ok().to_string().contains(private.as_str()));
    bob.get(&format!("/rooms/{private}")).await.fails(404, "not_found");
    bob.get(&format!("/conversations/{private}/messages")).await.fails(404, "conversation.not_a_member");
}
