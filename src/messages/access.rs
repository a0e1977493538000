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
    Direct { is_encrypted: bool },
    Group { is_owner: bool, is_encrypted: bool },
    Room(RoomAccess),
}

/// Loads the user's membership. A conversation that the user is not in is as good as none.
pub fn member(read: &Read, conversation: ConversationId, user: UserId) -> Result<Member> {
    let place = read.cached((conversation.0, user.0), |read| find(read, conversation, user))?.ok_or_else(not_a_member)?;
    Ok(Member { conversation, user, place })
}

fn find(read: &Read, conversation: ConversationId, user: UserId) -> Result<Option<Scoped<Place>>> {
    let found = read.query_opt(
        "SELECT c.kind, p.role, EXISTS (SELECT 1 FROM encrypted WHERE conversation_id = ?1) AS is_encrypted
         FROM participants p JOIN conversations c ON c.id = p.conversation_id
         WHERE p.conversation_id = ?1 AND p.user_id = ?2",
        params![conversation, user],
        |row| Ok((row.get::<String>("kind")?, row.get::<String>("role")?, row.get::<bool>("is_encrypted")?)),
    )?;
    let own = [conversation.0, conversation.0];
    Ok(match found {
        Some((kind, _, is_encrypted)) if kind == "direct" => Some((Place::Direct { is_encrypted }, own)),
        Some((_, role, is_encrypted)) => Some((Place::Group { is_owner: role == "owner", is_encrypted }, own)),
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

    /// Whether only its members can read what is said there.
    pub fn is_encrypted(&self) -> bool {
        match &self.place {
            Place::Direct { is_encrypted } | Place::Group { is_encrypted, .. } => *is_encrypted,
            Place::Room(access) => access.is_encrypted(),
        }
    }

    /// Refuses to put down what the node could read where it can't read anything.
    pub fn may_write_plainly(&self) -> Result<()> {
        if self.is_encrypted() {
            return Err(Code::EncryptionRequired.error("This conversation is end-to-end encrypted: only envelopes are taken here."));
        }
        Ok(())
    }

    /// Whether the user owns the group.
    pub fn owns_group(&self) -> bool {
        matches!(self.place, Place::Group { is_owner: true, .. })
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
            Place::Group { is_encrypted: true, .. } | Place::Direct { is_encrypted: true } => Err(Code::UseLinks
                .error("This conversation is end-to-end encrypted: its people change by signed links, its name by an envelope.")),
            Place::Group { .. } => Ok(()),
            Place::Direct { .. } => {
                Err(Code::DirectFixed.error("A direct conversation has exactly two people and no name. Begin a group instead."))
            }
            Place::Room(_) => Err(Code::NotFound.error("This is a room; change it in its server.")),
        }
    }

    /// Removing other people from a group.
    pub fn may_remove_others(&self) -> Result<()> {
        self.may_change_group()?;
        match self.place {
            Place::Group { is_owner: true, .. } => Ok(()),
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
