//! What admins do with accounts.
use crate::model::{AdminUser, InstanceRole};
use crate::store::{self, links::Kind};
use crate::{profile, sessions, text};
use serde::{Deserialize, Serialize};
use snug_base::{App, Code, Result, UserId};
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
pub async fn change(app: &App, user: UserId, asked: AdminChange) -> Result<AdminUser> {
    let parts = app.clone();
    app.db
        .write(move |tx| {
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
            store::users::load_for_admin(tx, user)
        })
        .await
}
