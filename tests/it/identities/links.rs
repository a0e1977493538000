//! Links: what may continue a log, and what has to come with it.
use crate::support::device::{OwnSlot, random_id, uuid};
use crate::support::talk::Talk;
use crate::support::{Device, Draft, Person, TestNode, auth_key};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as B64;
use serde_json::json;
use snug_crypto::account_key::Class;
use snug_crypto::account_log::body::{Change, Signer};
use snug_crypto::sign::SignKey;
use snug_crypto::slot::SlotKind;

const DAY_MS: i64 = 86_400_000;

#[tokio::test]
async fn links_that_do_not_continue_the_log_are_refused() {
    let node = TestNode::start().await;
    let (ann, bob) = (node.user("ann").await, node.user("bob").await);
    let mut device = Device::set_up(&ann).await;
    let theirs = Device::set_up(&bob).await;
    let mut stale = Draft::on(&device.log);
    device.rotate_keys(&mut stale, &[Class::Session], false);
    let before = device.head();
    device.rekey().await;
    let conflict = device.try_post(&stale).await.fails(409, "e2ee.conflict");
    assert_eq!(conflict["field"], "links");
    // what was taken once does not come again
    let mut replay = Draft::on(&device.log);
    replay.links = stale.links.clone();
    device.try_post(&replay).await.fails(409, "e2ee.conflict");
    // somebody else's links
    let mut foreign = Draft::on(&theirs.log);
    theirs.by_device(&mut foreign, Change::DeviceRevoke { devices: vec![theirs.id] });
    device.try_post(&foreign).await.fails(422, "e2ee.bad_link");
    // a key that is nobody's
    let mut forged = Draft::on(&device.log);
    device.by_device(&mut forged, Change::DeviceRevoke { devices: vec![device.id] });
    forged.links[0].sig.0[5] ^= 1;
    let refused = device.try_post(&forged).await.fails(422, "e2ee.bad_link");
    assert!(refused["detail"].as_str().unwrap().contains("bad_signature"), "{refused}");
    // a second root has its own route
    let mut other = Device::new(ann.clone());
    other.fetch().await;
    let root = other.root(Some(device.head()));
    device.try_post(&root).await.fails(422, "e2ee.invalid");
    let identity = device.refresh().await;
    assert_ne!(identity["head"], json!(before));
    assert_eq!(identity["head"], json!(device.head()));
}

#[tokio::test]
async fn a_session_that_is_no_device_changes_nothing() {
    let node = TestNode::start().await;
    let ann = node.user("ann").await;
    let mut device = Device::set_up(&ann).await;
    let other = ann.sign_in_again().await;
    let mut draft = Draft::on(&device.log);
    device.rotate_keys(&mut draft, &[Class::Session], false);
    other.post("/e2ee/identity/links", draft.json()).await.fails(403, "e2ee.wrong_device");
    let empty = Draft::on(&device.log);
    other.post("/e2ee/identity/links", empty.json()).await.fails(403, "e2ee.wrong_device");
    other.put("/e2ee/vault", json!({ "items": [] })).await.fails(403, "e2ee.wrong_device");
    // nor does one device speak for another
    let second = Device::unlock(&other, &device).await;
    device.fetch().await;
    let mut draft = Draft::on(&device.log);
    device.rotate_keys(&mut draft, &[Class::Session], false);
    second.try_post(&draft).await.fails(403, "e2ee.wrong_device");
    device.post(draft).await;
}

#[tokio::test]
async fn who_unlocks_with_the_password_gets_the_session_key_from_another_device() {
    let node = TestNode::start().await;
    let ann = node.user("ann").await;
    let mut device = Device::set_up(&ann).await;
    let other = ann.sign_in_again().await;
    let mut socket = ann.socket().await;
    let mut second = Device::unlock(&other, &device).await;
    assert_eq!(socket.expect("e2ee.account").await["links"].as_array().unwrap().len(), 1);
    let identity = device.refresh().await;
    assert_eq!(identity["needs_session_key"], json!([uuid(&second.id)]));
    let mut draft = Draft::on(&device.log);
    draft.key_box(&second.dxk.public(), second.id, (Class::Session, 1), &device.keys[&(Class::Session, 1)]);
    let identity = device.post(draft).await;
    assert_eq!(identity["needs_session_key"], json!([]));
    assert_eq!(socket.expect("e2ee.account").await["links"], json!([]), "boxes alone are told too");
    second.refresh().await;
    assert_eq!(second.keys, device.keys);
    let devices = ann.get("/e2ee/devices").await.ok();
    assert_eq!(devices["devices"][0]["kind"], "cli");
    assert_eq!(devices["devices"][0]["session"]["device_name"], "another");
    assert_eq!(devices["devices"][0]["is_current"], false);
}

