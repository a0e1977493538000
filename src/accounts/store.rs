//! All SQL of accounts.
pub mod audit;
pub mod invites;
pub mod links;
pub mod sessions;
pub mod settings;
pub mod storage;
pub mod users;
