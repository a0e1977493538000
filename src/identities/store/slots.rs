//! Rows of slots.
use super::{blob, bytes, count, int};
use crate::model::SlotKdf;
use snug_accounts::binary::Binary;
use snug_base::{Error, Read, Result, Tx, UserId, params};
use snug_crypto::bytes::Id;
use snug_crypto::password::Kdf;
use snug_crypto::sealed_box::SealedBox;
use snug_crypto::slot::{SlotKind, SlotRecord};

/// Whether the account's keys can be reached with its password.
pub fn has_password_slot(read: &Read, user: UserId) -> Result<bool> {
    let found = read.value::<i64>("SELECT 1 AS value FROM identity_slots WHERE user_id = ?1 AND kind = 'pw'", params![user])?;
    Ok(found.is_some())
}

/// The account's slots.
pub fn list(read: &Read, user: UserId) -> Result<Vec<SlotRecord>> {
    read.query(
        "SELECT id, kind, public, min_seq, tag, aik_enc, aik_ct FROM identity_slots WHERE user_id = ?1 ORDER BY id",
        params![user],
        |row| {
            Ok(SlotRecord {
                id: bytes(row, "id")?,
                kind: SlotKind::parse(&row.get::<String>("kind")?).map_err(Error::internal)?,
                public: bytes(row, "public")?,
                min_seq: count(row, "min_seq")?,
                tag: bytes(row, "tag")?,
                aik_box: SealedBox { enc: bytes(row, "aik_enc")?, ct: blob(row, "aik_ct")? },
            })
        },
    )
}

/// How the secret of the password's slot is made.
pub fn kdf(read: &Read, user: UserId) -> Result<Option<SlotKdf>> {
    let cost = |number: u64| u32::try_from(number).map_err(Error::internal);
    read.query_opt(
        "SELECT salt, kdf_m, kdf_t, kdf_p FROM identity_slots WHERE user_id = ?1 AND kind = 'pw' ORDER BY min_seq DESC",
        params![user],
        |row| {
            Ok(SlotKdf {
                m: cost(count(row, "kdf_m")?)?,
                t: cost(count(row, "kdf_t")?)?,
                p: cost(count(row, "kdf_p")?)?,
                salt: Binary(bytes::<16>(row, "salt")?.0),
            })
        },
    )
}

/// Stores a slot's record. An earlier one of the same slot keeps how its secret is made.
pub fn put(tx: &Tx, user: UserId, slot: &SlotRecord, (salt, kdf): ([u8; 16], Kdf)) -> Result<()> {
    let made = (slot.kind == SlotKind::Password).then_some((salt, kdf));
    let cost = |part: fn(&Kdf) -> u32| made.map(|(_, kdf)| i64::from(part(&kdf)));
    tx.execute(
        "INSERT INTO identity_slots (user_id, id, kind, public, min_seq, tag, aik_enc, aik_ct, salt, kdf_m, kdf_t, kdf_p)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
         ON CONFLICT (user_id, id) DO UPDATE SET min_seq = ?5, tag = ?6, aik_enc = ?7, aik_ct = ?8",
        params![
            user,
            slot.id.0,
            slot.kind.as_str(),
            slot.public.0,
            int(slot.min_seq)?,
            slot.tag.0,
            slot.aik_box.enc.0,
            slot.aik_box.ct.0,
            made.map(|(salt, _)| salt),
            cost(|kdf| kdf.m),
            cost(|kdf| kdf.t),
            cost(|kdf| kdf.p)
        ],
    )
    .map(drop)
}

/// Deletes a slot's record.
pub fn delete(tx: &Tx, user: UserId, slot: &Id) -> Result<()> {
    tx.execute("DELETE FROM identity_slots WHERE user_id = ?1 AND id = ?2", params![user, slot.0]).map(drop)
}
