//! Lies about who is in a conversation.
use super::{Scene, raw};
use crate::support::Device;
use crate::support::talk::entry;
use serde_json::json;
use snug_crypto::bytes::{Blob, Bytes};
use snug_crypto::conversation_log::body::{Change, PolicyChange};
use snug_crypto::conversation_log::roster::{Role, roster_hash};
use snug_crypto::epoch::commit;
use snug_crypto::link::{Head, LogKind};
use snug_crypto::random;
use snug_crypto::sign::SignKey;
use std::time::Duration;

#[tokio::test]
async fn nobody_gets_in_unnoticed() {
    let mut scene = Scene::new().await;
    let ghost = || Change::Add { members: vec![entry(&scene.eve, Role::Member)] };
    let own = scene.link(&scene.eve, ghost());
    let plain = scene.link(&scene.mallory, ghost());
    let mut stolen = Device::new(scene.mallory.person.clone());
    (stolen.log, stolen.id) = (scene.mallory.log.clone(), scene.mallory.id);
    let by_another_key = scene.link(&stolen, ghost());
    let mut unknown = Device::new(scene.mallory.person.clone());
    unknown.log = scene.mallory.log.clone();
    let by_unknown_device = scene.link(&unknown, ghost());
    let mut elsewhere = scene.talk.log().chain().head().unwrap();
    elsewhere.seq += 1;
    let gap = scene.link_at(&scene.mallory, ghost(), elsewhere);
    let replayed = scene.talk.links.last().unwrap().clone();
    let mut altered = plain.clone();
    altered.body = Blob(String::from_utf8(altered.body.0.clone()).unwrap().replace("\"member\"", "\"admin\"").into_bytes());
    let text = String::from_utf8(plain.body.0.clone()).unwrap();
    let unknown_type =
        raw(LogKind::Conversation, &scene.conversation(), &text.replace("\"t\":\"add\"", "\"t\":\"adopt\""), &scene.mallory.dsk);
    let other = text.replace(&scene.conversation().to_string(), &scene.mallory.account.to_string());
    let of_another_conversation = raw(LogKind::Conversation, &scene.mallory.account, &other, &scene.mallory.dsk);
    for (what, code, link) in [
        ("a ghost lets itself in", "permission", own),
        ("a plain member lets somebody in", "permission", plain),
        ("somebody signs for a member", "bad_signature", by_another_key),
        ("a device that is not a member's", "signer", by_unknown_device),
        ("a link after one that is missing", "seq", gap),
        ("a link a second time", "seq", replayed),
        ("a link that was altered", "bad_signature", altered),
        ("a type from the future", "newer", unknown_type),
        ("a link of another conversation", "place", of_another_conversation),
    ] {
        let lie = scene.show(link);
        scene.stops_for_a_while(what, code, lie).await;
    }
}

#[tokio::test]
async fn nobody_is_removed_or_left_out_by_whom_it_is_not_up_to() {
    let mut scene = Scene::new().await;
    let removes_owner =
        scene.link(&scene.mallory, Change::Remove { members: vec![snug_client::client::id_of(scene.ann.user)], statement: None });
    let promotes = scene.link(&scene.mallory, Change::Role { account: scene.mallory.account, role: Role::Admin });
    let relaxes = scene.link(&scene.mallory, Change::Policy(PolicyChange { add: Some(Role::Member), ..PolicyChange::default() }));
    let secret = random::secret().unwrap();
    let n = scene.talk.epoch() + 1;
    let mut short = scene.talk.log().entries();
    short.retain(|entry| entry.account != snug_client::client::id_of(scene.ann.user));
    let epoch = |roster, n| Change::Epoch {
        n,
        suite: 1,
        commit: commit(&scene.conversation(), n, &secret),
        roster,
        chain: None,
        why: "people".to_owned(),
    };
    let leaves_out = scene.link(&scene.mallory, epoch(roster_hash(&scene.conversation(), &short), n));
    let whole = roster_hash(&scene.conversation(), &scene.talk.log().entries());
    let skips = scene.link(&scene.mallory, epoch(whole, n + 1));
    let by_nobody = scene.link(&scene.eve, epoch(whole, n));
    for (what, code, link) in [
        ("a member removes the owner", "permission", removes_owner),
        ("a member makes themselves an admin", "permission", promotes),
        ("a member changes the rules", "permission", relaxes),
        ("an epoch that leaves somebody out", "roster", leaves_out),
        ("an epoch that skips one", "generation", skips),
        ("an epoch by somebody outside", "permission", by_nobody),
    ] {
        let lie = scene.show(link);
        scene.stops_for_a_while(what, code, lie).await;
    }
    // somebody who was removed, and a device that was revoked
    let session = scene.mallory.person.sign_in_again().await;
    let revoked = Device::unlock(&session, &scene.mallory).await;
    scene.mallory.fetch().await;
    scene.mallory.revoke(&[revoked.id]).await;
    let mut late = revoked;
    late.log = scene.mallory.log.clone();
    let link = scene.link(&late, Change::Remove { members: vec![late.account], statement: None });
    let lie = scene.show(link);
    scene.stops_for_a_while("a revoked device", "signer", lie).await;
    let out = scene.mallory.person.id.parse().unwrap();
    scene.ann.client().remove_person(scene.chat, out).await.unwrap();
    scene.goes_on("without mallory").await;
    let answer = scene.person.get(&format!("/e2ee/conversations/{}?from=0", scene.chat)).await.ok();
    let head: Head = serde_json::from_value(answer["encryption"]["head"].clone()).unwrap();
    let link = scene.link_at(&scene.mallory, epoch_by_removed(&scene), head);
    let (start, conversation) = (format!("GET /e2ee/conversations/{}?from=", scene.chat), scene.conversation());
    scene
        .stops_for_a_while("an epoch by somebody who was removed", "permission", move |asked, answer| {
            if asked.starts_with(&start) {
                answer["links"].as_array_mut().unwrap().push(json!(link));
                answer["encryption"]["head"] = json!(Head { seq: head.seq + 1, hash: link.hash(LogKind::Conversation, &conversation) });
            }
        })
        .await;
}

