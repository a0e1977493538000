//! A conversation's log: who is in it, under which identity and role, and which secret holds since when.
//! `docs/encryption.md`, "Conversations".
//!
//! Every client checks every link, so the node can add nobody. Removing somebody it can, and that shows.
pub mod body;
pub mod roster;
mod rules;

use crate::account_log::AccountLog;
use crate::bytes::{Hash, Id, Public};
use crate::error::{Error, Result, Rule};
use crate::link::{Chain, Head, Link, LogKind};
use crate::seal::Sealed;
use body::{Body, Change, ConversationKind, History, Policy};
use roster::{Entry, Role};
use std::collections::{BTreeMap, HashMap};

/// The most members of an encrypted conversation.
pub const MAX_MEMBERS: usize = 2_000;
/// The newest suite that is known here.
pub const NEWEST_SUITE: u64 = 1;

/// The verified logs of accounts, as far as they are known.
pub trait Accounts {
    /// The log of an account; none if it was never fetched.
    fn log(&self, account: &Id) -> Option<&AccountLog>;
}

impl Accounts for HashMap<Id, AccountLog> {
    fn log(&self, account: &Id) -> Option<&AccountLog> {
        self.get(account)
    }
}

impl Accounts for BTreeMap<Id, AccountLog> {
    fn log(&self, account: &Id) -> Option<&AccountLog> {
        self.get(account)
    }
}

/// A member as of now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Member {
    aik: Public,
    role: Role,
    /// When the link that began this membership says it was signed.
    since_at: u64,
}

/// What became of a membership with a link; none: it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Turn {
    seq: u64,
    entry: Option<Entry>,
}

/// An epoch, as its link says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Epoch {
    pub n: u64,
    /// Its link.
    pub seq: u64,
    /// Unix seconds, by its maker's clock.
    pub at: u64,
    pub suite: u64,
    pub commit: Hash,
    /// What the policy was when it was made.
    pub history: History,
    /// The secret of the epoch before, sealed under this one's.
    pub chain: Option<Sealed>,
}

/// A verified log. Made only by verifying every link in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConversationLog {
    conversation: Id,
    chain: Chain,
    kind: ConversationKind,
    room: Option<Id>,
    instance_key: Public,
    policy: Policy,
    members: BTreeMap<Id, Member>,
    /// How far each signer knew their own account's log when they last signed.
    heads: BTreeMap<Id, u64>,
    /// Of everybody who was ever a member, oldest first.
    turns: BTreeMap<Id, Vec<Turn>>,
    epochs: Vec<Epoch>,
    /// Whether people changed since the newest epoch in a way that ends it.
    is_stale: bool,
    /// Whether an identity was replaced after a reset since the newest epoch.
    is_unchained: bool,
}

impl ConversationLog {
    /// Verifies a whole log. Errors as [`ConversationLog::append`]; `e2ee_bad_link` (first) if it is empty.
    pub fn verify(conversation: Id, links: &[Link], accounts: &impl Accounts) -> Result<ConversationLog> {
        let (first, rest) = links.split_first().ok_or(Error::BadLink(Rule::First))?;
        let mut log = ConversationLog::start(conversation, first, accounts)?;
        for link in rest {
            log.append(link, accounts)?;
        }
        Ok(log)
    }

    /// Verifies the link that creates a conversation. Errors as [`ConversationLog::append`].
    pub fn start(conversation: Id, link: &Link, accounts: &impl Accounts) -> Result<ConversationLog> {
        let body = Body::read(link)?;
        if body.conversation != conversation {
            return Err(Error::BadLink(Rule::Place));
        }
        Chain::default().check_next(body.seq, body.prev)?;
        let Change::Create { kind, members, policy, instance_key, room } = &body.change else {
            return Err(Error::BadLink(Rule::First));
        };
        let mut log = ConversationLog {
            conversation,
            chain: Chain::default(),
            kind: *kind,
            room: *room,
            instance_key: *instance_key,
            policy: *policy,
            members: BTreeMap::new(),
            heads: BTreeMap::new(),
            turns: BTreeMap::new(),
            epochs: Vec::new(),
            is_stale: true,
            is_unchained: false,
        };
        let by = members.iter().find(|member| member.account == body.by.account);
        log.follow(link, &body, by.copied(), accounts)?;
        Ok(log)
    }

