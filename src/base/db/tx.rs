//! What use cases hold: `Read` may look, `Tx` may also write and emit.
use super::cache::{Cache, Scoped, View};
use super::connection::Connection;
use super::{Engine, FromColumn, Param, Row};
use crate::event::{self, Effect, Event, Said, Stream};
use crate::{Error, Result, SessionId, UserId, params};
use serde::Serialize;
use std::cell::RefCell;
use std::collections::{BTreeMap, HashSet};
use std::fmt::Debug;
use std::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind};
use uuid::Uuid;

/// Events of one stream that are kept for clients that come back. A client that missed more loads the stream anew.
pub const EVENTS_KEPT: i64 = 1_000;
/// Every so many events the older ones are deleted.
const PRUNE_EVERY: i64 = 128;

/// A consistent view of the database.
pub struct Read<'a> {
    connection: &'a Connection,
    /// What was looked up lately; none while the schema is brought up to date.
    cached: Option<View<'a>>,
}

/// A write transaction and the effects that its commit will have.
pub struct Tx<'a> {
    read: Read<'a>,
    /// Scopes that were changed, by this and the others of the same transaction.
    dirty: &'a RefCell<HashSet<Uuid>>,
    effects: RefCell<Vec<Effect>>,
    /// The time of the transaction, Unix milliseconds.
    pub now: i64,
}

impl<'a> Read<'a> {
    pub(super) fn new(connection: &'a Connection, cached: Option<View<'a>>) -> Read<'a> {
        Read { connection, cached }
    }

    /// What `load` finds about a thing and a user, from memory if nothing has changed since. `load` says with its value which
    /// scopes it depends on: every write that could change it has to name one of them in [`Tx::changes`].
    pub fn cached<T: Clone + Debug + PartialEq + Send + Sync + 'static>(
        &self,
        of: (Uuid, Uuid),
        load: impl Fn(&Read) -> Result<Option<Scoped<T>>>,
    ) -> Result<Option<T>> {
        match &self.cached {
            Some(view) => view.find(of, || load(self)),
            None => Ok(load(self)?.map(|(value, _)| value)),
        }
    }

    /// Which database it is, for the few statements that differ.
    pub fn engine(&self) -> Engine {
        self.connection.engine()
    }

    /// The first row, if there is one.
    pub fn query_opt<T>(&self, sql: &str, params: &[Param], map: impl FnOnce(&Row) -> Result<T>) -> Result<Option<T>> {
        let (mut map, mut found) = (Some(map), None);
        self.connection.query(sql, params, |row| {
            found = map.take().map(|map| map(row)).transpose()?;
            Ok(false)
        })?;
        Ok(found)
    }

    /// The first row; that there is none is a mistake in this program.
    pub fn query_one<T>(&self, sql: &str, params: &[Param], map: impl FnOnce(&Row) -> Result<T>) -> Result<T> {
        self.query_opt(sql, params, map)?.ok_or_else(|| Error::internal(format!("no row: {sql}")))
    }

    /// All rows.
    pub fn query<T>(&self, sql: &str, params: &[Param], mut map: impl FnMut(&Row) -> Result<T>) -> Result<Vec<T>> {
        let mut all = Vec::new();
        self.connection.query(sql, params, |row| {
            all.push(map(row)?);
            Ok(true)
        })?;
        Ok(all)
    }

    /// The column named `value` of the first row, if there is one.
    pub fn value<T: FromColumn>(&self, sql: &str, params: &[Param]) -> Result<Option<T>> {
        self.query_opt(sql, params, |row| row.get("value"))
    }

    /// The number of the newest event of a stream, 0 if there was none.
    pub fn head(&self, stream: impl Into<Stream>) -> Result<i64> {
        let n = self.value("SELECT last_n AS value FROM streams WHERE id = ?1", params![stream.into().0])?;
        Ok(n.unwrap_or(0))
    }

    /// The same for several streams.
    pub fn heads(&self, streams: &[Stream]) -> Result<BTreeMap<Uuid, i64>> {
        let mut heads: BTreeMap<Uuid, i64> = streams.iter().map(|s| (s.0, 0)).collect();
        for some in streams.chunks(500) {
            let ids: Vec<Uuid> = some.iter().map(|s| s.0).collect();
            let ids = super::params_of(&ids);
            let sql = format!("SELECT id, last_n FROM streams WHERE id IN ({})", super::list(1, ids.len()));
            self.connection.query(&sql, &ids, |row| {
                heads.insert(row.get("id")?, row.get("last_n")?);
                Ok(true)
            })?;
        }
        Ok(heads)
    }
}

impl<'a> Deref for Tx<'a> {
    type Target = Read<'a>;
    fn deref(&self) -> &Read<'a> {
        &self.read
    }
}

