//! Which accounts have prekeys.
use super::count;
use snug_base::db::{list, params_of};
use snug_base::{Read, Result, UserId};
use std::collections::HashMap;

/// Of those that have a signed prekey, the generation that it names.
pub fn generations(read: &Read, users: &[UserId]) -> Result<HashMap<UserId, u64>> {
    let mut all = HashMap::new();
    for users in users.chunks(500) {
        let ids = params_of(users);
        let sql = format!("SELECT user_id, ik_generation FROM signed_prekeys WHERE user_id IN ({})", list(1, ids.len()));
        all.extend(read.query(&sql, &ids, |row| Ok((row.get::<UserId>("user_id")?, count(row, "ik_generation")?)))?);
    }
    Ok(all)
}
