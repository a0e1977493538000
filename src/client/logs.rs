//! Fetching and verifying logs: every link is checked here, whatever the node says.
use crate::client::{Alarm, Client, id_of, uuid_of};
use crate::error::{Error, Result};
use crate::wire::{ConversationPage, Encryption, LogPage};
use futures_util::StreamExt;
use snug_crypto::account_log::AccountLog;
use snug_crypto::bytes::Id;
use snug_crypto::conversation_log::ConversationLog;
use snug_crypto::conversation_log::body::{Body, Change};
use snug_crypto::error::{Error as Refused, Rule};
use snug_crypto::link::{Head, Link};
use std::collections::BTreeSet;

/// Logs that are fetched at the same time.
const AT_ONCE: usize = 8;

impl Client {
    /// Follows an account's log to its newest link. `log_fork` if the node shows another history than before.
    pub(crate) async fn follow_account(&mut self, account: Id) -> Result<()> {
        let from = self.known_length(&account)?;
        let links = self.fetch_account(account, from).await?;
        let taken = self.take_account(account, from, links);
        self.judge(account, taken)
    }

    /// Nothing is sealed to whom a log is about while the node shows something in it that cannot be.
    fn judge<T>(&mut self, log: Id, taken: Result<T>) -> Result<T> {
        match &taken {
            Ok(_) if matches!(self.alarms.get(&log), Some(Alarm::Refused(_))) => drop(self.alarms.remove(&log)),
            Err(Error::Protocol(error)) => drop(self.alarms.insert(log, Alarm::Refused(error.clone()))),
            _ => {}
        }
        taken
    }

    /// The same for several accounts at once; those that are known already only if `anew`.
    pub(crate) async fn follow_accounts(&mut self, accounts: impl IntoIterator<Item = Id>, anew: bool) -> Result<()> {
        let mut wanted: BTreeSet<Id> = accounts.into_iter().collect();
        for account in wanted.clone() {
            if self.known_length(&account)? > 0 && !anew {
                wanted.remove(&account);
            }
        }
        let from: Vec<(Id, u64)> = wanted.iter().map(|id| Ok((*id, self.known_length(id)?))).collect::<Result<_>>()?;
        let this = &*self;
        let fetching = from.into_iter().map(|(id, from)| async move { (id, from, this.fetch_account(id, from).await) });
        let fetched: Vec<_> = futures_util::stream::iter(fetching).buffer_unordered(AT_ONCE).collect().await;
        for (id, from, links) in fetched {
            let taken = self.take_account(id, from, links?);
            match self.judge(id, taken) {
                // what is wrong with one must not keep the others from being followed
                Err(Error::Protocol(_)) | Ok(()) => {}
                Err(other) => return Err(other),
            }
        }
        Ok(())
    }

    /// Follows those of these people whose logs are known here.
    pub(crate) async fn follow_known(&mut self, people: impl IntoIterator<Item = uuid::Uuid>) -> Result<()> {
        let mut known = Vec::new();
        for account in people.into_iter().map(id_of) {
            if account != self.me() && self.known_length(&account)? > 0 {
                known.push(account);
            }
        }
        self.follow_accounts(known, true).await
    }

    /// How many links of an account are verified, taking up those of an earlier run.
    fn known_length(&mut self, account: &Id) -> Result<u64> {
        if !self.accounts.contains_key(account) {
            let kept = self.history.links(uuid_of(account))?;
            // what was kept is ours, but a file may be older than what was seen
            if let Ok(log) = AccountLog::verify(*account, &kept) {
                self.accounts.insert(*account, log);
            }
        }
        Ok(self.accounts.get(account).map_or(0, |log| log.chain().len()))
    }

    async fn fetch_account(&self, account: Id, from: u64) -> Result<(Vec<Link>, Option<Head>)> {
        let mut links = Vec::new();
        loop {
            let at = from + links.len() as u64;
            let page: LogPage = self.api.get(&format!("/e2ee/users/{}/log?from={at}", uuid_of(&account))).await?;
            let is_last = page.links.is_empty() || page.head.is_none_or(|head| head.seq < at + page.links.len() as u64);
            links.extend(page.links);
            if is_last {
                return Ok((links, page.head));
            }
        }
    }

