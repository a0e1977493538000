//! Who gets into a conversation, and who does not.
use super::script::Script;
use crate::actors::group::{Group, POLICY, create, entry, instance};
use crate::actors::{Actor, START};
use crate::conversation_log::body::{Change, ConversationKind, History, Policy, PolicyChange, Statement};
use crate::conversation_log::roster::{Entry, Role, roster_hash};
use crate::json::Json;
use crate::link::{Head, Link, LogKind};
use crate::vectors;

/// An owner, an admin, a member and somebody who is not in.
struct Cast {
    owner: Actor,
    admin: Actor,
    member: Actor,
    ghost: Actor,
}

/// A group with its first epoch.
fn scene(name: &'static str) -> (Cast, Script) {
    let [owner, admin, member, ghost] = ["owner", "admin", "member", "ghost"].map(Actor::new);
    let mut group = Group::new(&[&owner, &admin, &member], &[Role::Owner, Role::Admin, Role::Member]);
    group.learn(&ghost);
    group.accept(&owner, group.epoch());
    let script = Script::new(name, group, &[&owner, &admin, &member, &ghost]);
    (Cast { owner, admin, member, ghost }, script)
}

fn add(actor: &Actor, role: Role) -> Change {
    Change::Add { members: vec![entry(actor, role)] }
}

fn remove(actor: &Actor) -> Change {
    Change::Remove { members: vec![actor.account], statement: None }
}

pub fn all() -> Vec<Script> {
    vec![
        ghost_adds(),
        replays_and_gaps(),
        concurrent_epochs(),
        unknown_and_altered(),
        roster_omission(),
        removed_members_epoch(),
        roles(),
        removal_by_the_node(),
        forks(),
        direct(),
        shared_history(),
        policies(),
        creation(),
    ]
}

fn ghost_adds() -> Script {
    let (cast, mut script) = scene("a ghost is added by the node, by itself, by a plain member");
    let ghost = || add(&cast.ghost, Role::Member);
    let by_node = script.group.body(&cast.owner, ghost()).sign(&instance());
    script.link(by_node, "bad_signature");
    let by_other_device = {
        let mut body = script.group.body(&cast.owner, ghost());
        body.by.device = cast.ghost.device;
        body.sign(&cast.ghost.dsk)
    };
    script.link(by_other_device, "e2ee_bad_link signer");
    script.change(&cast.ghost, ghost(), "e2ee_bad_link permission");
    script.change(&cast.member, ghost(), "e2ee_bad_link permission");
    script.change(&cast.admin, add(&cast.ghost, Role::Owner), "e2ee_bad_link permission");
    script.change(&cast.admin, ghost(), "ok");
    script.change(&cast.admin, ghost(), "e2ee_bad_link reused");
    script
}

fn replays_and_gaps() -> Script {
    let (cast, mut script) = scene("links replayed, left out, from another conversation");
    for link in script.group.links.clone() {
        script.link(link, "e2ee_bad_link seq");
    }
    let out = script.group.link(&cast.admin, remove(&cast.member));
    script.link(out.clone(), "ok");
    script.link(out, "e2ee_bad_link seq");
    let mut gap = script.group.body(&cast.owner, add(&cast.ghost, Role::Member));
    gap.seq += 1;
    script.link(gap.sign(&cast.owner.dsk), "e2ee_bad_link seq");
    let mut other = script.group.body(&cast.owner, add(&cast.ghost, Role::Member));
    other.conversation = vectors::id("other conversation");
    script.link(other.sign(&cast.owner.dsk), "e2ee_bad_link place");
    let mut renamed = script.group.body(&cast.owner, add(&cast.ghost, Role::Member));
    renamed.conversation = vectors::id("other conversation");
    let sig = renamed.sign(&cast.owner.dsk).sig;
    let body = script.group.link(&cast.owner, add(&cast.ghost, Role::Member)).body;
    script.link(Link { body, sig }, "bad_signature");
    script
}

fn concurrent_epochs() -> Script {
    let (cast, mut script) = scene("two make an epoch at the same time");
    script.change(&cast.admin, remove(&cast.member), "ok");
    let (first, second) = (script.group.link(&cast.owner, script.group.epoch()), script.group.link(&cast.admin, script.group.epoch()));
    let over = add(&cast.ghost, Role::Member);
    let concurrent = script.group.link(&cast.admin, over);
    script.link(first, "ok");
    script.link(second, "e2ee_bad_link seq");
    script.link(concurrent, "e2ee_bad_link seq");
    let same_number = match script.group.epoch() {
        Change::Epoch { n, suite, commit, roster, chain, why } => Change::Epoch { n: n - 1, suite, commit, roster, chain, why },
        other => other,
    };
    script.change(&cast.admin, same_number, "e2ee_bad_link generation");
    script.change(&cast.admin, script.group.epoch(), "ok");
    script
}

