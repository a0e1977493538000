//! Randomness from the operating system.
use crate::bytes::Bytes;
use crate::error::{Error, Result};
use crate::secret::Secret;
use zeroize::Zeroizing;

/// `N` random bytes that are no secret: an id, a salt, a nonce.
pub fn bytes<const N: usize>() -> Result<Bytes<N>> {
    let mut out = [0; N];
    getrandom::fill(&mut out).map_err(|_| Error::NoRandomness)?;
    Ok(Bytes(out))
}

/// A random secret: an epoch secret, a history key, a seed.
pub fn secret() -> Result<Secret> {
    let mut out = Zeroizing::new([0; 32]);
    getrandom::fill(&mut *out).map_err(|_| Error::NoRandomness)?;
    Ok(out)
}

/// Fills what the caller wipes.
pub(crate) fn fill(out: &mut [u8]) -> Result<()> {
    getrandom::fill(out).map_err(|_| Error::NoRandomness)
}
