//! What is on the screen, and what keys do to it. No I/O.
use super::command::Command;
use super::worker::{News, Order, Row};
use crate::conversation::messages::{Body, Unreadable};
use crate::session::Chat;
use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use uuid::Uuid;

/// Longest text in the composer, in characters; the node's own limit is lower or higher and says so.
const LONGEST: usize = 20_000;

/// A list of lines over everything else.
pub(super) struct Popup {
    pub title: String,
    pub lines: Vec<String>,
    pub scroll: u16,
}

/// Everything that is shown.
pub(super) struct Screen {
    pub me: Uuid,
    pub username: String,
    pub chats: Vec<Chat>,
    pub open: Option<Uuid>,
    /// The open conversation's messages, oldest first.
    pub rows: Vec<Row>,
    pub is_complete: bool,
    is_loading: bool,
    /// Lines scrolled up from the newest.
    pub scroll: usize,
    /// The text being written, and where the cursor stands (in characters).
    pub input: Vec<char>,
    pub cursor: usize,
    pub status: String,
    pub is_online: bool,
    pub popup: Option<Popup>,
    is_over: bool,
}

impl Screen {
    pub(super) fn new(me: Uuid, username: &str) -> Screen {
        Screen {
            me,
            username: username.to_owned(),
            chats: Vec::new(),
            open: None,
            rows: Vec::new(),
            is_complete: false,
            is_loading: false,
            scroll: 0,
            input: Vec::new(),
            cursor: 0,
            status: "Connecting…".to_owned(),
            is_online: false,
            popup: None,
            is_over: false,
        }
    }

    pub(super) fn is_over(&self) -> bool {
        self.is_over
    }

    /// The open conversation.
    pub(super) fn chat(&self) -> Option<&Chat> {
        self.chats.iter().find(|chat| Some(chat.id) == self.open)
    }

