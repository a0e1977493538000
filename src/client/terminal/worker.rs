//! The task that owns the session: does what the screen orders and tells it what happens.
use super::command::{Command, HELP};
use super::text::one_line;
use crate::conversation::members::POLICY;
use crate::conversation::messages::Line;
use crate::conversation::verification::Standing;
use crate::error::{Error, Result};
use crate::session::{Chat, Session, Update};
use snug_crypto::conversation_log::roster::Role;
use tokio::sync::mpsc::{Receiver, Sender};
use uuid::Uuid;

/// Messages that one look loads.
const PAGE: usize = 50;
/// Characters of a quoted message.
const QUOTE: usize = 140;
/// Hits that a search shows.
const HITS: usize = 50;

/// What the screen wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Order {
    Open(Uuid),
    Older {
        chat: Uuid,
        before: i64,
    },
    Say {
        chat: Uuid,
        text: String,
    },
    Read {
        chat: Uuid,
        seq: i64,
    },
    Do {
        chat: Option<Uuid>,
        command: Command,
        /// The newest own message, and the newest of somebody else.
        target: (Option<Uuid>, Option<(Uuid, String)>),
    },
}

/// What the screen is told.
pub(super) enum News {
    Online,
    Offline(String),
    Chats(Vec<Chat>),
    Page { chat: Uuid, rows: Vec<Row>, is_older: bool, is_complete: bool },
    Line(Box<Row>, bool),
    Told(String),
    NotSent { text: String, why: String },
    Show { title: String, lines: Vec<String> },
    Go(Uuid),
    Over(String),
}

/// A message with its author's name.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub line: Line,
    pub author: String,
}

struct Worker {
    session: Session,
    news: Sender<News>,
    open: Option<Uuid>,
}

/// Runs until the screen is gone.
pub(super) async fn run(session: Session, mut orders: Receiver<Order>, news: Sender<News>) -> Result<()> {
    let mut worker = Worker { session, news, open: None };
    loop {
        tokio::select! {
            biased;
            order = orders.recv() => match order {
                Some(order) => worker.obey(order).await,
                None => break,
            },
            wake = worker.session.wait() => match worker.session.handle(wake).await {
                Ok(update) => if let Some(update) = update { worker.on_update(update).await },
                Err(error) => {
                    worker.tell(News::Over(error.to_string())).await;
                    worker.session.client.save()?;
                    return Err(error);
                }
            },
        }
    }
    worker.session.client.save()
}

impl Worker {
    async fn tell(&self, news: News) {
        // a screen that is gone needs no news
        let _ = self.news.send(news).await;
    }

    async fn on_update(&mut self, update: Update) {
        match update {
            Update::Online => self.tell(News::Online).await,
            Update::Offline(why) => self.tell(News::Offline(why)).await,
            Update::Chats => self.tell(News::Chats(self.session.chats().to_vec())).await,
            Update::Line(line, is_new) => {
                let author = self.session.name_of(line.author_id);
                self.tell(News::Line(Box::new(Row { line: *line, author }), is_new)).await;
            }
            Update::Keys(chat) if Some(chat) == self.open => self.page(chat, None).await,
            Update::Keys(_) => {}
            Update::Pairing => self.tell(News::Told("A new device wants to be let in: /pair CODE".to_owned())).await,
            Update::Reset(true) => {
                let text = "Somebody asked for a reset of your account. If that was not you: snug devices --cancel-reset";
                self.tell(News::Told(text.to_owned())).await;
            }
            Update::Reset(false) => self.tell(News::Told("The reset of your account was cancelled.".to_owned())).await,
            Update::Notice(text) => self.tell(News::Told(text)).await,
        }
    }

