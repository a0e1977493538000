//! What is deleted in time.
use crate::store;
use snug_base::{App, Result};

const DAY_MS: i64 = 86_400_000;

/// Deletes pairings a day after they expired, and counts of days that are over. Called by a job.
pub async fn forget_old(app: &App) -> Result<()> {
    app.db
        .write(|tx| {
            store::pairings::delete_old(tx, tx.now - DAY_MS)?;
            store::prekeys::delete_taken(tx, tx.now / DAY_MS)
        })
        .await
}
