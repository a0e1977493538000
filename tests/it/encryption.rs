//! End-to-end encrypted conversations, driven by a client built on the core: beginning, sending, people, epochs, keys.
use crate::support::device::{Device, Draft, uuid};
use crate::support::talk::{POLICY, Talk, entry, send};
use crate::support::{Person, TestNode, new_id};
use serde_json::{Value, json};
use snug_crypto::conversation_log::body::{Change, ConversationKind, History, Policy};
use snug_crypto::conversation_log::roster::Role;

/// Two epochs of a conversation are at least two seconds apart.
pub const PAUSE_MS: i64 = 2_000;

/// People with a device each.
pub async fn devices<const N: usize>(node: &TestNode, names: [&str; N]) -> [Device; N] {
    let mut all = Vec::new();
    for name in names {
        all.push(Device::set_up(&node.user(name).await).await);
    }
    all.try_into().ok().unwrap()
}

/// The conversation as this person's list has it.
pub async fn listed(person: &Person, id: &str) -> Value {
    let all = person.get("/conversations").await.ok();
    all["conversations"].as_array().unwrap().iter().find(|one| one["id"] == id).cloned().unwrap_or_default()
}

#[tokio::test]
async fn two_people_talk_and_the_node_carries_what_it_cannot_read() {
    let node = TestNode::start().await;
    let [mut ann, mut bob] = devices(&node, ["ann", "bob"]).await;
    let mut his_socket = bob.person.socket().await;
    let mut hers = Talk::direct(&mut ann, &bob).await;
    let joined = his_socket.expect("conversation.joined").await;
    assert_eq!((&joined["conversation"]["id"], &joined["conversation"]["kind"]), (&json!(hers.id), &json!("direct")));
    assert_eq!(joined["conversation"]["encryption"]["epoch"], 1);
    assert_eq!(joined["conversation"]["encryption"]["head"], json!(hers.log().chain().head()));

    let sent = hers.say(&ann, "Grüße 🦔").await;
    assert_eq!((&sent["seq"], &sent["content"]["type"]), (&json!(1), &json!("encrypted")));
    let mut his = Talk::open(&mut bob, &hers.id).await;
    let created = his_socket.expect("message.created").await;
    assert_eq!(his_socket.expect("e2ee.vault").await["version"], bob.person.get("/e2ee/identity").await.ok()["vault_version"]);
    assert_eq!(created, sent);
    assert_eq!(his.read(&created["content"]["envelope"]).unwrap().body(), Some("Grüße 🦔"));
    his.say(&bob, "hi").await;
    assert_eq!(hers.texts(&ann.person).await, ["Grüße 🦔", "hi"]);
    assert_eq!(his.texts(&bob.person).await, ["Grüße 🦔", "hi"]);
    // a message opens only where it was sent, and what waited for Bob is in his vault
    let keys = bob.person.get(&format!("/e2ee/conversations/{}/keys", his.id)).await.ok();
    assert_eq!(keys, json!({ "keys": [] }));
    let view = ann.person.get(&format!("/conversations/{}/view", hers.id)).await.ok();
    assert_eq!(view["encryption"], view["conversation"]["encryption"]);
}

#[tokio::test]
async fn one_direct_conversation_per_pair() {
    let node = TestNode::start().await;
    let [mut ann, mut bob] = devices(&node, ["ann", "bob"]).await;
    let talk = Talk::direct(&mut ann, &bob).await;
    let members = vec![entry(&ann, Role::Owner), entry(&bob, Role::Owner)];
    let mut other = Talk::new(&new_id());
    let first = other.beginning(&mut bob, ConversationKind::Direct, members, POLICY).await;
    let problem = bob.person.post("/e2ee/conversations", first.first_json(&other.id)).await.fails(409, "e2ee.exists");
    assert_eq!(problem["conversation_id"], talk.id.as_str());
    // the plain route leads there too
    assert_eq!(bob.person.direct(&ann.person).await, talk.id);
    // the same request again has the same answer; another create does not
    let mut again = talk.draft();
    again.links = talk.links.clone();
    let answer = ann.person.post("/e2ee/conversations", again.first_json(&talk.id)).await;
    assert_eq!((answer.status, &answer.body["conversation"]["id"]), (200, &json!(talk.id)));
    ann.person.post("/e2ee/conversations", first.first_json(&talk.id)).await.fails(409, "e2ee.exists");
}