    async fn obey(&mut self, order: Order) {
        match order {
            Order::Open(chat) => {
                self.open = Some(chat);
                self.page(chat, None).await;
            }
            Order::Older { chat, before } => self.page(chat, Some(before)).await,
            Order::Say { chat, text } => {
                if let Err(error) = self.session.say(chat, &text, None).await {
                    self.tell(News::NotSent { text, why: error.to_string() }).await;
                }
            }
            Order::Read { chat, seq } => {
                // the next message tells again
                let _ = self.session.mark_read(chat, seq).await;
            }
            Order::Do { chat, command, target } => {
                if let Err(error) = self.carry_out(chat, command, target).await {
                    self.tell(News::Told(error.to_string())).await;
                }
            }
        }
    }

    async fn page(&mut self, chat: Uuid, before: Option<i64>) {
        match self.session.client.page(chat, before, PAGE).await {
            Ok(lines) => {
                let is_complete = lines.first().is_none_or(|line| line.seq <= 1);
                let rows = lines.into_iter().map(|line| Row { author: self.session.name_of(line.author_id), line }).collect();
                self.tell(News::Page { chat, rows, is_older: before.is_some(), is_complete }).await;
            }
            Err(error) => self.tell(News::Told(error.to_string())).await,
        }
    }

    async fn carry_out(&mut self, chat: Option<Uuid>, command: Command, target: (Option<Uuid>, Option<(Uuid, String)>)) -> Result<()> {
        match command {
            Command::Help => {
                let lines = HELP.iter().map(|(keys, what)| format!("{keys:<38} {what}")).collect();
                self.tell(News::Show { title: "Help".to_owned(), lines }).await;
            }
            Command::Quit => {}
            Command::Open(name) => {
                let user = self.session.find_user(&name).await?;
                let chat = self.session.client.start_direct(user).await?;
                self.tell(News::Go(chat)).await;
            }
            Command::Group(name, people) => {
                let users = self.users(&people).await?;
                let chat = self.session.client.start_group(&users, &name, POLICY).await?;
                self.tell(News::Go(chat)).await;
            }
            Command::Search(words) => self.search(&words).await?,
            Command::Devices => self.devices().await?,
            Command::Pair(code) => {
                self.session.client.answer_pairing(&code).await?;
                self.tell(News::Told("The new device belongs to your account now.".to_owned())).await;
            }
            Command::Verified(name) | Command::Accept(name) if name.is_empty() => {}
            Command::Verified(name) => {
                let user = self.session.find_user(&name).await?;
                self.session.client.set_verified(user, true).await?;
                self.tell(News::Told(format!("{name} is verified."))).await;
            }
            Command::Accept(name) => self.accept(chat, &name).await?,
            Command::Safety(name) => self.safety(chat, name).await?,
            other => {
                let chat = chat.ok_or_else(|| Error::told("Open a conversation first: /open @name"))?;
                self.in_chat(chat, other, target).await?;
            }
        }
        Ok(())
    }

    async fn in_chat(&mut self, chat: Uuid, command: Command, (own, other): (Option<Uuid>, Option<(Uuid, String)>)) -> Result<()> {
        let own = || own.ok_or_else(|| Error::told("There is no message of yours here."));
        let other = || other.clone().ok_or_else(|| Error::told("There is nothing to answer here."));
        if !self.session.is_encrypted(chat) && !matches!(command, Command::Reply(_)) {
            return Err(Error::told("In conversations that are not end-to-end encrypted this works in the browser."));
        }
        let me = self.session.client.profile.user_id;
        match command {
            Command::Add(names) => {
                let users = self.users(&names).await?;
                self.session.client.add_people(chat, &users).await?;
            }
            Command::Remove(name) => {
                let user = self.session.find_user(&name).await?;
                self.session.client.remove_person(chat, user).await?;
            }
            Command::Leave => self.session.client.remove_person(chat, me).await?,
            Command::Rename(name) => self.session.client.rename(chat, &name).await?,
            Command::Retain(seconds) => self.session.client.set_retention(chat, seconds).await?,
            Command::Edit(text) => self.session.client.edit_text(chat, own()?, &text).await?,
            Command::Delete => self.session.client.delete(chat, own()?).await?,
            Command::Reply(text) => {
                let (target, quoted) = other()?;
                let quote: String = quoted.chars().take(QUOTE).collect();
                self.session.say(chat, &text, Some((target, &quote))).await?;
            }
            Command::React(emoji) => self.session.client.react(chat, other()?.0, &emoji, true).await?,
            Command::People => self.people(chat).await?,
            _ => {}
        }
        Ok(())
    }

