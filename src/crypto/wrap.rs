//! Delivering an epoch's secret to an account that may be away: X3DH, once per account. `docs/encryption.md`, "Delivering a secret".
//!
//! One ephemeral key serves all recipients of an epoch; every derivation binds the recipient. The signed log's commitment decides
//! whether the secret is the right one, so it does not matter who delivers it.
use crate::account_log::AccountLog;
use crate::bytes::{Bytes, Id, Public};
use crate::conversation_log::body::History;
use crate::conversation_log::roster::Entry;
use crate::conversation_log::{Accounts, ConversationLog, NEWEST_SUITE};
use crate::dh::DhKey;
use crate::epoch;
use crate::error::{Error, Result};
use crate::prekeys::Recipient;
use crate::seal::{decrypt, encrypt};
use crate::secret::{self, Secret, derive_long};
use crate::tuple::{Field, tuple};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use zeroize::Zeroizing;

/// The most wraps in a batch: the members of a conversation.
pub const MAX_WRAPS: usize = crate::conversation_log::MAX_MEMBERS;

/// An epoch's secret, sealed to one account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wrap {
    /// The recipient.
    #[serde(rename = "a")]
    pub account: Id,
    /// Which of the recipient's X25519 keys was used.
    #[serde(rename = "ik_gen")]
    pub ik_generation: u64,
    pub spk: Id,
    pub opk: Option<Id>,
    pub ct: Bytes<48>,
}

/// Who sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct From {
    pub account: Id,
    pub device: Id,
    #[serde(rename = "ik_gen")]
    pub ik_generation: u64,
}

/// An epoch's secret, sealed to many accounts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    pub v: u64,
    pub suite: u64,
    pub epoch: u64,
    pub from: From,
    /// The ephemeral public key.
    pub ek: Public,
    pub wraps: Vec<Wrap>,
}

/// The sending side of an agreement.
pub struct Sender<'a> {
    pub from: From,
    /// The identity that stands in the roster.
    pub aik: Public,
    pub ik: &'a DhKey,
}

/// The receiving account's private keys for one wrap.
pub struct Receiver<'a> {
    pub account: Id,
    /// Of the wrap's `ik_gen`.
    pub ik: &'a DhKey,
    pub spk: &'a DhKey,
    pub opk: Option<&'a DhKey>,
}

/// Seals one epoch's secret to account after account, with one ephemeral key.
pub struct Wrapper<'a> {
    conversation: Id,
    epoch: u64,
    secret: &'a Secret,
    sender: Sender<'a>,
    ephemeral: DhKey,
    wraps: Vec<Wrap>,
}

impl<'a> Wrapper<'a> {
    /// For an epoch of a conversation; `no_randomness` if the operating system has none.
    pub fn new(conversation: Id, epoch: u64, secret: &'a Secret, sender: Sender<'a>) -> Result<Wrapper<'a>> {
        Ok(Wrapper::with_ephemeral(conversation, epoch, secret, sender, DhKey::random()?))
    }

    /// With this ephemeral key, which must not be used for anything else.
    pub fn with_ephemeral(conversation: Id, epoch: u64, secret: &'a Secret, sender: Sender<'a>, ephemeral: DhKey) -> Wrapper<'a> {
        Wrapper { conversation, epoch, secret, sender, ephemeral, wraps: Vec::new() }
    }

    /// Seals to one more account; `bad_key` if one of its keys is of low order.
    pub fn wrap(&mut self, to: &Recipient) -> Result<()> {
        let shared = [
            Some(self.sender.ik.agree(&to.spk.1)?),
            Some(self.ephemeral.agree(&to.ik.public)?),
            Some(self.ephemeral.agree(&to.spk.1)?),
            to.opk.map(|(_, public)| self.ephemeral.agree(&public)).transpose()?,
        ];
        let parties = Parties {
            conversation: &self.conversation,
            epoch: self.epoch,
            from: &self.sender.from,
            from_aik: &self.sender.aik,
            from_ik: &self.sender.ik.public(),
            ek: &self.ephemeral.public(),
            to: &to.account,
            to_aik: &to.aik,
            to_ik: &to.ik.public,
            spk: &to.spk,
            opk: to.opk.as_ref(),
        };
        let info = parties.info();
        let (key, nonce) = agree(&shared, &info);
        let ct = Bytes::from_slice(&encrypt(&key, &nonce, &info, &**self.secret)?)?;
        let opk = to.opk.map(|(id, _)| id);
        self.wraps.push(Wrap { account: to.account, ik_generation: to.ik.generation, spk: to.spk.0, opk, ct });
        Ok(())
    }

    /// The request's body; the ephemeral key is gone with it.
    pub fn finish(self) -> Batch {
        let Wrapper { epoch, sender, ephemeral, wraps, .. } = self;
        Batch { v: 1, suite: NEWEST_SUITE, epoch, from: sender.from, ek: ephemeral.public(), wraps }
    }
}

