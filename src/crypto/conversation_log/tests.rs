//! A conversation's log accepts what its rules allow, and names the rule otherwise.
use super::body::{PolicyChange, Signer, Statement};
use super::roster::roster_hash;
use super::*;
use crate::account_log::body::Change as AccountChange;
use crate::actors::group::{Group, POLICY, create, entry, instance};
use crate::actors::{Actor, START};
use crate::bytes::Bytes;
use crate::vectors;

fn named(result: Result<()>) -> &'static str {
    match result {
        Ok(()) => "ok",
        Err(Error::BadLink(rule)) => rule.as_str(),
        Err(other) => other.code(),
    }
}

fn add(actor: &Actor, role: Role) -> Change {
    Change::Add { members: vec![entry(actor, role)] }
}

fn remove(actor: &Actor) -> Change {
    Change::Remove { members: vec![actor.account], statement: None }
}

fn role(actor: &Actor, role: Role) -> Change {
    Change::Role { account: actor.account, role }
}

struct People {
    owner: Actor,
    admin: Actor,
    member: Actor,
    reader: Actor,
    stranger: Actor,
}

fn people() -> (People, Group) {
    let names = ["owner", "admin", "member", "reader", "stranger"].map(Actor::new);
    let [owner, admin, member, reader, stranger] = names;
    let roles = [Role::Owner, Role::Admin, Role::Member, Role::Reader];
    let mut group = Group::new(&[&owner, &admin, &member, &reader], &roles);
    group.learn(&stranger);
    (People { owner, admin, member, reader, stranger }, group)
}

#[test]
fn the_table_of_permissions_holds() {
    let (p, mut group) = people();
    let by = |group: &Group, who: &Actor, change: Change| named(group.attempt(who, change));
    // adding
    assert_eq!(by(&group, &p.admin, add(&p.stranger, Role::Admin)), "ok");
    assert_eq!(by(&group, &p.admin, add(&p.stranger, Role::Owner)), "permission");
    assert_eq!(by(&group, &p.owner, add(&p.stranger, Role::Owner)), "ok");
    assert_eq!(by(&group, &p.member, add(&p.stranger, Role::Member)), "permission");
    assert_eq!(by(&group, &p.stranger, add(&p.stranger, Role::Member)), "permission");
    assert_eq!(by(&group, &p.owner, add(&p.member, Role::Member)), "reused");
    assert_eq!(by(&group, &p.owner, Change::Add { members: vec![] }), "empty");
    // removing
    assert_eq!(by(&group, &p.admin, remove(&p.member)), "ok");
    assert_eq!(by(&group, &p.admin, remove(&p.owner)), "permission");
    assert_eq!(by(&group, &p.member, remove(&p.owner)), "permission");
    assert_eq!(by(&group, &p.member, remove(&p.member)), "ok");
    assert_eq!(by(&group, &p.reader, remove(&p.reader)), "ok");
    assert_eq!(by(&group, &p.owner, remove(&p.owner)), "ok");
    assert_eq!(by(&group, &p.owner, remove(&p.stranger)), "missing");
    // roles
    assert_eq!(by(&group, &p.owner, role(&p.member, Role::Owner)), "ok");
    assert_eq!(by(&group, &p.admin, role(&p.member, Role::Admin)), "ok");
    assert_eq!(by(&group, &p.admin, role(&p.member, Role::Owner)), "permission");
    assert_eq!(by(&group, &p.admin, role(&p.owner, Role::Member)), "permission");
    assert_eq!(by(&group, &p.member, role(&p.member, Role::Admin)), "permission");
    assert_eq!(by(&group, &p.owner, role(&p.member, Role::Member)), "empty");
    // rules
    let open = || Change::Policy(PolicyChange { add: Some(Role::Member), ..PolicyChange::default() });
    assert_eq!(by(&group, &p.admin, open()), "permission");
    assert_eq!(by(&group, &p.owner, Change::Policy(PolicyChange::default())), "empty");
    group.accept(&p.owner, open());
    assert_eq!(by(&group, &p.member, add(&p.stranger, Role::Member)), "ok");
    assert_eq!(by(&group, &p.member, add(&p.stranger, Role::Reader)), "permission");
    assert_eq!(by(&group, &p.reader, add(&p.stranger, Role::Member)), "permission");
    let suite = |suite| Change::Policy(PolicyChange { min_suite: Some(suite), ..PolicyChange::default() });
    group.accept(&p.owner, suite(2));
    assert_eq!(by(&group, &p.owner, suite(1)), "suite");
    assert_eq!(by(&group, &p.owner, group.epoch()), "suite");
}

