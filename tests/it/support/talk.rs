//! A client's half of an encrypted conversation, as far as tests need it: the log, the secrets, sealing and opening, built on the core.
//! A test that wants something wrong changes the [`Links`] before they are posted.
use super::device::{Device, core_id, fetch_log, now_s, uuid};
use super::{Answer, Person, new_id};
use serde_json::{Map, Value, json};
use snug_crypto::account_key::Class;
use snug_crypto::account_log::AccountLog;
use snug_crypto::bytes::{Id, Public};
use snug_crypto::content::Content;
use snug_crypto::conversation_log::body::{Body, Change, ConversationKind, History, Policy, Signer};
use snug_crypto::conversation_log::roster::{Entry, Role};
use snug_crypto::conversation_log::{Accounts, ConversationLog};
use snug_crypto::envelope::{Envelope, Header, Kind, seal_message};
use snug_crypto::epoch::{self, Reason};
use snug_crypto::error::Error;
use snug_crypto::link::Link;
use snug_crypto::prekeys::Bundle;
use snug_crypto::random;
use snug_crypto::receive::receive;
use snug_crypto::seal::Fresh;
use snug_crypto::secret::Secret;
use snug_crypto::vault::{Item, VaultItem};
use snug_crypto::wrap::{self, Batch, From, Receiver, Sender, Wrapper};
use std::collections::BTreeMap;

/// The rules that a new group has.
pub const POLICY: Policy =
    Policy { add: Role::Admin, history: History::Joined, backup: true, retain_s: 0, max_age_s: 604_800, max_msgs: 2_000, min_suite: 1 };

/// A conversation as one device sees it.
pub struct Talk {
    pub id: String,
    pub conversation: Id,
    pub links: Vec<Link>,
    pub log: Option<ConversationLog>,
    pub accounts: BTreeMap<Id, AccountLog>,
    pub secrets: BTreeMap<u64, Secret>,
    /// Counts what this device sent.
    pub n: u64,
}

/// A request about a conversation's log, before it is sent.
pub struct Links {
    pub log: Option<ConversationLog>,
    pub links: Vec<Link>,
    pub wraps: Vec<Batch>,
    pub vault: Vec<VaultItem>,
    pub info: Option<Envelope>,
    pub secrets: BTreeMap<u64, Secret>,
}

/// The roster's line of a device's account.
pub fn entry(device: &Device, role: Role) -> Entry {
    Entry { account: device.account, aik: device.log.aik().unwrap(), role }
}

/// What creates a conversation.
pub async fn create(by: &Person, kind: ConversationKind, members: Vec<Entry>, policy: Policy) -> Change {
    let key = by.get("/instance").await.ok()["e2ee_key"].as_str().unwrap().to_owned();
    Change::Create { kind, members, policy, instance_key: Public::parse(&key).unwrap(), room: None }
}

impl Links {
    /// The body of `POST /e2ee/conversations/{id}/links`.
    pub fn json(&self) -> Value {
        json!({ "links": self.links, "wraps": self.wraps, "vault": self.vault, "info": self.info })
    }

    /// The body of `POST /e2ee/conversations`.
    pub fn first_json(&self, id: &str) -> Value {
        json!({ "conversation_id": id, "links": self.links, "wraps": self.wraps.first(), "vault": self.vault, "info": self.info })
    }

    /// What was not taken: its vault items were never stored.
    pub fn give_up(self, by: &mut Device) {
        for item in self.vault {
            by.revs.remove(&(item.kind, item.item.0));
        }
    }

    /// Signs the next link.
    pub fn link(&mut self, by: &Device, conversation: &Id, accounts: &impl Accounts, change: Change) {
        let head = self.log.as_ref().and_then(|log| log.chain().head());
        let seq = head.map_or(0, |head| head.seq + 1);
        let signer = Signer { account: by.account, device: by.id, head: by.head() };
        let body = Body { conversation: *conversation, seq, prev: head.map(|head| head.hash), at: now_s(), by: signer, change };
        let link = body.sign(&by.dsk);
        match &mut self.log {
            None => self.log = Some(ConversationLog::start(*conversation, &link, accounts).unwrap()),
            Some(log) => log.append(&link, accounts).unwrap(),
        }
        self.links.push(link);
    }
}

