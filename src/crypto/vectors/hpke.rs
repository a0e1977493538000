//! HPKE with a given ephemeral key, as libraries do not offer it: RFC 9180 written down once more, to make vectors and to check the
//! library by.
use crate::bytes::{Blob, Public};
use crate::dh::DhKey;
use crate::seal::encrypt;
use crate::sealed_box::SealedBox;
use crate::secret::from_slice;
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

const KEM: &[u8] = b"KEM\x00\x20";
const SUITE: &[u8] = b"HPKE\x00\x20\x00\x01\x00\x02";

fn extract(suite: &[u8], salt: &[u8], label: &str, input: &[u8]) -> Vec<u8> {
    // HKDF-Extract is HMAC with the salt as its key
    let mut mac = Hmac::<Sha256>::new_from_slice(salt).expect("any length");
    for part in [b"HPKE-v1", suite, label.as_bytes(), input] {
        mac.update(part);
    }
    mac.finalize().into_bytes().to_vec()
}

fn expand(suite: &[u8], key: &[u8], label: &str, info: &[u8], length: u16) -> Vec<u8> {
    let info = [&length.to_be_bytes(), &b"HPKE-v1"[..], suite, label.as_bytes(), info].concat();
    let mut out = vec![0; usize::from(length)];
    Hkdf::<Sha256>::from_prk(key).expect("32 bytes").expand(&info, &mut out).expect("a valid length");
    out
}

/// Seals in one go; in base mode without a pre-shared key and its id.
pub fn seal(to: &Public, ephemeral: &DhKey, info: &[u8], psk: Option<(&[u8], &[u8])>, plaintext: &[u8]) -> SealedBox {
    let dh = ephemeral.agree(to).expect("a good key");
    let context = [ephemeral.public().0, to.0].concat();
    let shared = expand(KEM, &extract(KEM, b"", "eae_prk", &*dh), "shared_secret", &context, 32);
    let (psk, psk_id) = psk.unwrap_or_default();
    let mode = [u8::from(!psk.is_empty())];
    let context = [&mode[..], &extract(SUITE, b"", "psk_id_hash", psk_id), &extract(SUITE, b"", "info_hash", info)].concat();
    let secret = extract(SUITE, &shared, "secret", psk);
    let key = from_slice(&expand(SUITE, &secret, "key", &context, 32)).expect("32 bytes");
    let nonce: [u8; 12] = expand(SUITE, &secret, "base_nonce", &context, 12).try_into().expect("12 bytes");
    SealedBox { enc: ephemeral.public(), ct: Blob(encrypt(&key, &nonce, b"", plaintext).expect("a short plaintext")) }
}
