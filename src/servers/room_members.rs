//! Who sees a private room.
use crate::access::{self, find_member};
use crate::events::{RoomGone, RoomJoined};
use crate::model::{Member, Room};
use crate::permission::Permission;
use crate::store;
use snug_accounts::Me;
use snug_base::{App, Code, Read, Result, RoomId, Tx, UserId};

/// The room, if it is private; who is in a public room is everybody.
fn private(read: &Read, id: RoomId) -> Result<Room> {
    let room = store::rooms::load(read, id)?;
    if room.is_private {
        return Ok(room);
    }
    Err(Code::Invalid.error("This room is public: everybody in the server sees it. Make it private first, or list the server's members."))
}

/// The people who see a private room.
pub async fn list(app: &App, me: Me, id: RoomId) -> Result<Vec<Member>> {
    app.db
        .read(move |read| {
            access::room(read, id, me.user)?;
            let room = private(read, id)?;
            store::members::list_of_room(read, room.server_id, id)
        })
        .await
}

/// Lets a member of the server see a private room.
pub async fn add(app: &App, me: Me, id: RoomId, user: UserId) -> Result<()> {
    let parts = app.clone();
    app.db
        .write(move |tx| {
            access::room(tx, id, me.user)?.require(Permission::ManageRooms)?;
            let room = private(tx, id)?;
            if find_member(tx, room.server_id, user)?.is_none() {
                return Err(Code::NotFound.error("There is no such member in this server."));
            }
            let_in(&parts, tx, &room, user)
        })
        .await
}

/// Takes a private room from somebody, or leaves it.
pub async fn remove(app: &App, me: Me, id: RoomId, user: UserId) -> Result<()> {
    app.db
        .write(move |tx| {
            let by = access::room(tx, id, me.user)?;
            if user != me.user {
                by.require(Permission::ManageRooms)?;
            }
            let room = private(tx, id)?;
            if !store::rooms::delete_member(tx, id, user)? {
                return Err(Code::NotFound.error("This person is not in the room."));
            }
            if store::rooms::member_ids(tx, id)?.is_empty() {
                return Err(Code::Forbidden.error("Nobody would see this room any more. Let somebody in first, or delete it."));
            }
            put_out(tx, &room, user)
        })
        .await
}

/// Lets somebody in and tells their devices. Somebody who is in already is left alone.
pub fn let_in(app: &App, tx: &Tx, room: &Room, user: UserId) -> Result<()> {
    if store::rooms::insert_member(tx, room.id, user)? { show(app, tx, room, user) } else { Ok(()) }
}

/// Tells a user's devices of a room that they see from now on.
fn show(app: &App, tx: &Tx, room: &Room, user: UserId) -> Result<()> {
    app.hooks.on_joined(tx, user, &[room.id])?;
    let read_state = app.hooks.read_states(tx, user, &[room.id])?.pop();
    tx.emit(user, "room.joined", &RoomJoined { room, read_state, streams: tx.heads(&[room.id.into()])? })?;
    tx.follow(user, vec![room.id.into()]);
    Ok(())
}

fn put_out(tx: &Tx, room: &Room, user: UserId) -> Result<()> {
    tx.emit(user, "room.left", &RoomGone { server_id: room.server_id, room_id: room.id })?;
    tx.unfollow(user, vec![room.id.into()]);
    Ok(())
}

/// A public room has become private: only `keeper` still sees it.
pub fn close(tx: &Tx, room: &Room, keeper: UserId) -> Result<()> {
    store::rooms::insert_member(tx, room.id, keeper)?;
    for user in store::members::ids(tx, room.server_id)?.into_iter().filter(|user| *user != keeper) {
        put_out(tx, room, user)?;
    }
    Ok(())
}

/// A private room has become public: everybody in the server sees it.
pub fn open(app: &App, tx: &Tx, room: &Room) -> Result<()> {
    let insiders = store::rooms::member_ids(tx, room.id)?;
    store::rooms::delete_members(tx, room.id)?;
    for user in store::members::ids(tx, room.server_id)?.into_iter().filter(|user| !insiders.contains(user)) {
        show(app, tx, room, user)?;
    }
    Ok(())
}

/// The last person of a private room has left the server: its owner takes the room over, so that it is not lost.
pub fn adopt_if_empty(app: &App, tx: &Tx, room: &Room) -> Result<()> {
    if !store::rooms::member_ids(tx, room.id)?.is_empty() {
        return Ok(());
    }
    let owner = store::servers::load(tx, room.server_id)?.owner_id;
    let_in(app, tx, room, owner)
}
