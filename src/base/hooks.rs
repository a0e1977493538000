//! Questions that a lower domain asks and higher ones answer. Each list is filled once, when the node is put together.
use crate::{Read, Result, Stream, UserId};
use std::sync::OnceLock;

type StreamsOf = fn(&Read<'_>, UserId) -> Result<Vec<Stream>>;

/// Set-once answers of higher domains.
#[derive(Default)]
pub struct Hooks {
    audiences: OnceLock<Vec<StreamsOf>>,
}

impl Hooks {
    /// Which streams are followed by people who see this user's profile. Filled by servers and messages.
    pub fn set_audiences(&self, audiences: Vec<StreamsOf>) {
        let _ = self.audiences.set(audiences); // a second call would come from a second assembly of the same node
    }

    /// All streams whose followers see this user's profile, in a fixed order, each once.
    pub fn audience(&self, read: &Read<'_>, user: UserId) -> Result<Vec<Stream>> {
        let mut streams = Vec::new();
        for of in self.audiences.get().into_iter().flatten() {
            streams.extend(of(read, user)?);
        }
        streams.sort_unstable();
        streams.dedup();
        Ok(streams)
    }
}
