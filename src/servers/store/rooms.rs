//! Rows of rooms, and who sees the private ones.
use crate::model::{Room, RoomKind};
use snug_base::{Code, Read, Result, RoomId, Row, ServerId, Tx, UserId, params};

const COLUMNS: &str = "id, server_id, category_id, name, topic, is_private, is_encrypted, position, created_at";

/// What decides about access.
pub struct Visible {
    pub server: ServerId,
    pub is_private: bool,
    pub is_encrypted: bool,
}

fn room(row: &Row) -> Result<Room> {
    Ok(Room {
        id: row.get("id")?,
        server_id: row.get("server_id")?,
        category_id: row.get("category_id")?,
        kind: RoomKind::Text,
        name: row.get("name")?,
        topic: row.get("topic")?,
        is_private: row.get("is_private")?,
        is_encrypted: row.get("is_encrypted")?,
        position: row.get("position")?,
        created_at: row.get("created_at")?,
    })
}

/// A room, unless it is private and the user is not in it. Whether the user is in the server is another question.
pub fn find_visible(read: &Read, id: RoomId, user: UserId) -> Result<Option<Visible>> {
    read.query_opt(
        "SELECT server_id, is_private, is_encrypted FROM rooms
         WHERE id = ?1 AND (is_private = 0 OR EXISTS (SELECT 1 FROM room_members WHERE room_id = ?1 AND user_id = ?2))",
        params![id, user],
        |row| Ok(Visible { server: row.get("server_id")?, is_private: row.get("is_private")?, is_encrypted: row.get("is_encrypted")? }),
    )
}

/// A room that is known to be there.
pub fn load(read: &Read, id: RoomId) -> Result<Room> {
    read.query_opt(&format!("SELECT {COLUMNS} FROM rooms WHERE id = ?1"), params![id], room)?
        .ok_or_else(|| Code::NotFound.error("There is no such room."))
}

/// The rooms of a server that a user sees, in their order.
pub fn list_visible(read: &Read, server: ServerId, user: UserId) -> Result<Vec<Room>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM rooms
         WHERE server_id = ?1 AND (is_private = 0 OR EXISTS (SELECT 1 FROM room_members WHERE room_id = rooms.id AND user_id = ?2))
         ORDER BY position, created_at, id"
    );
    read.query(&sql, params![server, user], room)
}

/// The ids of the rooms that a user sees, in all servers.
pub fn ids_visible_everywhere(read: &Read, user: UserId) -> Result<Vec<RoomId>> {
    read.query(
        "SELECT r.id AS id FROM members m JOIN rooms r ON r.server_id = m.server_id
         WHERE m.user_id = ?1 AND (r.is_private = 0 OR EXISTS (SELECT 1 FROM room_members WHERE room_id = r.id AND user_id = ?1))",
        params![user],
        |row| row.get("id"),
    )
}

/// All rooms of a server, whoever sees them.
pub fn list_all(read: &Read, server: ServerId) -> Result<Vec<Room>> {
    read.query(&format!("SELECT {COLUMNS} FROM rooms WHERE server_id = ?1 ORDER BY position, id"), params![server], room)
}

/// The number of rooms of a server and the position after the last.
pub fn count_and_next(read: &Read, server: ServerId) -> Result<(i64, i64)> {
    read.query_one(
        "SELECT count(*) AS number, coalesce(max(position), -1) + 1 AS next FROM rooms WHERE server_id = ?1",
        params![server],
        |row| Ok((row.get("number")?, row.get("next")?)),
    )
}

/// Adds a room.
pub fn insert(tx: &Tx, room: &Room) -> Result<()> {
    tx.execute(
        "INSERT INTO rooms (id, server_id, category_id, kind, name, topic, is_private, position, created_at)
         VALUES (?1, ?2, ?3, 'text', ?4, ?5, ?6, ?7, ?8)",
        params![room.id, room.server_id, room.category_id, room.name, room.topic, room.is_private, room.position, room.created_at],
    )
    .map(drop)
}

/// Stores what can be changed of a room.
pub fn update(tx: &Tx, room: &Room) -> Result<()> {
    tx.changes(room.server_id.0);
    tx.execute(
        "UPDATE rooms SET category_id = ?2, name = ?3, topic = ?4, is_private = ?5, position = ?6 WHERE id = ?1",
        params![room.id, room.category_id, room.name, room.topic, room.is_private, room.position],
    )
    .map(drop)
}

/// Makes a room encrypted for good.
pub fn set_encrypted(tx: &Tx, room: &Room) -> Result<()> {
    tx.changes(room.server_id.0);
    tx.execute("UPDATE rooms SET is_encrypted = 1 WHERE id = ?1", params![room.id]).map(drop)
}

/// Deletes a room.
pub fn delete(tx: &Tx, id: RoomId) -> Result<()> {
    tx.changes(load(tx, id)?.server_id.0);
    tx.execute("DELETE FROM rooms WHERE id = ?1", params![id]).map(drop)
}

/// Who sees a private room.
pub fn member_ids(read: &Read, id: RoomId) -> Result<Vec<UserId>> {
    read.query("SELECT user_id FROM room_members WHERE room_id = ?1", params![id], |row| row.get("user_id"))
}

/// Lets a user see a private room; says `false` if they do already.
pub fn insert_member(tx: &Tx, id: RoomId, user: UserId) -> Result<bool> {
    tx.changes(user.0);
    let added = tx.execute(
        "INSERT INTO room_members (room_id, user_id, joined_at) VALUES (?1, ?2, ?3) ON CONFLICT (room_id, user_id) DO NOTHING",
        params![id, user, tx.now],
    )?;
    Ok(added == 1)
}

/// The opposite; says `false` if they did not see it.
pub fn delete_member(tx: &Tx, id: RoomId, user: UserId) -> Result<bool> {
    tx.changes(user.0);
    Ok(tx.execute("DELETE FROM room_members WHERE room_id = ?1 AND user_id = ?2", params![id, user])? == 1)
}

/// Forgets who sees a room that is not private any more.
pub fn delete_members(tx: &Tx, id: RoomId) -> Result<()> {
    tx.changes(load(tx, id)?.server_id.0);
    tx.execute("DELETE FROM room_members WHERE room_id = ?1", params![id]).map(drop)
}
