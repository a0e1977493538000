//! What others get: bundles and contact codes. And nonsense, which nobody gets anywhere with.
use crate::support::device::{OwnSlot, random_id, text};
use crate::support::{Device, Draft, Person, TestNode, new_id};
use proptest::prelude::{Strategy, any};
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value, json};
use snug_crypto::account_key::Class;
use snug_crypto::account_log::body::Change;
use snug_crypto::prekeys::Bundle;
use snug_crypto::slot::SlotKind;
use std::collections::BTreeSet;

const DAY_MS: i64 = 86_400_000;

async fn bundles(asker: &Person, of: &[&Person], one_time: bool) -> (Vec<Bundle>, Value) {
    let ids: Vec<_> = of.iter().map(|person| &person.id).collect();
    let answer = asker.post("/e2ee/bundles", json!({ "user_ids": ids, "conversation_id": null, "one_time": one_time })).await.ok();
    (serde_json::from_value(answer["bundles"].clone()).unwrap(), answer["missing"].clone())
}

#[tokio::test]
async fn bundles_verify_and_one_time_prekeys_are_given_once() {
    let node = TestNode::start().await;
    let (ann, bob, cid) = (node.user("ann").await, node.user("bob").await, node.user("cid").await);
    let device = Device::set_up(&ann).await;
    let (found, missing) = bundles(&bob, &[&ann, &cid, &ann], false).await;
    assert_eq!(missing, json!([cid.id]));
    let recipient = found[0].verify(&device.log, &device.log.aik().unwrap(), crate::support::device::now_s()).unwrap();
    assert_eq!(recipient.opk, None);

    let mut given = BTreeSet::new();
    for _ in 0..5 {
        let (found, _) = bundles(&bob, &[&ann], true).await;
        assert!(given.insert(found[0].opk.unwrap().id));
    }
    assert_eq!(bundles(&bob, &[&ann], true).await.0[0].opk, None, "five a day for each asker");
    let (found, _) = bundles(&cid, &[&ann], true).await;
    assert!(given.insert(found[0].opk.unwrap().id));
    assert!(given.iter().all(|id| device.prekeys.contains_key(id)));
    assert_eq!(ann.get("/e2ee/identity").await.ok()["one_time_prekeys"], 4);
    node.clock.advance(DAY_MS);
    let (ann2, bob) = (ann.sign_in_again().await, bob.sign_in_again().await);
    for left in (0..4).rev() {
        assert!(bundles(&bob, &[&ann], true).await.0[0].opk.is_some());
        assert_eq!(ann2.get("/e2ee/identity").await.ok()["one_time_prekeys"], left);
    }
    assert_eq!(bundles(&bob, &[&ann], true).await.0[0].opk, None, "none is left");
    let ids: Vec<_> = (0..33).map(|_| new_id()).collect();
    bob.post("/e2ee/bundles", json!({ "user_ids": ids, "one_time": true })).await.fails(422, "request.invalid");
    assert_eq!(bob.post("/e2ee/bundles", json!({ "user_ids": ids })).await.ok()["missing"].as_array().unwrap().len(), 33);
    let ids: Vec<_> = (0..501).map(|_| new_id()).collect();
    bob.post("/e2ee/bundles", json!({ "user_ids": ids })).await.fails(422, "request.invalid");
}

