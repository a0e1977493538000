//! Access tokens whose signatures were checked lately. Checking one takes a tenth of a millisecond, which is most of a small request.
use crate::{SessionId, UserId};
use sha2::{Digest, Sha256};

/// Tokens remembered; about 100 bytes each.
const TOKENS: usize = 20_000;

/// Tokens by their hash, so that none can be read from memory.
pub struct VerifiedTokens(quick_cache::sync::Cache<[u8; 32], Verified>);

/// Whom a genuine token stands for, and from when to when (Unix seconds).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verified {
    pub user: UserId,
    pub session: SessionId,
    pub issued_at: i64,
    pub expires_at: i64,
}

impl Default for VerifiedTokens {
    fn default() -> VerifiedTokens {
        VerifiedTokens(quick_cache::sync::Cache::new(TOKENS))
    }
}

impl VerifiedTokens {
    /// What `verify` says of a token, which is only asked once while it is remembered. Whether it has expired is for the caller to see.
    pub fn verified<E>(&self, token: &str, verify: impl FnOnce() -> Result<Verified, E>) -> Result<Verified, E> {
        let hash: [u8; 32] = Sha256::digest(token).into();
        if let Some(known) = self.0.get(&hash) {
            return Ok(known);
        }
        let verified = verify()?;
        self.0.insert(hash, verified);
        Ok(verified)
    }
}
