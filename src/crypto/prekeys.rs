//! Prekeys: what lets others seal to an account that is away. `docs/encryption.md`, "Prekeys".
use crate::account_log::AccountLog;
use crate::bytes::{Id, Public, Signature};
use crate::error::{Error, Result, Rule};
use crate::link::Head;
use crate::sign::{SignKey, verify};
use crate::tuple::{Field, tuple};
use serde::{Deserialize, Serialize};

/// How old a signed prekey may be for whoever seals to it, in seconds: 180 days.
pub const MAX_AGE_S: u64 = 180 * 86_400;

/// After how many seconds a device that notices makes a new signed prekey: 7 days.
pub const RENEW_AFTER_S: u64 = 7 * 86_400;
/// How long the private half of a replaced signed prekey, or of an unused one-time prekey, is kept at least, in seconds: 30 and 90 days.
pub const KEEP_SIGNED_S: u64 = 30 * 86_400;
pub const KEEP_ONE_TIME_S: u64 = 90 * 86_400;
/// One-time prekeys are filled up to this many when the node reports fewer than [`ONE_TIME_LOW`]; it stores at most
/// [`ONE_TIME_MAX`], and gives them out only for conversations of at most [`ONE_TIME_MEMBERS`].
pub const ONE_TIME_COUNT: usize = 100;
pub const ONE_TIME_LOW: usize = 20;
pub const ONE_TIME_MAX: usize = 200;
pub const ONE_TIME_MEMBERS: usize = 32;

/// The identity's X25519 key, as a bundle says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BundleIk {
    #[serde(rename = "gen")]
    pub generation: u64,
    #[serde(rename = "pub")]
    pub public: Public,
}

/// A prekey that a device signed. New every 7 days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedPrekey {
    pub id: Id,
    #[serde(rename = "pub")]
    pub public: Public,
    /// Unix seconds, by the device's clock.
    pub at: u64,
    /// The device that signed.
    pub by: Id,
    pub sig: Signature,
}

/// A prekey for one use. Unsigned: a false one only makes one delivery fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OneTimePrekey {
    pub id: Id,
    #[serde(rename = "pub")]
    pub public: Public,
}

/// What the node hands out about an account. Nothing in it counts before [`Bundle::verify`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bundle {
    pub account: Id,
    pub ik: BundleIk,
    pub spk: SignedPrekey,
    pub opk: Option<OneTimePrekey>,
    pub log: Head,
}

/// A verified bundle: whom to seal to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient {
    pub account: Id,
    pub aik: Public,
    pub ik: BundleIk,
    pub spk: (Id, Public),
    pub opk: Option<(Id, Public)>,
}

impl SignedPrekey {
    /// Signs a prekey for the identity's current X25519 key.
    pub fn sign(account: &Id, ik: &BundleIk, id: Id, public: Public, at: u64, (by, dsk): (Id, &SignKey)) -> SignedPrekey {
        let sig = dsk.sign(&signed(account, ik, &id, &public, at));
        SignedPrekey { id, public, at, by, sig }
    }
}

impl Bundle {
    /// Whether the bundle is this account's by its verified log, under the identity that the conversation agreed on.
    ///
    /// `need_log` if the log has to be fetched further, `log_fork`, `key_mismatch` for another identity, `bad_key` for another
    /// X25519 key or a signed prekey that is too old at `now` (Unix seconds), `e2ee_bad_link` (signer) if its device is not
    /// active, `bad_signature`.
    pub fn verify(&self, log: &AccountLog, agreed: &Public, now: u64) -> Result<Recipient> {
        if self.account != log.account() {
            return Err(Error::BadFormat("account"));
        }
        log.chain().check(&self.log)?;
        if log.aik() != Some(*agreed) {
            return Err(Error::KeyMismatch);
        }
        if log.ik() != Some((self.ik.generation, self.ik.public)) || self.spk.at.saturating_add(MAX_AGE_S) < now {
            return Err(Error::BadKey);
        }
        let device = log.device(&self.spk.by).filter(|device| device.ended.is_none()).ok_or(Error::BadLink(Rule::Signer))?;
        verify(&device.dsk, &signed(&self.account, &self.ik, &self.spk.id, &self.spk.public, self.spk.at), &self.spk.sig)?;
        Ok(Recipient {
            account: self.account,
            aik: *agreed,
            ik: self.ik,
            spk: (self.spk.id, self.spk.public),
            opk: self.opk.map(|opk| (opk.id, opk.public)),
        })
    }
}

fn signed(account: &Id, ik: &BundleIk, id: &Id, public: &Public, at: u64) -> Vec<u8> {
    let fields = [
        Field::Bytes(&account.0),
        Field::Int(ik.generation),
        Field::Bytes(&ik.public.0),
        Field::Bytes(&id.0),
        Field::Bytes(&public.0),
        Field::Int(at),
    ];
    tuple("spk", &fields)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account_log::body::Change;
    use crate::actors::{Actor, START};
    use crate::vectors::{self, id};

    fn bundle(actor: &Actor) -> Bundle {
        let ik = BundleIk { generation: 1, public: actor.ik.public() };
        let by = (actor.device, &actor.dsk);
        let spk = SignedPrekey::sign(&actor.account, &ik, id("spk"), vectors::dh("bob-spk").public(), START, by);
        let opk = Some(OneTimePrekey { id: id("opk"), public: vectors::dh("bob-opk").public() });
        Bundle { account: actor.account, ik, spk, opk, log: actor.head() }
    }

    #[test]
    fn a_bundle_counts_only_if_the_log_agrees() {
        let mut bob = Actor::new("bob");
        let (good, agreed) = (bundle(&bob), bob.aik.public());
        let check = |bundle: &Bundle| bundle.verify(&bob.log, &agreed, START + 100);
        assert_eq!(check(&good).unwrap().opk, Some((id("opk"), vectors::dh("bob-opk").public())));

        let mut other = good.clone();
        other.spk.public = vectors::dh("node").public();
        assert_eq!(check(&other), Err(Error::BadSignature));
        let mut other = good.clone();
        other.spk.by = id("ghost");
        assert_eq!(check(&other), Err(Error::BadLink(Rule::Signer)));
        let mut other = good.clone();
        other.ik.public = vectors::dh("node").public();
        assert_eq!(check(&other), Err(Error::BadKey));
        let mut other = good.clone();
        other.log.seq = 7;
        assert_eq!(check(&other), Err(Error::NeedLog));
        other.log = Head { seq: 0, hash: vectors::named("x") };
        assert_eq!(check(&other), Err(Error::LogFork));
        assert_eq!(good.verify(&bob.log, &vectors::sign("mallory").public(), START), Err(Error::KeyMismatch));
        assert_eq!(good.verify(&bob.log, &agreed, START + MAX_AGE_S), check(&good));
        assert_eq!(good.verify(&bob.log, &agreed, START + MAX_AGE_S + 1), Err(Error::BadKey));

        let link = bob.by_identity(Change::DeviceRevoke { devices: vec![bob.device] });
        bob.accept(link);
        assert_eq!(good.verify(&bob.log, &agreed, START), Err(Error::BadLink(Rule::Signer)));
    }

    #[test]
    fn goes_over_the_wire() {
        let good = bundle(&Actor::new("bob"));
        let text = serde_json::to_string(&good).unwrap();
        assert_eq!(serde_json::from_str::<Bundle>(&text).unwrap(), good);
    }
}