impl Talk {
    /// A conversation of which nothing is known yet.
    pub fn new(id: &str) -> Talk {
        let (links, accounts, secrets) = Default::default();
        Talk { id: id.to_owned(), conversation: core_id(id), links, log: None, accounts, secrets, n: 0 }
    }

    /// Begins a direct conversation, with its first epoch.
    pub async fn direct(by: &mut Device, other: &Device) -> Talk {
        let members = vec![entry(by, Role::Owner), entry(other, Role::Owner)];
        Talk::begin(by, ConversationKind::Direct, members, POLICY, &new_id()).await
    }

    /// Begins a group, with its first epoch; the one who begins owns it.
    pub async fn group(by: &mut Device, others: &[&Device]) -> Talk {
        let mut members = vec![entry(by, Role::Owner)];
        members.extend(others.iter().map(|other| entry(other, Role::Member)));
        Talk::begin(by, ConversationKind::Group, members, POLICY, &new_id()).await
    }

    /// Begins a conversation with its first epoch, or encrypts the one with this id.
    pub async fn begin(by: &mut Device, kind: ConversationKind, members: Vec<Entry>, policy: Policy, id: &str) -> Talk {
        let mut talk = Talk::new(id);
        let first = talk.beginning(by, kind, members, policy).await;
        by.person.post("/e2ee/conversations", first.first_json(id)).await.created();
        talk.take(first);
        talk
    }

    /// What [`Talk::begin`] posts.
    pub async fn beginning(&mut self, by: &mut Device, kind: ConversationKind, members: Vec<Entry>, policy: Policy) -> Links {
        let mut first = self.draft();
        for member in &members {
            self.learn(&by.person, member.account).await;
        }
        let mut change = create(&by.person, kind, members, policy).await;
        if let (ConversationKind::Room, Change::Create { room, .. }) = (kind, &mut change) {
            *room = Some(self.conversation);
        }
        first.link(by, &self.conversation, &self.accounts, change);
        self.add_epoch(&mut first, by).await;
        first
    }

    /// A conversation that somebody else began, with all secrets that wait for this account.
    pub async fn open(by: &mut Device, id: &str) -> Talk {
        let mut talk = Talk::new(id);
        talk.refresh(by).await;
        talk.receive_keys(by).await;
        talk
    }

    /// Fetches an account's log as it is now.
    pub async fn learn(&mut self, by: &Person, account: Id) {
        let log = fetch_log(by, &uuid(&account)).await.unwrap();
        self.accounts.insert(account, log);
    }

    /// Fetches and verifies what is new in the log, with the accounts' logs as they are now.
    pub async fn refresh(&mut self, by: &Device) -> Value {
        let answer = by.person.get(&format!("/e2ee/conversations/{}?from={}", self.id, self.links.len())).await.ok();
        let new: Vec<Link> = serde_json::from_value(answer["links"].clone()).unwrap();
        let known: Vec<Id> = self.accounts.keys().copied().collect();
        for account in new.iter().flat_map(|link| named(&Body::read(link).unwrap())).chain(known) {
            self.learn(&by.person, account).await;
        }
        self.links.extend(new);
        self.log = Some(ConversationLog::verify(self.conversation, &self.links, &self.accounts).unwrap());
        assert_eq!(json!(self.log().chain().head()), answer["encryption"]["head"]);
        answer["encryption"].clone()
    }

    /// The log; there must be one.
    pub fn log(&self) -> &ConversationLog {
        self.log.as_ref().expect("a log")
    }

    /// The newest epoch's number.
    pub fn epoch(&self) -> u64 {
        self.log().newest_epoch().expect("an epoch").n
    }

    /// Nothing yet, on top of the log.
    pub fn draft(&self) -> Links {
        let (links, wraps, vault, secrets) = Default::default();
        Links { log: self.log.clone(), links, wraps, vault, info: None, secrets }
    }

    /// Follows links that were taken.
    pub fn take(&mut self, links: Links) {
        self.log = links.log;
        self.links.extend(links.links);
        self.secrets.extend(links.secrets);
    }

