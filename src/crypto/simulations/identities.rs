//! What the node can do to accounts, and what conversations make of it.
use super::script::Script;
use crate::account_key::Class;
use crate::account_log::body::{Change as AccountChange, Signer};
use crate::actors::group::{Group, entry, instance};
use crate::actors::{Actor, START};
use crate::conversation_log::body::Change;
use crate::conversation_log::roster::{Entry, Role};
use crate::epoch::Reason;
use crate::link::LogKind;
use crate::vectors;

/// A group of two with its first epoch.
fn scene(name: &'static str) -> (Actor, Actor, Script) {
    let [owner, member] = ["owner", "member"].map(Actor::new);
    let mut group = Group::new(&[&owner, &member], &[Role::Owner, Role::Member]);
    group.accept(&owner, group.epoch());
    let script = Script::new(name, group, &[&owner, &member]);
    (owner, member, script)
}

pub fn all() -> Vec<Script> {
    vec![
        ghost_devices(),
        revoked_device(),
        revoked_device_with_an_old_head(),
        withheld_account_links(),
        substituted_identity(),
        reset_of_a_member(),
        reset_of_the_owner(),
        rotation(),
        account_forks(),
        account_rules(),
    ]
}

fn ghost_devices() -> Script {
    let (mut owner, _, mut script) = scene("the node adds a device to an account");
    let (ghost, ghost_key) = owner.other_device("ghost");
    let add = AccountChange::DeviceAdd { device: ghost.clone() };
    let by_node = owner.body(Signer::Identity, add.clone()).sign(&instance());
    script.account_link(&mut owner, by_node, "bad_signature");
    let by_itself = owner.body(Signer::Device(ghost.id), add.clone()).sign(&ghost_key);
    script.account_link(&mut owner, by_itself, "e2ee_bad_link signer");
    let mut swapped = ghost.clone();
    swapped.dxk = vectors::dh("node").public();
    let link = owner.by_device(AccountChange::DeviceAdd { device: swapped });
    script.account_link(&mut owner, link, "bad_signature");
    // of another account
    let (foreign, _) = Actor::new("other").other_device("ghost");
    let link = owner.by_device(AccountChange::DeviceAdd { device: foreign });
    script.account_link(&mut owner, link, "bad_signature");
    let link = owner.by_device(add);
    script.account_link(&mut owner, link, "ok");
    let head = owner.head();
    let mut body = script.group.body(&owner, script.group.epoch());
    (body.by.device, body.by.head) = (ghost.id, head);
    script.link(body.sign(&ghost_key), "ok");
    script
}

fn revoked_device() -> Script {
    let (mut owner, member, mut script) = scene("a revoked device goes on");
    let (phone, phone_key) = owner.other_device("phone");
    let phone_id = phone.id;
    let link = owner.by_device(AccountChange::DeviceAdd { device: phone });
    script.account_link(&mut owner, link, "ok");
    let link = owner.by_identity(AccountChange::DeviceRevoke { devices: vec![phone_id] });
    script.account_link(&mut owner, link, "ok");
    let remove = Change::Remove { members: vec![member.account], statement: None };
    let mut body = script.group.body(&owner, remove);
    body.by.device = phone_id;
    script.link(body.sign(&phone_key), "e2ee_bad_link signer");
    let keys = AccountChange::Keys { keys: vec![owner.commit(Class::History, 2)], ik: None };
    let link = owner.body(Signer::Device(phone_id), keys).sign(&phone_key);
    script.account_link(&mut owner, link, "e2ee_bad_link signer");
    let (again, _) = owner.other_device("phone");
    let link = owner.by_device(AccountChange::DeviceAdd { device: again });
    script.account_link(&mut owner, link, "e2ee_bad_link reused");
    // revoked before the epoch's time: nothing to do; after it: a new one
    script.needs_epoch(START + 10_100, 1, None);
    let mut body = owner.body(Signer::Identity, AccountChange::DeviceRevoke { devices: vec![owner.device] });
    body.at = START + 10_090;
    let link = body.sign(&owner.aik);
    script.account_link(&mut owner, link, "ok");
    script.needs_epoch(START + 10_100, 1, Some(Reason::Break));
    script.change(&owner, script.group.epoch(), "e2ee_bad_link signer");
    script.change(&member, script.group.epoch(), "ok");
    script.needs_epoch(START + 10_200, 1, None);
    script
}

fn revoked_device_with_an_old_head() -> Script {
    let (mut owner, member, mut script) = scene("a revoked device claims not to know of its revocation");
    let (phone, phone_key) = owner.other_device("phone");
    let phone_id = phone.id;
    let link = owner.by_device(AccountChange::DeviceAdd { device: phone });
    script.account_link(&mut owner, link, "ok");
    let before = owner.head();
    let link = owner.by_identity(AccountChange::DeviceRevoke { devices: vec![phone_id] });
    script.account_link(&mut owner, link, "ok");
    // its account makes the new epoch, and so says what it knows
    script.change(&owner, script.group.epoch(), "ok");
    let mut body = script.group.body(&owner, Change::Remove { members: vec![member.account], statement: None });
    (body.by.device, body.by.head) = (phone_id, before);
    script.link(body.sign(&phone_key), "e2ee_bad_link signer");
    let mut body = script.group.body(&owner, script.group.epoch());
    body.by.head = before;
    script.link(body.sign(&owner.dsk), "e2ee_bad_link signer");
    // of others nothing is said
    script.change(&member, script.group.epoch(), "ok");
    script
}

