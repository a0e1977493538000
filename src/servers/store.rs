//! All SQL of servers.
pub mod categories;
pub mod invites;
pub mod members;
pub mod roles;
pub mod rooms;
pub mod servers;
