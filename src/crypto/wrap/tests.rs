//! A secret arrives only from a member, only at the account it is for, and only if it is the right one.
use super::*;
use crate::account_log::body::Change as AccountChange;
use crate::actors::Actor;
use crate::actors::group::{Group, entry};
use crate::conversation_log::body::Change;
use crate::conversation_log::roster::Role;
use crate::prekeys::BundleIk;
use crate::vectors::{self, bytes, id};

fn recipient(actor: &Actor, with_opk: bool) -> Recipient {
    Recipient {
        account: actor.account,
        aik: actor.aik.public(),
        ik: BundleIk { generation: 1, public: actor.ik.public() },
        spk: (id("spk"), vectors::dh("bob-spk").public()),
        opk: with_opk.then(|| (id("opk"), vectors::dh("bob-opk").public())),
    }
}

fn sender(actor: &Actor) -> Sender<'_> {
    let from = From { account: actor.account, device: actor.device, ik_generation: 1 };
    Sender { from, aik: actor.aik.public(), ik: &actor.ik }
}

#[test]
fn matches_the_vectors() {
    let file = vectors::load();
    for (vector, with_opk) in file["x3dh"].as_array().unwrap().iter().zip([true, false]) {
        let (alice, bob) = (Actor::new("alice"), Actor::new("bob"));
        let secret = vectors::secret("epoch-secret");
        let mut wrapper = Wrapper::with_ephemeral(id("conv"), 3, &secret, sender(&alice), vectors::dh("ek"));
        wrapper.wrap(&recipient(&bob, with_opk)).unwrap();
        let batch = wrapper.finish();
        assert_eq!(batch.ek.0.to_vec(), bytes(&vector["ek"]));
        assert_eq!(batch.wraps[0].ct.0.to_vec(), bytes(&vector["ct"]));
    }
}

struct Scene {
    alice: Actor,
    bob: Actor,
    carol: Actor,
    group: Group,
    spk: DhKey,
    opk: DhKey,
}

fn scene() -> Scene {
    let [alice, bob, carol] = ["alice", "bob", "carol"].map(Actor::new);
    let mut group = Group::new(&[&alice, &bob], &[Role::Owner, Role::Member]);
    group.accept(&alice, group.epoch());
    group.learn(&carol);
    Scene { alice, bob, carol, group, spk: vectors::dh("bob-spk"), opk: vectors::dh("bob-opk") }
}

impl Scene {
    fn batch(&self, from: &Actor, secret: &str) -> Batch {
        let secret = vectors::secret(secret);
        let mut wrapper = Wrapper::new(self.group.conversation, 1, &secret, sender(from)).unwrap();
        wrapper.wrap(&recipient(&self.bob, true)).unwrap();
        let batch = wrapper.finish();
        serde_json::from_str(&serde_json::to_string(&batch).unwrap()).unwrap()
    }

    fn open(&self, batch: &Batch) -> Result<Secret> {
        let receiver = Receiver { account: self.bob.account, ik: &self.bob.ik, spk: &self.spk, opk: Some(&self.opk) };
        receive(batch, batch.of(&self.bob.account)?, &receiver, self.group.log(), &self.group.accounts)
    }
}

#[test]
fn arrives_and_is_the_right_one() {
    let scene = scene();
    assert_eq!(scene.open(&scene.batch(&scene.alice, "epoch1")).unwrap(), vectors::secret("epoch1"));
    assert_eq!(scene.open(&scene.batch(&scene.alice, "other")), Err(Error::BadCommit));
    assert_eq!(scene.open(&scene.batch(&scene.carol, "epoch1")), Err(Error::NotMember));
    let batch = scene.batch(&scene.alice, "epoch1");
    assert_eq!(batch.of(&scene.carol.account), Err(Error::Locked));
    assert_eq!(batch.missing(scene.group.log()), [scene.alice.account]);
    let receiver = Receiver { account: scene.bob.account, ik: &scene.bob.ik, spk: &scene.spk, opk: None };
    let result = receive(&batch, &batch.wraps[0], &receiver, scene.group.log(), &scene.group.accounts);
    assert_eq!(result, Err(Error::Locked));
}