    async fn users(&mut self, names: &[String]) -> Result<Vec<Uuid>> {
        let mut users = Vec::new();
        for name in names {
            users.push(self.session.find_user(name).await?);
        }
        Ok(users)
    }

    async fn search(&mut self, words: &str) -> Result<()> {
        let found = self.session.client.history.search(words, None, HITS)?;
        let lines = found.iter().map(|kept| format!("{}: {}", self.session.name_of(kept.author_id), one_line(&kept.text)));
        let lines: Vec<String> = lines.collect();
        let title =
            format!("{} on this device", if lines.is_empty() { "Nothing found".to_owned() } else { format!("{} found", lines.len()) });
        self.tell(News::Show { title, lines }).await;
        Ok(())
    }

    async fn devices(&mut self) -> Result<()> {
        let devices = self.session.client.devices().await?;
        let describe = |device: &crate::account::devices::DeviceView| {
            let name = device.session.as_ref().and_then(|session| session["device_name"].as_str()).unwrap_or("signed out").to_owned();
            let here = if device.is_current { ", this one" } else { "" };
            format!("{}  {} ({}{here})", device.id, one_line(&name), device.kind)
        };
        let lines = devices.iter().filter(|device| device.is_active).map(describe).collect();
        self.tell(News::Show { title: "Your devices".to_owned(), lines }).await;
        Ok(())
    }

    async fn people(&mut self, chat: Uuid) -> Result<()> {
        let members = self.session.client.members(chat)?;
        let describe = |(user, role): &(Uuid, Role)| {
            let role = match role {
                Role::Owner => ", owner",
                Role::Admin => ", admin",
                Role::Reader => ", reads only",
                Role::Member => "",
            };
            let standing = match self.session.client.standing(*user) {
                Standing::Verified => ", verified",
                Standing::Changed => ", security number changed",
                Standing::Known => "",
            };
            format!("{}{role}{standing}", self.session.name_of(*user))
        };
        let lines = members.iter().map(describe).collect();
        self.tell(News::Show { title: "People".to_owned(), lines }).await;
        Ok(())
    }

    /// The other person of a direct conversation, or the one who is named.
    async fn whom(&mut self, chat: Option<Uuid>, name: Option<String>) -> Result<Uuid> {
        if let Some(name) = name {
            return self.session.find_user(&name).await;
        }
        let me = self.session.client.profile.user_id;
        let people = self.session.chats().iter().find(|known| Some(known.id) == chat).map(|chat| chat.people.clone()).unwrap_or_default();
        let others: Vec<Uuid> = people.into_iter().filter(|user| *user != me).collect();
        match others[..] {
            [one] => Ok(one),
            _ => Err(Error::told("Say with whom: /safety @name")),
        }
    }

    async fn safety(&mut self, chat: Option<Uuid>, name: Option<String>) -> Result<()> {
        let user = self.whom(chat, name).await?;
        let number = self.session.client.safety_number(user).await?;
        let who = self.session.name_of(user);
        let mut lines = vec![format!("If {who} sees the same number, nobody is between you."), String::new()];
        lines.extend(number.groups.chunks(4).map(|groups| groups.join("  ")));
        lines.extend([String::new(), "The same: /verified @name. Not the same: tell them by another way.".to_owned()]);
        self.tell(News::Show { title: format!("Safety number with {who}"), lines }).await;
        Ok(())
    }

    async fn accept(&mut self, chat: Option<Uuid>, name: &str) -> Result<()> {
        let user = self.session.find_user(name).await?;
        self.session.client.set_verified(user, false).await?;
        if let Some(chat) = chat.filter(|chat| self.session.is_encrypted(*chat)) {
            self.session.client.rebind(chat, user).await?;
        }
        self.tell(News::Told(format!("You go on with {name}."))).await;
        Ok(())
    }
}
