//! Choosing what one wants to hear of in a place.
use crate::model::{LevelChange, PlaceLevel};
use crate::rules::{self, Chosen, FOR_EVER};
use crate::store;
use snug_accounts::Me;
use snug_base::{App, Code, ConversationId, Read, Result, ServerId};
use snug_messages::access;
use uuid::Uuid;

/// Replaces what the user chose for a room, direct conversation, group or server. All the user's devices hear of it.
pub async fn choose(app: &App, me: Me, place: Uuid, change: LevelChange) -> Result<PlaceLevel> {
    app.db
        .write(move |tx| {
            check_place(tx, me, place)?;
            let muted_until = rules::muted_until(change.muted, change.muted_until, tx.now)?;
            let chosen = Chosen { level: change.level, muted_until };
            let now = shown(place, chosen, tx.now);
            if store::levels::find(tx, me.user, place)? != chosen {
                store::levels::put(tx, me.user, place, chosen)?;
                tx.emit(me.user, "notifications.level", &now)?;
            }
            Ok(now)
        })
        .await
}

fn check_place(read: &Read, me: Me, place: Uuid) -> Result<()> {
    if access::member(read, ConversationId(place), me.user).is_ok() {
        return Ok(());
    }
    let server = snug_servers::access::find_member(read, ServerId(place), me.user)?;
    server.map(|_| ()).ok_or_else(|| Code::NotFound.error("There is no such conversation or server, or you are not in it."))
}

/// As the user's devices see it.
pub(crate) fn shown(place_id: Uuid, chosen: Chosen, now: i64) -> PlaceLevel {
    let muted = chosen.is_muted(now);
    let muted_until = chosen.muted_until.filter(|until| muted && *until != FOR_EVER);
    PlaceLevel { place_id, level: chosen.level, muted, muted_until }
}
