//! Twelve recovery words: 128 random bits and 4 bits of checksum, in the BIP-39 English list. `docs/encryption.md`, "Unlocking".
//!
//! Only the encoding is BIP-39's: no passphrase and no stretching, as the bits are random already.
use crate::error::{Error, Result};
use crate::random;
use bip39::{Language, Mnemonic};
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

/// The bits behind the words, wiped when dropped.
pub type Entropy = Zeroizing<[u8; 16]>;

/// New ones; `no_randomness` if the operating system has none.
pub fn generate() -> Result<Entropy> {
    let mut entropy = Zeroizing::new([0; 16]);
    random::fill(&mut *entropy)?;
    Ok(entropy)
}

/// The twelve words, in lower case, with single spaces.
pub fn write(entropy: &Entropy) -> Zeroizing<String> {
    #[expect(clippy::expect_used, reason = "16 bytes are a valid length")]
    let words = Mnemonic::from_entropy_in(Language::English, &**entropy).expect("16 bytes");
    Zeroizing::new(words.words().collect::<Vec<_>>().join(" "))
}

/// What a person typed, in any case and with any white space. `bad_format` if it is not twelve words of the list or the
/// checksum is wrong.
pub fn read(text: &str) -> Result<Entropy> {
    if text.len() > 1_000 {
        return Err(Error::TooLarge("recovery words"));
    }
    let normal = Zeroizing::new(text.nfkd().flat_map(char::to_lowercase).collect::<String>());
    let words = Mnemonic::parse_in_normalized(Language::English, &normal).map_err(|_| Error::BadFormat("recovery words"))?;
    let (bytes, length) = words.to_entropy_array();
    let bytes = Zeroizing::new(bytes);
    let mut entropy = Zeroizing::new([0; 16]);
    if length != entropy.len() {
        return Err(Error::BadFormat("recovery words"));
    }
    entropy.copy_from_slice(&bytes[..length]);
    Ok(entropy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_as_bip_39_says() {
        let zeros = "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about";
        assert_eq!(*write(&Zeroizing::new([0; 16])), zeros);
        let sevens = "legal winner thank year wave sausage worth useful legal winner thank yellow";
        assert_eq!(*write(&Zeroizing::new([0x7f; 16])), sevens);
        assert_eq!(read(sevens).unwrap().to_vec(), [0x7f; 16]);
    }

    #[test]
    fn reads_what_people_type() {
        let entropy = generate().unwrap();
        let typed = format!("  {}\n", write(&entropy).replace(' ', "  ").to_uppercase());
        assert_eq!(read(&typed).unwrap(), entropy);
    }

    #[test]
    fn notices_wrong_words() {
        let zeros = write(&Zeroizing::new([0; 16])).to_string();
        for wrong in [
            zeros.replace("about", "abandon"),
            zeros.replace("about", "snugly"),
            zeros.replacen("abandon ", "", 1),
            format!("{zeros} {zeros}"),
            "abandon ".repeat(23) + "art",
            String::new(),
        ] {
            assert_eq!(read(&wrong), Err(Error::BadFormat("recovery words")), "{wrong}");
        }
        assert_eq!(read(&"a ".repeat(1_000)), Err(Error::TooLarge("recovery words")));
    }
}
