//! People with several devices, to whom everything happens that happens to people.
use super::Size;
use super::model::{Chat, Random, Said};
use crate::support::living::Living;
use crate::support::terminal::{Parked, Terminal, password};
use crate::support::{Person, TestNode};
use snug_client::conversation::members::POLICY;
use snug_crypto::account_log::body::DeviceKind;
use snug_crypto::conversation_log::body::{History, Policy};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;
use zeroize::Zeroizing;

/// Everything that happens beside talking, by the name that it is counted under, and how often among 260 things.
const KINDS: [(usize, &str); 17] = [
    (50, "edited"),
    (20, "deleted"),
    (25, "added"),
    (15, "removed"),
    (12, "left"),
    (5, "direct"),
    (5, "group"),
    (7, "device by pairing"),
    (6, "device by words"),
    (7, "device by password"),
    (8, "revoked"),
    (6, "refreshed"),
    (20, "program restarted"),
    (10, "folder lost"),
    (24, "went offline"),
    (38, "came online"),
    (2, "node restarted"),
];

pub struct Account {
    pub person: Person,
    pub user: Uuid,
    words: Option<Zeroizing<String>>,
    pub devices: Vec<Device>,
    /// Devices whose folder is gone.
    lost: Vec<Uuid>,
}

pub struct Device {
    pub id: Uuid,
    pub state: State,
}

pub enum State {
    On(Living),
    Off(Parked),
}

pub struct World {
    pub node: TestNode,
    pub random: Random,
    pub accounts: Vec<Account>,
    pub chats: Vec<Chat>,
    most_devices: usize,
    /// How many of a hundred things that happen are people who say something.
    talking: usize,
    sent: usize,
    /// What was refused although it should not have been.
    pub failures: Vec<String>,
    /// How often each thing was done.
    pub done: BTreeMap<&'static str, usize>,
    /// What devices that are gone were told while they lived.
    pub told: Vec<String>,
}

impl World {
    pub async fn new(seed: u64, size: &Size) -> World {
        let node = TestNode::start().await;
        let (failures, done, told) = Default::default();
        let mut world = World {
            node,
            random: Random(seed),
            accounts: Vec::new(),
            chats: Vec::new(),
            most_devices: size.devices,
            talking: size.talking,
            sent: 0,
            failures,
            done,
            told,
        };
        for number in 0..size.accounts {
            let person = world.node.user(&format!("person{number}")).await;
            let user = person.id.parse().unwrap();
            world.accounts.push(Account { person, user, words: None, devices: Vec::new(), lost: Vec::new() });
            world.new_device(number).await;
        }
        for _ in 0..size.groups {
            world.new_chat().await;
        }
        world
    }

    /// How many messages were said.
    pub fn sent(&self) -> usize {
        self.sent
    }

    fn note(&mut self, what: &'static str) {
        *self.done.entry(what).or_default() += 1;
    }

    fn failed(&mut self, what: &str, why: &str) {
        self.failures.push(format!("{what}: {why}"));
        eprintln!("after {} messages, {what}: {why}", self.sent);
    }

    /// One thing happens.
    pub async fn step(&mut self) {
        if self.random.below(100) < self.talking {
            return self.burst().await;
        }
        let mut at = self.random.below(KINDS.iter().map(|(often, _)| often).sum());
        for (often, kind) in KINDS {
            if at < often {
                return self.happen(kind).await;
            }
            at -= often;
        }
    }

    /// What has not happened yet happens now: a short run has everything too.
    pub async fn make_up(&mut self) {
        for round in 1..300 {
            let Some((_, missing)) = KINDS.into_iter().find(|(_, kind)| !self.done.contains_key(kind)) else { return };
            let is_full = self.accounts.iter().all(|account| account.devices.len() >= self.most_devices);
            if missing.starts_with("device") && is_full {
                self.happen("revoked").await;
            }
            self.happen(missing).await;
            if round % 5 == 0 {
                // perhaps nobody is there to whom it could happen
                self.happen("came online").await;
            }
        }
        self.failed("everything happens", &format!("{:?}", self.done));
    }