impl Batch {
    /// Refuses what is not of this version (`newer`) or too large (`e2ee_too_large`).
    pub fn check(&self) -> Result<()> {
        if self.v != 1 || self.suite != NEWEST_SUITE {
            return Err(Error::Newer);
        }
        if self.wraps.len() <= MAX_WRAPS { Ok(()) } else { Err(Error::TooLarge("wraps")) }
    }

    /// Members of the roster that the batch leaves out; the node refuses it (`e2ee_wrap_missing`) unless it has no prekey of theirs.
    pub fn missing(&self, log: &ConversationLog) -> Vec<Id> {
        let covered: BTreeSet<Id> = self.wraps.iter().map(|wrap| wrap.account).collect();
        log.entries().iter().map(|entry| entry.account).filter(|account| !covered.contains(account)).collect()
    }

    /// The wrap for an account; `locked` if there is none.
    pub fn of(&self, account: &Id) -> Result<&Wrap> {
        self.wraps.iter().find(|wrap| wrap.account == *account).ok_or(Error::Locked)
    }
}

/// Opens a wrap and compares the secret with the epoch's link.
///
/// `newer`; `need_log` for an epoch or sender that is not known yet; `e2ee_not_member` if the sender is no member and was none
/// during the epoch; `bad_key`; `locked` if the one-time prekey is not at hand; `bad_seal`; `bad_commit` if the sender sealed a
/// wrong secret.
pub fn receive(batch: &Batch, wrap: &Wrap, receiver: &Receiver, log: &ConversationLog, accounts: &impl Accounts) -> Result<Secret> {
    batch.check()?;
    let epoch = log.epoch(batch.epoch)?;
    let from_log = accounts.log(&batch.from.account).ok_or(Error::NeedLog)?;
    let (senders, receivers) = (identities(log, &batch.from.account, epoch.n)?, identities(log, &receiver.account, epoch.n)?);
    if senders.is_empty() || receivers.is_empty() {
        return Err(Error::NotMember);
    }
    let mut last = Error::NeedLog;
    // a rotation may lie between the epoch and now: few pairs, nearly always one
    for from_aik in &senders {
        let Some(from_ik) = from_log.era_of(from_aik).and_then(|era| from_log.ik_of(era, batch.from.ik_generation)) else { continue };
        for to_aik in &receivers {
            let parts = Parts { conversation: &log.conversation(), from_aik, from_ik: &from_ik, to_aik };
            match open(batch, wrap, receiver, &parts) {
                Ok(secret) => {
                    epoch::check(&log.conversation(), epoch, &secret)?;
                    return Ok(secret);
                }
                Err(Error::BadSeal) => last = Error::BadSeal,
                Err(other) => return Err(other),
            }
        }
    }
    Err(last)
}

/// Whether a member's client gives an epoch's secret to an account that asks for it, without asking its user: when the epoch was made
/// for the account too, or its history is shared with all members. Never across a reset: who holds the account now need not be who
/// held it then. `need_log` if the log has no such epoch.
pub fn may_deliver(log: &ConversationLog, account: &AccountLog, n: u64) -> Result<bool> {
    let epoch = log.epoch(n)?;
    let Some(member) = log.member(&account.account()) else { return Ok(false) };
    let is_same = |entry: &Entry| account.continues(&entry.aik, &member.aik);
    if log.member_at(&member.account, epoch.seq).is_some_and(|entry| is_same(&entry)) {
        return Ok(true);
    }
    let joined = log.joined(&member.account);
    Ok(epoch.history == History::Shared && joined.is_some_and(|entry| is_same(&entry)))
}

