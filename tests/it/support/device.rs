//! A client's encryption, as far as tests need it: a device with its keys, built on the core. It keeps what a real one keeps, and posts
//! what a real one posts; a test that wants something wrong changes the [`Draft`] before it is posted.
use super::{Answer, Person};
use serde_json::{Value, json};
use snug_crypto::account_key::{Class, commit, open_key, seal_key};
use snug_crypto::account_log::AccountLog;
use snug_crypto::account_log::body::{Body, Change, DeviceKind, IdentityDh, KeyCommit, NewDevice, NewSlot, Signer};
use snug_crypto::bytes::{Bytes, Id, Public};
use snug_crypto::dh::DhKey;
use snug_crypto::link::{Head, Link};
use snug_crypto::pairing::{PairSecret, Welcome, WelcomeKey};
use snug_crypto::prekeys::{BundleIk, OneTimePrekey, SignedPrekey};
use snug_crypto::seal::Fresh;
use snug_crypto::sealed_box::SealedBox;
use snug_crypto::secret::Secret;
use snug_crypto::sign::SignKey;
use snug_crypto::slot::{SlotKeys, SlotKind, SlotRecord};
use snug_crypto::vault::{Item, VaultItem, seal_item};
use snug_crypto::{bytes, random};
use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};
use uuid::Uuid;

/// 16 random bytes.
pub fn random_id() -> Id {
    random::bytes().unwrap()
}

/// The core's name of something that the API names by a UUID.
pub fn core_id(uuid: &str) -> Id {
    Bytes(*uuid.parse::<Uuid>().unwrap().as_bytes())
}

/// The reverse.
pub fn uuid(id: &Id) -> String {
    Uuid::from_bytes(id.0).to_string()
}

/// Unix seconds.
pub fn now_s() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// A slot, with what opens it.
#[derive(Clone)]
pub struct OwnSlot {
    pub id: Id,
    pub kind: SlotKind,
    pub secret: Vec<u8>,
}

/// A device of an account, and the session that it is.
pub struct Device {
    pub person: Person,
    pub account: Id,
    pub id: Id,
    pub dsk: SignKey,
    pub dxk: DhKey,
    /// The account's identity. Real devices forget it after use; this one has it at hand unless it was paired.
    pub aik: Option<SignKey>,
    /// The account's log as far as this device knows it.
    pub log: AccountLog,
    /// Keys by class and generation.
    pub keys: BTreeMap<(Class, u64), Secret>,
    /// Private halves of the identity's DH key, by generation.
    pub ik: BTreeMap<u64, DhKey>,
    /// Private halves of prekeys.
    pub prekeys: BTreeMap<Id, DhKey>,
    pub slots: Vec<OwnSlot>,
    /// Revisions of the vault's items.
    pub revs: BTreeMap<(String, Vec<u8>), u64>,
}

/// A request about the own account, before it is sent.
pub struct Draft {
    /// The log with the links so far.
    pub log: AccountLog,
    pub links: Vec<Link>,
    pub slots: Vec<SlotRecord>,
    pub boxes: Vec<Value>,
    pub vault: Vec<VaultItem>,
    pub drop: Vec<Value>,
    pub prekeys: Value,
    pub password: Value,
    pub welcome: Value,
}

impl Draft {
    pub fn on(log: &AccountLog) -> Draft {
        let (links, slots, boxes, vault, drop) = Default::default();
        Draft { log: log.clone(), links, slots, boxes, vault, drop, prekeys: Value::Null, password: Value::Null, welcome: Value::Null }
    }

    /// The request's body.
    pub fn json(&self) -> Value {
        json!({
            "links": self.links, "slots": self.slots, "boxes": self.boxes, "vault": self.vault, "drop": self.drop,
            "prekeys": self.prekeys, "password": self.password, "welcome": self.welcome,
        })
    }

    /// Signs the next link.
    pub fn link(&mut self, by: Signer, change: Change, key: &SignKey) {
        let head = self.log.head();
        let seq = head.map_or(0, |head| head.seq + 1);
        let body = Body { account: self.log.account(), seq, prev: head.map(|head| head.hash), at: now_s(), by, change };
        let link = body.sign(key);
        self.log.append(&link).unwrap();
        self.links.push(link);
    }

    /// Boxes a key to somebody.
    pub fn key_box(&mut self, to: &Public, holder: Id, (class, generation): (Class, u64), key: &Secret) {
        let SealedBox { enc, ct } = seal_key(to, &self.log.account(), class, generation, &holder, key).unwrap();
        self.boxes.push(json!({ "class": class, "gen": generation, "holder": holder, "enc": enc, "ct": ct }));
    }

