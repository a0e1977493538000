//! The account's devices, and which of them a session is.
use crate::store;
use snug_accounts::Me;
use snug_base::{Read, Result};
use snug_crypto::bytes::Id;

/// Which device of the account's log this session is; none before it has set one up. The device may have been revoked since.
pub fn device_of(read: &Read, me: Me) -> Result<Option<Id>> {
    store::bindings::device(read, me.session)
}