/// The identities under which an account is or was in the roster: now, and while the epoch was the newest. Newest first.
fn identities(log: &ConversationLog, account: &Id, n: u64) -> Result<Vec<Public>> {
    let during = log.members_during(account, n)?;
    let entries: Vec<Entry> = log.member(account).into_iter().chain(during.into_iter().rev()).collect();
    let mut found: Vec<Public> = Vec::new();
    for entry in entries {
        if !found.contains(&entry.aik) {
            found.push(entry.aik);
        }
    }
    Ok(found)
}

/// What a wrap is bound to and does not say itself.
pub(crate) struct Parts<'a> {
    pub conversation: &'a Id,
    pub from_aik: &'a Public,
    pub from_ik: &'a Public,
    pub to_aik: &'a Public,
}

/// Opens a wrap. Whether the secret is the right one is not checked.
pub(crate) fn open(batch: &Batch, wrap: &Wrap, receiver: &Receiver, parts: &Parts) -> Result<Secret> {
    let Parts { conversation, from_aik, from_ik, to_aik } = *parts;
    let opk = match (wrap.opk, receiver.opk) {
        (Some(id), Some(key)) => Some((id, key)),
        (None, _) => None,
        (Some(_), None) => return Err(Error::Locked),
    };
    let shared = [
        Some(receiver.spk.agree(from_ik)?),
        Some(receiver.ik.agree(&batch.ek)?),
        Some(receiver.spk.agree(&batch.ek)?),
        opk.map(|(_, key)| key.agree(&batch.ek)).transpose()?,
    ];
    let opk = opk.map(|(id, key)| (id, key.public()));
    let parties = Parties {
        conversation,
        epoch: batch.epoch,
        from: &batch.from,
        from_aik,
        from_ik,
        ek: &batch.ek,
        to: &receiver.account,
        to_aik,
        to_ik: &receiver.ik.public(),
        spk: &(wrap.spk, receiver.spk.public()),
        opk: opk.as_ref(),
    };
    let info = parties.info();
    let (key, nonce) = agree(&shared, &info);
    secret::from_slice(&decrypt(&key, &nonce, &info, &wrap.ct.0)?)
}

/// Everything that both sides know of each other.
struct Parties<'a> {
    conversation: &'a Id,
    epoch: u64,
    from: &'a From,
    from_aik: &'a Public,
    from_ik: &'a Public,
    ek: &'a Public,
    to: &'a Id,
    to_aik: &'a Public,
    to_ik: &'a Public,
    spk: &'a (Id, Public),
    opk: Option<&'a (Id, Public)>,
}

impl Parties<'_> {
    fn info(&self) -> Vec<u8> {
        let (opk_id, opk): (&[u8], &[u8]) = self.opk.map_or((&[], &[]), |(id, public)| (&id.0, &public.0));
        let fields = [
            Field::Int(NEWEST_SUITE),
            Field::Bytes(&self.conversation.0),
            Field::Int(self.epoch),
            Field::Bytes(&self.from.account.0),
            Field::Bytes(&self.from.device.0),
            Field::Bytes(&self.from_aik.0),
            Field::Bytes(&self.from_ik.0),
            Field::Bytes(&self.ek.0),
            Field::Bytes(&self.to.0),
            Field::Bytes(&self.to_aik.0),
            Field::Bytes(&self.to_ik.0),
            Field::Bytes(&self.spk.0.0),
            Field::Bytes(&self.spk.1.0),
            Field::Bytes(opk_id),
            Field::Bytes(opk),
        ];
        tuple("x3dh", &fields)
    }
}

fn agree(shared: &[Option<Secret>; 4], info: &[u8]) -> (Secret, [u8; 12]) {
    let mut input = Zeroizing::new([0xff; 32 * 5]);
    let mut length = 32;
    for secret in shared.iter().flatten() {
        input[length..length + 32].copy_from_slice(&**secret);
        length += 32;
    }
    let okm = derive_long::<44>(&input[..length], &[0; 32], info);
    let (mut key, mut nonce) = (Zeroizing::new([0; 32]), [0; 12]);
    key.copy_from_slice(&okm[..32]);
    nonce.copy_from_slice(&okm[32..]);
    (key, nonce)
}

#[cfg(test)]
mod tests;