    /// Boxes a key to every active device, and a history key to every active slot.
    pub fn box_for_all(&mut self, (class, generation): (Class, u64), key: &Secret) {
        let mut holders: Vec<(Id, Public)> = self.log.active_devices().map(|(id, device)| (*id, device.dxk)).collect();
        if class == Class::History {
            holders.extend(self.log.active_slots().map(|(id, slot)| (*id, slot.public)));
        }
        for (holder, to) in holders {
            self.key_box(&to, holder, (class, generation), key);
        }
    }
}

impl Device {
    /// A device that belongs to nobody yet, for this session.
    pub fn new(person: Person) -> Device {
        let account = core_id(&person.id);
        Device {
            account,
            id: random_id(),
            dsk: SignKey::random().unwrap(),
            dxk: DhKey::random().unwrap(),
            aik: None,
            log: AccountLog::empty(account),
            keys: BTreeMap::new(),
            ik: BTreeMap::new(),
            prekeys: BTreeMap::new(),
            slots: Vec::new(),
            revs: BTreeMap::new(),
            person,
        }
    }

    /// Sets encryption up for an account: password slot, keys, 10 one-time prekeys.
    pub async fn set_up(person: &Person) -> Device {
        let mut device = Device::new(person.clone());
        let draft = device.root(None);
        device.person.post("/e2ee/identity", draft.json()).await.created();
        device.took(draft);
        device
    }

    /// What the first request of an account holds, or the one after a reset.
    pub fn root(&mut self, reset_of: Option<Head>) -> Draft {
        let aik = SignKey::random().unwrap();
        self.keys = [Class::History, Class::Session].map(|class| ((class, 1), random::secret().unwrap())).into();
        self.ik = [(1, DhKey::random().unwrap())].into();
        self.slots = vec![OwnSlot { id: random_id(), kind: SlotKind::Password, secret: self.password() }];
        self.revs.clear();
        let slot = &self.slots[0];
        let public = SlotKeys::derive(&self.account, slot.kind, &slot.secret).key.public();
        let change = Change::Root {
            aik: aik.public(),
            device: NewDevice::new(&self.account, &aik.public(), self.id, DeviceKind::Web, &self.dsk, self.dxk.public()),
            slots: vec![NewSlot { id: slot.id, kind: slot.kind, public }],
            keys: self.keys.iter().map(|((class, generation), key)| self.key_commit(*class, *generation, key)).collect(),
            ik: IdentityDh { generation: 1, public: self.ik[&1].public() },
            reset_of,
        };
        let mut draft = Draft::on(&self.log);
        draft.link(Signer::Identity, change, &aik);
        self.aik = Some(aik);
        for (at, key) in self.keys.clone() {
            draft.box_for_all(at, &key);
        }
        let slot = self.slots[0].clone();
        draft.slots.push(self.record(&draft, &slot));
        let private = self.ik[&1].secret();
        draft.vault.push(self.seal(Class::History, &Item::IdentityDh(1), &*private));
        self.add_prekeys(&mut draft, 10);
        draft
    }

    /// Lets this session in with the password's slot, as somebody does who has no other device at hand. It has no session key then.
    pub async fn unlock(person: &Person, others: &Device) -> Device {
        let mut device = Device::new(person.clone());
        device.slots = others.slots.clone();
        let draft = device.unlocking().await;
        device.post(draft).await;
        device
    }

    /// What [`Device::unlock`] posts: opens the slot, adds this device, renews the slot's record.
    pub async fn unlocking(&mut self) -> Draft {
        let identity = self.person.get("/e2ee/identity").await.ok();
        self.fetch().await;
        let slot = self.slots[0].clone();
        let records: Vec<SlotRecord> = serde_json::from_value(identity["slots"].clone()).unwrap();
        let record = records.iter().find(|record| record.id == slot.id).unwrap();
        let keys = SlotKeys::derive(&self.account, slot.kind, &slot.secret);
        let aik = self.log.aik().unwrap();
        keys.check(record, &aik).unwrap();
        self.aik = Some(keys.open_identity(record, &aik).unwrap());
        self.open_boxes(&identity, slot.id, &keys.key);
        let mut draft = Draft::on(&self.log);
        let new = NewDevice::new(&self.account, &aik, self.id, DeviceKind::Cli, &self.dsk, self.dxk.public());
        draft.link(Signer::Identity, Change::DeviceAdd { device: new }, self.aik.as_ref().unwrap());
        let (generation, _) = self.log.key(Class::History).unwrap();
        draft.key_box(&self.dxk.public(), self.id, (Class::History, generation), &self.keys[&(Class::History, generation)]);
        draft.slots.push(self.record(&draft, &slot));
        draft
    }

