//! Rooms: making, changing and deleting them, and turning them private and public.
use crate::access::{self, member};
use crate::events::RoomGone;
use crate::model::{Room, RoomKind};
use crate::permission::Permission;
use crate::{room_members, store};
use serde::Deserialize;
use snug_accounts::{Me, text};
use snug_base::http::nullable;
use snug_base::{App, CategoryId, Code, Read, Result, RoomId, ServerId, Tx};
use utoipa::ToSchema;

/// A new room.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRoom {
    pub server_id: ServerId,
    #[schema(example = "garden-plans", min_length = 1, max_length = 64)]
    pub name: String,
    #[schema(example = "What to sow, and when", max_length = 1_000)]
    pub topic: Option<String>,
    pub category_id: Option<CategoryId>,
    /// Only for people who are let in.
    #[serde(default)]
    pub is_private: bool,
}

/// A change of a room; what is left out stays.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoomChange {
    #[schema(example = "garden-plans", min_length = 1, max_length = 64)]
    pub name: Option<String>,
    #[schema(max_length = 1_000)]
    pub topic: Option<String>,
    /// Null: in no category.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<CategoryId>)]
    pub category_id: Option<Option<CategoryId>>,
    pub is_private: Option<bool>,
}

fn check_category(read: &Read, server: ServerId, category: Option<CategoryId>) -> Result<()> {
    let Some(id) = category else { return Ok(()) };
    match store::categories::find(read, id)? {
        Some(category) if category.server_id == server => Ok(()),
        _ => Err(Code::Invalid.field("category_id", "must be a category of this server, or null")),
    }
}

/// Tells those who see the room that it changed.
pub fn announce(tx: &Tx, room: &Room) -> Result<()> {
    if room.is_private { tx.emit(room.id, "room.updated", room) } else { tx.emit(room.server_id, "room.updated", room) }.map(drop)
}

/// Makes a room below the others. A private one is at first seen by its maker only.
pub async fn create(app: &App, me: Me, new: NewRoom) -> Result<Room> {
    let name = text::line("name", &new.name, 1, 64)?;
    let topic = text::lines("topic", new.topic.as_deref().unwrap_or_default(), 1_000)?;
    let parts = app.clone();
    app.db
        .write(move |tx| {
            let server = new.server_id;
            member(tx, server, me.user)?.require(Permission::ManageRooms)?;
            check_category(tx, server, new.category_id)?;
            let (count, position) = store::rooms::count_and_next(tx, server)?;
            let most = parts.config.servers.rooms;
            if count >= most {
                return Err(Code::RoomLimit.error(format!("A server may have {most} rooms on this instance. Delete one first.")));
            }
            let room = Room {
                id: RoomId::new(),
                server_id: server,
                category_id: new.category_id,
                kind: RoomKind::Text,
                name,
                topic,
                is_private: new.is_private,
                is_encrypted: false,
                position,
                created_at: tx.now,
            };
            tx.open_stream(room.id)?;
            store::rooms::insert(tx, &room)?;
            if room.is_private {
                room_members::let_in(&parts, tx, &room, me.user)?;
            } else {
                tx.emit(server, "room.created", &room)?;
                tx.follow_with(server, room.id);
            }
            Ok(room)
        })
        .await
}

/// A room that the user sees.
pub async fn load(app: &App, me: Me, id: RoomId) -> Result<Room> {
    app.db
        .read(move |read| {
            access::room(read, id, me.user)?;
            store::rooms::load(read, id)
        })
        .await
}

/// Changes a room.
pub async fn edit(app: &App, me: Me, id: RoomId, change: RoomChange) -> Result<Room> {
    let name = change.name.map(|name| text::line("name", &name, 1, 64)).transpose()?;
    let topic = change.topic.map(|topic| text::lines("topic", &topic, 1_000)).transpose()?;
    let parts = app.clone();
    app.db
        .write(move |tx| {
            access::room(tx, id, me.user)?.require(Permission::ManageRooms)?;
            let mut room = store::rooms::load(tx, id)?;
            room.name = name.unwrap_or(room.name);
            room.topic = topic.unwrap_or(room.topic);
            if let Some(category) = change.category_id {
                check_category(tx, room.server_id, category)?;
                room.category_id = category;
            }
            let was_private = room.is_private;
            room.is_private = change.is_private.unwrap_or(was_private);
            store::rooms::update(tx, &room)?;
            match (was_private, room.is_private) {
                (false, true) => room_members::close(tx, &room, me.user)?,
                (true, false) => room_members::open(&parts, tx, &room)?,
                _ => {}
            }
            announce(tx, &room)?;
            Ok(room)
        })
        .await
}

/// Makes a room encrypted for good, and tells who sees it. The caller has made sure that its log begins in the same transaction.
pub fn encrypt(tx: &Tx, access: &access::RoomAccess) -> Result<Room> {
    access.require(Permission::ManageRooms)?;
    let room = Room { is_encrypted: true, ..store::rooms::load(tx, access.room())? };
    store::rooms::set_encrypted(tx, &room)?;
    announce(tx, &room)?;
    Ok(room)
}

/// Deletes a room with everything that was said in it.
pub async fn delete(app: &App, me: Me, id: RoomId) -> Result<()> {
    let parts = app.clone();
    app.db
        .write(move |tx| {
            access::room(tx, id, me.user)?.require(Permission::ManageRooms)?;
            let room = store::rooms::load(tx, id)?;
            let gone = RoomGone { server_id: room.server_id, room_id: id };
            if room.is_private {
                for user in store::rooms::member_ids(tx, id)? {
                    tx.emit(user, "room.left", &gone)?;
                }
            } else {
                tx.emit(room.server_id, "room.deleted", &gone)?;
            }
            parts.hooks.on_conversation_deleted(tx, id)?;
            store::rooms::delete(tx, id)?;
            tx.close_stream(id)
        })
        .await
}

/// The room that somebody sees.
pub fn find(read: &Read, access: &access::RoomAccess) -> Result<Room> {
    store::rooms::load(read, access.room())
}
