//! What the presence engine keeps with an account: the user's choice, and when they were last here.
use crate::model::PresenceChoice;
use crate::store;
use snug_base::{App, Result, UserId};

/// What the user wants to be shown as.
pub async fn presence_choice(app: &App, user: UserId) -> Result<PresenceChoice> {
    app.db.read(move |read| store::users::presence_choice(read, user)).await
}

/// These users were here until then (Unix ms).
pub async fn touch_last_seen(app: &App, gone: Vec<(UserId, i64)>) -> Result<()> {
    app.db.write(move |tx| gone.iter().try_for_each(|(user, at)| store::users::touch_last_seen(tx, *user, *at))).await
}
