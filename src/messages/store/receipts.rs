//! SQL of pointers and unread counts.
use crate::model::{Message, ReadState};
use snug_base::db::{Param, ToParam, list, params_of};
use snug_base::{ConversationId, Read, Result, RoleId, Tx, UserId, params};
use std::collections::HashMap;
use uuid::Uuid;

/// Mentions that a read state lists.
const MENTIONS: usize = 100;
/// Conversations in one query; stays below every engine's number of parameters.
const CHUNK: usize = 500;

/// What moving the read pointer did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moved {
    /// The person's own count of what is unread has changed.
    pub own: bool,
    /// The person has read further than ever before, which others may see.
    pub further: bool,
}

/// Moves the read pointer forward; with `back`, also backwards. That never takes back what others have seen.
pub fn set_read(tx: &Tx, conversation: ConversationId, user: UserId, seq: i64, back: bool) -> Result<Moved> {
    let before = tx.query_opt(
        "SELECT read_seq, seen_seq FROM pointers WHERE user_id = ?1 AND conversation_id = ?2",
        params![user, conversation],
        |row| Ok((row.get::<i64>("read_seq")?, row.get::<i64>("seen_seq")?)),
    )?;
    let (read, seen) = before.unwrap_or_default();
    let moved = Moved { own: seq > read || (back && seq != read), further: seq > seen };
    if moved.own {
        tx.execute(
            "INSERT INTO pointers (user_id, conversation_id, read_seq, seen_seq, delivered_seq) VALUES (?1, ?2, ?3, ?3, ?3)
             ON CONFLICT (user_id, conversation_id) DO UPDATE SET
                 read_seq = ?3,
                 seen_seq = CASE WHEN pointers.seen_seq > ?3 THEN pointers.seen_seq ELSE ?3 END,
                 delivered_seq = CASE WHEN pointers.delivered_seq > ?3 THEN pointers.delivered_seq ELSE ?3 END",
            params![user, conversation, seq],
        )?;
    }
    Ok(moved)
}

/// The author has read a message that was just stored: its number is past every pointer.
pub fn set_read_own(tx: &Tx, message: &Message) -> Result<()> {
    tx.execute(
        "INSERT INTO pointers (user_id, conversation_id, read_seq, seen_seq, delivered_seq) VALUES (?1, ?2, ?3, ?3, ?3)
         ON CONFLICT (user_id, conversation_id) DO UPDATE SET read_seq = ?3, seen_seq = ?3, delivered_seq = ?3",
        params![message.author_id, message.conversation_id, message.seq],
    )
    .map(drop)
}

/// Moves the delivered pointer forward. False when nothing changed.
pub fn set_delivered(tx: &Tx, conversation: ConversationId, user: UserId, seq: i64) -> Result<bool> {
    let changed = tx.execute(
        "INSERT INTO pointers (user_id, conversation_id, read_seq, seen_seq, delivered_seq) VALUES (?1, ?2, 0, 0, ?3)
         ON CONFLICT (user_id, conversation_id) DO UPDATE SET delivered_seq = ?3 WHERE pointers.delivered_seq < ?3",
        params![user, conversation, seq],
    )?;
    Ok(changed > 0)
}

/// Read states of some conversations, in the order of the ids. `roles` are the user's roles in all servers.
pub fn read_states(read: &Read, user: UserId, roles: &[RoleId], ids: &[ConversationId]) -> Result<Vec<ReadState>> {
    let mut states = Vec::with_capacity(ids.len());
    for ids in ids.chunks(CHUNK) {
        let rows = heads_and_pointers(read, user, ids)?;
        let mut mentions = mentions(read, user, roles, ids)?;
        states.extend(ids.iter().map(|&conversation_id| {
            let (last_seq, last_message_at, read_seq) = rows.get(&conversation_id).copied().unwrap_or_default();
            ReadState {
                conversation_id,
                last_seq,
                last_message_at,
                read_seq,
                mention_seqs: mentions.remove(&conversation_id).unwrap_or_default(),
            }
        }));
    }
    Ok(states)
}

type Head = (i64, Option<i64>, i64);

fn heads_and_pointers(read: &Read, user: UserId, ids: &[ConversationId]) -> Result<HashMap<ConversationId, Head>> {
    let ids = params_of(ids);
    let sql = heads_sql(ids.len());
    let params: Vec<Param> = std::iter::once(user.param()).chain(ids).collect();
    let rows = read.query(&sql, &params, |row| {
        Ok((row.get::<ConversationId>("conversation_id")?, (row.get("last_seq")?, Some(row.get("last_at")?), row.get("read_seq")?)))
    })?;
    Ok(rows.into_iter().collect())
}

pub(super) fn heads_sql(conversations: usize) -> String {
    format!(
        "SELECT h.conversation_id, h.last_seq, h.last_at, COALESCE(p.read_seq, 0) AS read_seq
         FROM conversation_heads h LEFT JOIN pointers p ON p.conversation_id = h.conversation_id AND p.user_id = ?1
         WHERE h.conversation_id IN ({})",
        list(2, conversations)
    )
}

/// Unread messages that mention the user, a role of the user, or everyone.
fn mentions(read: &Read, user: UserId, roles: &[RoleId], ids: &[ConversationId]) -> Result<HashMap<ConversationId, Vec<i64>>> {
    let targets: Vec<Uuid> = std::iter::once(user.0).chain(roles.iter().map(|r| r.0)).collect();
    let (targets, ids) = (params_of(&targets), params_of(ids));
    let own: Vec<Param> = std::iter::once(user.param()).chain(ids.iter().copied()).chain(targets.iter().copied()).collect();
    let everyone: Vec<Param> = std::iter::once(user.param()).chain(ids.iter().copied()).collect();
    let mut found: HashMap<ConversationId, Vec<i64>> = HashMap::new();
    for (sql, params) in [(mentions_sql(ids.len(), targets.len()), own), (everyone_sql(ids.len()), everyone)] {
        read.query(&sql, &params, |row| {
            found.entry(row.get("conversation_id")?).or_default().push(row.get("seq")?);
            Ok(())
        })?;
    }
    for seqs in found.values_mut() {
        seqs.sort_unstable();
        seqs.dedup();
        seqs.drain(..seqs.len().saturating_sub(MENTIONS));
    }
    Ok(found)
}

/// Unread messages that mention one of the targets.
pub(super) fn mentions_sql(conversations: usize, targets: usize) -> String {
    unread_sql(conversations, &format!("m.target IN ({})", list(2 + conversations, targets)))
}

/// Unread messages that mention everyone.
pub(super) fn everyone_sql(conversations: usize) -> String {
    unread_sql(conversations, "m.target = h.conversation_id")
}

/// Goes from each conversation to what is unread there, whatever was ever mentioned.
fn unread_sql(conversations: usize, target: &str) -> String {
    format!(
        "SELECT m.conversation_id, m.seq FROM conversation_heads h
             LEFT JOIN pointers p ON p.conversation_id = h.conversation_id AND p.user_id = ?1
             CROSS JOIN mentions m
             WHERE h.conversation_id IN ({}) AND {target} AND m.conversation_id = h.conversation_id AND m.seq > COALESCE(p.read_seq, 0)",
        list(2, conversations)
    )
}
