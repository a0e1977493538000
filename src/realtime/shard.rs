//! A fan-out task: owns some of the connections and what they follow.
use crate::connection::{Connection, ConnectionId, Cut, Out};
use snug_base::{Effect, SessionId, Stream, UserId};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};

/// After so many frames the task lets others run: about 5 ms of work.
const YIELD_EVERY: usize = 512;

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
struct Shard {
    devices: HashMap<ConnectionId, Device>,
    users: HashMap<UserId, Vec<ConnectionId>>,
    followers: HashMap<Stream, Vec<Arc<Connection>>>,
}

struct Device {
    connection: Arc<Connection>,
    following: HashSet<Stream>,
    /// Streams lost between `attach` and `subscribe`, which read the database in between; `None` afterwards.
    lost: Option<HashSet<Stream>>,
}

/// Runs until the last `Hub` is gone.
pub async fn run(mut messages: mpsc::UnboundedReceiver<Message>) {
    let mut shard = Shard::default();
    while let Some(message) = messages.recv().await {
        match message {
            Message::Effect(Effect::Publish(event)) => {
                shard.send(event.stream, None, Out { at: Some((event.stream, event.n)), frame: event.frame }).await;
            }
            Message::Signal { stream, except, out } => shard.send(stream, except, out).await,
            other => shard.handle(other),
        }
    }
}

impl Shard {
    async fn send(&self, stream: Stream, except: Option<UserId>, out: Out) {
        let Some(followers) = self.followers.get(&stream) else { return };
        for (i, connection) in followers.iter().enumerate() {
            if except != Some(connection.user) {
                connection.offer(out.clone());
            }
            if i % YIELD_EVERY == YIELD_EVERY - 1 {
                tokio::task::yield_now().await;
            }
        }
    }

    fn handle(&mut self, message: Message) {
        match message {
            Message::Attach(connection) => self.attach(connection),
            Message::Subscribe { connection, streams, done } => {
                let lost = self.devices.get_mut(&connection).and_then(|d| d.lost.take()).unwrap_or_default();
                for stream in streams.into_iter().filter(|s| !lost.contains(s)) {
                    self.follow(connection, stream);
                }
                let _ = done.send(()); // the socket may have closed meanwhile
            }
            Message::Detach(id) => self.detach(id),
            Message::EndAll(cut) => self.devices.values().for_each(|d| d.connection.end(cut)),
            Message::Effect(effect) => self.apply(effect),
            Message::Signal { .. } => {} // sent by `run`
        }
    }

    fn apply(&mut self, effect: Effect) {
        match effect {
            Effect::Publish(_) => {} // sent by `run`
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
                for id in self.followers.get(&leader).map(|all| all.iter().map(|c| c.id).collect::<Vec<_>>()).unwrap_or_default() {
                    self.follow(id, stream);
                }
            }
            Effect::Close { stream } => {
                self.followers.remove(&stream);
                for device in self.devices.values_mut() {
                    device.following.remove(&stream);
                    device.lost.as_mut().map(|lost| lost.insert(stream));
                }
            }
            Effect::EndSessions { sessions } => {
                let ended: HashSet<SessionId> = sessions.into_iter().collect();
                for device in self.devices.values().filter(|d| ended.contains(&d.connection.session)) {
                    device.connection.end(Cut::SessionEnded);
                }
            }
        }
    }

    fn attach(&mut self, connection: Arc<Connection>) {
        self.users.entry(connection.user).or_default().push(connection.id);
        self.devices.insert(connection.id, Device { connection, following: HashSet::new(), lost: Some(HashSet::new()) });
    }

    fn detach(&mut self, id: ConnectionId) {
        let Some(device) = self.devices.remove(&id) else { return };
        for stream in device.following {
            self.remove_follower(stream, id);
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
        if let Some(lost) = &mut device.lost {
            lost.remove(&stream);
        }
        if device.following.insert(stream) {
            self.followers.entry(stream).or_default().push(device.connection.clone());
        }
    }

    fn unfollow(&mut self, id: ConnectionId, stream: Stream) {
        let Some(device) = self.devices.get_mut(&id) else { return };
        if let Some(lost) = &mut device.lost {
            lost.insert(stream);
        }
        if device.following.remove(&stream) {
            self.remove_follower(stream, id);
        }
    }

    fn remove_follower(&mut self, stream: Stream, id: ConnectionId) {
        if let Some(followers) = self.followers.get_mut(&stream) {
            if let Some(at) = followers.iter().position(|c| c.id == id) {
                followers.swap_remove(at);
            }
            if followers.is_empty() {
                self.followers.remove(&stream);
            }
        }
    }
}