fn unknown_and_altered() -> Script {
    let (cast, mut script) = scene("links of a later version, altered, not in the one form");
    let sign = |script: &Script, text: &str| {
        let body = Json::parse(text.replace('\'', "\"").as_bytes()).expect("the one form");
        Link::sign(LogKind::Conversation, &script.group.conversation, &body, &cast.owner.dsk)
    };
    script.link(sign(&script, "{'v':2,'t':'add'}"), "newer");
    script.link(sign(&script, "{'v':1,'t':'annex'}"), "newer");
    script.link(sign(&script, "{'v':1}"), "e2ee_bad_link fields");
    script.link(sign(&script, "{'v':1,'t':'add'}"), "e2ee_bad_link fields");
    let good = script.group.link(&cast.owner, remove(&cast.member));
    let text = String::from_utf8(good.body.0.clone()).expect("text");
    let with = |body: String, key: &crate::sign::SignKey| {
        let signed = crate::tuple::tuple(
            "conv-link",
            &[crate::tuple::Field::Bytes(&vectors::id("conv").0), crate::tuple::Field::Bytes(body.as_bytes())],
        );
        Link { sig: key.sign(&signed), body: crate::bytes::Blob(body.into_bytes()) }
    };
    script.link(with(text.replace("\"v\":1", "\"v\": 1"), &cast.owner.dsk), "e2ee_bad_link canonical");
    script.link(with(text.replace("\"v\":1", "\"v\":1.0"), &cast.owner.dsk), "e2ee_bad_link canonical");
    script.link(with(text.replace("\"v\":1", "\"v\":1,\"v\":1"), &cast.owner.dsk), "e2ee_bad_link canonical");
    script.link(with(text.replace("\"v\":1", "\"v\":1,\"1\":1"), &cast.owner.dsk), "e2ee_bad_link canonical");
    script.link(with(text.replace("\"v\":1", "\"v\":1,\"x\":1"), &cast.owner.dsk), "e2ee_bad_link fields");
    script.link(with(text.replace("\"at\":", "\"at\":\"\",\"then\":"), &cast.owner.dsk), "e2ee_bad_link fields");
    let target = cast.member.account.to_string();
    let altered = text.replace(&target, &cast.admin.account.to_string());
    script.link(Link { body: crate::bytes::Blob(altered.into_bytes()), sig: good.sig }, "bad_signature");
    let mut flipped = good.clone();
    flipped.sig.0[10] ^= 1;
    script.link(flipped, "bad_signature");
    script.link(good, "ok");
    script
}

fn roster_omission() -> Script {
    let (cast, mut script) = scene("an epoch for a roster without one member");
    let Change::Epoch { n, suite, commit, chain, why, .. } = script.group.epoch() else { return script };
    let short: Vec<Entry> = script.group.log().entries().into_iter().filter(|entry| entry.account != cast.member.account).collect();
    let roster = roster_hash(&script.group.conversation, &short);
    let omitting = Change::Epoch { n, suite, commit, roster, chain: chain.clone(), why: why.clone() };
    script.change(&cast.owner, omitting, "e2ee_bad_link roster");
    let mut swapped = script.group.log().entries();
    swapped[0].aik = vectors::sign("node").public();
    let roster = roster_hash(&script.group.conversation, &swapped);
    script.change(&cast.owner, Change::Epoch { n, suite, commit, roster, chain, why }, "e2ee_bad_link roster");
    let later = match script.group.epoch() {
        Change::Epoch { n, commit, roster, chain, why, .. } => Change::Epoch { n, suite: 2, commit, roster, chain, why },
        other => other,
    };
    script.change(&cast.owner, later, "newer");
    script
}

fn removed_members_epoch() -> Script {
    let (cast, mut script) = scene("who was removed makes an epoch");
    let before = script.group.link(&cast.member, script.group.epoch());
    script.change(&cast.owner, remove(&cast.member), "ok");
    script.link(before, "e2ee_bad_link seq");
    script.change(&cast.member, script.group.epoch(), "e2ee_bad_link permission");
    script.needs_epoch(START + 20_000, 1, Some(crate::epoch::Reason::People));
    script.change(&cast.admin, script.group.epoch(), "ok");
    script.needs_epoch(START + 20_000, 1, None);
    script.member_during(&cast.member.account, 1, true);
    script.member_during(&cast.member.account, 2, false);
    script.may_deliver(&cast.member.account, 1, false);
    script.change(&cast.owner, add(&cast.member, Role::Reader), "ok");
    script.may_deliver(&cast.member.account, 1, true);
    script.may_deliver(&cast.member.account, 2, false);
    script.change(&cast.member, script.group.epoch(), "e2ee_bad_link permission");
    script
}