    async fn happen(&mut self, kind: &'static str) {
        match kind {
            "edited" => self.edit().await,
            "deleted" => self.delete().await,
            "added" => self.add().await,
            "removed" => self.remove().await,
            "left" => self.leave().await,
            "direct" | "group" => self.new_chat().await,
            "device by pairing" | "device by words" | "device by password" => {
                let who = self.random.below(self.accounts.len());
                self.new_device(who).await;
            }
            "revoked" => self.revoke().await,
            "refreshed" => self.refresh().await,
            "program restarted" => self.restart_program().await,
            "folder lost" => self.lose_folder().await,
            "went offline" => self.go_offline().await,
            "came online" => self.come_online().await,
            _ => {
                self.note("node restarted");
                self.node.restart().await;
            }
        }
    }

    /// Somebody's device that is on; gives account and place.
    fn online(&mut self, among: &BTreeSet<usize>) -> Option<(usize, usize)> {
        let mut all = Vec::new();
        for account in among {
            let on = self.accounts[*account].devices.iter().enumerate().filter(|(_, device)| matches!(device.state, State::On(_)));
            all.extend(on.map(|(at, _)| (*account, at)));
        }
        self.random.pick(&all)
    }

    fn living(&self, (account, at): (usize, usize)) -> &Living {
        match &self.accounts[account].devices[at].state {
            State::On(living) => living,
            State::Off(_) => panic!("an offline device was chosen"),
        }
    }

    fn everybody(&self) -> BTreeSet<usize> {
        (0..self.accounts.len()).collect()
    }

    fn pick_chat(&mut self, wanted: impl Fn(&Chat) -> bool) -> Option<usize> {
        let all: Vec<usize> = (0..self.chats.len()).filter(|at| wanted(&self.chats[*at])).collect();
        self.random.pick(&all)
    }

    /// Several people say something at once.
    async fn burst(&mut self) {
        let mut planned = Vec::new();
        for _ in 0..=self.random.below(6) {
            let Some(chat) = self.pick_chat(|_| true) else { return };
            let members = self.chats[chat].members.clone();
            let Some(device) = self.online(&members) else { continue };
            planned.push((chat, device, Uuid::now_v7(), format!("message {} of {}", self.sent, device.0)));
            self.sent += 1;
        }
        let sending = planned.into_iter().map(|(chat, device, id, text)| {
            let (living, conversation, said) = (self.living(device), self.chats[chat].id, text.clone());
            async move {
                let answer = living.with(move |terminal| {
                    Box::pin(async move {
                        terminal.client().send_text(conversation, id, &said, None).await.map_err(|e| format!("{} {e}", e.code()))
                    })
                });
                (chat, device.0, id, text, answer.await)
            }
        });
        let sent = futures_util::future::join_all(sending).await;
        for (chat, author, id, text, answer) in sent {
            match answer {
                Ok(message) => {
                    let heard = self.chats[chat].members.clone();
                    self.chats[chat].said.push(Said { id, seq: message.seq, author, text, heard, edits: Vec::new(), is_deleted: false });
                    self.note("said");
                }
                Err(why) => self.failed("a message", &why),
            }
        }
    }

    /// A message whose author is still there and has a device that is on.
    fn own_message(&mut self) -> Option<(usize, usize, (usize, usize))> {
        let chat = self.pick_chat(|chat| chat.said.iter().any(|said| !said.is_deleted))?;
        let alive: Vec<usize> = (0..self.chats[chat].said.len())
            .filter(|at| {
                let said = &self.chats[chat].said[*at];
                !said.is_deleted && self.chats[chat].members.contains(&said.author)
            })
            .collect();
        let at = self.random.pick(&alive)?;
        let author = self.chats[chat].said[at].author;
        let device = self.online(&BTreeSet::from([author]))?;
        Some((chat, at, device))
    }

