//! Lies about who people are.
use super::{Scene, raw};
use crate::support::device::{Device, now_s};
use crate::support::terminal::{Terminal, password};
use crate::support::{TestNode, hostile::Hostile};
use serde_json::{Value, json};
use snug_client::account::begin::Password;
use snug_client::api::Api;
use snug_client::conversation::verification::Standing;
use snug_crypto::account_log::body::{Body, Change, DeviceKind, NewDevice, Signer};
use snug_crypto::bytes::{Bytes, Id};
use snug_crypto::link::{Head, Link, LogKind};
use uuid::Uuid;

/// The node shows these links after those that somebody's log has.
fn add(user: Uuid, links: Vec<Link>) -> impl FnMut(&str, &mut Value) + Send + 'static {
    let start = format!("GET /e2ee/users/{user}/log?from=");
    let account = snug_client::client::id_of(user);
    move |asked, answer| {
        if !asked.starts_with(&start) {
            return;
        }
        let from: u64 = asked.rsplit('=').next().unwrap().parse().unwrap();
        let head: Head = serde_json::from_value(answer["head"].clone()).unwrap();
        let at = from.saturating_sub(head.seq + 1);
        let all = answer["links"].as_array_mut().unwrap();
        all.extend(links.iter().skip(usize::try_from(at).unwrap()).map(|link| json!(link)));
        let last = links.last().unwrap();
        answer["head"] = json!(Head { seq: head.seq + links.len() as u64, hash: last.hash(LogKind::Account, &account) });
    }
}

async fn head_of(scene: &Scene, user: Uuid) -> Head {
    let answer = scene.person.get(&format!("/e2ee/users/{user}/log?from=0")).await.ok();
    serde_json::from_value(answer["head"].clone()).unwrap()
}

fn device_add(account: Id, head: Head, by: &Device, signer: Signer) -> Link {
    let aik = by.log.aik().unwrap();
    let device = NewDevice::new(&account, &aik, by.id, DeviceKind::Cli, &by.dsk, by.dxk.public());
    let change = Change::DeviceAdd { device };
    Body { account, seq: head.seq + 1, prev: Some(head.hash), at: now_s(), by: signer, change }.sign(&by.dsk)
}

#[tokio::test]
async fn no_device_and_no_identity_is_invented() {
    let mut scene = Scene::new().await;
    let ann = scene.ann.user;
    let account = snug_client::client::id_of(ann);
    let head = head_of(&scene, ann).await;
    let by_identity = device_add(account, head, &scene.eve, Signer::Identity);
    let by_device = device_add(account, head, &scene.eve, Signer::Device(scene.eve.id));
    let unknown = raw(
        LogKind::Account,
        &account,
        &String::from_utf8(by_identity.body.0.clone()).unwrap().replace("device_add", "device_own"),
        &scene.eve.dsk,
    );
    for (what, code, link) in [
        ("a device that the identity did not sign for", "bad_", by_identity),
        ("a device that lets itself in", "signer", by_device),
        ("a type from the future", "", unknown),
    ] {
        scene.stops_for_a_while(what, code, add(ann, vec![link])).await;
    }
    // another log in the place of the one that is known
    let start = format!("GET /e2ee/users/{ann}/log?from=");
    scene
        .stops_for_a_while("another last link", "log_fork", move |asked, answer| {
            if asked.starts_with(&start) {
                answer["head"]["hash"] = json!(Bytes([9; 32]));
            }
        })
        .await;

    // keys to seal to that are not ann's
    let (other, _): (Value, ()) = (json!(snug_crypto::dh::DhKey::random().unwrap().public()), ());
    for field in ["ik", "spk", "sig", "by"] {
        let (other, by) = (other.clone(), json!(scene.eve.id));
        scene.proxy.forge(move |asked, answer| {
            if asked.starts_with("POST /e2ee/bundles") {
                for bundle in answer["bundles"].as_array_mut().unwrap() {
                    match field {
                        "sig" => bundle["spk"]["sig"] = json!(Bytes([3; 64])),
                        "by" => bundle["spk"]["by"] = by.clone(),
                        field => bundle[field]["pub"] = other.clone(),
                    }
                }
            }
        });
        let begun = scene.bob.client().start_group(&[ann], "New", snug_client::conversation::members::POLICY).await;
        let error = begun.expect_err(field).to_string();
        assert!(error.contains("bad_key") || error.contains("bad_signature") || error.contains("signer"), "{field}: {error}");
        assert!(scene.proxy.asked("POST /e2ee/conversations").is_empty(), "{field}");
    }
    scene.goes_on("after all that").await;
}

