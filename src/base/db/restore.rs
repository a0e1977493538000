//! Loading tables into an empty PostgreSQL database, as they were written by [`super::snapshot`].
use super::connection::{Connection, Opener};
use super::migrate;
use crate::{Code, Error, Result};
use std::io::Read;

/// Fills tables in one transaction: all of it counts, or nothing.
pub struct TableLoader {
    connection: Connection,
    tables: Vec<String>,
}

impl TableLoader {
    /// Makes the schema of that number.
    ///
    /// # Errors
    /// If there is an instance in the database already.
    pub fn open(url: &str, schema: i64) -> Result<TableLoader> {
        let mut connection = Opener::Postgres(url.to_owned()).open_writer()?;
        let there = super::Read::new(&connection, None).value::<i64>(
            "SELECT count(*) AS value FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = current_schema() AND c.relkind = 'r'",
            &[],
        )?;
        if there != Some(0) {
            return Err(
                Code::Malformed.error("The database at database.url is not empty, and a restore overwrites nothing. Make a new one.")
            );
        }
        connection.batch("BEGIN")?;
        migrate::make(&mut connection, schema)?;
        let tables = super::Read::new(&connection, None).query(
            "SELECT c.relname::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE n.nspname = current_schema() AND c.relkind = 'r' ORDER BY c.oid DESC",
            &[],
            |row| row.get::<String>("name"),
        )?;
        // what the steps of the schema put in is in the backup, as it was by then; those that refer to others first
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
        std::io::copy(&mut rows, &mut into).map_err(|e| Code::Malformed.error(format!("The rows of {table} could not be loaded: {e}.")))?;
        into.finish()?;
        Ok(())
    }

    /// Makes it count.
    pub fn finish(self) -> Result<()> {
        self.connection.batch("COMMIT")
    }
}