    /// Posts a change, which has to be taken.
    pub async fn post(&mut self, draft: Draft) -> Value {
        let answer = self.try_post(&draft).await.ok();
        self.took(draft);
        answer
    }

    /// A draft was taken.
    pub fn took(&mut self, draft: Draft) {
        self.log = draft.log;
        self.stored(&draft.vault);
    }

    /// Items were stored: the next revision follows theirs.
    pub fn stored(&mut self, items: &[VaultItem]) {
        self.revs.extend(items.iter().map(|item| ((item.kind.clone(), item.item.0.clone()), item.rev)));
    }

    pub async fn try_post(&self, draft: &Draft) -> Answer {
        self.person.post("/e2ee/identity/links", draft.json()).await
    }

    /// Fetches and verifies the account's log.
    pub async fn fetch(&mut self) {
        self.log = fetch_log(&self.person, &self.person.id).await.unwrap();
    }

    /// Fetches the log and opens the keys that were boxed to this device meanwhile.
    pub async fn refresh(&mut self) -> Value {
        self.fetch().await;
        let identity = self.person.get("/e2ee/identity").await.ok();
        let dxk = self.dxk.clone();
        self.open_boxes(&identity, self.id, &dxk);
        identity
    }

    fn open_boxes(&mut self, identity: &Value, holder: Id, with: &DhKey) {
        for key_box in identity["boxes"].as_array().unwrap() {
            if key_box["holder"] != json!(holder) {
                continue;
            }
            let class: Class = serde_json::from_value(key_box["class"].clone()).unwrap();
            let generation = key_box["gen"].as_u64().unwrap();
            let sealed: SealedBox = serde_json::from_value(json!({ "enc": key_box["enc"], "ct": key_box["ct"] })).unwrap();
            let committed = self.log.commit(class, generation).unwrap();
            let key = open_key(with, &self.account, class, generation, &holder, &sealed, &committed).unwrap();
            self.keys.insert((class, generation), key);
        }
    }

    /// Revokes devices, and makes new keys for those that are left.
    pub async fn revoke(&mut self, devices: &[Id]) -> Value {
        let draft = self.revocation(devices);
        self.post(draft).await
    }

    /// What [`Device::revoke`] posts.
    pub fn revocation(&mut self, devices: &[Id]) -> Draft {
        let mut draft = Draft::on(&self.log);
        self.by_identity(&mut draft, Change::DeviceRevoke { devices: devices.to_vec() });
        self.rotate_keys(&mut draft, &[Class::History, Class::Session], true);
        draft
    }

    /// Adds new generations of these keys, and of the identity's DH key, to a draft.
    pub fn rotate_keys(&mut self, draft: &mut Draft, classes: &[Class], with_ik: bool) {
        let mut commits = Vec::new();
        for class in classes {
            let (last, _) = draft.log.key(*class).unwrap();
            let key = random::secret().unwrap();
            commits.push(self.key_commit(*class, last + 1, &key));
            self.keys.insert((*class, last + 1), key);
        }
        let ik = with_ik.then(|| {
            let (last, _) = draft.log.ik().unwrap();
            let key = DhKey::random().unwrap();
            self.ik.insert(last + 1, key.clone());
            IdentityDh { generation: last + 1, public: key.public() }
        });
        let keys = commits.clone();
        draft.link(Signer::Device(self.id), Change::Keys { keys, ik }, &self.dsk);
        for KeyCommit { class, generation, .. } in commits {
            let key = self.keys[&(class, generation)].clone();
            draft.box_for_all((class, generation), &key);
            if class == Class::History {
                let before = self.keys[&(class, generation - 1)].clone();
                draft.vault.push(self.seal(Class::History, &Item::Previous(generation), &*before));
            }
        }
        if let Some(IdentityDh { generation, .. }) = ik {
            let private = self.ik[&generation].secret();
            draft.vault.push(self.seal(Class::History, &Item::IdentityDh(generation), &*private));
            self.add_prekeys(draft, 0);
        }
    }

    /// Adds a link that the identity signs.
    pub fn by_identity(&self, draft: &mut Draft, change: Change) {
        draft.link(Signer::Identity, change, self.aik.as_ref().expect("a device that has the identity"));
    }

