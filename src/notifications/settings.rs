//! What holds for all places of a person.
use crate::model::{NotificationSettings, NotificationState};
use crate::{levels, rules, store};
use snug_accounts::Me;
use snug_base::{App, Read, Result, UserId};

/// All that a user chose, as it is part of the state that clients begin with.
pub fn state(read: &Read, user: UserId, now: i64) -> Result<NotificationState> {
    let levels = store::levels::list(read, user)?;
    Ok(NotificationState {
        settings: store::settings::load(read, user)?,
        levels: levels.into_iter().map(|(place, chosen)| levels::shown(place, chosen, now)).collect(),
    })
}

/// Replaces the settings. All the user's devices hear of it.
pub async fn change(app: &App, me: Me, mut new: NotificationSettings) -> Result<NotificationSettings> {
    if let Some(quiet) = &mut new.quiet {
        rules::check_quiet(quiet)?;
        quiet.days.sort_unstable();
        quiet.days.dedup();
    }
    app.db
        .write(move |tx| {
            if store::settings::load(tx, me.user)? != new {
                store::settings::put(tx, me.user, &new)?;
                tx.emit(me.user, "notifications.settings", &new)?;
            }
            Ok(new)
        })
        .await
}
