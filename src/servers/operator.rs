//! What the operator sees on the command line.
use crate::model::Server;
use crate::store;
use snug_base::{Read, Result};

/// Every server of the instance.
pub fn list_servers(read: &Read) -> Result<Vec<Server>> {
    store::servers::list_all(read)
}

/// How many there are.
pub fn count_servers(read: &Read) -> Result<i64> {
    store::servers::count(read)
}