    /// Verifies the next link and follows it; nothing changes if it is refused.
    ///
    /// `newer` (stop, and send nothing), `bad_signature`, `need_log` if an account's log has to be fetched first, `log_fork` if
    /// the signer saw another log of theirs, `e2ee_too_large`, `e2ee_bad_link`.
    pub fn append(&mut self, link: &Link, accounts: &impl Accounts) -> Result<()> {
        let body = Body::read(link)?;
        if body.conversation != self.conversation {
            return Err(Error::BadLink(Rule::Place));
        }
        self.chain.check_next(body.seq, body.prev)?;
        if matches!(body.change, Change::Create { .. }) {
            return Err(Error::BadLink(Rule::First));
        }
        self.follow(link, &body, self.member(&body.by.account), accounts)
    }

    fn follow(&mut self, link: &Link, body: &Body, by: Option<Entry>, accounts: &impl Accounts) -> Result<()> {
        let by = by.ok_or(Error::BadLink(Rule::Permission))?;
        // a device that was revoked cannot claim not to know, once its account has signed something with that knowledge
        let known = self.heads.get(&body.by.account).copied().unwrap_or(0);
        if body.by.head.seq < known {
            return Err(Error::BadLink(Rule::Signer));
        }
        link.verify(LogKind::Conversation, &self.conversation, &signer_key(body, &by.aik, accounts)?)?;
        rules::check(self, body, &by, accounts)?;
        self.apply(body, accounts);
        self.heads.insert(body.by.account, body.by.head.seq);
        self.chain.push(link.hash(LogKind::Conversation, &self.conversation));
        Ok(())
    }

    fn apply(&mut self, body: &Body, accounts: &impl Accounts) {
        let Body { seq, at, .. } = *body;
        match &body.change {
            Change::Create { members, .. } => self.add(members, seq, at),
            Change::Add { members } => {
                self.add(members, seq, at);
                self.is_stale |= self.policy.history == History::Joined;
            }
            Change::Remove { members, .. } => {
                for account in members {
                    self.members.remove(account);
                    self.turns.entry(*account).or_default().push(Turn { seq, entry: None });
                }
                self.is_stale = true;
            }
            Change::Role { account, role } => self.update(account, seq, |member| member.role = *role),
            Change::Policy(change) => {
                let policy = &mut self.policy;
                policy.add = change.add.unwrap_or(policy.add);
                policy.history = change.history.unwrap_or(policy.history);
                policy.backup = change.backup.unwrap_or(policy.backup);
                policy.retain_s = change.retain_s.unwrap_or(policy.retain_s);
                policy.max_age_s = change.max_age_s.unwrap_or(policy.max_age_s);
                policy.max_msgs = change.max_msgs.unwrap_or(policy.max_msgs);
                policy.min_suite = change.min_suite.unwrap_or(policy.min_suite);
            }
            Change::Rebind { account, aik_old, aik_new } => {
                self.update(account, seq, |member| member.aik = *aik_new);
                self.is_stale = true;
                self.is_unchained |= !accounts.log(account).is_some_and(|log| log.continues(aik_old, aik_new));
            }
            Change::Epoch { n, suite, commit, chain, .. } => {
                let history = self.policy.history;
                self.epochs.push(Epoch { n: *n, seq, at, suite: *suite, commit: *commit, history, chain: chain.clone() });
                self.is_stale = false;
                self.is_unchained = false;
            }
        }
    }

    fn add(&mut self, members: &[Entry], seq: u64, at: u64) {
        for entry in members {
            self.members.insert(entry.account, Member { aik: entry.aik, role: entry.role, since_at: at });
            self.turns.entry(entry.account).or_default().push(Turn { seq, entry: Some(*entry) });
        }
    }

    fn update(&mut self, account: &Id, seq: u64, change: impl Fn(&mut Member)) {
        if let Some(member) = self.members.get_mut(account) {
            change(member);
            let entry = Entry { account: *account, aik: member.aik, role: member.role };
            self.turns.entry(*account).or_default().push(Turn { seq, entry: Some(entry) });
        }
    }

