//! Rows of slots and boxes.
use snug_base::{Read, Result, UserId, params};

/// Whether the account's keys can be reached with its password.
pub fn has_password_slot(read: &Read, user: UserId) -> Result<bool> {
    let found = read.value::<i64>("SELECT 1 AS value FROM identity_slots WHERE user_id = ?1 AND kind = 'pw'", params![user])?;
    Ok(found.is_some())
}