#[tokio::test]
async fn a_plain_conversation_becomes_encrypted_for_good() {
    let node = TestNode::start().await;
    let [mut ann, mut bob] = devices(&node, ["ann", "bob"]).await;
    let id = ann.person.direct(&bob.person).await;
    let plain = ann.person.say(&id, "in the open").await;
    let members = vec![entry(&ann, Role::Owner), entry(&bob, Role::Owner)];
    let mut fresh = Talk::new(&new_id());
    let first = fresh.beginning(&mut ann, ConversationKind::Direct, members.clone(), POLICY).await;
    let problem = ann.person.post("/e2ee/conversations", first.first_json(&fresh.id)).await.fails(409, "e2ee.exists");
    assert_eq!(problem["conversation_id"], id.as_str());
    let mut socket = bob.person.socket().await;
    let mut talk = Talk::begin(&mut ann, ConversationKind::Direct, members, POLICY, &id).await;
    assert_eq!(socket.expect("e2ee.link").await["seq"], 0);
    let link = socket.expect("e2ee.link").await;
    assert_eq!((&link["seq"], &link["encryption"]["epoch"]), (&json!(1), &json!(1)));
    assert_eq!(socket.expect("conversation.updated").await["encryption"]["head"], link["encryption"]["head"]);
    talk.say(&ann, "sealed").await;
    assert_eq!(Talk::open(&mut bob, &id).await.texts(&bob.person).await, ["sealed"]);

    // no way leads back
    let text = json!({ "type": "text", "text": "oops" });
    let message = json!({ "id": new_id(), "conversation_id": id, "content": text });
    ann.person.post("/messages", message.clone()).await.fails(422, "e2ee.required");
    socket.fails("message.send", message, "e2ee.required").await;
    let plain_id = plain["id"].as_str().unwrap();
    ann.person.patch(&format!("/messages/{plain_id}"), json!({ "content": text })).await.fails(422, "e2ee.required");
    bob.person.post(&format!("/messages/{plain_id}/react"), json!({ "emoji": "👍" })).await.fails(422, "e2ee.required");
    socket.fails("message.edit", json!({ "id": plain_id, "content": text }), "e2ee.required").await;
    socket.fails("message.react", json!({ "id": plain_id, "emoji": "👍" }), "e2ee.required").await;
    // but what was said in the open can be taken away
    ann.person.delete(&format!("/messages/{plain_id}")).await.ok();
    // and the search finds nothing that was sealed
    assert_eq!(ann.person.get("/search?q=sealed").await.ok()["hits"], json!([]));
}

#[tokio::test]
async fn a_group_follows_its_log() {
    let node = TestNode::start().await;
    let [mut ann, mut bob, mut cid] = devices(&node, ["ann", "bob", "cid"]).await;
    let mut hers = Talk::group(&mut ann, &[&bob]).await;
    let id = hers.id.clone();
    hers.say(&ann, "before").await;
    let roles = |conversation: &Value| -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        conversation["participants"].as_array().unwrap().iter().map(|p| (text(&p["user_id"]), text(&p["role"]))).collect()
    };
    assert_eq!(roles(&listed(&ann.person, &id).await), [(ann.person.id.clone(), "owner".into()), (bob.person.id.clone(), "member".into())]);
    // plain routes change nothing
    ann.person.put(&format!("/conversations/{id}/members"), json!({ "user_ids": [cid.person.id] })).await.fails(409, "e2ee.use_links");
    ann.person.delete(&format!("/conversations/{id}/members/{}", bob.person.id)).await.fails(409, "e2ee.use_links");
    bob.person.delete(&format!("/conversations/{id}/members/{}", bob.person.id)).await.fails(409, "e2ee.use_links");
    ann.person.patch(&format!("/conversations/{id}"), json!({ "name": "Hike" })).await.fails(409, "e2ee.use_links");

    let mut socket = cid.person.socket().await;
    hers.add(&mut ann, &cid, Role::Member).await;
    assert_eq!(socket.expect("conversation.joined").await["conversation"]["participants"].as_array().unwrap().len(), 3);
    // whoever came under "joined" reads nothing of before, and nothing goes out before the next epoch
    let stale = hers.text(&ann, "too early");
    send(&ann.person, &stale).await.fails(409, "e2ee.epoch_stale");
    node.clock.advance(PAUSE_MS);
    hers.change_and_renew(&mut ann, None).await;
    hers.say(&ann, "together").await;
    let mut cids = Talk::open(&mut cid, &id).await;
    assert_eq!(cids.secrets.keys().copied().collect::<Vec<_>>(), [2]);
    assert_eq!(cids.texts(&cid.person).await, ["together"]);
    cids.say(&cid, "thanks").await;

    // a member may not remove, an owner may; the removed one keeps nothing here
    let mut his = Talk::open(&mut bob, &id).await;
    let remove = |device: &Device| Change::Remove { members: vec![device.account], statement: None };
    node.clock.advance(PAUSE_MS);
    hers.change_and_renew(&mut ann, Some(remove(&cid))).await;
    assert_eq!(socket.wait_for("conversation.left").await["conversation_id"], id.as_str());
    for path in ["", "/keys", "/rewrap"] {
        cid.person.get(&format!("/e2ee/conversations/{id}{path}")).await.fails(404, "conversation.not_a_member");
    }
    let late = cids.text(&cid, "still here");
    send(&cid.person, &late).await.fails(404, "conversation.not_a_member");
    // leaving needs nobody's leave
    his.refresh(&bob).await;
    his.change(&bob, remove(&bob)).await;
    hers.refresh(&ann).await;
    assert_eq!(roles(&listed(&ann.person, &id).await).len(), 1);
    hers.change(&ann, remove(&ann)).await;
    assert_eq!(listed(&ann.person, &id).await, Value::Null);
    ann.person.get(&format!("/e2ee/conversations/{id}")).await.fails(404, "conversation.not_a_member");
}

