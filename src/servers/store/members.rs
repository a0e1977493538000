//! Rows of members.
use crate::model::Member;
use snug_accounts::{load_user, load_users, text};
use snug_base::{Code, Read, Result, ServerId, Tx, UserId, params};
use std::collections::HashMap;

/// From so many members on a server's members are listed another way.
const LARGE: i64 = 1_000;

/// What is stored of one membership.
pub struct Membership {
    pub nickname: Option<String>,
    pub joined_at: i64,
}

/// Adds a member; says `false` if they are one already.
pub fn insert(tx: &Tx, server: ServerId, user: UserId) -> Result<bool> {
    tx.changes(user.0);
    let added = tx.execute(
        "INSERT INTO members (server_id, user_id, joined_at) VALUES (?1, ?2, ?3) ON CONFLICT (server_id, user_id) DO NOTHING",
        params![server, user, tx.now],
    )?;
    Ok(added == 1)
}

/// Removes a member with their roles and their places in private rooms.
pub fn delete(tx: &Tx, server: ServerId, user: UserId) -> Result<()> {
    tx.changes(user.0);
    tx.execute(
        "DELETE FROM room_members WHERE user_id = ?2 AND room_id IN (SELECT id FROM rooms WHERE server_id = ?1)",
        params![server, user],
    )?;
    tx.execute("DELETE FROM members WHERE server_id = ?1 AND user_id = ?2", params![server, user]).map(drop)
}

/// One membership.
pub fn load(read: &Read, server: ServerId, user: UserId) -> Result<Membership> {
    let found =
        read.query_opt("SELECT nickname, joined_at FROM members WHERE server_id = ?1 AND user_id = ?2", params![server, user], |row| {
            Ok(Membership { nickname: row.get("nickname")?, joined_at: row.get("joined_at")? })
        })?;
    found.ok_or_else(|| Code::NotFound.error("There is no such member in this server."))
}

/// One member as others see them.
pub fn load_shown(read: &Read, server: ServerId, user: UserId) -> Result<Member> {
    let Membership { nickname, joined_at } = load(read, server, user)?;
    Ok(Member { user: load_user(read, user)?, nickname, role_ids: super::roles::ids_of_member(read, server, user)?, joined_at })
}

/// A page of members in the order of usernames, after `after`; `q` is the beginning of a word of their names.
pub fn list(read: &Read, server: ServerId, q: &str, after: &str, limit: i64) -> Result<Vec<Member>> {
    let pattern = if q.is_empty() { "%".to_owned() } else { text::word_pattern(q) };
    // a small server's members are sorted; in a large one it is quicker to go through everybody's names in order
    let is_large = super::servers::load(read, server)?.member_count > LARGE;
    let from = if is_large { "users u CROSS JOIN members m" } else { "members m CROSS JOIN users u" };
    let sql = format!(
        "SELECT m.user_id AS user_id, m.nickname AS nickname, m.joined_at AS joined_at FROM {from}
         WHERE u.id = m.user_id AND m.server_id = ?1 AND u.username > ?2
           AND (u.search LIKE ?3 ESCAPE '\\' OR m.nickname_search LIKE ?3 ESCAPE '\\')
         ORDER BY u.username LIMIT ?4"
    );
    let rows = read.query(&sql, params![server, after, pattern, limit], |row| {
        Ok((row.get("user_id")?, Membership { nickname: row.get("nickname")?, joined_at: row.get("joined_at")? }))
    })?;
    shown(read, server, rows)
}

/// The members who see a private room, in the order of usernames.
pub fn list_of_room(read: &Read, server: ServerId, room: snug_base::RoomId) -> Result<Vec<Member>> {
    let rows = read.query(
        "SELECT m.user_id AS user_id, m.nickname AS nickname, m.joined_at AS joined_at
         FROM room_members rm JOIN members m ON m.user_id = rm.user_id JOIN users u ON u.id = m.user_id
         WHERE rm.room_id = ?1 AND m.server_id = ?2 ORDER BY u.username",
        params![room, server],
        |row| Ok((row.get("user_id")?, Membership { nickname: row.get("nickname")?, joined_at: row.get("joined_at")? })),
    )?;
    shown(read, server, rows)
}

fn shown(read: &Read, server: ServerId, rows: Vec<(UserId, Membership)>) -> Result<Vec<Member>> {
    let ids: Vec<UserId> = rows.iter().map(|(id, _)| *id).collect();
    let mut users: HashMap<UserId, _> = load_users(read, &ids)?.into_iter().map(|user| (user.id, user)).collect();
    let mut roles = super::roles::ids_of_members(read, server, &ids)?;
    let member = |(id, Membership { nickname, joined_at })| {
        Some(Member { user: users.remove(&id)?, nickname, role_ids: roles.remove(&id).unwrap_or_default(), joined_at })
    };
    Ok(rows.into_iter().filter_map(member).collect())
}

/// The ids of all members.
pub fn ids(read: &Read, server: ServerId) -> Result<Vec<UserId>> {
    read.query("SELECT user_id FROM members WHERE server_id = ?1", params![server], |row| row.get("user_id"))
}

/// The servers that a user is in, in the order of joining.
pub fn servers_of(read: &Read, user: UserId) -> Result<Vec<ServerId>> {
    read.query("SELECT server_id FROM members WHERE user_id = ?1 ORDER BY joined_at, server_id", params![user], |row| row.get("server_id"))
}

/// Stores a nickname.
pub fn update_nickname(tx: &Tx, server: ServerId, user: UserId, nickname: Option<&str>) -> Result<()> {
    let search = nickname.map(|name| text::search_column("", name)).unwrap_or_default();
    tx.execute(
        "UPDATE members SET nickname = ?3, nickname_search = ?4 WHERE server_id = ?1 AND user_id = ?2",
        params![server, user, nickname, search],
    )
    .map(drop)
}
