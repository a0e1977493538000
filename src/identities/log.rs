//! The verified log of an account, remembered. Verifying costs a signature for each link, so it is done once for every head, on a reader.
use crate::model::LogPart;
use crate::refusal::refused_link;
use crate::{id_of, store};
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use snug_base::{App, Error, Read, Result, UserId};
use snug_crypto::account_log::AccountLog;
use snug_crypto::account_log::rotation::Rotation;
use snug_crypto::bytes::Hash;
use snug_crypto::link::{Head, Link};
use std::sync::{Arc, LazyLock};

/// Logs that are remembered, about.
const LOGS: usize = 10_000;
/// Their links together: what bounds the memory, at about 200 bytes a link.
const LINKS: u64 = 500_000;

/// A log by whose it is and its last link's hash, which says all that is in it. So an entry is never wrong, only unused.
static VERIFIED: LazyLock<Cache<(UserId, Hash), Arc<AccountLog>, Length>> = LazyLock::new(|| Cache::with_weighter(LOGS, LINKS, Length));

#[derive(Clone)]
struct Length;

impl Weighter<(UserId, Hash), Arc<AccountLog>> for Length {
    fn weight(&self, _: &(UserId, Hash), log: &Arc<AccountLog>) -> u64 {
        log.chain().len() + 10
    }
}

/// The account's log as it is stored; none if the account has not set up encryption. Call it on a reader before a write that needs
/// it: the writer then finds it here.
pub fn log(read: &Read, user: UserId) -> Result<Option<Arc<AccountLog>>> {
    let Some(head) = store::logs::head(read, user)? else { return Ok(None) };
    if let Some(known) = VERIFIED.get(&(user, head.hash)) {
        return Ok(Some(known));
    }
    let links = store::logs::list(read, user, 0, i64::MAX)?;
    let log =
        AccountLog::verify(id_of(user), &links).map_err(|e| Error::internal(format!("the stored log of {user} is not valid: {e}")))?;
    if log.head() != Some(head) {
        return Err(Error::internal(format!("the stored log of {user} does not end at its head")));
    }
    let log = Arc::new(log);
    remember(user, &log);
    Ok(Some(log))
}

/// The head alone, without verifying anything.
pub fn head(read: &Read, user: UserId) -> Result<Option<Head>> {
    store::logs::head(read, user)
}

/// Keeps a log that was verified and is about to be stored.
pub(crate) fn remember(user: UserId, log: &Arc<AccountLog>) {
    if let Some(head) = log.head() {
        VERIFIED.insert((user, head.hash), log.clone());
    }
}

/// A log with these links added, and what they put into the history.
pub(crate) fn extend(log: &AccountLog, links: &[Link]) -> Result<(AccountLog, Vec<Rotation>)> {
    let (mut log, mut rotations) = (log.clone(), Vec::new());
    for (at, link) in links.iter().enumerate() {
        rotations.extend(log.append(link).map_err(|e| refused_link(at, &e))?);
    }
    Ok((log, rotations))
}

/// Links in one answer.
const PAGE: i64 = 500;

/// A part of anybody's log, from a link's number on.
pub async fn part(app: &App, user: UserId, from: i64) -> Result<LogPart> {
    app.db
        .read(move |read| {
            snug_accounts::load_user(read, user)?;
            Ok(LogPart { links: store::logs::list(read, user, from.max(0), PAGE)?, head: store::logs::head(read, user)? })
        })
        .await
}
