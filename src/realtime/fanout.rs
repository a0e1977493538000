//! What a shard still has to write: for each stream groups of events for the same followers, written a slice at a time.
//!
//! Slices of different streams take turns, so that a message to ten thousand people does not hold up a small room. What arrives for
//! a stream while it waits for its turn is joined into one write: under load that is worth a factor of four, and idle it costs nothing.
//! A large stream whose events keep coming faster than they can be written rests for a moment after each round, so that what is
//! being committed just then joins the next round instead of starting one of its own.
use crate::connection::{Batch, Connection, Out};
use crate::deflate::Deflater;
use crate::frame::{self, Opcode};
use bytes::BytesMut;
use snug_base::{Stream, UserId};
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Events of a stream are joined into one write up to so many bytes.
const JOINED: usize = 16 * 1024;
/// Writes before other tasks may run: about a millisecond of work, for which an answer may have to wait.
pub const SLICE: usize = 128;

/// Streams with so many followers may rest.
const MANY: usize = 256;
/// A rest is this part of the round before, and at most [`REST`].
const REST_PART: u32 = 6;
const REST: Duration = Duration::from_millis(4);
/// So many rounds in a row without anything waiting at their end make a stream quiet again.
const QUIET: u8 = 8;

/// Who follows a stream at one moment.
pub type Followers = Arc<Vec<Arc<Connection>>>;

/// The writes that are under way.
#[derive(Default)]
pub struct Fanout {
    streams: HashMap<Stream, VecDeque<Group>>,
    /// Whose turn it is.
    turns: VecDeque<Stream>,
    /// Streams that keep being busy.
    busy: HashMap<Stream, Busy>,
    /// Streams with something to write that rest until then.
    resting: Vec<(Instant, Stream)>,
    deflater: Option<Deflater>,
    /// Events times connections that they were handed to.
    delivered: Arc<AtomicU64>,
}

struct Busy {
    rounds_left: u8,
    rests_until: Instant,
}

struct Group {
    followers: Followers,
    except: Option<UserId>,
    outs: Vec<Out>,
    size: usize,
    /// Made when the first is written; nothing joins afterwards.
    batch: Option<Batch>,
    begun: Option<Instant>,
    next: usize,
}

impl Fanout {
    /// Counts what it delivers there.
    pub fn counting(delivered: Arc<AtomicU64>) -> Fanout {
        Fanout { delivered, ..Fanout::default() }
    }

    /// Whether nothing can be written now.
    pub fn is_idle(&self) -> bool {
        self.turns.is_empty()
    }

    /// When the next stream has rested.
    pub fn rested_at(&self) -> Option<Instant> {
        self.resting.iter().map(|(until, _)| *until).min()
    }

    /// Gives their turns back to streams that have rested.
    pub fn wake(&mut self, now: Instant) {
        let turns = &mut self.turns;
        self.resting.retain(|(until, stream)| {
            let is_resting = *until > now;
            if !is_resting {
                turns.push_back(*stream);
            }
            is_resting
        });
    }

    /// Adds an event for those who follow the stream now.
    pub fn add(&mut self, stream: Stream, followers: &Followers, except: Option<UserId>, out: Out) {
        let groups = self.streams.entry(stream).or_default();
        if groups.is_empty() {
            self.turns.push_back(stream);
        }
        let size = out.payload.len();
        match groups.back_mut() {
            Some(last)
                if last.batch.is_none()
                    && last.size + size <= JOINED
                    && last.except == except
                    && Arc::ptr_eq(&last.followers, followers) =>
            {
                last.outs.push(out);
                last.size += size;
            }
            _ => groups.push_back(Group { followers: followers.clone(), except, outs: vec![out], size, batch: None, begun: None, next: 0 }),
        }
    }

    /// Writes to up to [`SLICE`] connections.
    pub fn write_some(&mut self) {
        let mut left = SLICE;
        while left > 0
            && let Some(stream) = self.turns.pop_front()
        {
            let Some(groups) = self.streams.get_mut(&stream) else { continue };
            let Some(group) = groups.front_mut() else { continue };
            if group.batch.is_none()
                && group.followers.len() >= MANY
                && let Some(until) = self.busy.get(&stream).map(|busy| busy.rests_until).filter(|until| *until > Instant::now())
            {
                self.resting.push((until, stream));
                continue;
            }
            let written = group.write(left, &mut self.deflater);
            self.delivered.fetch_add((written * group.batch.as_ref().map_or(0, |batch| batch.outs.len())) as u64, Ordering::Relaxed);
            left = left.saturating_sub(written);
            let ended = group.next >= group.followers.len();
            let round = group.begun.filter(|_| ended && group.followers.len() >= MANY).map(|begun| begun.elapsed());
            if ended {
                groups.pop_front();
            }
            let has_more = !groups.is_empty();
            if has_more {
                self.turns.push_back(stream);
            } else {
                self.streams.remove(&stream);
            }
            if let Some(round) = round {
                self.pace(stream, round, has_more);
            }
        }
    }

    /// Notes that a large stream's round has ended, and whether something was waiting for that.
    fn pace(&mut self, stream: Stream, round: Duration, has_more: bool) {
        let rounds_left = if has_more { QUIET } else { self.busy.get(&stream).map_or(0, |busy| busy.rounds_left.saturating_sub(1)) };
        if rounds_left > 0 {
            self.busy.insert(stream, Busy { rounds_left, rests_until: Instant::now() + (round / REST_PART).min(REST) });
        } else {
            self.busy.remove(&stream);
        }
    }
}

impl Group {
    fn write(&mut self, most: usize, deflater: &mut Option<Deflater>) -> usize {
        let end = (self.next + most).min(self.followers.len());
        let some = &self.followers[self.next..end];
        let outs = &mut self.outs;
        self.begun.get_or_insert_with(Instant::now);
        let batch = self.batch.get_or_insert_with(|| {
            let outs = std::mem::take(outs);
            let mut bytes = BytesMut::new();
            outs.iter().for_each(|out| frame::write(&mut bytes, Opcode::Text, false, &out.payload));
            Batch { outs, plain: bytes.freeze(), deflated: None }
        });
        if batch.deflated.is_none() && some.iter().any(|connection| connection.is_deflating) {
            batch.deflate(deflater.get_or_insert_default());
        }
        for connection in some.iter().filter(|connection| self.except.is_none_or(|user| connection.user != user)) {
            connection.offer(batch);
        }
        let written = end - self.next;
        self.next = end;
        written.max(1)
    }
}

impl Batch {
    fn deflate(&mut self, deflater: &mut Deflater) {
        let mut bytes = BytesMut::new();
        for out in &self.outs {
            match deflater.deflate(&out.payload) {
                Some(smaller) => frame::write(&mut bytes, Opcode::Text, true, &smaller),
                None => frame::write(&mut bytes, Opcode::Text, false, &out.payload),
            }
        }
        self.deflated = Some(bytes.freeze());
    }
}
