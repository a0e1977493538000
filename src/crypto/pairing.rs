//! Pairing a new device with one that is already there, over a secret that a person carries. `docs/encryption.md`, "Unlocking".
//!
//! The node carries the messages and never sees the secret: it can neither put other keys in the new device's place nor give
//! the new device a false account.
use crate::account_key::Class;
use crate::bytes::{Bytes, Hash, Id, Public};
use crate::dh::DhKey;
use crate::error::{Error, Result};
use crate::link::Head;
use crate::random;
use crate::sealed_box::{SealedBox, open_with_psk, seal_to_with_psk};
use crate::secret::{self, Secret};
use crate::tuple::{Field, tuple};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, Zeroizing};

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const PSK_ID: &[u8] = b"snug/e2ee/1/pair";
/// The most bytes in what an existing device tells the new one: a thousand keys.
const MOST: usize = 128 * 1024;

/// The secret that the new device shows: 80 random bits, good for 10 minutes.
pub struct PairSecret(Zeroizing<[u8; 10]>);

/// What the existing device tells the new one.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Welcome {
    pub aik: Public,
    pub head: Head,
    pub keys: Vec<WelcomeKey>,
}

/// A key of the account; to be checked against the log's commitment like any other.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WelcomeKey {
    pub class: Class,
    #[serde(rename = "gen")]
    pub generation: u64,
    pub key: Bytes<32>,
}

impl Drop for WelcomeKey {
    fn drop(&mut self) {
        self.key.0.zeroize();
    }
}

impl PairSecret {
    /// A new one; `no_randomness` if the operating system has none.
    pub fn random() -> Result<PairSecret> {
        let mut bytes = Zeroizing::new([0; 10]);
        random::fill(&mut *bytes)?;
        Ok(PairSecret(bytes))
    }

    /// From its 10 bytes.
    pub fn from_bytes(bytes: [u8; 10]) -> PairSecret {
        PairSecret(Zeroizing::new(bytes))
    }

    /// As people read it: four groups of four characters (Crockford's base32) with hyphens.
    pub fn write(&self) -> Zeroizing<String> {
        let mut out = Zeroizing::new(String::with_capacity(19));
        let bits = Zeroizing::new(self.0.iter().fold(0u128, |bits, byte| bits << 8 | u128::from(*byte)));
        for at in 0..16 {
            if at > 0 && at % 4 == 0 {
                out.push('-');
            }
            let index = (*bits >> (75 - 5 * at)) & 31;
            out.push(char::from(ALPHABET[usize::try_from(index).unwrap_or(0)]));
        }
        out
    }

    /// What a person typed: any case, spaces and hyphens, O for 0, I and L for 1. `bad_format` otherwise.
    pub fn read(text: &str) -> Result<PairSecret> {
        let (mut bits, mut count) = (Zeroizing::new(0u128), 0);
        for letter in text.chars().filter(|letter| !matches!(letter, ' ' | '-')) {
            let letter = match letter.to_ascii_uppercase() {
                'O' => '0',
                'I' | 'L' => '1',
                letter => letter,
            };
            let index = ALPHABET.iter().position(|known| char::from(*known) == letter).ok_or(Error::BadFormat("pairing code"))?;
            count += 1;
            if count > 16 {
                return Err(Error::BadFormat("pairing code"));
            }
            *bits = *bits << 5 | index as u128;
        }
        if count != 16 {
            return Err(Error::BadFormat("pairing code"));
        }
        let mut bytes = Zeroizing::new([0; 10]);
        bytes.copy_from_slice(&Zeroizing::new(bits.to_be_bytes())[6..]);
        Ok(PairSecret(bytes))
    }

    /// What the QR code holds.
    pub fn link(&self, request: &Id) -> Zeroizing<String> {
        Zeroizing::new(format!("snug-pair:1:{request}:{}", self.write().replace('-', "")))
    }

    /// The reverse of [`PairSecret::link`]; `newer` for another version, `bad_format`.
    pub fn read_link(text: &str) -> Result<(Id, PairSecret)> {
        let rest = text.strip_prefix("snug-pair:").ok_or(Error::BadFormat("pairing link"))?;
        let rest = rest.strip_prefix("1:").ok_or(Error::Newer)?;
        let (request, code) = rest.split_once(':').ok_or(Error::BadFormat("pairing link"))?;
        Ok((Id::parse(request)?, PairSecret::read(code)?))
    }

    /// Shows that the one who knows the secret has these keys.
    pub fn mac(&self, account: &Id, dsk: &Public, dxk: &Public) -> Hash {
        let key = secret::derive(&*self.0, &[], &tuple("pair-mac", &[]));
        secret::authenticate(&*key, &tuple("pair-req", &[Field::Bytes(&account.0), Field::Bytes(&dsk.0), Field::Bytes(&dxk.0)]))
    }

    /// Whether the request is of the device that shows the secret; `bad_signature`.
    pub fn check_mac(&self, account: &Id, dsk: &Public, dxk: &Public, mac: &Hash) -> Result<()> {
        if secret::equal(&self.mac(account, dsk, dxk).0, &mac.0) { Ok(()) } else { Err(Error::BadSignature) }
    }

