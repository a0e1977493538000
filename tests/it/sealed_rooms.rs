//! Rooms that opt in to end-to-end encryption, the node's word about people who are to go, and what links are refused.
use crate::encryption::{PAUSE_MS, devices};
use crate::support::device::{Device, core_id};
use crate::support::talk::{POLICY, Talk, create, entry, send};
use crate::support::{TestNode, new_id};
use serde_json::{Value, json};
use snug_crypto::bytes::{Bytes, Signature};
use snug_crypto::conversation_log::body::{Change, ConversationKind, Statement};
use snug_crypto::conversation_log::roster::Role;
use snug_crypto::envelope::Kind;

fn statement(value: &Value) -> Statement {
    let field = |name: &str| value[name].as_str().unwrap();
    Statement {
        conversation: Bytes::parse(field("conv")).unwrap(),
        account: Bytes::parse(field("acct")).unwrap(),
        at: value["at"].as_u64().unwrap(),
        sig: Signature::parse(field("sig")).unwrap(),
    }
}

#[tokio::test]
async fn a_room_opts_in_and_lets_people_in() {
    let node = TestNode::start().await;
    let (ann, bob, server, room) = node.ann_and_bob().await;
    let cid = node.user("cid").await;
    let code = ann.get(&format!("/servers/{server}")).await.ok()["access_code"].clone();
    cid.post("/servers/join", json!({ "code": code })).await.ok();
    let [mut hers, mut his, mut cids] = [Device::set_up(&ann).await, Device::set_up(&bob).await, Device::set_up(&cid).await];
    let plain = ann.say(&room, "in the open").await;
    // only who manages rooms may
    let mut wrong = Talk::new(&room);
    let members = vec![entry(&his, Role::Owner)];
    let first = wrong.beginning(&mut his, ConversationKind::Room, members, POLICY).await;
    bob.post("/e2ee/conversations", first.first_json(&room)).await.fails(403, "permission.missing");
    first.give_up(&mut his);
    let mut socket = cid.socket().await;
    let members = vec![entry(&hers, Role::Owner), entry(&his, Role::Member)];
    let mut talk = Talk::begin(&mut hers, ConversationKind::Room, members, POLICY, &room).await;
    assert_eq!(socket.wait_for("room.updated").await["is_encrypted"], true);
    assert_eq!(ann.get(&format!("/rooms/{room}")).await.ok()["is_encrypted"], true);
    talk.say(&hers, "sealed").await;
    let mut bobs = Talk::open(&mut his, &room).await;
    assert_eq!(bobs.texts(&bob).await, ["sealed"]);
    // nothing plain any more, by nobody
    let text = json!({ "id": new_id(), "conversation_id": room, "content": { "type": "text", "text": "oops" } });
    for person in [&ann, &bob, &cid] {
        person.post("/messages", text.clone()).await.fails(422, "e2ee.required");
    }
    // Cid sees the room and its ciphertext, and asks to be let in
    let view = cid.get(&format!("/conversations/{room}/view")).await.ok();
    assert_eq!((&view["conversation"], &view["encryption"]["epoch"]), (&Value::Null, &json!(1)));
    let mut outside = Talk::open(&mut cids, &room).await;
    assert!(outside.secrets.is_empty());
    outside.secrets = talk.secrets.clone();
    let forged = outside.text(&cids, "let me in");
    send(&cid, &forged).await.fails(403, "e2ee.not_member");
    let mut link = outside.draft();
    link.links = talk.links[..1].to_vec();
    outside.try_post(&cids, &link).await.fails(403, "e2ee.wrong_device");
    let mut hers_socket = ann.socket().await;
    let path = format!("/e2ee/conversations/{room}");
    cid.post(&format!("{path}/request"), json!({})).await.ok();
    cid.post(&format!("{path}/request"), json!({})).await.ok();
    assert_eq!(hers_socket.expect("e2ee.join_request").await["user_id"], cid.id.as_str());
    hers_socket.expect_silence().await;
    cid.get(&format!("{path}/request")).await.fails(403, "e2ee.not_member");
    assert_eq!(ann.get(&format!("{path}/request")).await.ok()["requests"][0]["user_id"], cid.id.as_str());
    node.clock.advance(PAUSE_MS);
    talk.learn(&ann, cids.account).await;
    let add = Change::Add { members: vec![entry(&cids, Role::Member)] };
    talk.change_and_renew(&mut hers, Some(add)).await;
    assert_eq!(ann.get(&format!("{path}/request")).await.ok(), json!({ "requests": [] }));
    let mut inside = Talk::open(&mut cids, &room).await;
    let said = inside.say(&cids, "thanks").await;
    // a moderator takes away what nobody here could read
    let gone = ann.delete(&format!("/messages/{}", said["id"].as_str().unwrap())).await.ok();
    assert_eq!((&gone["author_id"], &gone["deleted_by"]), (&json!(cid.id), &json!(ann.id)));
    cid.delete(&format!("/messages/{}", plain["id"].as_str().unwrap())).await.fails(403, "permission.missing");

    // a kick: any member signs the removal with the node's word, and nothing goes out before the next epoch
    assert_eq!(bob.get(&format!("{path}/statements")).await.ok(), json!({ "statements": [] }));
    ann.delete(&format!("/servers/{server}/members/{}", cid.id)).await.ok();
    cid.get(&path).await.fails(404, "conversation.not_a_member");
    let words = bob.get(&format!("{path}/statements")).await.ok();
    let word = statement(&words["statements"][0]);
    assert_eq!(word.account, cids.account);
    bobs.refresh(&his).await;
    let alone = Change::Remove { members: vec![cids.account], statement: Some(Statement { at: word.at + 1, ..word.clone() }) };
    let mut draft = bobs.draft();
    let body = sign_anything(&bobs, &his, alone);
    draft.links.push(body);
    bobs.try_post(&his, &draft).await.fails(422, "e2ee.bad_link");
    node.clock.advance(PAUSE_MS);
    bobs.receive_keys(&mut his).await;
    bobs.change_and_renew(&mut his, Some(Change::Remove { members: vec![cids.account], statement: Some(word) })).await;
    bobs.say(&his, "without Cid").await;
    // deleting the room leaves nothing
    ann.delete(&format!("/rooms/{room}")).await.ok();
    for table in ["encrypted", "conversation_links", "roster", "wraps", "envelopes", "join_requests"] {
        let sql = format!("SELECT count(*) AS value FROM {table}");
        let left: i64 = node.node.app.db.read(move |read| read.value(&sql, &[])).await.unwrap().unwrap();
        assert_eq!(left, 0, "{table}");
    }
}

