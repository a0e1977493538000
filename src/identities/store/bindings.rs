//! Rows of sessions' devices.
use super::bytes;
use snug_base::{Read, Result, SessionId, params};
use snug_crypto::bytes::Id;

/// Which device this session is.
pub fn device(read: &Read, session: SessionId) -> Result<Option<Id>> {
    read.query_opt("SELECT device_id FROM session_devices WHERE session_id = ?1", params![session], |row| bytes(row, "device_id"))
}