#[tokio::test]
async fn a_revoked_device_is_signed_out_at_once_and_the_others_have_new_keys() {
    let node = TestNode::start().await;
    let ann = node.user("ann").await;
    let mut device = Device::set_up(&ann).await;
    let lost = device.pair(&ann.sign_in_again().await).await;
    let mut kept = device.pair(&ann.sign_in_again().await).await;
    let (mut socket, mut gone) = (ann.socket().await, lost.person.socket().await);

    let mut draft = device.revocation(&[lost.id]);
    draft.boxes.remove(0);
    let missing = device.try_post(&draft).await.fails(422, "e2ee.box_missing");
    assert!(missing["detail"].as_str().unwrap().contains(" for "), "{missing}");
    lost.person.get("/users/me").await.ok();
    let identity = device.revoke(&[lost.id]).await;
    assert_eq!(identity["links_total"], device.log.chain().len());
    assert_eq!(gone.closed().await, 4001);
    lost.person.get("/users/me").await.fails(401, "auth.signed_out");
    kept.refresh().await;
    for at in [(Class::History, 2), (Class::Session, 2)] {
        // the first try made keys too, which nobody took
        assert_eq!(kept.keys[&at], device.keys[&at]);
    }
    assert_eq!(socket.wait_for("e2ee.account").await["links"].as_array().unwrap().len(), 2);
    let states = ann.get("/e2ee/devices").await.ok();
    let state = states["devices"].as_array().unwrap().iter().find(|state| state["id"] == uuid(&lost.id)).unwrap().clone();
    assert_eq!((&state["is_active"], &state["session"]), (&json!(false), &json!(null)));
}

#[tokio::test]
async fn signing_out_for_good_revokes_the_own_device_and_answers() {
    let node = TestNode::start().await;
    let ann = node.user("ann").await;
    let mut device = Device::set_up(&ann).await;
    let second = device.pair(&ann.sign_in_again().await).await;
    let mut draft = Draft::on(&second.log);
    second.by_device(&mut draft, Change::DeviceRevoke { devices: vec![second.id] });
    let identity = second.try_post(&draft).await.ok();
    assert_eq!(identity["device_id"], json!(null));
    second.person.put("/e2ee/vault", json!({ "items": [] })).await.fails(403, "e2ee.wrong_device");
    // ending a session does not revoke the device
    let third = device.refresh().await;
    assert_eq!(third["device_id"], uuid(&device.id));
}

#[tokio::test]
async fn a_device_with_a_new_key_is_given_what_the_old_one_opened() {
    let node = TestNode::start().await;
    let ann = node.user("ann").await;
    let mut device = Device::set_up(&ann).await;
    let mut draft = Draft::on(&device.log);
    let dxk = snug_crypto::dh::DhKey::random().unwrap().public();
    device.by_device(&mut draft, Change::DeviceRekey { device: device.id, dxk });
    device.try_post(&draft).await.fails(422, "e2ee.box_missing");
    let identity = device.rekey().await;
    let boxes = identity["boxes"].as_array().unwrap();
    assert_eq!(boxes.iter().filter(|key_box| key_box["holder"] == json!(device.id)).count(), 2, "what the old key opened is gone");
    device.refresh().await;
}

#[tokio::test]
async fn a_handed_over_identity_takes_its_slots_along() {
    let node = TestNode::start().await;
    let ann = node.user("ann").await;
    let mut device = Device::set_up(&ann).await;
    let (old, new) = (device.aik.clone().unwrap(), SignKey::random().unwrap());
    let mut draft = Draft::on(&device.log);
    draft.link(Signer::Identity, Change::rotate(&device.account, &old.public(), &new), &old);
    device.try_post(&draft).await.fails(422, "e2ee.invalid");
    device.aik = Some(new);
    draft.slots.push(device.record(&draft, &device.slots[0].clone()));
    device.post(draft).await;
    let mut second = Device::unlock(&ann.sign_in_again().await, &device).await;
    second.refresh().await;
    let changes = ann.get("/e2ee/history").await.ok();
    let kinds: Vec<_> = changes["changes"].as_array().unwrap().iter().map(|c| (c["kind"].clone(), c["reason"].clone())).collect();
    assert_eq!(kinds[..2], [(json!("device"), json!("device_add")), (json!("identity"), json!("rotate"))]);
    assert!(changes["changes"][1]["old"].is_string() && changes["changes"][1]["new"].is_string());
    assert_eq!(kinds.len(), 9, "root: identity, ik, device, slot, h, s; and the signed prekey: {kinds:?}");
}

