//! Values that go into a statement, the same for both engines.
use bytes::BytesMut;
use postgres::types::{IsNull, ToSql, Type};
use rusqlite::types::{ToSqlOutput, ValueRef};
use uuid::Uuid;

/// A parameter of a statement.
#[derive(Clone, Copy, Debug)]
pub enum Param<'a> {
    Null,
    Int(i64),
    Text(&'a str),
    Blob(&'a [u8]),
}

/// A type that can be a parameter.
pub trait ToParam {
    fn param(&self) -> Param<'_>;
}

/// The parameters of a statement: `params![me, name, now]`.
#[macro_export]
macro_rules! params {
    ($($value:expr),* $(,)?) => { &[$($crate::db::ToParam::param(&$value)),*] };
}

/// `?from, ?from+1, …`: the placeholders of a list of `count` parameters.
pub fn list(from: usize, count: usize) -> String {
    (from..from + count).map(|i| format!("?{i}")).collect::<Vec<_>>().join(", ")
}

/// Ids as parameters of a [`list`]. The last is repeated up to a power of two: lists of every length would each be a statement to prepare.
pub fn params_of<T: ToParam>(ids: &[T]) -> Vec<Param<'_>> {
    let Some(last) = ids.last() else { return Vec::new() };
    ids.iter().chain(std::iter::repeat(last)).take(ids.len().next_power_of_two()).map(ToParam::param).collect()
}

impl ToParam for i64 {
    fn param(&self) -> Param<'_> {
        Param::Int(*self)
    }
}
impl ToParam for bool {
    fn param(&self) -> Param<'_> {
        Param::Int(i64::from(*self))
    }
}
impl ToParam for str {
    fn param(&self) -> Param<'_> {
        Param::Text(self)
    }
}
impl ToParam for String {
    fn param(&self) -> Param<'_> {
        Param::Text(self)
    }
}
impl ToParam for [u8] {
    fn param(&self) -> Param<'_> {
        Param::Blob(self)
    }
}
impl ToParam for Vec<u8> {
    fn param(&self) -> Param<'_> {
        Param::Blob(self)
    }
}
impl<const N: usize> ToParam for [u8; N] {
    fn param(&self) -> Param<'_> {
        Param::Blob(self)
    }
}
impl ToParam for Uuid {
    fn param(&self) -> Param<'_> {
        Param::Blob(self.as_bytes())
    }
}
impl<T: ToParam + ?Sized> ToParam for &T {
    fn param(&self) -> Param<'_> {
        (**self).param()
    }
}
impl<T: ToParam> ToParam for Option<T> {
    fn param(&self) -> Param<'_> {
        self.as_ref().map_or(Param::Null, ToParam::param)
    }
}

impl rusqlite::ToSql for Param<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match *self {
            Param::Null => ValueRef::Null,
            Param::Int(n) => ValueRef::Integer(n),
            Param::Text(text) => ValueRef::Text(text.as_bytes()),
            Param::Blob(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

impl ToSql for Param<'_> {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match *self {
            Param::Null => Ok(IsNull::Yes),
            Param::Int(n) if *kind == Type::INT4 => i32::try_from(n)?.to_sql(kind, out),
            Param::Int(n) => n.to_sql(kind, out),
            Param::Text(text) => text.to_sql(kind, out),
            Param::Blob(bytes) => bytes.to_sql(kind, out),
        }
    }
    fn accepts(_: &Type) -> bool {
        true // a mismatch is the statement's fault and PostgreSQL says so
    }
    postgres::types::to_sql_checked!();
}
