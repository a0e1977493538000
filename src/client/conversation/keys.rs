//! Getting hold of conversations' secrets, and handing them to members who lack them.
use crate::client::{Client, id_of, uuid_of};
use crate::error::{Error, Result};
use crate::keys::Hidden;
use crate::vault::epoch_item;
use crate::wire::{Rewrap, Rewraps, Wraps};
use serde_json::{Value, json};
use snug_crypto::account_key::Class;
use snug_crypto::account_log::AccountLog;
use snug_crypto::bytes::{Id, Public};
use snug_crypto::conversation_log::ConversationLog;
use snug_crypto::dh::DhKey;
use snug_crypto::epoch;
use snug_crypto::error::Error as Refused;
use snug_crypto::link::Link;
use snug_crypto::secret::Secret;
use snug_crypto::wrap::{Batch, Receiver, may_deliver, receive};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use uuid::Uuid;

/// Epochs that one request names at most.
const EPOCHS: usize = 100;
/// Asking again waits longer each time.
const PAUSES: [Duration; 3] = [Duration::from_secs(5), Duration::from_secs(60), Duration::from_secs(600)];
/// How often an answer is made anew because the conversation went on.
const ATTEMPTS: usize = 4;
/// In larger conversations nothing is noted of people before one has to do with them.
const MOST_TRUSTED: usize = 256;

/// Whether others give this account an epoch's secret: not while the roster has another identity than the account has by now.
pub(crate) fn may_have(log: &ConversationLog, own: &AccountLog, n: u64) -> bool {
    let is_agreed = |agreed: Public| own.aik().is_some_and(|newest| own.continues(&agreed, &newest));
    log.member(&own.account()).is_some_and(|entry| is_agreed(entry.aik)) && may_deliver(log, own, n).unwrap_or(false)
}

impl Client {
    /// The secret of an epoch: from here, the vault, a wrap that waits on the node, or a later epoch that links back. Without any, members are asked
    /// for it, and `Locked` says that it may come later.
    pub(crate) async fn secret(&mut self, conversation: Id, n: u64) -> Result<Secret> {
        if let Some(secret) = self.checked(&conversation, n)? {
            return Ok(secret);
        }
        self.read_vault().await?;
        if let Some(secret) = self.checked(&conversation, n)? {
            return Ok(secret);
        }
        self.receive_keys(conversation).await?;
        self.checked(&conversation, n)?.ok_or(Error::Protocol(Refused::Locked))
    }

    /// A secret that is here, compared with the signed link.
    fn checked(&self, conversation: &Id, n: u64) -> Result<Option<Secret>> {
        let Some(secret) = self.keys.epoch(conversation, n) else { return Ok(None) };
        epoch::check(conversation, self.conversation(conversation)?.epoch(n)?, secret)?;
        Ok(Some(secret.clone()))
    }

    /// Follows a conversation and gets hold of the newest secrets that are meant for this account.
    pub(crate) async fn catch_up(&mut self, conversation: Uuid) -> Result<()> {
        let id = id_of(conversation);
        self.follow_conversation(id).await?;
        let roster = self.conversation(&id)?.entries();
        self.follow_accounts(roster.iter().map(|entry| entry.account), false).await?;
        if roster.len() <= MOST_TRUSTED {
            self.note_trust(&roster).await?;
        }
        if self.missing_epochs(&id)?.is_empty() { Ok(()) } else { self.receive_keys(id).await }
    }

    /// An event brought a link of a conversation. With a new epoch comes a wrap for this account.
    pub(crate) async fn on_link(&mut self, conversation: Uuid, seq: u64, link: Link) -> Result<()> {
        let id = id_of(conversation);
        let known = self.conversations.get(&id).map_or(0, |log| log.chain().len());
        if seq > known {
            self.follow_conversation(id).await?;
        } else {
            self.take_new_link(id, seq, link).await?;
        }
        if self.missing_epochs(&id)?.is_empty() { Ok(()) } else { self.receive_keys(id).await }
    }

    /// Whether a conversation's log was ever seen: nothing plain is sent there, whatever the node says.
    pub(crate) fn was_encrypted(&self, conversation: Uuid) -> bool {
        let id = id_of(conversation);
        self.keys.seen.contains_key(&id) || self.keys.epochs.contains_key(&id) || self.history.has_links(conversation)
    }