fn withheld_account_links() -> Script {
    let (mut owner, _, mut script) = scene("the node withholds an account's newest links");
    let (phone, phone_key) = owner.other_device("phone");
    let phone_id = phone.id;
    let link = owner.by_device(AccountChange::DeviceAdd { device: phone });
    let before = owner.head();
    // the account went on; the client was not told
    let mut ahead = Actor::new("owner");
    ahead.accept(link.clone());
    let mut body = script.group.body(&ahead, script.group.epoch());
    (body.by.device, body.by.head) = (phone_id, ahead.head());
    let epoch = body.sign(&phone_key);
    script.account_seen(&owner.account, before, "ok");
    script.account_seen(&owner.account, ahead.head(), "need_log");
    script.link(epoch.clone(), "need_log");
    script.account_link(&mut owner, link, "ok");
    script.link(epoch, "ok");
    script
}

fn substituted_identity() -> Script {
    let [owner, victim] = ["owner", "victim"].map(Actor::new);
    // the node's own account under the victim's id
    let mut node = Actor::new("node");
    node.account = victim.account;
    node.log = crate::account_log::AccountLog::empty(victim.account);
    node.links.clear();
    let root = node.by_identity(node.root("", None));
    node.accept(root);
    let mut group = Group::between(&[&owner, &node]);
    let members = vec![entry(&owner, Role::Owner), entry(&victim, Role::Member)];
    let policy = crate::actors::group::POLICY;
    group.accept(&owner, crate::actors::group::create(crate::conversation_log::body::ConversationKind::Group, members, policy));
    let mut script = Script::new("the node shows a false identity of a member", group, &[&owner, &node]);
    script.mismatched(&[victim.account]);
    script.change(&node, script.group.epoch(), "e2ee_bad_link signer");
    let aik_new = node.aik.public();
    let rebind = Change::Rebind { account: victim.account, aik_old: victim.aik.public(), aik_new };
    script.change(&node, rebind, "e2ee_bad_link signer");
    // the real log is not a continuation of the false one: somebody lied
    script.account_log(&victim.account, &victim.links, "log_fork");
    script
}

fn reset_of_a_member() -> Script {
    let (owner, mut member, mut script) = scene("a member loses everything and comes back");
    let aik_old = member.aik.public();
    let reset = reset_link(&mut member);
    script.account_link(&mut member, reset, "ok");
    script.mismatched(&[member.account]);
    script.needs_epoch(START + 10_100, 1, None);
    script.change(&member, script.group.epoch(), "e2ee_bad_link signer");
    let rebind = |aik_new| Change::Rebind { account: vectors::id("member"), aik_old, aik_new };
    script.change(&member, rebind(member.aik.public()), "e2ee_bad_link signer");
    script.change(&owner, rebind(vectors::sign("node").public()), "e2ee_bad_link identity");
    script.change(&owner, rebind(aik_old), "e2ee_bad_link empty");
    script.change(&owner, rebind(member.aik.public()), "ok");
    script.change(&owner, rebind(member.aik.public()), "e2ee_bad_link identity");
    script.mismatched(&[]);
    script.needs_epoch(START + 10_100, 1, Some(Reason::People));
    script.may_deliver(&member.account, 1, false);
    script.change(&member, script.group.epoch(), "ok");
    script.may_deliver(&member.account, 2, true);
    script
}

/// Prepares a reset; the actor goes on as the new identity once the link was followed.
fn reset_link(actor: &mut Actor) -> crate::link::Link {
    let head = actor.head();
    let life = format!("{}-again", actor.name);
    actor.aik = vectors::sign(&format!("{life}-aik"));
    actor.device = vectors::id(&format!("{life}-dev"));
    actor.dsk = vectors::sign(&format!("{life}-dsk"));
    actor.ik = vectors::dh(&format!("{life}-ik"));
    let root = actor.root("-again", Some(head));
    actor.by_identity(root)
}

fn reset_of_the_owner() -> Script {
    let (mut owner, member, mut script) = scene("the node resets the owner's account to take the group");
    let aik_old = owner.aik.public();
    let reset = reset_link(&mut owner);
    script.account_link(&mut owner, reset, "ok");
    script.mismatched(&[owner.account]);
    let remove = Change::Remove { members: vec![member.account], statement: None };
    script.change(&owner, remove, "e2ee_bad_link signer");
    // nobody can let the only admin back in: the group goes on elsewhere
    let rebind = Change::Rebind { account: owner.account, aik_old, aik_new: owner.aik.public() };
    script.change(&member, rebind.clone(), "e2ee_bad_link permission");
    script.change(&owner, rebind, "e2ee_bad_link signer");
    script
}

