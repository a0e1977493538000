//! The least that a durable message can cost: the node's own statements on the node's own schema, without network and JSON.
use crate::result::Result;
use rusqlite::{Connection, params};
use std::path::Path;
use uuid::Uuid;

/// As the node does it (src/base/db/tx.rs).
const EVENTS_KEPT: i64 = 1_000;
const PRUNE_EVERY: i64 = 128;
/// Messages whose words are added to the search's index in one transaction (src/messages/store/search/index.rs).
const INDEXED_AT_ONCE: usize = 500;

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
    /// What is not in the search's index yet.
    waiting: Vec<Words>,
}

/// A message as it is indexed.
struct Words {
    number: i64,
    place: String,
    author: String,
    text: String,
}

impl Store {
    /// Makes a database with the node's schema (its migrations, as they are).
    pub fn create(folder: &Path) -> Result<Store> {
        std::fs::create_dir_all(folder)?;
        // the node makes its schema
        crate::node::Workshop::open(folder)?.close();
        let connection = Connection::open(folder.join("snug.db"))?;
        connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;")?;
        Store::on(connection)
    }

    /// Opens a folder that a crowd was made in.
    pub fn open(folder: &Path) -> Result<Store> {
        let connection = Connection::open(folder.join("snug.db"))?;
        connection
            .execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY;")?;
        Store::on(connection)
    }

    fn on(connection: Connection) -> Result<Store> {
        connection.set_prepared_statement_cache_capacity(64);
        // the node makes this table when there is something to index
        connection.execute_batch(
            "CREATE VIRTUAL TABLE IF NOT EXISTS search_0
                 USING fts5(place, author, has, text, content = '', contentless_delete = 1, tokenize = 'ascii')",
        )?;
        Ok(Store { connection, waiting: Vec::new() })
    }

    /// Who is in which room: one room for each user.
    pub fn places(&self) -> Result<Vec<(Uuid, Uuid)>> {
        let mut statement = self
            .connection
            .prepare("SELECT m.user_id, r.id FROM members m JOIN rooms r ON r.server_id = m.server_id GROUP BY m.user_id")?;
        let rows = statement.query_map((), |row| Ok((row.get::<_, [u8; 16]>(0)?, row.get::<_, [u8; 16]>(1)?)))?;
        rows.map(|row| row.map(|(user, room)| (Uuid::from_bytes(user), Uuid::from_bytes(room))).map_err(Into::into)).collect()
    }

    /// Stores these messages in one transaction that is on the disk when this returns. Now and then their words are added to the
    /// search's index in another.
    pub fn commit(&mut self, rows: &[Row]) -> Result<()> {
        let now = i64::try_from(std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.as_millis())?;
        let c = &self.connection;
        c.prepare_cached("BEGIN IMMEDIATE")?.execute(())?;
        for row in rows {
            let number = self.insert(row, now)?;
            let (place, author) = (format!("c{}", row.conversation.simple()), format!("u{}", row.author.simple()));
            self.waiting.push(Words { number, place, author, text: row.text.clone() });
        }
        c.prepare_cached("COMMIT")?.execute(())?;
        if self.waiting.len() >= INDEXED_AT_ONCE {
            c.prepare_cached("BEGIN IMMEDIATE")?.execute(())?;
            for words in self.waiting.drain(..) {
                c.prepare_cached("INSERT INTO search_0 (rowid, place, author, has, text) VALUES (?1, ?2, ?3, '', ?4)")?
                    .execute(params![words.number, words.place, words.author, words.text])?;
            }
            c.prepare_cached("UPDATE search_indexes SET upto = (SELECT max(number) FROM search_rows)")?.execute(())?;
            c.prepare_cached("COMMIT")?.execute(())?;
        }
        Ok(())
    }

    /// Stores a message and says which number the search knows it by.
    fn insert(&self, row: &Row, now: i64) -> Result<i64> {
        let c = &self.connection;
        let (id, conversation, author) = (row.id.as_bytes(), row.conversation.as_bytes(), row.author.as_bytes());
        let seq: i64 = c
            .prepare_cached(
                "INSERT INTO conversation_heads (conversation_id, last_seq, last_at) VALUES (?1, 1, ?2)
                 ON CONFLICT (conversation_id) DO UPDATE SET last_seq = conversation_heads.last_seq + 1, last_at = ?2 RETURNING last_seq",
            )?
            .query_row(params![conversation, now], |row| row.get(0))?;
        let number: i64 = c
            .prepare_cached(
                "INSERT INTO search_rows (number, conversation_id, seq) VALUES (
                     (SELECT max(last) + 1 FROM (SELECT max(number) AS last FROM search_rows UNION ALL SELECT upto FROM search_indexes)),
                     ?1, ?2) RETURNING number",
            )?
            .query_row(params![conversation, seq], |row| row.get(0))?;
        c.prepare_cached(
            "INSERT INTO messages (conversation_id, seq, id, author_id, created_at, reply_to, content, mentions, number)
             VALUES (?1, ?2, ?3, ?4, ?5, NULL, ?6, NULL, ?7)",
        )?
        .execute(params![conversation, seq, id, author, now, row.content, number])?;
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
        Ok(number)
    }
}