    /// Opens all wraps that wait for this account in a conversation, follows the epochs that they link back to, and puts the secrets into the vault.
    pub(crate) async fn receive_keys(&mut self, conversation: Id) -> Result<()> {
        let Wraps { keys: batches } = self.api.get(&format!("/e2ee/conversations/{}/keys", uuid_of(&conversation))).await?;
        let mut found: BTreeMap<u64, Secret> = BTreeMap::new();
        let mut used = Vec::new();
        let mut wrong = None;
        for batch in batches {
            match self.open_batch(conversation, &batch).await {
                Ok((secret, opk)) => {
                    found.insert(batch.epoch, secret);
                    used.extend(opk);
                }
                // sealed to something that is lost, or wrong: asked for again below
                Err(Error::Protocol(error)) => {
                    if error == Refused::BadCommit {
                        wrong = Some(batch.from.account);
                    } else if self.unopened.insert((conversation, batch.ek)) {
                        // an answer that came in vain: the next question need not wait long
                        self.ask_soon(conversation);
                    }
                }
                Err(other) => return Err(other),
            }
        }
        if let Some(who) = wrong {
            self.notices.push(format!("{} delivered a wrong key. Others are asked for the right one. (bad_commit)", uuid_of(&who)));
        }
        self.read_back(&conversation, &mut found)?;
        self.keep_epochs(conversation, found).await?;
        let missing = self.missing_epochs(&conversation)?;
        if missing.is_empty() {
            self.asked.remove(&conversation);
        } else if self.may_ask(&conversation) {
            self.ask_again(conversation, &missing).await?;
        }
        if used.is_empty() {
            return Ok(());
        }
        self.update(|keys| {
            for opk in used {
                keys.prekeys.remove(&opk);
                keys.spent.insert(opk);
            }
            Ok(())
        })
        .await
    }

    /// Whether it makes sense to ask for secrets: what comes could be opened, and nobody was asked a moment ago.
    fn may_ask(&self, conversation: &Id) -> bool {
        let is_time = self.asked.get(conversation).is_none_or(|(next, _)| *next <= Instant::now());
        is_time && self.has_newest(Class::Session).unwrap_or(false)
    }

    fn ask_soon(&mut self, conversation: Id) {
        if let Some((next, _)) = self.asked.get_mut(&conversation) {
            *next = (*next).min(Instant::now() + PAUSES[0]);
        }
    }

    /// When the next question is due, and in which conversations it is by now.
    pub(crate) fn next_question(&self) -> Option<Instant> {
        self.asked.values().map(|(next, _)| *next).min()
    }

    /// Asks again where it is time to.
    pub(crate) async fn ask_where_due(&mut self) -> Result<()> {
        let now = Instant::now();
        let due: Vec<Id> = self.asked.iter().filter(|(_, (next, _))| *next <= now).map(|(conversation, _)| *conversation).collect();
        for conversation in due {
            if self.conversations.get(&conversation).is_none_or(|log| log.member(&self.me()).is_none()) {
                self.asked.remove(&conversation);
                continue;
            }
            self.receive_keys(conversation).await?;
            // what could not be asked for yet waits like what was
            if self.asked.get(&conversation).is_some_and(|(next, _)| *next <= now) {
                self.note_asked(conversation, None);
            }
        }
        Ok(())
    }

    fn note_asked(&mut self, conversation: Id, pause: Option<Duration>) {
        let count = self.asked.get(&conversation).map_or(0, |(_, count)| *count);
        let pause = pause.unwrap_or(PAUSES[count.min(PAUSES.len() - 1)]);
        self.asked.insert(conversation, (Instant::now() + pause, count + 1));
    }

    /// Looks everywhere for secrets that are missing: after this device came by keys that it had not.
    pub(crate) async fn receive_everywhere(&mut self) -> Result<()> {
        let all: Vec<Id> = self.conversations.iter().filter(|(_, log)| log.member(&self.me()).is_some()).map(|(id, _)| *id).collect();
        for conversation in all {
            if !self.missing_epochs(&conversation)?.is_empty() {
                self.receive_keys(conversation).await?;
            }
        }
        Ok(())
    }

    async fn open_batch(&mut self, conversation: Id, batch: &Batch) -> Result<(Secret, Option<Id>)> {
        self.follow_accounts([batch.from.account], false).await?;
        match self.try_batch(conversation, batch) {
            Err(Error::Protocol(Refused::NeedLog)) => {
                self.follow_conversation(conversation).await?;
                self.follow_account(batch.from.account).await?;
                self.try_batch(conversation, batch)
            }
            other => other,
        }
    }

    fn try_batch(&self, conversation: Id, batch: &Batch) -> Result<(Secret, Option<Id>)> {
        let wrap = batch.of(&self.me())?;
        let locked = || Error::Protocol(Refused::Locked);
        let key = |hidden: &Hidden| DhKey::from_secret(&hidden.0);
        let ik = self.keys.ik.get(&wrap.ik_generation).map(key).ok_or_else(locked)?;
        let spk = self.keys.prekeys.get(&wrap.spk).map(|prekey| key(&prekey.secret)).ok_or_else(locked)?;
        let opk = wrap.opk.and_then(|id| self.keys.prekeys.get(&id)).map(|prekey| key(&prekey.secret));
        let receiver = Receiver { account: self.me(), ik: &ik, spk: &spk, opk: opk.as_ref() };
        let secret = receive(batch, wrap, &receiver, self.conversation(&conversation)?, &self.accounts)?;
        Ok((secret, wrap.opk))
    }