#[test]
fn an_epoch_is_for_exactly_the_roster() {
    let (p, mut group) = people();
    assert_eq!(named(group.attempt(&p.reader, group.epoch())), "permission");
    assert_eq!(named(group.attempt(&p.member, group.epoch())), "ok");
    type Tampering<'a> = &'a dyn Fn(&mut u64, &mut u64, &mut Hash, &mut Option<Sealed>);
    let with = |change: Tampering| {
        let Change::Epoch { mut n, mut suite, commit, mut roster, mut chain, why } = group.epoch() else { panic!("an epoch") };
        change(&mut n, &mut suite, &mut roster, &mut chain);
        named(group.attempt(&p.owner, Change::Epoch { n, suite, commit, roster, chain, why }))
    };
    assert_eq!(with(&|n, _, _, _| *n = 2), "generation");
    assert_eq!(with(&|n, _, _, _| *n = 0), "generation");
    assert_eq!(with(&|_, suite, _, _| *suite = 2), "newer");
    assert_eq!(with(&|_, suite, _, _| *suite = 0), "suite");
    let without_member: Vec<_> = group.log().entries().into_iter().filter(|entry| entry.role != Role::Member).collect();
    assert_eq!(with(&|_, _, roster, _| *roster = roster_hash(&group.conversation, &without_member)), "roster");
    let chain = Sealed { salt: Bytes([0; 32]), nonce: Bytes([0; 12]), ct: crate::bytes::Blob(vec![0; 48]) };
    assert_eq!(with(&|_, _, _, link| *link = Some(chain.clone())), "chain");

    group.accept(&p.owner, group.epoch());
    assert_eq!(with_head(&group, &p.member, group.epoch()), "ok");
    assert!(!group.log().is_stale());
    group.accept(&p.owner, remove(&p.member));
    assert!(group.log().is_stale());
    assert_eq!(named(group.attempt(&p.member, group.epoch())), "permission");
    group.accept(&p.admin, group.epoch());
    assert_eq!(group.log().members_during(&p.member.account, 1).unwrap().len(), 1);
    assert_eq!(group.log().members_during(&p.member.account, 2).unwrap().len(), 0);
    assert_eq!(group.log().members_during(&p.member.account, 3), Err(Error::NeedLog));
    assert_eq!(group.log().member_at(&p.member.account, 1).map(|entry| entry.role), Some(Role::Member));
    assert_eq!(group.log().member_at(&p.member.account, 2), None);
    let again = ConversationLog::verify(group.conversation, &group.links, &group.accounts).unwrap();
    assert_eq!(again, *group.log());
}

fn with_head(group: &Group, actor: &Actor, change: Change) -> &'static str {
    named(group.attempt(actor, change))
}

