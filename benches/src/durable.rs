//! The least that a durable message can cost: the node's own statements on the node's own schema, without network and JSON.
use crate::result::Result;
use rusqlite::{Connection, params};
use std::path::Path;
use uuid::Uuid;

/// As the node does it (src/base/db/tx.rs).
const EVENTS_KEPT: i64 = 1_000;
const PRUNE_EVERY: i64 = 128;

/// A message as it is stored.
pub struct Row {
    id: Uuid,
    conversation: Uuid,
    author: Uuid,
    /// The words that are indexed.
    text: String,
    content: String,
}

impl Row {
    /// A message to this conversation by this author.
    pub fn new(conversation: Uuid, author: Uuid, text: &str) -> Row {
        Row {
            id: Uuid::now_v7(),
            conversation,
            author,
            text: text.to_lowercase(),
            content: format!(r#"{{"type":"text","text":"{text}"}}"#),
        }
    }

    /// Some message of about this size.
    pub fn of(number: i64, bytes: usize) -> Row {
        Row::new(Uuid::from_u128(1), Uuid::from_u128(2), &format!("{number} {}", "x".repeat(bytes.saturating_sub(350))))
    }
}

/// A database with the node's schema.
pub struct Store {
    connection: Connection,
}

impl Store {
    /// Makes a database with the node's schema (its migrations, as they are).
    pub fn create(folder: &Path) -> Result<Store> {
        std::fs::create_dir_all(folder)?;
        // the node makes its schema
        crate::node::Workshop::open(folder)?.close();
        let connection = Connection::open(folder.join("snug.db"))?;
        connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;")?;
        connection.set_prepared_statement_cache_capacity(64);
        Ok(Store { connection })
    }

    /// Opens a folder that a crowd was made in.
    pub fn open(folder: &Path) -> Result<Store> {
        let connection = Connection::open(folder.join("snug.db"))?;
        connection
            .execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY;")?;
        connection.set_prepared_statement_cache_capacity(64);
        Ok(Store { connection })
    }

    /// Who is in which room: one room for each user.
    pub fn places(&self) -> Result<Vec<(Uuid, Uuid)>> {
        let mut statement = self
            .connection
            .prepare("SELECT m.user_id, r.id FROM members m JOIN rooms r ON r.server_id = m.server_id GROUP BY m.user_id")?;
        let rows = statement.query_map((), |row| Ok((row.get::<_, [u8; 16]>(0)?, row.get::<_, [u8; 16]>(1)?)))?;
        rows.map(|row| row.map(|(user, room)| (Uuid::from_bytes(user), Uuid::from_bytes(room))).map_err(Into::into)).collect()
    }

    /// Stores these messages in one transaction that is on the disk when this returns.
    pub fn commit(&mut self, rows: &[Row]) -> Result<()> {
        let now = i64::try_from(std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.as_millis())?;
        let c = &self.connection;
        c.prepare_cached("BEGIN IMMEDIATE")?.execute(())?;
        let mut seqs = Vec::with_capacity(rows.len());
        for row in rows {
            seqs.push(self.insert(row, now)?);
        }
        // the search's index at the end, as the node does it: one piece of index for all
        for (row, seq) in rows.iter().zip(seqs) {
            self.index(row, seq)?;
        }
        c.prepare_cached("COMMIT")?.execute(())?;
        Ok(())
    }

    fn insert(&self, row: &Row, now: i64) -> Result<i64> {
        let c = &self.connection;
        let (id, conversation, author) = (row.id.as_bytes(), row.conversation.as_bytes(), row.author.as_bytes());
        let seq: i64 = c
            .prepare_cached(
                "INSERT INTO conversation_heads (conversation_id, last_seq, last_at) VALUES (?1, 1, ?2)
                 ON CONFLICT (conversation_id) DO UPDATE SET last_seq = conversation_heads.last_seq + 1, last_at = ?2 RETURNING last_seq",
            )?
            .query_row(params![conversation, now], |row| row.get(0))?;
        c.prepare_cached(
            "INSERT INTO messages (conversation_id, seq, id, author_id, created_at, reply_to, content, mentions)
             VALUES (?1, ?2, ?3, ?4, ?5, NULL, ?6, NULL)",
        )?
        .execute(params![conversation, seq, id, author, now, row.content])?;
        c.prepare_cached(
            "INSERT INTO pointers (user_id, conversation_id, read_seq, seen_seq, delivered_seq) VALUES (?1, ?2, ?3, ?3, ?3)
             ON CONFLICT (user_id, conversation_id) DO UPDATE SET read_seq = ?3, seen_seq = ?3, delivered_seq = ?3",
        )?
        .execute(params![author, conversation, seq])?;
        let n: i64 = c
            .prepare_cached(
                "INSERT INTO streams (id, last_n) VALUES (?1, 1) ON CONFLICT (id) DO UPDATE SET last_n = streams.last_n + 1 RETURNING last_n",
            )?
            .query_row(params![conversation], |row| row.get(0))?;
        c.prepare_cached("INSERT INTO events (stream, n, kind, reference, body) VALUES (?1, ?2, 'message.created', ?3, NULL)")?
            .execute(params![conversation, n, id])?;
        if n % PRUNE_EVERY == 0 {
            c.prepare_cached("DELETE FROM events WHERE stream = ?1 AND n <= ?2")?.execute(params![conversation, n - EVENTS_KEPT])?;
        }
        Ok(seq)
    }

    fn index(&self, row: &Row, seq: i64) -> Result<()> {
        let c = &self.connection;
        let number: i64 = c
            .prepare_cached(
                "INSERT INTO search_rows (number, conversation_id, seq)
                 VALUES ((SELECT coalesce(max(number), 0) + 1 FROM search_rows), ?1, ?2) RETURNING number",
            )?
            .query_row(params![row.conversation.as_bytes(), seq], |row| row.get(0))?;
        let (place, author) = (format!("c{}", row.conversation.simple()), format!("u{}", row.author.simple()));
        c.prepare_cached("INSERT INTO search (rowid, place, author, has, text) VALUES (?1, ?2, ?3, '', ?4)")?
            .execute(params![number, place, author, row.text])?;
        Ok(())
    }
}
