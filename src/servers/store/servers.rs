//! Rows of servers.
use crate::model::Server;
use snug_base::{Code, Read, Result, Row, ServerId, Tx, UserId, params};

const COLUMNS: &str = "id, name, description, icon, owner_id, created_at, member_count";

fn server(row: &Row) -> Result<Server> {
    Ok(Server {
        id: row.get("id")?,
        name: row.get("name")?,
        description: row.get("description")?,
        icon: row.get::<Option<String>>("icon")?.map(|hash| snug_accounts::picture::path(&hash)),
        owner_id: row.get("owner_id")?,
        created_at: row.get("created_at")?,
        member_count: row.get("member_count")?,
    })
}

/// A server that is known to be there, or was a moment ago.
pub fn load(read: &Read, id: ServerId) -> Result<Server> {
    read.query_opt(&format!("SELECT {COLUMNS} FROM servers WHERE id = ?1"), params![id], server)?
        .ok_or_else(|| Code::NotFound.error("There is no such server."))
}

/// Every server, for the operator.
pub fn list_all(read: &Read) -> Result<Vec<Server>> {
    read.query(&format!("SELECT {COLUMNS} FROM servers ORDER BY name, id"), &[], server)
}

/// How many servers there are.
pub fn count(read: &Read) -> Result<i64> {
    Ok(read.value("SELECT count(*) AS value FROM servers", &[])?.unwrap_or(0))
}

/// Adds a server without members.
pub fn insert(tx: &Tx, id: ServerId, name: &str, description: &str, owner: UserId) -> Result<()> {
    tx.execute(
        "INSERT INTO servers (id, name, description, owner_id, created_at) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![id, name, description, owner, tx.now],
    )
    .map(drop)
}

/// Stores name, description and owner.
pub fn update(tx: &Tx, server: &Server) -> Result<()> {
    tx.execute(
        "UPDATE servers SET name = ?2, description = ?3, owner_id = ?4 WHERE id = ?1",
        params![server.id, server.name, server.description, server.owner_id],
    )
    .map(drop)
}

/// Stores the name of the icon's blob.
pub fn update_icon(tx: &Tx, id: ServerId, hash: Option<&str>) -> Result<()> {
    tx.execute("UPDATE servers SET icon = ?2 WHERE id = ?1", params![id, hash]).map(drop)
}

/// Deletes a server with everything in it.
pub fn delete(tx: &Tx, id: ServerId) -> Result<()> {
    tx.changes(id.0);
    tx.execute("DELETE FROM servers WHERE id = ?1", params![id]).map(drop)
}

/// How many servers a user owns.
pub fn count_owned(read: &Read, owner: UserId) -> Result<i64> {
    Ok(read.value("SELECT count(*) AS value FROM servers WHERE owner_id = ?1", params![owner])?.unwrap_or(0))
}

/// Changes the number of members and answers with it.
pub fn add_to_count(tx: &Tx, id: ServerId, by: i64) -> Result<i64> {
    tx.query_one("UPDATE servers SET member_count = member_count + ?2 WHERE id = ?1 RETURNING member_count", params![id, by], |row| {
        row.get("member_count")
    })
}

/// The access code, if it is switched on.
pub fn access_code(read: &Read, id: ServerId) -> Result<Option<String>> {
    read.value("SELECT access_code AS value FROM servers WHERE id = ?1", params![id]).map(Option::flatten)
}

/// The server with this access code.
pub fn find_by_access_code(read: &Read, code: &str) -> Result<Option<ServerId>> {
    read.value("SELECT id AS value FROM servers WHERE access_code = ?1", params![code])
}

/// Stores a new access code, or switches it off.
pub fn update_access_code(tx: &Tx, id: ServerId, code: Option<&str>) -> Result<()> {
    tx.execute("UPDATE servers SET access_code = ?2 WHERE id = ?1", params![id, code]).map(drop)
}
