//! Keeping the search's index: in the transaction that changes the messages, at its end, because adding many at once costs a
//! fraction. Conversations that the node can't read (end-to-end encrypted ones) will simply not come here.
use crate::model::{Content, Message};
use crate::search::hits::Mode;
use crate::search::tokens::{Kind, Token, has_link, join, tokens};
use snug_base::db::Engine;
use snug_base::{ConversationId, Error, Read, Result, Tx, UserId, params};
use uuid::Uuid;

/// What messages with a link are found by.
pub const LINK: &str = "link";
/// Messages that are indexed in one go when an index is made anew.
const BATCH: i64 = 500;
/// The longest text of a `tsvector` is 1 MB; a message stays far below.
const WORDS: &str = "words";
const PARTS: &str = "parts";

/// A message as it is indexed.
struct Entry {
    conversation: ConversationId,
    seq: i64,
    author: UserId,
    words: Vec<Token>,
    has_link: bool,
}

impl Entry {
    fn new(conversation: ConversationId, seq: i64, author: UserId, content: &Content) -> Entry {
        Entry { conversation, seq, author, words: tokens(content.text()), has_link: has_link(content.text()) }
    }

    /// Words between spaces only: scripts without spaces are found in any part anyway.
    fn parts(&self) -> String {
        let spaced: Vec<&str> = self.words.iter().filter(|t| t.kind == Kind::Word).map(|t| t.text.as_str()).collect();
        spaced.join(" ")
    }

    /// The same as PostgreSQL's type: words with their positions, and what else to filter by.
    fn tsvector(&self) -> String {
        let words = self.words.iter().enumerate().map(|(at, token)| format!("'{}':{}", token.text, at + 1));
        let marks = [format!("'@{}'", author(self.author.0, Mode::Words))].into_iter().chain(self.has_link.then(|| format!("'+{LINK}'")));
        words.chain(marks).collect::<Vec<_>>().join(" ")
    }
}

/// The token of a conversation.
pub fn place(id: Uuid, mode: Mode) -> String {
    token('c', id, mode)
}

/// The token of a user.
pub fn author(id: Uuid, mode: Mode) -> String {
    token('u', id, mode)
}

/// Where everything is cut into threes, three rare characters with 57 random bits of the id stand for it. (Two ids that share
/// them are told apart by the statement, which names the conversations again.)
fn token(kind: char, id: Uuid, mode: Mode) -> String {
    match mode {
        Mode::Words => format!("{kind}{}", id.simple()),
        Mode::Parts => {
            let bits = id.as_u128();
            [0, 19, 38].into_iter().filter_map(|shift| char::from_u32(0x2_0000 + (bits >> shift & 0x7_ffff) as u32)).collect()
        }
    }
}

/// Adds a message that was just stored.
pub fn insert(tx: &Tx, message: &Message) {
    let Some(content) = &message.content else { return };
    let entry = Entry::new(message.conversation_id, message.seq, message.author_id, content);
    tx.before_commit(move |tx| {
        let number = add(tx, &entry)?;
        if tx.engine() == Engine::Sqlite {
            put_words(tx, "INSERT", number, &entry)?;
        }
        if is_kept(tx, PARTS)? { put_parts(tx, number, &entry) } else { Ok(()) }
    });
}

/// Puts other words in place of a message's.
pub fn update(tx: &Tx, message: &Message, content: &Content) {
    let entry = Entry::new(message.conversation_id, message.seq, message.author_id, content);
    tx.before_commit(move |tx| {
        let Some(number) = find(tx, entry.conversation, entry.seq)? else { return Ok(()) };
        put(tx, number, &entry)?;
        if is_kept(tx, PARTS)? { put_parts(tx, number, &entry) } else { Ok(()) }
    });
}

/// Takes a message's words away.
pub fn erase(tx: &Tx, message: &Message) {
    let (conversation, seq) = (message.conversation_id, message.seq);
    tx.before_commit(move |tx| {
        let Some(number) = find(tx, conversation, seq)? else { return Ok(()) };
        match tx.engine() {
            Engine::Postgres => {
                tx.execute("UPDATE search_rows SET words = NULL, parts = NULL WHERE number = ?1", params![number])?;
            }
            Engine::Sqlite => {
                tx.execute("DELETE FROM search WHERE rowid = ?1", params![number])?;
                tx.execute("DELETE FROM search_parts WHERE rowid = ?1", params![number])?;
            }
        }
        Ok(())
    });
}

