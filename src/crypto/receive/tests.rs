//! A message counts only from a member's active device, under the identity that the conversation agreed on.
use super::*;
use crate::account_log::body::Change as AccountChange;
use crate::actors::group::{Group, entry};
use crate::actors::{Actor, START};
use crate::conversation_log::body::Change;
use crate::envelope::{Kind, seal_message};
use crate::seal::Fresh;
use crate::vectors;
use serde_json::{Map, json};

struct Scene {
    alice: Actor,
    bob: Actor,
    group: Group,
}

fn scene() -> Scene {
    let [alice, bob] = ["alice", "bob"].map(Actor::new);
    let mut group = Group::new(&[&alice, &bob], &[Role::Owner, Role::Member]);
    group.accept(&alice, group.epoch());
    Scene { alice, bob, group }
}

fn heads(group: &Group, from: &Actor) -> Heads {
    Heads { conversation: group.log().chain().head().unwrap().into(), account: from.head().into() }
}

fn header(group: &Group, from: &Actor, epoch: u64) -> Header {
    Header {
        suite: 1,
        conversation: group.conversation,
        epoch,
        account: from.account,
        device: from.device,
        sender_key: from.dsk.public(),
        id: vectors::id("msg"),
        kind: Kind::Message,
        target: None,
        thread: None,
        expires: 0,
    }
}

fn send(from: &Actor, header: Header, heads: Heads) -> Envelope {
    let fields: Map<_, _> = [("body".to_owned(), json!("hello"))].into_iter().collect();
    let content = Content { v: 1, kind: "text".to_owned(), fields, heads, n: 1 };
    let secret = vectors::secret(&format!("epoch{}", header.epoch));
    seal_message(&secret, header, &content.write().unwrap(), &from.dsk, Fresh::random().unwrap()).unwrap()
}

fn open(group: &Group, envelope: &Envelope) -> Result<Received> {
    let secret = vectors::secret(&format!("epoch{}", envelope.header.epoch));
    receive(envelope, &secret, group.log(), &group.accounts, None)
}

#[test]
fn a_members_message_arrives() {
    let Scene { alice, bob, mut group } = scene();
    let sent = send(&bob, header(&group, &bob, 1), heads(&group, &bob));
    assert_eq!(open(&group, &sent).unwrap().content.body(), Some("hello"));
    // still so when the epoch is over, but not live
    group.accept(&alice, group.epoch());
    assert!(open(&group, &sent).is_ok());
    let over = group.log().newest_epoch().unwrap().at;
    let live = |now| receive(&sent, &vectors::secret("epoch1"), group.log(), &group.accounts, Some(now)).err();
    assert_eq!(live(over + 600), None);
    assert_eq!(live(over + 601), Some(Error::EpochStale));
    assert!(over > START);
}

#[test]
fn who_left_says_nothing_more() {
    let Scene { alice, bob, mut group } = scene();
    let before = heads(&group, &bob);
    group.accept(&alice, Change::Remove { members: vec![bob.account], statement: None });
    assert_eq!(open(&group, &send(&bob, header(&group, &bob, 1), heads(&group, &bob))), Err(Error::NotMember));
    // they kept the old secret, and can claim the old head: that is what backdating means
    assert!(open(&group, &send(&bob, header(&group, &bob, 1), before)).is_ok());
    group.accept(&alice, group.epoch());
    assert_eq!(open(&group, &send(&bob, header(&group, &bob, 2), before)), Err(Error::NotMember));
}

#[test]
fn readers_strangers_and_other_devices_are_refused() {
    let Scene { alice, mut bob, mut group } = scene();
    let carol = Actor::new("carol");
    let from_carol = send(&carol, header(&group, &carol, 1), heads(&group, &carol));
    assert_eq!(open(&group, &from_carol), Err(Error::NeedLog));
    group.learn(&carol);
    assert_eq!(open(&group, &from_carol), Err(Error::NotMember));
    group.accept(&alice, Change::Add { members: vec![entry(&carol, Role::Reader)] });
    assert_eq!(open(&group, &send(&carol, header(&group, &carol, 1), heads(&group, &carol))), Err(Error::NotMember));

    // somebody else's key, a device that is not there, one that was revoked
    let stolen = Header { account: alice.account, device: alice.device, ..header(&group, &bob, 1) };
    assert_eq!(open(&group, &send(&bob, stolen, heads(&group, &alice))), Err(Error::BadSignature));
    let ghost = Header { device: vectors::id("ghost"), ..header(&group, &bob, 1) };
    assert_eq!(open(&group, &send(&bob, ghost, heads(&group, &bob))), Err(Error::NeedLog));
    let link = bob.by_identity(AccountChange::DeviceRevoke { devices: vec![bob.device] });
    bob.accept(link);
    group.learn(&bob);
    assert_eq!(open(&group, &send(&bob, header(&group, &bob, 1), heads(&group, &bob))), Err(Error::BadSignature));
}

#[test]
fn an_account_that_was_reset_is_somebody_else() {
    let Scene { alice, mut bob, mut group } = scene();
    bob.reset();
    group.learn(&bob);
    let sent = send(&bob, header(&group, &bob, 1), heads(&group, &bob));
    assert_eq!(open(&group, &sent), Err(Error::KeyMismatch));
    let aik_old = vectors::sign("bob-aik").public();
    group.accept(&alice, Change::Rebind { account: bob.account, aik_old, aik_new: bob.aik.public() });
    assert!(open(&group, &send(&bob, header(&group, &bob, 1), heads(&group, &bob))).is_ok());
}

#[test]
fn forks_and_gaps_are_noticed() {
    let Scene { bob, group, .. } = scene();
    let good = heads(&group, &bob);
    let with = |change: &dyn Fn(&mut Heads)| {
        let mut heads = good;
        change(&mut heads);
        open(&group, &send(&bob, header(&group, &bob, 1), heads)).err()
    };
    assert_eq!(with(&|heads| heads.conversation.1.0[0] ^= 1), Some(Error::LogFork));
    assert_eq!(with(&|heads| heads.account.1.0[0] ^= 1), Some(Error::LogFork));
    assert_eq!(with(&|heads| heads.conversation.0 = 2), Some(Error::NeedLog));
    assert_eq!(with(&|heads| heads.account.0 = 1), Some(Error::NeedLog));
    let first = crate::link::Head { seq: 0, hash: group.links[0].hash(crate::link::LogKind::Conversation, &group.conversation) };
    assert_eq!(with(&|heads| heads.conversation = first.into()), Some(Error::NotMember));
    let elsewhere = Header { conversation: vectors::id("other"), ..header(&group, &bob, 1) };
    assert_eq!(open(&group, &send(&bob, elsewhere, good)), Err(Error::BadFormat("conversation")));
    let later = Header { suite: 2, ..header(&group, &bob, 1) };
    assert_eq!(open(&group, &send(&bob, later, good)), Err(Error::Downgraded));
}
