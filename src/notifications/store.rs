//! All SQL of notifications, by what the rows are about.
pub mod levels;
pub mod mail;
pub mod notices;
pub mod recipients;
pub mod settings;
pub mod subscriptions;
pub mod unread;
