//! What admins do with accounts.
use crate::audit::{Actor, Deed, DeedKind};
use crate::model::{AdminUser, InstanceRole, Session};
use crate::store::{self, links::Kind};
use crate::{profile, sessions, text};
use serde::{Deserialize, Serialize};
use snug_base::{App, Code, Result, SessionId, UserId};
use utoipa::{IntoParams, ToSchema};

const PAGE: i64 = 50;

/// Which accounts to list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct UsersQuery {
    /// Part of a username, display name or e-mail address.
    pub q: Option<String>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// A page of accounts in the order of usernames.
#[derive(Debug, Serialize, ToSchema)]
pub struct AdminUsers {
    pub users: Vec<AdminUser>,
    /// Null on the last page.
    pub next_cursor: Option<String>,
}

/// A change of an account; what is left out stays.
#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AdminChange {
    pub role: Option<InstanceRole>,
    pub is_disabled: Option<bool>,
}

/// A page of accounts.
pub async fn list(app: &App, query: UsersQuery) -> Result<AdminUsers> {
    let (q, after) = (text::query("q", query.q.as_deref())?, text::query("cursor", query.cursor.as_deref())?);
    app.db
        .read(move |read| {
            let mut users = store::users::list_for_admin(read, &q, &after, PAGE + 1)?;
            let has_more = users.len() > PAGE as usize;
            users.truncate(PAGE as usize);
            let next_cursor = users.last().filter(|_| has_more).map(|last| last.user.username.clone());
            Ok(AdminUsers { users, next_cursor })
        })
        .await
}

/// Changes a role, or disables an account: its devices are signed out at once. The instance always keeps an admin.
pub async fn change(app: &App, by: Actor, user: UserId, asked: AdminChange) -> Result<AdminUser> {
    let parts = app.clone();
    by.act(app, move |tx| {
        let before = store::users::load_for_admin(tx, user)?;
        if let Some(role) = asked.role {
            store::users::update_role(tx, user, role)?;
        }
        if let Some(is_disabled) = asked.is_disabled.filter(|is_disabled| *is_disabled != before.user.is_disabled) {
            store::users::update_disabled(tx, user, is_disabled)?;
        }
        let after = store::users::load_for_admin(tx, user)?;
        let was_admin = before.role == InstanceRole::Admin && !before.user.is_disabled;
        let is_admin = after.role == InstanceRole::Admin && !after.user.is_disabled;
        if was_admin && !is_admin && store::users::count_admins(tx)? == 0 {
            return Err(Code::LastAdmin.error("This is the instance's only admin. Make somebody else an admin first."));
        }
        if is_admin {
            store::links::delete(tx, Kind::Setup, None)?;
        }
        profile::announce(&parts, tx, user, before.user.is_disabled != after.user.is_disabled)?;
        if after.user.is_disabled {
            sessions::end_all(tx, user, None)?;
        }
        let mut deeds = Vec::new();
        if before.role != after.role {
            deeds.push(Deed::new(DeedKind::UserRole).about(user).change("role", before.role.as_str(), after.role.as_str()));
        }
        if before.user.is_disabled != after.user.is_disabled {
            deeds.push(Deed::new(if after.user.is_disabled { DeedKind::UserDisabled } else { DeedKind::UserEnabled }).about(user));
        }
        Ok((store::users::load_for_admin(tx, user)?, deeds))
    })
    .await
}

/// The signed-in devices of somebody.
pub async fn list_sessions(app: &App, user: UserId) -> Result<Vec<Session>> {
    app.db
        .read(move |read| {
            store::users::load_user(read, user)?;
            store::sessions::list(read, user, None)
        })
        .await
}

/// Signs one of somebody's devices out, or all of them. Says how many it were.
pub async fn end_sessions(app: &App, by: Actor, user: UserId, only: Option<SessionId>) -> Result<usize> {
    by.act(app, move |tx| {
        store::users::load_user(tx, user)?;
        let wanted = store::sessions::list(tx, user, None)?.into_iter().filter(|session| only.is_none_or(|only| only == session.id));
        let wanted: Vec<Session> = wanted.collect();
        if only.is_some() && wanted.is_empty() {
            return Err(Code::NotFound.error("There is no such session. It may have ended already."));
        }
        let ended = sessions::end(tx, user, wanted.iter().map(|session| session.id).collect())?;
        let deed = Deed::new(DeedKind::UserSignedOut).about(user);
        let deed = match (only, wanted.first()) {
            (Some(_), Some(session)) => deed.fact("device", &session.device_name),
            _ => deed.fact("devices", ended),
        };
        Ok((ended, if ended == 0 { Vec::new() } else { vec![deed] }))
    })
    .await
}
