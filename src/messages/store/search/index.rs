//! Keeping the search's index. A message is only given a number when it is stored; its words are added later, many messages at once, which
//! costs a fraction. Whoever searches adds first what waits. Edits and deletions of indexed messages change the index in their own
//! transaction. Conversations that the node can't read (end-to-end encrypted ones) will simply not come here.
use super::{table, volume};
use crate::model::{Content, Message};
use crate::search::hits::Mode;
use crate::search::tokens::{Kind, Token, has_link, join, tokens};
use serde::Serialize;
use snug_base::db::Engine;
use snug_base::{ConversationId, Error, Read, Result, Tx, UserId, params};
use std::cmp::Reverse;
use uuid::Uuid;

/// Bytes that the index takes. Looks at each of its pages: tens of milliseconds per million messages.
pub fn stored_bytes(read: &Read) -> Result<i64> {
    if read.engine() == Engine::Postgres {
        let sql = "SELECT pg_total_relation_size('search_rows') AS value";
        return Ok(read.value(sql, &[])?.unwrap_or(0));
    }
    // by name only those pages are looked at; a virtual table keeps its own in tables named after it
    let parts = indexes(read)?.into_iter().flat_map(|index| index.tables().collect::<Vec<_>>());
    let mut names: Vec<String> =
        parts.flat_map(|table| ["data", "idx", "docsize", "config"].map(|part| format!("{table}_{part}"))).collect();
    names.extend(["search_rows", "sqlite_autoindex_search_rows_1"].map(str::to_owned));
    names.iter().try_fold(0, |sum, name| {
        let sql = "SELECT pgsize AS value FROM dbstat('main', 1) WHERE name = ?1";
        Ok(sum + read.value::<i64>(sql, params![name])?.unwrap_or(0))
    })
}

/// What messages with a link are found by.
pub const LINK: &str = "link";
/// Messages whose words are added in one transaction: ten milliseconds of the writer's time.
const BATCH: i64 = 500;
const WORDS: &str = "words";
const PARTS: &str = "parts";

/// An index that is kept.
struct Index {
    mode: Mode,
    /// The words of messages with a greater number are still to be added.
    upto: i64,
}

impl Index {
    fn name(&self) -> &'static str {
        if self.mode == Mode::Words { WORDS } else { PARTS }
    }

    /// Its tables in SQLite.
    fn tables(&self) -> impl Iterator<Item = String> {
        let mode = self.mode;
        (0..=volume(self.upto)).filter(|_| self.upto > 0).map(move |volume| table(mode, volume))
    }
}

/// A message as it is indexed.
struct Entry {
    number: i64,
    conversation: ConversationId,
    author: UserId,
    words: Vec<Token>,
    has_link: bool,
}

impl Entry {
    fn new(number: i64, conversation: ConversationId, author: UserId, content: &Content) -> Entry {
        Entry { number, conversation, author, words: tokens(content.text()), has_link: has_link(content.text()) }
    }