    /// Follows the links back from every epoch that is known.
    fn read_back(&self, conversation: &Id, found: &mut BTreeMap<u64, Secret>) -> Result<()> {
        let log = self.conversation(conversation)?;
        let newest = log.newest_epoch().map_or(0, |epoch| epoch.n);
        for n in (2..=newest).rev() {
            let known = found.get(&n).or_else(|| self.keys.epoch(conversation, n));
            let is_here = found.contains_key(&(n - 1)) || self.keys.epoch(conversation, n - 1).is_some();
            if let Some(secret) = known.filter(|_| !is_here)
                && let Ok(previous) = epoch::open_previous(log, log.epoch(n)?, secret)
            {
                found.insert(n - 1, previous);
            }
        }
        Ok(())
    }

    /// Keeps secrets here and in the vault; the wraps that they came in are gone then.
    async fn keep_epochs(&mut self, conversation: Id, found: BTreeMap<u64, Secret>) -> Result<()> {
        if found.is_empty() {
            return Ok(());
        }
        let backup = self.conversation(&conversation)?.policy().backup;
        let mut items = Vec::new();
        for (n, secret) in &found {
            items.push(epoch_item(&self.keys, &self.me(), backup, conversation, *n, secret)?);
        }
        let path = format!("/e2ee/conversations/{}/keys/ack", uuid_of(&conversation));
        let _: Value = self.api.post(&path, &json!({ "items": items })).await?;
        self.update(|keys| {
            let epochs = keys.epochs.entry(conversation).or_default();
            for (n, secret) in found {
                epochs.insert(n, Hidden(secret));
            }
            Ok(())
        })
        .await
    }

    /// Epochs that this account may have and has not.
    fn missing_epochs(&self, conversation: &Id) -> Result<Vec<u64>> {
        let (log, own) = (self.conversation(conversation)?, self.own_log()?);
        let newest = log.newest_epoch().map_or(0, |epoch| epoch.n);
        let missing = (1..=newest).rev().filter(|n| self.keys.epoch(conversation, *n).is_none());
        Ok(missing.filter(|n| may_have(log, own, *n)).take(EPOCHS).collect())
    }

    /// Asks members for secrets.
    pub(crate) async fn ask_again(&mut self, conversation: Id, epochs: &[u64]) -> Result<()> {
        let path = format!("/e2ee/conversations/{}/rewrap", uuid_of(&conversation));
        match self.api.post::<Value>(&path, &json!({ "epochs": epochs })).await {
            // enough was asked for the moment
            Err(Error::Refused(refusal)) if refusal.status == 429 => {
                self.note_asked(conversation, refusal.retry_after_s.map(Duration::from_secs));
                Ok(())
            }
            other => {
                self.note_asked(conversation, None);
                other.map(drop)
            }
        }
    }

    /// Answers everybody who asks for secrets that they may have.
    pub async fn answer_rewraps(&mut self) -> Result<()> {
        let Rewraps { requests } = self.api.get("/e2ee/rewraps").await?;
        for request in requests {
            match self.answer_rewrap(&request).await {
                Err(Error::Protocol(_) | Error::Refused(_)) | Ok(()) => {}
                Err(other) => return Err(other),
            }
        }
        Ok(())
    }

    /// Gives one member the secrets that they ask for, as far as they are here and were made for them too.
    pub async fn answer_rewrap(&mut self, request: &Rewrap) -> Result<()> {
        for attempt in 1.. {
            match self.try_answer(request).await {
                Err(error) if error.is("e2ee.conflict") && attempt < ATTEMPTS => {}
                other => return other,
            }
        }
        Ok(())
    }

    async fn try_answer(&mut self, request: &Rewrap) -> Result<()> {
        let (conversation, account) = (id_of(request.conversation_id), id_of(request.user_id));
        if account == self.me() {
            return Ok(());
        }
        self.follow_conversation(conversation).await?;
        self.follow_account(account).await?;
        let log = self.conversation(&conversation)?.clone();
        let member = self.accounts.get(&account).ok_or(Error::Protocol(Refused::NoKeys))?;
        let mut given: Vec<(u64, Secret)> = Vec::new();
        for n in request.epochs.iter().take(EPOCHS) {
            if may_deliver(&log, member, *n)?
                && let Some(secret) = self.checked(&conversation, *n)?
            {
                given.push((*n, secret));
            }
        }
        if given.is_empty() {
            return Ok(());
        }
        self.take_own_keys().await?;
        let recipients = self.recipients(&log, &[account]).await?;
        let mut batches = Vec::new();
        for (n, secret) in &given {
            // one prekey serves one wrap
            let mut to = recipients.clone();
            if !batches.is_empty() {
                to.iter_mut().for_each(|recipient| recipient.opk = None);
            }
            batches.push(self.wrap(&log, *n, secret, &to)?);
        }
        let path = format!("/e2ee/conversations/{}/keys", uuid_of(&conversation));
        self.api.post::<Value>(&path, &json!({ "wraps": batches })).await.map(drop)
    }
}
