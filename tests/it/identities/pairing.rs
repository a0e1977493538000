//! Pairing: a new device is let in by one that is there.
use crate::support::device::uuid;
use crate::support::{Device, TestNode, new_id};
use serde_json::json;
use snug_crypto::account_key::Class;
use snug_crypto::pairing::PairSecret;

const MINUTE_MS: i64 = 60_000;

#[tokio::test]
async fn a_new_device_is_let_in_by_one_that_is_there() {
    let node = TestNode::start().await;
    let ann = node.user("ann").await;
    let mut device = Device::set_up(&ann).await;
    let mut new = Device::new(ann.sign_in_again().await);
    let (mut hers, mut its) = (ann.socket().await, new.person.socket().await);
    let (pairing, secret) = new.ask_to_pair().await;
    let seen = hers.expect("e2ee.pairing").await;
    assert_eq!((&seen["id"], &seen["state"], &seen["welcome"]), (&json!(pairing), &json!("open"), &json!(null)));
    assert_eq!(its.expect("e2ee.pairing").await, seen);
    assert_eq!(ann.get("/e2ee/pairings").await.ok()["pairings"], json!([seen]));

    let draft = device.answer_pairing(&pairing, &secret).await;
    device.post(draft).await;
    assert_eq!(its.wait_for("e2ee.pairing").await["state"], "answered");
    new.finish_pairing(&pairing, &secret).await;
    let identity = new.refresh().await;
    assert_eq!(identity["device_id"], uuid(&new.id));
    assert_eq!(identity["needs_session_key"], json!([]));
    assert_eq!(new.keys, device.keys);
    assert_eq!(ann.get("/e2ee/pairings").await.ok()["pairings"], json!([]));
    // it has keys and speaks for the account
    new.rekey().await;
    device.refresh().await;
    assert_eq!(new.keys[&(Class::Session, 2)], device.keys[&(Class::Session, 2)]);
    new.person.post("/e2ee/pairings", new.pairing_request(&secret)).await.fails(403, "e2ee.wrong_device");
}

#[tokio::test]
async fn a_pairing_ends_after_ten_minutes_or_three_wrong_codes() {
    let node = TestNode::start().await;
    let ann = node.user("ann").await;
    let mut device = Device::set_up(&ann).await;
    let mut new = Device::new(ann.sign_in_again().await);
    let (pairing, secret) = new.ask_to_pair().await;
    let late = device.answer_pairing(&pairing, &secret).await;
    let refused = format!("/e2ee/pairings/{pairing}/refused");
    new.person.post(&refused, json!({})).await.fails(403, "e2ee.wrong_device");
    for _ in 0..2 {
        assert_eq!(ann.post(&refused, json!({})).await.ok()["state"], "open");
    }
    let mut socket = new.person.socket().await;
    assert_eq!(ann.post(&refused, json!({})).await.ok()["state"], "expired");
    assert_eq!(socket.expect("e2ee.pairing").await["state"], "expired");
    ann.post(&refused, json!({})).await.fails(410, "e2ee.pairing_expired");
    ann.get(&format!("/e2ee/pairings/{pairing}")).await.fails(410, "e2ee.pairing_expired");
    device.try_post(&late).await.fails(410, "e2ee.pairing_expired");
    assert_eq!(device.refresh().await["links_total"], 1, "nothing of it was stored");

    let (pairing, secret) = new.ask_to_pair().await;
    let late = device.answer_pairing(&pairing, &secret).await;
    node.clock.advance(9 * MINUTE_MS);
    ann.get(&format!("/e2ee/pairings/{pairing}")).await.ok();
    node.clock.advance(MINUTE_MS);
    ann.get(&format!("/e2ee/pairings/{pairing}")).await.fails(410, "e2ee.pairing_expired");
    assert_eq!(ann.get("/e2ee/pairings").await.ok()["pairings"], json!([]));
    device.try_post(&late).await.fails(410, "e2ee.pairing_expired");
    node.clock.advance(24 * 60 * MINUTE_MS);
    snug_identities::forget_old(&node.node.app).await.unwrap();
    let ann = ann.sign_in_again().await;
    ann.get(&format!("/e2ee/pairings/{pairing}")).await.fails(404, "not_found");
}

