//! The least that a durable message can cost: the node's own statements on the node's own schema, without network and JSON.
use crate::result::{Result, text};
use rusqlite::{Connection, params};
use snug_base::config::DatabaseConfig;
use snug_base::event::NoSink;
use std::path::Path;
use std::sync::Arc;
use uuid::Uuid;

/// A message as it is stored.
pub struct Row {
    id: Uuid,
    conversation: Uuid,
    author: Uuid,
    content: String,
}

impl Row {
    /// A message to this conversation by this author.
    pub fn new(conversation: Uuid, author: Uuid, text: &str) -> Row {
        Row { id: Uuid::now_v7(), conversation, author, content: format!(r#"{{"type":"text","text":"{text}"}}"#) }
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
        snug_base::Db::open(&DatabaseConfig::default(), folder, &snug_base::Clock::default(), Arc::new(NoSink)).map_err(text)?.close();
        let connection = Connection::open(folder.join("snug.db"))?;
        connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;")?;
        connection.set_prepared_statement_cache_capacity(64);
        Ok(Store { connection })
    }

    /// Stores these messages in one transaction that is on the disk when this returns.
    pub fn commit(&mut self, rows: &[Row]) -> Result<()> {
        let now = i64::try_from(std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.as_millis())?;
        self.connection.execute_batch("BEGIN IMMEDIATE")?;
        for row in rows {
            self.insert(row, now)?;
        }
        Ok(self.connection.execute_batch("COMMIT")?)
    }

    fn insert(&self, row: &Row, now: i64) -> Result<()> {
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
        Ok(())
    }
}
