//! Who may do what in a conversation. `docs/encryption.md`, "Conversations".
use super::body::{Body, Change, ConversationKind, History, PolicyChange, Statement};
use super::roster::{Entry, Role, roster_hash};
use super::{Accounts, ConversationLog, MAX_MEMBERS, NEWEST_SUITE};
use crate::bytes::{Id, Public};
use crate::error::{Error, Result, Rule};
use crate::sign::verify;
use std::collections::BTreeSet;

const fn bad<T>(rule: Rule) -> Result<T> {
    Err(Error::BadLink(rule))
}

/// Refuses a change that its signer (a member, in this role) may not make, or that does not fit what is there.
pub(super) fn check(log: &ConversationLog, body: &Body, by: &Entry, accounts: &impl Accounts) -> Result<()> {
    match &body.change {
        Change::Create { kind, members, .. } => check_create(log, *kind, members, by),
        Change::Add { members } => check_add(log, members, by),
        Change::Remove { members, statement } => check_remove(log, members, statement.as_ref(), by),
        Change::Role { account, role } => check_role(log, account, *role, by),
        Change::Policy(change) => check_policy(log, change, by),
        Change::Rebind { account, aik_old, aik_new } => check_rebind(log, account, (aik_old, aik_new), by, accounts),
        Change::Epoch { n, suite, roster, chain, .. } => {
            if by.role == Role::Reader {
                return bad(Rule::Permission);
            }
            if *n != log.epochs.len() as u64 + 1 {
                return bad(Rule::Generation);
            }
            let least = log.epochs.last().map_or(1, |epoch| epoch.suite).max(log.policy.min_suite);
            if *suite < least {
                return bad(Rule::Suite);
            }
            if *suite > NEWEST_SUITE {
                return Err(Error::Newer);
            }
            if *roster != roster_hash(&log.conversation, &log.entries()) {
                return bad(Rule::Roster);
            }
            if chain.is_none() || log.may_chain() { Ok(()) } else { bad(Rule::Chain) }
        }
    }
}

fn check_create(log: &ConversationLog, kind: ConversationKind, members: &[Entry], by: &Entry) -> Result<()> {
    if by.role != Role::Owner {
        return bad(Rule::Permission);
    }
    check_new(log, members)?;
    let is_direct = kind == ConversationKind::Direct;
    if is_direct && (members.len() > 2 || members.iter().any(|member| member.role != Role::Owner)) {
        return bad(Rule::Direct);
    }
    Ok(())
}

/// People who are not members yet, each once, and not too many.
fn check_new(log: &ConversationLog, members: &[Entry]) -> Result<()> {
    if members.is_empty() {
        return bad(Rule::Empty);
    }
    let mut seen = BTreeSet::new();
    if !members.iter().all(|member| log.member(&member.account).is_none() && seen.insert(member.account)) {
        return bad(Rule::Reused);
    }
    if log.members.len() + members.len() <= MAX_MEMBERS { Ok(()) } else { bad(Rule::Limit) }
}

fn check_add(log: &ConversationLog, members: &[Entry], by: &Entry) -> Result<()> {
    if log.kind == ConversationKind::Direct {
        return bad(Rule::Direct);
    }
    // whoever is no admin adds plain members only
    let may = |entry: &Entry| if by.role >= Role::Admin { entry.role <= by.role } else { entry.role == Role::Member };
    if by.role < log.policy.add || !members.iter().all(may) {
        return bad(Rule::Permission);
    }
    check_new(log, members)
}

fn check_remove(log: &ConversationLog, members: &[Id], statement: Option<&Statement>, by: &Entry) -> Result<()> {
    if members.is_empty() {
        return bad(Rule::Empty);
    }
    let mut seen = BTreeSet::new();
    if !members.iter().all(|account| log.member(account).is_some() && seen.insert(*account)) {
        return bad(Rule::Missing);
    }
    if let Some(statement) = statement {
        return check_statement(log, members, statement);
    }
    for target in members.iter().filter(|account| **account != by.account).filter_map(|account| log.member(account)) {
        if log.kind == ConversationKind::Direct {
            return bad(Rule::Direct);
        }
        if by.role != Role::Owner && (by.role != Role::Admin || target.role == Role::Owner) {
            return bad(Rule::Permission);
        }
    }
    Ok(())
}

/// The node's word that this member is to go. It counts for the membership that it was said about, not for a later one.
fn check_statement(log: &ConversationLog, members: &[Id], statement: &Statement) -> Result<()> {
    let Statement { conversation, account, at, sig } = statement;
    let is_about = *conversation == log.conversation && members == [*account];
    let since = log.members.get(account).map_or(0, |member| member.since_at);
    if !is_about || *at < since {
        return bad(Rule::Statement);
    }
    verify(&log.instance_key, &Statement::signed(conversation, account, *at), sig).map_err(|_| Error::BadLink(Rule::Statement))
}

fn check_role(log: &ConversationLog, account: &Id, role: Role, by: &Entry) -> Result<()> {
    if log.kind == ConversationKind::Direct {
        return bad(Rule::Direct);
    }
    let target = log.member(account).ok_or(Error::BadLink(Rule::Missing))?;
    let may = by.role == Role::Owner || (by.role == Role::Admin && role <= Role::Admin && target.role <= Role::Admin);
    if !may {
        return bad(Rule::Permission);
    }
    if target.role == role { bad(Rule::Empty) } else { Ok(()) }
}

fn check_policy(log: &ConversationLog, change: &PolicyChange, by: &Entry) -> Result<()> {
    if by.role != Role::Owner {
        return bad(Rule::Permission);
    }
    if *change == PolicyChange::default() {
        return bad(Rule::Empty);
    }
    let falls = change.min_suite.is_some_and(|suite| suite < log.policy.min_suite);
    if falls { bad(Rule::Suite) } else { Ok(()) }
}

fn check_rebind(log: &ConversationLog, account: &Id, (old, new): (&Public, &Public), by: &Entry, accounts: &impl Accounts) -> Result<()> {
    let target = log.member(account).ok_or(Error::BadLink(Rule::Missing))?;
    if target.aik != *old {
        return bad(Rule::Identity);
    }
    if old == new {
        return bad(Rule::Empty);
    }
    let theirs = accounts.log(account).ok_or(Error::NeedLog)?;
    if theirs.era_of(new).is_none() {
        return bad(Rule::Identity);
    }
    let is_peer = log.kind == ConversationKind::Direct && by.account != *account;
    if theirs.continues(old, new) || is_peer || by.role >= log.policy.add { Ok(()) } else { bad(Rule::Permission) }
}

impl ConversationLog {
    /// Whether the next epoch may let its holders read back to the one before.
    pub fn may_chain(&self) -> bool {
        let was_shared = self.epochs.last().is_some_and(|epoch| epoch.history == History::Shared);
        was_shared && self.policy.history == History::Shared && !self.is_unchained
    }
}
