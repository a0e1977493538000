//! To whom a backup is readable: age's recipients and identities.
use age::secrecy::{ExposeSecret, SecretString};
use age::{Identity, Recipient};
use snug_base::{Code, Result};
use std::str::FromStr;
use zeroize::Zeroizing;

/// How a backup is encrypted.
#[derive(Clone)]
pub enum Lock {
    /// To the holders of these keys (`age1…`).
    Recipients(Vec<String>),
    /// To whoever knows the passphrase.
    Passphrase(Zeroizing<String>),
    /// To everybody who has the file.
    None,
}

/// What opens one.
#[derive(Clone, Default)]
pub struct Opener {
    /// Keys (`AGE-SECRET-KEY-1…`).
    pub identities: Vec<Zeroizing<String>>,
    pub passphrase: Option<Zeroizing<String>>,
}

/// The highest cost of a passphrase that is accepted (2^n KiB of memory for scrypt): a file from outside must not take more than 1 GiB.
const MOST_WORK: u8 = 20;
/// What a passphrase costs here: 64 MiB, so that a Raspberry Pi can pay it beside its work. Hence passphrases have to be long.
const WORK: u8 = 16;
/// Characters of a passphrase.
const SHORTEST: usize = 12;

/// A new pair: what opens (to be kept elsewhere) and to whom is encrypted.
pub fn generate() -> (Zeroizing<String>, String) {
    let identity = age::x25519::Identity::generate();
    (Zeroizing::new(identity.to_string().expose_secret().to_owned()), identity.to_public().to_string())
}

/// To whom a key belongs.
pub fn recipient_of(identity: &str) -> Result<String> {
    Ok(identity_of(identity)?.to_public().to_string())
}

/// Checks a recipient.
pub fn recipient(text: &str) -> Result<age::x25519::Recipient> {
    age::x25519::Recipient::from_str(text.trim()).map_err(|why| {
        Code::Malformed.error(format!("{text:?} is not a key to encrypt to ({why}). It looks like age1…; `snug backup key` makes one."))
    })
}

fn identity_of(text: &str) -> Result<age::x25519::Identity> {
    age::x25519::Identity::from_str(text.trim())
        .map_err(|why| Code::Malformed.error(format!("This is not a key that opens backups ({why}). It looks like AGE-SECRET-KEY-1….")))
}

/// The keys of a file: a line each, comments after #.
pub fn identities(text: &str) -> Vec<Zeroizing<String>> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| Zeroizing::new(line.to_owned())).collect()
}

impl Lock {
    pub(super) fn encryptor(&self) -> Result<Option<age::Encryptor>> {
        let recipients: Vec<Box<dyn Recipient>> = match self {
            Lock::None => return Ok(None),
            Lock::Recipients(all) => all.iter().map(|text| Ok(Box::new(recipient(text)?) as Box<dyn Recipient>)).collect::<Result<_>>()?,
            Lock::Passphrase(passphrase) if passphrase.chars().count() < SHORTEST => {
                return Err(Code::Malformed.error(format!(
                    "The passphrase must have at least {SHORTEST} characters: whoever has the file can guess as fast as they like."
                )));
            }
            Lock::Passphrase(passphrase) => {
                let mut one = age::scrypt::Recipient::new(SecretString::from(passphrase.to_string()));
                one.set_work_factor(WORK);
                vec![Box::new(one)]
            }
        };
        let all = recipients.iter().map(|one| one.as_ref());
        age::Encryptor::with_recipients(all).map(Some).map_err(|e| Code::Malformed.error(format!("The backup can't be encrypted: {e}.")))
    }
}

impl Opener {
    pub(super) fn identities(&self) -> Result<Vec<Box<dyn Identity>>> {
        let mut all: Vec<Box<dyn Identity>> =
            self.identities.iter().map(|text| Ok(Box::new(identity_of(text)?) as Box<dyn Identity>)).collect::<Result<_>>()?;
        if let Some(passphrase) = &self.passphrase {
            let mut one = age::scrypt::Identity::new(SecretString::from(passphrase.to_string()));
            one.set_max_work_factor(MOST_WORK);
            all.push(Box::new(one));
        }
        Ok(all)
    }
}
