//! The people in a server: listing them, nicknames, roles.
use crate::access::{self, RoomAccess, find_member, member};
use crate::edit::announce_member;
use crate::model::{Member, Role, RoleKind};
use crate::permission::Permission;
use crate::store;
use serde::{Deserialize, Serialize};
use snug_accounts::{Me, text};
use snug_base::http::nullable;
use snug_base::{App, Code, Read, Result, RoleId, ServerId, UserId};
use utoipa::{IntoParams, ToSchema};

const MOST: i64 = 100;

/// Which members to list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct MembersQuery {
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// At most 100.
    pub limit: Option<i64>,
    /// The beginning of a name.
    pub q: Option<String>,
}

/// A page of members, in the order of usernames.
#[derive(Debug, Serialize, ToSchema)]
pub struct Members {
    pub members: Vec<Member>,
    /// Null on the last page.
    pub next_cursor: Option<String>,
}

/// A change of one's own membership; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MembershipChange {
    /// Null takes it away.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>, example = "Annie", max_length = 64)]
    pub nickname: Option<Option<String>>,
}

/// All roles that a member is to have, but the one that everybody has.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoleIds {
    #[schema(max_items = 100)]
    pub role_ids: Vec<RoleId>,
}

/// A page of a server's members.
pub async fn list(app: &App, me: Me, server: ServerId, query: MembersQuery) -> Result<Members> {
    let limit = query.limit.unwrap_or(MOST);
    if !(1..=MOST).contains(&limit) {
        return Err(Code::Invalid.field("limit", "must be from 1 to 100"));
    }
    let (q, after) = (text::query("q", query.q.as_deref())?, text::query("cursor", query.cursor.as_deref())?);
    app.db.read(move |read| page(read, &member(read, server, me.user)?, &q, &after, limit)).await
}

fn page(read: &Read, by: &access::Member, q: &str, after: &str, limit: i64) -> Result<Members> {
    let mut members = store::members::list(read, by.server(), q, after, limit + 1)?;
    let has_more = members.len() > usize::try_from(limit).unwrap_or_default();
    if has_more {
        members.pop();
    }
    let next_cursor = members.last().filter(|_| has_more).map(|last| last.user.username.clone());
    Ok(Members { members, next_cursor })
}

/// The first people whom somebody sees beside a room: all who see a private one, or a page of the server's members.
pub fn beside(read: &Read, room: &RoomAccess, limit: i64) -> Result<Members> {
    if room.is_private() {
        return Ok(Members { members: store::members::list_of_room(read, room.server(), room.room())?, next_cursor: None });
    }
    page(read, room.member(), "", "", limit)
}

/// A server's roles, highest first.
pub async fn roles(app: &App, me: Me, server: ServerId) -> Result<Vec<Role>> {
    app.db
        .read(move |read| {
            member(read, server, me.user)?;
            store::roles::list(read, server)
        })
        .await
}

/// Changes one's own nickname.
pub async fn change_own(app: &App, me: Me, server: ServerId, change: MembershipChange) -> Result<Member> {
    let nickname = change.nickname.map(|nickname| nickname.map(|name| text::line("nickname", &name, 0, 64)).transpose()).transpose()?;
    app.db
        .write(move |tx| {
            member(tx, server, me.user)?;
            let Some(nickname) = nickname else { return store::members::load_shown(tx, server, me.user) };
            store::members::update_nickname(tx, server, me.user, nickname.as_deref().filter(|name| !name.is_empty()))?;
            announce_member(tx, server, me.user)
        })
        .await
}

/// Gives a member exactly these roles. Only roles that rank lower than one's own can be given and taken.
pub async fn set_roles(app: &App, me: Me, server: ServerId, user: UserId, asked: RoleIds) -> Result<Member> {
    app.db
        .write(move |tx| {
            let by = member(tx, server, me.user)?;
            by.require(Permission::ManageRoles)?;
            if find_member(tx, server, user)?.is_none() {
                return Err(Code::NotFound.error("There is no such member in this server."));
            }
            let roles = store::roles::list(tx, server)?;
            if !asked.role_ids.iter().all(|id| roles.iter().any(|role| role.id == *id && role.kind != RoleKind::Member)) {
                return Err(Code::Invalid.field("role_ids", "must be roles of this server that can be given"));
            }
            let has = store::roles::ids_of_member(tx, server, user)?;
            for role in &roles {
                let (is_wanted, is_there) = (asked.role_ids.contains(&role.id), has.contains(&role.id));
                if is_wanted == is_there {
                    continue;
                }
                if role.kind == RoleKind::Owner || !by.outranks(role.position) {
                    return Err(Code::Forbidden
                        .error(format!("You may not give or take the role {}: it does not rank lower than yours.", role.name)));
                }
                if is_wanted {
                    store::roles::give(tx, server, user, role.id)?;
                } else {
                    store::roles::take(tx, server, user, role.id)?;
                }
            }
            announce_member(tx, server, user)
        })
        .await
}
