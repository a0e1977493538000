//! Rows of pairings.
use super::{blob, bytes, count, int};
use crate::model::{DeviceWord, OfferedDevice, Pairing, PairingState};
use snug_base::{Error, Read, Result, Row, SessionId, Tx, UserId, params};
use snug_crypto::link::Head;
use snug_crypto::sealed_box::SealedBox;
use uuid::Uuid;

const COLUMNS: &str =
    "id, session_id, state, device_id, dsk, dxk, kind, pop, mac, wrong_codes, welcome_enc, welcome_ct, head_seq, head_hash,
    created_at, expires_at";

/// A pairing with what only the node needs to know of it.
pub struct Stored {
    pub pairing: Pairing,
    /// The session of the new device.
    pub session: SessionId,
    pub wrong_codes: i64,
}

fn stored(row: &Row) -> Result<Stored> {
    let state = match row.get::<String>("state")?.as_str() {
        "open" => PairingState::Open,
        "answered" => PairingState::Answered,
        _ => PairingState::Expired,
    };
    let kind = match row.get::<String>("kind")?.as_str() {
        "web" => DeviceWord::Web,
        "cli" => DeviceWord::Cli,
        "bot" => DeviceWord::Bot,
        other => return Err(Error::internal(format!("a device of kind {other}"))),
    };
    let device =
        OfferedDevice { id: bytes(row, "device_id")?, dsk: bytes(row, "dsk")?, dxk: bytes(row, "dxk")?, kind, pop: bytes(row, "pop")? };
    let is_answered = row.get::<Option<Vec<u8>>>("welcome_ct")?.is_some();
    let answered = || {
        Ok::<_, Error>((
            SealedBox { enc: bytes(row, "welcome_enc")?, ct: blob(row, "welcome_ct")? },
            Head { seq: count(row, "head_seq")?, hash: bytes(row, "head_hash")? },
        ))
    };
    let (welcome, head) = if is_answered { Some(answered()?) } else { None }.unzip();
    let pairing = Pairing {
        id: row.get("id")?,
        state,
        device,
        mac: bytes(row, "mac")?,
        welcome,
        head,
        created_at: row.get("created_at")?,
        expires_at: row.get("expires_at")?,
    };
    Ok(Stored { pairing, session: row.get("session_id")?, wrong_codes: row.get("wrong_codes")? })
}

/// One pairing of this account.
pub fn find(read: &Read, user: UserId, id: Uuid) -> Result<Option<Stored>> {
    read.query_opt(&format!("SELECT {COLUMNS} FROM pairings WHERE id = ?1 AND user_id = ?2"), params![id, user], stored)
}

/// The account's pairings that wait for an answer at this time, oldest first.
pub fn open(read: &Read, user: UserId, now: i64) -> Result<Vec<Stored>> {
    let sql = format!("SELECT {COLUMNS} FROM pairings WHERE user_id = ?1 AND state = 'open' AND expires_at > ?2 ORDER BY created_at, id");
    read.query(&sql, params![user, now], stored)
}

/// Adds a pairing that waits for an answer.
pub fn insert(tx: &Tx, user: UserId, new: &Stored) -> Result<()> {
    let Pairing { id, device, mac, created_at, expires_at, .. } = &new.pairing;
    tx.execute(
        "INSERT INTO pairings (id, user_id, session_id, state, device_id, dsk, dxk, kind, pop, mac, created_at, expires_at)
         VALUES (?1, ?2, ?3, 'open', ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        params![
            *id,
            user,
            new.session,
            device.id.0,
            device.dsk.0,
            device.dxk.0,
            device.kind.kind().as_str(),
            device.pop.0,
            mac.0,
            *created_at,
            *expires_at
        ],
    )
    .map(drop)
}

/// Stores the answer.
pub fn answer(tx: &Tx, id: Uuid, welcome: &SealedBox, head: &Head) -> Result<()> {
    tx.execute(
        "UPDATE pairings SET state = 'answered', welcome_enc = ?2, welcome_ct = ?3, head_seq = ?4, head_hash = ?5 WHERE id = ?1",
        params![id, welcome.enc.0, welcome.ct.0, int(head.seq)?, head.hash.0],
    )
    .map(drop)
}

/// Counts a wrong code, and ends the pairing if that was one too many.
pub fn count_wrong(tx: &Tx, id: Uuid, wrong_codes: i64, is_over: bool) -> Result<()> {
    let state = if is_over { "expired" } else { "open" };
    tx.execute("UPDATE pairings SET wrong_codes = ?2, state = ?3 WHERE id = ?1", params![id, wrong_codes, state]).map(drop)
}

/// Deletes the account's pairings.
pub fn delete_all(tx: &Tx, user: UserId) -> Result<()> {
    tx.execute("DELETE FROM pairings WHERE user_id = ?1", params![user]).map(drop)
}

/// Deletes pairings that expired before this time.
pub fn delete_old(tx: &Tx, before: i64) -> Result<()> {
    tx.execute("DELETE FROM pairings WHERE expires_at < ?1", params![before]).map(drop)
}
