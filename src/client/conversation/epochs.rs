//! Making a new secret for a conversation, sealed to everybody in it.
use crate::client::{Client, uuid_of};
use crate::error::{Error, Result};
use crate::keys::Hidden;
use crate::vault::{epoch_item, note_stored};
use crate::wire::{Bundles, Encryption};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use snug_crypto::bytes::Id;
use snug_crypto::conversation_log::ConversationLog;
use snug_crypto::conversation_log::body::{Body, Change, Signer};
use snug_crypto::epoch::{self, Reason};
use snug_crypto::error::Error as Refused;
use snug_crypto::link::Link;
use snug_crypto::prekeys::{Bundle, ONE_TIME_MEMBERS, Recipient};
use snug_crypto::random;
use snug_crypto::secret::Secret;
use snug_crypto::vault::VaultItem;
use snug_crypto::wrap::{Batch, From, Sender, Wrapper};
use uuid::Uuid;

/// How far an epoch may be dated ahead, in seconds, because a member's clock goes fast.
const AHEAD_S: u64 = 300;
/// Accounts whose bundles are asked for at once.
const BUNDLES: usize = 500;

/// Links with all that has to come with them.
#[derive(Default, Serialize)]
pub(crate) struct ConversationChange {
    pub links: Vec<Link>,
    pub wraps: Vec<Batch>,
    pub vault: Vec<VaultItem>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub info: Option<Value>,
}

/// An epoch that was made here and that the node has not taken yet.
pub(crate) struct NewEpoch {
    pub n: u64,
    pub secret: Secret,
}

#[derive(Deserialize)]
struct Accepted {
    encryption: Encryption,
}

impl Client {
    /// A link that comes next in a log, signed by this device.
    pub(crate) fn sign_link(&self, log: &ConversationLog, change: Change) -> Result<Link> {
        Ok(self.next_body(log, change)?.sign(&self.device()?.dsk()))
    }

    fn next_body(&self, log: &ConversationLog, change: Change) -> Result<Body> {
        let head = log.chain().head();
        let (seq, prev) = (head.map_or(0, |head| head.seq + 1), head.map(|head| head.hash));
        self.body(log.conversation(), seq, prev, change)
    }

    /// When an epoch that is made now is said to be made: after the newest loss among its members, or it would be over at once.
    fn epoch_time(&self, log: &ConversationLog) -> u64 {
        let now = self.now();
        let losses = |account: &Id| self.accounts.get(account).and_then(|log| log.breaks().iter().map(|loss| loss.at + 1).max());
        let newest = log.entries().iter().filter_map(|entry| losses(&entry.account)).max().unwrap_or(0);
        now.max(newest.min(now + AHEAD_S))
    }

    pub(crate) fn body(&self, conversation: Id, seq: u64, prev: Option<snug_crypto::bytes::Hash>, change: Change) -> Result<Body> {
        let head = self.own_log()?.head().ok_or(Error::Protocol(Refused::NoKeys))?;
        let by = Signer { account: self.me(), device: self.device()?.id, head };
        Ok(Body { conversation, seq, prev, at: self.now(), by, change })
    }

    /// Adds an epoch for the roster of `log` to a change, and follows it in `log`. Members without keys are left out: they ask once they have some.
    pub(crate) async fn add_epoch(
        &mut self,
        log: &mut ConversationLog,
        change: &mut ConversationChange,
        reason: Reason,
    ) -> Result<NewEpoch> {
        self.take_own_keys().await?;
        let conversation = log.conversation();
        let secret = random::secret()?;
        let previous = log.newest_epoch().and_then(|newest| self.keys.epoch(&conversation, newest.n)).cloned();
        let mut body = self.next_body(log, epoch::change(log, &secret, previous.as_ref(), reason)?)?;
        body.at = self.epoch_time(log);
        let link = body.sign(&self.device()?.dsk());
        log.append(&link, &self.accounts)?;
        let n = log.newest_epoch().map_or(1, |epoch| epoch.n);
        let others: Vec<Id> = log.entries().iter().map(|entry| entry.account).filter(|account| *account != self.me()).collect();
        let recipients = self.recipients(log, &others).await?;
        let batch = self.wrap(log, n, &secret, &recipients)?;
        change.links.push(link);
        change.wraps.push(batch);
        change.vault.push(epoch_item(&self.keys, &self.me(), log.policy().backup, conversation, n, &secret)?);
        Ok(NewEpoch { n, secret })
    }

    /// Whom to seal to, with every bundle verified against the account's log and the roster.
    pub(crate) async fn recipients(&mut self, log: &ConversationLog, accounts: &[Id]) -> Result<Vec<Recipient>> {
        let one_time = log.entries().len() <= ONE_TIME_MEMBERS;
        let mut found = Vec::new();
        for some in accounts.chunks(if one_time { ONE_TIME_MEMBERS } else { BUNDLES }) {
            let ids: Vec<Uuid> = some.iter().map(uuid_of).collect();
            let body = json!({ "user_ids": ids, "conversation_id": uuid_of(&log.conversation()), "one_time": one_time });
            let Bundles { bundles, .. } = self.api.post("/e2ee/bundles", &body).await?;
            for bundle in bundles {
                found.push(self.verify_bundle(log, &bundle).await?);
            }
        }
        Ok(found)
    }

