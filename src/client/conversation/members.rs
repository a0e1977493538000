//! Beginning conversations, and who is in them.
use super::epochs::{ConversationChange, NewEpoch};
use crate::client::{Client, id_of, uuid_of};
use crate::error::{Error, Result};
use serde::Deserialize;
use serde_json::{Value, json};
use snug_crypto::bytes::{Id, Public};
use snug_crypto::conversation_log::ConversationLog;
use snug_crypto::conversation_log::body::{Change, ConversationKind, History, Policy, PolicyChange};
use snug_crypto::conversation_log::roster::{Entry, Role};
use snug_crypto::epoch::Reason;
use snug_crypto::error::Error as Refused;
use std::time::Duration;
use uuid::Uuid;

/// How often a change is made anew because somebody else was faster.
const ATTEMPTS: u32 = 10;

/// The rules of a new conversation: its members add people, who read what comes after them; an epoch lasts a week or 2,000 messages.
pub const POLICY: Policy =
    Policy { add: Role::Member, history: History::Joined, backup: true, retain_s: 0, max_age_s: 604_800, max_msgs: 2_000, min_suite: 1 };

#[derive(Deserialize)]
struct Instance {
    e2ee_key: Public,
}

impl Client {
    /// The encrypted direct conversation with somebody: the one that there is, or a new one.
    pub async fn start_direct(&mut self, user: Uuid) -> Result<Uuid> {
        let conversation = Uuid::now_v7();
        match self.create(conversation, ConversationKind::Direct, &[user], None, POLICY).await {
            Err(Error::Refused(refusal)) if refusal.code == "e2ee.exists" => {
                let there = refusal.problem["conversation_id"].as_str().and_then(|text| text.parse().ok());
                let there: Uuid = there.ok_or_else(|| Error::Answer("e2ee.exists without a conversation".to_owned()))?;
                match self.follow_conversation(id_of(there)).await {
                    Ok(_) if self.is_direct_with(there, user)? => Ok(there),
                    // the node would have it said to others
                    Ok(_) => Err(Error::Protocol(Refused::KeyMismatch)),
                    Err(error @ Error::Protocol(_)) if self.was_encrypted(there) => Err(error),
                    // one from before encryption: it is encrypted from here on
                    Err(_) => self.create(there, ConversationKind::Direct, &[user], None, POLICY).await,
                }
            }
            other => other,
        }
    }

    fn is_direct_with(&self, conversation: Uuid, user: Uuid) -> Result<bool> {
        let log = self.conversation(&id_of(conversation))?;
        let who = |account: Id| account == self.me() || account == id_of(user);
        Ok(log.kind() == ConversationKind::Direct
            && log.member(&id_of(user)).is_some()
            && log.entries().iter().all(|entry| who(entry.account)))
    }

    /// A new encrypted group; the name is known to its members only.
    pub async fn start_group(&mut self, users: &[Uuid], name: &str, policy: Policy) -> Result<Uuid> {
        self.create(Uuid::now_v7(), ConversationKind::Group, users, Some(name), policy).await
    }

    async fn create(
        &mut self,
        conversation: Uuid,
        kind: ConversationKind,
        users: &[Uuid],
        name: Option<&str>,
        policy: Policy,
    ) -> Result<Uuid> {
        let Instance { e2ee_key } = self.api.get("/instance").await?;
        let id = id_of(conversation);
        let mut members = vec![self.me()];
        members.extend(users.iter().map(|user| id_of(*user)).filter(|user| *user != self.me()));
        self.follow_accounts(members.iter().copied(), true).await?;
        let me = self.me();
        let role = |account: &Id| if *account == me || kind == ConversationKind::Direct { Role::Owner } else { Role::Member };
        let entries: Vec<Entry> = members
            .iter()
            .map(|account| Ok(Entry { account: *account, aik: self.trusted_identity(account)?, role: role(account) }))
            .collect::<Result<_>>()?;
        let create = Change::Create { kind, members: entries.clone(), policy, instance_key: e2ee_key, room: None };
        let link = self.body(id, 0, None, create)?.sign(&self.device()?.dsk());
        let mut log = ConversationLog::start(id, &link, &self.accounts)?;
        let mut change = ConversationChange { links: vec![link], ..ConversationChange::default() };
        let epoch = self.add_epoch(&mut log, &mut change, Reason::First).await?;
        if let Some(name) = name {
            change.info = Some(self.info_in(&log, &epoch, json!({ "name": name }).as_object().cloned().unwrap_or_default()).await?);
        }
        let wraps = change.wraps.first();
        let body =
            json!({ "conversation_id": conversation, "links": change.links, "wraps": wraps, "vault": change.vault, "info": change.info });
        let _: Value = self.api.post("/e2ee/conversations", &body).await?;
        self.accept_links(log, &change, Some(epoch)).await?;
        self.note_trust(&entries).await?;
        Ok(conversation)
    }

