//! Who is online. Lives in memory, is never broadcast: a device names the people it shows and hears about those, batched.
use crate::connection::{Connection, ConnectionId};
use crate::frame::{self, Opcode};
use parking_lot::Mutex;
use serde::Serialize;
use snug_accounts::PresenceChoice;
use snug_base::UserId;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;
use utoipa::ToSchema;

/// Changes are gathered for so long before they are sent.
pub const BATCH: Duration = Duration::from_millis(500);
/// A user whose last device went away stays online for so long: a reload or a change of network is not an absence.
const GRACE_MS: i64 = 6_000;
/// People that one device may watch.
pub const WATCHED: usize = 200;
/// When somebody looked is remembered of so many people, and then for so long.
const LOOKED: usize = 10_000;
const LOOKED_MS: i64 = 9 * 86_400_000;

/// What others see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum PresenceState {
    Online,
    Idle,
    Dnd,
    Offline,
}

/// A user's presence as others see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Presence {
    pub id: UserId,
    pub presence: PresenceState,
    /// Unix milliseconds; absent while online and for people who were never seen.
    pub last_seen_at: Option<i64>,
}

/// The presence of everyone who has a device connected to this node.
#[derive(Clone, Default)]
pub struct Presences(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    users: HashMap<UserId, Online>,
    watchers: HashMap<UserId, HashMap<ConnectionId, Arc<Connection>>>,
    watched_by: HashMap<ConnectionId, HashSet<UserId>>,
    changed: HashSet<UserId>,
    /// Users whose last device went away a moment ago.
    left: HashSet<UserId>,
    /// Until when people looked at one of their devices, as far as it is remembered.
    looked: HashMap<UserId, i64>,
}

struct Online {
    devices: Vec<Device>,
    choice: PresenceChoice,
    /// When the last device went away.
    left_at: Option<i64>,
    /// What the others were last told.
    shown: PresenceState,
}

/// A connected device of a user.
struct Device {
    id: ConnectionId,
    /// Nobody touched it lately.
    idle: bool,
    /// Somebody looks at it now, as far as it can tell.
    looking: bool,
}

impl Online {
    fn state(&self) -> PresenceState {
        match self.choice {
            PresenceChoice::Invisible => PresenceState::Offline,
            PresenceChoice::Dnd => PresenceState::Dnd,
            PresenceChoice::Idle => PresenceState::Idle,
            PresenceChoice::Online if !self.devices.is_empty() && self.devices.iter().all(|device| device.idle) => PresenceState::Idle,
            PresenceChoice::Online => PresenceState::Online,
        }
    }
}

impl Presences {
    /// A device connected. `choice` counts unless the user is known here already: then [`Presences::choose`] told. False when the user has `most` devices connected already.
    pub fn arrive(&self, connection: &Connection, choice: PresenceChoice, idle: bool, most: usize) -> bool {
        let mut state = self.0.lock();
        if state.users.get(&connection.user).is_some_and(|user| user.devices.len() >= most) {
            return false;
        }
        let user = state.users.entry(connection.user).or_insert_with(|| Online {
            devices: Vec::with_capacity(1),
            choice,
            left_at: None,
            shown: PresenceState::Offline,
        });
        user.devices.push(Device { id: connection.id, idle, looking: false });
        user.left_at = None;
        state.changed.insert(connection.user);
        true
    }

    /// A device went away.
    pub fn leave(&self, connection: &Connection, now: i64) {
        let mut state = self.0.lock();
        for user in state.watched_by.remove(&connection.id).unwrap_or_default() {
            state.unwatch(user, connection.id);
        }
        if state.device(connection).is_some_and(|device| device.looking) {
            state.looked_until(connection.user, now);
        }
        if let Some(user) = state.users.get_mut(&connection.user) {
            user.devices.retain(|device| device.id != connection.id);
            if user.devices.is_empty() {
                user.left_at = Some(now);
                state.left.insert(connection.user);
            }
            state.changed.insert(connection.user);
        }
    }

    /// The user chose what to show.
    pub fn choose(&self, user: UserId, choice: PresenceChoice) {
        let mut state = self.0.lock();
        if let Some(online) = state.users.get_mut(&user) {
            online.choice = choice;
            state.changed.insert(user);
        }
    }

    /// A device has (not) been touched lately.
    pub fn set_idle(&self, connection: &Connection, idle: bool) {
        let mut state = self.0.lock();
        if let Some(device) = state.device(connection) {
            device.idle = idle;
            state.changed.insert(connection.user);
        }
    }