#[tokio::test]
async fn only_the_device_that_asked_is_welcomed_and_only_once() {
    let node = TestNode::start().await;
    let (ann, bob) = (node.user("ann").await, node.user("bob").await);
    let mut device = Device::set_up(&ann).await;
    let mut theirs = Device::set_up(&bob).await;
    let (mut one, mut two) = (Device::new(ann.sign_in_again().await), Device::new(ann.sign_in_again().await));
    let ((first, secret), (second, _)) = (one.ask_to_pair().await, two.ask_to_pair().await);
    // the link adds one device, the welcome names the other
    let mut crossed = device.answer_pairing(&first, &secret).await;
    crossed.welcome["request_id"] = json!(second);
    device.try_post(&crossed).await.fails(422, "e2ee.invalid");
    // another account neither sees nor answers it
    bob.get(&format!("/e2ee/pairings/{first}")).await.fails(404, "not_found");
    bob.post(&format!("/e2ee/pairings/{first}/refused"), json!({})).await.fails(404, "not_found");
    let mut third = Device::new(bob.sign_in_again().await);
    let (foreign, foreign_secret) = third.ask_to_pair().await;
    let mut draft = theirs.answer_pairing(&foreign, &foreign_secret).await;
    draft.welcome["request_id"] = json!(first);
    theirs.try_post(&draft).await.fails(404, "not_found");
    draft.welcome["request_id"] = json!(new_id());
    theirs.try_post(&draft).await.fails(404, "not_found");
    // answered, and not again
    let draft = device.answer_pairing(&first, &secret).await;
    device.post(draft).await;
    ann.post(&format!("/e2ee/pairings/{first}/refused"), json!({})).await.fails(410, "e2ee.pairing_expired");
    let mut nothing = crate::support::Draft::on(&device.log);
    nothing.welcome = json!({ "request_id": first, "box": { "enc": crate::support::device::text(&[1; 32]), "ct": "" } });
    device.try_post(&nothing).await.fails(422, "e2ee.invalid");
}

#[tokio::test]
async fn few_devices_wait_at_a_time_and_each_proves_its_key() {
    let node = TestNode::start().await;
    let ann = node.user("ann").await;
    let device = Device::set_up(&ann).await;
    let other = ann.sign_in_again().await;
    let mut new = Device::new(other.clone());
    new.log = device.log.clone();
    let secret = PairSecret::random().unwrap();
    let good = new.pairing_request(&secret);
    for (field, value) in [("pop", json!(good["mac"].as_str().unwrap())), ("kind", json!("fax")), ("id", json!("AA"))] {
        let mut bad = good.clone();
        bad["device"][field] = value;
        other.post("/e2ee/pairings", bad).await.fails(422, "request.invalid");
    }
    let mut forged = good.clone();
    forged["device"]["dxk"] = json!(crate::support::device::text(&[8; 32]));
    other.post("/e2ee/pairings", forged).await.fails(422, "e2ee.invalid");
    let mut taken = Device::new(other.clone());
    (taken.log, taken.id) = (device.log.clone(), device.id);
    other.post("/e2ee/pairings", taken.pairing_request(&secret)).await.fails(422, "e2ee.invalid");
    for _ in 0..5 {
        other.post("/e2ee/pairings", good.clone()).await.created();
    }
    other.post("/e2ee/pairings", good.clone()).await.fails(409, "e2ee.too_many");
    node.clock.advance(10 * MINUTE_MS);
    other.post("/e2ee/pairings", good).await.created();
    let bob = node.user("bob").await;
    bob.post("/e2ee/pairings", new.pairing_request(&secret)).await.fails(409, "e2ee.not_set_up");
}
