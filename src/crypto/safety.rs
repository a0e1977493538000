//! Safety numbers: what two people compare to see that nobody is between them. `docs/encryption.md`, "Verification".
use crate::bytes::{Id, Public};
use crate::error::{Error, Result};
use crate::tuple::{Field, tuple};
use sha2::{Digest, Sha512};

/// The number of two accounts under these identities: 60 digits, the same for both sides.
pub fn number(one: (&Id, &Public), other: (&Id, &Public)) -> String {
    let (first, second) = if one.0 <= other.0 { (one, other) } else { (other, one) };
    half(first.0, first.1) + &half(second.0, second.1)
}

/// The digits as people compare them: 12 groups of 5.
pub fn groups(number: &str) -> Vec<&str> {
    (0..number.len()).step_by(5).filter_map(|at| number.get(at..at + 5)).collect()
}

fn half(account: &Id, aik: &Public) -> String {
    let hash = Sha512::digest(tuple("safety", &[Field::Bytes(&account.0), Field::Bytes(&aik.0)]));
    let group = |bytes: &[u8]| bytes.iter().fold(0u64, |number, byte| number << 8 | u64::from(*byte)) % 100_000;
    hash[..30].chunks(5).map(|bytes| format!("{:05}", group(bytes))).collect()
}

/// What the QR code holds.
pub fn link(account: &Id, aik: &Public) -> String {
    format!("snug-verify:1:{account}:{aik}")
}

/// The reverse of [`link`]; `newer` for another version, `bad_format`.
pub fn read_link(text: &str) -> Result<(Id, Public)> {
    let rest = text.strip_prefix("snug-verify:").ok_or(Error::BadFormat("verification link"))?;
    let rest = rest.strip_prefix("1:").ok_or(Error::Newer)?;
    let (account, aik) = rest.split_once(':').ok_or(Error::BadFormat("verification link"))?;
    Ok((Id::parse(account)?, Public::parse(aik)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vectors::{self, id, sign};

    #[test]
    fn matches_the_vector_from_both_sides() {
        let expected = &vectors::load()["safety"]["digits"];
        let (alice, bob) = (sign("alice-aik").public(), sign("bob-aik").public());
        assert_eq!(number((&id("alice"), &alice), (&id("bob"), &bob)), *expected);
        assert_eq!(number((&id("bob"), &bob), (&id("alice"), &alice)), *expected);
        assert_ne!(number((&id("alice"), &bob), (&id("bob"), &alice)), *expected);
        assert_eq!(groups(expected.as_str().unwrap()).len(), 12);
    }

    #[test]
    fn reads_what_it_writes() {
        let aik = sign("alice-aik").public();
        assert_eq!(read_link(&link(&id("alice"), &aik)), Ok((id("alice"), aik)));
        assert_eq!(read_link("snug-verify:2:x"), Err(Error::Newer));
        assert!(read_link("snug-verify:1:x:y").is_err() && read_link("https://example.org").is_err());
    }
}
