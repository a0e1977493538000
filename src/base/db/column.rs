//! Values that come out of a row, the same from both engines.
use crate::{Error, Result};
use uuid::Uuid;

/// A value of a column. The schema knows only these kinds; booleans are 0 and 1, documents are text.
#[derive(Clone, Copy, Debug)]
pub enum Value<'a> {
    Null,
    Int(i64),
    Text(&'a str),
    Blob(&'a [u8]),
}

/// A type that a column can be read as.
pub trait FromColumn: Sized {
    fn from_column(value: Value<'_>) -> Result<Self>;
}

fn unexpected(value: Value<'_>, wanted: &str) -> Error {
    let kind = match value {
        Value::Null => "NULL",
        Value::Int(_) => "an integer",
        Value::Text(_) => "text",
        Value::Blob(_) => "bytes",
    };
    Error::internal(format!("a column holds {kind} where {wanted} was expected"))
}

impl FromColumn for i64 {
    fn from_column(value: Value<'_>) -> Result<Self> {
        match value {
            Value::Int(n) => Ok(n),
            other => Err(unexpected(other, "an integer")),
        }
    }
}
impl FromColumn for bool {
    fn from_column(value: Value<'_>) -> Result<Self> {
        i64::from_column(value).map(|n| n != 0)
    }
}
impl FromColumn for String {
    fn from_column(value: Value<'_>) -> Result<Self> {
        match value {
            Value::Text(text) => Ok(text.to_owned()),
            other => Err(unexpected(other, "text")),
        }
    }
}
impl FromColumn for Vec<u8> {
    fn from_column(value: Value<'_>) -> Result<Self> {
        match value {
            Value::Blob(bytes) => Ok(bytes.to_vec()),
            other => Err(unexpected(other, "bytes")),
        }
    }
}
impl FromColumn for Uuid {
    fn from_column(value: Value<'_>) -> Result<Self> {
        match value {
            Value::Blob(bytes) => Uuid::from_slice(bytes).map_err(Error::internal),
            other => Err(unexpected(other, "an id")),
        }
    }
}
impl<T: FromColumn> FromColumn for Option<T> {
    fn from_column(value: Value<'_>) -> Result<Self> {
        match value {
            Value::Null => Ok(None),
            other => T::from_column(other).map(Some),
        }
    }
}
