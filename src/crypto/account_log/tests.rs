//! An account's log accepts what its rules allow, and names the rule otherwise.
use super::body::{Body, Change, IdentityDh, NewSlot, Signer};
use super::rotation::RotationKind;
use super::*;
use crate::actors::Actor;
use crate::json::Json;
use crate::link::LogKind;
use crate::vectors;

fn refused(actor: &Actor, link: &Link) -> &'static str {
    let before = actor.log.clone();
    let mut log = actor.log.clone();
    let error = log.append(link).expect_err("a refusal");
    assert_eq!(log, before, "a refused link changes nothing");
    match error {
        Error::BadLink(rule) => rule.as_str(),
        other => other.code(),
    }
}

fn slot(name: &str) -> NewSlot {
    NewSlot { id: vectors::id(name), kind: SlotKind::Words, public: vectors::dh(name).public() }
}

#[test]
fn follows_a_whole_life() {
    let mut alice = Actor::new("alice");
    let (phone, phone_key) = alice.other_device("phone");
    let phone_id = phone.id;
    let link = alice.by_device(Change::DeviceAdd { device: phone });
    alice.accept(link);
    let rekey = Change::DeviceRekey { device: phone_id, dxk: vectors::dh("later").public() };
    let link = alice.body(Signer::Device(phone_id), rekey).sign(&phone_key);
    alice.accept(link);
    let link = alice.by_identity(Change::Slots { set: vec![slot("words")], del: vec![vectors::id("alice-slot")] });
    alice.accept(link);
    let link = alice.by_identity(Change::DeviceRevoke { devices: vec![phone_id] });
    alice.accept(link);
    let ik = IdentityDh { generation: 2, public: vectors::dh("ik2").public() };
    let keys = vec![alice.commit(Class::History, 2), alice.commit(Class::Session, 2)];
    let link = alice.by_device(Change::Keys { keys, ik: Some(ik) });
    alice.accept(link);

    let old = alice.aik.public();
    let next = vectors::sign("alice-next");
    let link = alice.by_identity(Change::rotate(&alice.account, &old, &next));
    alice.accept(link);
    alice.aik = next;
    assert!(alice.log.continues(&old, &alice.aik.public()));
    assert!(!alice.log.continues(&alice.aik.public(), &old));
    assert_eq!(alice.log.device_at(&phone_id, 3).unwrap().dxk, vectors::dh("later").public());
    assert_eq!(alice.log.device_at(&phone_id, 4), Err(Error::BadLink(Rule::Signer)));
    assert_eq!(alice.log.device_at(&phone_id, 0), Err(Error::BadLink(Rule::Signer)));
    assert_eq!(alice.log.device_at(&phone_id, 99), Err(Error::NeedLog));
    assert_eq!(alice.log.active_slots().map(|(id, _)| *id).collect::<Vec<_>>(), [vectors::id("words")]);
    assert_eq!(alice.log.key(Class::History).unwrap().0, 2);
    assert_eq!(alice.log.ik_of(0, 1), Some(alice.ik.public()));
    assert_eq!(alice.log.ik(), Some((2, vectors::dh("ik2").public())));

    let before_reset = alice.aik.public();
    alice.reset();
    assert!(!alice.log.continues(&before_reset, &alice.aik.public()));
    assert_eq!((alice.log.era(), alice.log.active_devices().count()), (1, 1));
    assert_eq!(alice.log.key(Class::Session).unwrap().0, 1);
    assert_eq!(alice.log.breaks().iter().map(|found| found.seq).collect::<Vec<_>>(), [4, 6, 7]);
    assert_eq!(AccountLog::verify(alice.account, &alice.links).unwrap(), alice.log);
}

#[test]
fn a_device_may_less_than_the_identity() {
    let alice = Actor::new("alice");
    let next = vectors::sign("next");
    assert_eq!(refused(&alice, &alice.by_device(Change::Slots { set: vec![slot("a")], del: vec![] })), "permission");
    assert_eq!(refused(&alice, &alice.by_device(Change::rotate(&alice.account, &alice.aik.public(), &next))), "permission");
    assert_eq!(refused(&alice, &alice.by_device(Change::DeviceRevoke { devices: vec![vectors::id("x")] })), "permission");
    let rekey = Change::DeviceRekey { device: alice.device, dxk: vectors::dh("x").public() };
    assert_eq!(refused(&alice, &alice.by_identity(rekey)), "permission");
    assert_eq!(refused(&alice, &alice.by_device(alice.root("", Some(alice.head())))), "signer");
}

