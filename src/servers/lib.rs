//! Servers: the homes of communities, with their rooms, categories, roles, members and invites.
//!
//! Invariants: who may see or do something is decided in [`access`] and nowhere else. What a user may not see is
//! answered as if it were not there. A room is a conversation and has the conversation's id; what is said in it belongs
//! to the messages domain, which asks [`room_access`] first.
pub mod access;
pub mod categories;
pub mod create;
pub mod delete;
pub mod edit;
mod events;
mod http;
pub mod invites;
pub mod join;
pub mod leave;
pub mod members;
pub mod model;
pub mod operator;
pub mod order;
pub mod permission;
pub mod room_members;
pub mod rooms;
pub mod state;
mod store;

pub use access::{Member, RoomAccess, room_access};
pub use http::routes;
pub use model::{Category, Role, Room, Server, ServerState};
pub use operator::{count_servers, list_servers};
pub use permission::{Permission, Permissions};
pub use state::{audience_of, list_states, role_ids, role_ids_everywhere, streams_of};