#[test]
fn refuses_what_the_node_could_try() {
    let (p, mut group) = people();
    let ghost = add(&p.stranger, Role::Member);
    // signed with another key, in another's name, by a device that is not the account's
    assert_eq!(named(group.attempt_link(&group.body(&p.owner, ghost.clone()).sign(&instance()))), "bad_signature");
    let mut body = group.body(&p.owner, ghost.clone());
    body.by.device = p.stranger.device;
    assert_eq!(named(group.attempt_link(&body.sign(&p.stranger.dsk))), "signer");
    // replay, gap, fork, another conversation, creating again
    let first = group.links[0].clone();
    assert_eq!(named(group.attempt_link(&first)), "seq");
    let mut body = group.body(&p.owner, ghost.clone());
    body.seq = 5;
    assert_eq!(named(group.attempt_link(&body.sign(&p.owner.dsk))), "seq");
    let mut body = group.body(&p.owner, ghost.clone());
    body.prev = Some(vectors::named("x"));
    assert_eq!(named(group.attempt_link(&body.sign(&p.owner.dsk))), "prev");
    let mut body = group.body(&p.owner, ghost.clone());
    body.conversation = vectors::id("other");
    assert_eq!(named(group.attempt_link(&body.sign(&p.owner.dsk))), "place");
    let again = create(ConversationKind::Group, vec![entry(&p.owner, Role::Owner)], POLICY);
    assert_eq!(named(group.attempt(&p.owner, again)), "first");
    // concurrent epochs: the second does not follow the first
    let (one, two) = (group.link(&p.owner, group.epoch()), group.link(&p.member, group.epoch()));
    group.append(one).unwrap();
    assert_eq!(named(group.attempt_link(&two)), "seq");
    // an account's log that has to be fetched, and one that differs from what its owner saw
    let mut body = group.body(&p.owner, ghost.clone());
    body.by.head.seq = 3;
    assert_eq!(named(group.attempt_link(&body.sign(&p.owner.dsk))), "need_log");
    body.by.head = Head { seq: 0, hash: vectors::named("x") };
    assert_eq!(named(group.attempt_link(&body.sign(&p.owner.dsk))), "log_fork");
    group.accounts.remove(&p.owner.account);
    assert_eq!(named(group.attempt(&p.owner, ghost)), "need_log");
}

#[test]
fn a_revoked_device_signs_nothing_more() {
    let (mut p, mut group) = people();
    let link = p.owner.by_identity(AccountChange::DeviceRevoke { devices: vec![p.owner.device] });
    p.owner.accept(link);
    group.learn(&p.owner);
    assert_eq!(named(group.attempt(&p.owner, remove(&p.member))), "signer");
}

#[test]
fn after_a_reset_only_others_can_let_one_back_in() {
    let (mut p, mut group) = people();
    group.accept(&p.owner, group.epoch());
    let old = p.admin.aik.public();
    p.admin.reset();
    group.learn(&p.admin);
    assert_eq!(group.log().mismatched(&group.accounts), [p.admin.account]);
    // whoever reset the admin's account (the node can) is no admin here
    assert_eq!(named(group.attempt(&p.admin, add(&p.stranger, Role::Member))), "signer");
    let rebind = |aik_new| Change::Rebind { account: p.admin.account, aik_old: old, aik_new };
    let new = p.admin.aik.public();
    assert_eq!(named(group.attempt(&p.admin, rebind(new))), "signer");
    assert_eq!(named(group.attempt(&p.member, rebind(new))), "permission");
    assert_eq!(named(group.attempt(&p.owner, rebind(vectors::sign("node").public()))), "identity");
    assert_eq!(named(group.attempt(&p.owner, rebind(old))), "empty");
    group.accept(&p.owner, rebind(new));
    assert!(group.log().is_stale() && !group.log().may_chain());
    assert_eq!(group.log().mismatched(&group.accounts), []);
    assert_eq!(named(group.attempt(&p.admin, group.epoch())), "ok");
}

#[test]
fn anyone_carries_over_a_rotation() {
    let (mut p, mut group) = people();
    let (old, next) = (p.owner.aik.public(), vectors::sign("owner-next"));
    let link = p.owner.by_identity(AccountChange::rotate(&p.owner.account, &old, &next));
    p.owner.accept(link);
    p.owner.aik = next;
    group.learn(&p.owner);
    assert_eq!(group.log().mismatched(&group.accounts), []);
    assert_eq!(named(group.attempt(&p.owner, group.epoch())), "ok");
    let rebind = Change::Rebind { account: p.owner.account, aik_old: old, aik_new: p.owner.aik.public() };
    assert_eq!(named(group.attempt(&p.reader, rebind)), "ok");
}

