//! The whole database as of one moment, beside the node that goes on writing: what a backup reads.
use super::connection::{Connection, Opener, unreadable};
use super::file::DatabaseFile;
use super::{Engine, Read};
use crate::{Code, Config, Error, Result, params};
use std::io::Write;

/// One moment of the database. Nothing that is written meanwhile is seen, and nobody waits for it.
pub struct Snapshot(Connection);

fn unwritten(e: std::io::Error) -> Error {
    Code::StorageFull.error(format!("The database's copy can't be written: {e}. Check free space and permissions where it goes to."))
}

impl Snapshot {
    /// Takes it; also while a node runs on the same data, in this process or another.
    pub fn take(config: &Config) -> Result<Snapshot> {
        let data = &config.node.data;
        let opener = match &config.database.url {
            Some(url) => Opener::Postgres(url.clone()),
            None => {
                let file = DatabaseFile::find(data, &config.keys)?;
                if !file.path.is_file() {
                    return Err(Code::Internal.error(format!("There is no database in {}.", data.display())));
                }
                Opener::Sqlite(file)
            }
        };
        let connection = opener.open_reader()?;
        match &connection {
            // the moment is that of the first look
            Connection::Sqlite(sql) => sql
                .execute_batch("PRAGMA cache_size = -1024; BEGIN")
                .and_then(|()| sql.query_row("SELECT count(*) FROM sqlite_schema", (), |_| Ok(())))
                .map_err(|e| unreadable(e, &data.join("snug.db")))?,
            Connection::Postgres(_) => connection.batch("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT 1")?,
        }
        Ok(Snapshot(connection))
    }

    /// Which database it is.
    pub fn engine(&self) -> Engine {
        self.0.engine()
    }

    /// For queries.
    pub fn read(&self) -> Read<'_> {
        Read::new(&self.0, None)
    }

    /// Whether there is such a table.
    pub fn has_table(&self, name: &str) -> Result<bool> {
        let sql = match self.engine() {
            Engine::Sqlite => "SELECT count(*) AS value FROM sqlite_schema WHERE type = 'table' AND name = ?1",
            Engine::Postgres => {
                "SELECT count(*) AS value FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = current_schema() AND c.relkind = 'r' AND c.relname = ?1"
            }
        };
        Ok(self.read().value::<i64>(sql, params![name])?.unwrap_or_default() > 0)
    }

    /// How many bytes [`Snapshot::write_file`] writes. SQLite only.
    pub fn file_size(&self) -> Result<u64> {
        let sql = "SELECT page_count * page_size AS value FROM pragma_page_count(), pragma_page_size()";
        u64::try_from(self.read().value::<i64>(sql, &[])?.unwrap_or_default()).map_err(Error::internal)
    }

    /// About how many bytes a copy of the database has, rather too many.
    pub fn about_size(&self) -> Result<u64> {
        match self.engine() {
            Engine::Sqlite => self.file_size(),
            Engine::Postgres => {
                let size: i64 =
                    self.read().query_one("SELECT pg_database_size(current_database()) AS value", &[], |row| row.get("value"))?;
                Ok(u64::try_from(size).map_err(Error::internal)?.saturating_mul(2)) // as text
            }
        }
    }

    /// Writes the database as the file that it would be if nobody had it open. SQLite only.
    pub fn write_file(&self, out: &mut impl Write) -> Result<()> {
        let Connection::Sqlite(sql) = &self.0 else { return Err(Error::internal("this database is no file")) };
        let mut statement = sql.prepare("SELECT data FROM sqlite_dbpage('main')")?;
        let mut rows = statement.query(())?;
        while let Some(row) = rows.next()? {
            let page = row.get_ref(0)?.as_blob().map_err(Error::internal)?;
            out.write_all(page).map_err(|e| Error::through_io(e, unwritten))?;
        }
        Ok(())
    }

    /// The names of all tables, in an order in which their rows can be stored again. PostgreSQL only.
    pub fn tables(&self) -> Result<Vec<String>> {
        self.read().query(
            "SELECT c.relname::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE n.nspname = current_schema() AND c.relkind = 'r' ORDER BY c.oid",
            &[],
            |row| row.get("name"),
        )
    }

    /// Writes a table's rows in the text form of COPY: a line each.
    pub fn write_table(&self, table: &str, out: &mut impl Write) -> Result<u64> {
        let Connection::Postgres(postgres) = &self.0 else { return Err(Error::internal("tables are written of PostgreSQL only")) };
        let mut postgres = postgres.borrow_mut();
        let mut reader = postgres.client().copy_out(&format!("COPY \"{table}\" TO STDOUT"))?;
        std::io::copy(&mut reader, out).map_err(Error::internal)
    }
}
