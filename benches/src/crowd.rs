//! A server with one room and many members: rows straight into the node's own schema.
use crate::node::Workshop;
use crate::result::Result;
use snug_base::{ConversationId, RoleId, ServerId, Tx, UserId, params};
use snug_servers::Permissions;
use std::path::{Path, PathBuf};

/// Rows in one transaction.
const CHUNK: usize = 5_000;

/// A filled data folder.
pub struct Crowd {
    pub data: PathBuf,
    pub server: ServerId,
    pub room: ConversationId,
    pub users: Vec<UserId>,
    /// A file with an access token of each user, a line each.
    pub tokens: PathBuf,
}

impl Crowd {
    /// Makes a data folder anew, with a server of so many members; the first `signed_in` get tokens.
    pub fn make(data: &Path, members: usize, signed_in: usize) -> Result<Crowd> {
        if data.exists() {
            std::fs::remove_dir_all(data)?;
        }
        let workshop = Workshop::open(data)?;
        let users: Vec<UserId> = (0..members).map(|_| UserId::new()).collect();
        let (server, room) = (ServerId::new(), ConversationId::new());
        for (first, chunk) in users.chunks(CHUNK).enumerate() {
            let chunk = chunk.to_vec();
            workshop.write(move |tx| chunk.iter().enumerate().try_for_each(|(i, user)| insert_user(tx, *user, first * CHUNK + i)))?;
        }
        let owner = users[0];
        let count = i64::try_from(members)?;
        workshop.write(move |tx| insert_server(tx, server, "Crowd", owner, count, &[(room, "general".to_owned())]))?;
        for chunk in users.chunks(CHUNK) {
            let chunk = chunk.to_vec();
            workshop.write(move |tx| chunk.iter().try_for_each(|user| insert_member(tx, server, *user)))?;
        }
        let tokens = data.join("bench-tokens");
        workshop.write_tokens(&users[..signed_in.min(members)], &tokens)?;
        workshop.close();
        Ok(Crowd { data: data.to_owned(), server, room, users, tokens })
    }
}

/// Many small servers with a room each.
pub struct Villages {
    pub data: PathBuf,
    /// Every user's room.
    pub rooms: Vec<String>,
    pub tokens: PathBuf,
}

impl Villages {
    /// Makes a data folder anew, with so many people, each in a server of `neighbours`.
    pub fn make(data: &Path, people: usize, neighbours: usize) -> Result<Villages> {
        if data.exists() {
            std::fs::remove_dir_all(data)?;
        }
        let workshop = Workshop::open(data)?;
        let users: Vec<UserId> = (0..people).map(|_| UserId::new()).collect();
        let mut rooms = Vec::new();
        for (number, village) in users.chunks(neighbours).enumerate() {
            let (server, room, village) = (ServerId::new(), ConversationId::new(), village.to_vec());
            rooms.extend(village.iter().map(|_| room.to_string()));
            workshop.write(move |tx| {
                village.iter().enumerate().try_for_each(|(i, user)| insert_user(tx, *user, number * neighbours + i))?;
                insert_server(tx, server, "Village", village[0], village.len() as i64, &[(room, "general".to_owned())])?;
                village.iter().try_for_each(|user| insert_member(tx, server, *user))
            })?;
        }
        let tokens = data.join("bench-tokens");
        workshop.write_tokens(&users, &tokens)?;
        workshop.close();
        Ok(Villages { data: data.to_owned(), rooms, tokens })
    }
}

/// A user of this number, who can't sign in with a password.
pub fn insert_user(tx: &Tx, id: UserId, number: usize) -> snug_base::Result<()> {
    let name = format!("member{number}");
    tx.execute(
        "INSERT INTO users (id, username, display_name, search, salt, kdf_m, kdf_t, kdf_p, auth_hash, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, 65536, 3, 1, ?6, ?7)",
        params![id, name, format!("Member {number}"), format!(" {name} member {number}"), vec![1_u8; 16], vec![0_u8; 32], tx.now],
    )?;
    tx.open_stream(id).map(drop)
}

/// A server with the usual roles and these rooms, without rows of members.
pub fn insert_server(
    tx: &Tx,
    id: ServerId,
    name: &str,
    owner: UserId,
    members: i64,
    rooms: &[(ConversationId, String)],
) -> snug_base::Result<()> {
    tx.open_stream(id)?;
    tx.execute(
        "INSERT INTO servers (id, name, owner_id, member_count, created_at) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![id, name, owner, members, tx.now],
    )?;
    let everything = Permissions::all();
    let usual = Permissions::of_members();
    for (kind, position, permissions) in [("owner", 0_i64, everything), ("admin", 1, everything), ("member", 1_000_000, usual)] {
        tx.execute(
            "INSERT INTO roles (id, server_id, kind, name, position, permissions) VALUES (?1, ?2, ?3, ?3, ?4, ?5)",
            params![RoleId::new(), id, kind, position, permissions],
        )?;
    }
    for (position, (room, name)) in rooms.iter().enumerate() {
        tx.open_stream(*room)?;
        tx.execute(
            "INSERT INTO rooms (id, server_id, kind, name, is_private, position, created_at) VALUES (?1, ?2, 'text', ?3, 0, ?4, ?5)",
            params![*room, id, name, position as i64, tx.now],
        )?;
    }
    Ok(())
}

/// A member without roles of their own.
pub fn insert_member(tx: &Tx, server: ServerId, user: UserId) -> snug_base::Result<()> {
    tx.execute("INSERT INTO members (server_id, user_id, joined_at) VALUES (?1, ?2, ?3)", params![server, user, tx.now]).map(drop)
}
