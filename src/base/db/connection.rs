//! One connection of either engine: opening it, and running statements on it.
use super::cache::View;
use super::file::DatabaseFile;
use super::row::Columns;
use super::{Engine, Param, Read, Row};
use crate::{Code, Error, Result};
use postgres::fallible_iterator::FallibleIterator;
use postgres::types::ToSql;
use rusqlite::config::DbConfig;
use std::cell::RefCell;
use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

/// How long a statement waits for another process's lock (a backup, a second `snug` command).
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// Prepared statements kept per connection.
const STATEMENTS: usize = 512;

/// Where the database is.
pub enum Opener {
    Sqlite(DatabaseFile),
    Postgres(String),
}

/// An open connection.
pub enum Connection {
    Sqlite(rusqlite::Connection),
    Postgres(Box<RefCell<PostgresConnection>>),
}

/// How far the log was emptied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Emptied {
    Whole,
    /// Readers still look at old pages.
    ReadersStay,
    /// Somebody else is moving the log at this moment. That is known at once, without waiting.
    NotBegun,
}

pub struct PostgresConnection {
    url: String,
    client: postgres::Client,
    statements: HashMap<String, postgres::Statement>,
}

impl Opener {
    /// The writer's connection. Makes a SQLite database that isn't there yet.
    pub fn open_writer(&self) -> Result<Connection> {
        match self {
            Opener::Sqlite(file) => {
                let sql = open(file)?;
                sql.execute_batch(
                    "PRAGMA journal_mode = WAL;
                     PRAGMA wal_autocheckpoint = 0;
                     PRAGMA synchronous = FULL;
                     PRAGMA cache_size = -8192;
                     PRAGMA foreign_keys = ON;
                     PRAGMA temp_store = MEMORY;
                     PRAGMA trusted_schema = OFF;",
                )
                .and_then(|()| sql.query_row("SELECT count(*) FROM sqlite_schema", (), |_| Ok(())))
                .map_err(|e| unreadable(e, &file.path))?;
                Ok(Connection::Sqlite(sql))
            }
            Opener::Postgres(url) => connect(url),
        }
    }

    /// A connection that only moves the log into the database; `None` where the engine does that by itself.
    pub fn open_checkpointer(&self) -> Result<Option<rusqlite::Connection>> {
        match self {
            Opener::Sqlite(file) => Ok(Some(file.connect()?)),
            Opener::Postgres(_) => Ok(None),
        }
    }

    /// A reader's connection: it can't write.
    pub fn open_reader(&self) -> Result<Connection> {
        match self {
            Opener::Sqlite(file) => {
                let sql = open(file)?;
                sql.execute_batch("PRAGMA query_only = ON; PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF;")?;
                Ok(Connection::Sqlite(sql))
            }
            Opener::Postgres(url) => connect(url),
        }
    }
}

fn open(file: &DatabaseFile) -> rusqlite::Result<rusqlite::Connection> {
    let sql = file.connect()?;
    sql.busy_timeout(BUSY_TIMEOUT)?;
    sql.set_prepared_statement_cache_capacity(STATEMENTS);
    // a plan is made once and does not hang on the values: else SQLite would prepare a statement anew for each of them
    sql.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(sql)
}

/// What to say of a file that can't be read as a database.
pub(super) fn unreadable(e: rusqlite::Error, path: &Path) -> Error {
    match e.sqlite_error_code() {
        Some(rusqlite::ErrorCode::NotADatabase | rusqlite::ErrorCode::DatabaseCorrupt) => Error {
            source: Some(Box::new(e)),
            ..Code::Internal.error(format!(
                "The database {} is damaged and was left as it is. Restore it from a backup, or move it away to begin anew.",
                path.display()
            ))
        },
        _ => e.into(),
    }
}

fn connect(url: &str) -> Result<Connection> {
    let connection = PostgresConnection { url: url.to_owned(), client: client(url)?, statements: HashMap::new() };
    Ok(Connection::Postgres(Box::new(RefCell::new(connection))))
}

fn client(url: &str) -> Result<postgres::Client> {
    // the address may hold a password, so it is not repeated here
    postgres::Client::connect(url, postgres::NoTls)
        .map_err(|e| Code::Unavailable.error(format!("PostgreSQL can't be reached at the configured database.url: {e}")))
}

impl PostgresConnection {
    /// For what only PostgreSQL has.
    pub(super) fn client(&mut self) -> &mut postgres::Client {
        &mut self.client
    }

    /// Connects again after the database server was restarted.
    fn revive(&mut self) -> Result<()> {
        if self.client.is_closed() {
            self.client = client(&self.url)?;
            self.statements.clear();
        }
        Ok(())
    }

    fn prepare(&mut self, sql: &str) -> Result<postgres::Statement> {
        if let Some(statement) = self.statements.get(sql) {
            return Ok(statement.clone());
        }
        let statement = self.client.prepare(&sql.replace('?', "$"))?;
        if self.statements.len() < STATEMENTS {
            self.statements.insert(sql.to_owned(), statement.clone());
        }
        Ok(statement)
    }
}