impl<'a> Tx<'a> {
    pub(super) fn new(connection: &'a Connection, now: i64, cache: &'a Cache, dirty: &'a RefCell<HashSet<Uuid>>) -> Tx<'a> {
        Tx { read: Read::new(connection, Some(cache.view_writing(dirty))), dirty, effects: RefCell::default(), now }
    }

    pub(super) fn into_effects(self) -> Vec<Effect> {
        self.effects.into_inner()
    }

    /// Says that memberships or permissions in this scope (a server, a conversation, a user) change, so that nothing that
    /// [`Read::cached`] remembers of it is used any more.
    pub fn changes(&self, scope: Uuid) {
        self.dirty.borrow_mut().insert(scope);
    }

    /// Runs a statement and says how many rows it changed.
    pub fn execute(&self, sql: &str, params: &[Param]) -> Result<u64> {
        self.connection.execute(sql, params)
    }

    /// Reserves a stream's id. Says `false` if something else has it: an id that a client made must never be that of
    /// somebody else's stream.
    pub fn open_stream(&self, stream: impl Into<Stream>) -> Result<bool> {
        let added =
            self.execute("INSERT INTO streams (id, last_n) VALUES (?1, 0) ON CONFLICT (id) DO NOTHING", params![stream.into().0])?;
        Ok(added == 1)
    }

    /// Appends an event to a stream; it is published after the commit. The body is kept as it is for clients that come back.
    pub fn emit(&self, stream: impl Into<Stream>, kind: &str, body: &impl Serialize) -> Result<i64> {
        let text = serde_json::to_string(body).map_err(Error::internal)?;
        self.append(stream.into(), kind, None, Some(&text), body)
    }

    /// Appends an event that is about `reference`. Only the reference is kept; a client that comes back gets what
    /// `reference` is by then, so that a deleted message lives on nowhere.
    pub fn emit_about(&self, stream: impl Into<Stream>, kind: &str, reference: Uuid, body: &impl Serialize) -> Result<i64> {
        self.append(stream.into(), kind, Some(reference), None, body)
    }

    /// Appends an event about `reference` whose body is kept as it is: it says what changed of it, not what it is.
    pub fn emit_change(&self, stream: impl Into<Stream>, kind: &str, reference: Uuid, body: &impl Serialize) -> Result<i64> {
        let text = serde_json::to_string(body).map_err(Error::internal)?;
        self.append(stream.into(), kind, Some(reference), Some(&text), body)
    }

    fn append(&self, stream: Stream, kind: &str, reference: Option<Uuid>, text: Option<&str>, body: &impl Serialize) -> Result<i64> {
        let n: i64 = self.query_one(
            "INSERT INTO streams (id, last_n) VALUES (?1, 1)
             ON CONFLICT (id) DO UPDATE SET last_n = streams.last_n + 1
             RETURNING last_n",
            params![stream.0],
            |row| row.get("last_n"),
        )?;
        self.execute(
            "INSERT INTO events (stream, n, kind, reference, body) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![stream.0, n, kind, reference, text],
        )?;
        if n % PRUNE_EVERY == 0 {
            self.execute("DELETE FROM events WHERE stream = ?1 AND n <= ?2", params![stream.0, n - EVENTS_KEPT])?;
        }
        let frame = event::frame(stream, n, kind, body)?;
        self.after_commit(Effect::Publish(Event { stream, n, reference, frame }));
        Ok(n)
    }

    /// All devices of `user` follow these streams after the commit.
    pub fn follow(&self, user: UserId, streams: Vec<Stream>) {
        self.after_commit(Effect::Follow { user, streams });
    }

    /// All devices of `user` stop following these streams after the commit.
    pub fn unfollow(&self, user: UserId, streams: Vec<Stream>) {
        self.after_commit(Effect::Unfollow { user, streams });
    }

    /// Everyone who follows `leader` follows `stream` after the commit.
    pub fn follow_with(&self, leader: impl Into<Stream>, stream: impl Into<Stream>) {
        self.after_commit(Effect::FollowWith { leader: leader.into(), stream: stream.into() });
    }

    /// Deletes a stream's events; nobody follows it after the commit.
    pub fn close_stream(&self, stream: impl Into<Stream>) -> Result<()> {
        let stream = stream.into();
        self.execute("DELETE FROM events WHERE stream = ?1", params![stream.0])?;
        self.execute("DELETE FROM streams WHERE id = ?1", params![stream.0])?;
        self.after_commit(Effect::Close { stream });
        Ok(())
    }

    /// Cuts the connections of these sessions after the commit.
    pub fn end_sessions(&self, sessions: Vec<SessionId>) {
        self.after_commit(Effect::EndSessions { sessions });
    }

    /// Lets those who are not looking hear of a message after the commit.
    pub fn said(&self, said: Said) {
        self.after_commit(Effect::Said(said));
    }

    fn after_commit(&self, effect: Effect) {
        self.effects.borrow_mut().push(effect);
    }
}

/// A panic in database work is that work's failure only: the thread goes on.
pub(super) fn guarded<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<&str>().copied().map(str::to_owned).or_else(|| panic.downcast_ref::<String>().cloned());
        Err(Error::internal(format!("database work panicked: {}", text.unwrap_or_default())))
    })
}
