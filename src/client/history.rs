//! Opened messages on this device, and the search over them. Lives in memory; what lasts is a sealed image of it.
//!
//! Losing it costs nothing but time: everything in it can be fetched and opened again.
use crate::error::{Error, Result};
use crate::store::Store;
use parking_lot::Mutex;
use rusqlite::{Connection, OptionalExtension, params};
use snug_crypto::link::Link;
use std::io::Cursor;
use uuid::Uuid;

const FILE: &str = "history";
/// The newest messages that are kept per device.
const KEPT: i64 = 50_000;
/// Three letters make an entry of the index; shorter words are looked for one message after the other.
const INDEXED: usize = 3;

const SCHEMA: &str = "
    PRAGMA user_version = 1;
    CREATE TABLE messages (
        number          INTEGER PRIMARY KEY,
        conversation_id BLOB    NOT NULL,
        seq             INTEGER NOT NULL,
        id              BLOB    NOT NULL UNIQUE,
        author_id       BLOB    NOT NULL,
        created_at      INTEGER NOT NULL,
        text            TEXT    NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX messages_in_order ON messages (conversation_id, seq);
    CREATE INDEX messages_by_time ON messages (created_at);
    CREATE VIRTUAL TABLE words USING fts5(text, content = 'messages', content_rowid = 'number',
        tokenize = 'trigram case_sensitive 0 remove_diacritics 1');
    CREATE TABLE links (
        log  BLOB    NOT NULL,
        seq  INTEGER NOT NULL,
        body TEXT    NOT NULL,
        sig  BLOB    NOT NULL,
        PRIMARY KEY (log, seq)
    ) STRICT, WITHOUT ROWID;
";

/// A message that was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    pub conversation_id: Uuid,
    pub seq: i64,
    pub id: Uuid,
    pub author_id: Uuid,
    /// Unix milliseconds.
    pub created_at: i64,
    pub text: String,
}

/// The opened messages of this device, and the links of the logs that it verified.
pub struct History {
    db: Mutex<Connection>,
    is_changed: bool,
}

impl History {
    /// Reads the image, or begins with nothing. An image that this program does not know is begun anew.
    pub fn open(store: &Store) -> Result<History> {
        if let Some(image) = store.read(FILE)? {
            let mut db = Connection::open_in_memory()?;
            db.deserialize_read_exact("main", Cursor::new(image.as_slice()), image.len(), false)?;
            let version: i64 = db.query_row("PRAGMA user_version", [], |row| row.get(0))?;
            if version == 1 {
                return Ok(History { db: Mutex::new(db), is_changed: false });
            }
        }
        History::empty()
    }

    /// Without anything in it.
    pub fn empty() -> Result<History> {
        let db = Connection::open_in_memory()?;
        db.execute_batch(SCHEMA)?;
        Ok(History { db: Mutex::new(db), is_changed: false })
    }

    /// Seals the image, if anything changed.
    pub fn save(&mut self, store: &Store) -> Result<()> {
        if self.is_changed {
            self.forget_oldest()?;
            store.write(FILE, &self.db.get_mut().serialize("main")?)?;
            self.is_changed = false;
        }
        Ok(())
    }

