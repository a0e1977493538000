//! Identities: setting encryption up, and everything that an account does with its keys afterwards.
use crate::support::{Device, TestNode};
use serde_json::json;

#[tokio::test]
async fn encryption_is_set_up_once_and_the_account_has_all_it_needs() {
    let node = TestNode::start().await;
    let ann = node.user("ann").await;
    let none = ann.get("/e2ee/identity").await.ok();
    assert_eq!((&none["head"], &none["links_total"], &none["slots"]), (&json!(null), &json!(0), &json!([])));
    assert_eq!(ann.get("/e2ee/devices").await.ok(), json!({ "devices": [] }));

    let device = Device::set_up(&ann).await;
    let identity = ann.get("/e2ee/identity").await.ok();
    assert_eq!(identity["head"], json!(device.head()));
    assert_eq!(identity["device_id"], crate::support::device::uuid(&device.id));
    assert_eq!(identity["one_time_prekeys"], 10);
    assert_eq!(identity["boxes"].as_array().unwrap().len(), 3, "h and s for the device, h for the slot");
    assert_eq!(identity["kdf"], json!({ "m": 65536, "t": 3, "p": 1, "salt": crate::support::device::text(&[1; 16]) }));
    assert_eq!(identity["needs_session_key"], json!([]));
    assert_eq!(identity["vault_version"], 12);
}
