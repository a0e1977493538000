//! A row of either engine.
use super::{FromColumn, Value};
use crate::{Error, Result};
use postgres::types::Type;
use std::cell::RefCell;

/// A row that a query found. Columns are read by name.
pub enum Row<'a> {
    Sqlite(&'a rusqlite::Row<'a>, &'a Columns),
    Postgres(&'a postgres::Row),
}

/// Where a query's columns are: SQLite would compare their names for each row again. A name is known by its address, since the same
/// place in the program asks for it each time.
#[derive(Default)]
pub struct Columns(RefCell<Vec<(&'static str, usize)>>);

impl Columns {
    fn find(&self, row: &rusqlite::Row, name: &'static str) -> Result<usize> {
        let mut known = self.0.borrow_mut();
        if let Some((_, at)) = known.iter().find(|(of, _)| std::ptr::eq(*of, name)) {
            return Ok(*at);
        }
        let at = row.as_ref().column_index(name)?;
        known.push((name, at));
        Ok(at)
    }
}

impl Row<'_> {
    /// Reads a column as `T`.
    pub fn get<T: FromColumn>(&self, name: &'static str) -> Result<T> {
        match self {
            Row::Sqlite(row, columns) => {
                use rusqlite::types::ValueRef;
                T::from_column(match row.get_ref(columns.find(row, name)?)? {
                    ValueRef::Null => Value::Null,
                    ValueRef::Integer(n) => Value::Int(n),
                    ValueRef::Text(text) => Value::Text(std::str::from_utf8(text).map_err(Error::internal)?),
                    ValueRef::Blob(bytes) => Value::Blob(bytes),
                    ValueRef::Real(_) => return Err(Error::internal(format!("column {name} holds a fraction; the schema has none"))),
                })
            }
            Row::Postgres(row) => {
                let Some(at) = row.columns().iter().position(|c| c.name() == name) else {
                    return Err(Error::internal(format!("no column {name}")));
                };
                let kind = row.columns()[at].type_().clone();
                let value = if kind == Type::INT8 {
                    row.try_get::<_, Option<i64>>(at)?.map(Value::Int)
                } else if kind == Type::INT4 {
                    row.try_get::<_, Option<i32>>(at)?.map(|n| Value::Int(n.into()))
                } else if kind == Type::BOOL {
                    row.try_get::<_, Option<bool>>(at)?.map(|b| Value::Int(b.into()))
                } else if kind == Type::BYTEA {
                    row.try_get::<_, Option<&[u8]>>(at)?.map(Value::Blob)
                } else {
                    row.try_get::<_, Option<&str>>(at)?.map(Value::Text)
                };
                T::from_column(value.unwrap_or(Value::Null))
            }
        }
    }
}
