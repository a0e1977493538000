//! What people do, how often, and how a device does it.
use super::Run;
use super::plan::{Action, Place, PlaceKind};
use crate::result::Result;
use crate::words::Words;
use serde_json::{Value, json};
use std::cmp::Reverse;
use std::sync::LazyLock;
use std::time::{Duration, Instant};
use uuid::Uuid;

/// How long somebody who reconnects was away.
const AWAY: Duration = Duration::from_secs(5);

/// Shares in percent, after Mattermost's public load tool (simulcontroller): what it does with threads is reading around a message
/// here; drafts stay on the device. Typing, presence and profiles are ours.
const SHARES: &[(Action, f64)] = &[
    (Action::Switch, 42.0),
    (Action::History, 13.0),
    (Action::Around, 7.6),
    (Action::Sync, 6.5),
    (Action::Direct, 6.4),
    (Action::Post, 6.5),
    (Action::Typing, 6.5),
    (Action::Receipt, 2.1),
    (Action::Presence, 1.0),
    (Action::Profile, 2.0),
    (Action::Reconnect, 0.9),
    (Action::Reaction, 0.85),
    (Action::Edit, 0.26),
    (Action::Search, 0.2),
];

static WORDS: LazyLock<Words> = LazyLock::new(Words::default);

impl Run {
    /// One action of some device, due at this time.
    pub(super) fn act(&mut self, due: Instant) -> Result<()> {
        let device = self.random.below(self.devices.len());
        let mut at = self.random.share() * SHARES.iter().map(|(_, share)| share).sum::<f64>();
        let action = SHARES.iter().find(|(_, share)| {
            at -= share;
            at < 0.0
        });
        let action = action.map_or(Action::Switch, |(action, _)| *action);
        match action {
            Action::Switch => self.switch(device, due),
            Action::History | Action::Around => self.scroll(device, action, due),
            Action::Sync => self.get(device, "/sync", action, due),
            Action::Direct => self.open_direct(device, due),
            Action::Post => self.post(device, due),
            Action::Typing => self.type_somewhere(device, due),
            Action::Receipt => self.read_direct(device, due),
            Action::Presence => self.change_presence(device, due),
            Action::Profile => self.look_at_somebody(device, due),
            Action::Reconnect => self.go_away(device),
            Action::Reaction => self.react(device, due),
            Action::Edit => self.edit(device, due),
            Action::Search => self.search(device, due),
            Action::Delivery | Action::ReceiptSeen => Ok(()), // others' doing
        }
    }

    /// The people whose presence a device shows.
    pub(super) fn watch(&mut self, device: usize) -> Result<()> {
        let watches = json!({ "user_ids": self.plan.devices[device].watches });
        self.say(device, "presence.watch", &watches, Action::Presence, Instant::now())
    }

    fn place(&mut self, device: usize, kinds: &[PlaceKind]) -> Option<Place> {
        let places: Vec<&Place> = self.plan.devices[device].places.iter().filter(|place| kinds.contains(&place.kind)).collect();
        // people go to few of their places most of the time
        let at = (self.random.share().powi(2) * places.len() as f64) as usize;
        places.get(at).map(|place| (*place).clone())
    }

    fn any_place(&mut self, device: usize) -> Option<Place> {
        self.place(device, &[PlaceKind::Room, PlaceKind::Direct, PlaceKind::Group])
    }

    fn last_seq(&self, place: &Place) -> i64 {
        self.sightings.newest.get(&place.id).map_or(place.last_seq, |(_, seq)| *seq)
    }

    fn view(&self, place: Uuid) -> String {
        format!("/conversations/{place}/{}?limit=50", if self.plan.has_view { "view" } else { "messages" })
    }

    fn switch(&mut self, device: usize, due: Instant) -> Result<()> {
        let Some(place) = self.place(device, &[PlaceKind::Room]) else { return Ok(()) };
        self.get(device, &self.view(place.id), Action::Switch, due)?;
        self.read(device, &place, due)
    }

    fn read(&mut self, device: usize, place: &Place, due: Instant) -> Result<()> {
        let seq = self.last_seq(place);
        if place.kind == PlaceKind::Direct {
            self.sightings.reading.insert((place.id, self.plan.devices[device].user), (seq, due));
        }
        self.say(device, "receipt.read", &json!({ "conversation_id": place.id, "seq": seq }), Action::Receipt, due)
    }

