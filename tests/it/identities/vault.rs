//! The vault: revisions, versions, and what may be dropped.
use crate::support::device::{random_id, text};
use crate::support::{Device, TestNode};
use serde_json::{Value, json};
use snug_crypto::account_key::Class;
use snug_crypto::vault::{Item, VaultItem, open_item};

fn items(part: &Value) -> Vec<VaultItem> {
    serde_json::from_value(part["items"].clone()).unwrap()
}

#[tokio::test]
async fn what_one_device_stores_another_finds_by_its_version() {
    let node = TestNode::start().await;
    let ann = node.user("ann").await;
    let mut device = Device::set_up(&ann).await;
    let second = device.pair(&ann.sign_in_again().await).await;
    let mut socket = second.person.socket().await;
    let item = Item::Setting("theme".into());
    let stored = device.seal(Class::History, &item, b"dark");
    assert_eq!(ann.put("/e2ee/vault", json!({ "items": [stored] })).await.ok(), json!({ "version": 13 }));
    assert_eq!(socket.expect("e2ee.vault").await, json!({ "version": 13 }));
    let part = second.person.get("/e2ee/vault?after=12").await.ok();
    assert_eq!((&part["version"], &part["has_more"]), (&json!(13), &json!(false)));
    let found = items(&part);
    assert_eq!(found, [stored]);
    assert_eq!(open_item(&second.keys[&(Class::History, 1)], &device.account, &item, &found[0], 0).unwrap().to_vec(), b"dark");
    assert_eq!(second.person.get("/e2ee/vault?after=13").await.ok(), json!({ "items": [], "version": 13, "has_more": false }));

    let mut all = Vec::new();
    let mut after = json!(0);
    loop {
        let part = ann.get(&format!("/e2ee/vault?after={after}&limit=5")).await.ok();
        all.extend(items(&part));
        after = part["version"].clone();
        if part["has_more"] == false {
            break;
        }
    }
    assert_eq!((all.len(), after), (13, json!(13)));
    let bob = node.user("bob").await;
    Device::set_up(&bob).await;
    assert_eq!(items(&bob.get("/e2ee/vault").await.ok()).len(), 12, "each has the own vault");
}

#[tokio::test]
async fn two_devices_never_overwrite_each_other_unseen() {
    let node = TestNode::start().await;
    let ann = node.user("ann").await;
    let mut device = Device::set_up(&ann).await;
    let item = Item::Trust(random_id());
    let (first, other) = (device.seal(Class::History, &item, b"1"), device.seal(Class::History, &Item::Trust(random_id()), b"x"));
    ann.put("/e2ee/vault", json!({ "items": [first] })).await.ok();
    let again = ann.put("/e2ee/vault", json!({ "items": [other, first] })).await.fails(409, "e2ee.rev");
    assert_eq!(again["field"], "vault");
    assert_eq!(ann.get("/e2ee/vault?after=13").await.ok()["items"], json!([]), "nothing of it was stored");
    device.stored(&[first]);
    let second = device.seal(Class::History, &item, b"2");
    device.stored(std::slice::from_ref(&second));
    let third = device.seal(Class::History, &item, b"3");
    ann.put("/e2ee/vault", json!({ "items": [third] })).await.fails(409, "e2ee.rev");
    ann.put("/e2ee/vault", json!({ "items": [second, third] })).await.ok();
    let kept = items(&ann.get("/e2ee/vault?after=13").await.ok());
    assert_eq!(kept, [third]);
}

