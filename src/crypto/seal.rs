//! SEAL: authenticated encryption under a key that is used once. `docs/encryption.md`, "Primitives".
use crate::bytes::{Blob, Bytes};
use crate::error::{Error, Result};
use crate::random;
use crate::secret::{Secret, derive};
use aes_gcm::aead::{Aead, Payload};
use aes_gcm::{Aes256Gcm, KeyInit};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// How much longer a ciphertext is than its plaintext.
pub const TAG: usize = 16;

/// Something sealed. The salt makes the key, so that no two plaintexts ever share key and nonce.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sealed {
    pub salt: Bytes<32>,
    pub nonce: Bytes<12>,
    pub ct: Blob,
}

/// The random part of a sealing.
#[derive(Clone, Copy, Debug)]
pub struct Fresh {
    pub salt: Bytes<32>,
    pub nonce: Bytes<12>,
}

impl Fresh {
    /// From the operating system; `no_randomness` if it has none.
    pub fn random() -> Result<Fresh> {
        Ok(Fresh { salt: random::bytes()?, nonce: random::bytes()? })
    }
}

/// The key that seals one thing, from the long-lived key, the salt and the context.
pub fn message_key(key: &Secret, salt: &Bytes<32>, context: &[u8]) -> Secret {
    derive(&**key, &salt.0, context)
}

/// Seals under `key`; opens only with the same context. `fresh` must never be used twice with the same key.
pub fn seal(key: &Secret, context: &[u8], plaintext: &[u8], fresh: Fresh) -> Result<Sealed> {
    let Fresh { salt, nonce } = fresh;
    let ct = encrypt(&message_key(key, &salt, context), &nonce.0, context, plaintext)?;
    Ok(Sealed { salt, nonce, ct: Blob(ct) })
}

/// Opens what was sealed with this key and context; `bad_seal` if anything differs.
pub fn open(key: &Secret, context: &[u8], sealed: &Sealed) -> Result<Zeroizing<Vec<u8>>> {
    decrypt(&message_key(key, &sealed.salt, context), &sealed.nonce.0, context, &sealed.ct.0)
}

/// AES-256-GCM. Key and nonce must never be used together twice.
pub(crate) fn encrypt(key: &Secret, nonce: &[u8; 12], aad: &[u8], msg: &[u8]) -> Result<Vec<u8>> {
    cipher(key).encrypt(nonce.into(), Payload { msg, aad }).map_err(|_| Error::TooLarge("plaintext"))
}

/// The reverse of [`encrypt`]; `bad_seal` if anything differs.
pub(crate) fn decrypt(key: &Secret, nonce: &[u8; 12], aad: &[u8], msg: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
    cipher(key).decrypt(nonce.into(), Payload { msg, aad }).map(Zeroizing::new).map_err(|_| Error::BadSeal)
}

fn cipher(key: &Secret) -> Aes256Gcm {
    Aes256Gcm::new((&**key).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opens_only_what_was_sealed_here() {
        let key = Zeroizing::new([1; 32]);
        let sealed = seal(&key, b"here", b"text", Fresh::random().unwrap()).unwrap();
        assert_eq!(open(&key, b"here", &sealed).unwrap().to_vec(), b"text");
        assert_eq!(open(&key, b"there", &sealed), Err(Error::BadSeal));
        assert_eq!(open(&Zeroizing::new([2; 32]), b"here", &sealed), Err(Error::BadSeal));
        for at in 0..sealed.ct.0.len() {
            let mut changed = sealed.clone();
            changed.ct.0[at] ^= 1;
            assert_eq!(open(&key, b"here", &changed), Err(Error::BadSeal));
        }
        for at in 0..32 {
            let mut changed = sealed.clone();
            changed.salt.0[at] ^= 128;
            assert_eq!(open(&key, b"here", &changed), Err(Error::BadSeal));
        }
        for at in 0..12 {
            let mut changed = sealed.clone();
            changed.nonce.0[at] ^= 1;
            assert_eq!(open(&key, b"here", &changed), Err(Error::BadSeal));
        }
        for length in 0..sealed.ct.0.len() {
            let cut = Sealed { ct: Blob(sealed.ct.0[..length].to_vec()), ..sealed.clone() };
            assert_eq!(open(&key, b"here", &cut), Err(Error::BadSeal));
        }
    }
}