    /// Refuses a log that lacks what was seen earlier, or has something else in its place: `log_fork`.
    pub fn check_seen(&self, seen: &Head) -> Result<()> {
        self.chain.check(seen).map_err(|_| Error::LogFork)
    }

    /// Whose log it is.
    pub fn conversation(&self) -> Id {
        self.conversation
    }

    /// What kind of conversation it is.
    pub fn kind(&self) -> ConversationKind {
        self.kind
    }

    /// The room that opted in, if it is one.
    pub fn room(&self) -> Option<Id> {
        self.room
    }

    /// The rules as of now.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The links' hashes.
    pub fn chain(&self) -> &Chain {
        &self.chain
    }

    /// The roster as of now, by account.
    pub fn entries(&self) -> Vec<Entry> {
        self.members.iter().map(|(account, member)| Entry { account: *account, aik: member.aik, role: member.role }).collect()
    }

    /// A member as of now.
    pub fn member(&self, account: &Id) -> Option<Entry> {
        self.members.get(account).map(|member| Entry { account: *account, aik: member.aik, role: member.role })
    }

    /// A member as of after this link.
    pub fn member_at(&self, account: &Id, seq: u64) -> Option<Entry> {
        self.turns.get(account)?.iter().rev().find(|turn| turn.seq <= seq)?.entry
    }

    /// How the present membership of an account began.
    pub fn joined(&self, account: &Id) -> Option<Entry> {
        let turns = self.turns.get(account)?;
        let present = turns.iter().rev().take_while(|turn| turn.entry.is_some());
        present.last()?.entry
    }

    /// The newest epoch; none before the first.
    pub fn newest_epoch(&self) -> Option<&Epoch> {
        self.epochs.last()
    }

    /// An epoch by number, from 1; `need_log` if the log does not go so far.
    pub fn epoch(&self, n: u64) -> Result<&Epoch> {
        let at = n.checked_sub(1).and_then(|at| usize::try_from(at).ok());
        at.and_then(|at| self.epochs.get(at)).ok_or(Error::NeedLog)
    }

    /// The memberships of an account while an epoch was the newest, oldest first: more than one if role or identity changed.
    /// `need_log` if the log has no such epoch.
    pub fn members_during(&self, account: &Id, n: u64) -> Result<Vec<Entry>> {
        let from = self.epoch(n)?.seq;
        let until = self.epoch(n + 1).map_or(u64::MAX, |next| next.seq);
        let during = self.turns.get(account).into_iter().flatten().filter(|turn| turn.seq > from && turn.seq < until);
        Ok(self.member_at(account, from).into_iter().chain(during.filter_map(|turn| turn.entry)).collect())
    }

    /// Whether people changed since the newest epoch in a way that ends it, or there is none yet. See also `epoch::reason`.
    pub fn is_stale(&self) -> bool {
        self.is_stale
    }

    /// Members whose account's log, where it is known, has left the identity of the roster. Nothing is sent while there are
    /// any (`key_mismatch`).
    pub fn mismatched(&self, accounts: &impl Accounts) -> Vec<Id> {
        let left = |(account, member): &(&Id, &Member)| {
            accounts.log(account).is_some_and(|log| log.aik().is_some_and(|newest| !log.continues(&member.aik, &newest)))
        };
        self.members.iter().filter(left).map(|(account, _)| *account).collect()
    }
}

/// The key of the device that signed, if it was active under the identity that stands in the roster.
fn signer_key(body: &Body, agreed: &Public, accounts: &impl Accounts) -> Result<Public> {
    let log = accounts.log(&body.by.account).ok_or(Error::NeedLog)?;
    log.chain().check(&body.by.head)?;
    let identity = log.identity_at(body.by.head.seq).ok_or(Error::NeedLog)?;
    if !log.continues(agreed, &identity.aik) {
        return Err(Error::BadLink(Rule::Signer));
    }
    Ok(log.device_at(&body.by.device, body.by.head.seq)?.dsk)
}

#[cfg(test)]
mod tests;