#[tokio::test]
async fn prekeys_may_be_dropped_and_history_stays() {
    let node = TestNode::start().await;
    let ann = node.user("ann").await;
    let mut device = Device::set_up(&ann).await;
    let epoch = |n| Item::Epoch(random_id(), n);
    let (forward, backed_up) = (epoch(1), epoch(2));
    let sealed = [device.seal(Class::Session, &forward, b"E"), device.seal(Class::History, &backed_up, b"E")];
    ann.put("/e2ee/vault", json!({ "items": sealed })).await.ok();
    let name = |item: &Item| json!({ "kind": item.kind(), "item": text(&item.name()) });
    let prekeys: Vec<Value> = device.prekeys.keys().map(|id| name(&Item::OneTimePrekey(*id))).collect();
    let drop = [prekeys.as_slice(), &[name(&forward)]].concat();
    ann.put("/e2ee/vault", json!({ "items": [], "drop": drop })).await.ok();
    ann.put("/e2ee/vault", json!({ "items": [], "drop": drop })).await.ok();
    let left = items(&ann.get("/e2ee/vault").await.ok());
    assert_eq!(left.iter().map(|item| item.kind.as_str()).collect::<Vec<_>>(), ["ik", "spk", "epoch"]);
    for stays in [backed_up, Item::IdentityDh(1)] {
        ann.put("/e2ee/vault", json!({ "items": [], "drop": [name(&stays)] })).await.fails(422, "e2ee.invalid");
    }
    // what was dropped may begin again
    let again = device.seal(Class::Session, &forward, b"E");
    ann.put("/e2ee/vault", json!({ "items": [again] })).await.ok();
    // a device that has not heard that it was dropped seals it anew with the next session key: nothing comes back, and nothing is in its way
    device.stored(&[again]);
    let later = device.seal(Class::Session, &forward, b"E");
    assert_eq!(later.rev, 2);
    ann.put("/e2ee/vault", json!({ "items": [], "drop": [name(&forward)] })).await.ok();
    ann.put("/e2ee/vault", json!({ "items": [later] })).await.ok();
    assert_eq!(items(&ann.get("/e2ee/vault").await.ok()).len(), 3);
}

#[tokio::test]
async fn items_that_no_client_means_are_refused() {
    let node = TestNode::start().await;
    let ann = node.user("ann").await;
    let device = Device::set_up(&ann).await;
    let good = json!(device.seal(Class::History, &Item::Setting("x".into()), b"1"));
    let long = "A".repeat(64 * 1024 / 3 * 4 + 8);
    for (field, value, code) in [
        ("kind", json!("later"), "e2ee.invalid"),
        ("kind", json!("trust"), "e2ee.invalid"),
        ("rev", json!(0), "e2ee.invalid"),
        ("gen", json!(0), "e2ee.invalid"),
        ("gen", json!(u64::MAX), "e2ee.invalid"),
        ("rev", json!(-1), "request.invalid"),
        ("ct", json!(long), "e2ee.invalid"),
        ("ct", json!("not base64!"), "request.invalid"),
        ("salt", json!("AA"), "request.invalid"),
        ("class", json!("z"), "request.invalid"),
    ] {
        let mut bad = good.clone();
        bad[field] = value;
        ann.put("/e2ee/vault", json!({ "items": [bad] })).await.fails(422, code);
    }
    let many: Vec<Value> = (0..501).map(|_| good.clone()).collect();
    ann.put("/e2ee/vault", json!({ "items": many })).await.fails(422, "e2ee.invalid");
    let huge: Vec<Value> = (0..20).map(|n| json!(device.seal(Class::History, &Item::Setting(format!("{n}")), &[0; 60_000]))).collect();
    ann.put("/e2ee/vault", json!({ "items": huge })).await.fails(413, "request.too_large");
    ann.put("/e2ee/vault", json!({ "items": huge[..10] })).await.ok();
    ann.get("/e2ee/vault?after=x").await.fails(400, "request.malformed");
}

#[tokio::test]
async fn a_large_vault_comes_in_answers_of_bearable_size() {
    let node = TestNode::start().await;
    let ann = node.user("ann").await;
    let device = Device::set_up(&ann).await;
    for batch in 0..8 {
        let named = |n| Item::Setting(format!("{batch}/{n}"));
        let some: Vec<_> = (0..10).map(|n| device.seal(Class::History, &named(n), &[0; 60_000])).collect();
        ann.put("/e2ee/vault", json!({ "items": some })).await.ok();
    }
    let first = ann.get("/e2ee/vault").await.ok();
    assert_eq!(first["has_more"], true);
    let rest = ann.get(&format!("/e2ee/vault?after={}", first["version"])).await.ok();
    assert_eq!((&rest["has_more"], &rest["version"]), (&json!(false), &json!(92)));
    assert_eq!(items(&first).len() + items(&rest).len(), 92);
    let one = ann.get("/e2ee/vault?after=0&limit=1").await.ok();
    assert_eq!((items(&one).len(), &one["version"]), (1, &json!(1)));
}