#[test]
fn a_direct_conversation_keeps_its_two_people() {
    let (alice, bob, carol) = (Actor::new("alice"), Actor::new("bob"), Actor::new("carol"));
    let make = |members: Vec<Entry>| {
        let mut group = Group::between(&[&alice, &bob, &carol]);
        let link = group.link(&alice, create(ConversationKind::Direct, members, POLICY));
        (named(group.append(link)), group)
    };
    assert_eq!(make(vec![entry(&alice, Role::Owner), entry(&bob, Role::Member)]).0, "direct");
    let three = [&alice, &bob, &carol].map(|actor| entry(actor, Role::Owner));
    assert_eq!(make(three.to_vec()).0, "direct");
    assert_eq!(make(vec![entry(&alice, Role::Owner)]).0, "ok");
    assert_eq!(make(vec![entry(&bob, Role::Owner)]).0, "permission");
    let (made, group) = make(vec![entry(&alice, Role::Owner), entry(&bob, Role::Owner)]);
    assert_eq!(made, "ok");
    assert_eq!(named(group.attempt(&alice, add(&carol, Role::Member))), "direct");
    assert_eq!(named(group.attempt(&alice, remove(&bob))), "direct");
    assert_eq!(named(group.attempt(&alice, role(&bob, Role::Reader))), "direct");
    assert_eq!(named(group.attempt(&alice, remove(&alice))), "ok");
}

#[test]
fn the_node_may_remove_and_only_once() {
    let (p, mut group) = people();
    let statement = |account: Id, at, key: &crate::sign::SignKey| {
        let sig = key.sign(&Statement::signed(&group.conversation, &account, at));
        Statement { conversation: group.conversation, account, at, sig }
    };
    let out = |who: &Actor, statement: Statement| Change::Remove { members: vec![who.account], statement: Some(statement) };
    let at = START + 10_500;
    let good = statement(p.member.account, at, &instance());
    assert_eq!(named(group.attempt(&p.reader, out(&p.member, statement(p.member.account, at, &p.reader.dsk)))), "statement");
    assert_eq!(named(group.attempt(&p.reader, out(&p.owner, good.clone()))), "statement");
    let mut later = good.clone();
    later.at += 1;
    assert_eq!(named(group.attempt(&p.reader, out(&p.member, later))), "statement");
    group.accept(&p.reader, out(&p.member, good.clone()));
    let mut body = group.body(&p.owner, add(&p.member, Role::Member));
    body.at = at + 1;
    group.append(body.sign(&p.owner.dsk)).unwrap();
    assert_eq!(named(group.attempt(&p.reader, out(&p.member, good))), "statement", "an old word does not count again");
    let signer = Signer { account: p.member.account, device: p.member.device, head: p.member.head() };
    assert_eq!(group.body(&p.member, group.epoch()).by, signer);
}

#[test]
fn limits_hold() {
    let (p, mut group) = people();
    let many = |from: usize, count: usize| {
        let entry = |n| Entry { account: vectors::id(&format!("many{n}")), aik: vectors::named("aik"), role: Role::Member };
        Change::Add { members: (from..from + count).map(entry).collect() }
    };
    assert_eq!(named(group.attempt(&p.owner, many(0, 501))), "fields");
    for n in 0..3 {
        group.accept(&p.owner, many(n * 500, 500));
    }
    group.accept(&p.owner, many(1_500, 496));
    assert_eq!(group.log().entries().len(), MAX_MEMBERS);
    assert_eq!(named(group.attempt(&p.owner, many(1_996, 1))), "limit");
}