    async fn edit(&mut self) {
        let Some((chat, at, device)) = self.own_message() else { return };
        let (conversation, id) = (self.chats[chat].id, self.chats[chat].said[at].id);
        let text = format!("{} (edit {})", self.chats[chat].said[at].text, self.chats[chat].said[at].edits.len() + 1);
        let new = text.clone();
        let done = self
            .living(device)
            .with(move |t| Box::pin(async move { t.client().edit_text(conversation, id, &new).await.map_err(|e| e.to_string()) }));
        match done.await {
            Ok(()) => {
                let heard = self.chats[chat].members.clone();
                self.chats[chat].said[at].edits.push((text, heard));
                self.note("edited");
            }
            Err(why) => self.failed("an edit", &why),
        }
    }

    async fn delete(&mut self) {
        let Some((chat, at, device)) = self.own_message() else { return };
        let (conversation, id) = (self.chats[chat].id, self.chats[chat].said[at].id);
        let done = self
            .living(device)
            .with(move |t| Box::pin(async move { t.client().delete(conversation, id).await.map_err(|e| e.to_string()) }));
        match done.await {
            Ok(()) => {
                self.chats[chat].said[at].is_deleted = true;
                self.note("deleted");
            }
            Err(why) => self.failed("a deletion", &why),
        }
    }

    async fn new_chat(&mut self) {
        let everybody = self.everybody();
        let Some(device) = self.online(&everybody) else { return };
        let owner = device.0;
        let is_direct = self.random.below(3) == 0;
        let most = if is_direct { 1 } else { 2 + self.random.below(self.accounts.len().min(12)) };
        let mut members = BTreeSet::from([owner]);
        for _ in 0..most {
            members.insert(self.random.below(self.accounts.len()));
        }
        let is_taken = |chat: &Chat| chat.is_direct && chat.members == members;
        if members.len() < 2 || (is_direct && self.chats.iter().any(is_taken)) {
            return;
        }
        let is_shared = !is_direct && self.random.below(2) == 0;
        let users: Vec<Uuid> = members.iter().filter(|member| **member != owner).map(|member| self.accounts[*member].user).collect();
        let history = if is_shared { History::Shared } else { History::Joined };
        let begun = self.living(device).with(move |t| {
            Box::pin(async move {
                match is_direct {
                    true => t.client().start_direct(users[0]).await,
                    false => t.client().start_group(&users, "Group", Policy { history, ..POLICY }).await,
                }
                .map_err(|e| e.to_string())
            })
        });
        match begun.await {
            Ok(id) => {
                self.chats.push(Chat { id, is_shared, is_direct, owner, members, said: Vec::new() });
                self.note(if is_direct { "direct" } else { "group" });
            }
            Err(why) => self.failed("a new conversation", &why),
        }
    }

    async fn add(&mut self) {
        let Some(chat) = self.pick_chat(|chat| !chat.is_direct) else { return };
        let Some(device) = self.online(&BTreeSet::from([self.chats[chat].owner])) else { return };
        let others: Vec<usize> = self.everybody().difference(&self.chats[chat].members).copied().collect();
        let Some(new) = self.random.pick(&others) else { return };
        let (conversation, user) = (self.chats[chat].id, self.accounts[new].user);
        let done = self
            .living(device)
            .with(move |t| Box::pin(async move { t.client().add_people(conversation, &[user]).await.map_err(|e| e.to_string()) }));
        match done.await {
            Ok(()) => {
                self.chats[chat].members.insert(new);
                self.note("added");
            }
            Err(why) => self.failed("adding", &why),
        }
    }

    async fn remove(&mut self) {
        let Some(chat) = self.pick_chat(|chat| !chat.is_direct && chat.members.len() > 1) else { return };
        let owner = self.chats[chat].owner;
        let Some(device) = self.online(&BTreeSet::from([owner])) else { return };
        self.take_out(chat, device, |member| member != owner, "removed").await;
    }

