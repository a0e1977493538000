//! Conversations that begin, and people who come into them and go.
use super::World;
use crate::soak::model::Chat;
use snug_client::conversation::members::POLICY;
use snug_crypto::conversation_log::body::{History, Policy};
use std::collections::BTreeSet;
use uuid::Uuid;

impl World {
    pub(super) async fn new_chat(&mut self) {
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

    pub(super) async fn add(&mut self) {
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

    pub(super) async fn remove(&mut self) {
        let Some(chat) = self.pick_chat(|chat| !chat.is_direct && chat.members.len() > 1) else { return };
        let owner = self.chats[chat].owner;
        let Some(device) = self.online(&BTreeSet::from([owner])) else { return };
        self.take_out(chat, device, |member| member != owner, "removed").await;
    }

    pub(super) async fn leave(&mut self) {
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
}
