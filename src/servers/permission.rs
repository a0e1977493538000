//! Permissions and sets of them.
use serde::{Serialize, Serializer};
use snug_base::db::{FromColumn, Param, ToParam, Value};
use utoipa::ToSchema;

macro_rules! permissions { ($($(#[$doc:meta])* $name:ident = $bit:literal, $text:literal;)*) => {
    /// Something that a role allows.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
    // utoipa doesn't see a rename that comes out of a macro.
    #[schema(rename_all = "snake_case")]
    pub enum Permission { $($(#[$doc])* #[serde(rename = $text)] $name),* }
    impl Permission {
        /// All of them.
        pub const ALL: &[Permission] = &[$(Permission::$name),*];
        fn bit(self) -> i64 { match self { $(Permission::$name => 1 << $bit),* } }
        /// The word on the wire.
        pub fn as_str(self) -> &'static str { match self { $(Permission::$name => $text),* } }
    }
}}

permissions! {
    SendMessages    = 0, "send_messages";
    AddReactions    = 1, "add_reactions";
    /// Reaching everybody, or a role, with a mention.
    MentionEveryone = 2, "mention_everyone";
    /// Making invites and seeing the access code.
    CreateInvites   = 3, "create_invites";
    /// Deleting what others wrote.
    ManageMessages  = 4, "manage_messages";
    /// Rooms, categories and their order.
    ManageRooms     = 5, "manage_rooms";
    /// Name, description, icon, access code and all invites.
    ManageServer    = 6, "manage_server";
    /// Giving and taking roles that rank lower than one's own.
    ManageRoles     = 7, "manage_roles";
    KickMembers     = 8, "kick_members";
}

/// A set of permissions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Permissions(i64);

impl Permissions {
    /// These.
    pub fn of(list: &[Permission]) -> Permissions {
        Permissions(list.iter().fold(0, |bits, permission| bits | permission.bit()))
    }
    /// Everything.
    pub fn all() -> Permissions {
        Permissions::of(Permission::ALL)
    }
    /// What members may do unless a role says otherwise.
    pub fn of_members() -> Permissions {
        Permissions::of(&[Permission::SendMessages, Permission::AddReactions, Permission::CreateInvites])
    }
    /// Those of either.
    pub fn with(self, other: Permissions) -> Permissions {
        Permissions(self.0 | other.0)
    }
    /// Whether this is one of them.
    pub fn has(self, permission: Permission) -> bool {
        self.0 & permission.bit() != 0
    }
}

impl ToParam for Permissions {
    fn param(&self) -> Param<'_> {
        Param::Int(self.0)
    }
}
impl FromColumn for Permissions {
    fn from_column(value: Value<'_>) -> snug_base::Result<Self> {
        i64::from_column(value).map(Permissions)
    }
}
impl Serialize for Permissions {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(Permission::ALL.iter().filter(|permission| self.has(**permission)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_hold_what_was_put_in() {
        let set = Permissions::of(&[Permission::KickMembers, Permission::AddReactions]);
        assert!(set.has(Permission::KickMembers) && !set.has(Permission::ManageRoles));
        assert_eq!(serde_json::to_string(&set).ok().as_deref(), Some(r#"["add_reactions","kick_members"]"#));
        assert_eq!(set.with(Permissions::all()), Permissions::all());
    }

    #[test]
    fn each_permission_has_a_bit_of_its_own() {
        let bits: std::collections::BTreeSet<i64> = Permission::ALL.iter().map(|permission| permission.bit()).collect();
        assert_eq!(bits.len(), Permission::ALL.len());
    }
}
