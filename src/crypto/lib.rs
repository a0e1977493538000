//! The cryptography that node and clients agree on: pure functions, no I/O, the same test vectors as the web UI.
//!
//! Nothing is signed, hashed or authenticated but tuples (`tuple`), so no two meanings ever share bytes. What the parts
//! are and why is told in `docs/encryption.md`.
pub mod account_key;
pub mod account_log;
pub mod attachment;
pub mod bytes;
pub mod content;
pub mod conversation_log;
pub mod dh;
pub mod envelope;
pub mod epoch;
pub mod error;
pub mod json;
pub mod link;
pub mod padding;
pub mod pairing;
pub mod password;
pub mod prekeys;
pub mod random;
pub mod receive;
pub mod revisions;
pub mod safety;
pub mod seal;
pub mod sealed_box;
pub mod secret;
pub mod sign;
pub mod slot;
pub mod tuple;
pub mod unlock;
pub mod vault;
pub mod words;
pub mod wrap;

#[cfg(test)]
mod actors;
#[cfg(test)]
mod foreign_bytes;
#[cfg(test)]
mod negatives;
#[cfg(test)]
mod simulations;
#[cfg(test)]
mod vectors;
#[cfg(test)]
mod wycheproof_tests;
