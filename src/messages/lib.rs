//! Conversations and what is said in them: messages, reactions, receipts, typing.
//!
//! Invariants: `seq` of a conversation's messages is 1, 2, 3 … without gaps and in commit order. Whoever holds a
//! [`access::Member`] may read the conversation; nobody else gets near its rows. A receipt is a pointer per person, never a row
//! per message. Fan-out is on read: one message is one row, however many members there are.
pub mod access;
pub mod conversations;
pub mod delete;
pub mod edit;
pub mod encryption;
pub mod history;
pub mod http;
pub mod model;
pub mod pin;
pub mod react;
pub mod receipts;
pub mod resume;
pub mod rules;
pub mod search;
pub mod send;
mod store;
pub mod sync;
pub mod typing;
pub mod ws;

pub use http::routes;
pub use store::{count_messages, load_all as load_messages};
pub use sync::streams_of;
