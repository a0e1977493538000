//! The law of streams: an old snapshot and the events since make the fresh snapshot. What a client keeps up to date by
//! docs/protocol.md never differs from what it would load anew.
use crate::support::device::{Device, now_s};
use crate::support::talk::{POLICY, Talk, entry, send};
use crate::support::{Person, Socket, TestNode, id, new_id};
use serde_json::{Map, Value, json};
use snug_crypto::conversation_log::body::{Change, ConversationKind};
use snug_crypto::conversation_log::roster::Role;
use snug_crypto::envelope::Kind;

/// The state of a client, kept as docs/protocol.md says and as plainly as possible.
struct Client {
    me: String,
    state: Value,
    socket: Socket,
    person: Person,
}

/// Lists of things with an id, as objects by that id: their order is not part of the law.
fn by_id(list: &Value, name: impl Fn(&Value) -> String) -> Value {
    Value::Object(list.as_array().unwrap().iter().map(|one| (name(one), one.clone())).collect::<Map<_, _>>())
}

fn place(level: &Value) -> String {
    level["place_id"].as_str().unwrap().to_owned()
}

fn normal(sync: &Value) -> Value {
    let mut servers = Map::new();
    for server in sync["servers"].as_array().unwrap() {
        let mut server = server.clone();
        for list in ["rooms", "categories", "roles"] {
            server[list] = by_id(&server[list], id);
        }
        server.as_object_mut().unwrap().remove("access_code"); // a code that is rotated is asked for, not announced
        servers.insert(id(&server["server"]), server);
    }
    let mut conversations = by_id(&sync["conversations"], id);
    for conversation in conversations.as_object_mut().unwrap().values_mut() {
        conversation["participants"] = by_id(&conversation["participants"], |p| p["user_id"].as_str().unwrap().into());
    }
    let read_states = by_id(&sync["read_states"], |r| r["conversation_id"].as_str().unwrap().into());
    json!({ "me": sync["me"], "servers": servers, "conversations": conversations, "read_states": read_states, "streams": sync["streams"],
        "notifications": { "settings": sync["notifications"]["settings"], "levels": by_id(&sync["notifications"]["levels"], place) } })
}

impl Client {
    async fn connect(person: &Person) -> Client {
        let sync = person.get("/sync").await.ok();
        let socket = person.socket_from(sync["streams"].clone()).await;
        Client { me: person.id.clone(), state: normal(&sync), socket, person: person.clone() }
    }

    /// Takes in all that was sent, and compares.
    async fn check(&mut self, after: &str) {
        self.socket.call("ping", json!({})).await;
        tokio::time::sleep(std::time::Duration::from_millis(60)).await;
        self.socket.call("ping", json!({})).await;
        while let Some(event) = self.socket.arrived() {
            self.take(&event);
        }
        let fresh = normal(&self.person.get("/sync").await.ok());
        for part in ["me", "servers", "conversations", "read_states", "notifications", "streams"] {
            assert_eq!(self.state[part], fresh[part], "{} of {} after {after}: kept (left) and fresh (right)", part, self.person.username);
        }
    }

    fn take(&mut self, event: &Value) {
        let (Some(stream), Some(n)) = (event["s"].as_str(), event["n"].as_i64()) else { return };
        let Some(cursor) = self.state["streams"].get(stream).and_then(Value::as_i64) else { return };
        if n <= cursor {
            return;
        }
        assert_eq!(n, cursor + 1, "no gaps: {event}");
        self.state["streams"][stream] = json!(n);
        self.apply(stream, event["ev"].as_str().unwrap(), &event["d"]);
    }

