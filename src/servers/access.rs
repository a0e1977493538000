//! Who may see and do what in a server: the one place that decides it.
//!
//! What is not visible is answered with 404, what is visible but not allowed with 403.
use crate::permission::{Permission, Permissions};
use crate::store;
use snug_base::{Code, Error, Read, Result, RoomId, ServerId, UserId};

/// Proof that a user is in a server, with what they may do there. Only [`member`] and the functions below make one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    server: ServerId,
    user: UserId,
    permissions: Permissions,
    /// Position of the highest role; 0 is the owner.
    rank: i64,
}

/// Proof that a user sees a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RoomAccess {
    member: Member,
    room: RoomId,
    is_private: bool,
    is_encrypted: bool,
}

/// The user's membership of a server. A server that the user is not in is as good as none.
pub fn member(read: &Read, server: ServerId, user: UserId) -> Result<Member> {
    find_member(read, server, user)?.ok_or_else(|| Code::NotFound.error("There is no such server, or you are not in it."))
}

/// The same for somebody who may not be a member.
pub fn find_member(read: &Read, server: ServerId, user: UserId) -> Result<Option<Member>> {
    let roles = store::roles::of_member(read, server, user)?;
    Ok(combine(&roles).map(|(permissions, rank)| Member { server, user, permissions, rank }))
}

/// The user's access to a room; none if there is no such room or the user may not see it.
pub fn room_access(read: &Read, room: RoomId, user: UserId) -> Result<Option<RoomAccess>> {
    read.cached((room.0, user.0), |read| {
        let Some(found) = store::rooms::find_visible(read, room, user)? else { return Ok(None) };
        let member = find_member(read, found.server, user)?;
        Ok(member.map(|member| {
            (RoomAccess { member, room, is_private: found.is_private, is_encrypted: found.is_encrypted }, [found.server.0, user.0])
        }))
    })
}

/// The same where the room has to be there.
pub fn room(read: &Read, room: RoomId, user: UserId) -> Result<RoomAccess> {
    room_access(read, room, user)?.ok_or_else(|| Code::NotFound.error("There is no such room, or you can't see it."))
}

/// What a member's roles amount to: all their permissions, and the highest rank.
fn combine(roles: &[(Permissions, i64)]) -> Option<(Permissions, i64)> {
    let rank = roles.iter().map(|(_, position)| *position).min()?;
    let permissions = roles.iter().fold(Permissions::default(), |all, (permissions, _)| all.with(*permissions));
    Some((if rank == 0 { Permissions::all() } else { permissions }, rank))
}

fn refusal(permission: Permission) -> Error {
    Code::Forbidden.error(format!("You may not do this here: it needs the permission {}. Ask the server's owner.", permission.as_str()))
}

impl Member {
    pub fn server(&self) -> ServerId {
        self.server
    }
    pub fn user(&self) -> UserId {
        self.user
    }
    pub fn permissions(&self) -> Permissions {
        self.permissions
    }
    pub fn may(&self, permission: Permission) -> bool {
        self.permissions.has(permission)
    }
    /// Refuses who lacks the permission.
    pub fn require(&self, permission: Permission) -> Result<()> {
        if self.may(permission) { Ok(()) } else { Err(refusal(permission)) }
    }
    pub fn is_owner(&self) -> bool {
        self.rank == 0
    }
    /// Refuses everybody but the owner.
    pub fn require_owner(&self) -> Result<()> {
        if self.is_owner() { Ok(()) } else { Err(Code::Forbidden.error("Only the server's owner may do this.")) }
    }
    /// Whether this member ranks higher than another, or than a role at that position.
    pub fn outranks(&self, position: i64) -> bool {
        self.rank < position
    }
    /// Position of the member's highest role; 0 is the owner.
    pub fn rank(&self) -> i64 {
        self.rank
    }
}

impl RoomAccess {
    pub fn member(&self) -> &Member {
        &self.member
    }
    pub fn room(&self) -> RoomId {
        self.room
    }
    pub fn server(&self) -> ServerId {
        self.member.server
    }
    pub fn is_private(&self) -> bool {
        self.is_private
    }
    /// Whether only the members of its roster can read what is said there.
    pub fn is_encrypted(&self) -> bool {
        self.is_encrypted
    }
    pub fn may(&self, permission: Permission) -> bool {
        self.member.may(permission)
    }
    /// Refuses who lacks the permission.
    pub fn require(&self, permission: Permission) -> Result<()> {
        self.member.require(permission)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_add_up_and_the_owner_may_everything() {
        let members = (Permissions::of_members(), 1_000);
        let movers = (Permissions::of(&[Permission::ManageRooms]), 7);
        assert_eq!(combine(&[]), None);
        assert_eq!(combine(&[members]), Some(members));
        let both = combine(&[members, movers]);
        assert!(both.is_some_and(|(all, rank)| all.has(Permission::ManageRooms) && all.has(Permission::SendMessages) && rank == 7));
        assert_eq!(combine(&[members, (Permissions::default(), 0)]), Some((Permissions::all(), 0)));
    }
}