/// Takes all of a conversation away.
pub fn delete(tx: &Tx, conversation: ConversationId) {
    tx.before_commit(move |tx| {
        if tx.engine() == Engine::Sqlite {
            for table in ["search", "search_parts"] {
                let sql = format!("DELETE FROM {table} WHERE rowid IN (SELECT number FROM search_rows WHERE conversation_id = ?1)");
                tx.execute(&sql, params![conversation])?;
            }
        }
        tx.execute("DELETE FROM search_rows WHERE conversation_id = ?1", params![conversation]).map(drop)
    });
}

fn find(read: &Read, conversation: ConversationId, seq: i64) -> Result<Option<i64>> {
    read.value("SELECT number AS value FROM search_rows WHERE conversation_id = ?1 AND seq = ?2", params![conversation, seq])
}

/// Gives a message the next number. (There is one writer.)
fn add(tx: &Tx, entry: &Entry) -> Result<i64> {
    const NEXT: &str = "(SELECT coalesce(max(number), 0) + 1 FROM search_rows)";
    let added = match tx.engine() {
        Engine::Sqlite => {
            let sql = format!("INSERT INTO search_rows (number, conversation_id, seq) VALUES ({NEXT}, ?1, ?2) RETURNING number AS value");
            tx.value(&sql, params![entry.conversation, entry.seq])?
        }
        Engine::Postgres => {
            let sql = format!(
                "INSERT INTO search_rows (number, conversation_id, seq, words)
                 VALUES ({NEXT}, ?1, ?2, CAST(CAST(?3 AS TEXT) AS TSVECTOR)) RETURNING number AS value"
            );
            tx.value(&sql, params![entry.conversation, entry.seq, entry.tsvector()])?
        }
    };
    added.ok_or_else(|| Error::internal("a message got no number"))
}

/// Writes a message's words, whether it had some or not.
fn put(tx: &Tx, number: i64, entry: &Entry) -> Result<()> {
    match tx.engine() {
        Engine::Sqlite => put_words(tx, "INSERT OR REPLACE", number, entry),
        Engine::Postgres => {
            let sql = "UPDATE search_rows SET words = CAST(CAST(?2 AS TEXT) AS TSVECTOR) WHERE number = ?1";
            tx.execute(sql, params![number, entry.tsvector()]).map(drop)
        }
    }
}

fn put_words(tx: &Tx, verb: &str, number: i64, entry: &Entry) -> Result<()> {
    let (place, author) = (place(entry.conversation.0, Mode::Words), author(entry.author.0, Mode::Words));
    let has = if entry.has_link { LINK } else { "" };
    let sql = format!("{verb} INTO search (rowid, place, author, has, text) VALUES (?1, ?2, ?3, ?4, ?5)");
    tx.execute(&sql, params![number, place, author, has, join(&entry.words)]).map(drop)
}

fn put_parts(tx: &Tx, number: i64, entry: &Entry) -> Result<()> {
    match tx.engine() {
        Engine::Sqlite => {
            let (place, author) = (place(entry.conversation.0, Mode::Parts), author(entry.author.0, Mode::Parts));
            let has = if entry.has_link { LINK } else { "" };
            tx.execute(
                "INSERT OR REPLACE INTO search_parts (rowid, place, author, has, text) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![number, place, author, has, entry.parts()],
            )
        }
        Engine::Postgres => tx.execute("UPDATE search_rows SET parts = ?2 WHERE number = ?1", params![number, entry.parts()]),
    }
    .map(drop)
}

fn is_kept(read: &Read, name: &str) -> Result<bool> {
    Ok(read.value::<i64>("SELECT below AS value FROM search_indexes WHERE name = ?1", params![name])?.is_some())
}

/// Whether parts of words can be found.
pub fn has_parts(read: &Read) -> Result<bool> {
    is_kept(read, PARTS)
}

