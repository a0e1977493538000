//! What every use case gets: the node's parts, cheap to clone.
use crate::{
    Clock, Config, Db, Result, Sink, Stream, UserId, blobs::Blobs, event, hooks::Hooks, keys::Keys, limits::Limits, meters::Meters,
    revoked::RevokedSessions, verified::VerifiedTokens,
};
use serde::Serialize;
use std::sync::Arc;

/// The parts of a node.
#[derive(Clone)]
pub struct App {
    pub db: Db,
    pub config: Arc<Config>,
    pub clock: Clock,
    pub keys: Arc<Keys>,
    pub blobs: Blobs,
    pub limits: Arc<Limits>,
    pub meters: Arc<Meters>,
    pub revoked: Arc<RevokedSessions>,
    pub verified: Arc<VerifiedTokens>,
    pub hooks: Arc<Hooks>,
    pub sink: Arc<dyn Sink>,
}

impl App {
    /// Sends an ephemeral event: not numbered, not stored, not repeated.
    pub fn signal(&self, stream: impl Into<Stream>, except: Option<UserId>, kind: &str, body: &impl Serialize) -> Result<()> {
        self.sink.signal(stream.into(), except, event::signal_frame(kind, body)?);
        Ok(())
    }
}
