//! Rows of roles, and who has them.
use crate::model::{Role, RoleKind};
use crate::permission::Permissions;
use snug_base::db::{Param, ToParam, list as placeholders};
use snug_base::{Error, Read, Result, RoleId, Row, ServerId, Tx, UserId, params};
use std::collections::HashMap;

const COLUMNS: &str = "id, server_id, kind, name, color, position, permissions";

fn role(row: &Row) -> Result<Role> {
    let kind = match row.get::<String>("kind")?.as_str() {
        "owner" => RoleKind::Owner,
        "admin" => RoleKind::Admin,
        "member" => RoleKind::Member,
        "custom" => RoleKind::Custom,
        other => return Err(Error::internal(format!("a role of the unknown kind {other}"))),
    };
    Ok(Role {
        id: row.get("id")?,
        server_id: row.get("server_id")?,
        kind,
        name: row.get("name")?,
        color: row.get("color")?,
        position: row.get("position")?,
        permissions: row.get("permissions")?,
    })
}

/// Adds a role.
pub fn insert(tx: &Tx, role: &Role) -> Result<()> {
    let kind = match role.kind {
        RoleKind::Owner => "owner",
        RoleKind::Admin => "admin",
        RoleKind::Member => "member",
        RoleKind::Custom => "custom",
    };
    tx.changes(role.server_id.0);
    tx.execute(
        "INSERT INTO roles (id, server_id, kind, name, color, position, permissions) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![role.id, role.server_id, kind, role.name, role.color, role.position, role.permissions],
    )
    .map(drop)
}

/// A server's roles, highest first.
pub fn list(read: &Read, server: ServerId) -> Result<Vec<Role>> {
    read.query(&format!("SELECT {COLUMNS} FROM roles WHERE server_id = ?1 ORDER BY position, id"), params![server], role)
}

/// Permissions and positions of a member's roles; none for somebody who is not a member.
pub fn of_member(read: &Read, server: ServerId, user: UserId) -> Result<Vec<(Permissions, i64)>> {
    read.query(
        "SELECT r.permissions AS permissions, r.position AS position
         FROM members m JOIN roles r ON r.server_id = m.server_id
         WHERE m.server_id = ?1 AND m.user_id = ?2 AND (r.kind = 'member' OR EXISTS (
             SELECT 1 FROM member_roles mr WHERE mr.server_id = m.server_id AND mr.user_id = m.user_id AND mr.role_id = r.id))",
        params![server, user],
        |row| Ok((row.get("permissions")?, row.get("position")?)),
    )
}

/// The roles that a member was given, highest first.
pub fn ids_of_member(read: &Read, server: ServerId, user: UserId) -> Result<Vec<RoleId>> {
    read.query(
        "SELECT r.id AS id FROM member_roles mr JOIN roles r ON r.id = mr.role_id
         WHERE mr.server_id = ?1 AND mr.user_id = ?2 ORDER BY r.position, r.id",
        params![server, user],
        |row| row.get("id"),
    )
}

/// The same for several members.
pub fn ids_of_members(read: &Read, server: ServerId, users: &[UserId]) -> Result<HashMap<UserId, Vec<RoleId>>> {
    let mut roles: HashMap<UserId, Vec<RoleId>> = HashMap::new();
    for users in users.chunks(500) {
        let sql = format!(
            "SELECT mr.user_id AS user_id, r.id AS id FROM member_roles mr JOIN roles r ON r.id = mr.role_id
             WHERE mr.server_id = ?1 AND mr.user_id IN ({}) ORDER BY r.position, r.id",
            placeholders(2, users.len())
        );
        let params: Vec<Param> = std::iter::once(server.param()).chain(users.iter().map(ToParam::param)).collect();
        for (user, role) in read.query(&sql, &params, |row| Ok((row.get("user_id")?, row.get("id")?)))? {
            roles.entry(user).or_default().push(role);
        }
    }
    Ok(roles)
}

/// All roles that a user has, in all servers, those that everybody has too.
pub fn ids_everywhere(read: &Read, user: UserId) -> Result<Vec<RoleId>> {
    read.query(
        "SELECT role_id AS id FROM member_roles WHERE user_id = ?1
         UNION SELECT r.id AS id FROM members m JOIN roles r ON r.server_id = m.server_id WHERE m.user_id = ?1 AND r.kind = 'member'",
        params![user],
        |row| row.get("id"),
    )
}

/// Gives a member a role.
pub fn give(tx: &Tx, server: ServerId, user: UserId, role: RoleId) -> Result<()> {
    tx.changes(user.0);
    tx.execute(
        "INSERT INTO member_roles (server_id, user_id, role_id) VALUES (?1, ?2, ?3) ON CONFLICT (server_id, user_id, role_id) DO NOTHING",
        params![server, user, role],
    )
    .map(drop)
}

/// Takes a role from a member.
pub fn take(tx: &Tx, server: ServerId, user: UserId, role: RoleId) -> Result<()> {
    tx.changes(user.0);
    tx.execute("DELETE FROM member_roles WHERE server_id = ?1 AND user_id = ?2 AND role_id = ?3", params![server, user, role]).map(drop)
}
