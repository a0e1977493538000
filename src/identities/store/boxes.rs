//! Rows of boxes: the account's keys for its devices and slots.
use super::{blob, bytes, count, int};
use crate::model::KeyBox;
use snug_base::{Error, Read, Result, Row, Tx, UserId, params};
use snug_crypto::account_key::Class;
use snug_crypto::bytes::Id;
use snug_crypto::sealed_box::SealedBox;

/// Boxes in one answer: more than any account has that was not made to have them.
const MOST: i64 = 2_000;

fn key_box(row: &Row) -> Result<KeyBox> {
    let class = match row.get::<String>("class")?.as_str() {
        "h" => Class::History,
        "s" => Class::Session,
        other => return Err(Error::internal(format!("a box of class {other}"))),
    };
    let sealed = SealedBox { enc: bytes(row, "enc")?, ct: blob(row, "ct")? };
    Ok(KeyBox { class, generation: count(row, "generation")?, holder: bytes(row, "holder")?, sealed })
}

/// All boxes of this device, newest first, and those of the slots.
pub fn list(read: &Read, user: UserId, device: Option<Id>) -> Result<Vec<KeyBox>> {
    read.query(
        "SELECT holder, class, generation, enc, ct FROM key_boxes
         WHERE user_id = ?1 AND (holder = ?2 OR holder IN (SELECT id FROM identity_slots WHERE user_id = ?1))
         ORDER BY generation DESC, class, holder LIMIT ?3",
        params![user, device.map(|device| device.0), MOST],
        key_box,
    )
}

/// Who has the key of this class and generation.
pub fn holders(read: &Read, user: UserId, class: Class, generation: u64) -> Result<Vec<Id>> {
    read.query(
        "SELECT holder FROM key_boxes WHERE user_id = ?1 AND class = ?2 AND generation = ?3",
        params![user, class.as_str(), int(generation)?],
        |row| bytes(row, "holder"),
    )
}

/// Stores a box in the place of an earlier one.
pub fn put(tx: &Tx, user: UserId, new: &KeyBox) -> Result<()> {
    tx.execute(
        "INSERT INTO key_boxes (user_id, holder, class, generation, enc, ct) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (user_id, holder, class, generation) DO UPDATE SET enc = ?5, ct = ?6",
        params![user, new.holder.0, new.class.as_str(), int(new.generation)?, new.sealed.enc.0, new.sealed.ct.0],
    )
    .map(drop)
}

/// Deletes all that this device or slot has.
pub fn delete(tx: &Tx, user: UserId, holder: &Id) -> Result<()> {
    tx.execute("DELETE FROM key_boxes WHERE user_id = ?1 AND holder = ?2", params![user, holder.0]).map(drop)
}
