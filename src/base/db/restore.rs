//! Loading tables into PostgreSQL, as they were written by [`super::snapshot`].
use super::connection::{Connection, Opener};
use super::{Read as Query, migrate};
use crate::{Code, Error, Result};
use std::io::Read;

/// Fills tables in one transaction: all of it counts, or nothing.
pub struct TableLoader {
    connection: Connection,
    tables: Vec<String>,
}

impl TableLoader {
    /// Makes the schema of that number in an empty database.
    ///
    /// # Errors
    /// If there is anything in the database already.
    pub fn open(url: &str, schema: i64) -> Result<TableLoader> {
        let connection = Opener::Postgres(url.to_owned()).open_writer()?;
        if !tables(&connection)?.is_empty() {
            return Err(
                Code::Malformed.error("The database at database.url is not empty, and a restore overwrites nothing. Make a new one.")
            );
        }
        TableLoader::fill(connection, schema)
    }

    /// The same in place of all tables that are there; they are gone only when it counts.
    pub fn replace(url: &str, schema: i64) -> Result<TableLoader> {
        TableLoader::fill(Opener::Postgres(url.to_owned()).open_writer()?, schema)
    }

    fn fill(mut connection: Connection, schema: i64) -> Result<TableLoader> {
        connection.batch("BEGIN")?;
        for table in tables(&connection)? {
            connection.batch(&format!("DROP TABLE \"{table}\" CASCADE"))?;
        }
        migrate::make(&mut connection, schema)?;
        let tables = tables(&connection)?;
        // what the steps of the schema put in is in the backup, as it was by then
        for table in &tables {
            connection.batch(&format!("DELETE FROM \"{table}\""))?;
        }
        Ok(TableLoader { connection, tables })
    }

    /// Loads some rows of a table.
    pub fn load(&mut self, table: &str, mut rows: impl Read) -> Result<()> {
        if !self.tables.iter().any(|known| known == table) {
            return Err(Code::Malformed.error(format!("The backup is damaged: there is no table {table:?} in its schema.")));
        }
        let Connection::Postgres(postgres) = &self.connection else {
            return Err(Error::internal("tables are loaded into PostgreSQL only"));
        };
        let mut postgres = postgres.borrow_mut();
        let mut into = postgres.client().copy_in(&format!("COPY \"{table}\" FROM STDIN"))?;
        let refused = |e: std::io::Error| Code::Malformed.error(format!("The rows of {table} could not be loaded: {e}."));
        std::io::copy(&mut rows, &mut into).map_err(refused)?;
        into.finish()?;
        Ok(())
    }

    /// Makes it count.
    pub fn finish(self) -> Result<()> {
        self.connection.batch("COMMIT")
    }
}

/// All tables, those that refer to others first.
fn tables(connection: &Connection) -> Result<Vec<String>> {
    Query::new(connection, None).query(
        "SELECT c.relname::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE n.nspname = current_schema() AND c.relkind = 'r' ORDER BY c.oid DESC",
        &[],
        |row| row.get("name"),
    )
}
