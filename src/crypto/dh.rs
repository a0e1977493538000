//! X25519, refusing keys that make the result known to everybody. `docs/encryption.md`, "Primitives".
use crate::bytes::{Bytes, Public};
use crate::error::{Error, Result};
use crate::random;
use crate::secret::Secret;
use x25519_dalek::{PublicKey, StaticSecret};
use zeroize::Zeroizing;

/// A private X25519 key with its public half; wiped when dropped.
#[derive(Clone)]
pub struct DhKey {
    secret: StaticSecret,
    public: Public,
}

impl DhKey {
    /// From its 32 bytes.
    pub fn from_secret(bytes: &Secret) -> DhKey {
        let secret = StaticSecret::from(**bytes);
        let public = Bytes(PublicKey::from(&secret).to_bytes());
        DhKey { secret, public }
    }

    /// A new one; `no_randomness` if the operating system has none.
    pub fn random() -> Result<DhKey> {
        Ok(DhKey::from_secret(&random::secret()?))
    }

    /// The public half.
    pub fn public(&self) -> Public {
        self.public
    }

    /// The private half, to be sealed into the vault.
    pub fn secret(&self) -> Secret {
        Zeroizing::new(self.secret.to_bytes())
    }

    /// What both sides can compute; `bad_key` if the other key is of low order.
    pub fn agree(&self, other: &Public) -> Result<Secret> {
        let shared = self.secret.diffie_hellman(&PublicKey::from(other.0));
        if shared.was_contributory() { Ok(Zeroizing::new(shared.to_bytes())) } else { Err(Error::BadKey) }
    }
}

impl std::fmt::Debug for DhKey {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        write!(f, "DhKey({})", self.public)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vectors::hex;

    fn key(text: &str) -> DhKey {
        DhKey::from_secret(&Zeroizing::new(hex(text).try_into().unwrap()))
    }

    #[test]
    fn agrees_as_rfc_7748_says() {
        // 5.2
        let scalar = key("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4");
        let point = Bytes::from_slice(&hex("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c")).unwrap();
        let expected = "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552";
        assert_eq!(scalar.agree(&point).unwrap().to_vec(), hex(expected));
        // 6.1
        let bob = key("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb");
        let alice = Bytes::from_slice(&hex("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a")).unwrap();
        assert_eq!(bob.public().0.to_vec(), hex("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f"));
        let expected = "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742";
        assert_eq!(bob.agree(&alice).unwrap().to_vec(), hex(expected));
    }

    #[test]
    fn a_thousand_steps_end_where_rfc_7748_says() {
        let mut nine = [0; 32];
        nine[0] = 9;
        let (mut scalar, mut point) = (Zeroizing::new(nine), nine);
        for _ in 0..1_000 {
            let next = DhKey::from_secret(&scalar).agree(&Bytes(point)).unwrap();
            point = *scalar;
            scalar = next;
        }
        assert_eq!(scalar.to_vec(), hex("684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51"));
    }

    #[test]
    fn refuses_points_of_low_order() {
        let order_8 = "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800";
        let one = "0100000000000000000000000000000000000000000000000000000000000000";
        let key = DhKey::random().unwrap();
        for low in [order_8, one, &"00".repeat(32)] {
            assert_eq!(key.agree(&Bytes::from_slice(&hex(low)).unwrap()), Err(Error::BadKey));
        }
    }
}
