//! Changing a server: name, description, owner, icon, access code.
use crate::access::{find_member, member};
use crate::events::MemberChanged;
use crate::model::{RoleKind, Server};
use crate::permission::Permission;
use crate::{create, store};
use serde::{Deserialize, Serialize};
use snug_accounts::storage::{self, Holding, HoldingKind};
use snug_accounts::{Me, picture, secret, text};
use snug_base::{App, Code, Error, Read, Result, ServerId, Tx, UserId};
use utoipa::ToSchema;

const CODE_CHARACTERS: usize = 5;

/// A change of a server; what is left out stays.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ServerChange {
    #[schema(example = "Garden Club", min_length = 1, max_length = 100)]
    pub name: Option<String>,
    #[schema(max_length = 1_000)]
    pub description: Option<String>,
    /// Gives the server to another member; only the owner may.
    pub owner_id: Option<UserId>,
}

/// A server's access code.
#[derive(Debug, Serialize, ToSchema)]
pub struct AccessCode {
    #[schema(example = "K7M2Q")]
    pub access_code: String,
}

/// Changes a server.
pub async fn edit(app: &App, me: Me, server: ServerId, change: ServerChange) -> Result<Server> {
    let name = change.name.map(|name| text::line("name", &name, 1, 100)).transpose()?;
    let description = change.description.map(|text| text::lines("description", &text, 1_000)).transpose()?;
    let parts = app.clone();
    app.db
        .write(move |tx| {
            let by = member(tx, server, me.user)?;
            let mut changed = store::servers::load(tx, server)?;
            if name.is_some() || description.is_some() {
                by.require(Permission::ManageServer)?;
            }
            changed.name = name.unwrap_or(changed.name);
            changed.description = description.unwrap_or(changed.description);
            if let Some(owner) = change.owner_id.filter(|owner| *owner != changed.owner_id) {
                by.require_owner()?;
                give_away(&parts, tx, server, me.user, owner)?;
                changed.owner_id = owner;
            }
            store::servers::update(tx, &changed)?;
            tx.emit(server, "server.updated", &changed)?;
            Ok(changed)
        })
        .await
}

/// The former owner becomes an admin.
pub(crate) fn give_away(app: &App, tx: &Tx, server: ServerId, from: UserId, to: UserId) -> Result<()> {
    if find_member(tx, server, to)?.is_none() {
        return Err(Code::Invalid.field("owner_id", "must be a member of the server"));
    }
    create::check_owned(app, tx, to).map_err(|_| Code::ServerLimit.field("owner_id", "this person owns as many servers as they may"))?;
    let roles = store::roles::list(tx, server)?;
    let id_of =
        |kind| roles.iter().find(|role| role.kind == kind).map(|role| role.id).ok_or_else(|| Error::internal("a usual role is missing"));
    let (owner, admin) = (id_of(RoleKind::Owner)?, id_of(RoleKind::Admin)?);
    store::roles::take(tx, server, from, owner)?;
    store::roles::give(tx, server, from, admin)?;
    store::roles::take(tx, server, to, admin)?;
    store::roles::give(tx, server, to, owner)?;
    announce_member(tx, server, from)?;
    announce_member(tx, server, to)?;
    Ok(())
}

/// Tells everybody in the server that a member changed.
pub fn announce_member(tx: &Tx, server: ServerId, user: UserId) -> Result<crate::model::Member> {
    let member = store::members::load_shown(tx, server, user)?;
    let member_count = store::servers::load(tx, server)?.member_count;
    tx.emit(server, "member.updated", &MemberChanged { server_id: server, member: &member, member_count })?;
    Ok(member)
}

/// Replaces the icon.
pub async fn set_icon(app: &App, me: Me, server: ServerId, bytes: Vec<u8>) -> Result<Server> {
    // who may not change it should not make the node draw pictures
    app.db.read(move |read| member(read, server, me.user)?.require(Permission::ManageServer)).await?;
    let holding = Holding { kind: HoldingKind::Icon, subject: server.0, holder: me.user };
    picture::store(app, holding, bytes, move |tx, hash| update_icon(tx, me, server, Some(hash))).await
}

/// Takes the icon away.
pub async fn remove_icon(app: &App, me: Me, server: ServerId) -> Result<Server> {
    app.db
        .write(move |tx| {
            let changed = update_icon(tx, me, server, None)?;
            storage::release(tx, HoldingKind::Icon, server.0)?;
            Ok(changed)
        })
        .await
}

fn update_icon(tx: &Tx, me: Me, server: ServerId, hash: Option<&str>) -> Result<Server> {
    member(tx, server, me.user)?.require(Permission::ManageServer)?;
    store::servers::update_icon(tx, server, hash)?;
    let changed = store::servers::load(tx, server)?;
    tx.emit(server, "server.updated", &changed)?;
    Ok(changed)
}

/// A new access code; the one before lets nobody in any more.
pub async fn rotate_access_code(app: &App, me: Me, server: ServerId) -> Result<AccessCode> {
    app.db
        .write(move |tx| {
            member(tx, server, me.user)?.require(Permission::ManageServer)?;
            let access_code = free_access_code(tx)?;
            store::servers::update_access_code(tx, server, Some(&access_code))?;
            Ok(AccessCode { access_code })
        })
        .await
}

/// Nobody comes in by an access code any more.
pub async fn switch_off_access_code(app: &App, me: Me, server: ServerId) -> Result<()> {
    app.db
        .write(move |tx| {
            member(tx, server, me.user)?.require(Permission::ManageServer)?;
            store::servers::update_access_code(tx, server, None)
        })
        .await
}

/// An access code that no server has.
pub fn free_access_code(read: &Read) -> Result<String> {
    loop {
        // 24 million codes: one that is taken is rare
        let code = secret::code(CODE_CHARACTERS);
        if store::servers::find_by_access_code(read, &code)?.is_none() {
            return Ok(code);
        }
    }
}
