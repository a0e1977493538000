//! Servers and what is in them, as they go over the wire.
use crate::permission::{Permission, Permissions};
use serde::{Deserialize, Serialize};
use snug_accounts::User;
use snug_base::{CategoryId, RoleId, RoomId, ServerId, UserId};
use utoipa::ToSchema;

/// A community's home.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Server {
    pub id: ServerId,
    #[schema(example = "Garden Club")]
    pub name: String,
    pub description: String,
    /// Path of the icon.
    pub icon: Option<String>,
    pub owner_id: UserId,
    pub created_at: i64,
    pub member_count: i64,
}

/// A heading in the list of rooms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Category {
    pub id: CategoryId,
    pub server_id: ServerId,
    #[schema(example = "Projects")]
    pub name: String,
    pub position: i64,
}

/// What a room is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum RoomKind {
    Text,
}

/// A room: a conversation of a server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Room {
    pub id: RoomId,
    pub server_id: ServerId,
    pub category_id: Option<CategoryId>,
    pub kind: RoomKind,
    #[schema(example = "general")]
    pub name: String,
    pub topic: String,
    pub is_private: bool,
    /// Whether only the members of its roster can read what is said there. It never goes back.
    pub is_encrypted: bool,
    pub position: i64,
    pub created_at: i64,
}

/// Where a role comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum RoleKind {
    /// All permissions; there is one owner.
    Owner,
    /// All permissions but giving the server away or deleting it.
    Admin,
    /// Everybody in the server; not listed in `role_ids`.
    Member,
    Custom,
}

/// A named set of permissions.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Role {
    pub id: RoleId,
    pub server_id: ServerId,
    pub kind: RoleKind,
    #[schema(example = "Admin")]
    pub name: String,
    pub color: Option<String>,
    /// 0 ranks highest.
    pub position: i64,
    #[schema(value_type = Vec<Permission>)]
    pub permissions: Permissions,
}

/// A user in a server.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Member {
    pub user: User,
    pub nickname: Option<String>,
    pub role_ids: Vec<RoleId>,
    pub joined_at: i64,
}

/// What the user who asks is in a server.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MyMembership {
    pub nickname: Option<String>,
    pub role_ids: Vec<RoleId>,
    #[schema(value_type = Vec<Permission>)]
    pub permissions: Permissions,
    pub joined_at: i64,
}

/// A server with everything that the user who asks sees of it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ServerState {
    pub server: Server,
    /// Null: switched off, or not for this user to see.
    #[schema(example = "K7M2Q")]
    pub access_code: Option<String>,
    pub categories: Vec<Category>,
    pub rooms: Vec<Room>,
    pub roles: Vec<Role>,
    pub me: MyMembership,
}

/// An invite to a server.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Invite {
    #[schema(example = "7KQ2M9XA4C")]
    pub code: String,
    pub server_id: ServerId,
    pub created_by: UserId,
    pub created_at: i64,
    pub expires_at: Option<i64>,
    pub max_uses: Option<i64>,
    pub uses: i64,
}

/// What an invite shows before somebody joins.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct InvitePreview {
    pub server: ServerPreview,
    /// Whether the one who asks is in the server already.
    pub is_member: bool,
}

/// What is seen of a server from outside, with an invite.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ServerPreview {
    pub id: ServerId,
    pub name: String,
    pub icon: Option<String>,
    pub member_count: i64,
}

/// A server as admins of the instance see it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AdminServer {
    pub server: Server,
    /// The owner's username.
    pub owner: Option<String>,
}
