//! What happened to one's own keys, by fingerprints.
use crate::model::KeyHistory;
use crate::store;
use snug_accounts::Me;
use snug_base::{App, Result, Tx, UserId};
use snug_crypto::account_log::rotation::Rotation;

/// Changes in one answer.
const MOST: i64 = 500;

/// Notes epochs that an account made.
pub fn note_epochs(tx: &Tx, user: UserId, epochs: &[Rotation]) -> Result<()> {
    store::history::append(tx, user, epochs)
}

/// The newest changes of one's own keys.
pub async fn load(app: &App, me: Me) -> Result<KeyHistory> {
    app.db.read(move |read| Ok(KeyHistory { changes: store::history::list(read, me.user, MOST)? })).await
}
