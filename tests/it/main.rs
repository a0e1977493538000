//! The integration tests, in one binary. They run on SQLite, and again on PostgreSQL when SNUG_TEST_POSTGRES is set.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::allow_attributes, reason = "a test that fails should say where")]
mod accounts;
mod cli;
mod client;
mod crash;
mod encryption;
mod framing;
mod fuzz;
mod http;
mod identities;
mod law;
mod leaks;
mod messages;
mod pins;
mod privacy;
mod realtime;
mod sealed;
mod sealed_rooms;
mod search;
mod servers;
mod soak;
mod store;
mod support;
mod terminal;
mod tidy;
mod tls;
mod view;
