//! What a conversation is called and where it stands, for whoever is told of it elsewhere than in the app.
use crate::store::recipients::{self, Named};
use serde::Serialize;
use snug_base::{Read, Result, RoleId, ServerId, UserId};
use snug_messages::access::Member;
use snug_messages::conversations;
use snug_messages::model::{ConversationKind, Message};
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

/// Characters of a name.
const NAME: usize = 64;

/// What kind of conversation it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Direct,
    Group,
    Room,
}

/// A conversation, in words.
#[derive(Clone, Debug)]
pub struct Place {
    pub kind: Kind,
    /// The room or group; absent in direct conversations, and where only the people in it know its name.
    pub name: Option<String>,
    /// The server of a room.
    pub server: Option<String>,
    /// In the app: a path, without the message's number at its end.
    pub path: String,
    pub is_encrypted: bool,
    /// Of a direct conversation or group.
    pub people: Vec<UserId>,
}

/// A name, not longer than a line.
pub fn name(text: &str) -> String {
    text.chars().take(NAME).collect()
}

/// Where its reader may find it. `server`: of a room.
pub fn of(read: &Read, by: &Member, server: Option<ServerId>) -> Result<Place> {
    let id = by.conversation();
    if let (Some(room), Some(server)) = (by.room(), server) {
        return Ok(Place {
            kind: Kind::Room,
            name: Some(name(&snug_servers::rooms::find(read, room)?.name)),
            server: Some(name(&snug_servers::state::name(read, room.member())?)),
            path: format!("/s/{server}/{id}"),
            is_encrypted: snug_messages::encryption::find(read, id)?.is_some(),
            people: Vec::new(),
        });
    }
    let conversation = conversations::load(read, id)?;
    Ok(Place {
        kind: if conversation.kind == ConversationKind::Direct { Kind::Direct } else { Kind::Group },
        name: conversation.name.as_deref().map(name),
        server: None,
        path: format!("/c/{id}"),
        is_encrypted: conversation.encryption.is_some(),
        people: conversation.participants.iter().map(|one| one.user_id).collect(),
    })
}

/// What those are called whom a message mentions.
pub fn names(read: &Read, message: &Message) -> Result<HashMap<Uuid, String>> {
    let mentions = &message.mentions;
    let users: BTreeSet<UserId> = mentions.users.iter().copied().collect();
    let users: Vec<UserId> = users.into_iter().collect();
    let mut names: HashMap<Uuid, String> =
        snug_accounts::load_users(read, &users)?.into_iter().map(|user| (user.id.0, name(&user.display_name))).collect();
    let ids = |list: &[RoleId]| list.iter().map(|role| role.0).collect::<Vec<_>>();
    names.extend(recipients::names(read, Named::Roles, &ids(&mentions.roles))?);
    let rooms: Vec<Uuid> = mentions.rooms.iter().map(|room| room.0).collect();
    names.extend(recipients::names(read, Named::Rooms, &rooms)?);
    Ok(names)
}
