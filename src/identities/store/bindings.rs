//! Rows of sessions' devices.
use super::bytes;
use snug_base::{Read, Result, SessionId, Tx, UserId, params};
use snug_crypto::bytes::Id;

/// Which device this session is.
pub fn device(read: &Read, session: SessionId) -> Result<Option<Id>> {
    read.query_opt("SELECT device_id FROM session_devices WHERE session_id = ?1", params![session], |row| bytes(row, "device_id"))
}

/// All of the account's sessions that are a device.
pub fn list(read: &Read, user: UserId) -> Result<Vec<(SessionId, Id)>> {
    read.query("SELECT session_id, device_id FROM session_devices WHERE user_id = ?1", params![user], |row| {
        Ok((row.get("session_id")?, bytes(row, "device_id")?))
    })
}

/// This session, which has to be there, is that device from now on.
pub fn bind(tx: &Tx, user: UserId, session: SessionId, device: &Id) -> Result<()> {
    tx.execute(
        "INSERT INTO session_devices (session_id, user_id, device_id) VALUES (?1, ?2, ?3) ON CONFLICT (session_id) DO UPDATE SET device_id = ?3",
        params![session, user, device.0],
    )
    .map(drop)
}
