//! Who is in a conversation, under which identity, with which role. `docs/encryption.md`, "Conversations".
use crate::bytes::{Hash, Id, Public};
use crate::secret::hash;
use crate::tuple::{Field, tuple};

/// What a member may do; each role may what the one before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Reads only.
    Reader,
    /// Writes.
    Member,
    /// Adds and removes people.
    Admin,
    /// Everything.
    Owner,
}

impl Role {
    /// As in tuples and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Reader => "reader",
            Role::Member => "member",
            Role::Admin => "admin",
            Role::Owner => "owner",
        }
    }

    /// The reverse of [`Role::as_str`].
    pub fn parse(text: &str) -> Option<Role> {
        [Role::Reader, Role::Member, Role::Admin, Role::Owner].into_iter().find(|role| role.as_str() == text)
    }
}

/// One line of the roster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    pub account: Id,
    /// The identity that everybody agreed on.
    pub aik: Public,
    pub role: Role,
}

/// What an epoch says of the members at its time. The order given does not matter.
pub fn roster_hash(conversation: &Id, entries: &[Entry]) -> Hash {
    let mut sorted: Vec<&Entry> = entries.iter().collect();
    sorted.sort_by_key(|entry| entry.account);
    let mut fields = vec![Field::Bytes(&conversation.0), Field::Int(sorted.len() as u64)];
    for entry in sorted {
        fields.extend([Field::Bytes(&entry.account.0), Field::Bytes(&entry.aik.0), Field::Text(entry.role.as_str())]);
    }
    hash(&tuple("roster", &fields))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vectors::{self, bytes, id, sign};

    #[test]
    fn matches_the_vector_in_any_order() {
        let alice = Entry { account: id("alice"), aik: sign("alice-aik").public(), role: Role::Owner };
        let bob = Entry { account: id("bob"), aik: sign("bob-aik").public(), role: Role::Member };
        let expected = bytes(&vectors::load()["roster"]["hash"]);
        assert_eq!(roster_hash(&id("conv"), &[alice, bob]).0.to_vec(), expected);
        assert_eq!(roster_hash(&id("conv"), &[bob, alice]).0.to_vec(), expected);
        assert_ne!(roster_hash(&id("conv"), &[alice]).0.to_vec(), expected);
        assert_ne!(roster_hash(&id("conv"), &[alice, Entry { role: Role::Reader, ..bob }]).0.to_vec(), expected);
    }
}