#[tokio::test]
async fn prekeys_are_renewed_by_the_device_that_signs_them() {
    let node = TestNode::start().await;
    let (ann, bob) = (node.user("ann").await, node.user("bob").await);
    let mut device = Device::set_up(&ann).await;
    let mut second = device.pair(&ann.sign_in_again().await).await;
    let identity = second.replenish(11).await;
    assert_eq!(identity["one_time_prekeys"], 21);
    assert_eq!(bundles(&bob, &[&ann], false).await.0[0].spk.by, second.id);
    let mut socket = ann.socket().await;
    for _ in 0..3 {
        bundles(&bob, &[&ann], true).await;
    }
    assert_eq!(socket.expect("e2ee.prekeys_low").await, json!({ "left": 19 }));
    socket.expect_silence().await;

    let mut draft = Draft::on(&device.log);
    device.add_prekeys(&mut draft, 200);
    device.try_post(&draft).await.fails(409, "e2ee.too_many");
    draft.prekeys["replace"] = json!(true);
    second.try_post(&draft).await.fails(403, "e2ee.wrong_device");
    assert_eq!(device.post(draft).await["one_time_prekeys"], 200);
    let mut draft = Draft::on(&device.log);
    device.add_prekeys(&mut draft, 1);
    let one = draft.prekeys["one_time"][0].clone();
    draft.prekeys["one_time"] = json!([one, one]);
    device.try_post(&draft).await.fails(422, "e2ee.invalid");
    draft.prekeys["one_time"] = json!([]);
    draft.prekeys["signed"]["pub"] = json!(text(&[3; 32]));
    device.try_post(&draft).await.fails(422, "e2ee.invalid");

    // a signed prekey goes with the device that signed it
    second.fetch().await;
    second.replenish(0).await;
    device.fetch().await;
    let mut draft = Draft::on(&device.log);
    device.by_identity(&mut draft, Change::DeviceRevoke { devices: vec![second.id] });
    device.rotate_keys(&mut draft, &[Class::History, Class::Session], false);
    let identity = device.post(draft).await;
    assert_eq!(identity["signed_prekey"], json!(null));
    assert_eq!(bundles(&bob, &[&ann], false).await.1, json!([ann.id]));
    device.replenish(0).await;
    let (found, _) = bundles(&bob, &[&ann], false).await;
    found[0].verify(&device.log, &device.log.aik().unwrap(), crate::support::device::now_s()).unwrap();
}

#[tokio::test]
async fn a_contact_code_finds_its_owner_until_it_is_replaced() {
    let node = TestNode::start().await;
    let (ann, bob) = (node.user("ann").await, node.user("bob").await);
    let own = ann.get("/e2ee/contact-code").await.ok();
    let code = own["code"].as_str().unwrap().to_owned();
    assert_eq!((code.len(), &own["previous"]), (16, &json!([])));
    assert_eq!(ann.get("/e2ee/contact-code").await.ok(), own);
    let typed = format!("{}-{}", &code[..8].to_lowercase(), &code[8..]);
    for code in [&code, &typed] {
        assert_eq!(bob.get(&format!("/contacts/{code}")).await.ok()["id"], ann.id);
    }
    for wrong in ["0000000000000000", "short", "UUUUUUUUUUUUUUUU", "%00"] {
        bob.get(&format!("/contacts/{wrong}")).await.fails(404, "invite.invalid");
    }
    for days in [-1, 31] {
        ann.post("/e2ee/contact-code/rotate", json!({ "grace_days": days })).await.fails(422, "request.invalid");
    }
    let next = ann.post("/e2ee/contact-code/rotate", json!({ "grace_days": 2 })).await.ok();
    assert_ne!(next["code"], json!(code));
    assert_eq!(next["previous"][0]["code_hint"], code[12..]);
    bob.get(&format!("/contacts/{code}")).await.ok();
    node.clock.advance(2 * DAY_MS);
    let (ann, bob) = (ann.sign_in_again().await, bob.sign_in_again().await);
    bob.get(&format!("/contacts/{code}")).await.fails(404, "invite.invalid");
    let last = ann.post("/e2ee/contact-code/rotate", json!({ "grace_days": 0 })).await.ok();
    assert_eq!(last["previous"], json!([]));
    bob.get(&format!("/contacts/{}", next["code"].as_str().unwrap())).await.fails(404, "invite.invalid");
    for _ in 0..12 {
        ann.post("/e2ee/contact-code/rotate", json!({ "grace_days": 30 })).await.ok();
    }
    assert_eq!(ann.get("/e2ee/contact-code").await.ok()["previous"].as_array().unwrap().len(), 10);
    let changes = ann.get("/e2ee/history").await.ok();
    assert!(changes["changes"].as_array().unwrap().iter().all(|change| change["kind"] == "public_id"));
}

