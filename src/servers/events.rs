//! The bodies of events that are not simply the model, as docs/protocol.md has them.
use crate::model::{Member, Room, ServerState};
use serde::Serialize;
use serde_json::value::RawValue;
use snug_base::{CategoryId, RoomId, ServerId, UserId};
use std::collections::BTreeMap;
use uuid::Uuid;

/// `server.joined`, on the user's own stream.
#[derive(Serialize)]
pub struct ServerJoined<'a> {
    pub server: &'a ServerState,
    pub read_states: Vec<Box<RawValue>>,
    pub streams: BTreeMap<Uuid, i64>,
}

/// Why a user is no longer in a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Reason {
    Left,
    Kicked,
    Deleted,
}

/// `server.left`, on the user's own stream.
#[derive(Serialize)]
pub struct ServerLeft {
    pub server_id: ServerId,
    pub reason: Reason,
}

/// `room.joined`, on the user's own stream.
#[derive(Serialize)]
pub struct RoomJoined<'a> {
    pub room: &'a Room,
    pub read_state: Option<Box<RawValue>>,
    pub streams: BTreeMap<Uuid, i64>,
}

/// `room.left` on the user's own stream, `room.deleted` on the server's.
#[derive(Serialize)]
pub struct RoomGone {
    pub server_id: ServerId,
    pub room_id: RoomId,
}

/// `category.deleted`, on the server's stream.
#[derive(Serialize)]
pub struct CategoryGone {
    pub server_id: ServerId,
    pub category_id: CategoryId,
}

/// `member.joined` and `member.updated`, on the server's stream.
#[derive(Serialize)]
pub struct MemberChanged<'a> {
    pub server_id: ServerId,
    pub member: &'a Member,
    pub member_count: i64,
}

/// `member.left`, on the server's stream.
#[derive(Serialize)]
pub struct MemberLeft {
    pub server_id: ServerId,
    pub user_id: UserId,
    pub member_count: i64,
}