    pub(super) fn on_event(&mut self, event: &Event) -> Vec<Order> {
        match event {
            Event::Key(key) if key.kind != KeyEventKind::Release => self.on_key(*key),
            Event::Paste(text) => {
                text.chars().filter(|c| *c == '\n' || !c.is_control()).for_each(|c| self.insert(c));
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    fn on_key(&mut self, key: KeyEvent) -> Vec<Order> {
        let is_control = key.modifiers.contains(KeyModifiers::CONTROL);
        if let KeyCode::Char('c' | 'q') = key.code
            && is_control
        {
            self.is_over = true;
            return Vec::new();
        }
        if self.popup.is_some() {
            self.on_popup_key(key.code);
            return Vec::new();
        }
        match key.code {
            KeyCode::Enter if key.modifiers.intersects(KeyModifiers::ALT | KeyModifiers::SHIFT) => self.insert('\n'),
            KeyCode::Enter => return self.submit(),
            KeyCode::Tab => return self.step(1),
            KeyCode::BackTab => return self.step(-1),
            KeyCode::PageUp => return self.scroll_up(10),
            KeyCode::PageDown => self.scroll = self.scroll.saturating_sub(10),
            KeyCode::Esc => self.scroll = 0,
            KeyCode::Left => self.cursor = self.cursor.saturating_sub(1),
            KeyCode::Right => self.cursor = (self.cursor + 1).min(self.input.len()),
            KeyCode::Home => self.cursor = 0,
            KeyCode::End => self.cursor = self.input.len(),
            KeyCode::Backspace if self.cursor > 0 => {
                self.cursor -= 1;
                self.input.remove(self.cursor);
            }
            KeyCode::Delete if self.cursor < self.input.len() => drop(self.input.remove(self.cursor)),
            KeyCode::Char('u') if is_control => self.set_input(""),
            KeyCode::Char('n') if is_control => return self.step(1),
            KeyCode::Char('p') if is_control => return self.step(-1),
            KeyCode::Char(c) if !is_control => self.insert(c),
            _ => {}
        }
        Vec::new()
    }

    fn on_popup_key(&mut self, code: KeyCode) {
        let Some(popup) = &mut self.popup else { return };
        match code {
            KeyCode::Up => popup.scroll = popup.scroll.saturating_sub(1),
            KeyCode::Down => popup.scroll = popup.scroll.saturating_add(1).min(u16::try_from(popup.lines.len()).unwrap_or(u16::MAX)),
            _ => self.popup = None,
        }
    }

    fn insert(&mut self, c: char) {
        if self.input.len() < LONGEST {
            self.input.insert(self.cursor, c);
            self.cursor += 1;
        }
    }

    fn set_input(&mut self, text: &str) {
        self.input = text.chars().collect();
        self.cursor = self.input.len();
    }

    fn submit(&mut self) -> Vec<Order> {
        let text: String = self.input.iter().collect();
        if text.trim().is_empty() {
            return Vec::new();
        }
        // two slashes begin a text with one
        let typed = text.strip_prefix('/').filter(|rest| !rest.starts_with('/'));
        let order = match typed {
            Some(typed) => match Command::read(typed.trim()) {
                Ok(Command::Quit) => {
                    self.is_over = true;
                    return Vec::new();
                }
                Ok(command) => Order::Do { chat: self.open, command, target: self.targets() },
                Err(error) => {
                    self.status = error.to_string();
                    return Vec::new();
                }
            },
            None => {
                let Some(chat) = self.open else {
                    self.status = "Open a conversation first: /open @name".to_owned();
                    return Vec::new();
                };
                Order::Say { chat, text: text.strip_prefix('/').unwrap_or(&text).to_owned() }
            }
        };
        self.set_input("");
        self.scroll = 0;
        self.status.clear();
        vec![order]
    }

    /// The newest own message, and the newest one of somebody else with its text.
    fn targets(&self) -> (Option<Uuid>, Option<(Uuid, String)>) {
        let is_text = |row: &&Row| matches!(row.line.body, Body::Text(_));
        let mut texts = self.rows.iter().rev().filter(is_text);
        let own = texts.clone().find(|row| row.line.author_id == self.me).map(|row| row.line.id);
        let other = texts.find(|row| row.line.author_id != self.me);
        let other = other.and_then(|row| match &row.line.body {
            Body::Text(text) => Some((row.line.id, text.clone())),
            _ => None,
        });
        (own, other)
    }

    fn step(&mut self, by: isize) -> Vec<Order> {
        let count = isize::try_from(self.chats.len()).unwrap_or(0);
        if count == 0 {
            return Vec::new();
        }
        let at = self.chats.iter().position(|chat| Some(chat.id) == self.open).and_then(|at| isize::try_from(at).ok());
        let next = at.map_or(0, |at| (at + by).rem_euclid(count));
        self.go(self.chats[usize::try_from(next).unwrap_or(0)].id)
    }

    fn go(&mut self, chat: Uuid) -> Vec<Order> {
        self.open = Some(chat);
        self.rows.clear();
        (self.scroll, self.is_complete, self.is_loading) = (0, false, true);
        vec![Order::Open(chat)]
    }

    fn scroll_up(&mut self, by: usize) -> Vec<Order> {
        self.scroll += by;
        match (self.open, self.rows.first()) {
            // the view stops at the first line; a page more is fetched before that is reached
            (Some(chat), Some(first)) if !self.is_complete && !self.is_loading && self.scroll + 30 > self.rows.len() => {
                self.is_loading = true;
                vec![Order::Older { chat, before: first.line.seq }]
            }
            _ => Vec::new(),
        }
    }

    /// Takes in what the worker tells.
    pub(super) fn on_news(&mut self, news: News) -> Vec<Order> {
        match news {
            News::Online => {
                self.is_online = true;
                self.status.clear();
                if let Some(chat) = self.open {
                    return self.go(chat);
                }
            }
            News::Offline(why) => {
                self.is_online = false;
                self.status = why;
            }
            News::Chats(chats) => {
                self.chats = chats;
                if self.open.is_none()
                    && let Some(first) = self.chats.first()
                {
                    return self.go(first.id);
                }
            }
            News::Page { chat, rows, is_older, is_complete } if Some(chat) == self.open => {
                self.is_loading = false;
                self.is_complete = is_complete;
                if is_older {
                    self.rows.splice(0..0, rows);
                } else {
                    self.rows = rows;
                }
                return self.read();
            }
            News::Line(row, is_new) if Some(row.line.conversation_id) == self.open => {
                match self.rows.iter_mut().find(|known| known.line.id == row.line.id) {
                    Some(known) => *known = *row,
                    None if is_new => self.rows.push(*row),
                    None => {}
                }
                return self.read();
            }
            News::Page { .. } | News::Line(..) => {}
            News::Told(text) => self.status = text,
            News::NotSent { text, why } => {
                self.status = why;
                if self.input.is_empty() {
                    self.set_input(&text);
                }
            }
            News::Show { title, lines } => self.popup = Some(Popup { title, lines, scroll: 0 }),
            News::Go(chat) => return self.go(chat),
            News::Over(why) => {
                self.status = why;
                self.is_over = true;
            }
        }
        Vec::new()
    }

    /// What is on the screen counts as read.
    fn read(&self) -> Vec<Order> {
        let (Some(chat), Some(last)) = (self.chat(), self.rows.last()) else { return Vec::new() };
        if chat.unread > 0 && self.scroll == 0 { vec![Order::Read { chat: chat.id, seq: last.line.seq }] } else { Vec::new() }
    }
}

/// Why a message can't be read, in one calm line.
pub(super) fn reason(why: &Unreadable) -> String {
    match why {
        Unreadable::Waiting => "Waiting for this message's key…".to_owned(),
        Unreadable::BeforeJoin => "Sent before you joined".to_owned(),
        Unreadable::BeforeReset => "Sent before your account was reset".to_owned(),
        Unreadable::Newer => "This needs a newer Snug".to_owned(),
        Unreadable::Invalid(code) => format!("This message could not be verified ({code})"),
    }
}