#[tokio::test]
async fn shared_history_goes_to_newcomers_and_roles_follow_the_log() {
    let node = TestNode::start().await;
    let [mut ann, bob, mut cid] = devices(&node, ["ann", "bob", "cid"]).await;
    let members = vec![entry(&ann, Role::Owner), entry(&bob, Role::Admin)];
    let policy = Policy { history: History::Shared, ..POLICY };
    let mut hers = Talk::begin(&mut ann, ConversationKind::Group, members, policy, &new_id()).await;
    hers.say(&ann, "one").await;
    let mut socket = cid.person.socket().await;
    hers.add(&mut ann, &cid, Role::Reader).await;
    socket.expect("conversation.joined").await;
    assert_eq!(socket.expect("notification.created").await["kind"], "added");
    assert_eq!(socket.expect("e2ee.key").await, json!({ "conversation_id": hers.id, "epochs": [1] }));
    let mut his = Talk::open(&mut cid, &hers.id).await;
    assert_eq!(his.texts(&cid.person).await, ["one"]);
    // readers read
    let words = his.text(&cid, "may I?");
    send(&cid.person, &words).await.fails(403, "e2ee.not_member");
    hers.change(&ann, Change::Role { account: cid.account, role: Role::Member }).await;
    his.refresh(&cid).await;
    his.say(&cid, "I may").await;
    assert_eq!(hers.texts(&ann.person).await, ["one", "I may"]);
}

#[tokio::test]
async fn of_two_links_for_one_place_one_is_taken() {
    let node = TestNode::start().await;
    let [mut ann, mut bob] = devices(&node, ["ann", "bob"]).await;
    let mut hers = Talk::direct(&mut ann, &bob).await;
    let mut his = Talk::open(&mut bob, &hers.id).await;
    node.clock.advance(PAUSE_MS);
    let (mut one, mut other) = (hers.draft(), his.draft());
    hers.add_epoch(&mut one, &mut ann).await;
    his.add_epoch(&mut other, &mut bob).await;
    let (first, second) = tokio::join!(hers.try_post(&ann, &one), his.try_post(&bob, &other));
    let statuses = [first.status, second.status];
    assert!(statuses == [200, 409] || statuses == [409, 200], "{first:?} {second:?}");
    let (lost, is_hers) = if first.status == 409 { (first, true) } else { (second, false) };
    lost.fails(409, "e2ee.conflict");
    // the other one uses what won: its secret waits already
    let (talk, device) = if is_hers {
        his.take(other);
        one.give_up(&mut ann);
        (&mut hers, &mut ann)
    } else {
        hers.take(one);
        other.give_up(&mut bob);
        (&mut his, &mut bob)
    };
    talk.refresh(device).await;
    assert_eq!(talk.receive_keys(device).await, [2]);
    hers.say(&ann, "a").await;
    his.say(&bob, "b").await;
    assert_eq!(hers.texts(&ann.person).await, his.texts(&bob.person).await);
    // too soon, and again after a pause
    hers.refresh(&ann).await;
    let mut soon = hers.draft();
    hers.add_epoch(&mut soon, &mut ann).await;
    let refused = hers.try_post(&ann, &soon).await;
    assert_eq!(refused.headers["retry-after"], "2");
    refused.fails(429, "rate.limited");
    node.clock.advance(PAUSE_MS);
    hers.post(&ann, soon).await;
    // messages of an epoch that is over are sealed again
    let old = his.text(&bob, "late");
    send(&bob.person, &old).await.fails(409, "e2ee.epoch_stale");
}

