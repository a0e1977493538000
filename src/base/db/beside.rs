//! Writing into a database that no node has open: for commands that start no node, since that could change the schema.
use super::Tx;
use super::cache::Cache;
use super::connection::Opener;
use super::file::DatabaseFile;
use crate::{Code, Config, Result};
use std::cell::RefCell;

/// Runs `work` in a transaction of its own. The schema stays as it is, and nobody is told. Blocks.
///
/// # Errors
/// If there is no database, it can't be written, or `work` fails; then nothing was written.
pub fn write<T>(config: &Config, now: i64, work: impl FnOnce(&Tx) -> Result<T>) -> Result<T> {
    let data = &config.node.data;
    let connection = match &config.database.url {
        Some(url) => Opener::Postgres(url.clone()).open_writer()?,
        None => {
            let file = DatabaseFile::find(data, &config.keys)?;
            if !file.path.is_file() {
                return Err(Code::Internal.error(format!("There is no database in {}.", data.display())));
            }
            Opener::Sqlite(file).open_writer()?
        }
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
