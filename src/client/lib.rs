//! A client of a Snug node without a browser: the terminal client's and bots' half of the protocol.
//!
//! Everything encrypted is encrypted here, by `snug_crypto`; the node is given ciphertext and believed nothing that its logs do not
//! prove. What has to last lies in a sealed folder ([`store::Store`]).
pub mod account;
pub mod api;
pub mod client;
pub mod conversation;
pub mod error;
pub mod history;
pub mod keys;
mod logs;
mod numbers;
pub mod session;
pub mod socket;
pub mod store;
pub mod terminal;
pub mod trust;
mod vault;
pub mod wire;

pub use client::Client;
pub use error::{Error, Result};
pub use session::{Session, Update};
