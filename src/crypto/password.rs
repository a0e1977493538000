//! The password split: what a client makes of a password, and what the node keeps of that.
//!
//! A slow hash of the password gives the master key, which never leaves the client. One key derived from it signs in,
//! another (not used yet) unlocks the account's keys; the node sees only the first and stores only a keyed hash of it.
use crate::error::Error;
use crate::secret::{self, Secret};
use crate::tuple::{Field, tuple};
use argon2::{Algorithm, Argon2, Params, Version};
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

/// The parameters of Argon2id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kdf {
    /// Memory in KiB.
    pub m: u32,
    /// Passes.
    pub t: u32,
    /// Lanes.
    pub p: u32,
}

/// Why parameters or a password are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    #[error("m must be from 65536 to 1048576 (KiB)")]
    Memory,
    #[error("t must be from 3 to 10")]
    Passes,
    #[error("p must be 1")]
    Lanes,
    #[error("must have 10 to 1000 characters")]
    Length,
}

impl From<PasswordError> for Error {
    fn from(error: PasswordError) -> Error {
        if error == PasswordError::Length { Error::BadFormat("password") } else { Error::Downgraded }
    }
}

impl Kdf {
    /// What new accounts use, and the least that is accepted.
    pub const DEFAULT: Kdf = Kdf { m: 65_536, t: 3, p: 1 };
    const MOST: Kdf = Kdf { m: 1_048_576, t: 10, p: 1 };

    /// Refuses parameters that make guessing cheap or the client's work impossible.
    pub fn check(self) -> Result<Kdf, PasswordError> {
        if !(Kdf::DEFAULT.m..=Kdf::MOST.m).contains(&self.m) {
            return Err(PasswordError::Memory);
        }
        if !(Kdf::DEFAULT.t..=Kdf::MOST.t).contains(&self.t) {
            return Err(PasswordError::Passes);
        }
        if self.p != Kdf::DEFAULT.p {
            return Err(PasswordError::Lanes);
        }
        Ok(self)
    }
}

/// Refuses passwords that are too short to be one.
pub fn check_length(password: &str) -> Result<(), PasswordError> {
    if (10..=1_000).contains(&password.chars().count()) { Ok(()) } else { Err(PasswordError::Length) }
}

/// The master key: Argon2id of the normalised password. Slow on purpose.
pub fn master_key(password: &str, salt: &[u8; 16], kdf: Kdf) -> Result<Secret, PasswordError> {
    let kdf = kdf.check()?;
    let normal = Zeroizing::new(password.nfkc().collect::<String>());
    let params = Params::new(kdf.m, kdf.t, kdf.p, Some(32)).map_err(|_| PasswordError::Memory)?;
    let mut key = Zeroizing::new([0; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(normal.as_bytes(), salt, &mut *key)
        .map_err(|_| PasswordError::Length)?;
    Ok(key)
}

/// The key that signs in: it goes to the node.
pub fn auth_key(master_key: &Secret, account: &[u8; 16]) -> Secret {
    secret::derive(&**master_key, &[], &tuple("pw-auth", &[Field::Bytes(account)]))
}

/// What the node keeps of the key that signs in. The pepper lies outside the database.
pub fn stored(pepper: &[u8; 32], account: &[u8; 16], auth_key: &[u8; 32]) -> [u8; 32] {
    let message = Zeroizing::new(tuple("pw-auth-store", &[Field::Bytes(account), Field::Bytes(auth_key)]));
    secret::authenticate(pepper, &message).0
}

/// Whether this is the key that was stored, in constant time.
pub fn matches(pepper: &[u8; 32], account: &[u8; 16], auth_key: &[u8; 32], kept: &[u8]) -> bool {
    secret::equal(&stored(pepper, account, auth_key), kept)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vectors;

    #[test]
    fn matches_the_vector() {
        let vectors = vectors::load();
        let vector = &vectors["password"];
        let salt = vectors::bytes(&vector["salt"]).try_into().expect("16 bytes");
        let cost = |name: &str| u32::try_from(vector[name].as_u64().expect("a number")).expect("small");
        let kdf = Kdf { m: cost("m"), t: cost("t"), p: cost("p") };
        let key = master_key(vector["password"].as_str().expect("text"), &salt, kdf).expect("a key");
        assert_eq!(key.to_vec(), vectors::bytes(&vector["mk"]));

        let account = vectors::bytes(&vectors["box"]["account"]).try_into().expect("16 bytes");
        assert_eq!(auth_key(&key, &account).to_vec(), vectors::bytes(&vector["auth"]));
    }

    #[test]
    fn refuses_weak_and_absurd_parameters() {
        let least = Kdf::DEFAULT;
        assert_eq!(least.check(), Ok(least));
        assert_eq!(Kdf { m: 65_535, ..least }.check(), Err(PasswordError::Memory));
        assert_eq!(Kdf { m: 1_048_577, ..least }.check(), Err(PasswordError::Memory));
        assert_eq!(Kdf { t: 2, ..least }.check(), Err(PasswordError::Passes));
        assert_eq!(Kdf { t: 11, ..least }.check(), Err(PasswordError::Passes));
        assert_eq!(Kdf { p: 2, ..least }.check(), Err(PasswordError::Lanes));
        assert_eq!(Error::from(PasswordError::Memory), Error::Downgraded);
    }

    #[test]
    fn what_is_kept_depends_on_pepper_account_and_key() {
        let kept = stored(&[1; 32], &[2; 16], &[3; 32]);
        assert!(matches(&[1; 32], &[2; 16], &[3; 32], &kept));
        assert!(!matches(&[9; 32], &[2; 16], &[3; 32], &kept));
        assert!(!matches(&[1; 32], &[9; 16], &[3; 32], &kept));
        assert!(!matches(&[1; 32], &[2; 16], &[9; 32], &kept));
        assert!(!matches(&[1; 32], &[2; 16], &[3; 32], &kept[..31]));
    }

    #[test]
    fn counts_characters_of_passwords() {
        assert_eq!(check_length("ninechars"), Err(PasswordError::Length));
        assert_eq!(check_length("zehn Füße!"), Ok(()));
    }
}
