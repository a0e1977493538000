//! The words that every domain shares: ids, time, errors, the database, events, configuration, keys, blobs, limits.
//!
//! Knows no domain. Everything here is imported by everyone, so a change here rebuilds everything: keep it small.
pub mod app;
pub mod blobs;
pub mod clock;
pub mod config;
pub mod db;
pub mod error;
pub mod event;
pub mod hooks;
pub mod http;
pub mod id;
pub mod keys;
pub mod limits;
pub mod meters;
pub mod outbound;
pub mod revoked;
pub mod s3;
pub mod secrets;
pub mod size;
pub mod verified;
pub mod watch;

pub use app::App;
pub use clock::Clock;
pub use config::Config;
pub use db::{Db, Read, Row, Tx};
pub use error::{Code, Error, Result};
pub use event::{Effect, Event, Said, Sink, Stream};
pub use id::{CategoryId, ConversationId, MessageId, NoticeId, RoleId, RoomId, ServerId, SessionId, UserId};
