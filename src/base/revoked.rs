//! Sessions that ended while access tokens of theirs may still be valid. Access tokens are not looked up in the
//! database; this small list is what makes ending a session take effect at once.
use crate::SessionId;
use parking_lot::Mutex;
use std::collections::HashMap;

/// Ended sessions, each until its last access token has expired.
#[derive(Default, Debug)]
pub struct RevokedSessions(Mutex<HashMap<SessionId, i64>>);

impl RevokedSessions {
    /// Refuses these sessions until `until` (Unix ms), and forgets those whose time has passed.
    pub fn add(&self, sessions: &[SessionId], now: i64, until: i64) {
        let mut revoked = self.0.lock();
        revoked.retain(|_, until| *until > now);
        revoked.extend(sessions.iter().map(|id| (*id, until)));
    }

    /// Whether this session's access tokens are refused.
    pub fn contains(&self, session: SessionId) -> bool {
        self.0.lock().contains_key(&session)
    }
}
