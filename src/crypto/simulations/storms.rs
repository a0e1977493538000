//! Many people coming and going.
use super::script::Script;
use crate::actors::group::{Group, entry};
use crate::actors::{Actor, START};
use crate::conversation_log::body::Change;
use crate::conversation_log::roster::{Entry, Role};
use crate::epoch::Reason;
use crate::vectors;

fn guest(n: usize) -> Entry {
    let name = format!("guest{n}");
    Entry { account: vectors::id(&name), aik: vectors::sign(&name).public(), role: Role::Member }
}

pub fn all() -> Vec<Script> {
    vec![one_by_one(), all_at_once()]
}

fn one_by_one() -> Script {
    let owner = Actor::new("owner");
    let mut group = Group::new(&[&owner], &[Role::Owner]);
    group.accept(&owner, group.epoch());
    let mut script = Script::new("forty come and go, one by one", group, &[&owner]);
    for n in 0..40 {
        script.change(&owner, Change::Add { members: vec![guest(n)] }, "ok");
        if n >= 3 {
            script.change(&owner, Change::Remove { members: vec![guest(n - 3).account], statement: None }, "ok");
        }
    }
    script.needs_epoch(START + 30_000, 1, Some(Reason::People));
    script.change(&owner, script.group.epoch(), "ok");
    script.needs_epoch(START + 30_000, 1, None);
    script.member_during(&guest(0).account, 1, true);
    script.member_during(&guest(0).account, 2, false);
    script.member_during(&guest(39).account, 2, true);
    script
}

fn all_at_once() -> Script {
    let [owner, leaver] = ["owner", "leaver"].map(Actor::new);
    let mut group = Group::new(&[&owner], &[Role::Owner]);
    group.learn(&leaver);
    let mut script = Script::new("two hundred in one link, and out again", group, &[&owner, &leaver]);
    let guests: Vec<Entry> = (0..199).map(guest).chain([entry(&leaver, Role::Member)]).collect();
    script.change(&owner, Change::Add { members: guests.clone() }, "ok");
    script.change(&owner, script.group.epoch(), "ok");
    script.change(&leaver, Change::Remove { members: vec![leaver.account], statement: None }, "ok");
    script.change(&leaver, script.group.epoch(), "e2ee_bad_link permission");
    let rest: Vec<_> = guests[..199].iter().map(|guest| guest.account).collect();
    script.change(&owner, Change::Remove { members: rest, statement: None }, "ok");
    script.change(&owner, Change::Add { members: guests }, "ok");
    script.change(&owner, script.group.epoch(), "ok");
    script
}
