//! Making a server: with an owner, the three usual roles, a room, and an access code.
use crate::access::member;
use crate::model::{Role, RoleKind, Room, RoomKind, ServerState};
use crate::permission::Permissions;
use crate::{edit, join, state, store};
use serde::Deserialize;
use snug_accounts::{Me, text};
use snug_base::{App, Code, Result, RoleId, RoomId, ServerId, Tx};
use utoipa::ToSchema;

/// Between the ranks of admins and members there is place for roles to come.
const MEMBER_POSITION: i64 = 1_000_000;

/// A new server.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewServer {
    #[schema(example = "Garden Club", min_length = 1, max_length = 100)]
    pub name: String,
    #[schema(example = "All that grows", max_length = 1_000)]
    pub description: Option<String>,
}

/// Makes a server that belongs to the user.
pub async fn create(app: &App, me: Me, new: NewServer) -> Result<ServerState> {
    let name = text::line("name", &new.name, 1, 100)?;
    let description = text::lines("description", new.description.as_deref().unwrap_or_default(), 1_000)?;
    let parts = app.clone();
    app.db
        .write(move |tx| {
            check_owned(&parts, tx, me.user)?;
            let server = ServerId::new();
            tx.open_stream(server)?;
            store::servers::insert(tx, server, &name, &description, me.user)?;
            let owner = insert_roles(tx, server)?;
            insert_room(tx, server)?;
            store::members::insert(tx, server, me.user)?;
            store::servers::add_to_count(tx, server, 1)?;
            store::roles::give(tx, server, me.user, owner)?;
            store::servers::update_access_code(tx, server, Some(&edit::free_access_code(tx)?))?;
            join::welcome(&parts, tx, server, me.user)?;
            state::state_for(tx, &member(tx, server, me.user)?)
        })
        .await
}

/// Refuses a user who owns as many servers as they may.
pub fn check_owned(app: &App, tx: &Tx, user: snug_base::UserId) -> Result<()> {
    let most = app.config.servers.per_user;
    if store::servers::count_owned(tx, user)? < most {
        return Ok(());
    }
    Err(Code::ServerLimit.error(format!("Each person may own {most} servers on this instance. Delete one or give one away first.")))
}

/// The usual roles; answers with the owner's.
fn insert_roles(tx: &Tx, server: ServerId) -> Result<RoleId> {
    let owner = RoleId::new();
    let usual = [
        (owner, RoleKind::Owner, "Owner", 0, Permissions::all()),
        (RoleId::new(), RoleKind::Admin, "Admin", 1, Permissions::all()),
        (RoleId::new(), RoleKind::Member, "Member", MEMBER_POSITION, Permissions::of_members()),
    ];
    for (id, kind, name, position, permissions) in usual {
        store::roles::insert(tx, &Role { id, server_id: server, kind, name: name.to_owned(), color: None, position, permissions })?;
    }
    Ok(owner)
}

fn insert_room(tx: &Tx, server: ServerId) -> Result<()> {
    let room = Room {
        id: RoomId::new(),
        server_id: server,
        category_id: None,
        kind: RoomKind::Text,
        name: "general".to_owned(),
        topic: String::new(),
        is_private: false,
        is_encrypted: false,
        position: 0,
        created_at: tx.now,
    };
    tx.open_stream(room.id)?;
    store::rooms::insert(tx, &room)
}