    /// Adds people. Under shared history they are given the newest secret at once, else they read from the next epoch on.
    pub async fn add_people(&mut self, conversation: Uuid, users: &[Uuid]) -> Result<()> {
        let accounts: Vec<Id> = users.iter().map(|user| id_of(*user)).collect();
        self.follow_accounts(accounts.iter().copied(), true).await?;
        let entries: Vec<Entry> = accounts
            .iter()
            .map(|account| Ok(Entry { account: *account, aik: self.trusted_identity(account)?, role: Role::Member }))
            .collect::<Result<_>>()?;
        if !self.conversations.contains_key(&id_of(conversation)) {
            self.follow_conversation(id_of(conversation)).await?;
        }
        for attempt in 1.. {
            match self.try_add(id_of(conversation), &accounts, &entries).await {
                Err(error) if error.is("e2ee.conflict") && attempt < ATTEMPTS => self.give_way(id_of(conversation)).await?,
                other => {
                    other?;
                    break;
                }
            }
        }
        self.note_trust(&entries).await
    }

    async fn try_add(&mut self, conversation: Id, accounts: &[Id], entries: &[Entry]) -> Result<()> {
        let mut log = self.conversation(&conversation)?.clone();
        let link = self.sign_link(&log, Change::Add { members: entries.to_vec() })?;
        log.append(&link, &self.accounts)?;
        let mut change = ConversationChange { links: vec![link], ..ConversationChange::default() };
        let newest = log.newest_epoch().map(|epoch| epoch.n);
        if let Some(n) = newest.filter(|_| log.policy().history == History::Shared)
            && let Some(secret) = self.keys.epoch(&conversation, n).cloned()
        {
            self.take_own_keys().await?;
            let recipients = self.recipients(&log, accounts).await?;
            change.wraps.push(self.wrap(&log, n, &secret, &recipients)?);
        }
        self.post_links(log, change, None).await.map(drop)
    }

    /// Makes one change of a conversation that needs nothing but its link.
    pub async fn change_conversation(&mut self, conversation: Uuid, change: Change) -> Result<()> {
        let id = id_of(conversation);
        if !self.conversations.contains_key(&id) {
            self.follow_conversation(id).await?;
        }
        for attempt in 1.. {
            let mut log = self.conversation(&id)?.clone();
            let link = self.sign_link(&log, change.clone())?;
            log.append(&link, &self.accounts)?;
            let links = ConversationChange { links: vec![link], ..ConversationChange::default() };
            match self.post_links(log, links, None).await {
                Err(error) if error.is("e2ee.conflict") && attempt < ATTEMPTS => self.give_way(id).await?,
                other => return other.map(drop),
            }
        }
        Ok(())
    }

    /// Somebody else was faster: waits a moment, so that not all come back at once, and takes what they did.
    async fn give_way(&mut self, conversation: Id) -> Result<()> {
        let jitter = u64::from(snug_crypto::random::bytes::<1>()?.0[0]);
        tokio::time::sleep(Duration::from_millis(20 + jitter)).await;
        self.follow_conversation(conversation).await?;
        // a conflict is also when one's own account went on
        self.follow_account(self.me()).await
    }

    /// Takes somebody out of a conversation, or leaves it.
    pub async fn remove_person(&mut self, conversation: Uuid, user: Uuid) -> Result<()> {
        self.change_conversation(conversation, Change::Remove { members: vec![id_of(user)], statement: None }).await
    }

    /// How long messages live, in seconds; 0 for ever.
    pub async fn set_retention(&mut self, conversation: Uuid, seconds: u64) -> Result<()> {
        let change = PolicyChange { retain_s: Some(seconds), ..PolicyChange::default() };
        self.change_conversation(conversation, Change::Policy(change)).await
    }

    /// Takes a member in again under the identity that their account has now.
    pub async fn rebind(&mut self, conversation: Uuid, user: Uuid) -> Result<()> {
        let account = id_of(user);
        self.follow_account(account).await?;
        let old = self.conversation(&id_of(conversation))?.member(&account).ok_or(Error::Protocol(Refused::NotMember))?.aik;
        let new = self.trusted_identity(&account)?;
        self.change_conversation(conversation, Change::Rebind { account, aik_old: old, aik_new: new }).await
    }

    /// The people of a conversation by its verified log, and whether they own it or may change it.
    pub fn members(&self, conversation: Uuid) -> Result<Vec<(Uuid, Role)>> {
        Ok(self.conversation(&id_of(conversation))?.entries().iter().map(|entry| (uuid_of(&entry.account), entry.role)).collect())
    }

    /// Renames a conversation, for its members only.
    pub async fn rename(&mut self, conversation: Uuid, name: &str) -> Result<()> {
        let id = id_of(conversation);
        self.follow_conversation(id).await?;
        self.ensure_epoch(id).await?;
        let log = self.conversation(&id)?.clone();
        let n = log.newest_epoch().map_or(0, |epoch| epoch.n);
        let secret = self.secret(id, n).await?;
        let fields = json!({ "name": name }).as_object().cloned().unwrap_or_default();
        let envelope = self.info_in(&log, &NewEpoch { n, secret }, fields).await?;
        self.api.post::<Value>("/e2ee/envelopes", &json!({ "envelope": envelope })).await.map(drop)
    }
}
