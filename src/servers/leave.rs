//! Leaving a server, or being made to.
use crate::access::{find_member, member};
use crate::events::{MemberLeft, Reason, ServerLeft};
use crate::join::ANNOUNCED_MEMBERS;
use crate::permission::Permission;
use crate::{room_members, store};
use snug_accounts::Me;
use snug_base::{App, Code, Result, ServerId, Stream, Tx, UserId};

/// Leaves a server.
pub async fn leave(app: &App, me: Me, server: ServerId) -> Result<()> {
    let parts = app.clone();
    app.db
        .write(move |tx| {
            if member(tx, server, me.user)?.is_owner() {
                return Err(Code::OwnerLeaves.error("The owner can't leave. Give the server to somebody else, or delete it."));
            }
            remove(&parts, tx, server, me.user, Reason::Left)
        })
        .await
}

/// Makes somebody leave who ranks lower.
pub async fn kick(app: &App, me: Me, server: ServerId, user: UserId) -> Result<()> {
    if user == me.user {
        return leave(app, me, server).await;
    }
    let parts = app.clone();
    app.db
        .write(move |tx| {
            let by = member(tx, server, me.user)?;
            by.require(Permission::KickMembers)?;
            let target = find_member(tx, server, user)?.ok_or_else(|| Code::NotFound.error("There is no such member in this server."))?;
            if !by.outranks(target.rank()) {
                return Err(Code::Forbidden.error("You may remove only people who rank lower than you."));
            }
            remove(&parts, tx, server, user, Reason::Kicked)
        })
        .await
}

fn remove(app: &App, tx: &Tx, server: ServerId, user: UserId, reason: Reason) -> Result<()> {
    let rooms = store::rooms::list_visible(tx, server, user)?;
    store::members::delete(tx, server, user)?;
    let member_count = store::servers::add_to_count(tx, server, -1)?;
    tx.emit(user, "server.left", &ServerLeft { server_id: server, reason })?;
    let mut streams: Vec<Stream> = vec![server.into()];
    streams.extend(rooms.iter().map(|room| Stream::from(room.id)));
    tx.unfollow(user, streams);
    if member_count <= ANNOUNCED_MEMBERS {
        tx.emit(server, "member.left", &MemberLeft { server_id: server, user_id: user, member_count })?;
    }
    for room in rooms.iter().filter(|room| room.is_private) {
        room_members::adopt_if_empty(app, tx, room)?;
    }
    Ok(())
}