    /// Somebody (no longer) looks at a device. Nobody is shown that.
    pub fn set_looking(&self, connection: &Connection, looking: bool, now: i64) {
        let mut state = self.0.lock();
        if let Some(device) = state.device(connection)
            && std::mem::replace(&mut device.looking, looking) != looking
        {
            state.looked_until(connection.user, now);
        }
    }

    /// When the user last looked at one of their devices: `now` while they do. `None`: not for days, or not since the node began.
    pub fn looked_at(&self, user: UserId, now: i64) -> Option<i64> {
        if self.is_looking(user) { Some(now) } else { self.0.lock().looked.get(&user).copied() }
    }

    /// Whether the user looks at one of their devices now, and so needs no other to tell them of anything.
    pub fn is_looking(&self, user: UserId) -> bool {
        self.0.lock().users.get(&user).is_some_and(|user| user.devices.iter().any(|device| device.looking))
    }

    /// Replaces the people whose presence this device shows.
    pub fn watch(&self, connection: &Arc<Connection>, users: &[UserId]) {
        let mut state = self.0.lock();
        let new: HashSet<UserId> = users.iter().copied().collect();
        for user in state.watched_by.insert(connection.id, new.clone()).unwrap_or_default() {
            state.unwatch(user, connection.id);
        }
        for user in new {
            state.watchers.entry(user).or_default().insert(connection.id, connection.clone());
        }
    }

    /// Everybody who has a device connected.
    pub fn people(&self) -> Vec<UserId> {
        self.0.lock().users.iter().filter(|(_, online)| !online.devices.is_empty()).map(|(user, _)| *user).collect()
    }

    /// How many devices are connected.
    pub fn devices(&self) -> usize {
        self.0.lock().users.values().map(|online| online.devices.len()).sum()
    }

    /// What others see of this user; `None`: not connected.
    pub fn of(&self, user: UserId) -> Option<PresenceState> {
        self.0.lock().users.get(&user).map(Online::state)
    }

    /// Sends the changes since the last call to those who watch. Answers with the people who went away, or made themselves
    /// invisible, which looks the same: when they were last seen is to be stored. What an invisible person does changes
    /// nothing that is shown, so nobody hears of it.
    pub fn flush(&self, now: i64) -> Vec<(UserId, i64)> {
        let mut state = self.0.lock();
        let state = &mut *state;
        let mut shown = Vec::new();
        for user in std::mem::take(&mut state.changed) {
            if let Some(online) = state.users.get_mut(&user) {
                let presence = online.state();
                if std::mem::replace(&mut online.shown, presence) != presence {
                    shown.push((user, presence, now));
                }
            }
        }
        state.left.retain(|user| match state.users.get(user).map(|online| online.left_at) {
            Some(Some(left_at)) if now - left_at >= GRACE_MS => {
                if state.users.remove(user).is_some_and(|online| online.shown != PresenceState::Offline) {
                    shown.push((*user, PresenceState::Offline, left_at));
                }
                false
            }
            Some(Some(_)) => true,
            Some(None) | None => false, // came back
        });

        let mut batches: HashMap<ConnectionId, (Arc<Connection>, Vec<Presence>)> = HashMap::new();
        for &(id, presence, at) in &shown {
            let last_seen_at = (presence == PresenceState::Offline).then_some(at);
            for (watcher, connection) in state.watchers.get(&id).into_iter().flatten() {
                let (_, users) = batches.entry(*watcher).or_insert_with(|| (connection.clone(), Vec::new()));
                users.push(Presence { id, presence, last_seen_at });
            }
        }
        for (connection, users) in batches.into_values() {
            #[derive(Serialize)]
            struct Body {
                users: Vec<Presence>,
            }
            if let Ok(payload) = snug_base::event::signal_frame("presence", &Body { users }) {
                connection.send(&frame::frame(Opcode::Text, &payload));
            }
        }
        shown.into_iter().filter(|(_, presence, _)| *presence == PresenceState::Offline).map(|(user, _, at)| (user, at)).collect()
    }
}

impl State {
    fn device(&mut self, connection: &Connection) -> Option<&mut Device> {
        self.users.get_mut(&connection.user)?.devices.iter_mut().find(|device| device.id == connection.id)
    }

    fn looked_until(&mut self, user: UserId, now: i64) {
        if self.looked.len() >= LOOKED {
            self.looked.retain(|_, at| now - *at < LOOKED_MS);
        }
        self.looked.insert(user, now);
    }

    fn unwatch(&mut self, user: UserId, connection: ConnectionId) {
        if let Some(watchers) = self.watchers.get_mut(&user) {
            watchers.remove(&connection);
            if watchers.is_empty() {
                self.watchers.remove(&user);
            }
        }
    }
}