#[tokio::test]
async fn an_epoch_comes_with_its_secret_for_everybody() {
    let node = TestNode::start().await;
    let [mut ann, bob, cid] = devices(&node, ["ann", "bob", "cid"]).await;
    let mut hers = Talk::group(&mut ann, &[&bob, &cid]).await;
    node.clock.advance(PAUSE_MS);
    let mut links = hers.draft();
    hers.add_epoch(&mut links, &mut ann).await;
    let (wraps, vault) = (links.wraps.clone(), links.vault.clone());
    links.wraps[0].wraps.pop();
    let problem = hers.try_post(&ann, &links).await.fails(422, "e2ee.wrap_missing");
    let left_out = uuid(&wraps[0].wraps.last().unwrap().account);
    assert!(problem["detail"].as_str().unwrap().contains(&left_out), "{problem}");
    links.wraps.clear();
    hers.try_post(&ann, &links).await.fails(422, "e2ee.wrap_missing");
    (links.wraps, links.vault) = (wraps, Vec::new());
    hers.try_post(&ann, &links).await.fails(422, "e2ee.wrap_missing");
    // nothing of it was stored
    let now = ann.person.get(&format!("/e2ee/conversations/{}", hers.id)).await.ok();
    assert_eq!((now["links"].as_array().unwrap().len(), &now["encryption"]["epoch"]), (2, &json!(1)));
    links.vault = vault;
    hers.post(&ann, links).await;
    hers.say(&ann, "whole").await;
}

#[tokio::test]
async fn a_lost_device_ends_the_epoch() {
    let node = TestNode::start().await;
    let [mut ann, mut bob] = devices(&node, ["ann", "bob"]).await;
    let mut hers = Talk::direct(&mut ann, &bob).await;
    let mut his = Talk::open(&mut bob, &hers.id).await;
    let second = bob.pair(&bob.person.sign_in_again().await).await;
    hers.refresh(&ann).await;
    hers.say(&ann, "a new device changes nothing").await;
    let mut socket = ann.person.socket().await;
    bob.revoke(&[second.id]).await;
    assert_eq!(socket.wait_for("e2ee.identity").await["user_id"], bob.person.id.as_str());
    let late = hers.text(&ann, "is he alone?");
    send(&ann.person, &late).await.fails(409, "e2ee.epoch_stale");
    node.clock.advance(PAUSE_MS);
    hers.refresh(&ann).await;
    // a secret that is sealed to what the lost device may know is not taken
    let mut links = hers.draft();
    hers.add_epoch(&mut links, &mut ann).await;
    links.wraps[0].wraps[0].ik_generation -= 1;
    hers.try_post(&ann, &links).await.fails(409, "e2ee.conflict");
    links.wraps[0].wraps[0].ik_generation += 1;
    hers.post(&ann, links).await;
    hers.say(&ann, "he is").await;
    his.refresh(&bob).await;
    his.receive_keys(&mut bob).await;
    assert_eq!(his.texts(&bob.person).await, ["a new device changes nothing", "he is"]);
}

