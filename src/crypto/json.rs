//! The JSON of signed links: compact, in the writer's order, one form only. `docs/encryption.md`, "Signed logs".
//!
//! Two readers must never understand one signed body differently. So a body is refused unless it is exactly what its own
//! content gives when written again: no white space, no names twice, no names that look like numbers (some readers move
//! those), whole numbers from 0 to 2^53 - 1 only.
use crate::bytes::{Bytes, Id};
use crate::error::{Error, Result, Rule};
use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};
use std::collections::HashSet;
use std::fmt;

/// The largest whole number that every client holds exactly.
pub const MAX_INT: u64 = (1 << 53) - 1;
/// How deep lists and objects may lie in each other.
const MAX_DEPTH: usize = 8;

/// A value that keeps the order of its names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Json {
    Null,
    Bool(bool),
    Int(u64),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    /// Parses a signed body; `e2ee_bad_link` (canonical) unless it is in the one form.
    pub fn parse(body: &[u8]) -> Result<Json> {
        let refused = Error::BadLink(Rule::Canonical);
        let json: Json = serde_json::from_slice(body).map_err(|_| refused.clone())?;
        if json.depth() <= MAX_DEPTH + 1 && json.write() == body { Ok(json) } else { Err(refused) }
    }

    /// The one form.
    pub fn write(&self) -> Vec<u8> {
        // cannot fail: names are text and nothing is written but to memory
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Bytes as base64url.
    pub fn bytes<const N: usize>(bytes: &Bytes<N>) -> Json {
        Json::Text(bytes.to_string())
    }

    /// Text.
    pub fn text(text: &str) -> Json {
        Json::Text(text.to_owned())
    }

    /// An object with names in this order.
    pub fn object<const N: usize>(fields: [(&str, Json); N]) -> Json {
        Json::Object(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    /// A list.
    pub fn list<T>(items: &[T], write: impl Fn(&T) -> Json) -> Json {
        Json::List(items.iter().map(write).collect())
    }

    fn depth(&self) -> usize {
        1 + match self {
            Json::List(items) => items.iter().map(Json::depth).max().unwrap_or(0),
            Json::Object(fields) => fields.iter().map(|(_, value)| value.depth()).max().unwrap_or(0),
            _ => 0,
        }
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        match self {
            Json::Null => serializer.serialize_unit(),
            Json::Bool(value) => serializer.serialize_bool(*value),
            Json::Int(value) => serializer.serialize_u64(*value),
            Json::Text(text) => serializer.serialize_str(text),
            Json::List(items) => serializer.collect_seq(items),
            Json::Object(fields) => {
                let mut map = serializer.serialize_map(Some(fields.len()))?;
                for (name, value) in fields {
                    map.serialize_entry(name, value)?;
                }
                map.end()
            }
        }
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Json, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("JSON without fractions")
    }

    fn visit_unit<E: de::Error>(self) -> std::result::Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> std::result::Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> std::result::Result<Json, E> {
        if value <= MAX_INT { Ok(Json::Int(value)) } else { Err(E::custom("too large")) }
    }

    fn visit_str<E: de::Error>(self, text: &str) -> std::result::Result<Json, E> {
        Ok(Json::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> std::result::Result<Json, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element()? {
            items.push(item);
        }
        Ok(Json::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> std::result::Result<Json, A::Error> {
        let mut fields: Vec<(String, Json)> = Vec::new();
        let mut seen = HashSet::new();
        while let Some(name) = access.next_key::<String>()? {
            let is_number = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit());
            if is_number || !seen.insert(name.clone()) {
                return Err(de::Error::custom("a name twice, or one that is a number"));
            }
            fields.push((name, access.next_value()?));
        }
        Ok(Json::Object(fields))
    }
}

/// An object whose fields are taken one by one; what is left in the end is refused. Every complaint is `e2ee_bad_link` (fields).
pub struct Fields(Vec<(String, Json)>);

const WRONG: Error = Error::BadLink(Rule::Fields);

impl Fields {
    /// The fields of an object.
    pub fn of(json: Json) -> Result<Fields> {
        if let Json::Object(fields) = json { Ok(Fields(fields)) } else { Err(WRONG) }
    }

    /// A field that may be missing.
    pub fn optional(&mut self, name: &str) -> Option<Json> {
        let at = self.0.iter().position(|(other, _)| other == name)?;
        Some(self.0.swap_remove(at).1)
    }

    /// A field of any type.
    pub fn any(&mut self, name: &str) -> Result<Json> {
        self.optional(name).ok_or(WRONG)
    }

    /// A whole number from 0 to 2^53 - 1.
    pub fn int(&mut self, name: &str) -> Result<u64> {
        if let Json::Int(value) = self.any(name)? { Ok(value) } else { Err(WRONG) }
    }

    /// True or false.
    pub fn bool(&mut self, name: &str) -> Result<bool> {
        if let Json::Bool(value) = self.any(name)? { Ok(value) } else { Err(WRONG) }
    }

    /// Text.
    pub fn text(&mut self, name: &str) -> Result<String> {
        text(self.any(name)?)
    }

    /// Exactly `N` bytes.
    pub fn bytes<const N: usize>(&mut self, name: &str) -> Result<Bytes<N>> {
        bytes(self.any(name)?)
    }

    /// Exactly `N` bytes, or null.
    pub fn bytes_or_null<const N: usize>(&mut self, name: &str) -> Result<Option<Bytes<N>>> {
        match self.any(name)? {
            Json::Null => Ok(None),
            value => bytes(value).map(Some),
        }
    }

    /// An object.
    pub fn object(&mut self, name: &str) -> Result<Fields> {
        Fields::of(self.any(name)?)
    }

    /// A list of at most `most` items.
    pub fn list(&mut self, name: &str, most: usize) -> Result<Vec<Json>> {
        match self.any(name)? {
            Json::List(items) if items.len() <= most => Ok(items),
            _ => Err(WRONG),
        }
    }

    /// A list of at most `most` objects.
    pub fn objects<T>(&mut self, name: &str, most: usize, read: impl Fn(Fields) -> Result<T>) -> Result<Vec<T>> {
        self.list(name, most)?.into_iter().map(|item| read(Fields::of(item)?)).collect()
    }

    /// A list of at most `most` ids.
    pub fn ids(&mut self, name: &str, most: usize) -> Result<Vec<Id>> {
        self.list(name, most)?.into_iter().map(bytes).collect()
    }

    /// Refuses fields that nobody asked for.
    pub fn finish(self) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(WRONG) }
    }
}

fn text(json: Json) -> Result<String> {
    if let Json::Text(text) = json { Ok(text) } else { Err(WRONG) }
}

fn bytes<const N: usize>(json: Json) -> Result<Bytes<N>> {
    Bytes::parse(&text(json)?).map_err(|_| WRONG)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_order_and_the_letters() {
        let body = r#"{"z":1,"a":[null,true,{"b":"Grüße\n\u0001\"🦔"}],"m":9007199254740991,"e":{},"l":[]}"#.as_bytes();
        assert_eq!(Json::parse(body).unwrap().write(), body);
    }

    #[test]
    fn refuses_every_other_form() {
        for body in [
            r#"{"a":1,"a":1}"#,
            r#"{"a":1, "b":2}"#,
            r#"{"a":1.0}"#,
            r#"{"a":1e2}"#,
            r#"{"a":-1}"#,
            r#"{"a":-0}"#,
            r#"{"a":01}"#,
            r#"{"a":9007199254740992}"#,
            r#"{"1":1}"#,
            r#"{"a":"\u0041"}"#,
            r#"{"a":"\/"}"#,
            r#"{"a":"\u001F"}"#,
            r#"{"a":"\ud800"}"#,
            "{\"a\":1}\n",
            "[[[[[[[[[[]]]]]]]]]]",
            "",
            "{",
        ] {
            assert_eq!(Json::parse(body.as_bytes()), Err(Error::BadLink(Rule::Canonical)), "{body}");
        }
        assert!(Json::parse(b"{\"a\":\"\xff\"}").is_err());
        assert!(Json::parse("[".repeat(100_000).as_bytes()).is_err());
    }

    #[test]
    fn refuses_fields_that_nobody_asked_for() {
        let mut fields = Fields::of(Json::parse(br#"{"a":1,"b":"BwcHBwcHBwcHBwcHBwcHBw"}"#).unwrap()).unwrap();
        assert_eq!(fields.int("a"), Ok(1));
        assert_eq!(fields.int("a"), Err(WRONG));
        assert_eq!(fields.bytes("b"), Ok(Bytes([7; 16])));
        assert_eq!(fields.finish(), Ok(()));
        assert_eq!(Fields::of(Json::parse(br#"{"a":1}"#).unwrap()).unwrap().finish(), Err(WRONG));
    }
}
