//! The verified log of a conversation, remembered. Verifying costs a signature for each link, so a log is followed, not started anew.
use super::{conversation_id, user_of};
use crate::store::encryption as store;
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use snug_base::{ConversationId, Error, Read, Result};
use snug_crypto::account_log::AccountLog;
use snug_crypto::bytes::Id;
use snug_crypto::conversation_log::body::{Body, Change};
use snug_crypto::conversation_log::{Accounts, ConversationLog};
use snug_crypto::link::Link;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

/// Logs that are remembered, about.
const LOGS: usize = 5_000;
/// Their links and members together: what bounds the memory, at about 200 bytes each.
const SIZE: u64 = 500_000;

/// The newest log that was seen of each conversation. It counts only if it ends where the stored one does.
static VERIFIED: LazyLock<Cache<ConversationId, Arc<ConversationLog>, Size>> = LazyLock::new(|| Cache::with_weighter(LOGS, SIZE, Size));

#[derive(Clone)]
struct Size;

impl Weighter<ConversationId, Arc<ConversationLog>> for Size {
    fn weight(&self, _: &ConversationId, log: &Arc<ConversationLog>) -> u64 {
        log.chain().len() + log.entries().len() as u64 + 10
    }
}

/// The logs of the accounts that signed something, or are named where their log decides.
#[derive(Default)]
pub struct Logs(HashMap<Id, Arc<AccountLog>>);

impl Accounts for Logs {
    fn log(&self, account: &Id) -> Option<&AccountLog> {
        self.0.get(account).map(|log| &**log)
    }
}

impl Logs {
    /// Fetches the logs that these links need.
    pub fn learn<'a>(&mut self, read: &Read, bodies: impl IntoIterator<Item = &'a Body>) -> Result<()> {
        for body in bodies {
            self.learn_one(read, body.by.account)?;
            if let Change::Rebind { account, .. } = &body.change {
                self.learn_one(read, *account)?;
            }
        }
        Ok(())
    }

    fn learn_one(&mut self, read: &Read, account: Id) -> Result<()> {
        if !self.0.contains_key(&account)
            && let Some(log) = snug_identities::log(read, user_of(&account))?
        {
            self.0.insert(account, log);
        }
        Ok(())
    }
}

/// The conversation's log as it is stored; none if it is not encrypted. For readers: it may have to verify.
pub fn log(read: &Read, conversation: ConversationId) -> Result<Option<Arc<ConversationLog>>> {
    let Some(state) = store::state(read, conversation)? else { return Ok(None) };
    let known = VERIFIED.get(&conversation);
    let known = known.filter(|log| log.chain().head().is_some_and(|head| head.seq <= state.head.seq));
    if let Some(log) = &known
        && log.chain().head() == Some(state.head)
    {
        return Ok(known);
    }
    // from what is known on, or, if that is not how the stored log begins, from the first link
    let log = match known.and_then(|log| follow(read, conversation, Some(&log)).ok()) {
        Some(log) if log.chain().head() == Some(state.head) => log,
        _ => follow(read, conversation, None)?,
    };
    if log.chain().head() != Some(state.head) {
        return Err(Error::internal(format!("the stored log of {conversation} does not end at its head")));
    }
    let log = Arc::new(log);
    remember(conversation, log.clone());
    Ok(Some(log))
}

/// Keeps a log that was verified.
pub fn remember(conversation: ConversationId, log: Arc<ConversationLog>) {
    VERIFIED.insert(conversation, log);
}

fn follow(read: &Read, conversation: ConversationId, from: Option<&ConversationLog>) -> Result<ConversationLog> {
    let links = store::links(read, conversation, from.map_or(0, |log| log.chain().len()), i64::MAX)?;
    let refused = |e| Error::internal(format!("the stored log of {conversation} is not valid: {e}"));
    let bodies = links.iter().map(Body::read).collect::<Result<Vec<_>, _>>().map_err(refused)?;
    let mut logs = Logs::default();
    logs.learn(read, &bodies)?;
    let mut log = from.cloned();
    for link in &links {
        log = Some(next(log, conversation, link, &logs).map_err(refused)?);
    }
    log.ok_or_else(|| Error::internal(format!("the stored log of {conversation} is empty")))
}

/// A log with one link more.
pub fn next(
    log: Option<ConversationLog>,
    conversation: ConversationId,
    link: &Link,
    logs: &Logs,
) -> snug_crypto::error::Result<ConversationLog> {
    match log {
        None => ConversationLog::start(conversation_id(conversation), link, logs),
        Some(mut log) => log.append(link, logs).map(|()| log),
    }
}