    fn apply(&mut self, stream: &str, kind: &str, d: &Value) {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        match kind {
            "message.created" | "message.updated" | "message.deleted" => self.message(kind, d),
            "receipt.read" | "receipt.delivered" => {
                let (user, name) = (text(&d["user_id"]), if kind == "receipt.read" { "read_seq" } else { "delivered_seq" });
                self.pointer(stream, &user, d[name].as_i64().unwrap(), name == "read_seq");
            }
            "read.updated" => self.state["read_states"][text(&d["conversation_id"])] = d.clone(),
            "conversation.updated" => self.conversation(d),
            "conversation.joined" => {
                self.conversation(&d["conversation"]);
                self.state["read_states"][text(&d["read_state"]["conversation_id"])] = d["read_state"].clone();
                self.cursors(&d["streams"]);
            }
            "e2ee.link" if self.state["conversations"].get(stream).is_some() => {
                self.state["conversations"][stream]["encryption"] = d["encryption"].clone();
            }
            "e2ee.info" if self.state["conversations"].get(stream).is_some() => {
                self.state["conversations"][stream]["encryption"]["info"] = d["envelope"].clone();
            }
            "e2ee.link" | "e2ee.info" => {} // of rooms; what /view has
            "conversation.left" => self.forget(&text(&d["conversation_id"])),
            "server.joined" => self.entered(d),
            "server.left" => {
                let left = self.state["servers"].as_object_mut().unwrap().remove(d["server_id"].as_str().unwrap()).unwrap();
                left["rooms"].as_object().unwrap().keys().for_each(|room| self.forget(room));
                self.state["streams"].as_object_mut().unwrap().remove(d["server_id"].as_str().unwrap());
            }
            "server.updated" => self.state["servers"][stream]["server"] = d.clone(),
            "room.created" => {
                self.room(d);
                self.state["streams"][text(&d["id"])] = json!(0);
                self.state["read_states"][text(&d["id"])] =
                    json!({ "conversation_id": d["id"], "last_seq": 0, "last_message_at": null, "read_seq": 0, "mention_seqs": [] });
            }
            "room.updated" => self.room(d),
            "room.joined" => {
                self.room(&d["room"]);
                self.state["read_states"][text(&d["room"]["id"])] = d["read_state"].clone();
                self.cursors(&d["streams"]);
            }
            "room.left" | "room.deleted" => {
                let (server, room) = (text(&d["server_id"]), text(&d["room_id"]));
                self.state["servers"][server]["rooms"].as_object_mut().unwrap().remove(&room);
                self.forget(&room);
            }
            "category.created" | "category.updated" => self.state["servers"][stream]["categories"][id(d)] = d.clone(),
            "category.deleted" => {
                let category = text(&d["category_id"]);
                self.state["servers"][stream]["categories"].as_object_mut().unwrap().remove(&category);
                for room in self.state["servers"][stream]["rooms"].as_object_mut().unwrap().values_mut() {
                    if room["category_id"] == category.as_str() {
                        room["category_id"] = Value::Null;
                    }
                }
            }
            "member.joined" | "member.left" | "member.updated" => {
                self.state["servers"][stream]["server"]["member_count"] = d["member_count"].clone();
                if d["member"]["user"]["id"] == self.me.as_str() {
                    let roles: Vec<Value> = d["member"]["role_ids"].as_array().unwrap().clone();
                    let server = &mut self.state["servers"][stream];
                    let mine = |role: &&Value| role["kind"] == "member" || roles.contains(&role["id"]);
                    let order = [
                        "send_messages",
                        "add_reactions",
                        "mention_everyone",
                        "create_invites",
                        "manage_messages",
                        "manage_rooms",
                        "manage_server",
                        "manage_roles",
                        "kick_members",
                    ];
                    let held: Vec<Value> = server["roles"]
                        .as_object()
                        .unwrap()
                        .values()
                        .filter(mine)
                        .flat_map(|r| r["permissions"].as_array().unwrap().clone())
                        .collect();
                    server["me"]["permissions"] = order.iter().map(|p| json!(p)).filter(|p| held.contains(p)).collect();
                    server["me"]["role_ids"] = json!(roles);
                    server["me"]["nickname"] = d["member"]["nickname"].clone();
                }
            }
            "user.updated" if stream == self.me => self.state["me"] = d.clone(),
            "role.updated" => self.state["servers"][stream]["roles"][id(d)] = d.clone(),
            "user.updated" | "reaction.added" | "reaction.removed" | "message.pinned" | "message.unpinned" | "message.envelope" => {} // not part of the snapshot
            "e2ee.account" | "e2ee.vault" | "e2ee.identity" | "e2ee.key" | "e2ee.rewrap" | "e2ee.join_request" => {} // nor are keys
            "notifications.settings" | "notifications.level" => self.chose(kind, d),
            "notification.created" | "notifications.read" => {} // a list of its own
            other => panic!("an event that docs/protocol.md does not know: {other} {d}"),
        }
    }