#[tokio::test]
async fn the_password_changes_together_with_its_slot() {
    let node = TestNode::start().await;
    let ann = node.user("ann").await;
    let mut device = Device::set_up(&ann).await;
    let other = ann.sign_in_again().await;
    let kdf = json!({ "m": 65536, "t": 4, "p": 1 });
    let new_key = B64.encode([9; 32]);
    let plain = json!({ "current_auth_key": auth_key("ann"), "salt": B64.encode([2; 16]), "kdf": kdf, "auth_key": new_key });
    ann.put("/users/me/password", plain).await.fails(409, "e2ee.use_links");

    let password = json!({ "auth_key": auth_key("ann"), "new_salt": B64.encode([2; 16]), "new_kdf": kdf, "new_auth_key": new_key });
    let mut alone = Draft::on(&device.log);
    alone.password = password.clone();
    device.try_post(&alone).await.fails(422, "e2ee.invalid");
    let old = device.slots[0].clone();
    let mut draft = Draft::on(&device.log);
    device.replace_slots(&mut draft, OwnSlot { id: random_id(), kind: SlotKind::Password, secret: vec![9; 32] }, &[old.id]);
    draft.password = json!({ "auth_key": new_key, "new_salt": B64.encode([2; 16]), "new_kdf": kdf, "new_auth_key": new_key });
    device.try_post(&draft).await.fails(401, "auth.wrong_password");
    draft.password = json!({ "auth_key": auth_key("ann"), "new_salt": B64.encode([2; 16]), "new_kdf": { "m": 8, "t": 1, "p": 1 }, "new_auth_key": new_key });
    device.try_post(&draft).await.fails(422, "request.invalid");
    other.get("/users/me").await.ok();
    draft.password = password;
    let identity = device.post(draft).await;
    assert_eq!(identity["kdf"], json!({ "m": 65536, "t": 4, "p": 1, "salt": B64.encode([2; 16]) }));
    assert_eq!(identity["slots"].as_array().unwrap().len(), 1);
    other.get("/users/me").await.fails(401, "auth.signed_out");
    let login = |key: &str| json!({ "login": "ann", "auth_key": key, "device_name": "third" });
    node.nobody().post("/auth/login", login(&auth_key("ann"))).await.fails(401, "auth.wrong_password");
    let third = Person::signed_in(node.address, node.nobody().post("/auth/login", login(&new_key)).await);
    Device::unlock(&third, &device).await;
}

#[tokio::test]
async fn recovery_words_are_a_second_way_in() {
    let node = TestNode::start().await;
    let ann = node.user("ann").await;
    let mut device = Device::set_up(&ann).await;
    let mut draft = Draft::on(&device.log);
    device.replace_slots(&mut draft, OwnSlot { id: random_id(), kind: SlotKind::Words, secret: vec![4; 16] }, &[]);
    let record = draft.slots.pop().unwrap();
    device.try_post(&draft).await.fails(422, "e2ee.invalid");
    draft.slots.push(record.clone());
    let key_box = draft.boxes.pop().unwrap();
    device.try_post(&draft).await.fails(422, "e2ee.box_missing");
    draft.boxes.push(key_box);
    draft.slots[0].kind = SlotKind::Passkey;
    device.try_post(&draft).await.fails(422, "e2ee.invalid");
    draft.slots[0] = record;
    device.post(draft).await;
    let mut second = Device::new(ann.sign_in_again().await);
    second.slots = vec![device.slots[1].clone()];
    let draft = second.unlocking().await;
    second.post(draft).await;
    assert_eq!(second.keys[&(Class::History, 1)], device.keys[&(Class::History, 1)]);
}