    /// Adds a link that this device signs.
    pub fn by_device(&self, draft: &mut Draft, change: Change) {
        draft.link(Signer::Device(self.id), change, &self.dsk);
    }

    /// A new key to be sealed to, as every 30 days; with a new session key.
    pub async fn rekey(&mut self) -> Value {
        let mut draft = Draft::on(&self.log);
        let dxk = DhKey::random().unwrap();
        self.by_device(&mut draft, Change::DeviceRekey { device: self.id, dxk: dxk.public() });
        self.dxk = dxk;
        self.rotate_keys(&mut draft, &[Class::Session], false);
        let (generation, _) = draft.log.key(Class::History).unwrap();
        draft.key_box(&self.dxk.public(), self.id, (Class::History, generation), &self.keys[&(Class::History, generation)]);
        self.post(draft).await
    }

    /// Adds a signed prekey and so many one-time prekeys, with their private halves for the vault.
    pub fn add_prekeys(&mut self, draft: &mut Draft, one_time: usize) {
        let (generation, public) = draft.log.ik().unwrap();
        let (id, key) = (random_id(), DhKey::random().unwrap());
        let by = (self.id, &self.dsk);
        let signed = SignedPrekey::sign(&self.account, &BundleIk { generation, public }, id, key.public(), now_s(), by);
        draft.vault.push(self.seal_if_able(&Item::SignedPrekey(id), &*key.secret()));
        self.prekeys.insert(id, key);
        let mut publics = Vec::new();
        for _ in 0..one_time {
            let (id, key) = (random_id(), DhKey::random().unwrap());
            publics.push(OneTimePrekey { id, public: key.public() });
            draft.vault.push(self.seal_if_able(&Item::OneTimePrekey(id), &*key.secret()));
            self.prekeys.insert(id, key);
        }
        draft.prekeys = json!({ "signed": signed, "one_time": publics, "replace": false });
    }

    /// Posts a new signed prekey and so many one-time prekeys.
    pub async fn replenish(&mut self, one_time: usize) -> Value {
        let mut draft = Draft::on(&self.log);
        self.add_prekeys(&mut draft, one_time);
        self.post(draft).await
    }

    /// Seals an item under the newest key of a class that this device has, with its next revision.
    pub fn seal(&self, class: Class, item: &Item, plaintext: &[u8]) -> VaultItem {
        let ((_, generation), key) = self.keys.iter().rfind(|((of, _), _)| *of == class).unwrap();
        let rev = self.revs.get(&(item.kind().to_owned(), item.name())).copied().unwrap_or_default() + 1;
        seal_item(key, &self.account, (class, *generation), item, rev, plaintext, Fresh::random().unwrap()).unwrap()
    }

    fn seal_if_able(&self, item: &Item, plaintext: &[u8]) -> VaultItem {
        let has_session = self.keys.keys().any(|(class, _)| *class == Class::Session);
        self.seal(if has_session { Class::Session } else { Class::History }, item, plaintext)
    }

    /// A slot's record as of the draft's log.
    pub fn record(&self, draft: &Draft, slot: &OwnSlot) -> SlotRecord {
        let head = draft.log.head().unwrap();
        SlotKeys::derive(&self.account, slot.kind, &slot.secret).record(slot.id, self.aik.as_ref().unwrap(), head.seq).unwrap()
    }

    /// Adds a slot that takes the place of others.
    pub fn replace_slots(&mut self, draft: &mut Draft, new: OwnSlot, del: &[Id]) {
        let public = SlotKeys::derive(&self.account, new.kind, &new.secret).key.public();
        let set = vec![NewSlot { id: new.id, kind: new.kind, public }];
        self.by_identity(draft, Change::Slots { set, del: del.to_vec() });
        let (generation, _) = draft.log.key(Class::History).unwrap();
        draft.key_box(&public, new.id, (Class::History, generation), &self.keys[&(Class::History, generation)]);
        draft.slots.push(self.record(draft, &new));
        self.slots.retain(|slot| !del.contains(&slot.id));
        self.slots.push(new);
    }

    /// What a new device asks its account's devices with; the secret is shown to the person.
    pub async fn ask_to_pair(&mut self) -> (String, PairSecret) {
        self.fetch().await;
        let secret = PairSecret::random().unwrap();
        let pairing = self.person.post("/e2ee/pairings", self.pairing_request(&secret)).await.created();
        (pairing["id"].as_str().unwrap().to_owned(), secret)
    }

