//! Deleting a server with everything in it.
use crate::access::member;
use crate::events::{Reason, ServerLeft};
use crate::store;
use snug_accounts::Me;
use snug_accounts::storage::{self, HoldingKind};
use snug_base::{App, Result, ServerId, Tx};

/// Deletes a server; only its owner may.
pub async fn delete(app: &App, me: Me, server: ServerId) -> Result<()> {
    let parts = app.clone();
    app.db
        .write(move |tx| {
            member(tx, server, me.user)?.require_owner()?;
            erase(&parts, tx, server)
        })
        .await
}

/// Deletes it, whoever may.
pub(crate) fn erase(app: &App, tx: &Tx, server: ServerId) -> Result<()> {
    for user in store::members::ids(tx, server)? {
        tx.emit(user, "server.left", &ServerLeft { server_id: server, reason: Reason::Deleted })?;
    }
    for room in store::rooms::list_all(tx, server)? {
        app.hooks.on_conversation_deleted(tx, room.id)?;
        tx.close_stream(room.id)?;
    }
    storage::release(tx, HoldingKind::Icon, server.0)?;
    store::servers::delete(tx, server)?;
    tx.close_stream(server)
}
