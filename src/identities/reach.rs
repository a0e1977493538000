//! Whom secrets can be sealed to.
use crate::store;
use snug_base::{Read, Result, UserId};
use std::collections::HashMap;

/// Those of the accounts that have a signed prekey, with the generation of the identity's X25519 key that it goes with.
pub fn reachable(read: &Read, users: &[UserId]) -> Result<HashMap<UserId, u64>> {
    store::reach::generations(read, users)
}