#[test]
fn nothing_can_be_changed_on_the_way() {
    let scene = scene();
    let good = scene.batch(&scene.alice, "epoch1");
    let with = |change: &dyn Fn(&mut Batch)| {
        let mut batch = good.clone();
        change(&mut batch);
        scene.open(&batch).err()
    };
    assert_eq!(with(&|batch| batch.v = 2), Some(Error::Newer));
    assert_eq!(with(&|batch| batch.suite = 2), Some(Error::Newer));
    assert_eq!(with(&|batch| batch.epoch = 2), Some(Error::NeedLog));
    assert_eq!(with(&|batch| batch.epoch = 0), Some(Error::NeedLog));
    assert_eq!(with(&|batch| batch.from.account = id("nobody")), Some(Error::NeedLog));
    assert_eq!(with(&|batch| batch.from.account = scene.bob.account), Some(Error::BadSeal));
    assert_eq!(with(&|batch| batch.from.device = id("other")), Some(Error::BadSeal));
    assert_eq!(with(&|batch| batch.from.ik_generation = 2), Some(Error::NeedLog));
    assert_eq!(with(&|batch| batch.ek = vectors::dh("other").public()), Some(Error::BadSeal));
    assert_eq!(with(&|batch| batch.ek = Bytes([0; 32])), Some(Error::BadKey));
    assert_eq!(with(&|batch| batch.wraps[0].spk = id("other")), Some(Error::BadSeal));
    assert_eq!(with(&|batch| batch.wraps[0].opk = Some(id("other"))), Some(Error::BadSeal));
    assert_eq!(with(&|batch| batch.wraps[0].opk = None), Some(Error::BadSeal));
    assert_eq!(with(&|batch| batch.wraps[0].ct.0[47] ^= 1), Some(Error::BadSeal));
    assert_eq!(with(&|batch| batch.wraps = vec![batch.wraps[0].clone(); 2_001]), Some(Error::TooLarge("wraps")));
}

#[test]
fn refuses_prekeys_of_low_order() {
    let (alice, bob) = (Actor::new("alice"), Actor::new("bob"));
    let secret = vectors::secret("epoch1");
    let mut wrapper = Wrapper::new(id("conv"), 1, &secret, sender(&alice)).unwrap();
    let good = recipient(&bob, true);
    let low = Bytes([0; 32]);
    for bad in [
        Recipient { spk: (good.spk.0, low), ..good.clone() },
        Recipient { opk: Some((id("opk"), low)), ..good.clone() },
        Recipient { ik: BundleIk { generation: 1, public: low }, ..good.clone() },
    ] {
        assert_eq!(wrapper.wrap(&bad), Err(Error::BadKey));
    }
    assert_eq!(wrapper.finish().wraps, []);
}

#[test]
fn still_opens_after_a_rotation() {
    let mut scene = scene();
    let batch = scene.batch(&scene.alice, "epoch1");
    let (old, next) = (scene.alice.aik.public(), vectors::sign("alice-next"));
    let link = scene.alice.by_identity(AccountChange::rotate(&scene.alice.account, &old, &next));
    scene.alice.accept(link);
    scene.alice.aik = next;
    scene.group.learn(&scene.alice);
    scene.group.accept(&scene.bob, Change::Rebind { account: scene.alice.account, aik_old: old, aik_new: scene.alice.aik.public() });
    assert_eq!(scene.open(&batch).unwrap(), vectors::secret("epoch1"));
    assert_eq!(scene.open(&scene.batch(&scene.alice, "epoch1")).unwrap(), vectors::secret("epoch1"));
    assert_eq!(scene.group.log().member(&scene.alice.account), Some(entry(&scene.alice, Role::Owner)));
}

#[test]
fn anyone_who_was_there_may_deliver_what_is_missing() {
    let mut scene = scene();
    scene.group.accept(&scene.alice, Change::Add { members: vec![entry(&scene.carol, Role::Reader)] });
    assert_eq!(scene.open(&scene.batch(&scene.carol, "epoch1")).unwrap(), vectors::secret("epoch1"));
    scene.group.accept(&scene.alice, Change::Remove { members: vec![scene.carol.account], statement: None });
    assert!(scene.open(&scene.batch(&scene.carol, "epoch1")).is_ok(), "was a member while the epoch was the newest");
}

#[test]
fn old_secrets_are_given_to_who_was_there() {
    let mut scene = scene();
    let may = |scene: &Scene, actor: &Actor| may_deliver(scene.group.log(), &actor.log, 1);
    assert_eq!(may(&scene, &scene.bob), Ok(true));
    assert_eq!(may(&scene, &scene.carol), Ok(false));
    scene.group.accept(&scene.alice, Change::Add { members: vec![entry(&scene.carol, Role::Member)] });
    assert_eq!(may(&scene, &scene.carol), Ok(false), "who joins waits for the next epoch");
    scene.group.accept(&scene.alice, Change::Remove { members: vec![scene.bob.account], statement: None });
    assert_eq!(may(&scene, &scene.bob), Ok(false), "no member");
    scene.group.accept(&scene.alice, scene.group.epoch());
    scene.group.accept(&scene.alice, Change::Add { members: vec![entry(&scene.bob, Role::Member)] });
    assert_eq!(may(&scene, &scene.bob), Ok(true), "was there when the first epoch was made");
    assert_eq!(may_deliver(scene.group.log(), &scene.bob.log, 2), Ok(false));
    let aik_old = scene.bob.aik.public();
    scene.bob.reset();
    scene.group.learn(&scene.bob);
    let aik_new = scene.bob.aik.public();
    scene.group.accept(&scene.alice, Change::Rebind { account: scene.bob.account, aik_old, aik_new });
    assert_eq!(may(&scene, &scene.bob), Ok(false), "nothing automatic after a reset");
    assert_eq!(may_deliver(scene.group.log(), &scene.bob.log, 9), Err(Error::NeedLog));
}
