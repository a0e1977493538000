//! What stands in a message once it is open. `docs/encryption.md`, "Messages".
use crate::bytes::{Bytes, Id};
use crate::envelope::Kind;
use crate::error::{Error, Result};
use crate::link::Head;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A head as messages gossip it: the number and the first 16 bytes of the hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShortHead(pub u64, pub Bytes<16>);

impl From<Head> for ShortHead {
    fn from(head: Head) -> ShortHead {
        let mut start = [0; 16];
        start.copy_from_slice(&head.hash.0[..16]);
        ShortHead(head.seq, Bytes(start))
    }
}

/// How far the sender knew the logs: what exposes withheld links and forks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heads {
    /// Of the conversation.
    #[serde(rename = "c")]
    pub conversation: ShortHead,
    /// Of the sender's account.
    #[serde(rename = "a")]
    pub account: ShortHead,
}

/// What all messages hold; the fields of its type are in `fields`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Content {
    pub v: u64,
    #[serde(rename = "t")]
    pub kind: String,
    #[serde(flatten)]
    pub fields: Map<String, Value>,
    #[serde(rename = "h")]
    pub heads: Heads,
    /// Counts what this device sent in the conversation; gaps show that something may be missing.
    pub n: u64,
}

/// What a reaction does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ReactionOp {
    Add,
    Remove,
}

/// A reaction's fields.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Reaction {
    /// At most 64 UTF-16 units.
    pub emoji: String,
    pub op: ReactionOp,
}

/// A file in a message. All sizes in bytes.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRef {
    /// The blob.
    pub id: Id,
    /// Of the file itself.
    pub size: u64,
    /// Of what the node stores.
    pub ct_size: u64,
    pub chunk: u64,
    pub key: Bytes<32>,
    pub salt: Bytes<16>,
    /// Of the ciphertext.
    pub sha256: Bytes<32>,
    pub mime: String,
    pub name: String,
    /// Its small picture: a file of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thumb: Option<Box<FileRef>>,
    /// Width, height, duration, blurhash, and what later versions add.
    #[serde(flatten)]
    pub more: Map<String, Value>,
}

/// Types of content by the kind of message that may hold them.
fn types(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Message => &["text", "file", "voice", "sticker", "gif", "poll", "contact", "location"],
        Kind::Edit => &["edit"],
        Kind::Reaction => &["react"],
        Kind::Deletion => &["del"],
        Kind::Note => &["vote", "pin"],
        Kind::System => &["info"],
        Kind::Signal => &["call"],
    }
}

impl Content {
    /// Content of version 1.
    pub fn new(kind: &str, fields: Map<String, Value>, (conversation, account): (Head, Head), n: u64) -> Content {
        let heads = Heads { conversation: conversation.into(), account: account.into() };
        Content { v: 1, kind: kind.to_owned(), fields, heads, n }
    }

    /// The bytes that are signed.
    pub fn write(&self) -> Result<Vec<u8>> {
        serde_json::to_vec(self).map_err(|_| Error::BadFormat("content"))
    }

    /// Reads content. `newer` for versions and types that are not known; `bad_format`. Fields that are not known are left alone.
    pub fn read(kind: Kind, json: &[u8]) -> Result<Content> {
        #[derive(Deserialize)]
        struct Version {
            v: u64,
            t: String,
        }
        let wrong = |_| Error::BadFormat("content");
        let version: Version = serde_json::from_slice(json).map_err(wrong)?;
        if version.v != 1 || !types(kind).contains(&version.t.as_str()) {
            return Err(Error::Newer);
        }
        serde_json::from_slice(json).map_err(wrong)
    }

    /// The text of a message or edit; none for other types.
    pub fn body(&self) -> Option<&str> {
        self.fields.get("body").and_then(Value::as_str)
    }

    /// The files of a message; `bad_format` if they are not described as they have to be.
    pub fn files(&self) -> Result<Vec<FileRef>> {
        match self.fields.get("files") {
            None => Ok(Vec::new()),
            Some(files) => Vec::<FileRef>::deserialize(files).map_err(|_| Error::BadFormat("files")),
        }
    }

    /// A reaction's fields; `bad_format`.
    pub fn reaction(&self) -> Result<Reaction> {
        let reaction = Reaction::deserialize(Value::Object(self.fields.clone())).map_err(|_| Error::BadFormat("reaction"))?;
        let length = reaction.emoji.encode_utf16().count();
        if (1..=64).contains(&length) { Ok(reaction) } else { Err(Error::BadFormat("emoji")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vectors::{id, named};
    use serde_json::json;

    fn heads() -> (Head, Head) {
        (Head { seq: 4, hash: named("c") }, Head { seq: 2, hash: named("a") })
    }

    fn content(kind: &str, fields: Value) -> Content {
        Content::new(kind, fields.as_object().unwrap().clone(), heads(), 41)
    }

    #[test]
    fn reads_what_it_writes() {
        let text = content("text", json!({"body": "Grüße", "md": true, "later": [1.5]}));
        let bytes = text.write().unwrap();
        assert!(bytes.starts_with(b"{\"v\":1,\"t\":\"text\",\"body\""));
        assert_eq!(Content::read(Kind::Message, &bytes), Ok(text.clone()));
        assert_eq!((text.body(), text.files().map(|files| files.len())), (Some("Grüße"), Ok(0)));
        assert_eq!(Content::read(Kind::Edit, &bytes), Err(Error::Newer), "not the kind that the header says");
        let start = named::<32>("c");
        assert_eq!(text.heads.conversation.1.0, start.0[..16]);
    }

    #[test]
    fn says_what_it_does_not_know_and_what_is_wrong() {
        let read = |text: &str| Content::read(Kind::Message, text.as_bytes()).err();
        assert_eq!(read(r#"{"v":2,"t":"text"}"#), Some(Error::Newer));
        assert_eq!(read(r#"{"v":1,"t":"hologram"}"#), Some(Error::Newer));
        assert_eq!(read(r#"{"v":1,"t":"text","n":1}"#), Some(Error::BadFormat("content")), "heads are missing");
        assert_eq!(
            read(r#"{"v":1,"t":"text","n":-1,"h":{"c":[0,"AAAAAAAAAAAAAAAAAAAAAA"],"a":[0,"AAAAAAAAAAAAAAAAAAAAAA"]}}"#),
            Some(Error::BadFormat("content"))
        );
        assert_eq!(read("[]"), Some(Error::BadFormat("content")));
    }

    #[test]
    fn reads_reactions_and_files() {
        let reaction = content("react", json!({"emoji": "🦔", "op": "add"})).reaction();
        assert_eq!(reaction, Ok(Reaction { emoji: "🦔".to_owned(), op: ReactionOp::Add }));
        assert!(content("react", json!({"emoji": "", "op": "add"})).reaction().is_err());
        assert!(content("react", json!({"emoji": "x".repeat(65), "op": "add"})).reaction().is_err());
        assert!(content("react", json!({"emoji": "x", "op": "paint"})).reaction().is_err());
        let file = json!({
            "id": id("f"), "size": 5, "ct_size": 21, "chunk": 65_536, "key": named::<32>("k"), "salt": named::<16>("s"),
            "sha256": named::<32>("h"), "mime": "image/png", "name": "a.png", "w": 3, "h": 4,
        });
        let files = content("file", json!({"files": [file]})).files().unwrap();
        assert_eq!((files[0].size, files[0].more["w"].as_u64()), (5, Some(3)));
        assert!(content("file", json!({"files": [{"id": 1}]})).files().is_err());
    }
}