    fn take_account(&mut self, account: Id, from: u64, (links, shown): (Vec<Link>, Option<Head>)) -> Result<()> {
        let mut log = self.accounts.get(&account).cloned().unwrap_or_else(|| AccountLog::empty(account));
        for link in &links {
            log.append(link).map_err(fork)?;
        }
        // what the node says the log ends with has to be in it
        if let Some(shown) = shown {
            log.check_seen(&shown)?;
        }
        if account == self.me()
            && let (Some(known), Some(shown)) = (self.keys.aik, log.aik())
            && !log.continues(&known, &shown)
        {
            // a reset: not by this device, and nobody else here is to be believed
            return Err(Error::Protocol(Refused::KeyMismatch));
        }
        if let Some(seen) = self.keys.seen.get(&account) {
            log.check_seen(seen)?;
        }
        self.note_seen(account, log.head());
        self.history.keep_links(uuid_of(&account), from, &links)?;
        if log.head().is_some() {
            self.accounts.insert(account, log);
        }
        Ok(())
    }

    /// Remembers how far a log was seen, once it was compared with what was seen before.
    fn note_seen(&mut self, log: Id, head: Option<Head>) {
        if let Some(head) = head
            && self.keys.seen.get(&log).is_none_or(|seen| seen.seq < head.seq)
        {
            // written with the next change that lasts
            self.keys.seen.insert(log, head);
        }
    }

    /// Follows a conversation's log to its newest link, with the accounts' logs that this takes.
    pub(crate) async fn follow_conversation(&mut self, conversation: Id) -> Result<Encryption> {
        self.take_up_conversation(conversation).await?;
        let followed = self.follow_on(conversation).await;
        self.judge(conversation, followed)
    }

    async fn follow_on(&mut self, conversation: Id) -> Result<Encryption> {
        loop {
            let from = self.conversations.get(&conversation).map_or(0, |log| log.chain().len());
            let page: ConversationPage = self.api.get(&format!("/e2ee/conversations/{}?from={from}", uuid_of(&conversation))).await?;
            let count = page.links.len() as u64;
            self.take_links(conversation, from, &page.links, true).await?;
            if count == 0 || page.encryption.head.seq < from + count {
                let log = self.conversation(&conversation)?;
                log.check_seen(&page.encryption.head)?;
                return Ok(page.encryption);
            }
        }
    }

    /// Takes up the links that an earlier run kept.
    async fn take_up_conversation(&mut self, conversation: Id) -> Result<()> {
        if self.conversations.contains_key(&conversation) {
            return Ok(());
        }
        let kept = self.history.links(uuid_of(&conversation))?;
        match self.take_links(conversation, 0, &kept, false).await {
            // what was kept is worth nothing then: the node has it too
            Err(Error::Protocol(_)) => {
                self.conversations.remove(&conversation);
                Ok(())
            }
            other => other,
        }
    }

    /// Verifies a link that an event brought.
    pub(crate) async fn take_new_link(&mut self, conversation: Id, seq: u64, link: Link) -> Result<()> {
        let taken = self.take_links(conversation, seq, &[link], true).await;
        match taken {
            Ok(()) => Ok(()),
            refused => self.judge(conversation, refused),
        }
    }

    /// Whether something that the node or others showed forbids to send. What can be true again by now is looked at again.
    pub(crate) async fn check_alarms(&mut self, conversation: Id) -> Result<()> {
        if self.alarms.is_empty() {
            return Ok(());
        }
        let members: Vec<Id> = self.conversation(&conversation)?.entries().iter().map(|entry| entry.account).collect();
        let raised: Vec<Id> = members.iter().copied().filter(|member| self.alarms.contains_key(member)).collect();
        if raised.is_empty() && !self.alarms.contains_key(&conversation) {
            return Ok(());
        }
        self.follow_accounts(raised, true).await?;
        self.follow_conversation(conversation).await?;
        let log = self.conversation(&conversation)?;
        let (length, is_member) = (log.chain().len(), |who: &Id| log.member(who).is_some());
        match self.alarms.get(&conversation) {
            Some(Alarm::Withheld(who, seq)) if is_member(who) && *seq >= length => return Err(Error::Protocol(Refused::LogFork)),
            Some(Alarm::Split(who)) if is_member(who) => return Err(Error::Protocol(Refused::LogFork)),
            Some(Alarm::Refused(error)) => return Err(Error::Protocol(error.clone())),
            Some(_) => drop(self.alarms.remove(&conversation)),
            None => {}
        }
        match members.iter().find_map(|member| self.alarms.get(member)) {
            Some(Alarm::Refused(error)) => Err(Error::Protocol(error.clone())),
            Some(_) => Err(Error::Protocol(Refused::LogFork)),
            None => Ok(()),
        }
    }