    /// All words; for parts only those between spaces, as scripts without spaces are found in any part anyway.
    fn text(&self, mode: Mode) -> String {
        match mode {
            Mode::Words => join(&self.words),
            Mode::Parts => {
                let spaced: Vec<&str> = self.words.iter().filter(|t| t.kind == Kind::Word).map(|t| t.text.as_str()).collect();
                spaced.join(" ")
            }
        }
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

/// Gives the message that is stored next a number: a new one, even if the newest message was deleted with its conversation.
/// (There is one writer.)
pub fn number(tx: &Tx, conversation: ConversationId, seq: i64) -> Result<i64> {
    let sql = "INSERT INTO search_rows (number, conversation_id, seq) VALUES (
                   (SELECT max(last) + 1 FROM (SELECT max(number) AS last FROM search_rows UNION ALL SELECT upto FROM search_indexes) numbers),
                   ?1, ?2)
               RETURNING number AS value";
    tx.value(sql, params![conversation, seq])?.ok_or_else(|| Error::internal("a message got no number"))
}

/// Puts other words in place of a message's.
pub fn update(tx: &Tx, message: &Message, content: &Content) -> Result<()> {
    let Some(number) = find(tx, message)? else { return Ok(()) };
    let entry = Entry::new(number, message.conversation_id, message.author_id, content);
    for index in indexes(tx)?.iter().filter(|index| index.upto >= number) {
        put(tx, index.mode, "INSERT OR REPLACE", std::slice::from_ref(&entry))?;
    }
    Ok(())
}

/// Takes a message's words away.
pub fn erase(tx: &Tx, message: &Message) -> Result<()> {
    let Some(number) = find(tx, message)? else { return Ok(()) };
    match tx.engine() {
        Engine::Postgres => {
            tx.execute("UPDATE search_rows SET words = NULL, parts = NULL WHERE number = ?1", params![number])?;
        }
        Engine::Sqlite => {
            for index in indexes(tx)?.iter().filter(|index| index.upto >= number) {
                let table = table(index.mode, volume(number));
                tx.execute(&format!("DELETE FROM {table} WHERE rowid = ?1"), params![number])?;
            }
        }
    }
    Ok(())
}

/// Takes all of a conversation away, while its messages are still there.
pub fn delete(tx: &Tx, conversation: ConversationId) -> Result<()> {
    let numbers = "(SELECT number FROM messages WHERE conversation_id = ?1 AND number IS NOT NULL)";
    if tx.engine() == Engine::Sqlite {
        for index in indexes(tx)? {
            for table in index.tables() {
                tx.execute(&format!("DELETE FROM {table} WHERE rowid IN {numbers}"), params![conversation])?;
            }
        }
    }
    tx.execute(&format!("DELETE FROM search_rows WHERE number IN {numbers}"), params![conversation]).map(drop)
}

fn find(read: &Read, message: &Message) -> Result<Option<i64>> {
    let sql = "SELECT number FROM messages WHERE conversation_id = ?1 AND seq = ?2";
    let found = read.query_opt(sql, params![message.conversation_id, message.seq], |row| row.get::<Option<i64>>("number"))?;
    Ok(found.flatten())
}

/// Writes the words of some messages, in rising order of their numbers.
fn put(tx: &Tx, mode: Mode, verb: &str, entries: &[Entry]) -> Result<()> {
    match tx.engine() {
        Engine::Sqlite => {
            for entry in entries {
                let table = table(mode, volume(entry.number));
                let sql = format!("{verb} INTO {table} (rowid, place, author, has, text) VALUES (?1, ?2, ?3, ?4, ?5)");
                let (place, author) = (place(entry.conversation.0, mode), author(entry.author.0, mode));
                let has = if entry.has_link { LINK } else { "" };
                tx.execute(&sql, params![entry.number, place, author, has, entry.text(mode)])?;
            }
            Ok(())
        }
        // one statement for all: each would be a way to the database server and back
        Engine::Postgres => {
            #[derive(Serialize)]
            struct Row {
                number: i64,
                text: String,
            }
            let text = |entry: &Entry| if mode == Mode::Words { entry.tsvector() } else { entry.text(mode) };
            let rows: Vec<Row> = entries.iter().map(|entry| Row { number: entry.number, text: text(entry) }).collect();
            let set = if mode == Mode::Words { "words = CAST(v.text AS TSVECTOR)" } else { "parts = v.text" };
            let sql = format!(
                "UPDATE search_rows r SET {set} FROM json_to_recordset(CAST(CAST(?1 AS TEXT) AS JSON)) AS v (number BIGINT, text TEXT)
                 WHERE r.number = v.number"
            );
            tx.execute(&sql, params![serde_json::to_string(&rows).map_err(Error::internal)?]).map(drop)
        }
    }
}

fn indexes(read: &Read) -> Result<Vec<Index>> {
    read.query("SELECT name, upto FROM search_indexes", &[], |row| {
        let mode = if row.get::<String>("name")? == PARTS { Mode::Parts } else { Mode::Words };
        Ok(Index { mode, upto: row.get("upto")? })
    })
}

/// Whether parts of words can be found.
pub fn has_parts(read: &Read) -> Result<bool> {
    Ok(indexes(read)?.iter().any(|index| index.mode == Mode::Parts))
}

/// Begins or ends keeping the index of parts. What is there already is added by [`step`].
pub fn set_parts(tx: &Tx, on: bool) -> Result<()> {
    match (on, has_parts(tx)?, tx.engine()) {
        (true, false, engine) => {
            if engine == Engine::Postgres {
                tx.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm", &[])?;
                tx.execute("CREATE INDEX search_rows_parts ON search_rows USING gin (parts gin_trgm_ops)", &[])?;
            }
            tx.execute("INSERT INTO search_indexes (name, upto) VALUES (?1, 0)", params![PARTS])?;
        }
        (false, true, engine) => {
            match engine {
                Engine::Sqlite => {
                    for table in indexes(tx)?.iter().filter(|index| index.mode == Mode::Parts).flat_map(Index::tables) {
                        tx.execute(&format!("DROP TABLE {table}"), &[])?;
                    }
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

/// Whether words of messages wait to be added to some index.
pub fn is_behind(read: &Read) -> Result<bool> {
    waits(read, "min")
}

/// Whether even the index that has come furthest lacks messages. (Another one may be in the making.)
pub fn lacks_newest(read: &Read) -> Result<bool> {
    waits(read, "max")
}

fn waits(read: &Read, which: &str) -> Result<bool> {
    let sql = format!("SELECT 1 AS value FROM search_rows WHERE number > (SELECT {which}(upto) FROM search_indexes) LIMIT 1");
    Ok(read.value::<i64>(&sql, &[])?.is_some())
}

/// Adds the words of the oldest messages that wait, to the index that has come furthest: new messages are found while another index is
/// in the making. Says whether there may be more.
pub fn step(tx: &Tx) -> Result<bool> {
    let mut indexes = indexes(tx)?;
    indexes.sort_unstable_by_key(|index| Reverse(index.upto));
    while let Some(from) = indexes.first().map(|index| index.upto) {
        let behind = indexes.iter().take_while(|index| index.upto == from).count();
        if add_from(tx, from, &indexes[..behind])? {
            return Ok(true);
        }
        indexes.drain(..behind);
    }
    Ok(false)
}

/// Adds words of messages after a number to these indexes; false if there were none.
fn add_from(tx: &Tx, from: i64, indexes: &[Index]) -> Result<bool> {
    let rows = tx.query(NEXT, params![from, BATCH], |row| {
        let content: Option<String> = row.get("content")?;
        let content = content.map(|text| serde_json::from_str::<Content>(&text)).transpose().map_err(Error::internal)?;
        let (number, conversation, author) = (row.get("number")?, row.get("conversation_id")?, row.get("author_id")?);
        Ok((number, content.map(|content| Entry::new(number, conversation, author, &content))))
    })?;
    let Some(&(last, _)) = rows.last() else { return Ok(false) };
    let entries: Vec<Entry> = rows.into_iter().filter_map(|(_, entry)| entry).collect();
    for index in indexes {
        open_volumes(tx, index, last)?;
        put(tx, index.mode, "INSERT", &entries)?;
        tx.execute("UPDATE search_indexes SET upto = ?2 WHERE name = ?1", params![index.name(), last])?;
    }
    Ok(true)
}

/// Makes the tables that numbers up to `last` lie in, if SQLite has none for them yet.
fn open_volumes(tx: &Tx, index: &Index, last: i64) -> Result<()> {
    if tx.engine() == Engine::Sqlite {
        // the words come cut already, with spaces between them
        let tokenizer = if index.mode == Mode::Words { "ascii" } else { "trigram case_sensitive 1" };
        let had = if index.upto == 0 { -1 } else { volume(index.upto) };
        for table in (had + 1..=volume(last)).map(|volume| table(index.mode, volume)) {
            tx.execute(
                &format!(
                    "CREATE VIRTUAL TABLE {table} USING fts5(place, author, has, text, content = '', contentless_delete = 1, tokenize = '{tokenizer}')"
                ),
                &[],
            )?;
        }
    }
    Ok(())
}

/// The greatest number whose words are in an index; 0 if it has none.
pub fn upto(read: &Read, mode: Mode) -> Result<i64> {
    Ok(indexes(read)?.iter().find(|index| index.mode == mode).map_or(0, |index| index.upto))
}

/// Messages by number; those without text too.
const NEXT: &str = "SELECT r.number, r.conversation_id, m.author_id, m.content FROM search_rows r
    JOIN messages m ON m.conversation_id = r.conversation_id AND m.seq = r.seq WHERE r.number > ?1 ORDER BY r.number LIMIT ?2";

/// Messages that should be in an index and are not, and entries of it that should not be there. Both are 0, except while
/// an index is being made.
pub fn compare(read: &Read) -> Result<(i64, i64)> {
    let (mut missing, mut surplus) = (0, 0);
    for index in indexes(read)? {
        let indexed = match read.engine() {
            Engine::Sqlite => {
                let tables: Vec<String> = index.tables().map(|table| format!("SELECT id AS number FROM {table}_docsize")).collect();
                if tables.is_empty() { "SELECT 0 AS number WHERE 1 = 0".to_owned() } else { tables.join(" UNION ALL ") }
            }
            Engine::Postgres => format!("SELECT number FROM search_rows WHERE {} IS NOT NULL", index.name()),
        };
        let readable = "SELECT r.number FROM messages m JOIN search_rows r
                            ON r.number = m.number AND r.conversation_id = m.conversation_id AND r.seq = m.seq WHERE m.content IS NOT NULL";
        for (these, others, count) in [(readable, &*indexed, &mut missing), (&*indexed, readable, &mut surplus)] {
            let sql = format!(
                "SELECT count(*) AS value FROM ({these}) t WHERE NOT EXISTS (SELECT 1 FROM ({others}) o WHERE o.number = t.number)"
            );
            *count += read.value::<i64>(&sql, &[])?.unwrap_or_default();
        }
        let sql = "SELECT count(*) AS value FROM messages WHERE content IS NOT NULL AND number IS NULL
                   AND content NOT LIKE '{\"type\":\"encrypted\"%'";
        missing += read.value::<i64>(sql, &[])?.unwrap_or_default();
    }
    Ok((missing, surplus))
}

#[cfg(test)]
mod tests {
    use super::*;
    use snug_base::config::{DatabaseConfig, KeysConfig};
    use snug_base::event::NoSink;
    use snug_base::{Clock, Db, MessageId};
    use std::sync::Arc;

    /// Stores so many messages, without anything around them.
    async fn say(db: &Db, place: ConversationId, seqs: std::ops::RangeInclusive<i64>) -> Result<()> {
        db.write(move |tx| {
            for seq in seqs {
                let number = number(tx, place, seq)?;
                let content = r#"{"type":"text","text":"word"}"#;
                tx.execute(
                    "INSERT INTO messages (conversation_id, seq, id, author_id, created_at, content, number) VALUES (?1, ?2, ?3, ?4, 1, ?5, ?6)",
                    params![place, seq, MessageId::new(), UserId::new(), content, number],
                )?;
            }
            Ok(())
        })
        .await
    }

    async fn uptos(db: &Db) -> Result<(i64, i64)> {
        db.read(|read| Ok((upto(read, Mode::Words)?, upto(read, Mode::Parts)?))).await
    }

    #[tokio::test]
    async fn what_is_new_is_found_while_another_index_is_made() -> Result<()> {
        let folder = tempfile::tempdir().map_err(Error::internal)?;
        let db = Db::open(&DatabaseConfig::default(), &KeysConfig::default(), folder.path(), &Clock::default(), Arc::new(NoSink))?;
        let place = ConversationId::new();
        say(&db, place, 1..=1_200).await?;
        while db.write(step).await? {}
        assert_eq!(uptos(&db).await?, (1_200, 0));
        db.write(|tx| set_parts(tx, true)).await?;
        assert!(!db.read(lacks_newest).await? && db.read(is_behind).await?);
        db.write(step).await?;
        assert_eq!(uptos(&db).await?, (1_200, 500));
        say(&db, place, 1_201..=1_210).await?;
        assert!(db.read(lacks_newest).await?);
        db.write(step).await?;
        assert_eq!(uptos(&db).await?, (1_210, 500), "the newest come first");
        while db.write(step).await? {}
        assert_eq!(uptos(&db).await?, (1_210, 1_210));
        assert_eq!(db.read(compare).await?, (0, 0));
        db.close();
        Ok(())
    }

    #[tokio::test]
    async fn a_number_is_never_given_twice() -> Result<()> {
        let folder = tempfile::tempdir().map_err(Error::internal)?;
        let db = Db::open(&DatabaseConfig::default(), &KeysConfig::default(), folder.path(), &Clock::default(), Arc::new(NoSink))?;
        let (gone, stays) = (ConversationId::new(), ConversationId::new());
        say(&db, gone, 1..=3).await?;
        while db.write(step).await? {}
        db.write(move |tx| {
            delete(tx, gone)?;
            tx.execute("DELETE FROM messages", &[])
        })
        .await?;
        assert_eq!(db.read(compare).await?, (0, 0), "its words are gone");
        say(&db, stays, 1..=1).await?;
        assert!(db.read(lacks_newest).await?, "else the message would never be found");
        while db.write(step).await? {}
        assert_eq!(uptos(&db).await?.0, 4);
        db.close();
        Ok(())
    }
}