/// Begins or ends keeping the index of parts. What is there already is indexed by [`catch_up`].
pub fn set_parts(tx: &Tx, on: bool) -> Result<()> {
    match (on, is_kept(tx, PARTS)?, tx.engine()) {
        (true, false, engine) => {
            if engine == Engine::Postgres {
                tx.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm", &[])?;
                tx.execute("CREATE INDEX search_rows_parts ON search_rows USING gin (parts gin_trgm_ops)", &[])?;
            }
            tx.execute(
                "INSERT INTO search_indexes (name, below) SELECT ?1, coalesce(max(number) + 1, 0) FROM search_rows",
                params![PARTS],
            )?;
        }
        (false, true, engine) => {
            match engine {
                Engine::Sqlite => {
                    tx.execute("INSERT INTO search_parts (search_parts) VALUES ('delete-all')", &[])?;
                }
                Engine::Postgres => {
                    tx.execute("DROP INDEX IF EXISTS search_rows_parts", &[])?;
                    tx.execute("UPDATE search_rows SET parts = NULL WHERE parts IS NOT NULL", &[])?;
                }
            }
            tx.execute("DELETE FROM search_indexes WHERE name = ?1", params![PARTS])?;
        }
        _ => {}
    }
    Ok(())
}

/// Indexes some of the messages that were there before an index, the newest first. Says whether there are more.
pub fn catch_up(tx: &Tx) -> Result<bool> {
    let next = tx.query_opt("SELECT name, below FROM search_indexes WHERE below > 0 ORDER BY name DESC LIMIT 1", &[], |row| {
        Ok((row.get::<String>("name")?, row.get::<i64>("below")?))
    })?;
    let Some((name, below)) = next else { return Ok(false) };
    let rows = tx.query(
        "SELECT r.number, r.conversation_id, r.seq, m.author_id, m.content FROM search_rows r
         JOIN messages m ON m.conversation_id = r.conversation_id AND m.seq = r.seq
         WHERE r.number < ?1 ORDER BY r.number DESC LIMIT ?2",
        params![below, BATCH],
        |row| {
            let content: Option<String> = row.get("content")?;
            let content = content.map(|text| serde_json::from_str::<Content>(&text)).transpose().map_err(Error::internal)?;
            let (conversation, seq, author) = (row.get("conversation_id")?, row.get("seq")?, row.get("author_id")?);
            Ok((row.get::<i64>("number")?, content.map(|content| Entry::new(conversation, seq, author, &content))))
        },
    )?;
    // FTS5 takes many in one go only in rising order; the other way round each would become a piece of index of its own
    for (number, entry) in rows.iter().rev() {
        match entry {
            Some(entry) if name == WORDS => put(tx, *number, entry)?,
            Some(entry) => put_parts(tx, *number, entry)?,
            None => {}
        }
    }
    let is_last = i64::try_from(rows.len()).is_ok_and(|n| n < BATCH);
    let reached = rows.last().filter(|_| !is_last).map_or(0, |(number, _)| *number);
    tx.execute("UPDATE search_indexes SET below = ?2 WHERE name = ?1", params![name, reached])?;
    Ok(true)
}

/// Messages that should be in an index and are not, and entries of it that should not be there. Both are 0, except while
/// an index is being made.
pub fn compare(read: &Read) -> Result<(i64, i64)> {
    let (mut missing, mut surplus) = (0, 0);
    for (name, table) in [(WORDS, "search_docsize"), (PARTS, "search_parts_docsize")] {
        let is_kept = is_kept(read, name)?;
        let (indexed, no_more) = match read.engine() {
            Engine::Sqlite => {
                (format!("EXISTS (SELECT 1 FROM {table} d WHERE d.id = r.number)"), format!("SELECT id AS number FROM {table}"))
            }
            Engine::Postgres => (format!("r.{name} IS NOT NULL"), format!("SELECT number FROM search_rows WHERE {name} IS NOT NULL")),
        };
        let readable = "JOIN messages m ON m.conversation_id = r.conversation_id AND m.seq = r.seq AND m.content IS NOT NULL";
        let sql = format!(
            "SELECT count(*) AS value FROM messages m LEFT JOIN search_rows r ON r.conversation_id = m.conversation_id AND r.seq = m.seq
             WHERE m.content IS NOT NULL AND (r.number IS NULL OR NOT {indexed})"
        );
        if is_kept {
            missing += read.value::<i64>(&sql, &[])?.unwrap_or_default();
        }
        let sql = format!(
            "SELECT count(*) AS value FROM ({no_more}) d WHERE NOT EXISTS (SELECT 1 FROM search_rows r {readable} WHERE r.number = d.number)"
        );
        surplus += read.value::<i64>(&sql, &[])?.unwrap_or_default();
    }
    Ok((missing, surplus))
}
