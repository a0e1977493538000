//! Clients of a node that lies: it orders, stores and delivers what it likes, and nobody is deceived.
//!
//! Bob's client sees the real node through a proxy that lies to it; Ann's sees it as it is. After each lie the node behaves again, and so does
//! Bob's client.
mod accounts;
mod logs;
mod messages;

use crate::support::device::Device;
use crate::support::hostile::Hostile;
use crate::support::talk::Talk;
use crate::support::terminal::Terminal;
use crate::support::{Person, TestNode};
use serde_json::{Value, json};
use snug_client::client::id_of;
use snug_client::conversation::members::POLICY;
use snug_crypto::bytes::{Blob, Id};
use snug_crypto::conversation_log::body::{Body, Change, Policy, Signer};
use snug_crypto::conversation_log::roster::Role;
use snug_crypto::link::{Head, Link, LogKind};
use snug_crypto::sign::SignKey;
use snug_crypto::tuple::{Field, tuple};
use std::time::Duration;
use uuid::Uuid;

/// Ann, who owns a group; Bob, who is lied to; Mallory, a member with own programs; Eve, who is nobody there.
struct Scene {
    /// Kept so that it runs.
    _node: TestNode,
    proxy: Hostile,
    ann: Terminal,
    bob: Terminal,
    person: Person,
    mallory: Device,
    eve: Device,
    talk: Talk,
    chat: Uuid,
}

impl Scene {
    async fn new() -> Scene {
        let node = TestNode::start().await;
        let proxy = Hostile::before(node.address).await;
        let mut ann = Terminal::join(&node, "ann").await;
        let person = node.user("bob").await;
        let mut bob = Terminal::another_by(&proxy.url(), &person).await;
        let mut mallory = Device::set_up(&node.user("mallory").await).await;
        let eve = Device::set_up(&node.user("eve").await).await;
        let others = [bob.user, mallory.person.id.parse().unwrap()];
        let chat = ann.client().start_group(&others, "Hike", Policy { add: Role::Admin, ..POLICY }).await.unwrap();
        ann.say(chat, "hello").await;
        bob.until_reads(chat, &["hello"]).await;
        let talk = Talk::open(&mut mallory, &chat.to_string()).await;
        Scene { _node: node, proxy, ann, bob, person, mallory, eve, talk, chat }
    }

    fn conversation(&self) -> Id {
        id_of(self.chat)
    }

    /// What comes next in the group's log, signed by a device as it knows its own account.
    fn link(&self, by: &Device, change: Change) -> Link {
        self.link_at(by, change, self.talk.log().chain().head().unwrap())
    }

    /// The same after another link than the last.
    fn link_at(&self, by: &Device, change: Change, after: Head) -> Link {
        let signer = Signer { account: by.account, device: by.id, head: by.head() };
        let at = crate::support::device::now_s();
        Body { conversation: self.conversation(), seq: after.seq + 1, prev: Some(after.hash), at, by: signer, change }.sign(&by.dsk)
    }

    /// The node shows one more link in the group's log.
    fn show(&self, link: Link) -> impl FnMut(&str, &mut Value) + Send + 'static {
        let (start, conversation) = (format!("GET /e2ee/conversations/{}?from=", self.chat), self.conversation());
        let next = self.talk.log().chain().len();
        move |asked, answer| {
            if asked.starts_with(&start) {
                answer["links"].as_array_mut().unwrap().push(json!(link));
                answer["encryption"]["head"] = json!(Head { seq: next, hash: link.hash(LogKind::Conversation, &conversation) });
            }
        }
    }

    /// Bob's client is lied to: it sends nothing, for this reason, and knows the same people as before.
    async fn stops(&mut self, what: &str, code: &str, forge: impl FnMut(&str, &mut Value) + Send + 'static) {
        let before = self.bob.client().members(self.chat).unwrap();
        self.proxy.forge(forge);
        self.bob.session.load().await.unwrap();
        let sent = self.bob.client().send_text(self.chat, Uuid::now_v7(), "not for the node's friends", None).await;
        let error = sent.expect_err(what).to_string();
        assert!(error.contains(code), "{what}: {error}");
        assert!(self.proxy.asked("POST /messages").is_empty(), "{what}: nothing was sent");
        assert_eq!(self.bob.client().members(self.chat).unwrap(), before, "{what}");
    }

    /// The same, and afterwards the node behaves and everything goes on.
    async fn stops_for_a_while(&mut self, what: &str, code: &str, forge: impl FnMut(&str, &mut Value) + Send + 'static) {
        self.stops(what, code, forge).await;
        self.goes_on(what).await;
    }

    async fn goes_on(&mut self, what: &str) {
        self.proxy.behave();
        self.bob.say(self.chat, what).await;
        self.ann.live(Duration::from_millis(50)).await;
        let texts = self.ann.texts(self.chat).await;
        assert_eq!(texts.last().map(String::as_str), Some(what));
    }
}

/// A link whose body is not what a program makes.
fn raw(kind: LogKind, log: &Id, body: &str, key: &SignKey) -> Link {
    let label = if kind == LogKind::Account { "acct-link" } else { "conv-link" };
    let sig = key.sign(&tuple(label, &[Field::Bytes(&log.0), Field::Bytes(body.as_bytes())]));
    Link { body: Blob(body.as_bytes().to_vec()), sig }
}