    async fn verify_bundle(&mut self, log: &ConversationLog, bundle: &Bundle) -> Result<Recipient> {
        let agreed = log.member(&bundle.account).ok_or(Error::Protocol(Refused::NotMember))?.aik;
        let verify = |client: &Client| match client.accounts.get(&bundle.account) {
            Some(account) => bundle.verify(account, &agreed, client.now()),
            None => Err(Refused::NeedLog),
        };
        match verify(self) {
            Err(Refused::NeedLog) => {
                self.follow_account(bundle.account).await?;
                Ok(verify(self)?)
            }
            other => Ok(other?),
        }
    }

    /// Seals an epoch's secret to these accounts.
    pub(crate) fn wrap(&self, log: &ConversationLog, n: u64, secret: &Secret, recipients: &[Recipient]) -> Result<Batch> {
        let own = self.own_log()?;
        let (generation, _) = own.ik().ok_or(Error::Protocol(Refused::NoKeys))?;
        let ik = self.keys.ik.get(&generation).ok_or(Error::Protocol(Refused::Locked))?;
        let ik = snug_crypto::dh::DhKey::from_secret(&ik.0);
        let aik = log.member(&self.me()).ok_or(Error::Protocol(Refused::NotMember))?.aik;
        let from = From { account: self.me(), device: self.device()?.id, ik_generation: generation };
        let mut wrapper = Wrapper::new(log.conversation(), n, secret, Sender { from, aik, ik: &ik })?;
        for recipient in recipients {
            wrapper.wrap(recipient)?;
        }
        Ok(wrapper.finish())
    }

    /// Sends links; once the node took them they count here too.
    pub(crate) async fn post_links(
        &mut self,
        log: ConversationLog,
        change: ConversationChange,
        epoch: Option<NewEpoch>,
    ) -> Result<Encryption> {
        let conversation = log.conversation();
        let path = format!("/e2ee/conversations/{}/links", uuid_of(&conversation));
        let Accepted { encryption } = self.api.post(&path, &change).await?;
        self.accept_links(log, &change, epoch).await?;
        Ok(encryption)
    }

    /// What was sent and taken counts here too.
    pub(crate) async fn accept_links(&mut self, log: ConversationLog, change: &ConversationChange, epoch: Option<NewEpoch>) -> Result<()> {
        let conversation = log.conversation();
        let from = log.chain().len() - change.links.len() as u64;
        self.history.keep_links(uuid_of(&conversation), from, &change.links)?;
        if let Some(head) = log.chain().head() {
            self.keys.seen.insert(conversation, head);
        }
        self.conversations.insert(conversation, log);
        self.update(|keys| {
            change.vault.iter().for_each(|item| note_stored(keys, item));
            if let Some(NewEpoch { n, secret }) = epoch {
                keys.epochs.entry(conversation).or_default().insert(n, Hidden(secret));
            }
            Ok(())
        })
        .await
    }

    /// Why a message can't be sealed as things are: nobody knows who somebody is any more.
    pub(crate) fn check_sendable(&self, conversation: &Id) -> Result<()> {
        let mismatched = self.conversation(conversation)?.mismatched(&self.accounts);
        if mismatched.is_empty() { Ok(()) } else { Err(Error::Protocol(Refused::KeyMismatch)) }
    }

    /// Makes a new epoch if the next message needs one. `e2ee.conflict` if somebody else was faster.
    pub(crate) async fn ensure_epoch(&mut self, conversation: Id) -> Result<()> {
        self.check_alarms(conversation).await?;
        self.check_sendable(&conversation)?;
        let log = self.conversation(&conversation)?;
        let newest = log.newest_epoch().map_or(0, |epoch| epoch.n);
        // of what others wrote before this program began nothing is known
        let used = self.used.get(&conversation).filter(|(n, _)| *n == newest).map_or(1, |(_, count)| *count);
        match epoch::reason(log, &self.accounts, self.now(), used) {
            Some(reason) => self.make_epoch(conversation, reason).await,
            None => Ok(()),
        }
    }

    /// Makes a new epoch. `e2ee.conflict` if somebody else was faster.
    pub(crate) async fn make_epoch(&mut self, conversation: Id, reason: Reason) -> Result<()> {
        let mut log = self.conversation(&conversation)?.clone();
        let mut change = ConversationChange::default();
        let epoch = self.add_epoch(&mut log, &mut change, reason).await?;
        change.info = self.info_again(&log, &epoch).await?;
        self.post_links(log, change, Some(epoch)).await?;
        Ok(())
    }
}