    /// The body of that request.
    pub fn pairing_request(&self, secret: &PairSecret) -> Value {
        let new = NewDevice::new(&self.account, &self.log.aik().unwrap(), self.id, DeviceKind::Web, &self.dsk, self.dxk.public());
        let device = json!({ "id": new.id, "dsk": new.dsk, "dxk": new.dxk, "kind": new.kind.as_str(), "pop": new.pop });
        json!({ "device": device, "mac": secret.mac(&self.account, &new.dsk, &new.dxk) })
    }

    /// What an existing device answers when the person has typed the secret.
    pub async fn answer_pairing(&mut self, pairing: &str, secret: &PairSecret) -> Draft {
        let asked = self.person.get(&format!("/e2ee/pairings/{pairing}")).await.ok();
        let device = &asked["device"];
        let field = |name: &str| device[name].as_str().unwrap();
        let (id, dsk, dxk) = (Id::parse(field("id")).unwrap(), Public::parse(field("dsk")).unwrap(), Public::parse(field("dxk")).unwrap());
        secret.check_mac(&self.account, &dsk, &dxk, &Bytes::parse(asked["mac"].as_str().unwrap()).unwrap()).unwrap();
        let new = NewDevice { id, dsk, dxk, kind: DeviceKind::Web, pop: Bytes::parse(field("pop")).unwrap() };
        let mut draft = Draft::on(&self.log);
        self.by_device(&mut draft, Change::DeviceAdd { device: new });
        for class in [Class::History, Class::Session] {
            let (generation, _) = draft.log.key(class).unwrap();
            draft.key_box(&dxk, id, (class, generation), &self.keys[&(class, generation)]);
        }
        let keys =
            self.keys.iter().map(|((class, generation), key)| WelcomeKey { class: *class, generation: *generation, key: Bytes(**key) });
        let welcome = Welcome { aik: draft.log.aik().unwrap(), head: draft.log.head().unwrap(), keys: keys.collect() };
        let sealed = secret.seal(&self.account, &dxk, &welcome).unwrap();
        draft.welcome = json!({ "request_id": pairing, "box": sealed });
        draft
    }

    /// What the new device does with the answer.
    pub async fn finish_pairing(&mut self, pairing: &str, secret: &PairSecret) {
        let answered = self.person.get(&format!("/e2ee/pairings/{pairing}")).await.ok();
        let sealed: SealedBox = serde_json::from_value(answered["welcome"].clone()).unwrap();
        let welcome = secret.open(&self.account, &self.dxk, &sealed).unwrap();
        self.fetch().await;
        self.log.check_seen(&welcome.head).unwrap();
        assert_eq!(self.log.aik(), Some(welcome.aik));
        for key in &welcome.keys {
            self.keys.insert((key.class, key.generation), Secret::new(key.key.0));
        }
    }

    /// Pairs a new session of the same person with this device.
    pub async fn pair(&mut self, session: &Person) -> Device {
        let mut new = Device::new(session.clone());
        let (pairing, secret) = new.ask_to_pair().await;
        let draft = self.answer_pairing(&pairing, &secret).await;
        self.post(draft).await;
        new.finish_pairing(&pairing, &secret).await;
        new
    }

    /// The log's last link.
    pub fn head(&self) -> Head {
        self.log.head().unwrap()
    }

    fn key_commit(&self, class: Class, generation: u64, key: &Secret) -> KeyCommit {
        KeyCommit { class, generation, commit: commit(&self.account, class, generation, key) }
    }

    /// What stands for the master key that the password would become.
    fn password(&self) -> Vec<u8> {
        [self.person.username.as_bytes(), &[1; 32]].concat()[..32].to_vec()
    }
}

/// Somebody's log, fetched by anybody and verified; none if there is none.
pub async fn fetch_log(by: &Person, user: &str) -> Option<AccountLog> {
    let mut links: Vec<Link> = Vec::new();
    loop {
        let part = by.get(&format!("/e2ee/users/{user}/log?from={}", links.len())).await.ok();
        let head: Head = serde_json::from_value(part["head"].clone()).ok()?;
        links.extend(serde_json::from_value::<Vec<Link>>(part["links"].clone()).unwrap());
        if links.len() as u64 == head.seq + 1 {
            let log = AccountLog::verify(core_id(user), &links).unwrap();
            assert_eq!(log.head(), Some(head));
            return Some(log);
        }
    }
}

/// Bytes as the API writes them.
pub fn text(bytes: &[u8]) -> String {
    bytes::encode(bytes)
}
