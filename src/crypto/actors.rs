//! Accounts for tests: their keys come from names, so that every run and every language gets the same.
pub mod group;

use crate::account_key::{Class, commit};
use crate::account_log::AccountLog;
use crate::account_log::body::{Body, Change, DeviceKind, IdentityDh, KeyCommit, NewDevice, NewSlot, Signer};
use crate::bytes::Id;
use crate::dh::DhKey;
use crate::link::{Head, Link};
use crate::sign::SignKey;
use crate::slot::SlotKind;
use crate::vectors;

/// The time of the first link of every log in tests.
pub const START: u64 = 1_795_000_000;

/// An account with its identity and first device.
pub struct Actor {
    pub name: String,
    pub account: Id,
    pub aik: SignKey,
    pub device: Id,
    pub dsk: SignKey,
    pub ik: DhKey,
    pub links: Vec<Link>,
    pub log: AccountLog,
}

impl Actor {
    /// An account whose log has its root, one slot and one device.
    pub fn new(name: &str) -> Actor {
        let account = vectors::id(name);
        let mut actor = Actor {
            name: name.to_owned(),
            account,
            aik: vectors::sign(&format!("{name}-aik")),
            device: vectors::id(&format!("{name}-dev")),
            dsk: vectors::sign(&format!("{name}-dsk")),
            ik: vectors::dh(&format!("{name}-ik")),
            links: Vec::new(),
            log: AccountLog::empty(account),
        };
        let root = actor.root("", None);
        let link = actor.by_identity(root);
        actor.accept(link);
        actor
    }

    /// A root of this actor's present keys; `suffix` tells the keys of a second life apart.
    pub fn root(&self, suffix: &str, reset_of: Option<Head>) -> Change {
        let name = format!("{}{suffix}", self.name);
        let device = NewDevice::new(&self.account, &self.aik.public(), self.device, DeviceKind::Web, &self.dsk, self.dxk(suffix));
        let slot = NewSlot {
            id: vectors::id(&format!("{name}-slot")),
            kind: SlotKind::Password,
            public: vectors::dh(&format!("{name}-slot")).public(),
        };
        let keys = vec![self.commit(Class::History, 1), self.commit(Class::Session, 1)];
        let ik = IdentityDh { generation: 1, public: self.ik.public() };
        Change::Root { aik: self.aik.public(), device, slots: vec![slot], keys, ik, reset_of }
    }

    fn dxk(&self, suffix: &str) -> crate::bytes::Public {
        vectors::dh(&format!("{}{suffix}-dxk", self.name)).public()
    }

    /// The commitment to this actor's key of a generation.
    pub fn commit(&self, class: Class, generation: u64) -> KeyCommit {
        let key = vectors::secret(&format!("{}-{}{generation}", self.name, class.as_str()));
        KeyCommit { class, generation, commit: commit(&self.account, class, generation, &key) }
    }

    /// Another device of this actor, that agrees to belong to it.
    pub fn other_device(&self, name: &str) -> (NewDevice, SignKey) {
        let dsk = vectors::sign(&format!("{name}-dsk"));
        let dxk = vectors::dh(&format!("{name}-dxk")).public();
        (NewDevice::new(&self.account, &self.aik.public(), vectors::id(name), DeviceKind::Cli, &dsk, dxk), dsk)
    }

    /// The next link's body.
    pub fn body(&self, by: Signer, change: Change) -> Body {
        let head = self.log.head();
        let seq = head.map_or(0, |head| head.seq + 1);
        Body { account: self.account, seq, prev: head.map(|head| head.hash), at: START + seq * 60, by, change }
    }

    /// The next link, signed by the identity.
    pub fn by_identity(&self, change: Change) -> Link {
        self.body(Signer::Identity, change).sign(&self.aik)
    }

    /// The next link, signed by the device.
    pub fn by_device(&self, change: Change) -> Link {
        self.body(Signer::Device(self.device), change).sign(&self.dsk)
    }

    /// Follows a link that is right.
    pub fn accept(&mut self, link: Link) {
        self.log.append(&link).expect("a good link");
        self.links.push(link);
    }

    /// Everything lost: a new identity and device under the same account.
    pub fn reset(&mut self) {
        let head = self.head();
        let life = format!("{}-again{}", self.name, head.seq);
        self.aik = vectors::sign(&format!("{life}-aik"));
        self.device = vectors::id(&format!("{life}-dev"));
        self.dsk = vectors::sign(&format!("{life}-dsk"));
        self.ik = vectors::dh(&format!("{life}-ik"));
        let root = self.root(&format!("-again{}", head.seq), Some(head));
        let link = self.by_identity(root);
        self.accept(link);
    }

    /// The log's head.
    pub fn head(&self) -> Head {
        self.log.head().expect("a log with a root")
    }
}
