//! Rows of what concerned people.
use crate::model::NoticeKind;
use snug_base::db::{Param, list as placeholders, params_of};
use snug_base::hooks::Place;
use snug_base::{ConversationId, Error, MessageId, NoticeId, Read, Result, Row, Tx, UserId, params};
use std::collections::HashSet;
use uuid::Uuid;

/// Rows that one target has at most.
const KEPT: i64 = 500;
/// Notices that one person has read beyond the pointer and that are remembered.
const READS: i64 = 1_000;

/// A notice to store.
pub struct New<'a> {
    pub id: NoticeId,
    pub target: Uuid,
    pub kind: NoticeKind,
    pub conversation: ConversationId,
    pub message: Option<(MessageId, i64)>,
    pub by: UserId,
    pub emoji: Option<&'a str>,
}

/// A notice as one reader finds it.
pub struct Stored {
    pub id: NoticeId,
    pub kind: NoticeKind,
    pub conversation: ConversationId,
    pub message: Option<MessageId>,
    pub seq: i64,
    pub by: UserId,
    pub emoji: Option<String>,
    pub created_at: i64,
    /// Up to where the reader has read in its conversation.
    read_seq: i64,
}

impl Stored {
    /// Whether the message was read where it stands.
    pub fn is_read_there(&self) -> bool {
        matches!(self.kind, NoticeKind::Mention | NoticeKind::Reply) && self.seq <= self.read_seq
    }
}

fn word(kind: NoticeKind) -> &'static str {
    match kind {
        NoticeKind::Mention => "mention",
        NoticeKind::Reply => "reply",
        NoticeKind::Reaction => "reaction",
        NoticeKind::Added => "added",
    }
}

fn stored(row: &Row) -> Result<Stored> {
    let kind: String = row.get("kind")?;
    Ok(Stored {
        id: row.get("id")?,
        kind: match kind.as_str() {
            "mention" => NoticeKind::Mention,
            "reply" => NoticeKind::Reply,
            "reaction" => NoticeKind::Reaction,
            "added" => NoticeKind::Added,
            other => return Err(Error::internal(format!("no kind of notice: {other}"))),
        },
        conversation: row.get("conversation_id")?,
        message: row.get("message_id")?,
        seq: row.get("seq")?,
        by: row.get("by_id")?,
        emoji: row.get("emoji")?,
        created_at: row.get("created_at")?,
        read_seq: row.get("read_seq")?,
    })
}

/// Adds a notice.
pub fn insert(tx: &Tx, new: &New) -> Result<()> {
    tx.execute(
        "INSERT INTO notices (id, target, kind, conversation_id, seq, message_id, by_id, emoji, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        params![
            new.id,
            new.target,
            word(new.kind),
            new.conversation,
            new.message.map_or(0, |(_, seq)| seq),
            new.message.map(|(id, _)| id),
            new.by,
            new.emoji,
            tx.now
        ],
    )
    .map(drop)
}

/// Whether somebody's reaction to this message was taken down already.
pub fn has_reaction(read: &Read, author: UserId, at: &Place) -> Result<bool> {
    let sql = "SELECT 1 AS value FROM notices WHERE conversation_id = ?1 AND seq = ?2 AND target = ?3 AND by_id = ?4 AND kind = 'reaction'";
    Ok(read.value::<i64>(sql, params![at.conversation, at.seq, author, at.by])?.is_some())
}

/// Takes back what was taken down of a reaction.
pub fn delete_reaction(tx: &Tx, author: UserId, at: &Place, emoji: &str) -> Result<()> {
    tx.execute(
        "DELETE FROM notices WHERE conversation_id = ?1 AND seq = ?2 AND target = ?3 AND by_id = ?4 AND kind = 'reaction' AND emoji = ?5",
        params![at.conversation, at.seq, author, at.by, emoji],
    )
    .map(drop)
}

/// The newest so many before one and after another for any of the targets. Left out: what is gone, what the reader did, and what was
/// said to many before the reader came.
pub fn list(
    read: &Read,
    user: UserId,
    targets: &[Uuid],
    before: Option<NoticeId>,
    after: Option<NoticeId>,
    limit: i64,
) -> Result<Vec<Stored>> {
    let (after, before) = (after.unwrap_or(NoticeId(Uuid::nil())), before.unwrap_or(NoticeId(Uuid::max())));
    let targets = params_of(targets);
    let own = params![user, before, after, limit];
    let params: Vec<Param> = own.iter().copied().chain(targets.iter().copied()).collect();
    read.query(&list_sql(targets.len()), &params, stored)
}

