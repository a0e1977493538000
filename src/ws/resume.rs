//! What a device missed: from its cursors to now, exactly, or the advice to load a stream anew.
use crate::Node;
use bytes::Bytes;
use serde::Serialize;
use serde_json::value::RawValue;
use snug_base::{Error, Read, Result, Stream, UserId, params};
use snug_realtime::Tail;
use std::collections::{BTreeMap, HashSet};
use uuid::Uuid;

/// Events of one stream that are sent again; with more missing, loading the stream anew is cheaper for both sides.
const MISSED: i64 = 500;

/// The events that a client's state includes, per stream.
pub type Cursors = BTreeMap<Uuid, i64>;

/// What was missed.
#[derive(Serialize, Default)]
pub struct Missed {
    /// The newest event of every stream in question.
    pub streams: BTreeMap<Uuid, i64>,
    /// Streams with too large a gap.
    reload: Vec<Uuid>,
    /// Streams that the user does not follow any more.
    gone: Vec<Uuid>,
    #[serde(skip)]
    pub frames: Vec<Bytes>,
}

/// Everything that the user's devices follow.
pub fn streams(read: &Read, user: UserId) -> Result<Vec<Stream>> {
    let mut streams = vec![user.into()];
    streams.extend(snug_servers::streams_of(read, user)?);
    streams.extend(snug_messages::streams_of(read, user)?);
    Ok(streams)
}

/// Collects what is missing after the cursors, of the streams that the user follows. With `all`, the heads of the other streams too.
/// Memory answers what it can; the database is only asked for the rest.
pub async fn missed(node: &Node, follows: Vec<Stream>, cursors: Cursors, all: bool) -> Result<Missed> {
    let known: HashSet<Uuid> = follows.iter().map(|s| s.0).collect();
    let mut missed = Missed { gone: cursors.keys().copied().filter(|id| !known.contains(id)).collect(), ..Missed::default() };
    let mut unknown: Vec<(Stream, Option<i64>)> = Vec::new();
    let recent = node.hub.recent();
    for stream in follows {
        let cursor = cursors.get(&stream.0).copied();
        match cursor {
            None if !all => {}
            None => match recent.head(stream) {
                Some(head) => drop(missed.streams.insert(stream.0, head)),
                None => unknown.push((stream, None)),
            },
            Some(n) => match recent.after(stream, n) {
                Tail::Whole(head, frames) if (n..=n + MISSED).contains(&head) => {
                    missed.streams.insert(stream.0, head);
                    missed.frames.extend(frames);
                }
                _ => unknown.push((stream, cursor)),
            },
        }
    }
    if unknown.is_empty() {
        return Ok(missed);
    }
    let missed = node.app.db.read(move |read| {
        let asked: Vec<Stream> = unknown.iter().map(|(stream, _)| *stream).collect();
        let heads = read.heads(&asked)?;
        for (stream, cursor) in unknown {
            let head = heads.get(&stream.0).copied().unwrap_or_default();
            missed.streams.insert(stream.0, head);
            match cursor {
                Some(n) if n == head => {}
                // a cursor from the future belongs to other data (a restored backup)
                Some(n) if n > head || n < 0 || head - n > MISSED => missed.reload.push(stream.0),
                Some(n) => match frames(read, stream, n, head)? {
                    Some(frames) => missed.frames.extend(frames),
                    None => missed.reload.push(stream.0),
                },
                None => {}
            }
        }
        Ok(missed)
    });
    let missed = missed.await?;
    recent.learn(missed.heads());
    Ok(missed)
}

impl Missed {
    /// The newest event of every stream in question.
    pub fn heads(&self) -> impl Iterator<Item = (Stream, i64)> {
        self.streams.iter().map(|(id, n)| (Stream(*id), *n))
    }
}

/// The frames of the events after `n` up to `head`; `None` when some are not kept any more.
fn frames(read: &Read, stream: Stream, n: i64, head: i64) -> Result<Option<Vec<Bytes>>> {
    let rows =
        read.query("SELECT n, kind, reference, body FROM events WHERE stream = ?1 AND n > ?2 ORDER BY n", params![stream.0, n], |row| {
            Ok((
                row.get::<i64>("n")?,
                row.get::<String>("kind")?,
                row.get::<Option<Uuid>>("reference")?,
                row.get::<Option<String>>("body")?,
            ))
        })?;
    if i64::try_from(rows.len()).unwrap_or(0) != head - n {
        return Ok(None);
    }
    let references: Vec<Uuid> = rows.iter().filter(|(.., body)| body.is_none()).filter_map(|(.., reference, _)| *reference).collect();
    let messages = snug_messages::resume::messages(read, &references)?;
    let frame = |(n, kind, reference, body): (i64, String, Option<Uuid>, Option<String>)| -> Result<Option<Bytes>> {
        match (body, reference.and_then(|id| messages.get(&id))) {
            (Some(text), _) => {
                let body = RawValue::from_string(text).map_err(Error::internal)?;
                snug_base::event::frame(stream, n, &kind, &body).map(Some)
            }
            // the message as it is now says all that was sealed about it
            (None, Some(message)) if kind == "message.envelope" => snug_base::event::frame(stream, n, "message.updated", message).map(Some),
            (None, Some(message)) => snug_base::event::frame(stream, n, &kind, message).map(Some),
            (None, None) => Ok(None), // it vanished with its conversation: the stream is to be loaded anew
        }
    };
    rows.into_iter().map(frame).collect()
}