    fn scroll(&mut self, device: usize, action: Action, due: Instant) -> Result<()> {
        let Some(place) = self.any_place(device) else { return Ok(()) };
        let seq = 1 + self.random.below(usize::try_from(place.last_seq).unwrap_or(0) + 1);
        let side = if action == Action::Around { "around" } else { "before" };
        self.get(device, &format!("/conversations/{}/messages?limit=50&{side}={seq}", place.id), action, due)
    }

    fn open_direct(&mut self, device: usize, due: Instant) -> Result<()> {
        let Some(place) = self.place(device, &[PlaceKind::Direct]) else { return Ok(()) };
        let body = json!({ "kind": "direct", "user_ids": [place.partner] }).to_string();
        self.post_then_get(device, "/conversations", &body, self.view(place.id), Action::Direct, due)
    }

    fn post(&mut self, device: usize, due: Instant) -> Result<()> {
        let Some(place) = self.any_place(device) else { return Ok(()) };
        let length = self.random.log_normal(60.0, 0.95).clamp(5.0, 1_000.0) as usize;
        let text = WORDS.text(&mut self.random, length);
        let is_reply = self.random.chance(0.18);
        let reply = self.sightings.newest.get(&place.id).filter(|_| is_reply).map(|(id, _)| *id);
        let id = Uuid::now_v7();
        self.sightings.messages.insert(id, (due, device));
        self.devices[device].own.push(id);
        let d = json!({ "id": id, "conversation_id": place.id, "content": { "type": "text", "text": text }, "reply_to": reply });
        self.say(device, "message.send", &d, Action::Post, due)
    }

    fn type_somewhere(&mut self, device: usize, due: Instant) -> Result<()> {
        let Some(place) = self.any_place(device) else { return Ok(()) };
        self.sightings.typing.insert((place.id, self.plan.devices[device].user), due);
        self.say(device, "typing.start", &json!({ "conversation_id": place.id }), Action::Typing, due)
    }

    fn read_direct(&mut self, device: usize, due: Instant) -> Result<()> {
        match self.place(device, &[PlaceKind::Direct]) {
            Some(place) => self.read(device, &place, due),
            None => Ok(()),
        }
    }

    fn change_presence(&mut self, device: usize, due: Instant) -> Result<()> {
        let presence = if self.random.chance(0.5) { "online" } else { "dnd" };
        self.sightings.presence.insert(self.plan.devices[device].user, due);
        self.say(device, "presence.set", &json!({ "presence": presence }), Action::Presence, due)
    }

    fn look_at_somebody(&mut self, device: usize, due: Instant) -> Result<()> {
        let somebody = *self.random.of(&self.plan.devices[device].watches);
        self.get(device, &format!("/users/{somebody}"), Action::Profile, due)
    }

    fn react(&mut self, device: usize, due: Instant) -> Result<()> {
        let Some(place) = self.any_place(device) else { return Ok(()) };
        let Some((id, _)) = self.sightings.newest.get(&place.id).copied() else { return Ok(()) };
        self.say(device, "message.react", &json!({ "id": id, "emoji": "👍" }), Action::Reaction, due)
    }

    fn edit(&mut self, device: usize, due: Instant) -> Result<()> {
        let Some(id) = self.devices[device].own.last().copied() else { return Ok(()) };
        let text = WORDS.text(&mut self.random, 60);
        let d: Value = json!({ "id": id, "content": { "type": "text", "text": text } });
        self.say(device, "message.edit", &d, Action::Edit, due)
    }

    fn search(&mut self, device: usize, due: Instant) -> Result<()> {
        if !self.plan.has_search {
            return Ok(());
        }
        let word = self.random.of(&self.plan.searches).clone();
        self.get(device, &format!("/search?q={word}&limit=20"), Action::Search, due)
    }

    fn go_away(&mut self, device: usize) -> Result<()> {
        if self.devices[device].is_live {
            self.leave(device);
            self.returns.push(Reverse((Instant::now() + AWAY, device)));
        }
        Ok(())
    }
}
