//! What the presence engine keeps with an account: when its user was last here.
use crate::store;
use snug_base::{App, Result, UserId};

/// These users were here until then (Unix ms).
pub async fn touch_last_seen(app: &App, gone: Vec<(UserId, i64)>) -> Result<()> {
    app.db.write(move |tx| gone.iter().try_for_each(|(user, at)| store::users::touch_last_seen(tx, *user, *at))).await
}
