//! What people hear of: levels and mutes, the list of what concerned them, push messages to devices where Snug is not
//! open, and letters about what they missed.
//!
//! Invariants: a mention of a role or of everyone is one row, whoever reads it; who may read it is asked when it is read. Nothing is
//! pushed before its commit, and nobody who sends waits for it. Where a conversation is encrypted nothing is told that the node can't
//! know, and nothing that was written there leaves the node.
pub mod http;
pub mod levels;
pub mod list;
pub mod mail;
pub mod model;
mod place;
pub mod push;
pub mod record;
pub mod rules;
pub mod settings;
mod store;

pub use http::routes;
pub use record::concerned;
pub use settings::state;

use snug_base::{App, Result};

/// How long a notice stays in the list, in milliseconds.
const KEPT_MS: i64 = 90 * 86_400_000;

/// Deletes notices that are old or too many, mutes that are over, subscriptions of sessions that have ended, and addresses that were not confirmed. Called by a job.
pub async fn forget_old(app: &App) -> Result<()> {
    app.db
        .write(|tx| {
            store::notices::delete_old(tx, tx.now - KEPT_MS)?;
            store::levels::delete_over(tx)?;
            store::subscriptions::delete_ended(tx)?;
            mail::address::forget_old(tx)
        })
        .await
}
