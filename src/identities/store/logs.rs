//! Rows of account logs.
use super::{blob, bytes, count, int};
use snug_base::db::{Param, ToParam, list as placeholders, params_of};
use snug_base::{Read, Result, Tx, UserId, params};
use snug_crypto::link::{Head, Link};
use std::collections::BTreeMap;

/// The last link of the account's log.
pub fn head(read: &Read, user: UserId) -> Result<Option<Head>> {
    read.query_opt("SELECT head_seq, head_hash FROM identities WHERE user_id = ?1", params![user], |row| {
        Ok(Head { seq: count(row, "head_seq")?, hash: bytes(row, "head_hash")? })
    })
}

/// Links from `from` on, in order.
pub fn list(read: &Read, user: UserId, from: i64, limit: i64) -> Result<Vec<Link>> {
    read.query(
        "SELECT body, sig FROM account_links WHERE user_id = ?1 AND seq >= ?2 ORDER BY seq LIMIT ?3",
        params![user, from, limit],
        |row| Ok(Link { body: blob(row, "body")?, sig: bytes(row, "sig")? }),
    )
}

/// Adds links and sets the head; the first link of `links` has number `from`.
pub fn append(tx: &Tx, user: UserId, from: u64, links: &[Link], head: &Head) -> Result<()> {
    for (seq, link) in (int(from)?..).zip(links) {
        tx.execute(
            "INSERT INTO account_links (user_id, seq, body, sig, accepted_at) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![user, seq, link.body.0, link.sig.0, tx.now],
        )?;
    }
    tx.execute(
        "INSERT INTO identities (user_id, head_seq, head_hash) VALUES (?1, ?2, ?3)
         ON CONFLICT (user_id) DO UPDATE SET head_seq = ?2, head_hash = ?3",
        params![user, int(head.seq)?, head.hash.0],
    )
    .map(drop)
}

/// When the node took these links: number and Unix milliseconds.
pub fn accepted_at(read: &Read, user: UserId, seqs: &[u64]) -> Result<BTreeMap<u64, i64>> {
    let mut times = BTreeMap::new();
    for chunk in seqs.chunks(128) {
        let seqs = chunk.iter().map(|seq| int(*seq)).collect::<Result<Vec<_>>>()?;
        let seqs = params_of(&seqs);
        let sql = format!("SELECT seq, accepted_at FROM account_links WHERE user_id = ?1 AND seq IN ({})", placeholders(2, seqs.len()));
        let params: Vec<Param> = [user.param()].into_iter().chain(seqs).collect();
        times.extend(read.query(&sql, &params, |row| Ok((count(row, "seq")?, row.get("accepted_at")?)))?);
    }
    Ok(times)
}
