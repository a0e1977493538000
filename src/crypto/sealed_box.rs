//! BOX: sealing to one public key with HPKE (RFC 9180). `docs/encryption.md`, "Primitives".
//!
//! HPKE's base mode says nothing about who sealed: **a key that comes in a box is checked against a commitment in a
//! signed link before it is used.** The mode with a pre-shared key is for pairing only.
use crate::bytes::{Blob, Bytes, Public};
use crate::dh::DhKey;
use crate::error::{Error, Result};
use crate::secret::Secret;
use getrandom::SysRng;
use getrandom::rand_core::{TryRng, UnwrapErr};
use hpke::aead::AesGcm256;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::{Deserializable, HpkeError, Kem, OpModeR, OpModeS, PskBundle, Serializable, single_shot_open, single_shot_seal_with_rng};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// Something sealed to one public key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedBox {
    /// The ephemeral public key.
    pub enc: Public,
    pub ct: Blob,
}

/// Seals to a public key; opens only with the same info. `bad_key` if the key is of low order.
pub fn seal_to(key: &Public, info: &[u8], plaintext: &[u8]) -> Result<SealedBox> {
    seal(&OpModeS::Base, key, info, plaintext)
}

/// Opens what was sealed to this key with this info; `bad_seal` otherwise, `bad_key` if the ephemeral key is of low order.
pub fn open_box(key: &DhKey, info: &[u8], sealed: &SealedBox) -> Result<Zeroizing<Vec<u8>>> {
    open(&OpModeR::Base, key, info, sealed)
}

/// Seals to a public key for someone who also knows `psk`. Errors as [`seal_to`].
pub(crate) fn seal_to_with_psk(key: &Public, info: &[u8], psk: &Secret, psk_id: &[u8], plaintext: &[u8]) -> Result<SealedBox> {
    seal(&OpModeS::Psk(bundle(psk, psk_id)?), key, info, plaintext)
}

/// The reverse of [`seal_to_with_psk`]; `bad_seal` if anything differs.
pub(crate) fn open_with_psk(key: &DhKey, info: &[u8], psk: &Secret, psk_id: &[u8], sealed: &SealedBox) -> Result<Zeroizing<Vec<u8>>> {
    open(&OpModeR::Psk(bundle(psk, psk_id)?), key, info, sealed)
}

fn bundle<'a>(psk: &'a Secret, psk_id: &'a [u8]) -> Result<PskBundle<'a>> {
    PskBundle::new(&**psk, psk_id).map_err(|_| Error::BadKey)
}

fn seal(mode: &OpModeS<X25519HkdfSha256>, key: &Public, info: &[u8], plaintext: &[u8]) -> Result<SealedBox> {
    let key = <X25519HkdfSha256 as Kem>::PublicKey::from_bytes(&key.0).map_err(|_| Error::BadKey)?;
    // the library wants a source that cannot fail: ask once whether there is one
    SysRng.try_next_u32().map_err(|_| Error::NoRandomness)?;
    let mut source = UnwrapErr(SysRng);
    let (enc, ct) = single_shot_seal_with_rng::<AesGcm256, HkdfSha256, X25519HkdfSha256>(mode, &key, info, plaintext, &[], &mut source)
        .map_err(|_| Error::BadKey)?;
    Ok(SealedBox { enc: Bytes::from_slice(&enc.to_bytes())?, ct: Blob(ct) })
}

