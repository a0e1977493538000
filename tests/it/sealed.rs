//! What is sealed about messages: edits, reactions, notes, deletions, names, messages that go by themselves, reports.
use crate::encryption::{PAUSE_MS, devices};
use crate::support::device::{core_id, now_s};
use crate::support::talk::{POLICY, Talk, entry, send};
use crate::support::{TestNode, new_id};
use serde_json::{Value, json};
use snug_crypto::conversation_log::body::{Change, ConversationKind, Policy, PolicyChange};
use snug_crypto::conversation_log::roster::Role;
use snug_crypto::envelope::{Kind, reported_key};

#[tokio::test]
async fn edits_reactions_and_notes_stay_with_their_message() {
    let node = TestNode::start().await;
    let [mut ann, mut bob] = devices(&node, ["ann", "bob"]).await;
    let mut hers = Talk::direct(&mut ann, &bob).await;
    let mut his = Talk::open(&mut bob, &hers.id).await;
    let message = hers.say(&ann, "teh cat").await;
    assert!(message.get("about").is_none());
    let mut socket = bob.person.socket().await;
    let edited = hers.about(&ann, Kind::Edit, &message, ("edit", json!({ "body": "the cat" }))).await.ok();
    let event = socket.expect("message.envelope").await;
    assert_eq!((&event["message_id"], &event["seq"], &event["edited_at"]), (&message["id"], &json!(1), &edited["edited_at"]));
    assert_eq!(his.read(&event["envelope"]).unwrap().body(), Some("the cat"));
    let envelope = his.seal(&bob, Kind::Reaction, message["id"].as_str(), ("react", json!({ "emoji": "🐈", "op": "add" })));
    let reacted = socket.call("message.envelope", json!({ "envelope": envelope })).await;
    let kinds = |message: &Value| -> Vec<String> {
        message["about"].as_array().unwrap().iter().map(|one| one["kind"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(kinds(&reacted), ["edit", "react"]);
    assert!(reacted["edited_at"].is_number());
    // the same again is the same
    assert_eq!(bob.person.post("/e2ee/envelopes", json!({ "envelope": envelope })).await.ok(), reacted);
    let note = his.about(&bob, Kind::Note, &message, ("pin", json!({}))).await.ok();
    assert_eq!(kinds(&note), ["edit", "react", "note"]);
    let history = ann.person.get(&format!("/conversations/{}/messages", hers.id)).await.ok();
    assert_eq!(history["messages"][0], note);
    // only the author edits and deletes
    his.about(&bob, Kind::Edit, &message, ("edit", json!({ "body": "no" }))).await.fails(403, "permission.missing");
    his.about(&bob, Kind::Deletion, &message, ("del", json!({}))).await.fails(403, "permission.missing");
    ann.person.delete(&format!("/messages/{}", message["id"].as_str().unwrap())).await.fails(422, "e2ee.required");
    // a device that was away gets the message as it is
    let streams = json!({ &hers.id: 1 });
    let mut late = bob.person.socket_from(streams).await;
    for _ in 0..3 {
        assert_eq!(late.expect("message.updated").await, note);
    }
    let deleted = hers.about(&ann, Kind::Deletion, &message, ("del", json!({}))).await.ok();
    assert_eq!((&deleted["content"], deleted.get("about")), (&Value::Null, None));
    assert_eq!(socket.wait_for("message.deleted").await, deleted);
    his.about(&bob, Kind::Reaction, &message, ("react", json!({ "emoji": "😢", "op": "add" }))).await.fails(409, "message.deleted");
    assert_eq!(hers.about(&ann, Kind::Deletion, &message, ("del", json!({}))).await.ok(), deleted, "twice changes nothing");
    let left: i64 = node.node.app.db.read(|read| read.value("SELECT count(*) AS value FROM envelopes", &[])).await.unwrap().unwrap();
    assert_eq!(left, 0);
}

#[tokio::test]
async fn an_envelope_has_to_be_the_senders_own() {
    let node = TestNode::start().await;
    let [mut ann, mut bob, cid] = devices(&node, ["ann", "bob", "cid"]).await;
    let mut hers = Talk::direct(&mut ann, &bob).await;
    let message = hers.say(&ann, "one").await;
    let good = hers.text(&ann, "two");
    // somebody else's, with another device, with another key, of another epoch, for another place
    send(&bob.person, &good).await.fails(403, "e2ee.wrong_device");
    let changed = |change: &dyn Fn(&mut snug_crypto::envelope::Envelope)| {
        let mut envelope = good.clone();
        change(&mut envelope);
        envelope
    };
    send(&ann.person, &changed(&|e| e.header.device = core_id(&new_id()))).await.fails(403, "e2ee.wrong_device");
    send(&ann.person, &changed(&|e| e.header.sender_key = bob.dsk.public())).await.fails(403, "e2ee.wrong_device");
    send(&ann.person, &changed(&|e| e.header.account = bob.account)).await.fails(403, "e2ee.wrong_device");
    send(&ann.person, &changed(&|e| e.header.epoch = 2)).await.fails(409, "e2ee.epoch_stale");
    send(&ann.person, &changed(&|e| e.header.conversation = core_id(&new_id()))).await.fails(404, "conversation.not_a_member");
    send(&ann.person, &changed(&|e| e.header.kind = Kind::Edit)).await.fails(422, "e2ee.invalid");
    send(&ann.person, &changed(&|e| e.header.expires = 1)).await.fails(422, "request.invalid");
    send(&ann.person, &changed(&|e| e.header.expires = now_s() + 400 * 86_400)).await.fails(422, "request.invalid");
    send(&ann.person, &changed(&|e| e.sealed.ct.0 = vec![0; 80 * 1024])).await.fails(413, "request.too_large");
    let content = json!({ "type": "encrypted", "envelope": good });
    let other_id = json!({ "id": new_id(), "conversation_id": hers.id, "content": content });
    ann.person.post("/messages", other_id).await.fails(422, "e2ee.invalid");
    let reply = json!({ "id": crate::support::device::uuid(&good.header.id), "conversation_id": hers.id, "content": content, "reply_to": message["id"] });
    ann.person.post("/messages", reply).await.fails(422, "request.invalid");
    // another session of Ann's that is another device may not use this one's
    let mut second = ann.pair(&ann.person.sign_in_again().await).await;
    hers.refresh(&ann).await;
    let good = hers.text(&ann, "two");
    send(&second.person, &good).await.fails(403, "e2ee.wrong_device");
    send(&ann.person, &good).await.created();
    assert_eq!(send(&ann.person, &good).await.status, 200);
    second.ik = ann.ik.clone();
    // plain places take no envelopes
    let plain = ann.person.direct(&cid.person).await;
    let mut elsewhere = hers.text(&ann, "three");
    elsewhere.header.conversation = core_id(&plain);
    send(&ann.person, &elsewhere).await.fails(422, "e2ee.not_encrypted");
    // what is no envelope
    for wrong in [json!(null), json!({}), json!({ "v": 2 }), json!("text")] {
        ann.person.post("/e2ee/envelopes", json!({ "envelope": wrong })).await.fails(422, "request.invalid");
    }
    let signal = hers.seal(&ann, Kind::Signal, None, ("call", json!({})));
    ann.person.post("/e2ee/envelopes", json!({ "envelope": signal })).await.fails(422, "e2ee.invalid");
    let aimless = hers.seal(&ann, Kind::Reaction, None, ("react", json!({ "emoji": "🐈", "op": "add" })));
    ann.person.post("/e2ee/envelopes", json!({ "envelope": aimless })).await.fails(422, "e2ee.invalid");
    let nowhere = hers.seal(&ann, Kind::Note, Some(&new_id()), ("pin", json!({})));
    ann.person.post("/e2ee/envelopes", json!({ "envelope": nowhere })).await.fails(404, "not_found");
    let mut bobs = Talk::open(&mut bob, &hers.id).await;
    bobs.say(&bob, "still fine").await;
}

#[tokio::test]
async fn a_name_is_sealed_too() {
    let node = TestNode::start().await;
    let [mut ann, mut bob] = devices(&node, ["ann", "bob"]).await;
    let mut hers = Talk::group(&mut ann, &[&bob]).await;
    let his = Talk::open(&mut bob, &hers.id).await;
    let mut socket = bob.person.socket().await;
    let info = hers.seal(&ann, Kind::System, None, ("info", json!({ "name": "Hike" })));
    let conversation = ann.person.post("/e2ee/envelopes", json!({ "envelope": info })).await.ok();
    assert_eq!((&conversation["name"], &conversation["encryption"]["info"]), (&Value::Null, &json!(info)));
    let told = socket.expect("e2ee.info").await;
    assert_eq!(his.read(&told["envelope"]).unwrap().fields["name"], "Hike");
    ann.person.post("/e2ee/envelopes", json!({ "envelope": info })).await.ok();
    // whoever makes an epoch sends it again, sealed under the new one
    node.clock.advance(PAUSE_MS);
    let mut links = hers.draft();
    hers.add_epoch(&mut links, &mut ann).await;
    links.info = Some(info.clone());
    hers.try_post(&ann, &links).await.fails(409, "e2ee.epoch_stale");
    let (log, secrets) = (hers.log.clone(), hers.secrets.clone());
    (hers.log, hers.secrets) = (links.log.clone(), links.secrets.clone());
    links.info = Some(hers.seal(&ann, Kind::System, None, ("info", json!({ "name": "Long hike" }))));
    (hers.log, hers.secrets) = (log, secrets);
    let new = json!(links.info);
    assert_eq!(hers.post(&ann, links).await["info"], new);
    socket.expect("e2ee.link").await;
    assert_eq!(socket.expect("e2ee.info").await["envelope"], new);
    // an older one again does not come back
    ann.person.post("/e2ee/envelopes", json!({ "envelope": info })).await.ok();
    assert_eq!(crate::encryption::listed(&bob.person, &hers.id).await["encryption"]["info"], new);
}

#[tokio::test]
async fn messages_go_when_their_time_has_come() {
    let node = TestNode::start().await;
    let [mut ann, bob] = devices(&node, ["ann", "bob"]).await;
    let mut hers = Talk::direct(&mut ann, &bob).await;
    let short = hers.seal_until(&ann, Kind::Message, None, ("text", json!({ "body": "soon gone" })), now_s() + 60);
    let sent = send(&ann.person, &short).await.created();
    hers.say(&ann, "stays").await;
    hers.change(&ann, Change::Policy(PolicyChange { retain_s: Some(3_600), ..PolicyChange::default() })).await;
    hers.say(&ann, "an hour").await;
    hers.about(&ann, Kind::Note, &sent, ("pin", json!({}))).await.ok();
    let mut socket = bob.person.socket().await;
    node.clock.advance(61_000);
    let gone = socket.wait_for("message.deleted").await;
    assert_eq!(
        (&gone["id"], &gone["content"], gone["deleted_at"].as_i64(), &gone["deleted_by"]),
        (&sent["id"], &Value::Null, i64::try_from(short.header.expires * 1_000).ok(), &Value::Null)
    );
    assert_eq!(hers.texts(&ann.person).await, ["stays", "an hour"]);
    node.clock.advance(3_600_000);
    let ann = ann.person.sign_in_again().await;
    assert_eq!(socket.wait_for("message.deleted").await["seq"], 3);
    assert_eq!(hers.texts(&ann).await, ["stays"]);
}

#[tokio::test]
async fn reports_open_one_message_and_prove_its_author() {
    let node = TestNode::start().await;
    let mod_ = node.user("mod").await;
    let id = mod_.id.parse().unwrap();
    node.node
        .app
        .db
        .write(move |tx| tx.execute("UPDATE users SET role = 'moderator' WHERE id = ?1", snug_base::params![snug_base::UserId(id)]))
        .await
        .unwrap();
    let [mut ann, mut bob, eve] = devices(&node, ["ann", "bob", "eve"]).await;
    let mut hers = Talk::direct(&mut ann, &bob).await;
    let his = Talk::open(&mut bob, &hers.id).await;
    let bad = hers.text(&ann, "something bad");
    let first = send(&ann.person, &bad).await.created();
    let second = hers.say(&ann, "something private").await;
    let key = reported_key(&his.secrets[&1], &bad);
    let key = snug_crypto::bytes::encode(&*key);
    let place = hers.id.clone();
    let report = |message: &Value, key: &str| json!({ "conversation_id": place, "reports": [{ "message_id": message["id"], "key": key }], "reason": "rude" });
    bob.person.post("/e2ee/reports", report(&second, &key)).await.fails(422, "e2ee.report_unproven");
    eve.person.post("/e2ee/reports", report(&first, &key)).await.fails(404, "conversation.not_a_member");
    let made = bob.person.post("/e2ee/reports", report(&first, &key)).await.created();
    for nosy in [&ann.person, &bob.person, &eve.person] {
        nosy.get("/admin/reports").await.fails(403, "permission.missing");
    }
    let reports = mod_.get("/admin/reports?state=open").await.ok();
    let shown = &reports["reports"][0];
    assert_eq!((&shown["id"], &shown["reporter"], &shown["reason"]), (&made["id"], &json!(bob.person.id), &json!("rude")));
    let message = &shown["messages"][0];
    assert_eq!(
        (&message["author_id"], &message["is_verified"], &message["content"]["body"]),
        (&json!(ann.person.id), &json!(true), &json!("something bad"))
    );
    assert!(!reports.to_string().contains("private"));
    let path = format!("/admin/reports/{}/close", made["id"].as_str().unwrap());
    bob.person.post(&path, json!({ "note": "mine" })).await.fails(403, "permission.missing");
    mod_.post(&path, json!({ "note": "warned" })).await.ok();
    mod_.post(&format!("/admin/reports/{}/close", new_id()), json!({})).await.fails(404, "not_found");
    assert_eq!(mod_.get("/admin/reports?state=open").await.ok(), json!({ "reports": [] }));
    assert_eq!(mod_.get("/admin/reports?state=closed").await.ok()["reports"][0]["note"], "warned");
    // a deleted message is proven by what it was
    hers.about(&ann, Kind::Deletion, &first, ("del", json!({}))).await.ok();
    bob.person.post("/e2ee/reports", report(&first, &key)).await.fails(422, "e2ee.report_unproven");
    let mut with = report(&first, &key);
    with["reports"][0]["envelope"] = json!(hers.text(&ann, "another"));
    bob.person.post("/e2ee/reports", with.clone()).await.fails(422, "e2ee.report_unproven");
    with["reports"][0]["envelope"] = json!(bad);
    bob.person.post("/e2ee/reports", with).await.created();
}

#[tokio::test]
async fn a_reset_account_is_outside_until_somebody_rebinds_it() {
    let node = TestNode::start().await;
    let [mut ann, bob] = devices(&node, ["ann", "bob"]).await;
    let members = vec![entry(&ann, Role::Owner), entry(&bob, Role::Member)];
    let policy = Policy { add: Role::Member, ..POLICY };
    let mut hers = Talk::begin(&mut ann, ConversationKind::Group, members, policy, &new_id()).await;
    let old = bob.log.aik().unwrap();
    bob.person.post("/e2ee/reset", json!({ "auth_key": crate::support::auth_key("bob") })).await.ok();
    node.clock.advance(86_400_000 + 1_000);
    let person = bob.person.sign_in_again().await;
    let log = bob.log.clone();
    let mut bob = crate::support::Device::new(person);
    bob.log = log;
    let root = bob.root(bob.log.head());
    bob.person.post("/e2ee/identity", root.json()).await.created();
    bob.log = root.log;
    ann.person = ann.person.sign_in_again().await;
    let late = hers.text(&ann, "who is there?");
    send(&ann.person, &late).await.fails(409, "e2ee.epoch_stale");
    // he is a participant still, but his word counts for nothing in the log
    let mut his = Talk::new(&hers.id);
    his.refresh(&bob).await;
    hers.refresh(&ann).await;
    let change = Change::Rebind { account: bob.account, aik_old: old, aik_new: bob.log.aik().unwrap() };
    hers.change_and_renew(&mut ann, Some(change)).await;
    hers.say(&ann, "welcome back").await;
    his.refresh(&bob).await;
    assert_eq!(his.receive_keys(&mut bob).await, [2]);
    assert_eq!(his.texts(&bob.person).await, ["welcome back"]);
}