/// The next link as a client would never make it.
fn sign_anything(talk: &Talk, by: &Device, change: Change) -> snug_crypto::link::Link {
    use snug_crypto::conversation_log::body::{Body, Signer};
    let head = talk.log().chain().head().unwrap();
    let signer = Signer { account: by.account, device: by.id, head: by.head() };
    let at = crate::support::device::now_s();
    Body { conversation: talk.conversation, seq: head.seq + 1, prev: Some(head.hash), at, by: signer, change }.sign(&by.dsk)
}

#[tokio::test]
async fn what_clients_would_refuse_the_node_refuses() {
    let node = TestNode::start().await;
    let [mut ann, mut bob, mut cid] = devices(&node, ["ann", "bob", "cid"]).await;
    let dan = node.user("dan").await;
    let mut hers = Talk::group(&mut ann, &[&bob]).await;
    let mut his = Talk::open(&mut bob, &hers.id).await;
    let attempt = async |talk: &Talk, by: &Device, change: Change| {
        let mut draft = talk.draft();
        draft.links.push(sign_anything(talk, by, change));
        talk.try_post(by, &draft).await
    };
    // a plain member adds and removes nobody, and gives nobody roles
    his.learn(&bob.person, cid.account).await;
    let add = Change::Add { members: vec![entry(&cid, Role::Member)] };
    let rule = attempt(&his, &bob, add.clone()).await.fails(422, "e2ee.bad_link");
    assert!(rule["detail"].as_str().unwrap().contains("permission"), "{rule}");
    let remove = Change::Remove { members: vec![ann.account], statement: None };
    attempt(&his, &bob, remove).await.fails(422, "e2ee.bad_link");
    attempt(&his, &bob, Change::Role { account: bob.account, role: Role::Owner }).await.fails(422, "e2ee.bad_link");
    // people without keys, who are not there, or under another identity
    let unknown = |account| Change::Add {
        members: vec![snug_crypto::conversation_log::roster::Entry { account, aik: ann.log.aik().unwrap(), role: Role::Member }],
    };
    attempt(&hers, &ann, unknown(core_id(&dan.id))).await.fails(409, "e2ee.no_keys");
    attempt(&hers, &ann, unknown(core_id(&new_id()))).await.fails(404, "user.not_found");
    let rule = attempt(&hers, &ann, unknown(cid.account)).await.fails(422, "e2ee.bad_link");
    assert!(rule["detail"].as_str().unwrap().contains("identity"), "{rule}");
    // a link that was signed for another place, twice, by another device, or with an old head
    let mut draft = hers.draft();
    draft.links = hers.links[1..].to_vec();
    hers.try_post(&ann, &draft).await.fails(409, "e2ee.conflict");
    let mut other = Talk::group(&mut ann, &[&bob]).await;
    let foreign = sign_anything(&other, &ann, add.clone());
    let mut draft = hers.draft();
    draft.links.push(foreign);
    hers.try_post(&ann, &draft).await.fails(422, "e2ee.bad_link");
    let stranger = Device::new(ann.person.clone());
    let mut draft = hers.draft();
    let mut made = sign_anything(&hers, &ann, add.clone());
    made.sig = Bytes([1; 64]);
    draft.links.push(made);
    hers.try_post(&ann, &draft).await.fails(422, "e2ee.bad_link");
    let old = sign_anything(&hers, &ann, add.clone());
    ann.pair(&ann.person.sign_in_again().await).await;
    let mut draft = hers.draft();
    draft.links.push(old);
    hers.try_post(&ann, &draft).await.fails(409, "e2ee.conflict");
    assert!(stranger.log.head().is_none());
    // a conversation that names another node's key, or makes itself a room
    let mut fresh = Talk::new(&new_id());
    let members = vec![entry(&ann, Role::Owner), entry(&bob, Role::Member)];
    let mut first = fresh.beginning(&mut ann, ConversationKind::Group, members.clone(), POLICY).await;
    first.links.truncate(1);
    let mut change = create(&ann.person, ConversationKind::Group, members.clone(), POLICY).await;
    if let Change::Create { instance_key, .. } = &mut change {
        *instance_key = ann.dsk.public();
    }
    let mut forged = fresh.draft();
    forged.link(&ann, &fresh.conversation, &fresh.accounts, change);
    ann.person.post("/e2ee/conversations", forged.first_json(&fresh.id)).await.fails(422, "e2ee.bad_link");
    let mut room = fresh.draft();
    let change = create(&ann.person, ConversationKind::Room, members.clone(), POLICY).await;
    room.link(&ann, &fresh.conversation, &fresh.accounts, change);
    ann.person.post("/e2ee/conversations", room.first_json(&fresh.id)).await.fails(422, "e2ee.bad_link");
    // an id that is somebody's already
    for taken in [bob.person.id.clone(), other.id.clone()] {
        let mut theirs = Talk::new(&taken);
        let members = vec![entry(&cid, Role::Owner), entry(&bob, Role::Member)];
        let first = theirs.beginning(&mut cid, ConversationKind::Group, members, POLICY).await;
        cid.person.post("/e2ee/conversations", first.first_json(&taken)).await.fails(422, "request.invalid");
        first.give_up(&mut cid);
    }
    // nothing of all this changed anything, and talking goes on
    hers.refresh(&ann).await;
    assert_eq!(hers.links.len(), 2);
    hers.say(&ann, "still here").await;
    let path = format!("/e2ee/conversations/{}", hers.id);
    for (method, rest) in [("GET", ""), ("GET", "/keys"), ("GET", "/rewrap"), ("GET", "/request"), ("GET", "/statements")] {
        cid.person.request(method, &format!("{path}{rest}"), None).await.fails(404, "conversation.not_a_member");
    }
    let gone = other.seal(&ann, Kind::Message, None, ("text", json!({ "body": "hi" })));
    send(&cid.person, &gone).await.fails(404, "conversation.not_a_member");
    // a direct conversation keeps its people
    let mut direct = Talk::direct(&mut ann, &bob).await;
    let leave = Change::Remove { members: vec![ann.account], statement: None };
    attempt(&direct, &ann, leave).await.fails(409, "conversation.direct_fixed");
    direct.say(&ann, "here").await;
}

#[tokio::test]
async fn a_node_that_starts_again_follows_the_log_from_its_data() {
    let mut node = TestNode::start().await;
    let [mut ann, mut bob] = devices(&node, ["ann", "bob"]).await;
    let mut hers = Talk::direct(&mut ann, &bob).await;
    hers.say(&ann, "before").await;
    node.restart().await;
    let mut his = Talk::open(&mut bob, &hers.id).await;
    his.say(&bob, "after").await;
    node.clock.advance(PAUSE_MS);
    hers.change_and_renew(&mut ann, None).await;
    hers.say(&ann, "anew").await;
    his.refresh(&bob).await;
    his.receive_keys(&mut bob).await;
    assert_eq!(his.texts(&bob.person).await, ["before", "after", "anew"]);
}
