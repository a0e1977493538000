//! Tokens that are handed out once and kept as hashes, and codes that people read to each other.
use crate::binary;
use rand::Rng;
use sha2::{Digest, Sha256};

/// Letters and digits that are not taken for one another.
pub const ALPHABET: &[u8] = b"23456789ABCDEFGHJKMNPQRSTVWXYZ";

/// A token of 32 random bytes as text.
pub fn token() -> String {
    binary::encode(&snug_base::keys::random::<32>())
}

/// What is kept of a token.
pub fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

/// A random code of `length` unambiguous characters.
pub fn code(length: usize) -> String {
    let mut random = rand::rng(); // seeded by the system, cryptographic
    (0..length).map(|_| char::from(ALPHABET[random.random_range(0..ALPHABET.len())])).collect()
}

/// A code as somebody typed it: upper case, without spaces, hyphens and whatever else is in no code.
pub fn normal_code(typed: &str) -> String {
    typed.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_of_the_alphabet() {
        let made = code(40);
        assert_eq!(made.len(), 40);
        assert!(made.bytes().all(|byte| ALPHABET.contains(&byte)));
        assert_eq!(normal_code(" ab-2 c\n\0"), "AB2C");
    }

    #[test]
    fn tokens_differ_and_so_do_their_hashes() {
        let (a, b) = (token(), token());
        assert_ne!(a, b);
        assert_ne!(hash(&a), hash(&b));
        assert_eq!(a.len(), 43);
    }
}
