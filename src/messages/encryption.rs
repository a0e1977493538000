//! End-to-end encrypted conversations: direct ones, groups and rooms that opted in. docs/encryption.md tells the protocol.
//!
//! Invariants: the node follows each conversation's signed log with the rules that clients have and takes no link that they would
//! refuse. The roster (and with it the participants of direct conversations and groups) is what the log says, nothing else. What was
//! sealed is stored and passed on as it came. Where a conversation is encrypted nothing that the node can read is taken any more.
//! Links are verified on a reader; the writer only compares heads, so a link and what belongs to it are stored together or not at all.
pub mod begin;
mod carry_out;
pub mod envelopes;
pub mod expire;
pub mod forms;
pub mod http;
pub mod keys;
pub mod links;
mod log;
pub mod model;
mod plan;
pub mod reports;
pub mod rooms;
mod seat;
mod wraps;

pub use seat::admit;

use crate::store::encryption as store;
use snug_base::{Code, ConversationId, Error, Read, Result, Stream, Tx, UserId};
use snug_crypto::bytes::{Bytes, Id};

/// A conversation as the core names it: the same 16 bytes.
fn conversation_id(id: ConversationId) -> Id {
    Bytes(*id.0.as_bytes())
}

/// A conversation of the core as the API names it.
fn conversation_of(id: &Id) -> ConversationId {
    ConversationId(snug_identities::uuid_of(id))
}

/// An account of the core as the API names it.
fn user_of(id: &Id) -> UserId {
    UserId(snug_identities::uuid_of(id))
}

fn not_encrypted() -> Error {
    Code::NotEncrypted.error("This conversation is not end-to-end encrypted.")
}

/// How far a conversation has got; none if it is not encrypted. The caller has made sure that the user may see it.
pub fn find(read: &Read, id: ConversationId) -> Result<Option<model::Encryption>> {
    Ok(store::encryptions(read, &[id])?.remove(&id))
}

/// The same where it has to be encrypted.
fn load(read: &Read, id: ConversationId) -> Result<model::Encryption> {
    find(read, id)?.ok_or_else(not_encrypted)
}

/// The streams of the encrypted conversations whose roster an account is in.
pub fn streams_of(read: &Read<'_>, user: UserId) -> Result<Vec<Stream>> {
    store::rostered_in(read, user)
}

/// An account has lost a device or its identity: where it is a member nothing is sent before the next epoch.
pub fn on_identity_broken(tx: &Tx<'_>, user: UserId, at_s: i64) -> Result<()> {
    store::set_stale(tx, user, at_s)
}