fn epoch_by_removed(scene: &Scene) -> Change {
    let secret = random::secret().unwrap();
    Change::Epoch {
        n: 3,
        suite: 1,
        commit: commit(&scene.conversation(), 3, &secret),
        roster: Bytes([0; 32]),
        chain: None,
        why: String::new(),
    }
}

#[tokio::test]
async fn another_history_is_a_fork() {
    let mut scene = Scene::new().await;
    let head = scene.talk.log().chain().head().unwrap();
    let mut elsewhere = head;
    elsewhere.hash = Bytes([7; 32]);
    let after_another = scene.link_at(&scene.mallory, Change::Remove { members: vec![scene.mallory.account], statement: None }, elsewhere);
    let lie = scene.show(after_another);
    scene.stops_for_a_while("a link after another one than the last", "log_fork", lie).await;
    let start = format!("GET /e2ee/conversations/{}?from=", scene.chat);
    scene
        .stops_for_a_while("another last link", "log_fork", move |asked, answer| {
            if asked.starts_with(&start) {
                answer["encryption"]["head"]["hash"] = json!(SignKey::random().unwrap().public());
            }
        })
        .await;
}

#[tokio::test]
async fn withheld_links_are_noticed_from_what_others_write() {
    // a link that ends the epoch: what comes after it is in one that the node does not show
    let mut scene = Scene::new().await;
    let start = format!("GET /e2ee/conversations/{}?from=", scene.chat);
    let shown = scene.talk.log().chain().len();
    let withhold = move |asked: &str, answer: &mut serde_json::Value| {
        if asked.starts_with(&start) {
            let from: u64 = asked.rsplit('=').next().unwrap().parse().unwrap();
            answer["links"].as_array_mut().unwrap().truncate(usize::try_from(shown.saturating_sub(from)).unwrap());
        }
    };
    let known = scene.talk.log().chain().head().unwrap();
    let lie = move |asked: &str, answer: &mut serde_json::Value| {
        withhold(asked, answer);
        if answer["encryption"]["head"].is_object() {
            answer["encryption"]["head"] = json!(known);
        }
    };
    let hidden =
        |event: &mut serde_json::Value| event["ev"] != "e2ee.link" && event["ev"] != "e2ee.key" && event["ev"] != "conversation.updated";
    scene.proxy.filter(hidden);
    scene.proxy.forge(lie.clone());
    let out = scene.mallory.person.id.parse().unwrap();
    scene.ann.client().remove_person(scene.chat, out).await.unwrap();
    scene.ann.say(scene.chat, "mallory is out").await;
    scene.bob.live(Duration::from_millis(300)).await;
    assert_eq!(scene.bob.texts(scene.chat).await.last().unwrap(), "<Invalid(\"need_log\")>");
    scene.stops("a removal that is withheld", "log_fork", lie).await;
    scene.goes_on("so mallory is out").await;
    assert_eq!(scene.bob.client().members(scene.chat).unwrap().len(), 2);

    // one that does not: the messages' own heads tell
    let mut scene = Scene::new().await;
    let (start, known, shown) =
        (format!("GET /e2ee/conversations/{}?from=", scene.chat), scene.talk.log().chain().head().unwrap(), scene.talk.log().chain().len());
    let lie = move |asked: &str, answer: &mut serde_json::Value| {
        if asked.starts_with(&start) {
            let from: u64 = asked.rsplit('=').next().unwrap().parse().unwrap();
            answer["links"].as_array_mut().unwrap().truncate(usize::try_from(shown.saturating_sub(from)).unwrap());
            answer["encryption"]["head"] = json!(known);
        }
    };
    scene.proxy.filter(hidden);
    scene.proxy.forge(lie.clone());
    scene.ann.client().set_retention(scene.chat, 86_400).await.unwrap();
    scene.ann.say(scene.chat, "this goes in a day").await;
    scene.bob.live(Duration::from_millis(300)).await;
    assert_eq!(scene.bob.texts(scene.chat).await.last().unwrap(), "<Invalid(\"need_log\")>");
    scene.stops("a rule that is withheld", "log_fork", lie).await;
    scene.goes_on("now I know").await;
    assert_eq!(scene.bob.texts(scene.chat).await[1], "this goes in a day");
}