#[tokio::test]
async fn a_reset_by_the_node_shows_and_stops_everything() {
    let mut scene = Scene::new().await;
    let ann = scene.ann.user;
    let head = head_of(&scene, ann).await;
    // a whole new identity, rightly signed by itself: what the node can always make
    let mut fake = Device::new(scene.eve.person.clone());
    fake.account = snug_client::client::id_of(ann);
    fake.log = crate::support::device::fetch_log(&scene.person, &ann.to_string()).await.unwrap();
    let draft = fake.root(Some(head));
    scene.stops("a reset", "key_mismatch", add(ann, draft.links.clone())).await;
    assert_eq!(scene.bob.client().standing(ann), Standing::Changed);
    let begun = scene.bob.client().start_group(&[ann], "New", snug_client::conversation::members::POLICY).await;
    assert!(begun.unwrap_err().to_string().contains("key_mismatch"));
    let rebound = scene.bob.client().rebind(scene.chat, ann).await;
    assert!(rebound.is_err(), "nobody rebinds what was not accepted");

    // bob's own account: his device knows who he is
    let bob = scene.bob.user;
    let mut scene = Scene::new().await;
    let me = scene.bob.user;
    assert_ne!(me, bob);
    let head = head_of(&scene, me).await;
    let mut fake = Device::new(scene.eve.person.clone());
    fake.account = snug_client::client::id_of(me);
    fake.log = crate::support::device::fetch_log(&scene.person, &me.to_string()).await.unwrap();
    let draft = fake.root(Some(head));
    scene.proxy.forge(add(me, draft.links.clone()));
    let _ = scene.bob.session.load().await;
    let sent = scene.bob.client().send_text(scene.chat, Uuid::now_v7(), "who am I?", None).await;
    assert!(sent.unwrap_err().to_string().contains("key_mismatch"));
    assert!(scene.proxy.asked("POST /messages").is_empty());
    scene.goes_on("I am bob").await;
}

#[tokio::test]
async fn a_device_that_has_nothing_but_the_password_is_not_deceived() {
    let node = TestNode::start().await;
    let proxy = Hostile::before(node.address).await;
    let person = node.user("ann").await;
    let mut first = Terminal::another(&node, &person).await;
    let user: Uuid = person.id.parse().unwrap();
    // cheap hashing, so that what is sent could be guessed
    for (field, value) in [("m", 8), ("t", 1), ("p", 2), ("m", 2_000_000)] {
        proxy.forge(move |asked, answer| {
            if asked.starts_with("POST /auth/prelogin") {
                answer[field] = json!(value);
            }
        });
        let api = Api::new(&proxy.url(), None, None).unwrap();
        assert!(Password::derive(&api, "ann", "a long enough password").await.is_err(), "{field} {value}");
        assert!(proxy.asked("POST /auth/login").is_empty());
    }
    // an account that the node made up: its own identity, keys and log, and the known public half of the slot
    let mut fake = Device::new(person.clone());
    fake.account = snug_client::client::id_of(user);
    let draft = fake.root(None);
    let links = draft.links.clone();
    let (head, boxes, slots) = (json!(draft.log.head()), json!(draft.boxes), json!(draft.slots));
    for with_slots in [false, true] {
        let (links, head, boxes, slots) = (links.clone(), head.clone(), boxes.clone(), slots.clone());
        proxy.forge(move |asked, answer| {
            if asked.starts_with("GET /e2ee/users/") {
                *answer = json!({ "links": links, "head": head });
            }
            if asked.starts_with("GET /e2ee/identity") {
                answer["head"] = head.clone();
                if with_slots {
                    answer["slots"] = slots.clone();
                    answer["boxes"] = boxes.clone();
                }
            }
        });
        let mut second = Terminal::signed_in_by(&proxy.url(), &person).await;
        let error = second.client().begin(&password(&person), DeviceKind::Cli).await.expect_err("an invented account").to_string();
        assert!(proxy.asked("POST /e2ee/identity").is_empty(), "{with_slots}: {error}");
    }
    // an older state of the account than the slot's tag allows
    let words = first.client().make_words(&password(&person)).await.unwrap();
    proxy.forge(|asked, answer| {
        if asked.starts_with("GET /e2ee/users/") {
            let first = answer["links"][0].clone();
            let link: Link = serde_json::from_value(first.clone()).unwrap();
            let body: Value = serde_json::from_slice(&link.body.0).unwrap();
            let account: Id = serde_json::from_value(body["acct"].clone()).unwrap();
            *answer = json!({ "links": [first], "head": Head { seq: 0, hash: link.hash(LogKind::Account, &account) } });
        }
    });
    let mut third = Terminal::signed_in_by(&proxy.url(), &person).await;
    assert!(third.client().begin_with_words(&words, DeviceKind::Cli).await.is_err(), "a slot that is newer than the log");
    proxy.behave();
    let mut third = Terminal::signed_in_by(&proxy.url(), &person).await;
    third.client().begin_with_words(&words, DeviceKind::Cli).await.unwrap();
}

#[tokio::test]
async fn what_was_verified_stays_verified() {
    let mut scene = Scene::new().await;
    let ann = scene.ann.user;
    let items =
        |answer: &Value| answer["items"].as_array().unwrap().iter().filter(|item| item["kind"] == "trust").cloned().collect::<Vec<_>>();
    scene.bob.client().set_verified(ann, false).await.unwrap();
    let old = items(&scene.person.get("/e2ee/vault?after=0&limit=500").await.ok());
    scene.bob.client().set_verified(ann, true).await.unwrap();
    assert_eq!(scene.bob.client().standing(ann), Standing::Verified);
    // older revisions, under versions that look new; and one that was altered
    let mut broken = old[0].clone();
    broken["rev"] = json!(99);
    scene.proxy.forge(move |asked, answer| {
        if asked.starts_with("GET /e2ee/vault") {
            let version = answer["version"].as_i64().unwrap_or(0) + 1;
            *answer = json!({ "items": old.iter().chain([&broken]).collect::<Vec<_>>(), "version": version, "has_more": false });
        }
    });
    scene.bob.session.load().await.unwrap();
    assert_eq!(scene.bob.client().standing(ann), Standing::Verified);
    scene.goes_on("verified").await;
    assert_eq!(scene.bob.client().standing(ann), Standing::Verified);
}