    fn entered(&mut self, d: &Value) {
        let joined =
            normal(&json!({ "me": null, "servers": [d["server"]], "conversations": [], "read_states": d["read_states"], "streams": {},
                "notifications": { "settings": null, "levels": [] } }));
        for part in ["servers", "read_states"] {
            self.state[part].as_object_mut().unwrap().extend(joined[part].as_object().unwrap().clone());
        }
        self.cursors(&d["streams"]);
    }

    fn chose(&mut self, kind: &str, d: &Value) {
        if kind == "notifications.settings" {
            self.state["notifications"]["settings"] = d.clone();
        } else if d["level"].is_null() && d["muted"] == false {
            self.state["notifications"]["levels"].as_object_mut().unwrap().remove(&place(d));
        } else {
            self.state["notifications"]["levels"][place(d)] = d.clone();
        }
    }

    fn message(&mut self, kind: &str, d: &Value) {
        let (conversation, seq) = (d["conversation_id"].as_str().unwrap().to_owned(), d["seq"].as_i64().unwrap());
        let by_me = d["author_id"] == self.me.as_str();
        let my_roles: Vec<Value> = self.state["servers"]
            .as_object()
            .unwrap()
            .values()
            .flat_map(|s| {
                let mut roles = s["me"]["role_ids"].as_array().unwrap().clone();
                roles.extend(s["roles"].as_object().unwrap().values().filter(|r| r["kind"] == "member").map(|r| r["id"].clone()));
                roles
            })
            .collect();
        let named = d["mentions"]["users"].as_array().unwrap().contains(&json!(self.me))
            || d["mentions"]["everyone"] == true
            || d["mentions"]["roles"].as_array().unwrap().iter().any(|role| my_roles.contains(role));
        if kind == "message.created" {
            let state = &mut self.state["read_states"][&conversation];
            state["last_seq"] = json!(seq);
            state["last_message_at"] = d["created_at"].clone();
            self.pointer(&conversation, d["author_id"].as_str().unwrap(), seq, true);
        }
        let state = &mut self.state["read_states"][&conversation];
        if kind == "message.created" && by_me {
            state["read_seq"] = json!(seq);
            state["mention_seqs"] = json!([]);
            return;
        }
        let mut seqs: Vec<i64> =
            state["mention_seqs"].as_array().unwrap().iter().map(|s| s.as_i64().unwrap()).filter(|s| *s != seq).collect();
        if named && seq > state["read_seq"].as_i64().unwrap() {
            seqs.push(seq);
            seqs.sort_unstable();
        }
        state["mention_seqs"] = json!(seqs);
    }

    fn pointer(&mut self, conversation: &str, user: &str, seq: i64, is_read: bool) {
        let Some(participant) = self.state["conversations"].get_mut(conversation).map(|c| &mut c["participants"][user]) else { return };
        for name in if is_read { vec!["read_seq", "delivered_seq"] } else { vec!["delivered_seq"] } {
            participant[name] = json!(participant[name].as_i64().unwrap().max(seq));
        }
    }

    fn conversation(&mut self, d: &Value) {
        let mut conversation = d.clone();
        conversation["participants"] = by_id(&d["participants"], |p| p["user_id"].as_str().unwrap().into());
        self.state["conversations"][id(d)] = conversation;
    }

    fn room(&mut self, d: &Value) {
        self.state["servers"][d["server_id"].as_str().unwrap()]["rooms"][id(d)] = d.clone();
    }

    fn forget(&mut self, conversation: &str) {
        for part in ["conversations", "read_states", "streams"] {
            self.state[part].as_object_mut().unwrap().remove(conversation);
        }
    }

    fn cursors(&mut self, streams: &Value) {
        self.state["streams"].as_object_mut().unwrap().extend(streams.as_object().unwrap().clone());
    }
}