/// PostgreSQL's text can't hold the NUL character, and nobody types it: refused on both engines alike.
fn refuse_nul(params: &[Param]) -> Result<()> {
    let holds_nul = params.iter().any(|param| matches!(param, Param::Text(text) if text.as_bytes().contains(&0)));
    if holds_nul { Err(Code::Malformed.error("Text must not contain the NUL character.")) } else { Ok(()) }
}

fn dynamic<'a>(params: &'a [Param<'a>]) -> Vec<&'a (dyn ToSql + Sync)> {
    params.iter().map(|p| p as &(dyn ToSql + Sync)).collect()
}

impl Connection {
    /// Which database it is.
    pub fn engine(&self) -> Engine {
        match self {
            Connection::Sqlite(_) => Engine::Sqlite,
            Connection::Postgres(_) => Engine::Postgres,
        }
    }

    /// Runs several statements without parameters.
    pub fn batch(&self, sql: &str) -> Result<()> {
        match self {
            Connection::Sqlite(c) => Ok(c.execute_batch(sql)?),
            Connection::Postgres(c) => Ok(c.borrow_mut().client.batch_execute(sql)?),
        }
    }

    /// Runs one statement that steers a transaction: they are many, so SQLite keeps them prepared.
    pub fn steer(&self, sql: &str) -> Result<()> {
        match self {
            Connection::Sqlite(c) => Ok(c.prepare_cached(sql)?.execute(()).map(drop)?),
            Connection::Postgres(_) => self.batch(sql),
        }
    }

    /// Calls `grown` after every commit with the number of pages in SQLite's log.
    pub fn watch_log(&mut self, mut grown: impl FnMut(i32) + Send + 'static) -> Result<()> {
        if let Connection::Sqlite(c) = self {
            c.wal_hook(Some(move |_: &mut rusqlite::hooks::Wal, pages: i32| {
                grown(pages);
                Ok(())
            }))?;
        }
        Ok(())
    }

    /// Moves all of SQLite's log into the database and begins it anew. Waits for readers at most that long.
    pub fn empty_log(&self, patience: Duration) -> Result<Emptied> {
        let Connection::Sqlite(c) = self else { return Ok(Emptied::Whole) };
        c.busy_timeout(patience)?;
        let done = c.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |row| Ok((row.get::<_, i32>(0)?, row.get::<_, i32>(1)?)));
        c.busy_timeout(BUSY_TIMEOUT)?;
        // (whether it was kept from its end, pages in the log: -1 if it could not even begin)
        Ok(match done? {
            (0, _) => Emptied::Whole,
            (_, ..0) => Emptied::NotBegun,
            _ => Emptied::ReadersStay,
        })
    }

    /// Runs one statement and says how many rows it changed.
    pub fn execute(&self, sql: &str, params: &[Param]) -> Result<u64> {
        refuse_nul(params)?;
        match self {
            Connection::Sqlite(c) => Ok(c.prepare_cached(sql)?.execute(rusqlite::params_from_iter(params))? as u64),
            Connection::Postgres(c) => {
                let mut c = c.borrow_mut();
                let statement = c.prepare(sql)?;
                Ok(c.client.execute(&statement, &dynamic(params))?)
            }
        }
    }

    /// Runs a query and hands each row to `each` until that says to stop.
    pub fn query(&self, sql: &str, params: &[Param], mut each: impl FnMut(&Row) -> Result<bool>) -> Result<()> {
        refuse_nul(params)?;
        match self {
            Connection::Sqlite(c) => {
                let mut statement = c.prepare_cached(sql)?;
                let mut rows = statement.query(rusqlite::params_from_iter(params))?;
                let columns = Columns::default();
                while let Some(row) = rows.next()? {
                    if !each(&Row::Sqlite(row, &columns))? {
                        break;
                    }
                }
                Ok(())
            }
            Connection::Postgres(c) => {
                let rows = {
                    let mut c = c.borrow_mut();
                    let statement = c.prepare(sql)?;
                    c.client.query_raw(&statement, params.iter().copied())?.collect::<Vec<_>>()?
                };
                for row in &rows {
                    if !each(&Row::Postgres(row))? {
                        break;
                    }
                }
                Ok(())
            }
        }
    }

    /// Begins a write transaction.
    pub fn begin(&self) -> Result<()> {
        match self {
            Connection::Sqlite(_) => self.steer("BEGIN IMMEDIATE"),
            Connection::Postgres(c) => {
                c.borrow_mut().revive()?;
                self.batch("BEGIN")
            }
        }
    }

    /// Runs `work` on one consistent snapshot.
    pub(super) fn snapshot<T>(&mut self, view: View, work: impl FnOnce(&Read) -> Result<T>) -> Result<T> {
        match self {
            Connection::Sqlite(_) => self.steer("BEGIN")?,
            Connection::Postgres(c) => {
                c.borrow_mut().revive()?;
                self.batch("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")?;
            }
        }
        let result = super::tx::guarded(|| work(&Read::new(self, Some(view))));
        if !self.is_rolled_back() {
            self.steer("ROLLBACK")?;
        }
        result
    }

    /// Whether the engine has already rolled the transaction back by itself (disk full, damaged page).
    pub fn is_rolled_back(&self) -> bool {
        match self {
            Connection::Sqlite(c) => c.is_autocommit(),
            Connection::Postgres(c) => c.borrow().client.is_closed(),
        }
    }
}