fn rotation() -> Script {
    let (mut owner, member, mut script) = scene("an identity is handed over");
    let (old, next) = (owner.aik.public(), vectors::sign("owner-next"));
    let forged = AccountChange::Rotate { aik_new: next.public(), pop: instance().sign(b"anything") };
    let link = owner.by_identity(forged);
    script.account_link(&mut owner, link, "bad_signature");
    let by_device = owner.by_device(AccountChange::rotate(&owner.account, &old, &next));
    script.account_link(&mut owner, by_device, "e2ee_bad_link permission");
    let back = owner.by_identity(AccountChange::rotate(&owner.account, &old, &owner.aik));
    script.account_link(&mut owner, back, "e2ee_bad_link reused");
    let link = owner.by_identity(AccountChange::rotate(&owner.account, &old, &next));
    script.account_link(&mut owner, link, "ok");
    owner.aik = next;
    script.mismatched(&[]);
    script.change(&owner, script.group.epoch(), "ok");
    let rebind = |aik_old, aik_new| Change::Rebind { account: vectors::id("owner"), aik_old, aik_new };
    script.change(&member, rebind(owner.aik.public(), old), "e2ee_bad_link identity");
    script.change(&member, rebind(old, owner.aik.public()), "ok");
    script.change(&owner, script.group.epoch(), "ok");
    // the device did not change, but who signs must know of the hand-over
    let mut body = script.group.body(&owner, Change::Role { account: member.account, role: Role::Admin });
    body.by.head = crate::link::Head { seq: 0, hash: owner.links[0].hash(LogKind::Account, &owner.account) };
    script.link(body.sign(&owner.dsk), "e2ee_bad_link signer");
    script
}

fn account_forks() -> Script {
    let (mut owner, _, mut script) = scene("an account's log is shown shorter or different");
    let first = owner.links.clone();
    let (phone, _) = owner.other_device("phone");
    let (tablet, _) = owner.other_device("tablet");
    let one = owner.by_device(AccountChange::DeviceAdd { device: phone });
    let other = owner.by_device(AccountChange::DeviceAdd { device: tablet });
    let hidden = crate::link::Head { seq: 1, hash: other.hash(LogKind::Account, &owner.account) };
    script.account_link(&mut owner, one, "ok");
    script.account_link(&mut owner, other.clone(), "e2ee_bad_link seq");
    script.account_log(&owner.account, &first, "log_fork");
    script.account_log(&owner.account, &[first[0].clone(), other], "log_fork");
    script.account_log(&owner.account, &owner.links, "ok");
    script.account_seen(&owner.account, hidden, "log_fork");
    script.account_log(&owner.account, &[], "e2ee_no_keys");
    let mut body = script.group.body(&owner, script.group.epoch());
    body.by.head = hidden;
    script.link(body.sign(&owner.dsk), "log_fork");
    script
}

fn account_rules() -> Script {
    let (mut owner, _, mut script) = scene("an account's numbers and limits");
    let mut refuse = |owner: &mut Actor, change, expect| {
        let link = owner.by_device(change);
        script.account_link(owner, link, expect);
    };
    let keys = |keys: Vec<_>| AccountChange::Keys { keys, ik: None };
    let commit = owner.commit(Class::History, 3);
    refuse(&mut owner, keys(vec![commit]), "e2ee_bad_link generation");
    refuse(&mut owner, keys(vec![]), "e2ee_bad_link empty");
    let set = AccountChange::Slots { set: vec![], del: vec![vectors::id("owner-slot")] };
    refuse(&mut owner, set, "e2ee_bad_link permission");
    let revoke = |id| AccountChange::DeviceRevoke { devices: vec![id] };
    refuse(&mut owner, revoke(vectors::id("nothing")), "e2ee_bad_link permission");
    let root = owner.root("", Some(owner.head()));
    let link = owner.by_identity(root);
    script.account_link(&mut owner, link, "e2ee_bad_link reused");
    let root = owner.root("", None);
    let link = owner.by_identity(root);
    script.account_link(&mut owner, link, "e2ee_bad_link first");
    for n in 0..19 {
        let (device, _) = owner.other_device(&format!("device{n}"));
        let link = owner.by_device(AccountChange::DeviceAdd { device });
        script.account_link(&mut owner, link, "ok");
    }
    let (device, _) = owner.other_device("device19");
    let link = owner.by_device(AccountChange::DeviceAdd { device });
    script.account_link(&mut owner, link, "e2ee_bad_link limit");
    let mut member = Entry { account: vectors::id("somebody"), aik: vectors::sign("somebody").public(), role: Role::Member };
    member.role = Role::Reader;
    script.change(&owner, Change::Add { members: vec![member] }, "ok");
    script
}
