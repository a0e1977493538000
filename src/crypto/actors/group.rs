//! A conversation for tests, with everybody's logs at hand.
use super::{Actor, START};
use crate::account_log::AccountLog;
use crate::bytes::{Hash, Id};
use crate::conversation_log::ConversationLog;
use crate::conversation_log::body::{Body, Change, ConversationKind, History, Policy, Signer};
use crate::conversation_log::roster::{Entry, Role, roster_hash};
use crate::error::Result;
use crate::link::Link;
use crate::sign::SignKey;
use crate::vectors;
use std::collections::BTreeMap;

/// The rules that a new group has.
pub const POLICY: Policy =
    Policy { add: Role::Admin, history: History::Joined, backup: true, retain_s: 0, max_age_s: 604_800, max_msgs: 2_000, min_suite: 1 };

/// A conversation as an honest client sees it.
pub struct Group {
    pub conversation: Id,
    pub accounts: BTreeMap<Id, AccountLog>,
    pub links: Vec<Link>,
    pub log: Option<ConversationLog>,
}

impl Group {
    /// No conversation yet, between these people.
    pub fn between(actors: &[&Actor]) -> Group {
        let accounts = actors.iter().map(|actor| (actor.account, actor.log.clone())).collect();
        Group { conversation: vectors::id("conv"), accounts, links: Vec::new(), log: None }
    }

    /// A group with these people; the first owns it.
    pub fn new(actors: &[&Actor], roles: &[Role]) -> Group {
        let mut group = Group::between(actors);
        let members = actors.iter().zip(roles).map(|(actor, role)| entry(actor, *role)).collect();
        group.accept(actors[0], create(ConversationKind::Group, members, POLICY));
        group
    }

    /// The log; there must be one.
    pub fn log(&self) -> &ConversationLog {
        self.log.as_ref().expect("a conversation")
    }

    /// The next link's body.
    pub fn body(&self, by: &Actor, change: Change) -> Body {
        let head = self.log.as_ref().and_then(|log| log.chain().head());
        let seq = head.map_or(0, |head| head.seq + 1);
        let signer = Signer { account: by.account, device: by.device, head: by.head() };
        Body { conversation: self.conversation, seq, prev: head.map(|head| head.hash), at: START + 10_000 + seq * 60, by: signer, change }
    }

    /// The next link.
    pub fn link(&self, by: &Actor, change: Change) -> Link {
        self.body(by, change).sign(&by.dsk)
    }

    /// Tries a link.
    pub fn append(&mut self, link: Link) -> Result<()> {
        match &mut self.log {
            None => self.log = Some(ConversationLog::start(self.conversation, &link, &self.accounts)?),
            Some(log) => log.append(&link, &self.accounts)?,
        }
        self.links.push(link);
        Ok(())
    }

    /// Follows a link that is right.
    pub fn accept(&mut self, by: &Actor, change: Change) {
        let link = self.link(by, change);
        self.append(link).expect("a good link");
    }

    /// Tries a change of this actor.
    pub fn attempt(&self, by: &Actor, change: Change) -> Result<()> {
        self.attempt_link(&self.link(by, change))
    }

    /// Tries a link, and sees that nothing changes if it is refused.
    pub fn attempt_link(&self, link: &Link) -> Result<()> {
        let mut log = self.log().clone();
        let result = log.append(link, &self.accounts);
        assert_eq!(result.is_err(), log == *self.log(), "a refused link changes nothing");
        result
    }

    /// Learns an account's log as it is now.
    pub fn learn(&mut self, actor: &Actor) {
        self.accounts.insert(actor.account, actor.log.clone());
    }

    /// The next epoch as it should be.
    pub fn epoch(&self) -> Change {
        let n = self.log().newest_epoch().map_or(1, |epoch| epoch.n + 1);
        let roster = roster_hash(&self.conversation, &self.log().entries());
        Change::Epoch { n, suite: 1, commit: epoch_commit(&self.conversation, n), roster, chain: None, why: "test".to_owned() }
    }
}

fn epoch_commit(conversation: &Id, n: u64) -> Hash {
    crate::epoch::commit(conversation, n, &vectors::secret(&format!("epoch{n}")))
}

/// The link that creates a conversation.
pub fn create(kind: ConversationKind, members: Vec<Entry>, policy: Policy) -> Change {
    Change::Create { kind, members, policy, instance_key: instance().public(), room: None }
}

/// The node's key.
pub fn instance() -> SignKey {
    vectors::sign("instance")
}

/// A roster entry.
pub fn entry(actor: &Actor, role: Role) -> Entry {
    Entry { account: actor.account, aik: actor.aik.public(), role }
}
