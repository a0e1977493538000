//! Identities: what end-to-end encryption needs of an account. Its signed log, devices, slots, boxes, vault and prekeys, pairing, reset.
//!
//! Invariants: the node orders and stores what clients signed and boxed and can open none of it. A link is stored only if the core
//! accepts it, with everything that it needs, or not at all. Whoever asks is the account itself, except for logs, bundles and contact
//! codes. Logs are verified on the reader and remembered; the writer compares heads.
pub mod change;
pub mod contacts;
pub mod devices;
pub mod forms;
pub mod history;
mod http;
pub mod identity;
pub mod log;
pub mod model;
pub mod pairing;
pub mod prekeys;
pub mod reach;
mod refusal;
pub mod reset;
pub mod setup;
mod store;
pub mod tidy;
pub mod vault;

pub use devices::device_of;
pub use history::note_epochs;
pub use http::routes;
pub use log::log;
pub use reach::reachable;
pub use refusal::{refused, refused_link};
pub use store::slots::has_password_slot;
pub use tidy::forget_old;
pub use vault::{store_missing, store_vault};

use snug_base::UserId;
use snug_crypto::bytes::{Bytes, Id};
use uuid::Uuid;

/// An account as the core names it: the same 16 bytes.
pub fn id_of(user: UserId) -> Id {
    Bytes(*user.0.as_bytes())
}

/// A device, a slot or an account of the core as the API names it.
pub fn uuid_of(id: &Id) -> Uuid {
    Uuid::from_bytes(id.0)
}
