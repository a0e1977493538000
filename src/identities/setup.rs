//! Setting encryption up: the first root of an account's log, or the one that carries a reset out.
use crate::change::{self, AccountChange, Plan};
use crate::model::Identity;
use crate::reset::{self, ResetEvent};
use crate::{id_of, log, store};
use snug_accounts::Me;
use snug_accounts::client::Client;
use snug_base::{App, Code, Error, Read, Result, Tx};
use snug_crypto::account_log::AccountLog;
use std::sync::Arc;

/// Begins one's own log, or begins it anew after a reset whose time has come: then all of the era before is gone.
///
/// `e2ee.conflict` if there is a log, `e2ee.reset_waits`, and as [`change::change`].
pub async fn set_up(app: &App, me: Me, client: &Client, asked: AccountChange) -> Result<Identity> {
    let now = app.clock.now();
    let before = move |read: &Read, asked: &AccountChange| {
        check_root(asked)?;
        match log::log(read, me.user)? {
            Some(before) => reset::check_ready(read, me.user, now).map(|()| before),
            None => Ok(Arc::new(AccountLog::empty(id_of(me.user)))),
        }
    };
    let first = move |tx: &Tx, plan: &Plan| {
        if plan.before.head().is_none() {
            return Ok(());
        }
        reset::check_ready(tx, me.user, tx.now)?;
        clear(tx, me)
    };
    change::carry_out(app, me, client, asked, before, first).await
}

/// The first link, and only that, is a root.
fn check_root(asked: &AccountChange) -> Result<()> {
    let is_root = |at: usize| asked.links.get(at).is_some_and(change::is_root);
    if !is_root(0) {
        return Err(invalid("the first link has to be a root"));
    }
    match (1..asked.links.len()).find(|at| is_root(*at)) {
        Some(at) => Err(invalid(format!("link {at} is a second root"))),
        None => Ok(()),
    }
}

fn invalid(why: impl std::fmt::Display) -> Error {
    Code::ProtocolInvalid.field("links", why)
}

/// Takes away what the era before had. The sessions of its devices end with them.
fn clear(tx: &Tx, me: Me) -> Result<()> {
    store::resets::clear(tx, me.user)?;
    store::resets::set(tx, me.user, None)?;
    tx.emit(me.user, "e2ee.reset", &ResetEvent { ready_at: None })?;
    store::pairings::delete_all(tx, me.user)
}