    /// Adds the next epoch with wraps for everybody who can be reached.
    pub async fn add_epoch(&mut self, links: &mut Links, by: &mut Device) {
        let secret = random::secret().unwrap();
        let log = links.log.as_ref().unwrap();
        let before = log.newest_epoch().and_then(|epoch| self.secrets.get(&epoch.n));
        let change = epoch::change(log, &secret, before, Reason::First).unwrap();
        links.link(by, &self.conversation, &self.accounts, change);
        let log = links.log.as_ref().unwrap();
        let n = log.newest_epoch().unwrap().n;
        let others: Vec<Id> = log.entries().iter().map(|entry| entry.account).filter(|account| *account != by.account).collect();
        if !others.is_empty() {
            links.wraps.push(self.wrap(by, log, n, &secret, &others).await);
        }
        links.vault.push(by.seal(Class::History, &Item::Epoch(self.conversation, n), &*secret));
        links.secrets.insert(n, secret);
    }

    /// An epoch's secret, sealed to those of the accounts who have keys.
    pub async fn wrap(&self, by: &Device, log: &ConversationLog, n: u64, secret: &Secret, accounts: &[Id]) -> Batch {
        let ids: Vec<String> = accounts.iter().map(uuid).collect();
        let asked = json!({ "user_ids": ids, "conversation_id": self.id, "one_time": accounts.len() <= 32 });
        let found = by.person.post("/e2ee/bundles", asked).await.ok();
        let bundles: Vec<Bundle> = serde_json::from_value(found["bundles"].clone()).unwrap();
        let (generation, ik) = by.ik.last_key_value().unwrap();
        let from = From { account: by.account, device: by.id, ik_generation: *generation };
        let sender = Sender { from, aik: by.log.aik().unwrap(), ik };
        let mut wrapper = Wrapper::new(self.conversation, n, secret, sender).unwrap();
        for bundle in bundles {
            let agreed = log.member(&bundle.account).unwrap().aik;
            let to = bundle.verify(&self.accounts[&bundle.account], &agreed, now_s()).unwrap();
            wrapper.wrap(&to).unwrap();
        }
        wrapper.finish()
    }

    /// Posts links, which have to be taken.
    pub async fn post(&mut self, by: &Device, links: Links) -> Value {
        let answer = self.try_post(by, &links).await.ok();
        self.take(links);
        answer["encryption"].clone()
    }

    pub async fn try_post(&self, by: &Device, links: &Links) -> Answer {
        by.person.post(&format!("/e2ee/conversations/{}/links", self.id), links.json()).await
    }

    /// Signs and posts one change.
    pub async fn change(&mut self, by: &Device, change: Change) -> Value {
        let mut links = self.draft();
        links.link(by, &self.conversation, &self.accounts, change);
        self.post(by, links).await
    }

    /// The same together with the next epoch.
    pub async fn change_and_renew(&mut self, by: &mut Device, change: Option<Change>) -> Value {
        let mut links = self.draft();
        if let Some(change) = change {
            links.link(by, &self.conversation, &self.accounts, change);
        }
        self.add_epoch(&mut links, by).await;
        self.post(by, links).await
    }

    /// Adds somebody as a member, with the newest secret if history is shared.
    pub async fn add(&mut self, by: &mut Device, new: &Device, role: Role) -> Value {
        self.learn(&by.person, new.account).await;
        let mut links = self.draft();
        links.link(by, &self.conversation, &self.accounts, Change::Add { members: vec![entry(new, role)] });
        if self.log().policy().history == History::Shared {
            let (n, log) = (self.epoch(), links.log.clone().unwrap());
            let batch = self.wrap(by, &log, n, &self.secrets[&n], &[new.account]).await;
            links.wraps.push(batch);
        }
        self.post(by, links).await
    }

    /// Opens the secrets that wait for this account and puts them into the vault; gives their epochs.
    pub async fn receive_keys(&mut self, by: &mut Device) -> Vec<u64> {
        let waiting = by.person.get(&format!("/e2ee/conversations/{}/keys", self.id)).await.ok();
        let batches: Vec<Batch> = serde_json::from_value(waiting["keys"].clone()).unwrap();
        let (mut items, mut epochs) = (Vec::new(), Vec::new());
        for batch in batches {
            let secret = self.unwrap(by, &batch).unwrap();
            items.push(by.seal(Class::History, &Item::Epoch(self.conversation, batch.epoch), &*secret));
            self.secrets.insert(batch.epoch, secret);
            epochs.push(batch.epoch);
        }
        by.person.post(&format!("/e2ee/conversations/{}/keys/ack", self.id), json!({ "items": items })).await.ok();
        epochs
    }