    /// Verifies links that come next. All of them hold, or those before the first that does not.
    pub(crate) async fn take_links(&mut self, conversation: Id, from: u64, links: &[Link], keep: bool) -> Result<()> {
        for (seq, link) in (from..).zip(links) {
            if self.conversations.get(&conversation).is_some_and(|log| seq < log.chain().len()) {
                continue; // an event that was overtaken by a page
            }
            self.learn_whom_it_names(link).await?;
            if let Err(error) = self.append(conversation, link) {
                if error.code() != Refused::NeedLog.code() {
                    return Err(error);
                }
                let body = Body::read(link)?;
                let mut concerned: Vec<Id> = named(&body);
                concerned
                    .extend(self.conversations.get(&conversation).into_iter().flat_map(|log| log.entries()).map(|entry| entry.account));
                self.follow_accounts(concerned, true).await?;
                self.append(conversation, link)?;
            }
            if keep {
                self.history.keep_links(uuid_of(&conversation), seq, std::slice::from_ref(link))?;
            }
        }
        let Some(log) = self.conversations.get(&conversation) else { return Ok(()) };
        if let Some(seen) = self.keys.seen.get(&conversation) {
            log.check_seen(seen)?;
        }
        let head = log.chain().head();
        self.note_seen(conversation, head);
        Ok(())
    }

    async fn learn_whom_it_names(&mut self, link: &Link) -> Result<()> {
        let body = Body::read(link)?;
        let knows_signer = self.accounts.get(&body.by.account).is_some_and(|log| log.chain().check(&body.by.head).is_ok());
        if !knows_signer {
            self.follow_accounts([body.by.account], true).await?;
        }
        self.follow_accounts(named(&body), false).await
    }

    fn append(&mut self, conversation: Id, link: &Link) -> Result<()> {
        match self.conversations.get_mut(&conversation) {
            Some(log) => log.append(link, &self.accounts).map_err(fork)?,
            None => {
                let log = ConversationLog::start(conversation, link, &self.accounts)?;
                self.conversations.insert(conversation, log);
            }
        }
        Ok(())
    }

    /// A conversation's verified log.
    pub(crate) fn conversation(&self, id: &Id) -> Result<&ConversationLog> {
        self.conversations.get(id).ok_or(Error::Protocol(Refused::NeedLog))
    }

    /// An event said that an account's log grew: whoever knows the log follows it.
    pub(crate) async fn on_identity(&mut self, user: uuid::Uuid) -> Result<()> {
        let account = id_of(user);
        if self.known_length(&account)? > 0 { self.follow_account(account).await } else { Ok(()) }
    }
}

/// A link that comes next and follows another one than the last: somebody sees another history.
fn fork(error: Refused) -> Refused {
    if error == Refused::BadLink(Rule::Prev) { Refused::LogFork } else { error }
}

/// The accounts that a link is about.
fn named(body: &Body) -> Vec<Id> {
    match &body.change {
        Change::Create { members, .. } | Change::Add { members } => members.iter().map(|entry| entry.account).collect(),
        Change::Rebind { account, .. } | Change::Role { account, .. } => vec![*account],
        Change::Remove { .. } | Change::Policy(_) | Change::Epoch { .. } => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use snug_crypto::bytes::Bytes;
    use snug_crypto::conversation_log::body::Signer;
    use snug_crypto::conversation_log::roster::{Entry, Role};

    #[test]
    fn another_link_in_a_place_is_a_fork_and_other_faults_are_not() {
        assert_eq!(fork(Refused::BadLink(Rule::Prev)), Refused::LogFork);
        for other in [Refused::BadLink(Rule::Seq), Refused::BadSignature, Refused::NeedLog, Refused::Newer] {
            assert_eq!(fork(other.clone()), other);
        }
    }

    #[test]
    fn whose_logs_a_link_takes() {
        let id = |n: u8| Bytes([n; 16]);
        let entry = |n: u8| Entry { account: id(n), aik: Bytes([n; 32]), role: Role::Member };
        let of = |change: Change| {
            let by = Signer { account: id(1), device: id(9), head: Head { seq: 0, hash: Bytes([0; 32]) } };
            named(&Body { conversation: id(8), seq: 1, prev: None, at: 1, by, change })
        };
        assert_eq!(of(Change::Add { members: vec![entry(2), entry(3)] }), [id(2), id(3)]);
        assert_eq!(of(Change::Rebind { account: id(4), aik_old: Bytes([1; 32]), aik_new: Bytes([2; 32]) }), [id(4)]);
        assert_eq!(of(Change::Role { account: id(5), role: Role::Admin }), [id(5)]);
        // who goes need not be known any more
        assert!(of(Change::Remove { members: vec![id(6)], statement: None }).is_empty());
    }
}