#[tokio::test]
async fn an_old_snapshot_and_the_events_since_make_the_fresh_one() {
    let node = TestNode::start().await;
    let (ann, bob, server, room) = node.ann_and_bob().await;
    let cid = node.user("cid").await;
    let code = ann.get(&format!("/servers/{server}")).await.ok()["access_code"].clone();
    let roles = ann.get(&format!("/servers/{server}/roles")).await.ok();
    let role = |kind: &str| id(roles["roles"].as_array().unwrap().iter().find(|r| r["kind"] == kind).unwrap());
    let mut clients = [Client::connect(&ann).await, Client::connect(&bob).await, Client::connect(&cid).await];
    macro_rules! step {
        ($what:literal, $answer:expr) => {{
            let answer = $answer.await;
            assert!(answer.status < 300, "{}: {} {}", $what, answer.status, answer.body);
            for client in &mut clients {
                client.check($what).await;
            }
            answer.body
        }};
    }
    let message = |conversation: &str, text: &str| json!({ "id": new_id(), "conversation_id": conversation, "content": { "type": "text", "text": text } });

    step!("joining", cid.post("/servers/join", json!({ "code": code })));
    let named = step!("a mention", ann.post("/messages", message(&room, &format!("<@{}> and <@&{}>", bob.id, role("member")))));
    step!("everyone", ann.post("/messages", message(&room, "@everyone")));
    step!(
        "an edit without the mention",
        ann.patch(&format!("/messages/{}", id(&named)), json!({ "content": { "type": "text", "text": "nobody" } }))
    );
    step!("a reaction", bob.post(&format!("/messages/{}/react", id(&named)), json!({ "emoji": "👍" })));
    step!("reading", bob.post(&format!("/conversations/{room}/read"), json!({ "seq": 1 })));
    step!("a level", bob.put(&format!("/notifications/levels/{room}"), json!({ "level": "all", "muted": true })));
    step!("another for the server", bob.put(&format!("/notifications/levels/{server}"), json!({ "level": "none" })));
    step!("no level", bob.put(&format!("/notifications/levels/{room}"), json!({})));
    let quiet = json!({ "from": 1320, "to": 420, "zone": "Europe/Oslo", "days": [1, 2] });
    step!("quiet hours", bob.put("/notifications/settings", json!({ "show_content": true, "quiet": quiet })));
    step!("a pin", ann.put(&format!("/messages/{}/pin", id(&named)), json!({})));
    step!("deleting a message", ann.delete(&format!("/messages/{}", id(&named))));
    let direct = step!("a direct conversation", ann.post("/conversations", json!({ "kind": "direct", "user_ids": [bob.id] })));
    let direct = id(&direct["conversation"]);
    step!("a direct message", ann.post("/messages", message(&direct, "hi")));
    let answer = step!("an answer", bob.post("/messages", message(&direct, "hello")));
    step!("its pin", ann.put(&format!("/messages/{}/pin", id(&answer)), json!({})));
    step!("no pin", bob.delete(&format!("/messages/{}/pin", id(&answer))));
    step!("delivery", ann.post(&format!("/conversations/{direct}/delivered"), json!({ "seq": 2 })));
    step!("reading it", ann.post(&format!("/conversations/{direct}/read"), json!({ "seq": 2 })));
    step!("marking unread", ann.post(&format!("/conversations/{direct}/read"), json!({ "seq": 0, "unread": true })));
    step!("reading half again", ann.post(&format!("/conversations/{direct}/read"), json!({ "seq": 1 })));
    let group = step!("a group", ann.post("/conversations", json!({ "kind": "group", "user_ids": [bob.id], "name": "Hike" })));
    let group = id(&group["conversation"]);
    step!("a message in the group", bob.post("/messages", message(&group, "@everyone where?")));
    step!("one more in the group", ann.put(&format!("/conversations/{group}/members"), json!({ "user_ids": [cid.id] })));
    step!("its new name", cid.patch(&format!("/conversations/{group}"), json!({ "name": "Long hike" })));
    step!("leaving the group", bob.delete(&format!("/conversations/{group}/members/{}", bob.id)));
    let category = step!("a category", ann.post(&format!("/servers/{server}/categories"), json!({ "name": "Plots" })));
    let open = step!("a room in it", ann.post("/rooms", json!({ "server_id": server, "name": "fence", "category_id": category["id"] })));
    let open = id(&open);
    step!("a message in it", bob.post("/messages", message(&open, "@everyone which fence?")));
    step!("its topic", ann.patch(&format!("/rooms/{open}"), json!({ "topic": "Plot 7" })));
    step!("its turning private", ann.patch(&format!("/rooms/{open}"), json!({ "is_private": true })));
    step!("letting bob in", ann.put(&format!("/rooms/{open}/members/{}", bob.id), json!({})));
    step!("talking in private", bob.post("/messages", message(&open, "thanks")));
    step!("turning it public", ann.patch(&format!("/rooms/{open}"), json!({ "is_private": false })));
    step!("another order", ann.put(&format!("/servers/{server}/order"), json!({ "categories": [category["id"]], "rooms": [{ "id": open, "category_id": null }, { "id": room, "category_id": category["id"] }] })));
    step!("deleting the category", ann.delete(&format!("/categories/{}", id(&category))));
    step!("a nickname", bob.patch(&format!("/servers/{server}/members/me"), json!({ "nickname": "Bobby" })));
    step!("making bob admin", ann.put(&format!("/servers/{server}/members/{}/roles", bob.id), json!({ "role_ids": [role("admin")] })));
    step!("the server's name", bob.patch(&format!("/servers/{server}"), json!({ "name": "Allotment" })));
    step!("a profile", bob.patch("/users/me", json!({ "display_name": "Robert" })));
    step!("deleting the room", ann.delete(&format!("/rooms/{open}")));
    step!("kicking cid", bob.delete(&format!("/servers/{server}/members/{}", cid.id)));
    step!("a message without cid", ann.post("/messages", message(&room, "@everyone still here?")));
    step!("coming back", cid.post("/servers/join", json!({ "code": code })));
    step!("handing the server over", ann.patch(&format!("/servers/{server}"), json!({ "owner_id": bob.id })));
    step!("leaving", ann.delete(&format!("/servers/{server}/members/me")));
    step!("deleting the server", bob.delete(&format!("/servers/{server}")));
}