fn list_sql(targets: usize) -> String {
    format!(
        "SELECT n.id, n.kind, n.conversation_id, n.message_id, n.seq, n.by_id, n.emoji, n.created_at, COALESCE(p.read_seq, 0) AS read_seq
         FROM notices n
             LEFT JOIN messages m ON m.conversation_id = n.conversation_id AND m.seq = n.seq
             LEFT JOIN pointers p ON p.user_id = ?1 AND p.conversation_id = n.conversation_id
         WHERE n.target IN ({}) AND n.id < ?2 AND n.id > ?3 AND n.by_id <> ?1
             AND (n.seq = 0 OR (m.id IS NOT NULL AND m.deleted_at IS NULL))
             AND (n.target = ?1 OR n.created_at >= COALESCE(
                 (SELECT joined_at FROM participants WHERE conversation_id = n.conversation_id AND user_id = ?1),
                 (SELECT s.joined_at FROM rooms r JOIN members s ON s.server_id = r.server_id AND s.user_id = ?1 WHERE r.id = n.conversation_id),
                 0))
         ORDER BY n.id DESC LIMIT ?4",
        placeholders(5, targets)
    )
}

/// Up to where a user has seen the list.
pub fn pointer(read: &Read, user: UserId) -> Result<Option<NoticeId>> {
    read.value("SELECT upto AS value FROM notice_pointers WHERE user_id = ?1", params![user])
}

/// Moves that forward.
pub fn move_pointer(tx: &Tx, user: UserId, upto: NoticeId) -> Result<()> {
    tx.execute(
        "INSERT INTO notice_pointers (user_id, upto) VALUES (?1, ?2)
         ON CONFLICT (user_id) DO UPDATE SET upto = excluded.upto WHERE notice_pointers.upto < excluded.upto",
        params![user, upto],
    )?;
    let sql = "DELETE FROM notice_reads WHERE user_id = ?1 AND notice_id <= (SELECT upto FROM notice_pointers WHERE user_id = ?1)";
    tx.execute(sql, params![user]).map(drop)
}

/// What a user has read beyond.
pub fn reads(read: &Read, user: UserId) -> Result<HashSet<NoticeId>> {
    let sql = "SELECT notice_id FROM notice_reads WHERE user_id = ?1";
    Ok(read.query(sql, params![user], |row| row.get("notice_id"))?.into_iter().collect())
}

/// Remembers that a user has read one that there is.
pub fn insert_read(tx: &Tx, user: UserId, id: NoticeId) -> Result<()> {
    tx.execute(
        "INSERT INTO notice_reads (user_id, notice_id) SELECT ?1, id FROM notices WHERE id = ?2 ON CONFLICT DO NOTHING",
        params![user, id],
    )?;
    tx.execute(
        "DELETE FROM notice_reads WHERE user_id = ?1 AND notice_id IN
             (SELECT notice_id FROM notice_reads WHERE user_id = ?1 ORDER BY notice_id DESC LIMIT 100 OFFSET ?2)",
        params![user, READS],
    )
    .map(drop)
}

/// Deletes those from before a time, and all but each target's newest.
pub fn delete_old(tx: &Tx, before: i64) -> Result<()> {
    tx.execute("DELETE FROM notices WHERE created_at < ?1", params![before])?;
    let sql = "SELECT target FROM notices GROUP BY target HAVING count(*) > ?1";
    let many = tx.query(sql, params![KEPT], |row| row.get::<Uuid>("target"))?;
    for target in many {
        tx.execute(
            "DELETE FROM notices WHERE target = ?1 AND id <= (SELECT id FROM notices WHERE target = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)",
            params![target, KEPT],
        )?;
    }
    tx.execute("DELETE FROM notice_reads WHERE NOT EXISTS (SELECT 1 FROM notices WHERE id = notice_reads.notice_id)", &[]).map(drop)
}

/// Whom the messages of a stretch call: users, roles, or the conversation itself (everyone).
pub fn called(read: &Read, conversation: ConversationId, from: i64, to: i64) -> Result<Vec<(Uuid, i64)>> {
    read.query(
        "SELECT target, seq FROM notices WHERE conversation_id = ?1 AND seq BETWEEN ?2 AND ?3 AND kind IN ('mention', 'reply') ORDER BY seq",
        params![conversation, from, to],
        |row| Ok((row.get("target")?, row.get("seq")?)),
    )
}