    async fn leave(&mut self) {
        let Some(chat) = self.pick_chat(|chat| !chat.is_direct && chat.members.len() > 1) else { return };
        let leaving: BTreeSet<usize> =
            self.chats[chat].members.iter().copied().filter(|member| *member != self.chats[chat].owner).collect();
        let Some(device) = self.online(&leaving) else { return };
        self.take_out(chat, device, |member| member == device.0, "left").await;
    }

    async fn take_out(&mut self, chat: usize, device: (usize, usize), who: impl Fn(usize) -> bool, what: &'static str) {
        let candidates: Vec<usize> = self.chats[chat].members.iter().copied().filter(|member| who(*member)).collect();
        let Some(out) = self.random.pick(&candidates) else { return };
        let (conversation, user) = (self.chats[chat].id, self.accounts[out].user);
        let done = self
            .living(device)
            .with(move |t| Box::pin(async move { t.client().remove_person(conversation, user).await.map_err(|e| e.to_string()) }));
        match done.await {
            Ok(()) => {
                self.chats[chat].members.remove(&out);
                self.note(what);
            }
            Err(why) => self.failed(what, &why),
        }
    }

    /// One more device, by whatever way there is.
    pub async fn new_device(&mut self, who: usize) {
        if self.accounts[who].devices.len() >= self.most_devices {
            return;
        }
        let mut terminal = Terminal::signed_in(&self.node, &self.accounts[who].person).await;
        let helper = self.online(&BTreeSet::from([who]));
        let way = self.random.below(3);
        let done = match (way, helper, self.accounts[who].words.clone()) {
            (0, Some(helper), _) => {
                self.note("device by pairing");
                self.pair(&mut terminal, helper).await
            }
            (1, _, Some(words)) => {
                self.note("device by words");
                terminal.client().begin_with_words(&words, DeviceKind::Cli).await
            }
            _ => {
                self.note("device by password");
                let password = password(&self.accounts[who].person);
                terminal.client().begin(&password, DeviceKind::Cli).await
            }
        };
        let done = match done {
            Ok(()) => terminal.session.connect().await,
            failed => failed,
        };
        if let Err(why) = done {
            return self.failed("a new device", &why.to_string());
        }
        if self.accounts[who].words.is_none() {
            match terminal.client().make_words(&password(&self.accounts[who].person)).await {
                Ok(words) => self.accounts[who].words = Some(words),
                Err(why) => self.failed("recovery words", &why.to_string()),
            }
        }
        let devices = terminal.client().devices().await.unwrap();
        let id = devices.iter().find(|device| device.is_current).expect("this device is listed").id;
        self.accounts[who].devices.push(Device { id, state: State::On(Living::start(terminal)) });
    }

    async fn pair(&self, terminal: &mut Terminal, helper: (usize, usize)) -> snug_client::Result<()> {
        let asking = terminal.client().ask_to_pair(DeviceKind::Cli).await?;
        let code = asking.code();
        self.living(helper).with(move |t| Box::pin(async move { t.client().answer_pairing(&code).await })).await?;
        assert!(terminal.client().paired(&asking).await?, "the other device has answered");
        Ok(())
    }

    /// A device is taken away by another one of the same person: a lost one, or one that still runs.
    async fn revoke(&mut self) {
        let everybody = self.everybody();
        let Some((who, at)) = self.online(&everybody) else { return };
        let by = self.accounts[who].devices[at].id;
        let mut others: Vec<Uuid> = self.accounts[who].devices.iter().map(|device| device.id).filter(|id| *id != by).collect();
        others.extend(&self.accounts[who].lost);
        let Some(gone) = self.random.pick(&others) else { return };
        let secret = password(&self.accounts[who].person);
        let done = self
            .living((who, at))
            .with(move |t| Box::pin(async move { t.client().revoke(&[gone], &secret).await.map_err(|e| e.to_string()) }))
            .await;
        match done {
            Ok(()) => {
                self.accounts[who].lost.retain(|id| *id != gone);
                if let Some(at) = self.accounts[who].devices.iter().position(|device| device.id == gone) {
                    let device = self.accounts[who].devices.remove(at);
                    self.stop(device.state, true).await;
                }
                self.note("revoked");
            }
            Err(why) => self.failed("revoking", &why),
        }
    }

