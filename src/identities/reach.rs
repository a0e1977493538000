//! Whom secrets can be sealed to.
use crate::store;
use snug_base::{Read, Result, UserId};
use snug_crypto::prekeys::MAX_AGE_S;
use std::collections::HashMap;

/// Those of the accounts that have a signed prekey which clients still accept, with the generation of the identity's X25519 key that it goes with.
pub fn reachable(read: &Read, users: &[UserId], now_ms: i64) -> Result<HashMap<UserId, u64>> {
    let oldest = now_ms / 1_000 - i64::try_from(MAX_AGE_S).unwrap_or(i64::MAX);
    store::reach::generations(read, users, oldest)
}
