//! The newest events, in memory: devices that were away for a moment catch up without the disk.
//!
//! Fed in commit order. What is missing here is in the database, so anything may be forgotten at any time.
use bytes::Bytes;
use parking_lot::Mutex;
use snug_base::{Event, Stream};
use std::collections::{HashMap, VecDeque};
use uuid::Uuid;

/// Frames are kept up to so many bytes altogether.
const BYTES: usize = 8 << 20;
/// Streams whose newest number is known, before all are forgotten: about 10 MB.
const STREAMS: usize = 200_000;
/// What an entry costs beside its frame.
const OVERHEAD: usize = 96;

/// The newest events of the streams in which something happened lately.
#[derive(Default)]
pub struct Recent(Mutex<State>);

#[derive(Default)]
struct State {
    heads: HashMap<Stream, i64>,
    tails: HashMap<Stream, VecDeque<Entry>>,
    /// In which order entries came, so that the oldest goes first.
    order: VecDeque<Stream>,
    entries: usize,
    bytes: usize,
}

struct Entry {
    n: i64,
    reference: Option<Uuid>,
    frame: Bytes,
}

/// What memory knows of a stream after a cursor.
#[derive(Debug, PartialEq, Eq)]
pub enum Tail {
    /// All events after the cursor, up to this number.
    Whole(i64, Vec<Bytes>),
    /// The newest number; the events have to be read.
    Head(i64),
    Unknown,
}

impl Recent {
    /// Takes in a committed event. An earlier event about the same thing is forgotten, with those before it: what was
    /// deleted or edited is not told again as it was.
    pub fn add(&self, event: &Event) {
        let mut state = self.0.lock();
        if state.heads.len() >= STREAMS {
            *state = State::default();
        }
        state.heads.insert(event.stream, event.n);
        let tail = state.tails.entry(event.stream).or_default();
        let keep_from = match (tail.back(), event.reference) {
            (Some(last), _) if last.n + 1 != event.n => tail.len(), // a gap: start anew
            (_, Some(id)) => tail.iter().rposition(|entry| entry.reference == Some(id)).map_or(0, |at| at + 1),
            _ => 0,
        };
        let freed: usize = tail.drain(..keep_from).map(|entry| entry.size()).sum();
        state.entries = state.entries + 1 - keep_from;
        let tail = state.tails.entry(event.stream).or_default();
        let entry = Entry { n: event.n, reference: event.reference, frame: event.frame.clone() };
        let size = entry.size();
        tail.push_back(entry);
        state.bytes = state.bytes + size - freed;
        state.order.push_back(event.stream);
        state.shrink();
    }

    /// What is known about a stream.
    pub fn after(&self, stream: Stream, n: i64) -> Tail {
        let state = self.0.lock();
        let Some(&head) = state.heads.get(&stream) else { return Tail::Unknown };
        if n == head {
            return Tail::Whole(head, Vec::new());
        }
        match state.tails.get(&stream).filter(|tail| tail.front().is_some_and(|first| first.n <= n + 1)) {
            Some(tail) => Tail::Whole(head, tail.iter().filter(|entry| entry.n > n).map(|entry| entry.frame.clone()).collect()),
            None => Tail::Head(head),
        }
    }

    /// The newest number of a stream, if it is known.
    pub fn head(&self, stream: Stream) -> Option<i64> {
        self.0.lock().heads.get(&stream).copied()
    }

    /// Notes newest numbers that were read from the database. Events may have come since: numbers only rise.
    pub fn learn(&self, heads: impl IntoIterator<Item = (Stream, i64)>) {
        let mut state = self.0.lock();
        for (stream, n) in heads {
            let head = state.heads.entry(stream).or_insert(n);
            *head = n.max(*head);
        }
    }

    /// Forgets a stream that was deleted.
    pub fn close(&self, stream: Stream) {
        let mut state = self.0.lock();
        state.heads.remove(&stream);
        let tail = state.tails.remove(&stream).unwrap_or_default();
        state.entries -= tail.len();
        state.bytes -= tail.iter().map(Entry::size).sum::<usize>();
    }
}

