//! A client of a Snug node without a browser: the terminal client's and bots' half of the protocol.
//!
//! Everything encrypted is encrypted here, by `snug_crypto`; the node is given ciphertext and believed nothing that its logs do not
//! prove. What has to last lies in a sealed folder ([`store::Store`]).
pub mod api;
pub mod error;
pub mod history;
pub mod socket;
pub mod store;
pub mod trust;

pub use error::{Error, Result};