#[test]
fn a_revoked_device_signs_nothing_more() {
    let mut alice = Actor::new("alice");
    let link = alice.by_device(Change::DeviceRevoke { devices: vec![alice.device] });
    alice.accept(link);
    let keys = Change::Keys { keys: vec![alice.commit(Class::Session, 2)], ik: None };
    assert_eq!(refused(&alice, &alice.by_device(keys)), "signer");
    let (again, _) = alice.other_device("alice-dev");
    assert_eq!(refused(&alice, &alice.by_identity(Change::DeviceAdd { device: again })), "reused");
}

#[test]
fn refuses_what_the_node_could_try() {
    let mut alice = Actor::new("alice");
    let (ghost, ghost_key) = alice.other_device("ghost");
    // signed by nobody who may
    let add = Change::DeviceAdd { device: ghost.clone() };
    assert_eq!(refused(&alice, &alice.body(Signer::Device(alice.device), add.clone()).sign(&ghost_key)), "bad_signature");
    assert_eq!(refused(&alice, &alice.body(Signer::Identity, add.clone()).sign(&ghost_key)), "bad_signature");
    assert_eq!(refused(&alice, &alice.body(Signer::Device(ghost.id), add.clone()).sign(&ghost_key)), "signer");
    // a device that did not agree
    let mut forced = ghost.clone();
    forced.dxk = vectors::dh("node").public();
    assert_eq!(refused(&alice, &alice.by_device(Change::DeviceAdd { device: forced })), "bad_signature");
    // a replay, a gap, another account's link, an altered body
    let good = alice.by_device(add.clone());
    let first = alice.links[0].clone();
    assert_eq!(refused(&alice, &first), "seq");
    let gap = Body { seq: 2, ..alice.body(Signer::Device(alice.device), add.clone()) };
    assert_eq!(refused(&alice, &gap.sign(&alice.dsk)), "seq");
    let fork = Body { prev: Some(vectors::named("other")), ..alice.body(Signer::Device(alice.device), add.clone()) };
    assert_eq!(refused(&alice, &fork.sign(&alice.dsk)), "prev");
    let bob = Actor::new("bob");
    assert_eq!(refused(&bob, &good), "place");
    let mut altered = good.clone();
    let at = altered.body.0.windows(5).position(|window| window == b"\"cli\"").unwrap();
    altered.body.0[at..at + 5].copy_from_slice(b"\"web\"");
    assert_eq!(refused(&alice, &altered), "bad_signature");
    alice.accept(good.clone());
    assert_eq!(refused(&alice, &good), "seq");
}

#[test]
fn stops_at_what_it_does_not_know() {
    let alice = Actor::new("alice");
    let sign = |text: &str| {
        let body = text.replace('\'', "\"");
        Link::sign(LogKind::Account, &alice.account, &Json::parse(body.as_bytes()).unwrap(), &alice.aik)
    };
    assert_eq!(refused(&alice, &sign("{'v':2}")), "newer");
    assert_eq!(refused(&alice, &sign("{'v':1,'t':'device_paint'}")), "newer");
    assert_eq!(refused(&alice, &sign("{'t':'keys'}")), "fields");
    assert_eq!(refused(&alice, &sign("{'v':1,'t':'rotate'}")), "fields");
    let mut spaced = alice.by_device(Change::DeviceRevoke { devices: vec![alice.device] });
    spaced.body.0.push(b' ');
    assert_eq!(refused(&alice, &spaced), "canonical");
    let huge = Link { body: crate::bytes::Blob(vec![b' '; 128 * 1024 + 1]), ..spaced };
    assert_eq!(refused(&alice, &huge), "e2ee_too_large");
}

