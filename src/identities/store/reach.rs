//! Which accounts have prekeys.
use super::count;
use snug_base::db::{Param, ToParam, list, params_of};
use snug_base::{Read, Result, UserId};
use std::collections::HashMap;

/// Of those that have a signed prekey made at `oldest` (Unix seconds) or later, the generation that it names.
pub fn generations(read: &Read, users: &[UserId], oldest: i64) -> Result<HashMap<UserId, u64>> {
    let mut all = HashMap::new();
    for users in users.chunks(500) {
        let ids: Vec<Param> = std::iter::once(oldest.param()).chain(params_of(users)).collect();
        let sql = format!("SELECT user_id, ik_generation FROM signed_prekeys WHERE at >= ?1 AND user_id IN ({})", list(2, ids.len() - 1));
        all.extend(read.query(&sql, &ids, |row| Ok((row.get::<UserId>("user_id")?, count(row, "ik_generation")?)))?);
    }
    Ok(all)
}
