//! Who people are: trusted on first sight, compared by safety number, and never changed silently.
use crate::client::{Client, id_of};
use crate::error::{Error, Result};
use crate::keys::Trust;
use snug_crypto::bytes::{Id, Public};
use snug_crypto::conversation_log::roster::Entry;
use snug_crypto::error::Error as Refused;
use snug_crypto::safety;
use uuid::Uuid;

/// What is thought of somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Seen for the first time, or as always.
    Known,
    /// Compared by the two people.
    Verified,
    /// Another identity than the one that was known: nothing is sent until that is accepted or compared.
    Changed,
}

/// What two people compare.
pub struct SafetyNumber {
    /// 12 groups of 5 digits.
    pub groups: Vec<String>,
    /// What the QR code holds.
    pub link: String,
}

impl Client {
    /// What is thought of somebody whose log is known here.
    pub fn standing(&self, user: Uuid) -> Standing {
        let account = id_of(user);
        let Some(log) = self.accounts.get(&account) else { return Standing::Known };
        match (self.keys.trust.get(&account), log.aik()) {
            (Some(trust), Some(aik)) if !log.continues(&trust.aik, &aik) => Standing::Changed,
            (Some(trust), Some(_)) if trust.is_verified => Standing::Verified,
            _ => Standing::Known,
        }
    }

    /// The identity to write into a roster: refused while it has changed and nobody accepted that.
    pub(crate) fn trusted_identity(&self, account: &Id) -> Result<Public> {
        let aik = self.accounts.get(account).and_then(|log| log.aik()).ok_or(Error::Protocol(Refused::NoKeys))?;
        if self.standing(crate::client::uuid_of(account)) == Standing::Changed {
            return Err(Error::Protocol(Refused::KeyMismatch));
        }
        Ok(aik)
    }

    /// Remembers identities that are seen for the first time: those that a roster agreed on, not those that logs have by now.
    pub(crate) async fn note_trust(&mut self, roster: &[Entry]) -> Result<()> {
        let mut new = Vec::new();
        for Entry { account, aik, .. } in roster {
            let is_theirs = self.accounts.get(account).is_some_and(|log| log.era_of(aik).is_some());
            if *account != self.me() && is_theirs && !self.keys.trust.contains_key(account) {
                new.push((*account, Trust { aik: *aik, is_verified: false, at: self.now() }));
            }
        }
        self.store_first_trust(&new).await
    }

    /// The safety number with somebody.
    pub async fn safety_number(&mut self, user: Uuid) -> Result<SafetyNumber> {
        let (me, other) = (self.me(), id_of(user));
        self.follow_accounts([me, other], true).await?;
        let aik = |account: &Id| self.accounts.get(account).and_then(|log| log.aik()).ok_or(Error::Protocol(Refused::NoKeys));
        let (own, theirs) = (aik(&me)?, aik(&other)?);
        let number = safety::number((&me, &own), (&other, &theirs));
        Ok(SafetyNumber { groups: safety::groups(&number).into_iter().map(str::to_owned).collect(), link: safety::link(&me, &own) })
    }

    /// Marks somebody as compared, or takes that back. Also accepts a changed identity.
    pub async fn set_verified(&mut self, user: Uuid, is_verified: bool) -> Result<()> {
        let account = id_of(user);
        self.follow_account(account).await?;
        let aik = self.accounts.get(&account).and_then(|log| log.aik()).ok_or(Error::Protocol(Refused::NoKeys))?;
        let trust = Trust { aik, is_verified, at: self.now() };
        self.store_trust(account, trust).await
    }

    /// Compares a scanned QR code with what is known, and marks its owner as compared. `key_mismatch` if it is another identity.
    pub async fn check_link(&mut self, text: &str) -> Result<Uuid> {
        let (account, aik) = safety::read_link(text.trim())?;
        self.follow_account(account).await?;
        if self.accounts.get(&account).and_then(|log| log.aik()) != Some(aik) {
            return Err(Error::Protocol(Refused::KeyMismatch));
        }
        let user = crate::client::uuid_of(&account);
        self.set_verified(user, true).await?;
        Ok(user)
    }
}
