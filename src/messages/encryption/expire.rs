//! Messages that go by themselves, and what is only kept for a while.
use crate::delete::take_away;
use crate::store as messages;
use crate::store::encryption as store;
use snug_base::{App, Result};

/// Messages that go in one transaction.
const BATCH: i64 = 200;
/// How long hashes of deleted messages and requests for keys are kept: 30 days.
const KEPT_MS: i64 = 30 * 86_400_000;

/// Deletes messages whose time has come; says how many.
pub async fn expire(app: &App) -> Result<usize> {
    let now = app.clock.now();
    if app.db.read(move |read| store::envelopes::expired(read, now, 1)).await?.is_empty() {
        return Ok(0);
    }
    let mut count = 0;
    loop {
        let gone = app.db.write(move |tx| {
            let expired = store::envelopes::expired(tx, now, BATCH)?;
            for (id, at) in &expired {
                let Some(message) = messages::load_all(tx, &[*id])?.remove(id) else { continue };
                take_away(tx, message.conversation_id.into(), message, None, *at)?;
            }
            Ok(expired.len())
        });
        let gone = gone.await?;
        count += gone;
        if i64::try_from(gone).is_ok_and(|gone| gone < BATCH) {
            return Ok(count);
        }
    }
}

/// Forgets what is older than 30 days: requests for keys that nobody could answer, and what deleted messages were.
pub async fn forget_old(app: &App) -> Result<()> {
    app.db
        .write(|tx| {
            store::keys::forget_before(tx, tx.now - KEPT_MS)?;
            store::envelopes::forget_before(tx, tx.now - KEPT_MS)
        })
        .await
}
