//! Secrets that are wiped when dropped, and how keys are derived from them.
use crate::bytes::Hash;
use crate::error::{Error, Result};
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// A 32-byte secret that is wiped when dropped.
pub type Secret = Zeroizing<[u8; 32]>;

/// A secret from a slice of exactly 32 bytes; `bad_format` otherwise.
pub fn from_slice(bytes: &[u8]) -> Result<Secret> {
    let mut out = Zeroizing::new([0; 32]);
    if bytes.len() != out.len() {
        return Err(Error::BadFormat("length"));
    }
    out.copy_from_slice(bytes);
    Ok(out)
}

/// HKDF-SHA256 with 32 bytes of output. An empty salt is one of zeros.
pub fn derive(key: &[u8], salt: &[u8], info: &[u8]) -> Secret {
    derive_long(key, salt, info)
}

/// HKDF-SHA256 with `N` bytes of output, at most 8,160.
pub(crate) fn derive_long<const N: usize>(key: &[u8], salt: &[u8], info: &[u8]) -> Zeroizing<[u8; N]> {
    const { assert!(N <= 255 * 32, "HKDF-SHA256 gives at most 8,160 bytes") };
    let mut out = Zeroizing::new([0; N]);
    #[expect(clippy::expect_used, reason = "the length is checked above")]
    Hkdf::<Sha256>::new(Some(salt), key).expand(info, &mut *out).expect("a valid length");
    out
}

/// HMAC-SHA256.
pub fn authenticate(key: &[u8], message: &[u8]) -> Hash {
    #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("any length");
    mac.update(message);
    Hash::from(mac)
}

/// SHA-256.
pub fn hash(message: &[u8]) -> Hash {
    crate::bytes::Bytes(Sha256::digest(message).into())
}

/// Whether two secrets are equal, in constant time for equal lengths.
pub fn equal(a: &[u8], b: &[u8]) -> bool {
    a.ct_eq(b).into()
}

impl From<Hmac<Sha256>> for Hash {
    fn from(mac: Hmac<Sha256>) -> Hash {
        crate::bytes::Bytes(mac.finalize().into_bytes().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vectors::hex;

    #[test]
    fn derives_as_rfc_5869_says() {
        // A.1, A.2 (without its long inputs' tail) and A.3
        let okm = derive_long::<42>(&[0x0b; 22], &hex("000102030405060708090a0b0c"), &hex("f0f1f2f3f4f5f6f7f8f9"));
        assert_eq!(okm.to_vec(), hex("3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"));
        let okm = derive_long::<42>(&[0x0b; 22], &[], &[]);
        assert_eq!(okm.to_vec(), hex("8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"));
        let (ikm, salt, info): (Vec<u8>, Vec<u8>, Vec<u8>) = ((0..=0x4f).collect(), (0x60..=0xaf).collect(), (0xb0..=0xff).collect());
        let expected = "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09\
                        da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87";
        assert_eq!(derive_long::<82>(&ikm, &salt, &info).to_vec(), hex(expected));
    }

    #[test]
    fn authenticates_as_rfc_4231_says() {
        let mac = authenticate(&[0x0b; 20], b"Hi There");
        assert_eq!(mac.0.to_vec(), hex("b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"));
    }

    #[test]
    fn compares() {
        assert!(equal(b"same", b"same"));
        assert!(!equal(b"same", b"sane"));
        assert!(!equal(b"same", b"same1"));
        assert!(from_slice(&[0; 31]).is_err());
    }
}
