//! The shared test vectors and the names that their inputs are made from.
pub mod hpke;
mod made;
mod more;

use crate::bytes::{Bytes, Id};
use crate::dh::DhKey;
use crate::envelope::{Header, Kind};
use crate::secret::{Secret, hash};
use crate::sign::SignKey;
use serde_json::Value;
use zeroize::Zeroizing;

/// The file, as text.
pub const FILE: &str = include_str!("vectors/e2ee-vectors-v1.json");

/// The file, parsed.
pub fn load() -> Value {
    serde_json::from_str(FILE).expect("the vectors are JSON")
}

/// Bytes from a hexadecimal string of the vectors.
pub fn bytes(value: &Value) -> Vec<u8> {
    hex(value.as_str().expect("a hexadecimal string"))
}

/// Bytes from hexadecimal.
pub fn hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).expect("hexadecimal")).collect()
}

/// The bytes that a name stands for.
pub fn named<const N: usize>(name: &str) -> Bytes<N> {
    Bytes::from_slice(&hash(format!("vec:{name}").as_bytes()).0[..N]).expect("at most 32 bytes")
}

/// The id that a name stands for.
pub fn id(name: &str) -> Id {
    named(name)
}

/// The secret that a name stands for.
pub fn secret(name: &str) -> Secret {
    Zeroizing::new(named(name).0)
}

/// The X25519 key that a name stands for.
pub fn dh(name: &str) -> DhKey {
    DhKey::from_secret(&secret(name))
}

/// The Ed25519 key that a name stands for.
pub fn sign(name: &str) -> SignKey {
    SignKey::from_seed(&secret(name))
}

/// The header of the message in the vectors.
pub fn header() -> Header {
    Header {
        suite: 1,
        conversation: id("conv"),
        epoch: 3,
        account: id("alice"),
        device: id("alice-dev"),
        sender_key: sign("alice-dsk").public(),
        id: id("msg"),
        kind: Kind::Message,
        target: None,
        thread: None,
        expires: 0,
    }
}
