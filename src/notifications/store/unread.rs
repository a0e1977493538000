//! Messages that somebody has not read.
use crate::mail::missed::Stretch;
use snug_base::{ConversationId, MessageId, Read, Result, UserId, params};

/// Whose, where, and up to which number they have read.
#[derive(Clone, Copy, Debug)]
pub struct Of {
    pub user: UserId,
    pub conversation: ConversationId,
    pub after: i64,
}

/// A message.
pub struct Unread {
    pub seq: i64,
    pub id: MessageId,
    pub author: UserId,
}

/// Those of others in a stretch of time, the first so many.
pub fn list(read: &Read, of: &Of, stretch: Stretch, most: i64) -> Result<Vec<Unread>> {
    read.query(
        "SELECT seq, id, author_id FROM messages
         WHERE conversation_id = ?1 AND seq > ?2 AND created_at > ?3 AND created_at <= ?4 AND author_id <> ?5 AND deleted_at IS NULL
         ORDER BY seq LIMIT ?6",
        params![of.conversation, of.after, stretch.from, stretch.to, of.user, most],
        |row| Ok(Unread { seq: row.get("seq")?, id: row.get("id")?, author: row.get("author_id")? }),
    )
}
