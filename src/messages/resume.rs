//! Bodies of events that were kept as a reference only, for devices that come back.
use crate::model::Message;
use crate::store;
use snug_base::{MessageId, Read, Result};
use std::collections::HashMap;
use uuid::Uuid;

/// The messages as they are now, by id. The caller follows the streams that the references come from.
pub fn messages(read: &Read, references: &[Uuid]) -> Result<HashMap<Uuid, Message>> {
    let mut ids: Vec<MessageId> = references.iter().copied().map(MessageId).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut all = HashMap::new();
    for ids in ids.chunks(500) {
        all.extend(store::load_all(read, ids)?.into_iter().map(|(id, message)| (id.0, message)));
    }
    Ok(all)
}
