//! What happened to one's own keys, by fingerprints.
use crate::model::KeyHistory;
use crate::store;
use snug_accounts::Me;
use snug_base::{App, Result};

/// Changes in one answer.
const MOST: i64 = 500;

/// The newest changes of one's own keys.
pub async fn load(app: &App, me: Me) -> Result<KeyHistory> {
    app.db.read(move |read| Ok(KeyHistory { changes: store::history::list(read, me.user, MOST)? })).await
}
