//! Writing into a database that no node has open: for commands that start no node, since that could change the schema.
use super::Tx;
use super::cache::Cache;
use super::connection::Opener;
use crate::config::DatabaseConfig;
use crate::{Code, Result};
use std::cell::RefCell;
use std::path::Path;

/// Runs `work` in a transaction of its own. The schema stays as it is, and nobody is told. Blocks.
///
/// # Errors
/// If there is no database, it can't be written, or `work` fails; then nothing was written.
pub fn write<T>(config: &DatabaseConfig, data: &Path, now: i64, work: impl FnOnce(&Tx) -> Result<T>) -> Result<T> {
    let path = data.join("snug.db");
    let connection = match &config.url {
        Some(url) => Opener::Postgres(url.clone()).open_writer()?,
        None if path.is_file() => Opener::Sqlite(path).open_writer()?,
        None => return Err(Code::Internal.error(format!("There is no database in {}.", data.display()))),
    };
    connection.begin()?;
    let (cache, dirty) = (Cache::default(), RefCell::default());
    let outcome = work(&Tx::new(&connection, now, &cache, &dirty));
    match outcome {
        Ok(value) => connection.batch("COMMIT").map(|()| value),
        Err(e) => {
            let _ = connection.batch("ROLLBACK"); // closing does as much
            Err(e)
        }
    }
}
