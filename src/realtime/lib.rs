//! Who is connected and who follows what; presence. Knows streams and users, not what they mean.
//!
//! Connections are spread over shards, one task each, so that sending to a big room uses every core. A shard owns its
//! connections' subscriptions alone: everything that happens to them (commits, joins, leaves, sign-outs) arrives in one
//! queue, in commit order, so there is nothing to lock and nothing to race. Sending never waits: whoever reads too
//! slowly is cut off and resumes by number.
pub mod connection;
pub mod deflate;
mod fanout;
pub mod frame;
mod hub;
pub mod presence;
mod recent;
mod shard;
#[cfg(test)]
mod tests;
pub mod wire;

pub use connection::{Connection, ConnectionId, Cut};
pub use hub::Hub;
pub use presence::{Presence, PresenceState, Presences};
pub use recent::{Recent, Tail};
pub use shard::HEARTBEAT_S;
pub use wire::Wire;
