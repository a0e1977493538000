//! People with several devices, to whom everything happens that happens to people.
mod chats;
mod devices;

use super::Size;
use super::model::{Chat, Random, Said};
use crate::support::living::Living;
use crate::support::terminal::Parked;
use crate::support::{Person, TestNode};
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
}
