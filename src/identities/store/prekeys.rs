//! Rows of prekeys.
use super::{bytes, count, int};
use crate::model::PrekeyAge;
use snug_base::db::{list, params_of};
use snug_base::{Read, Result, Tx, UserId, params};
use snug_crypto::bytes::{Id, Public};
use snug_crypto::link::Head;
use snug_crypto::prekeys::{Bundle, BundleIk, OneTimePrekey, SignedPrekey};

/// Ids in one statement.
const CHUNK: usize = 128;

/// The newest signed prekey, and its public half.
pub fn signed(read: &Read, user: UserId) -> Result<Option<(PrekeyAge, Public)>> {
    read.query_opt("SELECT id, at, public FROM signed_prekeys WHERE user_id = ?1", params![user], |row| {
        Ok((PrekeyAge { id: bytes(row, "id")?, at: count(row, "at")? }, bytes(row, "public")?))
    })
}

/// Stores a signed prekey in the place of the one before.
pub fn put_signed(tx: &Tx, user: UserId, prekey: &SignedPrekey, ik: &BundleIk) -> Result<()> {
    delete_signed(tx, user)?;
    tx.execute(
        "INSERT INTO signed_prekeys (user_id, id, public, at, device_id, sig, ik_generation, ik_public) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![
            user,
            prekey.id.0,
            prekey.public.0,
            int(prekey.at)?,
            prekey.by.0,
            prekey.sig.0,
            int(ik.generation)?,
            ik.public.0
        ],
    )
    .map(drop)
}

/// Forgets the signed prekey.
pub fn delete_signed(tx: &Tx, user: UserId) -> Result<()> {
    tx.execute("DELETE FROM signed_prekeys WHERE user_id = ?1", params![user]).map(drop)
}

/// Which device signed the newest prekey, and for which generation of the identity's DH key.
pub fn signed_by(read: &Read, user: UserId) -> Result<Option<(Id, u64)>> {
    read.query_opt("SELECT device_id, ik_generation FROM signed_prekeys WHERE user_id = ?1", params![user], |row| {
        Ok((bytes(row, "device_id")?, count(row, "ik_generation")?))
    })
}

/// Bundles without one-time prekeys of those accounts that have a signed prekey.
pub fn bundles(read: &Read, users: &[UserId]) -> Result<Vec<Bundle>> {
    let mut bundles = Vec::with_capacity(users.len());
    for chunk in users.chunks(CHUNK) {
        let ids = params_of(chunk);
        let sql = format!(
            "SELECT identities.user_id AS account, head_seq, head_hash, id, public, at, device_id, sig, ik_generation, ik_public
             FROM identities JOIN signed_prekeys ON signed_prekeys.user_id = identities.user_id
             WHERE identities.user_id IN ({})",
            list(1, ids.len())
        );
        bundles.extend(read.query(&sql, &ids, |row| {
            Ok(Bundle {
                account: bytes(row, "account")?,
                ik: BundleIk { generation: count(row, "ik_generation")?, public: bytes(row, "ik_public")? },
                spk: SignedPrekey {
                    id: bytes(row, "id")?,
                    public: bytes(row, "public")?,
                    at: count(row, "at")?,
                    by: bytes(row, "device_id")?,
                    sig: bytes(row, "sig")?,
                },
                opk: None,
                log: Head { seq: count(row, "head_seq")?, hash: bytes(row, "head_hash")? },
            })
        })?);
    }
    Ok(bundles)
}

/// How many one-time prekeys are left.
pub fn count_one_time(read: &Read, user: UserId) -> Result<i64> {
    Ok(read.value("SELECT count(*) AS value FROM one_time_prekeys WHERE user_id = ?1", params![user])?.unwrap_or_default())
}

/// Adds a one-time prekey; says `false` if its id is there already.
pub fn put_one_time(tx: &Tx, user: UserId, prekey: &OneTimePrekey) -> Result<bool> {
    let added = tx.execute(
        "INSERT INTO one_time_prekeys (user_id, id, public) VALUES (?1, ?2, ?3) ON CONFLICT (user_id, id) DO NOTHING",
        params![user, prekey.id.0, prekey.public.0],
    )?;
    Ok(added == 1)
}

/// Forgets all one-time prekeys of the account.
pub fn delete_one_time(tx: &Tx, user: UserId) -> Result<()> {
    tx.execute("DELETE FROM one_time_prekeys WHERE user_id = ?1", params![user]).map(drop)
}

/// Takes a one-time prekey away, so that nobody else gets it.
pub fn take(tx: &Tx, user: UserId) -> Result<Option<OneTimePrekey>> {
    let found = tx.query_opt("SELECT id, public FROM one_time_prekeys WHERE user_id = ?1 ORDER BY id LIMIT 1", params![user], |row| {
        Ok(OneTimePrekey { id: bytes(row, "id")?, public: bytes(row, "public")? })
    })?;
    if let Some(prekey) = &found {
        tx.execute("DELETE FROM one_time_prekeys WHERE user_id = ?1 AND id = ?2", params![user, prekey.id.0])?;
    }
    Ok(found)
}

/// Counts that `taker` was given one of `user`'s on this day; says how many that makes.
pub fn count_taken(tx: &Tx, day: i64, user: UserId, taker: UserId) -> Result<i64> {
    tx.query_one(
        "INSERT INTO one_time_prekeys_taken (day, user_id, taker_id, count) VALUES (?1, ?2, ?3, 1)
         ON CONFLICT (day, user_id, taker_id) DO UPDATE SET count = one_time_prekeys_taken.count + 1 RETURNING count",
        params![day, user, taker],
        |row| row.get("count"),
    )
}

/// Forgets who was given what before this day.
pub fn delete_taken(tx: &Tx, before_day: i64) -> Result<()> {
    tx.execute("DELETE FROM one_time_prekeys_taken WHERE day < ?1", params![before_day]).map(drop)
}
