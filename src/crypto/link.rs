//! A link of a signed, hash-chained log. `docs/encryption.md`, "Signed logs".
use crate::bytes::{Blob, Hash, Id, Public, Signature};
use crate::error::{Error, Result, Rule};
use crate::json::{Fields, Json};
use crate::secret::hash;
use crate::sign::{SignKey, verify};
use crate::tuple::{Field, tuple};
use serde::{Deserialize, Serialize};

/// The most bytes in a body.
pub const BODY_LIMIT: usize = 128 * 1024;

/// Whose log it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogKind {
    Account,
    Conversation,
}

impl LogKind {
    fn labels(self) -> (&'static str, &'static str) {
        match self {
            LogKind::Account => ("acct-link", "acct-link-hash"),
            LogKind::Conversation => ("conv-link", "conv-link-hash"),
        }
    }
}

/// A link: exactly the bytes that were signed, and the signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    pub body: Blob,
    pub sig: Signature,
}

/// The last link of a log, or one that is referred to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    pub seq: u64,
    pub hash: Hash,
}

impl Head {
    /// Reads one from a signed body.
    pub(crate) fn read(mut fields: Fields) -> Result<Head> {
        let head = Head { seq: fields.int("seq")?, hash: fields.bytes("hash")? };
        fields.finish()?;
        Ok(head)
    }

    /// As it stands in a signed body.
    pub(crate) fn write(&self) -> Json {
        Json::object([("seq", Json::Int(self.seq)), ("hash", Json::bytes(&self.hash))])
    }
}

impl Link {
    /// Signs a body for the log of this account or conversation.
    pub fn sign(kind: LogKind, log: &Id, body: &Json, key: &SignKey) -> Link {
        let body = body.write();
        let sig = key.sign(&signed(kind, log, &body));
        Link { body: Blob(body), sig }
    }

    /// Whether this key signed it for this log; `bad_signature`.
    pub fn verify(&self, kind: LogKind, log: &Id, key: &Public) -> Result<()> {
        verify(key, &signed(kind, log, &self.body.0), &self.sig)
    }

    /// What the next link refers to.
    pub fn hash(&self, kind: LogKind, log: &Id) -> Hash {
        hash(&tuple(kind.labels().1, &[Field::Bytes(&log.0), Field::Bytes(&self.body.0), Field::Bytes(&self.sig.0)]))
    }

    /// The body's fields, of version 1. `e2ee_too_large`, `newer`, `e2ee_bad_link` (canonical, fields).
    pub(crate) fn fields(&self) -> Result<Fields> {
        if self.body.0.len() > BODY_LIMIT {
            return Err(Error::TooLarge("link"));
        }
        let mut fields = Fields::of(Json::parse(&self.body.0)?)?;
        if fields.int("v")? == 1 { Ok(fields) } else { Err(Error::Newer) }
    }
}

fn signed(kind: LogKind, log: &Id, body: &[u8]) -> Vec<u8> {
    tuple(kind.labels().0, &[Field::Bytes(&log.0), Field::Bytes(body)])
}

/// The hashes of a log's links, in order: the chain that every link continues.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chain(Vec<Hash>);

impl Chain {
    /// The last link, if there is one.
    pub fn head(&self) -> Option<Head> {
        let hash = *self.0.last()?;
        Some(Head { seq: self.0.len() as u64 - 1, hash })
    }

    /// How many links there are.
    pub fn len(&self) -> u64 {
        self.0.len() as u64
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the log has the link that somebody saw: `need_log` if it does not go so far, `log_fork` if there is another.
    pub fn check(&self, seen: &Head) -> Result<()> {
        self.check_start(seen.seq, &seen.hash.0)
    }

    /// As [`Chain::check`], with only the first bytes of the hash, as messages carry them.
    pub fn check_start(&self, seq: u64, start: &[u8]) -> Result<()> {
        let hash = usize::try_from(seq).ok().and_then(|seq| self.0.get(seq)).ok_or(Error::NeedLog)?;
        if hash.0.starts_with(start) { Ok(()) } else { Err(Error::LogFork) }
    }

    /// Whether a link with this number and predecessor comes next: `e2ee_bad_link` (seq, prev).
    pub(crate) fn check_next(&self, seq: u64, prev: Option<Hash>) -> Result<()> {
        if seq != self.len() {
            return Err(Error::BadLink(Rule::Seq));
        }
        if prev == self.0.last().copied() { Ok(()) } else { Err(Error::BadLink(Rule::Prev)) }
    }

    pub(crate) fn push(&mut self, hash: Hash) {
        self.0.push(hash);
    }
}

/// The predecessor's hash: empty in the first link.
pub(crate) fn read_prev(fields: &mut Fields) -> Result<Option<Hash>> {
    let text = fields.text("prev")?;
    if text.is_empty() {
        return Ok(None);
    }
    Hash::parse(&text).map(Some).map_err(|_| Error::BadLink(Rule::Fields))
}

/// As [`read_prev`] reads it.
pub(crate) fn write_prev(prev: Option<&Hash>) -> Json {
    Json::Text(prev.map(Hash::to_string).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vectors::{self, id, sign};

    #[test]
    fn matches_the_vector() {
        let vector = &vectors::load()["link"];
        let body = vectors::bytes(&vector["body"]);
        let link = Link::sign(LogKind::Account, &id("alice"), &Json::parse(&body).unwrap(), &sign("alice-dsk"));
        assert_eq!(link.body.0, body);
        assert_eq!(link.sig.0.to_vec(), vectors::bytes(&vector["sig"]));
        assert_eq!(link.hash(LogKind::Account, &id("alice")).0.to_vec(), vectors::bytes(&vector["hash"]));
        assert_eq!(link.verify(LogKind::Account, &id("alice"), &sign("alice-dsk").public()), Ok(()));
        assert_eq!(link.verify(LogKind::Conversation, &id("alice"), &sign("alice-dsk").public()), Err(Error::BadSignature));
        assert_eq!(link.verify(LogKind::Account, &id("bob"), &sign("alice-dsk").public()), Err(Error::BadSignature));
    }

    #[test]
    fn a_chain_notices_forks_and_gaps() {
        let mut chain = Chain::default();
        assert_eq!(chain.check_next(0, None), Ok(()));
        assert_eq!(chain.check_next(0, Some(vectors::named("a"))), Err(Error::BadLink(Rule::Prev)));
        chain.push(vectors::named("a"));
        chain.push(vectors::named("b"));
        assert_eq!(chain.head(), Some(Head { seq: 1, hash: vectors::named("b") }));
        assert_eq!(chain.check(&Head { seq: 0, hash: vectors::named("a") }), Ok(()));
        assert_eq!(chain.check(&Head { seq: 0, hash: vectors::named("b") }), Err(Error::LogFork));
        assert_eq!(chain.check(&Head { seq: 2, hash: vectors::named("b") }), Err(Error::NeedLog));
        assert_eq!(chain.check_start(1, &vectors::named::<32>("b").0[..16]), Ok(()));
        assert_eq!(chain.check_next(3, Some(vectors::named("b"))), Err(Error::BadLink(Rule::Seq)));
        assert_eq!(chain.check_next(2, Some(vectors::named("a"))), Err(Error::BadLink(Rule::Prev)));
        assert_eq!(chain.check_next(2, Some(vectors::named("b"))), Ok(()));
    }
}