#[tokio::test]
async fn secrets_that_are_missing_are_asked_for_and_delivered() {
    let node = TestNode::start().await;
    let [mut ann, mut bob] = devices(&node, ["ann", "bob"]).await;
    let mut hers = Talk::group(&mut ann, &[&bob]).await;
    hers.say(&ann, "listen").await;
    let path = format!("/e2ee/conversations/{}", hers.id);
    let mut his = Talk::new(&hers.id);
    his.refresh(&bob).await;
    // Bob lost what his wrap was sealed to
    bob.prekeys.clear();
    let mut draft = Draft::on(&bob.log);
    bob.add_prekeys(&mut draft, 5);
    draft.prekeys["replace"] = json!(true);
    bob.post(draft).await;
    let (mut hers_socket, mut his_socket) = (ann.person.socket().await, bob.person.socket().await);
    bob.person.post(&format!("{path}/rewrap"), json!({ "epochs": [1, 1] })).await.ok();
    let asked = json!({ "conversation_id": hers.id, "user_id": bob.person.id, "epochs": [1] });
    assert_eq!(hers_socket.expect("e2ee.rewrap").await, asked);
    assert_eq!(ann.person.get(&format!("{path}/rewrap")).await.ok()["requests"][0]["epochs"], json!([1]));
    assert_eq!(ann.person.get("/e2ee/rewraps").await.ok(), json!({ "requests": [asked] }));
    assert_eq!(bob.person.get("/e2ee/rewraps").await.ok(), json!({ "requests": [] }), "one's own are for others");
    hers.refresh(&ann).await;
    let batch = hers.wrap(&ann, hers.log(), 1, &hers.secrets[&1], &[bob.account]).await;
    ann.person.post(&format!("{path}/keys"), json!({ "wraps": [batch] })).await.ok();
    his_socket.expect("e2ee.rewrap").await;
    assert_eq!(his_socket.wait_for("e2ee.key").await, json!({ "conversation_id": hers.id, "epochs": [1] }));
    assert_eq!(ann.person.get("/e2ee/rewraps").await.ok(), json!({ "requests": [] }));
    assert_eq!(bob.person.get(&format!("{path}/keys?epochs=2,3")).await.ok(), json!({ "keys": [] }));
    assert_eq!(his.receive_keys(&mut bob).await, [1]);
    assert_eq!(his.texts(&bob.person).await, ["listen"]);
    // limits and nonsense
    for epochs in [json!([]), json!([0]), json!([2]), json!((1..=101).collect::<Vec<_>>())] {
        bob.person.post(&format!("{path}/rewrap"), json!({ "epochs": epochs })).await.fails(422, "request.invalid");
    }
    for _ in 0..59 {
        bob.person.post(&format!("{path}/rewrap"), json!({ "epochs": [1] })).await.ok();
    }
    bob.person.post(&format!("{path}/rewrap"), json!({ "epochs": [1] })).await.fails(429, "rate.limited");
    node.clock.advance(3_600_000);
    let bob = bob.person.sign_in_again().await;
    bob.post(&format!("{path}/rewrap"), json!({ "epochs": [1] })).await.ok();
    bob.get(&format!("{path}/keys?epochs=one")).await.fails(422, "request.invalid");
}

#[tokio::test]
async fn a_group_is_no_larger_than_groups_may_be() {
    let node = TestNode::start_with(|config| config.messages.group_size = 3).await;
    let [mut ann, bob, cleo, dan] = devices(&node, ["ann", "bob", "cleo", "dan"]).await;
    let mut talk = Talk::group(&mut ann, &[&bob]).await;
    talk.add(&mut ann, &cleo, Role::Member).await;
    talk.learn(&ann.person, dan.account).await;
    let mut links = talk.draft();
    links.link(&ann, &talk.conversation, &talk.accounts, Change::Add { members: vec![entry(&dan, Role::Member)] });
    talk.try_post(&ann, &links).await.fails(409, "conversation.group_limit");
}

#[tokio::test]
async fn two_hundred_epochs_a_day_and_no_more() {
    let node = TestNode::start().await;
    let [mut ann] = devices(&node, ["ann"]).await;
    let members = vec![entry(&ann, Role::Owner)];
    let mut talk = Talk::begin(&mut ann, ConversationKind::Group, members, POLICY, &new_id()).await;
    for n in 2..=200 {
        node.clock.advance(PAUSE_MS);
        assert_eq!(talk.change_and_renew(&mut ann, None).await["epoch"], n);
    }
    node.clock.advance(PAUSE_MS);
    let mut links = talk.draft();
    talk.add_epoch(&mut links, &mut ann).await;
    talk.try_post(&ann, &links).await.fails(429, "rate.limited");
    // the history of her keys has them, by the fingerprints of their commitments
    let changes = ann.person.get("/e2ee/history").await.ok()["changes"].clone();
    let epochs: Vec<&Value> = changes.as_array().unwrap().iter().filter(|change| change["kind"] == "epoch").collect();
    assert_eq!(epochs.len(), 200);
    assert!(epochs.windows(2).all(|pair| pair[0]["old"] == pair[1]["new"]) && epochs[199]["old"].is_null());
    // the first of them is a day old
    node.clock.advance(86_400_000 - 200 * PAUSE_MS);
    ann.person = Person::signed_in(node.address, ann.person.post("/auth/refresh", json!({})).await);
    talk.try_post(&ann, &links).await.ok();
}
