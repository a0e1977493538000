//! Encrypted conversations: who is in them, their secrets, what is said in them, and who people are.
pub mod epochs;
pub mod keys;
pub mod members;
pub mod messages;
mod sending;
pub mod verification;
