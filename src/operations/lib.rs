//! What keeps an instance alive for years: backups and what is told of them. Uses the other parts' data, owns only its own tables.
pub mod backup;
mod http;

pub use http::routes;
