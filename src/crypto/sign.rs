//! Ed25519, verified strictly so that every implementation accepts the same signatures. `docs/encryption.md`, "Primitives".
use crate::bytes::{Bytes, Public, Signature};
use crate::error::{Error, Result};
use crate::random;
use crate::secret::Secret;
use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
use zeroize::Zeroizing;

/// A private Ed25519 key with its public half; wiped when dropped.
#[derive(Clone)]
pub struct SignKey(SigningKey);

impl SignKey {
    /// From its 32-byte seed.
    pub fn from_seed(seed: &Secret) -> SignKey {
        SignKey(SigningKey::from_bytes(seed))
    }

    /// A new one; `no_randomness` if the operating system has none.
    pub fn random() -> Result<SignKey> {
        Ok(SignKey::from_seed(&random::secret()?))
    }

    /// The public half.
    pub fn public(&self) -> Public {
        Bytes(self.0.verifying_key().to_bytes())
    }

    /// The seed, to be sealed to slots.
    pub fn seed(&self) -> Secret {
        Zeroizing::new(self.0.to_bytes())
    }

    /// Signs a tuple. Nothing else is ever signed.
    pub fn sign(&self, tuple: &[u8]) -> Signature {
        Bytes(self.0.sign(tuple).to_bytes())
    }
}

impl std::fmt::Debug for SignKey {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        write!(f, "SignKey({})", self.public())
    }
}

/// Verifies strictly; `bad_signature` also for a key or commitment point that is not canonical or of low order, and S ≥ L.
pub fn verify(key: &Public, tuple: &[u8], signature: &Signature) -> Result<()> {
    if !is_canonical(key) {
        return Err(Error::BadSignature);
    }
    let key = VerifyingKey::from_bytes(&key.0).map_err(|_| Error::BadSignature)?;
    key.verify_strict(tuple, &ed25519_dalek::Signature::from_bytes(&signature.0)).map_err(|_| Error::BadSignature)
}

/// Whether the y coordinate is below 2^255 - 19. (With x = 0 the sign can be wrong too, but those points are of low order.)
fn is_canonical(key: &Public) -> bool {
    let top = key.0[31] & 0x7f;
    !(top == 0x7f && key.0[1..31].iter().all(|byte| *byte == 0xff) && key.0[0] >= 0xed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vectors::hex;

    #[test]
    fn signs_as_rfc_8032_says() {
        let cases = [
            (
                "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
                "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
                "",
                "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
            ),
            (
                "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
                "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
                "72",
                "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
            ),
        ];
        for (seed, public, message, signature) in cases {
            let key = SignKey::from_seed(&Zeroizing::new(hex(seed).try_into().unwrap()));
            assert_eq!(key.public().0.to_vec(), hex(public));
            let signed = key.sign(&hex(message));
            assert_eq!(signed.0.to_vec(), hex(signature));
            assert_eq!(verify(&key.public(), &hex(message), &signed), Ok(()));
            assert_eq!(verify(&key.public(), b"other", &signed), Err(Error::BadSignature));
        }
    }

    #[test]
    fn refuses_an_s_that_is_not_reduced() {
        let key = SignKey::random().unwrap();
        let mut signature = key.sign(b"text");
        // S + L is the same number modulo L
        let order = hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
        let mut carry = 0;
        for (byte, add) in signature.0[32..].iter_mut().zip(order) {
            let sum = u16::from(*byte) + u16::from(add) + carry;
            *byte = sum.to_le_bytes()[0];
            carry = sum >> 8;
        }
        assert_eq!(verify(&key.public(), b"text", &signature), Err(Error::BadSignature));
    }

    #[test]
    fn refuses_keys_of_low_order_and_keys_that_are_not_canonical() {
        let low = [
            "0100000000000000000000000000000000000000000000000000000000000000",
            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "0000000000000000000000000000000000000000000000000000000000000000",
            "0000000000000000000000000000000000000000000000000000000000000080",
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
            // not canonical: 1 and 0 with the sign set, p and p + 1
            "0100000000000000000000000000000000000000000000000000000000000080",
            "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            // not canonical and of high order: p + 3 (3 is a y coordinate of the curve)
            "f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        ];
        // with R the neutral point and S = 0 everything verifies under a key of low order, if one is not strict
        let mut forged = Bytes([0; 64]);
        forged.0[0] = 1;
        for key in low {
            let key = Bytes::from_slice(&hex(key)).unwrap();
            assert_eq!(verify(&key, b"anything", &forged), Err(Error::BadSignature), "{key}");
        }
    }
}