    /// Opens one delivery.
    pub fn unwrap(&self, by: &Device, batch: &Batch) -> snug_crypto::error::Result<Secret> {
        let wrap = batch.of(&by.account)?;
        let receiver = Receiver {
            account: by.account,
            ik: by.ik.get(&wrap.ik_generation).ok_or(Error::Locked)?,
            spk: by.prekeys.get(&wrap.spk).ok_or(Error::Locked)?,
            opk: wrap.opk.and_then(|id| by.prekeys.get(&id)),
        };
        wrap::receive(batch, wrap, &receiver, self.log(), &self.accounts)
    }

    /// Seals something under the newest epoch.
    pub fn seal(&mut self, by: &Device, kind: Kind, target: Option<&str>, content: (&str, Value)) -> Envelope {
        self.seal_until(by, kind, target, content, 0)
    }

    /// The same that goes at a time (Unix seconds).
    pub fn seal_until(&mut self, by: &Device, kind: Kind, target: Option<&str>, (t, fields): (&str, Value), expires: u64) -> Envelope {
        self.n += 1;
        let fields: Map<String, Value> = fields.as_object().unwrap().clone();
        let heads = (self.log().chain().head().unwrap(), by.head());
        let content = Content::new(t, fields, heads, self.n).write().unwrap();
        let epoch = self.epoch();
        let header = Header {
            suite: 1,
            conversation: self.conversation,
            epoch,
            account: by.account,
            device: by.id,
            sender_key: by.dsk.public(),
            id: core_id(&new_id()),
            kind,
            target: target.map(core_id),
            thread: None,
            expires,
        };
        seal_message(&self.secrets[&epoch], header, &content, &by.dsk, Fresh::random().unwrap()).unwrap()
    }

    /// A text message, sealed.
    pub fn text(&mut self, by: &Device, text: &str) -> Envelope {
        self.seal(by, Kind::Message, None, ("text", json!({ "body": text })))
    }

    /// Sends a text; gives the message.
    pub async fn say(&mut self, by: &Device, text: &str) -> Value {
        let envelope = self.text(by, text);
        send(&by.person, &envelope).await.created()
    }

    /// Sends an envelope about a message.
    pub async fn about(&mut self, by: &Device, kind: Kind, target: &Value, content: (&str, Value)) -> Answer {
        let envelope = self.seal(by, kind, target["id"].as_str(), content);
        by.person.post("/e2ee/envelopes", json!({ "envelope": envelope })).await
    }

    /// Opens what an envelope holds.
    pub fn read(&self, envelope: &Value) -> snug_crypto::error::Result<Content> {
        let envelope: Envelope = serde_json::from_value(envelope.clone()).unwrap();
        let secret = self.secrets.get(&envelope.header.epoch).ok_or(Error::Locked)?;
        receive(&envelope, secret, self.log(), &self.accounts, None).map(|received| received.content)
    }

    /// The texts of the newest messages that can be opened.
    pub async fn texts(&self, by: &Person) -> Vec<String> {
        let history = by.get(&format!("/conversations/{}/messages", self.id)).await.ok();
        let messages = history["messages"].as_array().unwrap();
        let sealed = messages.iter().map(|message| &message["content"]["envelope"]).filter(|envelope| envelope.is_object());
        sealed.filter_map(|envelope| self.read(envelope).ok()?.body().map(str::to_owned)).collect()
    }
}

/// Posts a message's envelope.
pub async fn send(by: &Person, envelope: &Envelope) -> Answer {
    let header = &envelope.header;
    let content = json!({ "type": "encrypted", "envelope": envelope });
    by.post("/messages", json!({ "id": uuid(&header.id), "conversation_id": uuid(&header.conversation), "content": content })).await
}

/// The accounts that a link is signed by or names.
fn named(body: &Body) -> Vec<Id> {
    let mut ids = vec![body.by.account];
    match &body.change {
        Change::Create { members, .. } | Change::Add { members } => ids.extend(members.iter().map(|member| member.account)),
        Change::Rebind { account, .. } => ids.push(*account),
        _ => {}
    }
    ids
}
