//! Fetching and verifying logs: every link is checked here, whatever the node says.
use crate::client::{Client, id_of, uuid_of};
use crate::error::{Error, Result};
use crate::wire::{ConversationPage, Encryption, LogPage};
use futures_util::StreamExt;
use snug_crypto::account_log::AccountLog;
use snug_crypto::bytes::Id;
use snug_crypto::conversation_log::ConversationLog;
use snug_crypto::conversation_log::body::{Body, Change};
use snug_crypto::error::Error as Refused;
use snug_crypto::link::{Head, Link};
use std::collections::BTreeSet;

/// Logs that are fetched at the same time.
const AT_ONCE: usize = 8;

impl Client {
    /// Follows an account's log to its newest link. `log_fork` if the node shows another history than before.
    pub(crate) async fn follow_account(&mut self, account: Id) -> Result<()> {
        let from = self.known_length(&account)?;
        let links = self.fetch_account(account, from).await?;
        self.take_account(account, from, links)
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
            self.take_account(id, from, links?)?;
        }
        Ok(())
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

    async fn fetch_account(&self, account: Id, from: u64) -> Result<Vec<Link>> {
        let mut links = Vec::new();
        loop {
            let at = from + links.len() as u64;
            let page: LogPage = self.api.get(&format!("/e2ee/users/{}/log?from={at}", uuid_of(&account))).await?;
            let is_last = page.links.is_empty() || page.head.is_none_or(|head| head.seq < at + page.links.len() as u64);
            links.extend(page.links);
            if is_last {
                return Ok(links);
            }
        }
    }

    fn take_account(&mut self, account: Id, from: u64, links: Vec<Link>) -> Result<()> {
        let mut log = self.accounts.get(&account).cloned().unwrap_or_else(|| AccountLog::empty(account));
        for link in &links {
            log.append(link)?;
        }
        self.see(account, log.head(), |seen| log.check_seen(seen))?;
        self.history.keep_links(uuid_of(&account), from, &links)?;
        if log.head().is_some() {
            self.accounts.insert(account, log);
        }
        Ok(())
    }

    /// Remembers how far a log was seen, after comparing it with what was seen before.
    fn see(&mut self, log: Id, head: Option<Head>, check: impl FnOnce(&Head) -> snug_crypto::error::Result<()>) -> Result<()> {
        if let Some(seen) = self.keys.seen.get(&log) {
            check(seen)?;
        }
        if let Some(head) = head
            && self.keys.seen.get(&log).is_none_or(|seen| seen.seq < head.seq)
        {
            // written with the next change that lasts
            self.keys.seen.insert(log, head);
        }
        Ok(())
    }

    /// Follows a conversation's log to its newest link, with the accounts' logs that this takes.
    pub(crate) async fn follow_conversation(&mut self, conversation: Id) -> Result<Encryption> {
        self.take_up_conversation(conversation).await?;
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
        self.take_links(conversation, 0, &kept, false).await
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
        let Some(log) = self.conversations.get(&conversation).cloned() else { return Ok(()) };
        self.see(conversation, log.chain().head(), |seen| log.check_seen(seen))
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
            Some(log) => log.append(link, &self.accounts)?,
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

/// The accounts that a link is about.
fn named(body: &Body) -> Vec<Id> {
    match &body.change {
        Change::Create { members, .. } | Change::Add { members } => members.iter().map(|entry| entry.account).collect(),
        Change::Rebind { account, .. } | Change::Role { account, .. } => vec![*account],
        Change::Remove { .. } | Change::Policy(_) | Change::Epoch { .. } => Vec::new(),
    }
}