fn roles() -> Script {
    let (cast, mut script) = scene("members reach for more than they may");
    let role = |actor: &Actor, role| Change::Role { account: actor.account, role };
    script.change(&cast.member, remove(&cast.owner), "e2ee_bad_link permission");
    script.change(&cast.admin, remove(&cast.owner), "e2ee_bad_link permission");
    script.change(&cast.member, role(&cast.member, Role::Owner), "e2ee_bad_link permission");
    script.change(&cast.admin, role(&cast.admin, Role::Owner), "e2ee_bad_link permission");
    script.change(&cast.admin, role(&cast.owner, Role::Reader), "e2ee_bad_link permission");
    script.change(&cast.admin, role(&cast.ghost, Role::Reader), "e2ee_bad_link missing");
    script.change(&cast.owner, role(&cast.member, Role::Member), "e2ee_bad_link empty");
    script.change(&cast.admin, role(&cast.member, Role::Admin), "ok");
    script.change(&cast.member, remove(&cast.admin), "ok");
    script.change(&cast.admin, script.group.epoch(), "e2ee_bad_link permission");
    let both = Change::Remove { members: vec![cast.member.account, cast.owner.account], statement: None };
    script.change(&cast.member, both, "e2ee_bad_link permission");
    let twice = Change::Remove { members: vec![cast.member.account; 2], statement: None };
    script.change(&cast.member, twice, "e2ee_bad_link missing");
    script.change(&cast.owner, remove(&cast.owner), "ok");
    script
}

fn removal_by_the_node() -> Script {
    let (cast, mut script) = scene("the node has a member removed, once");
    let statement = |at, key: &crate::sign::SignKey| {
        let (conversation, account) = (vectors::id("conv"), cast.member.account);
        let sig = key.sign(&Statement::signed(&conversation, &account, at));
        Statement { conversation, account, at, sig }
    };
    let out = |who: &Actor, statement| Change::Remove { members: vec![who.account], statement: Some(statement) };
    let at = START + 10_130;
    script.change(&cast.admin, out(&cast.member, statement(at, &cast.admin.dsk)), "e2ee_bad_link statement");
    script.change(&cast.admin, out(&cast.owner, statement(at, &instance())), "e2ee_bad_link statement");
    script.change(&cast.ghost, out(&cast.member, statement(at, &instance())), "e2ee_bad_link permission");
    script.change(&cast.admin, out(&cast.member, statement(at, &instance())), "ok");
    // added again later: the old word does not count again
    script.change(&cast.owner, add(&cast.member, Role::Member), "ok");
    script.change(&cast.admin, out(&cast.member, statement(at, &instance())), "e2ee_bad_link statement");
    script.change(&cast.admin, out(&cast.member, statement(at + 3_600, &instance())), "ok");
    script
}

fn forks() -> Script {
    let (cast, mut script) = scene("the node shows different logs to different people");
    let (one, other) = (script.group.link(&cast.owner, remove(&cast.member)), script.group.link(&cast.admin, script.group.epoch()));
    let head = |link: &Link, seq| Head { seq, hash: link.hash(LogKind::Conversation, &vectors::id("conv")) };
    let (seen_here, seen_there) = (head(&one, 2), head(&other, 2));
    let before = script.group.links.clone();
    script.seen(seen_here, "need_log");
    script.link(one, "ok");
    script.seen(seen_here, "ok");
    script.seen(seen_there, "log_fork");
    script.conversation_log(&before, "log_fork");
    let forked = [before, vec![other]].concat();
    script.conversation_log(&forked, "log_fork");
    script.link(forked[2].clone(), "e2ee_bad_link seq");
    script
}

fn direct() -> Script {
    let [alice, bob, carol] = ["alice", "bob", "carol"].map(Actor::new);
    let group = Group::between(&[&alice, &bob, &carol]);
    let mut script = Script::new("a direct conversation stays between its two people", group, &[&alice, &bob, &carol]);
    let make = |members: &[(&Actor, Role)]| {
        create(ConversationKind::Direct, members.iter().map(|(actor, role)| entry(actor, *role)).collect(), POLICY)
    };
    let owner = Role::Owner;
    script.change(&alice, make(&[(&alice, owner), (&bob, owner), (&carol, owner)]), "e2ee_bad_link direct");
    script.change(&alice, make(&[(&alice, owner), (&bob, Role::Member)]), "e2ee_bad_link direct");
    script.change(&carol, make(&[(&alice, owner), (&bob, owner)]), "e2ee_bad_link permission");
    script.change(&alice, make(&[(&alice, owner), (&bob, owner)]), "ok");
    script.change(&bob, make(&[(&alice, owner), (&bob, owner)]), "e2ee_bad_link first");
    script.change(&alice, add(&carol, Role::Member), "e2ee_bad_link direct");
    script.change(&bob, remove(&alice), "e2ee_bad_link direct");
    script.change(&bob, Change::Role { account: alice.account, role: Role::Reader }, "e2ee_bad_link direct");
    script.change(&bob, script.group.epoch(), "ok");
    script.change(&bob, remove(&bob), "ok");
    script
}