    async fn refresh(&mut self) {
        let everybody = self.everybody();
        let Some(device) = self.online(&everybody) else { return };
        match self.living(device).with(|t| Box::pin(async move { t.client().refresh().await.map_err(|e| e.to_string()) })).await {
            Ok(()) => self.note("refreshed"),
            Err(why) => self.failed("new keys", &why),
        }
    }

    /// Ends a device's program; what it was told is kept.
    async fn stop(&mut self, state: State, is_revoked: bool) -> Option<Terminal> {
        let State::On(living) = state else { return None };
        let seen = living.seen.clone();
        let terminal = living.end().await;
        let seen = std::mem::take(&mut *seen.lock());
        if let Some(why) = seen.ended.filter(|_| !is_revoked) {
            self.failed("a session ended", &why);
        }
        if !is_revoked {
            self.told.extend(seen.notices);
            seen.invalid.into_iter().for_each(|line| self.failed("an invalid message", &line));
        }
        Some(terminal)
    }

    async fn restart_program(&mut self) {
        let everybody = self.everybody();
        let Some((who, at)) = self.online(&everybody) else { return };
        let device = self.accounts[who].devices.remove(at);
        let terminal = self.stop(device.state, false).await.unwrap();
        let terminal = terminal.park().resume();
        self.accounts[who].devices.insert(at, Device { id: device.id, state: State::On(Living::start(terminal)) });
        self.note("program restarted");
    }

    async fn lose_folder(&mut self) {
        let everybody = self.everybody();
        let Some((who, at)) = self.online(&everybody) else { return };
        let device = self.accounts[who].devices.remove(at);
        drop(self.stop(device.state, false).await);
        self.accounts[who].lost.push(device.id);
        self.note("folder lost");
    }

    async fn go_offline(&mut self) {
        let everybody = self.everybody();
        let Some((who, at)) = self.online(&everybody) else { return };
        let device = self.accounts[who].devices.remove(at);
        let terminal = self.stop(device.state, false).await.unwrap();
        self.accounts[who].devices.insert(at, Device { id: device.id, state: State::Off(terminal.park()) });
        self.note("went offline");
    }

    async fn come_online(&mut self) {
        let mut off = Vec::new();
        for (who, account) in self.accounts.iter().enumerate() {
            off.extend(
                account.devices.iter().enumerate().filter(|(_, device)| matches!(device.state, State::Off(_))).map(|(at, _)| (who, at)),
            );
        }
        let Some((who, at)) = self.random.pick(&off) else { return };
        self.turn_on(who, at);
        self.note("came online");
    }

    fn turn_on(&mut self, who: usize, at: usize) {
        let device = self.accounts[who].devices.remove(at);
        let state = match device.state {
            State::Off(parked) => State::On(Living::start(parked.resume())),
            on => on,
        };
        self.accounts[who].devices.insert(at, Device { id: device.id, state });
    }

    /// Everybody comes back, with a new device if none is left.
    pub async fn all_online(&mut self) {
        for who in 0..self.accounts.len() {
            for at in 0..self.accounts[who].devices.len() {
                self.turn_on(who, at);
            }
        }
        for who in 0..self.accounts.len() {
            if self.accounts[who].devices.is_empty() {
                self.new_device(who).await;
            }
        }
    }

    /// Ends all programs; what they were told is in `told` and `failures`.
    pub async fn end(&mut self) {
        for who in 0..self.accounts.len() {
            for device in std::mem::take(&mut self.accounts[who].devices) {
                self.stop(device.state, false).await;
            }
        }
    }
}
