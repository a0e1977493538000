//! The schema's history: numbered files, the same numbers for both engines, each applied once and in order.
use super::Read;
use super::connection::Connection;
use crate::{Code, Error, Result, params};

/// One step of the schema.
pub struct Migration {
    pub number: i64,
    pub name: &'static str,
    pub sqlite: &'static str,
    pub postgres: &'static str,
}

macro_rules! migrations { ($($number:literal $name:literal)*) => { &[$(Migration {
    number: $number,
    name: $name,
    sqlite: include_str!(concat!("../../../migrations/sqlite/", $name, ".sql")),
    postgres: include_str!(concat!("../../../migrations/postgres/", $name, ".sql")),
}),*] } }

/// All steps. A released one is never edited; a change is a new step.
pub const MIGRATIONS: &[Migration] = migrations! {
    1 "0001_base"
    2 "0002_accounts"
    3 "0003_servers"
    4 "0004_messages"
    5 "0005_pins"
    6 "0006_search"
    7 "0007_search_volumes"
    8 "0008_identities"
    9 "0009_encryption"
    10 "0010_deleted_by"
    11 "0011_at_rest"
    12 "0012_backups"
    13 "0013_notifications"
    14 "0014_push"
    15 "0015_audit"
    16 "0016_storage"
    17 "0017_mail"
    18 "0018_branding"
};

const TABLE_SQLITE: &str = "CREATE TABLE IF NOT EXISTS migrations (number INTEGER PRIMARY KEY, name TEXT NOT NULL, version TEXT NOT NULL, applied_at INTEGER NOT NULL) STRICT";
const TABLE_POSTGRES: &str = "CREATE TABLE IF NOT EXISTS migrations (number BIGINT PRIMARY KEY, name TEXT NOT NULL, version TEXT NOT NULL, applied_at BIGINT NOT NULL)";

/// Brings the schema up to date. Data of a newer version is refused and left alone.
pub fn run(connection: &mut Connection, now: i64) -> Result<()> {
    let is_sqlite = matches!(connection, Connection::Sqlite(_));
    connection.batch(if is_sqlite { TABLE_SQLITE } else { TABLE_POSTGRES })?;
    let newest =
        Read::new(connection, None).query_opt("SELECT number, version FROM migrations ORDER BY number DESC LIMIT 1", &[], |row| {
            Ok((row.get::<i64>("number")?, row.get::<String>("version")?))
        })?;
    let (at, by) = newest.unwrap_or_default();
    let known = MIGRATIONS.last().map_or(0, |m| m.number);
    if at > known {
        return Err(Code::Internal.error(format!(
            "The data was last used by Snug {by} (schema {at}), which is newer than this program ({}, schema {known}). \
             It was left as it is: run Snug {by} or newer, or restore a backup made by this version.",
            env!("CARGO_PKG_VERSION")
        )));
    }
    for step in MIGRATIONS.iter().filter(|m| m.number > at) {
        connection.batch("BEGIN")?;
        match apply(connection, step, now) {
            Ok(()) => connection.batch("COMMIT")?,
            Err(e) => {
                let _ = connection.batch("ROLLBACK");
                let source = e.source.map_or(e.detail, |s| s.to_string());
                return Err(Error::internal(format!("migration {}: {source}", step.name)));
            }
        }
    }
    Ok(())
}

/// Makes the schema as it was after step `upto`, in an empty database and within the caller's transaction.
pub(super) fn make(connection: &mut Connection, upto: i64) -> Result<()> {
    connection.batch(if matches!(connection, Connection::Sqlite(_)) { TABLE_SQLITE } else { TABLE_POSTGRES })?;
    MIGRATIONS.iter().filter(|step| step.number <= upto).try_for_each(|step| apply(connection, step, 0))
}

fn apply(connection: &Connection, step: &Migration, now: i64) -> Result<()> {
    connection.batch(if matches!(connection, Connection::Sqlite(_)) { step.sqlite } else { step.postgres })?;
    connection.execute(
        "INSERT INTO migrations (number, name, version, applied_at) VALUES (?1, ?2, ?3, ?4)",
        params![step.number, step.name, env!("CARGO_PKG_VERSION"), now],
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs SQL that says something with one number.
    fn number(sql: &rusqlite::Connection, query: &str) -> i64 {
        sql.query_row(query, (), |row| row.get(0)).unwrap()
    }

    #[test]
    fn messages_from_before_volumes_keep_their_numbers_and_are_indexed_anew() {
        let sql = rusqlite::Connection::open_in_memory().unwrap();
        sql.execute_batch(TABLE_SQLITE).unwrap();
        for step in &MIGRATIONS[..6] {
            sql.execute_batch(step.sqlite).unwrap();
            sql.execute("INSERT INTO migrations VALUES (?1, ?2, '0', 0)", (step.number, step.name)).unwrap();
        }
        for seq in 1..=3_i64 {
            let message = "INSERT INTO messages (conversation_id, seq, id, author_id, created_at) VALUES (x'01', ?1, ?2, x'02', ?1)";
            sql.execute(message, (seq, [u8::try_from(seq).unwrap()])).unwrap();
            sql.execute("INSERT INTO search_rows VALUES (?1, x'01', ?2)", (10 - seq, seq)).unwrap();
        }
        sql.execute("INSERT INTO search (rowid, text) VALUES (9, 'word')", ()).unwrap();
        let mut connection = Connection::Sqlite(sql);
        run(&mut connection, 0).unwrap();
        let Connection::Sqlite(sql) = connection else { unreachable!() };
        assert_eq!(number(&sql, "SELECT count(*) FROM messages WHERE number = 10 - seq"), 3);
        assert_eq!(number(&sql, "SELECT count(*) FROM search_rows WHERE number = 10 - seq"), 3);
        assert_eq!(number(&sql, "SELECT upto FROM search_indexes WHERE name = 'words'"), 0);
        assert_eq!(number(&sql, "SELECT count(*) FROM sqlite_schema WHERE name = 'search'"), 0);
    }
}
