//! Bytes of a fixed or bounded length, and their one form in JSON: base64url without padding, canonical.
use crate::error::{Error, Result};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;

/// Exactly `N` bytes that are no secret: an id, a public key, a hash, a signature, a salt, a nonce.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bytes<const N: usize>(pub [u8; N]);

/// The raw bytes of the UUID that the API uses, or 16 random bytes.
pub type Id = Bytes<16>;
/// An Ed25519 or X25519 public key.
pub type Public = Bytes<32>;
/// A SHA-256 hash, or a commitment.
pub type Hash = Bytes<32>;
/// An Ed25519 signature.
pub type Signature = Bytes<64>;

/// Public bytes of any length, such as a ciphertext.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Blob(pub Vec<u8>);

/// Base64url without padding.
pub fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The reverse of [`encode`]. `bad_format` for padding, another alphabet, and left-over bits that are not zero.
pub fn decode(text: &str) -> Result<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| Error::BadFormat("base64url"))
}

impl<const N: usize> Bytes<N> {
    /// From a slice of exactly `N` bytes; `bad_format` otherwise.
    pub fn from_slice(bytes: &[u8]) -> Result<Self> {
        bytes.try_into().map(Bytes).map_err(|_| Error::BadFormat("length"))
    }

    /// From base64url; `bad_format` if that is not strict or not exactly `N` bytes.
    pub fn parse(text: &str) -> Result<Self> {
        // never decode more than could fit
        if text.len() > N.saturating_mul(2) + 4 {
            return Err(Error::BadFormat("length"));
        }
        Bytes::from_slice(&decode(text)?)
    }
}

impl<const N: usize> AsRef<[u8]> for Bytes<N> {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl AsRef<[u8]> for Blob {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl<const N: usize> fmt::Display for Bytes<N> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&encode(&self.0))
    }
}

impl<const N: usize> fmt::Debug for Bytes<N> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&encode(&self.0))
    }
}

impl fmt::Debug for Blob {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{} bytes", self.0.len())
    }
}

impl<const N: usize> Serialize for Bytes<N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.serialize_str(&encode(&self.0))
    }
}

impl<'de, const N: usize> Deserialize<'de> for Bytes<N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        Bytes::parse(&text).map_err(|_| de::Error::custom(format!("must be {N} bytes as base64url without padding")))
    }
}

impl Serialize for Blob {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.serialize_str(&encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Blob {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        decode(&text).map(Blob).map_err(|_| de::Error::custom("must be base64url without padding"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_text_means_the_same_bytes() {
        assert_eq!(decode("_-8").unwrap(), [0xff, 0xef]);
        for wrong in ["_-8=", "/+8", "_-9", "_", "_-8 ", "_-8\n"] {
            assert_eq!(decode(wrong), Err(Error::BadFormat("base64url")), "{wrong:?}");
        }
    }

    #[test]
    fn a_length_is_exact() {
        let id = Bytes([7; 16]);
        assert_eq!(Id::parse(&id.to_string()).unwrap(), id);
        assert!(Id::parse(&encode(&[7; 15])).is_err());
        assert!(Id::parse(&encode(&[7; 17])).is_err());
        assert!(Id::parse(&"A".repeat(1_000_000)).is_err());
        assert_eq!(serde_json::to_string(&id).unwrap(), "\"BwcHBwcHBwcHBwcHBwcHBw\"");
        assert!(serde_json::from_str::<Id>("\"BwcHBwcHBwcHBwcHBwcHBx\"").is_err());
    }
}