fn shared_history() -> Script {
    let [owner, late] = ["owner", "late"].map(Actor::new);
    let mut group = Group::between(&[&owner, &late]);
    let policy = Policy { history: History::Shared, add: Role::Member, ..POLICY };
    group.accept(&owner, create(ConversationKind::Room, vec![entry(&owner, Role::Owner)], policy));
    let mut script = Script::new("shared history links back, and only where it may", group, &[&owner, &late]);
    let chained = |group: &Group| {
        let sealed = crate::seal::Sealed {
            salt: vectors::named("chain-salt"),
            nonce: vectors::named("chain-nonce"),
            ct: crate::bytes::Blob(vec![7; 48]),
        };
        match group.epoch() {
            Change::Epoch { n, suite, commit, roster, why, .. } => Change::Epoch { n, suite, commit, roster, chain: Some(sealed), why },
            other => other,
        }
    };
    script.change(&owner, chained(&script.group), "e2ee_bad_link chain");
    script.change(&owner, script.group.epoch(), "ok");
    script.change(&owner, add(&late, Role::Member), "ok");
    script.needs_epoch(START + 11_000, 3, None);
    script.may_deliver(&late.account, 1, true);
    script.change(&late, chained(&script.group), "ok");
    let close = |history| Change::Policy(PolicyChange { history: Some(history), ..PolicyChange::default() });
    script.change(&owner, close(History::Joined), "ok");
    script.change(&late, chained(&script.group), "e2ee_bad_link chain");
    script.change(&late, script.group.epoch(), "ok");
    script.change(&owner, close(History::Shared), "ok");
    script.change(&late, chained(&script.group), "e2ee_bad_link chain");
    script
}

fn policies() -> Script {
    let (cast, mut script) = scene("rules change by the owner's hand");
    let suite = |suite| Change::Policy(PolicyChange { min_suite: Some(suite), ..PolicyChange::default() });
    let open = || Change::Policy(PolicyChange { add: Some(Role::Member), max_msgs: Some(5), ..PolicyChange::default() });
    script.change(&cast.admin, open(), "e2ee_bad_link permission");
    script.change(&cast.owner, Change::Policy(PolicyChange::default()), "e2ee_bad_link empty");
    script.change(&cast.owner, open(), "ok");
    script.needs_epoch(START + 10_100, 5, Some(crate::epoch::Reason::Messages));
    script.needs_epoch(START + 10_060 + POLICY.max_age_s, 1, Some(crate::epoch::Reason::Age));
    script.change(&cast.member, add(&cast.ghost, Role::Admin), "e2ee_bad_link permission");
    script.change(&cast.member, add(&cast.ghost, Role::Member), "ok");
    script.change(&cast.owner, script.group.epoch(), "ok");
    script.change(&cast.owner, suite(2), "ok");
    script.needs_epoch(START + 10_400, 1, Some(crate::epoch::Reason::Suite));
    script.change(&cast.owner, suite(1), "e2ee_bad_link suite");
    script.change(&cast.owner, script.group.epoch(), "e2ee_bad_link suite");
    script
}

fn creation() -> Script {
    let [owner, other] = ["owner", "other"].map(Actor::new);
    let group = Group::between(&[&owner, &other]);
    let mut script = Script::new("how a conversation may begin", group, &[&owner, &other]);
    let make = |members| create(ConversationKind::Group, members, POLICY);
    script.change(&owner, add(&other, Role::Member), "e2ee_bad_link first");
    script.change(&owner, make(vec![]), "e2ee_bad_link permission");
    script.change(&owner, make(vec![entry(&owner, Role::Admin)]), "e2ee_bad_link permission");
    script.change(&owner, make(vec![entry(&owner, Role::Owner); 2]), "e2ee_bad_link reused");
    let mut false_identity = entry(&owner, Role::Owner);
    false_identity.aik = other.aik.public();
    script.change(&owner, make(vec![false_identity]), "e2ee_bad_link signer");
    script.change(&owner, make(vec![entry(&owner, Role::Owner), entry(&other, Role::Reader)]), "ok");
    script.needs_epoch(START, 0, Some(crate::epoch::Reason::First));
    script
}