/// Every place in a value: the way there.
fn places(value: &Value, at: String, found: &mut Vec<String>) {
    found.push(at.clone());
    match value {
        Value::Object(object) => object.iter().for_each(|(name, value)| places(value, format!("{at}/{name}"), found)),
        Value::Array(array) => array.iter().take(2).enumerate().for_each(|(n, value)| places(value, format!("{at}/{n}"), found)),
        _ => {}
    }
}

#[tokio::test]
async fn random_bytes_in_any_protocol_object_are_refused_politely() {
    let node = TestNode::start().await;
    let ann = node.user("ann").await;
    let mut device = Device::set_up(&ann).await;
    let mut draft = Draft::on(&device.log);
    let old = device.slots[0].id;
    device.replace_slots(&mut draft, OwnSlot { id: random_id(), kind: SlotKind::Password, secret: vec![9; 32] }, &[old]);
    draft.boxes.clear(); // there are newer ones at once
    device.rotate_keys(&mut draft, &[Class::History, Class::Session], true);
    // all is right but two things, so that it is never taken, whatever else changes
    draft.vault[0].rev = 77;
    let kdf = json!({ "m": 65536, "t": 3, "p": 1 });
    draft.password = json!({ "auth_key": text(&[0; 32]), "new_salt": text(&[1; 16]), "new_kdf": kdf, "new_auth_key": text(&[1; 32]) });
    device.try_post(&draft).await.fails(401, "auth.wrong_password");
    draft.drop = vec![json!({ "kind": "opk", "item": text(&[1; 16]) })];
    draft.welcome = json!({ "request_id": new_id(), "box": { "enc": text(&[1; 32]), "ct": text(&[1; 64]) } });
    let good = draft.json();
    let mut runner = TestRunner::new_with_rng(Config::default(), TestRng::from_seed(RngAlgorithm::ChaCha, &[5; 32]));
    let mut bytes = |most: usize| proptest::collection::vec(any::<u8>(), 0..most).new_tree(&mut runner).unwrap().current();
    let mut all = Vec::new();
    places(&good, String::new(), &mut all);
    all.retain(|place| !place.is_empty());
    let head = ann.get("/e2ee/identity").await.ok()["head"].clone();
    for place in all {
        let length = good.pointer(&place).and_then(Value::as_str).map_or(0, |text| text.len() * 3 / 4);
        let same_length: Vec<u8> = bytes(200).into_iter().chain([0xa5; 128 * 1024]).take(length).collect();
        for value in
            [json!(text(&same_length)), json!(text(&bytes(100))), json!(null), json!([]), json!({}), json!(u64::MAX), json!("\u{0}")]
        {
            let mut bad = good.clone();
            *bad.pointer_mut(&place).unwrap() = value.clone();
            let answer = device.person.post("/e2ee/identity/links", bad).await;
            assert!(matches!(answer.status, 400 | 401 | 403 | 409 | 422), "{place} = {value}: {} {}", answer.status, answer.body);
        }
    }
    assert_eq!(ann.get("/e2ee/identity").await.ok()["head"], head);
    // a body that is no JSON of a link, signed or not
    for body in ["", "{}", "{\"v\":1}", "[[[[[[[[[[[[", "{\"v\":2,\"t\":\"root\"}", "\u{0}"] {
        let link = json!({ "body": text(body.as_bytes()), "sig": text(&[0; 64]) });
        device.person.post("/e2ee/identity/links", json!({ "links": [link] })).await.fails(422, "e2ee.bad_link");
        device.person.post("/e2ee/identity", json!({ "links": [link] })).await.fails(422, "e2ee.invalid");
    }
    let deep = "[".repeat(100_000);
    let link = json!({ "body": text(deep.as_bytes()), "sig": text(&[0; 64]) });
    device.person.post("/e2ee/identity/links", json!({ "links": [link] })).await.fails(422, "e2ee.bad_link");
}