fn open(mode: &OpModeR<X25519HkdfSha256>, key: &DhKey, info: &[u8], sealed: &SealedBox) -> Result<Zeroizing<Vec<u8>>> {
    let key = <X25519HkdfSha256 as Kem>::PrivateKey::from_bytes(&*key.secret()).map_err(|_| Error::BadKey)?;
    let enc = <X25519HkdfSha256 as Kem>::EncappedKey::from_bytes(&sealed.enc.0).map_err(|_| Error::BadSeal)?;
    single_shot_open::<AesGcm256, HkdfSha256, X25519HkdfSha256>(mode, &key, &enc, info, &sealed.ct.0, &[])
        .map(Zeroizing::new)
        .map_err(|error| if error == HpkeError::DecapError { Error::BadKey } else { Error::BadSeal })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vectors::hex;
    use hpke::aead::AesGcm128;

    const INFO: &str = "4f6465206f6e2061204772656369616e2055726e";
    const PLAINTEXT: &str = "4265617574792069732074727574682c20747275746820626561757479";

    fn opens_as_rfc_9180(mode: &OpModeR<X25519HkdfSha256>, secret: &str, enc: &str, ct: &str) {
        let key = <X25519HkdfSha256 as Kem>::PrivateKey::from_bytes(&hex(secret)).unwrap();
        let enc = <X25519HkdfSha256 as Kem>::EncappedKey::from_bytes(&hex(enc)).unwrap();
        // the vectors' first message has the associated data "Count-0"
        let opened =
            single_shot_open::<AesGcm128, HkdfSha256, X25519HkdfSha256>(mode, &key, &enc, &hex(INFO), &hex(ct), b"Count-0").unwrap();
        assert_eq!(opened, hex(PLAINTEXT));
    }

    #[test]
    fn the_library_opens_rfc_9180_a_1() {
        opens_as_rfc_9180(
            &OpModeR::Base,
            "4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8",
            "37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431",
            "f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a355a96d8770ac83d07bea87e13c512a",
        );
        let psk = hex("0247fd33b913760fa1fa51e1892d9f307fbe65eb171e8132c2af18555a738b82");
        let id = hex("456e6e796e20447572696e206172616e204d6f726961");
        opens_as_rfc_9180(
            &OpModeR::Psk(PskBundle::new(&psk, &id).unwrap()),
            "c5eb01eb457fe6c6f57577c5413b931550a162c71a03ac8d196babbd4e5ce0fd",
            "0ad0950d9fb9588e59690b74f1237ecdf1d775cd60be2eca57af5a4b0471c91b",
            "e52c6fed7f758d0cf7145689f21bc1be6ec9ea097fef4e959440012f4feb73fb611b946199e681f4cfc34db8ea",
        );
    }

    #[test]
    fn opens_only_for_its_key_and_place() {
        let (key, other) = (DhKey::random().unwrap(), DhKey::random().unwrap());
        let sealed = seal_to(&key.public(), b"here", b"a key").unwrap();
        assert_eq!(open_box(&key, b"here", &sealed).unwrap().to_vec(), b"a key");
        assert_eq!(open_box(&key, b"there", &sealed), Err(Error::BadSeal));
        assert_eq!(open_box(&other, b"here", &sealed), Err(Error::BadSeal));
        let low = SealedBox { enc: Bytes([0; 32]), ct: sealed.ct.clone() };
        assert_eq!(open_box(&key, b"here", &low), Err(Error::BadKey));
        assert_eq!(seal_to(&Bytes([0; 32]), b"here", b"a key"), Err(Error::BadKey));
    }

    #[test]
    fn with_a_shared_key_only_those_who_know_it_open() {
        let key = DhKey::random().unwrap();
        let (psk, wrong) = (Zeroizing::new([1; 32]), Zeroizing::new([2; 32]));
        let sealed = seal_to_with_psk(&key.public(), b"here", &psk, b"id", b"a key").unwrap();
        assert_eq!(open_with_psk(&key, b"here", &psk, b"id", &sealed).unwrap().to_vec(), b"a key");
        assert_eq!(open_with_psk(&key, b"here", &wrong, b"id", &sealed), Err(Error::BadSeal));
        assert_eq!(open_with_psk(&key, b"here", &psk, b"di", &sealed), Err(Error::BadSeal));
        assert_eq!(open_box(&key, b"here", &sealed), Err(Error::BadSeal));
    }
}