#[tokio::test]
async fn a_reset_begins_anew_and_ends_all_devices() {
    let node = TestNode::start().await;
    let ann = node.user("ann").await;
    let device = Device::set_up(&ann).await;
    let lonely = ann.sign_in_again().await;
    let (mut socket, mut old) = (lonely.socket().await, device.person.socket().await);
    let mut new = Device::new(lonely.clone());
    new.fetch().await;
    let early = new.root(Some(device.head()));
    lonely.post("/e2ee/identity", early.json()).await.fails(409, "e2ee.conflict");
    lonely.post("/e2ee/reset", json!({ "auth_key": auth_key("bob") })).await.fails(401, "auth.wrong_password");
    lonely.post("/e2ee/reset", json!({ "auth_key": "x" })).await.fails(422, "request.invalid");
    let asked = lonely.post("/e2ee/reset", json!({ "auth_key": auth_key("ann") })).await.ok();
    assert_eq!(asked["reset"]["asked_at"], asked["reset"]["ready_at"], "no encrypted conversation: at once");
    assert_eq!(socket.expect("e2ee.reset").await["ready_at"], asked["reset"]["ready_at"]);

    let identity = lonely.post("/e2ee/identity", early.json()).await.created();
    new.took(early);
    assert_eq!((&identity["links_total"], &identity["reset"]), (&json!(2), &json!(null)));
    assert_eq!(identity["device_id"], uuid(&new.id));
    assert_eq!(identity["boxes"].as_array().unwrap().len(), 3);
    assert_eq!(identity["vault_version"], 24, "versions go on, the items before are gone");
    assert_eq!(lonely.get("/e2ee/vault").await.ok()["items"].as_array().unwrap().len(), 12);
    assert_eq!(socket.expect("e2ee.reset").await["ready_at"], json!(null));
    assert_eq!(old.closed().await, 4001);
    device.person.get("/users/me").await.fails(401, "auth.signed_out");
    new.rekey().await;
}

#[tokio::test]
async fn a_reset_waits_a_day_for_objections_where_conversations_are_encrypted() {
    let node = TestNode::start().await;
    let (ann, bob) = (node.user("ann").await, node.user("bob").await);
    let mut device = Device::set_up(&ann).await;
    Talk::direct(&mut device, &Device::set_up(&bob).await).await;
    let thief = ann.sign_in_again().await;
    let mut socket = ann.socket().await;
    let asked = thief.post("/e2ee/reset", json!({ "auth_key": auth_key("ann") })).await.ok();
    let ready_at = asked["reset"]["ready_at"].as_i64().unwrap();
    assert_eq!(ready_at - asked["reset"]["asked_at"].as_i64().unwrap(), DAY_MS);
    assert_eq!(socket.expect("e2ee.reset").await["ready_at"], ready_at);
    let mut new = Device::new(thief.clone());
    new.fetch().await;
    let root = new.root(Some(device.head()));
    thief.post("/e2ee/identity", root.json()).await.fails(409, "e2ee.reset_waits");
    thief.delete("/e2ee/reset").await.fails(403, "e2ee.wrong_device");
    let cancelled = ann.delete("/e2ee/reset").await.ok();
    assert_eq!(cancelled["reset"], json!(null));
    assert_eq!(socket.expect("e2ee.reset").await["ready_at"], json!(null));
    node.clock.advance(2 * DAY_MS);
    let thief = ann.sign_in_again().await;
    thief.post("/e2ee/identity", root.json()).await.fails(409, "e2ee.conflict");
    // nobody objects
    thief.post("/e2ee/reset", json!({ "auth_key": auth_key("ann") })).await.ok();
    thief.post("/e2ee/identity", root.json()).await.fails(409, "e2ee.reset_waits");
    node.clock.advance(DAY_MS);
    let thief = ann.sign_in_again().await;
    thief.post("/e2ee/identity", root.json()).await.created();
    assert!(device.person.get("/e2ee/identity").await.status == 401);
    device.took(root);
}

#[tokio::test]
async fn encrypted_conversations_hear_that_an_identity_changed() {
    let node = TestNode::start().await;
    let (ann, bob) = (node.user("ann").await, node.user("bob").await);
    let mut device = Device::set_up(&ann).await;
    Talk::direct(&mut device, &Device::set_up(&bob).await).await;
    let mut socket = bob.socket().await;
    device.rekey().await;
    assert_eq!(socket.expect("e2ee.identity").await, json!({ "user_id": ann.id, "head": device.head() }));
}