    /// Seals what the new device needs. `bad_key` if its key is of low order.
    pub fn seal(&self, account: &Id, dxk: &Public, welcome: &Welcome) -> Result<SealedBox> {
        let plaintext = Zeroizing::new(serde_json::to_vec(welcome).map_err(|_| Error::BadFormat("welcome"))?);
        seal_to_with_psk(dxk, &info(account), &self.psk(), PSK_ID, &plaintext)
    }

    /// Opens it; `bad_seal` if it is not from the device that was told the secret, `bad_format`, `e2ee_too_large`.
    pub fn open(&self, account: &Id, dxk: &DhKey, sealed: &SealedBox) -> Result<Welcome> {
        if sealed.ct.0.len() > MOST {
            return Err(Error::TooLarge("welcome"));
        }
        let plaintext = open_with_psk(dxk, &info(account), &self.psk(), PSK_ID, sealed)?;
        serde_json::from_slice(&plaintext).map_err(|_| Error::BadFormat("welcome"))
    }

    fn psk(&self) -> Secret {
        secret::derive(&*self.0, &[], &tuple("pair-psk", &[]))
    }
}

fn info(account: &Id) -> Vec<u8> {
    tuple("pair", &[Field::Bytes(&account.0)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vectors::{self, bytes, id};

    #[test]
    fn matches_the_vectors() {
        let vector = &vectors::load()["pair"];
        let secret = PairSecret::from_bytes(bytes(&vector["ps"]).try_into().unwrap());
        let (dsk, dxk) = (vectors::sign("alice-dsk").public(), vectors::dh("slot"));
        assert_eq!(secret.mac(&id("alice"), &dsk, &dxk.public()).0.to_vec(), bytes(&vector["mac"]));
        let sealed = SealedBox { enc: Bytes::from_slice(&bytes(&vector["enc"])).unwrap(), ct: crate::bytes::Blob(bytes(&vector["ct"])) };
        let opened = open_with_psk(&dxk, &info(&id("alice")), &secret.psk(), PSK_ID, &sealed).unwrap();
        assert_eq!(opened.to_vec(), vectors::secret("history-key").to_vec());
    }

    #[test]
    fn only_the_device_that_shows_the_secret_is_told() {
        let (shown, guessed) = (PairSecret::random().unwrap(), PairSecret::random().unwrap());
        let (dsk, dxk) = (vectors::sign("new").public(), vectors::dh("new"));
        let mac = shown.mac(&id("alice"), &dsk, &dxk.public());
        assert_eq!(shown.check_mac(&id("alice"), &dsk, &dxk.public(), &mac), Ok(()));
        assert_eq!(guessed.check_mac(&id("alice"), &dsk, &dxk.public(), &mac), Err(Error::BadSignature));
        assert_eq!(shown.check_mac(&id("alice"), &dsk, &vectors::dh("node").public(), &mac), Err(Error::BadSignature));

        let keys = vec![WelcomeKey { class: Class::History, generation: 2, key: vectors::named("h") }];
        let head = Head { seq: 3, hash: vectors::named("head") };
        let welcome = Welcome { aik: vectors::sign("alice-aik").public(), head, keys };
        let sealed = shown.seal(&id("alice"), &dxk.public(), &welcome).unwrap();
        assert!(shown.open(&id("alice"), &dxk, &sealed).unwrap() == welcome);
        assert_eq!(guessed.open(&id("alice"), &dxk, &sealed).err(), Some(Error::BadSeal));
        assert_eq!(shown.open(&id("bob"), &dxk, &sealed).err(), Some(Error::BadSeal));
        assert_eq!(shown.open(&id("alice"), &vectors::dh("node"), &sealed).err(), Some(Error::BadSeal));
    }

    #[test]
    fn people_may_type_it_their_way() {
        let secret = PairSecret::from_bytes([0x00, 0x44, 0x32, 0x14, 0xc7, 0x42, 0x54, 0xb6, 0x35, 0xcf]);
        assert_eq!(*secret.write(), "0123-4567-89AB-CDEF");
        for typed in ["0123456789abcdef", "o123-4567-89ab-cdef", "0L23 4567 89AB CDEF", " 0i23456789ABCDEF "] {
            assert_eq!(*PairSecret::read(typed).unwrap().0, *secret.0, "{typed}");
        }
        for wrong in ["", "0123 4567 89AB CDE", "0123 4567 89AB CDEF G", "0123 4567 89AB CDEU", "0123 4567 89AB CDE🦔"] {
            assert_eq!(PairSecret::read(wrong).err(), Some(Error::BadFormat("pairing code")), "{wrong}");
        }
        let (request, read) = PairSecret::read_link(&secret.link(&id("request"))).unwrap();
        assert_eq!((request, *read.0), (id("request"), *secret.0));
        assert_eq!(PairSecret::read_link("snug-pair:2:x").err(), Some(Error::Newer));
    }
}