#[tokio::test]
async fn so_it_is_with_encrypted_conversations() {
    let node = TestNode::start().await;
    let (ann, bob, _, room) = node.ann_and_bob().await;
    let [mut hers, mut his] = [Device::set_up(&ann).await, Device::set_up(&bob).await];
    let cids = Device::set_up(&node.user("cid").await).await;
    let mut clients = [Client::connect(&ann).await, Client::connect(&bob).await, Client::connect(&cids.person).await];
    macro_rules! step {
        ($what:literal, $done:expr) => {{
            let done = $done.await;
            for client in &mut clients {
                client.check($what).await;
            }
            done
        }};
    }
    let mut direct = step!("a direct conversation", Talk::direct(&mut hers, &his));
    let message = step!("a sealed message", direct.say(&hers, "one"));
    step!("a sealed edit", direct.about(&hers, Kind::Edit, &message, ("edit", json!({ "body": "two" })))).ok();
    step!("reading", bob.post(&format!("/conversations/{}/read", direct.id), json!({ "seq": 1 }))).ok();
    step!("a pin", bob.put(&format!("/messages/{}/pin", id(&message)), json!({}))).ok();
    step!("a sealed deletion", direct.about(&hers, Kind::Deletion, &message, ("del", json!({})))).ok();
    let plain = step!("a plain group", ann.post("/conversations", json!({ "kind": "group", "user_ids": [bob.id], "name": "Hike" })));
    let plain = id(&plain.created()["conversation"]);
    let members = vec![entry(&hers, Role::Owner), entry(&his, Role::Member)];
    let mut group = step!("its encryption", Talk::begin(&mut hers, ConversationKind::Group, members, POLICY, &plain));
    let name = group.seal(&hers, Kind::System, None, ("info", json!({ "name": "Hike" })));
    step!("its name", ann.post("/e2ee/envelopes", json!({ "envelope": name }))).ok();
    step!("one more", group.add(&mut hers, &cids, Role::Admin));
    step!("the next owner", group.change(&hers, Change::Role { account: his.account, role: Role::Owner }));
    node.clock.advance(2_000);
    step!("the next epoch", group.change_and_renew(&mut hers, None));
    step!("leaving", group.change(&hers, Change::Remove { members: vec![hers.account], statement: None }));
    let mut rest = step!("a look", Talk::open(&mut his, &plain));
    step!("a removal", rest.change(&his, Change::Remove { members: vec![cids.account], statement: None }));
    let members = vec![entry(&hers, Role::Owner), entry(&his, Role::Member)];
    let mut inside = step!("a room that opts in", Talk::begin(&mut hers, ConversationKind::Room, members, POLICY, &room));
    step!("a word in it", inside.say(&hers, "sealed"));
    let short = inside.seal_until(&hers, Kind::Message, None, ("text", json!({ "body": "short" })), now_s() + 60);
    step!("a word that goes", send(&ann, &short)).created();
    node.clock.advance(61_000);
    tokio::time::sleep(std::time::Duration::from_millis(2_500)).await;
    step!("its end", ann.get("/users/me")).ok();
}
