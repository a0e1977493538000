//! Sealing a push message for one browser (RFC 8291 over RFC 8188), so that its push service can't read it.
use aes_gcm::aead::{Aead, KeyInit};
use aes_gcm::{Aes128Gcm, Nonce};
use hkdf::Hkdf;
use p256::elliptic_curve::sec1::ToEncodedPoint;
use p256::{PublicKey, SecretKey};
use sha2::Sha256;
use snug_base::{Error, Result};

/// The most that a message may hold. Push services take 4,096 bytes with everything around it.
pub const MOST: usize = 3_072;
/// A message is filled up to a multiple of this, so that its length says little.
const STEP: usize = 256;
/// One record holds it all.
const RECORD: u32 = 4_096;

/// A new secret key.
pub fn secret_key() -> SecretKey {
    loop {
        // all but one of 2^32 are keys
        if let Ok(key) = SecretKey::from_slice(&rand::random::<[u8; 32]>()) {
            return key;
        }
    }
}

/// The uncompressed point of a key: 65 bytes.
pub fn point(key: &PublicKey) -> Vec<u8> {
    key.to_encoded_point(false).as_bytes().to_vec()
}

/// Seals `message` for the browser with this key and secret: a body with `Content-Encoding: aes128gcm`.
pub fn seal(browser: &[u8], secret: &[u8], message: &[u8]) -> Result<Vec<u8>> {
    if message.len() > MOST {
        return Err(Error::internal("a push message is too long"));
    }
    let filled = (message.len() + 1).next_multiple_of(STEP).min(MOST + 1);
    let mut record = message.to_vec();
    record.push(2); // the last record begins its filling so
    record.resize(filled, 0);
    seal_record(browser, secret, &record, &secret_key(), rand::random())
}

fn seal_record(browser: &[u8], secret: &[u8], record: &[u8], own: &SecretKey, salt: [u8; 16]) -> Result<Vec<u8>> {
    let theirs = PublicKey::from_sec1_bytes(browser).map_err(|_| Error::internal("a subscription's key is no point"))?;
    let ours = point(&own.public_key());
    let agreed = p256::ecdh::diffie_hellman(own.to_nonzero_scalar(), theirs.as_affine());
    let info = [b"WebPush: info\0".as_slice(), browser, &ours].concat();
    let mut material = [0; 32];
    expand(secret, agreed.raw_secret_bytes(), &info, &mut material)?;
    let (mut key, mut nonce) = ([0; 16], [0; 12]);
    expand(&salt, &material, b"Content-Encoding: aes128gcm\0", &mut key)?;
    expand(&salt, &material, b"Content-Encoding: nonce\0", &mut nonce)?;
    let sealed = Aes128Gcm::new(&key.into()).encrypt(&Nonce::from(nonce), record).map_err(|_| Error::internal("sealing failed"))?;
    let length = u8::try_from(ours.len()).map_err(Error::internal)?;
    Ok([salt.as_slice(), &RECORD.to_be_bytes(), &[length], &ours, &sealed].concat())
}

fn expand(salt: &[u8], material: &[u8], info: &[u8], out: &mut [u8]) -> Result<()> {
    Hkdf::<Sha256>::new(Some(salt), material).expand(info, out).map_err(|_| Error::internal("deriving a key failed"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine;
    use base64::prelude::BASE64_URL_SAFE_NO_PAD as B64;

    fn bytes(text: &str) -> Vec<u8> {
        B64.decode(text).unwrap_or_else(|e| panic!("{e}"))
    }

    /// The example of RFC 8291, section 5 and appendix A.
    #[test]
    fn the_example_of_the_standard_comes_out() {
        let browser = bytes("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4");
        let own = SecretKey::from_slice(&bytes("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw")).unwrap_or_else(|e| panic!("{e}"));
        let salt: [u8; 16] = bytes("DGv6ra1nlYgDCS1FRnbzlw").try_into().unwrap_or_else(|_| panic!("16 bytes"));
        let record = [b"When I grow up, I want to be a watermelon".as_slice(), &[2]].concat();
        let sealed = seal_record(&browser, &bytes("BTBZMqHH6r4Tts7J_aSIgg"), &record, &own, salt).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(
            B64.encode(sealed),
            "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
        );
    }

    #[test]
    fn lengths_say_little_and_stay_below_what_push_services_take() {
        let browser = point(&secret_key().public_key());
        let length = |n: usize| seal(&browser, &[1; 16], &vec![b'a'; n]).map(|sealed| sealed.len()).unwrap_or_default();
        assert_eq!(length(1), length(255));
        assert!(length(255) < length(256));
        assert!(length(MOST) <= 4_096 && length(MOST) > MOST);
        assert_eq!(length(MOST + 1), 0);
    }
}
