//! A fan-out task: owns some of the connections and what they follow.
use crate::connection::{Connection, ConnectionId, Cut, Out};
use crate::fanout::{Fanout, Followers};
use crate::frame::{self, Opcode};
use bytes::Bytes;
use snug_base::{Effect, SessionId, Stream, UserId};
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep_until};

/// How often the node pings each connection, in seconds.
pub const HEARTBEAT_S: u64 = 25;
/// After so much silence a connection counts as dead.
const SILENCE: Duration = Duration::from_secs(60);
const SECOND: Duration = Duration::from_secs(1);
/// What is taken from the queue at once.
const TAKEN: usize = 256;

/// What a shard is told, in order.
pub enum Message {
    Attach(Arc<Connection>),
    Subscribe { connection: ConnectionId, streams: Vec<Stream>, done: oneshot::Sender<()> },
    Detach(ConnectionId),
    Effect(Effect),
    Signal { stream: Stream, except: Option<UserId>, out: Out },
    EndAll(Cut),
}

#[derive(Default)]
pub(crate) struct Shard {
    devices: HashMap<ConnectionId, Device>,
    users: HashMap<UserId, Vec<ConnectionId>>,
    followers: HashMap<Stream, Followers>,
    /// What connections lost between `attach` and `subscribe`, which read the database in between.
    lost: HashMap<ConnectionId, HashSet<Stream>>,
    fanout: Fanout,
    beats: u64,
}

struct Device {
    connection: Arc<Connection>,
    /// Stream → the connection's place among its followers.
    following: HashMap<Stream, u32>,
}

/// Runs until the last `Hub` is gone.
pub async fn run(mut messages: mpsc::UnboundedReceiver<Message>, delivered: Arc<AtomicU64>) {
    let mut shard = Shard { fanout: Fanout::counting(delivered), ..Shard::default() };
    let mut beat_at = Instant::now() + SECOND;
    let mut taken = Vec::new();
    loop {
        if shard.fanout.is_idle() {
            let wake_at = shard.fanout.rested_at().map_or(beat_at, |at| beat_at.min(at.into()));
            tokio::select! {
                n = messages.recv_many(&mut taken, TAKEN) => if n == 0 { return },
                () = sleep_until(wake_at) => {}
            }
        }
        if Instant::now() >= beat_at {
            shard.beat();
            beat_at = Instant::now() + SECOND;
        }
        // those who have something to say come first: what they bring joins what waits
        tokio::task::yield_now().await;
        while taken.len() < TAKEN
            && let Ok(message) = messages.try_recv()
        {
            taken.push(message);
        }
        taken.drain(..).for_each(|message| shard.handle(message));
        shard.fanout.wake(Instant::now().into());
        shard.fanout.write_some();
    }
}

impl Shard {
    pub(crate) fn handle(&mut self, message: Message) {
        match message {
            Message::Attach(connection) => self.attach(connection),
            Message::Subscribe { connection, streams, done } => {
                let lost = self.lost.remove(&connection).unwrap_or_default();
                for stream in streams.into_iter().filter(|s| !lost.contains(s)) {
                    self.follow(connection, stream);
                }
                let _ = done.send(()); // the socket may have closed meanwhile
            }
            Message::Detach(id) => self.detach(id),
            Message::EndAll(cut) => self.devices.values().for_each(|d| d.connection.end(cut)),
            Message::Effect(effect) => self.apply(effect),
            Message::Signal { stream, except, out } => self.send(stream, except, out),
        }
    }

    #[cfg(test)]
    pub(crate) fn followers_of(&self, stream: Stream) -> Followers {
        self.followers.get(&stream).cloned().unwrap_or_default()
    }

    fn send(&mut self, stream: Stream, except: Option<UserId>, out: Out) {
        if let Some(followers) = self.followers.get(&stream) {
            self.fanout.add(stream, followers, except, out);
        }
    }

