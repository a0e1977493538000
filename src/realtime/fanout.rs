//! What a shard still has to write: for each stream groups of events for the same followers, written a slice at a time.
//!
//! Slices of different streams take turns, so that a message to ten thousand people does not hold up a small room. What arrives for
//! a stream while it waits for its turn is joined into one write: under load that is worth a factor of four, and idle it costs nothing.
use crate::connection::{Batch, Connection, Out};
use crate::deflate::Deflater;
use crate::frame::{self, Opcode};
use bytes::BytesMut;
use snug_base::{Stream, UserId};
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

/// Events of a stream are joined into one write up to so many bytes.
const JOINED: usize = 16 * 1024;
/// Writes before other tasks may run: about 5 ms of work.
pub const SLICE: usize = 512;

/// Who follows a stream at one moment.
pub type Followers = Arc<Vec<Arc<Connection>>>;

/// The writes that are under way.
#[derive(Default)]
pub struct Fanout {
    streams: HashMap<Stream, VecDeque<Group>>,
    /// Whose turn it is.
    turns: VecDeque<Stream>,
    deflater: Option<Deflater>,
}

struct Group {
    followers: Followers,
    except: Option<UserId>,
    outs: Vec<Out>,
    size: usize,
    /// Made when the first is written; nothing joins afterwards.
    batch: Option<Batch>,
    next: usize,
}

impl Fanout {
    pub fn is_empty(&self) -> bool {
        self.turns.is_empty()
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
            _ => groups.push_back(Group { followers: followers.clone(), except, outs: vec![out], size, batch: None, next: 0 }),
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
            left = left.saturating_sub(group.write(left, &mut self.deflater));
            if group.next >= group.followers.len() {
                groups.pop_front();
            }
            if groups.is_empty() {
                self.streams.remove(&stream);
            } else {
                self.turns.push_back(stream);
            }
        }
    }
}

impl Group {
    fn write(&mut self, most: usize, deflater: &mut Option<Deflater>) -> usize {
        let end = (self.next + most).min(self.followers.len());
        let some = &self.followers[self.next..end];
        let outs = &mut self.outs;
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
