//! SQL of identities. The core's byte strings are plain arrays in the database.
pub mod bindings;
pub mod boxes;
pub mod contacts;
pub mod history;
pub mod logs;
pub mod pairings;
pub mod prekeys;
pub mod reach;
pub mod resets;
pub mod slots;
pub mod vault;

use snug_base::{Error, Result, Row};
use snug_crypto::bytes::{Blob, Bytes};

/// A column of exactly `N` bytes.
fn bytes<const N: usize>(row: &Row, name: &'static str) -> Result<Bytes<N>> {
    Bytes::from_slice(&row.get::<Vec<u8>>(name)?).map_err(|_| Error::internal(format!("column {name} does not have {N} bytes")))
}

/// A column of any number of bytes.
fn blob(row: &Row, name: &'static str) -> Result<Blob> {
    row.get(name).map(Blob)
}

/// A column that counts.
fn count(row: &Row, name: &'static str) -> Result<u64> {
    u64::try_from(row.get::<i64>(name)?).map_err(Error::internal)
}

/// A number of the core for a column; those that clients may send fit.
fn int(number: u64) -> Result<i64> {
    i64::try_from(number).map_err(Error::internal)
}
