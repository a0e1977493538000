//! Who may do what in a conversation. A `Member` is the proof; only `member` makes one.
use snug_base::db::Scoped;
use snug_base::{Code, ConversationId, Error, Read, Result, Stream, UserId, params};
use snug_servers::{Permission, RoomAccess};

/// Proof that this user may read this conversation.
#[derive(Clone, Debug)]
pub struct Member {
    conversation: ConversationId,
    user: UserId,
    place: Place,
}

#[derive(Clone, Debug, PartialEq)]
enum Place {
    Direct,
    Group { is_owner: bool },
    Room(RoomAccess),
}

/// Loads the user's membership. A conversation that the user is not in is as good as none.
pub fn member(read: &Read, conversation: ConversationId, user: UserId) -> Result<Member> {
    let place = read.cached((conversation.0, user.0), |read| find(read, conversation, user))?.ok_or_else(not_a_member)?;
    Ok(Member { conversation, user, place })
}

fn find(read: &Read, conversation: ConversationId, user: UserId) -> Result<Option<Scoped<Place>>> {
    let found = read.query_opt(
        "SELECT c.kind, p.role FROM participants p JOIN conversations c ON c.id = p.conversation_id
         WHERE p.conversation_id = ?1 AND p.user_id = ?2",
        params![conversation, user],
        |row| Ok((row.get::<String>("kind")?, row.get::<String>("role")?)),
    )?;
    let own = [conversation.0, conversation.0];
    Ok(match found {
        Some((kind, _)) if kind == "direct" => Some((Place::Direct, own)),
        Some((_, role)) => Some((Place::Group { is_owner: role == "owner" }, own)),
        None => snug_servers::room_access(read, conversation, user)?.map(|access| (Place::Room(access), [access.server().0, user.0])),
    })
}

fn not_a_member() -> Error {
    Code::NotAMember.error("There is no such conversation, or you are not in it.")
}

impl Member {
    pub fn conversation(&self) -> ConversationId {
        self.conversation
    }

    pub fn user(&self) -> UserId {
        self.user
    }

    pub fn stream(&self) -> Stream {
        self.conversation.into()
    }

    /// Whether everybody sees who has read how far: where people know each other, not in rooms.
    pub fn shows_receipts(&self) -> bool {
        !matches!(self.place, Place::Room(_))
    }

    /// The access to the room; none in direct conversations and groups.
    pub fn room(&self) -> Option<&RoomAccess> {
        match &self.place {
            Place::Room(access) => Some(access),
            _ => None,
        }
    }

    pub fn may_send(&self) -> Result<()> {
        self.room_permission(Permission::SendMessages, "You may not write in this room.")
    }

    pub fn may_react(&self) -> Result<()> {
        self.room_permission(Permission::AddReactions, "You may not react in this room.")
    }

    /// Whether `@everyone` and roles reach people, or are just words.
    pub fn may_mention_everyone(&self) -> bool {
        self.room_permission(Permission::MentionEveryone, "").is_ok()
    }

    /// Deleting what others wrote.
    pub fn may_moderate(&self) -> bool {
        matches!(&self.place, Place::Room(access) if access.may(Permission::ManageMessages))
    }

    /// The group's people and name.
    pub fn may_change_group(&self) -> Result<()> {
        match self.place {
            Place::Group { .. } => Ok(()),
            Place::Direct => {
                Err(Code::DirectFixed.error("A direct conversation has exactly two people and no name. Begin a group instead."))
            }
            Place::Room(_) => Err(Code::NotFound.error("This is a room; change it in its server.")),
        }
    }

    /// Removing other people from a group.
    pub fn may_remove_others(&self) -> Result<()> {
        self.may_change_group()?;
        match self.place {
            Place::Group { is_owner: true } => Ok(()),
            _ => Err(Code::Forbidden.error("Only the group's owner may remove other people.")),
        }
    }

    fn room_permission(&self, permission: Permission, refusal: &str) -> Result<()> {
        match &self.place {
            Place::Room(access) if !access.may(permission) => Err(Code::Forbidden.error(refusal)),
            _ => Ok(()),
        }
    }
}