impl State {
    fn shrink(&mut self) {
        while self.bytes > BYTES
            && let Some(stream) = self.order.pop_front()
        {
            let Some(tail) = self.tails.get_mut(&stream) else { continue };
            if let Some(entry) = tail.pop_front() {
                self.bytes -= entry.size();
                self.entries -= 1;
            }
            if tail.is_empty() {
                self.tails.remove(&stream);
            }
        }
        // entries that went early leave their turns behind
        if self.order.len() > 64 + 2 * self.entries {
            self.order = self.tails.iter().flat_map(|(stream, tail)| std::iter::repeat_n(*stream, tail.len())).collect();
        }
    }
}

impl Entry {
    fn size(&self) -> usize {
        self.frame.len() + OVERHEAD
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn stream(i: u8) -> Stream {
        Stream(Uuid::from_bytes([i; 16]))
    }

    fn event(i: u8, n: i64, about: u8) -> Event {
        let reference = (about > 0).then(|| Uuid::from_bytes([about; 16]));
        Event { stream: stream(i), n, reference, frame: Bytes::from(format!("{i}/{n}/{about}")) }
    }

    #[test]
    fn what_was_said_before_an_edit_is_not_told_again() {
        let recent = Recent::default();
        (1..=3).for_each(|n| recent.add(&event(1, n, n as u8)));
        assert_eq!(recent.after(stream(1), 1), Tail::Whole(3, vec!["1/2/2".into(), "1/3/3".into()]));
        recent.add(&event(1, 4, 2));
        assert_eq!(recent.after(stream(1), 1), Tail::Head(4));
        assert_eq!(recent.after(stream(1), 2), Tail::Whole(4, vec!["1/3/3".into(), "1/4/2".into()]));
        assert_eq!(recent.after(stream(1), 4), Tail::Whole(4, vec![]));
        assert_eq!(recent.after(stream(2), 0), Tail::Unknown);
    }

    #[test]
    fn memory_is_bounded_and_the_newest_stays() {
        let recent = Recent::default();
        let big = Bytes::from(vec![b'x'; 100_000]);
        for n in 1..=1_000 {
            recent.add(&Event { stream: stream(1), n, reference: None, frame: big.clone() });
            recent.add(&Event { stream: stream(2), n, reference: None, frame: big.clone() });
        }
        assert!(recent.0.lock().bytes <= BYTES);
        assert!(matches!(recent.after(stream(2), 999), Tail::Whole(1_000, frames) if frames.len() == 1));
        assert_eq!(recent.after(stream(1), 1), Tail::Head(1_000));
    }

    proptest! {
        /// Whatever is told is exactly what came after the cursor, and the books are kept.
        #[test]
        fn a_tail_is_whole_or_not_told(steps in prop::collection::vec((1..4_u8, 0..6_u8), 1..200), cursor in 0..60_i64) {
            let recent = Recent::default();
            let mut all: HashMap<u8, Vec<(i64, Bytes)>> = HashMap::new();
            for (i, about) in steps {
                let events = all.entry(i).or_default();
                let event = event(i, events.len() as i64 + 1, about);
                recent.add(&event);
                events.push((event.n, event.frame));
            }
            for (i, events) in all {
                match recent.after(stream(i), cursor) {
                    Tail::Whole(head, frames) => {
                        let want: Vec<Bytes> = events.iter().filter(|(n, _)| *n > cursor).map(|(_, f)| f.clone()).collect();
                        prop_assert_eq!((head, frames), (events.len() as i64, want));
                    }
                    Tail::Head(head) => prop_assert_eq!(head, events.len() as i64),
                    Tail::Unknown => prop_assert!(false),
                }
            }
            let state = recent.0.lock();
            let size: usize = state.tails.values().flatten().map(Entry::size).sum();
            prop_assert_eq!((size, state.tails.values().map(VecDeque::len).sum()), (state.bytes, state.entries));
        }
    }
}