    /// Keeps a message as it is now; one that was kept before is replaced.
    pub fn keep(&mut self, message: &Kept) -> Result<()> {
        self.remove(message.id)?;
        let db = self.db.get_mut();
        let there = "SELECT id FROM messages WHERE conversation_id = ?1 AND seq = ?2";
        let there: Option<Vec<u8>> =
            db.query_row(there, params![bytes(&message.conversation_id), message.seq], |row| row.get(0)).optional()?;
        if let Some(other) = there {
            // its words leave the index with it
            self.remove(uuid(&other))?;
        }
        let db = self.db.get_mut();
        db.execute(
            "INSERT INTO messages (conversation_id, seq, id, author_id, created_at, text) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![
                bytes(&message.conversation_id),
                message.seq,
                bytes(&message.id),
                bytes(&message.author_id),
                message.created_at,
                message.text
            ],
        )?;
        let number = db.last_insert_rowid();
        db.execute("INSERT INTO words (rowid, text) VALUES (?1, ?2)", params![number, message.text])?;
        self.is_changed = true;
        Ok(())
    }

    /// Forgets a message that was deleted.
    pub fn remove(&mut self, id: Uuid) -> Result<()> {
        let db = self.db.get_mut();
        let found: Option<(i64, String)> = db
            .query_row("SELECT number, text FROM messages WHERE id = ?1", params![bytes(&id)], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        if let Some((number, text)) = found {
            db.execute("INSERT INTO words (words, rowid, text) VALUES ('delete', ?1, ?2)", params![number, text])?;
            db.execute("DELETE FROM messages WHERE number = ?1", params![number])?;
            self.is_changed = true;
        }
        Ok(())
    }

    /// Messages that contain all these words (or parts of words), the newest first.
    pub fn search(&self, query: &str, within: Option<Uuid>, limit: usize) -> Result<Vec<Kept>> {
        let words: Vec<&str> = query.split_whitespace().collect();
        if words.is_empty() {
            return Ok(Vec::new());
        }
        let (long, short): (Vec<&str>, Vec<&str>) = words.into_iter().partition(|word| word.chars().count() >= INDEXED);
        let quoted: Vec<String> = long.iter().map(|word| format!("\"{}\"", word.replace('"', "\"\""))).collect();
        let mut sql = "SELECT conversation_id, seq, id, author_id, created_at, text FROM messages m WHERE 1".to_owned();
        let mut values: Vec<rusqlite::types::Value> = Vec::new();
        if !quoted.is_empty() {
            values.push(quoted.join(" AND ").into());
            sql.push_str(&format!(" AND m.number IN (SELECT rowid FROM words WHERE words MATCH ?{})", values.len()));
        }
        for word in short {
            let escaped = word.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
            values.push(format!("%{escaped}%").into());
            sql.push_str(&format!(" AND m.text LIKE ?{} ESCAPE '\\'", values.len()));
        }
        if let Some(conversation) = within {
            values.push(bytes(&conversation).to_vec().into());
            sql.push_str(&format!(" AND m.conversation_id = ?{}", values.len()));
        }
        sql.push_str(&format!(" ORDER BY m.created_at DESC, m.number DESC LIMIT {limit}"));
        let db = self.db.lock();
        let mut statement = db.prepare_cached(&sql)?;
        let rows = statement.query_map(rusqlite::params_from_iter(values), kept)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Where a message that was kept lies: its conversation and number there.
    pub fn place(&self, id: Uuid) -> Result<Option<(Uuid, i64)>> {
        let db = self.db.lock();
        let mut statement = db.prepare_cached("SELECT conversation_id, seq FROM messages WHERE id = ?1")?;
        Ok(statement.query_row(params![bytes(&id)], |row| Ok((uuid(&row.get::<_, Vec<u8>>(0)?), row.get(1)?))).optional()?)
    }

    /// How many messages are kept.
    pub fn count(&self) -> Result<i64> {
        Ok(self.db.lock().query_row("SELECT count(*) FROM messages", [], |row| row.get(0))?)
    }

    /// The links of a log that were kept, from the first on. Whoever uses them verifies them again.
    pub fn links(&self, log: Uuid) -> Result<Vec<Link>> {
        let db = self.db.lock();
        let mut statement = db.prepare_cached("SELECT body, sig FROM links WHERE log = ?1 ORDER BY seq")?;
        let rows = statement.query_map(params![bytes(&log)], |row| Ok((row.get::<_, String>(0)?, row.get::<_, Vec<u8>>(1)?)))?;
        let mut links = Vec::new();
        for row in rows {
            let (body, sig) = row?;
            links.push(Link { body: snug_crypto::bytes::Blob(body.into_bytes()), sig: snug_crypto::bytes::Bytes::from_slice(&sig)? });
        }
        Ok(links)
    }

    /// Keeps verified links; `from` is the number of the first.
    pub fn keep_links(&mut self, log: Uuid, from: u64, links: &[Link]) -> Result<()> {
        for (seq, link) in (from..).zip(links) {
            let body = std::str::from_utf8(&link.body.0).map_err(|e| Error::Answer(e.to_string()))?;
            self.db.get_mut().execute(
                "INSERT OR REPLACE INTO links (log, seq, body, sig) VALUES (?1, ?2, ?3, ?4)",
                params![bytes(&log), i64::try_from(seq).unwrap_or(i64::MAX), body, link.sig.0.as_slice()],
            )?;
            self.is_changed = true;
        }
        Ok(())
    }

    fn forget_oldest(&mut self) -> Result<()> {
        let db = self.db.get_mut();
        let mut statement = db.prepare("SELECT id FROM messages ORDER BY created_at DESC, number DESC LIMIT -1 OFFSET ?1")?;
        let old: Vec<Uuid> = statement.query_map([KEPT], |row| Ok(uuid(&row.get::<_, Vec<u8>>(0)?)))?.collect::<Result<_, _>>()?;
        drop(statement);
        old.into_iter().try_for_each(|id| self.remove(id))
    }
}

fn kept(row: &rusqlite::Row) -> rusqlite::Result<Kept> {
    Ok(Kept {
        conversation_id: uuid(&row.get::<_, Vec<u8>>(0)?),
        seq: row.get(1)?,
        id: uuid(&row.get::<_, Vec<u8>>(2)?),
        author_id: uuid(&row.get::<_, Vec<u8>>(3)?),
        created_at: row.get(4)?,
        text: row.get(5)?,
    })
}

fn bytes(id: &Uuid) -> &[u8] {
    id.as_bytes()
}

fn uuid(bytes: &[u8]) -> Uuid {
    Uuid::from_slice(bytes).unwrap_or_default()
}

impl From<rusqlite::Error> for Error {
    fn from(e: rusqlite::Error) -> Error {
        Error::told(format!("The history on this device can't be used: {e}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Profile, Unlock};
    use proptest::prelude::*;

    fn message(number: u128, text: &str) -> Kept {
        let at = i64::try_from(number).unwrap();
        Kept {
            conversation_id: Uuid::from_u128(1),
            seq: at,
            id: Uuid::from_u128(100 + number),
            author_id: Uuid::from_u128(2),
            created_at: at,
            text: text.to_owned(),
        }
    }

    fn texts(history: &History, query: &str) -> Vec<String> {
        history.search(query, None, 50).unwrap().into_iter().map(|kept| kept.text).collect()
    }

    #[test]
    fn finds_words_parts_of_words_and_other_scripts() {
        let mut history = History::empty().unwrap();
        for (number, text) in
            ["Gartenparty am Sonntag", "明日は東京で会いましょう", "내일 서울에서 만나요", "Crème brûlée, 100% sweet"].iter().enumerate()
        {
            history.keep(&message(number as u128 + 1, text)).unwrap();
        }
        for (query, expected) in
            [("party", 0), ("GARTEN sonn", 0), ("東京", 1), ("京", 1), ("서울", 2), ("creme", 3), ("0%", 3), ("brulee sweet", 3)]
        {
            let found = texts(&history, query);
            assert_eq!(found.len(), 1, "{query}: {found:?}");
            assert_eq!(history.search(query, None, 5).unwrap()[0].seq, expected + 1, "{query}");
        }
        assert!(texts(&history, "party montag").is_empty());
        assert!(texts(&history, "\" OR \"").is_empty());
        assert!(texts(&history, "  ").is_empty());
        assert!(history.search("party", Some(Uuid::from_u128(9)), 5).unwrap().is_empty());
    }

    #[test]
    fn edits_replace_and_deletions_remove() {
        let mut history = History::empty().unwrap();
        history.keep(&message(1, "first thoughts")).unwrap();
        history.keep(&message(1, "second thoughts")).unwrap();
        assert!(texts(&history, "first").is_empty());
        assert_eq!(texts(&history, "thoughts"), ["second thoughts"]);
        history.remove(message(1, "").id).unwrap();
        assert!(texts(&history, "thoughts").is_empty());
        assert_eq!(history.count().unwrap(), 0);
    }

    #[test]
    fn lasts_sealed() {
        let folder = tempfile::tempdir().unwrap();
        let unlock = Unlock::File;
        let profile = Profile { url: String::new(), username: String::new(), user_id: Uuid::nil(), authority: None, unlock };
        let store = Store::create(folder.path(), &profile, None).unwrap();
        let mut history = History::open(&store).unwrap();
        history.keep(&message(1, "planted marker")).unwrap();
        history.save(&store).unwrap();
        assert_eq!(texts(&History::open(&store).unwrap(), "marker"), ["planted marker"]);
        let file = std::fs::read(folder.path().join("history.sealed")).unwrap();
        assert!(!file.windows(7).any(|part| part == b"planted"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn finds_what_a_plain_look_finds(texts in proptest::collection::vec("[ab東京]{0,6}( [ab東京]{1,4})?", 1..12), query in "[ab東京]{1,4}") {
            let mut history = History::empty().unwrap();
            for (number, text) in texts.iter().enumerate() {
                history.keep(&message(number as u128 + 1, text)).unwrap();
            }
            let found = history.search(&query, None, 50).unwrap().len();
            prop_assert_eq!(found, texts.iter().filter(|text| text.contains(&query)).count());
        }
    }
}
