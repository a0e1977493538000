//! A conversation's log: reading it, and going on with it.
use super::carry_out::{Before, carry_out};
use super::log::{log, remember};
use super::model::{ChangedEncryption, ConversationLinks, LinksChange};
use super::plan::{Wanted, plan};
use crate::access::member;
use crate::store::encryption as store;
use snug_accounts::Me;
use snug_base::{App, Code, ConversationId, Result};

/// Links in one answer.
const LIMIT: i64 = 500;

/// The log from a link on.
pub async fn list(app: &App, me: Me, id: ConversationId, from: u64) -> Result<ConversationLinks> {
    if from > i64::MAX as u64 {
        return Err(Code::Invalid.field("from", "is larger than any log"));
    }
    app.db
        .read(move |read| {
            member(read, id, me.user)?;
            Ok(ConversationLinks { encryption: super::load(read, id)?, links: store::links(read, id, from, LIMIT)? })
        })
        .await
}

/// Goes on with a log: all of it or nothing. `e2ee.conflict` if it has gone on meanwhile.
pub async fn append(app: &App, me: Me, id: ConversationId, change: LinksChange) -> Result<ChangedEncryption> {
    let wanted = Wanted { links: change.links, wraps: change.wraps, vault: change.vault, info: change.info };
    let parts = app.clone();
    let plan = app
        .db
        .read(move |read| {
            member(read, id, me.user)?;
            let base = log(read, id)?.ok_or_else(super::not_encrypted)?;
            plan(read, &parts, me, id, Some(base), wanted)
        })
        .await?;
    let (log, hooks) = (plan.log.clone(), app.hooks.clone());
    let encryption = app
        .db
        .write(move |tx| {
            member(tx, id, me.user)?;
            carry_out(tx, &hooks, me, &plan, Before::Encrypted)
        })
        .await?;
    remember(id, log);
    Ok(ChangedEncryption { encryption })
}
