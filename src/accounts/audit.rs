//! What is remembered of the deeds of administrators and of sign-ins, devices and passwords.
//!
//! A line is written in the transaction of what it tells, so that there is never one without the other. What only those may do who
//! run the instance is done through [`Actor::act`], which asks for the deed: an [`Actor`] comes from a permission value or the terminal.
pub mod export;
pub mod list;
pub mod model;

pub use model::{AuditLine, Deed, DeedKind};

use crate::storage::{self, Holding};
use crate::store;
use crate::{Admin, Moderator};
use snug_base::db::{self, snapshot::Snapshot};
use snug_base::limits::Who;
use snug_base::{App, Config, Result, Tx, UserId};
use std::net::IpAddr;

/// Lines that are kept at most.
const MOST_LINES: i64 = 500_000;
const DAY_MS: i64 = 24 * 3_600_000;

/// Who did something, and from where.
#[derive(Clone, Copy, Debug, Default)]
pub struct Origin {
    /// Nobody: the operator at the terminal, or somebody who is not signed in.
    pub user: Option<UserId>,
    /// Of the client, where it is known.
    pub address: Option<IpAddr>,
}

/// Somebody who runs the instance and is about to do something that others may not.
#[derive(Clone, Copy, Debug)]
pub struct Actor(Origin);

impl Actor {
    /// Whoever owns the data folder: a command in the terminal.
    pub fn operator() -> Actor {
        Actor(Origin::default())
    }

    /// Who it is; nobody at the terminal.
    pub fn user(self) -> Option<UserId> {
        self.0.user
    }

    /// Does `work` and remembers the deeds that it names, all or nothing. No deeds: nothing was changed.
    pub async fn act<T: Send + 'static>(self, app: &App, work: impl FnOnce(&Tx) -> Result<(T, Vec<Deed>)> + Send + 'static) -> Result<T> {
        app.db
            .write(move |tx| {
                let (value, deeds) = work(tx)?;
                deeds.iter().try_for_each(|deed| note(tx, self.0, deed))?;
                Ok(value)
            })
            .await
    }

    /// The same with content that is kept for somebody, see [`storage::keep`].
    pub async fn act_keeping<T: Send + 'static>(
        self,
        app: &App,
        holding: Holding,
        content: Vec<u8>,
        work: impl FnOnce(&Tx, &str) -> Result<(T, Vec<Deed>)> + Send + 'static,
    ) -> Result<T> {
        let remembered = move |tx: &Tx, blob: &str| {
            let (value, deeds) = work(tx, blob)?;
            deeds.iter().try_for_each(|deed| note(tx, self.0, deed))?;
            Ok(value)
        };
        storage::keep(app, holding, content, remembered).await
    }

    /// Remembers a deed of a command that starts no node, where the data knows of such logs. Says whether it does. Blocks.
    pub fn did_beside(self, config: &Config, now: i64, deed: &Deed) -> Result<bool> {
        if !Snapshot::take(config)?.has_table("audit")? {
            return Ok(false);
        }
        db::beside::write(config, now, |tx| note(tx, self.0, deed)).map(|()| true)
    }

    /// Remembers a deed whose work is no transaction of its own.
    pub async fn did(self, app: &App, deed: Deed) -> Result<()> {
        self.act(app, move |_| Ok(((), vec![deed]))).await
    }
}

impl From<Admin> for Actor {
    fn from(admin: Admin) -> Actor {
        Actor(Origin { user: Some(admin.me.user), address: Some(admin.address()) })
    }
}

impl From<Moderator> for Actor {
    fn from(moderator: Moderator) -> Actor {
        Actor(Origin { user: Some(moderator.me.user), address: Some(moderator.address()) })
    }
}

/// Remembers what happened to somebody's account, in the transaction in which it happens.
pub fn note(tx: &Tx, by: Origin, deed: &Deed) -> Result<()> {
    store::audit::insert(tx, by, deed)
}

/// Remembers that somebody was refused because of a rate limit: once in a while, since whoever is refused tends to go on.
pub async fn limited(app: &App, who: Who, address: Option<IpAddr>, what: &str) {
    if !app.limits.is_news(who, app.clock.now()) {
        return;
    }
    let user = if let Who::User(user) = who { Some(user) } else { None };
    let deed = Deed { user, ..Deed::new(DeedKind::LimitHit).fact("what", what) };
    if let Err(e) = app.db.write(move |tx| note(tx, Origin { user, address }, &deed)).await {
        tracing::warn!(error = %e, "a refusal could not be remembered");
    }
}

/// Deletes what is older than the configuration wants, and what is more than there may be. Called by a job.
pub async fn forget_old(app: &App) -> Result<()> {
    let days = i64::from(app.config.audit.days.clamp(1, 3_650));
    app.db.write(move |tx| store::audit::delete_old(tx, tx.now - days * DAY_MS, MOST_LINES)).await
}