#[test]
fn numbers_rise_by_one_and_nothing_comes_twice() {
    let mut alice = Actor::new("alice");
    let keys = |keys: Vec<_>| Change::Keys { keys, ik: None };
    assert_eq!(refused(&alice, &alice.by_device(keys(vec![alice.commit(Class::History, 3)]))), "generation");
    assert_eq!(refused(&alice, &alice.by_device(keys(vec![alice.commit(Class::History, 1)]))), "generation");
    let twice = vec![alice.commit(Class::History, 2), alice.commit(Class::History, 2)];
    assert_eq!(refused(&alice, &alice.by_device(keys(twice))), "generation");
    assert_eq!(refused(&alice, &alice.by_device(keys(vec![]))), "empty");
    let set = |set, del| Change::Slots { set, del };
    assert_eq!(refused(&alice, &alice.by_identity(set(vec![slot("alice-slot")], vec![]))), "reused");
    assert_eq!(refused(&alice, &alice.by_identity(set(vec![slot("a"), slot("a")], vec![]))), "reused");
    assert_eq!(refused(&alice, &alice.by_identity(set(vec![], vec![vectors::id("none")]))), "missing");
    assert_eq!(refused(&alice, &alice.by_identity(set(vec![], vec![]))), "empty");
    let many: Vec<_> = (0..20).map(|n| slot(&format!("slot{n}"))).collect();
    assert_eq!(refused(&alice, &alice.by_identity(set(many, vec![]))), "limit");
    assert_eq!(refused(&alice, &alice.by_identity(Change::DeviceRevoke { devices: vec![] })), "empty");
    let again = Change::DeviceRevoke { devices: vec![alice.device, alice.device] };
    assert_eq!(refused(&alice, &alice.by_identity(again)), "missing");
    assert_eq!(refused(&alice, &alice.by_identity(alice.root("", Some(alice.head())))), "reused");
    assert_eq!(refused(&alice, &alice.by_identity(alice.root("", None))), "first");
    let back = Change::rotate(&alice.account, &alice.aik.public(), &alice.aik);
    assert_eq!(refused(&alice, &alice.by_identity(back)), "reused");
    for n in 0..19 {
        let (device, _) = alice.other_device(&format!("device{n}"));
        let link = alice.by_device(Change::DeviceAdd { device });
        alice.accept(link);
    }
    let (device, _) = alice.other_device("one too many");
    assert_eq!(refused(&alice, &alice.by_device(Change::DeviceAdd { device })), "limit");
}

#[test]
fn a_log_must_contain_what_was_seen() {
    let mut alice = Actor::new("alice");
    let seen = alice.head();
    let (device, _) = alice.other_device("phone");
    let link = alice.by_device(Change::DeviceAdd { device });
    alice.accept(link);
    assert_eq!(alice.log.check_seen(&seen), Ok(()));
    let shorter = AccountLog::verify(alice.account, &alice.links[..1]).unwrap();
    assert_eq!(shorter.check_seen(&alice.head()), Err(Error::LogFork));
    let other = Head { hash: vectors::named("x"), ..seen };
    assert_eq!(alice.log.check_seen(&other), Err(Error::LogFork));
    assert_eq!(AccountLog::verify(alice.account, &[]), Err(Error::NoKeys));
}

#[test]
fn writes_down_which_keys_changed() {
    let mut alice = Actor::new("alice");
    let link = alice.by_device(Change::Keys { keys: vec![alice.commit(Class::Session, 2)], ik: None });
    let rows = alice.log.append(&link).unwrap();
    assert_eq!(rows.iter().map(|row| (row.kind, row.reason)).collect::<Vec<_>>(), [(RotationKind::SessionKey, "keys")]);
    assert!(rows[0].old.is_some() && rows[0].new.is_some() && rows[0].old != rows[0].new);
    let next = vectors::sign("next");
    let link = alice.by_identity(Change::rotate(&alice.account, &alice.aik.public(), &next));
    let rows = alice.log.append(&link).unwrap();
    assert_eq!(rows[0].new, Some(rotation::identity_fingerprint(&alice.account, &next.public().0)));
    let mut again = Actor::new("bob");
    let head = again.head();
    again.aik = vectors::sign("bob2");
    again.device = vectors::id("bob2-dev");
    let link = again.by_identity(again.root("2", Some(head)));
    let kinds: Vec<_> = again.log.append(&link).unwrap().iter().map(|row| row.kind.as_str()).collect();
    assert_eq!(kinds, ["reset", "ik", "device", "device", "slot", "slot", "history_key", "session_key"]);
}