    fn apply(&mut self, effect: Effect) {
        match effect {
            Effect::Publish(event) => {
                self.send(event.stream, None, Out { at: Some((event.stream, event.n)), payload: event.frame });
            }
            Effect::Follow { user, streams } => {
                for id in self.users.get(&user).cloned().unwrap_or_default() {
                    for &stream in &streams {
                        self.follow(id, stream);
                    }
                }
            }
            Effect::Unfollow { user, streams } => {
                for id in self.users.get(&user).cloned().unwrap_or_default() {
                    for &stream in &streams {
                        self.unfollow(id, stream);
                    }
                }
            }
            Effect::FollowWith { leader, stream } => {
                for connection in self.followers.get(&leader).cloned().unwrap_or_default().iter() {
                    self.follow(connection.id, stream);
                }
            }
            Effect::Close { stream } => {
                self.followers.remove(&stream);
                for device in self.devices.values_mut() {
                    device.following.remove(&stream);
                }
                for lost in self.lost.values_mut() {
                    lost.insert(stream);
                }
            }
            Effect::EndSessions { sessions } => {
                let ended: HashSet<SessionId> = sessions.into_iter().collect();
                for device in self.devices.values().filter(|d| ended.contains(&d.connection.session)) {
                    device.connection.end(Cut::SessionEnded);
                }
            }
            Effect::Said(_) => {} // for those who are not connected
        }
    }

    /// Once a second: the heartbeat of those whose turn it is, so that it never comes to all at once. Those who were welcomed a
    /// while ago forget what that needed.
    fn beat(&mut self) {
        let ping: Bytes = frame::frame(Opcode::Ping, b"");
        self.beats += 1;
        let turn = self.beats % HEARTBEAT_S;
        for Device { connection, .. } in self.devices.values() {
            connection.settle();
            if connection.id.0 % HEARTBEAT_S == turn {
                connection.beat(&ping, SILENCE);
            }
        }
    }

    fn attach(&mut self, connection: Arc<Connection>) {
        self.users.entry(connection.user).or_default().push(connection.id);
        self.lost.insert(connection.id, HashSet::new());
        self.devices.insert(connection.id, Device { connection, following: HashMap::new() });
    }

    fn detach(&mut self, id: ConnectionId) {
        self.lost.remove(&id);
        let Some(device) = self.devices.remove(&id) else { return };
        for (stream, place) in device.following {
            self.remove_follower(stream, place);
        }
        if let Some(ids) = self.users.get_mut(&device.connection.user) {
            ids.retain(|other| *other != id);
            if ids.is_empty() {
                self.users.remove(&device.connection.user);
            }
        }
    }

    fn follow(&mut self, id: ConnectionId, stream: Stream) {
        let Some(device) = self.devices.get_mut(&id) else { return };
        if let Some(lost) = self.lost.get_mut(&id) {
            lost.remove(&stream);
        }
        if let Entry::Vacant(place) = device.following.entry(stream) {
            // copied only while events are on their way to those who followed before
            let followers = Arc::make_mut(self.followers.entry(stream).or_default());
            place.insert(u32::try_from(followers.len()).unwrap_or(u32::MAX));
            followers.push(device.connection.clone());
        }
    }

    fn unfollow(&mut self, id: ConnectionId, stream: Stream) {
        let Some(device) = self.devices.get_mut(&id) else { return };
        if let Some(lost) = self.lost.get_mut(&id) {
            lost.insert(stream);
        }
        if let Some(place) = device.following.remove(&stream) {
            self.remove_follower(stream, place);
        }
    }

    /// Takes a follower out; the last one moves to its place, so that this costs the same in a room of any size.
    fn remove_follower(&mut self, stream: Stream, place: u32) {
        let Some(followers) = self.followers.get_mut(&stream) else { return };
        let all = Arc::make_mut(followers);
        all.swap_remove(place as usize);
        if let Some(moved) = all.get(place as usize) {
            if let Some(device) = self.devices.get_mut(&moved.id) {
                device.following.insert(stream, place);
            }
        } else if all.is_empty() {
            self.followers.remove(&stream);
        }
    }
}
