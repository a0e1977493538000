//! Who may have to be told of what was said in a conversation: candidates, before their own choices are looked at.
use snug_base::db::{list, params_of};
use snug_base::{ConversationId, Read, Result, RoleId, ServerId, UserId, params};

/// The people of a direct conversation or group who have a subscription.
pub fn participants(read: &Read, conversation: ConversationId) -> Result<Vec<UserId>> {
    read.query(
        "SELECT user_id FROM participants p WHERE conversation_id = ?1
             AND EXISTS (SELECT 1 FROM push_subscriptions s WHERE s.user_id = p.user_id)",
        params![conversation],
        |row| row.get("user_id"),
    )
}

/// The server of a room; none where the conversation is no room.
pub fn server_of(read: &Read, conversation: ConversationId) -> Result<Option<ServerId>> {
    read.value("SELECT server_id AS value FROM rooms WHERE id = ?1", params![conversation])
}

/// Those who want to hear of everything in a room, or in its server.
pub fn hear_all(read: &Read, room: ConversationId, server: ServerId) -> Result<Vec<UserId>> {
    read.query(
        "SELECT DISTINCT user_id FROM notification_levels l WHERE place_id IN (?1, ?2) AND level = 'all'
             AND EXISTS (SELECT 1 FROM push_subscriptions s WHERE s.user_id = l.user_id)",
        params![room, server],
        |row| row.get("user_id"),
    )
}

/// The members of a server who have a subscription.
pub fn members(read: &Read, server: ServerId) -> Result<Vec<UserId>> {
    read.query(
        "SELECT DISTINCT s.user_id FROM push_subscriptions s JOIN members m ON m.user_id = s.user_id AND m.server_id = ?1",
        params![server],
        |row| row.get("user_id"),
    )
}

/// The rooms that a user sees, with their servers.
pub fn rooms_of(read: &Read, user: UserId) -> Result<Vec<(ConversationId, ServerId)>> {
    read.query(
        "SELECT r.id, r.server_id FROM members m JOIN rooms r ON r.server_id = m.server_id
         WHERE m.user_id = ?1 AND (r.is_private = 0 OR EXISTS (SELECT 1 FROM room_members x WHERE x.room_id = r.id AND x.user_id = ?1))",
        params![user],
        |row| Ok((row.get("id")?, row.get("server_id")?)),
    )
}

/// Which of these roles a user was given.
pub fn roles_of(read: &Read, user: UserId, roles: &[RoleId]) -> Result<Vec<RoleId>> {
    if roles.is_empty() {
        return Ok(Vec::new());
    }
    let mine = snug_servers::role_ids_everywhere(read, user)?;
    Ok(roles.iter().copied().filter(|role| mine.contains(role)).collect())
}

/// Names of roles and rooms, for texts that mention them.
pub fn names(read: &Read, table: Named, ids: &[uuid::Uuid]) -> Result<Vec<(uuid::Uuid, String)>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let ids = params_of(ids);
    let table = match table {
        Named::Roles => "roles",
        Named::Rooms => "rooms",
    };
    let sql = format!("SELECT id, name FROM {table} WHERE id IN ({})", list(1, ids.len()));
    read.query(&sql, &ids, |row| Ok((row.get("id")?, row.get("name")?)))
}

/// What a mention may name besides people.
#[derive(Clone, Copy, Debug)]
pub enum Named {
    Roles,
    Rooms,
}
