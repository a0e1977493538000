//! One account on one device.
use crate::api::Api;
use crate::error::{Error, Result};
use crate::history::History;
use crate::keys::{Device, Keys};
use crate::numbers::Numbers;
use crate::store::{Profile, Store};
use crate::wire::Identity;
use snug_crypto::account_log::AccountLog;
use snug_crypto::bytes::{Bytes, Id, Public};
use snug_crypto::conversation_log::ConversationLog;
use std::collections::{HashMap, HashSet};
use std::time::{Instant, SystemTime, UNIX_EPOCH};
use uuid::Uuid;

/// A signed-in account on this device, with everything that it verified so far.
pub struct Client {
    pub api: Api,
    pub profile: Profile,
    pub history: History,
    pub(crate) store: Store,
    pub(crate) keys: Keys,
    /// Verified logs, as far as they were needed.
    pub(crate) accounts: HashMap<Id, AccountLog>,
    pub(crate) conversations: HashMap<Id, ConversationLog>,
    /// Messages seen in the newest epoch of each conversation, with its number.
    pub(crate) used: HashMap<Id, (u64, u64)>,
    /// What conversations are called: the newest `info` that counts.
    pub(crate) names: HashMap<Id, Name>,
    /// Logs of which somebody showed something that cannot be true: nothing is sent while they stand here.
    pub(crate) alarms: HashMap<Id, Alarm>,
    /// When secrets of a conversation may be asked for again, and how often they were.
    pub(crate) asked: HashMap<Id, (Instant, usize)>,
    /// Deliveries that did not open, by their ephemeral key.
    pub(crate) unopened: HashSet<(Id, Public)>,
    /// What this device's messages are numbered with.
    pub(crate) numbers: Numbers,
    /// What the person should know, until the session tells it.
    pub(crate) notices: Vec<String>,
    /// Seconds that this device's clock is put forward by; tests travel in time.
    pub clock_offset_s: u64,
}

/// What a conversation is called.
pub(crate) struct Name {
    /// How far whoever said so knew the conversation's log.
    pub known_at: u64,
    pub fields: serde_json::Map<String, serde_json::Value>,
}

/// Why nothing is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Alarm {
    /// The node showed something that cannot be. Over once it shows what can.
    Refused(snug_crypto::error::Error),
    /// A member knows more of the log than the node shows: that account, and up to which link.
    Withheld(Id, u64),
    /// That member saw another log than this device.
    Split(Id),
}

impl Client {
    /// The account of an unlocked folder. Talks to nobody yet.
    pub fn open(profile: Profile, store: Store) -> Result<Client> {
        let api = Api::new(&profile.url, profile.authority.as_deref(), Some(store.clone()))?;
        let (keys, history) = (Keys::read(&store)?, History::open(&store)?);
        Ok(Client {
            api,
            profile,
            history,
            store,
            keys,
            accounts: HashMap::new(),
            conversations: HashMap::new(),
            used: HashMap::new(),
            names: HashMap::new(),
            alarms: HashMap::new(),
            asked: HashMap::new(),
            unopened: HashSet::new(),
            numbers: Numbers::default(),
            notices: Vec::new(),
            clock_offset_s: 0,
        })
    }

    /// The account's id, as the protocol writes it.
    pub fn me(&self) -> Id {
        id_of(self.profile.user_id)
    }

    /// Unix seconds.
    pub(crate) fn now(&self) -> u64 {
        SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()) + self.clock_offset_s
    }

    /// Whether this device can read and write encrypted conversations.
    pub fn is_ready(&self) -> bool {
        self.keys.device.is_some() && !self.keys.account.is_empty()
    }

    /// This device; `Told` if there is none yet.
    pub(crate) fn device(&self) -> Result<&Device> {
        self.keys.device.as_ref().ok_or_else(|| Error::told("This device is not set up. Run `snug login` first."))
    }

    /// The account's own verified log.
    pub(crate) fn own_log(&self) -> Result<&AccountLog> {
        self.accounts.get(&self.me()).ok_or(Error::Protocol(snug_crypto::error::Error::NoKeys))
    }

    /// What the node keeps of the account.
    pub(crate) async fn identity(&self) -> Result<Identity> {
        self.api.get("/e2ee/identity").await
    }

    /// Changes what lasts: on what is stored now, since another program may have changed it, and stored before this returns.
    pub(crate) async fn update<T>(&mut self, change: impl FnOnce(&mut Keys) -> Result<T>) -> Result<T> {
        let _lock = self.store.lock().await?;
        let mut keys = Keys::read(&self.store)?;
        for (log, head) in &self.keys.seen {
            if keys.seen.get(log).is_none_or(|seen| seen.seq < head.seq) {
                keys.seen.insert(*log, *head);
            }
        }
        let answer = change(&mut keys)?;
        keys.write(&self.store)?;
        self.keys = keys;
        Ok(answer)
    }

    /// What the person should know since the last time.
    pub fn notices(&mut self) -> Vec<String> {
        std::mem::take(&mut self.notices)
    }

    /// Seals what was learnt since the last time.
    pub fn save(&mut self) -> Result<()> {
        self.history.save(&self.store)
    }
}

/// The same 16 bytes, as the protocol writes them.
pub fn id_of(uuid: Uuid) -> Id {
    Bytes(*uuid.as_bytes())
}

/// The same 16 bytes, as the API writes them.
pub fn uuid_of(id: &Id) -> Uuid {
    Uuid::from_bytes(id.0)
}
