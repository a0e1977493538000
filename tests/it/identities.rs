//! Identities: setting encryption up, and everything that an account does with its keys afterwards.
mod links;
mod others;
mod pairing;
mod vault;

use crate::support::device::{core_id, fetch_log, text, uuid};
use crate::support::{Device, TestNode};
use serde_json::{Value, json};
use snug_crypto::link::Head;

#[tokio::test]
async fn encryption_is_set_up_once_and_the_account_has_all_it_needs() {
    let node = TestNode::start().await;
    let ann = node.user("ann").await;
    let none = ann.get("/e2ee/identity").await.ok();
    assert_eq!((&none["head"], &none["links_total"], &none["slots"], &none["kdf"]), (&json!(null), &json!(0), &json!([]), &json!(null)));
    assert_eq!(ann.get("/e2ee/devices").await.ok(), json!({ "devices": [] }));
    let mut socket = ann.socket().await;

    let device = Device::set_up(&ann).await;
    let identity = ann.get("/e2ee/identity").await.ok();
    assert_eq!(identity["head"], json!(device.head()));
    assert_eq!((&identity["links_total"], &identity["device_id"]), (&json!(1), &json!(uuid(&device.id))));
    assert_eq!(identity["one_time_prekeys"], 10);
    assert_eq!(identity["boxes"].as_array().unwrap().len(), 3, "h and s for the device, h for the slot");
    assert_eq!(identity["kdf"], json!({ "m": 65536, "t": 3, "p": 1, "salt": text(&[1; 16]) }));
    assert_eq!(identity["needs_session_key"], json!([]));
    assert_eq!(identity["vault_version"], 12);
    assert_eq!(socket.expect("e2ee.vault").await, json!({ "version": 12 }));
    let grew = socket.expect("e2ee.account").await;
    assert_eq!((&grew["head"], grew["links"].as_array().unwrap().len()), (&identity["head"], 1));

    let devices = ann.get("/e2ee/devices").await.ok();
    let only = &devices["devices"][0];
    assert_eq!((&only["id"], &only["kind"]), (&json!(uuid(&device.id)), &json!("web")));
    assert_eq!((&only["is_current"], &only["is_active"], &only["session"]["device_name"]), (&json!(true), &json!(true), &json!("test")));
    let mut again = Device::new(ann.clone());
    let draft = again.root(None);
    ann.post("/e2ee/identity", draft.json()).await.fails(409, "e2ee.conflict");
}

#[tokio::test]
async fn what_is_missing_at_the_beginning_is_named_and_nothing_is_stored() {
    let node = TestNode::start().await;
    let ann = node.user("ann").await;
    let bob = node.user("bob").await;
    let mut device = Device::new(ann.clone());
    let good = device.root(None).json();
    let with = |part: &str, value: Value| {
        let mut body = good.clone();
        body[part] = value;
        body
    };
    let less = |part: &str| with(part, good[part].as_array().unwrap()[1..].into());
    ann.post("/e2ee/identity", less("boxes")).await.fails(422, "e2ee.box_missing");
    ann.post("/e2ee/identity", less("slots")).await.fails(422, "e2ee.invalid");
    ann.post("/e2ee/identity", with("links", json!([]))).await.fails(422, "e2ee.invalid");
    ann.post("/e2ee/identity", with("surprise", json!(1))).await.fails(422, "request.invalid");
    ann.post("/e2ee/identity/links", good.clone()).await.fails(409, "e2ee.not_set_up");
    bob.post("/e2ee/identity", good.clone()).await.fails(422, "e2ee.bad_link");
    let mut low = good.clone();
    low["boxes"][0]["ct"] = json!("AAAA");
    ann.post("/e2ee/identity", low).await.fails(422, "e2ee.invalid");
    let mut twice = good.clone();
    twice["boxes"].as_array_mut().unwrap().push(good["boxes"][0].clone());
    ann.post("/e2ee/identity", twice).await.fails(422, "e2ee.invalid");
    let mut late = good.clone();
    late["slots"][0]["min_seq"] = json!(7);
    ann.post("/e2ee/identity", late).await.fails(422, "e2ee.invalid");
    let mut vault = good.clone();
    vault["vault"][0]["rev"] = json!(2);
    ann.post("/e2ee/identity", vault).await.fails(409, "e2ee.rev");
    let mut prekey = good.clone();
    prekey["prekeys"]["signed"]["at"] = json!(1_700_000_000);
    ann.post("/e2ee/identity", prekey).await.fails(422, "e2ee.invalid");
    assert_eq!(ann.get("/e2ee/identity").await.ok()["head"], json!(null));
    ann.post("/e2ee/identity", good).await.created();

    // before there is a log
    bob.put("/e2ee/vault", json!({ "items": [] })).await.fails(409, "e2ee.not_set_up");
    bob.post("/e2ee/reset", json!({ "auth_key": text(&[0; 32]) })).await.fails(409, "e2ee.not_set_up");
    bob.delete("/e2ee/reset").await.fails(409, "e2ee.not_set_up");
}

#[tokio::test]
async fn anybody_signed_in_reads_a_log_in_parts() {
    let node = TestNode::start().await;
    let (ann, bob) = (node.user("ann").await, node.user("bob").await);
    let mut device = Device::set_up(&ann).await;
    device.rekey().await;
    assert_eq!(fetch_log(&bob, &ann.id).await.unwrap(), device.log);
    let part = bob.get(&format!("/e2ee/users/{}/log?from=1", ann.id)).await.ok();
    assert_eq!(part["links"].as_array().unwrap().len(), 2);
    assert_eq!(serde_json::from_value::<Head>(part["head"].clone()).unwrap(), device.head());
    assert_eq!(bob.get(&format!("/e2ee/users/{}/log?from=99", ann.id)).await.ok()["links"], json!([]));
    assert_eq!(bob.get(&format!("/e2ee/users/{}/log", bob.id)).await.ok(), json!({ "links": [], "head": null }));
    bob.get(&format!("/e2ee/users/{}/log", crate::support::new_id())).await.fails(404, "user.not_found");
    node.nobody().get(&format!("/e2ee/users/{}/log", ann.id)).await.fails(401, "auth.signed_out");
}

#[tokio::test]
async fn a_log_outlives_the_node() {
    let mut node = TestNode::start().await;
    let ann = node.user("ann").await;
    let mut device = Device::set_up(&ann).await;
    device.rekey().await;
    node.restart().await;
    assert_eq!(ann.get("/e2ee/identity").await.ok()["head"], json!(device.head()));
    device.rekey().await;
    assert_eq!(core_id(&ann.id), device.account);
}
