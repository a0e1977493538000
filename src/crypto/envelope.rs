//! Messages: sealed under the epoch's secret, with the device's signature inside. `docs/encryption.md`, "Messages".
//!
//! The signature covers the whole header and is seen only by who can read the message: the node can neither check nor collect
//! it, and a member cannot seal somebody's signed words again in another place.
use crate::bytes::{Blob, Bytes, Id, Public, Signature};
use crate::conversation_log::NEWEST_SUITE;
use crate::error::{Error, Result};
use crate::padding::bucket;
use crate::seal::{Fresh, Sealed, decrypt, message_key, seal};
use crate::secret::Secret;
use crate::sign::{SignKey, verify};
use crate::tuple::{Field, tuple};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// The most bytes in a message's content.
pub const CONTENT_LIMIT: usize = 64 * 1024;
/// The most bytes in an envelope as JSON.
pub const ENVELOPE_LIMIT: usize = 96 * 1024;
/// Length before and signature after the content.
const OVERHEAD: usize = 4 + 64;

/// What a message is, as the node sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    #[serde(rename = "msg")]
    Message,
    #[serde(rename = "edit")]
    Edit,
    #[serde(rename = "react")]
    Reaction,
    #[serde(rename = "del")]
    Deletion,
    /// Silent: a vote, a pin.
    #[serde(rename = "note")]
    Note,
    /// The conversation's name, topic, picture.
    #[serde(rename = "sys")]
    System,
    /// Signalling of a call, not kept.
    #[serde(rename = "sig")]
    Signal,
}

impl Kind {
    /// All, as in JSON.
    const NAMES: [&'static str; 7] = ["msg", "edit", "react", "del", "note", "sys", "sig"];

    /// As in tuples and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Message => "msg",
            Kind::Edit => "edit",
            Kind::Reaction => "react",
            Kind::Deletion => "del",
            Kind::Note => "note",
            Kind::System => "sys",
            Kind::Signal => "sig",
        }
    }
}

/// What the node sees of a message, and what is bound to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    pub suite: u64,
    pub conversation: Id,
    pub epoch: u64,
    pub account: Id,
    pub device: Id,
    /// The device's public signing key.
    pub sender_key: Public,
    pub id: Id,
    pub kind: Kind,
    /// The message that this is about, or the call.
    pub target: Option<Id>,
    pub thread: Option<Id>,
    /// Unix seconds; 0: never.
    pub expires: u64,
}

/// A sealed message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Wire", try_from = "Wire")]
pub struct Envelope {
    pub header: Header,
    pub sealed: Sealed,
}

impl Header {
    /// What the ciphertext is bound to.
    pub fn context(&self) -> Vec<u8> {
        let or_null = |id: &'_ Option<Id>| id.as_ref().map_or_else(Vec::new, |id| id.0.to_vec());
        let (target, thread) = (or_null(&self.target), or_null(&self.thread));
        let fields = [
            Field::Int(self.suite),
            Field::Bytes(&self.conversation.0),
            Field::Int(self.epoch),
            Field::Bytes(&self.account.0),
            Field::Bytes(&self.device.0),
            Field::Bytes(&self.sender_key.0),
            Field::Bytes(&self.id.0),
            Field::Text(self.kind.as_str()),
            Field::Bytes(&target),
            Field::Bytes(&thread),
            Field::Int(self.expires),
        ];
        tuple("msg", &fields)
    }
}

/// Seals a message. `bad_key` if the header names another key than the signer's, `e2ee_too_large` above 64 KiB.
pub fn seal_message(secret: &Secret, header: Header, content: &[u8], signer: &SignKey, fresh: Fresh) -> Result<Envelope> {
    if content.len() > CONTENT_LIMIT {
        return Err(Error::TooLarge("message"));
    }
    if signer.public() != header.sender_key {
        return Err(Error::BadKey);
    }
    let context = header.context();
    let signature = signer.sign(&signed(&context, &fresh.salt, content));
    let length = u32::try_from(content.len()).map_err(|_| Error::TooLarge("message"))?;
    let mut inner = Zeroizing::new(vec![0; bucket(OVERHEAD + content.len())]);
    inner[..4].copy_from_slice(&length.to_be_bytes());
    inner[4..4 + content.len()].copy_from_slice(content);
    inner[4 + content.len()..OVERHEAD + content.len()].copy_from_slice(&signature.0);
    let sealed = seal(secret, &context, &inner, fresh)?;
    Ok(Envelope { header, sealed })
}

/// Opens a message; the holder of `sender_key` wrote what comes out. Whether that key is the sender's is the caller's question
/// (`receive`). `bad_seal`, `bad_padding`, `bad_signature`.
pub fn open_message(secret: &Secret, envelope: &Envelope) -> Result<Zeroizing<Vec<u8>>> {
    open_reported(&reported_key(secret, envelope), envelope)
}

/// Opens the one message whose key was handed over with a report. Errors as [`open_message`].
pub fn open_reported(key: &Secret, envelope: &Envelope) -> Result<Zeroizing<Vec<u8>>> {
    let context = envelope.header.context();
    let inner = decrypt(key, &envelope.sealed.nonce.0, &context, &envelope.sealed.ct.0)?;
    let (length, rest) = inner.split_first_chunk::<4>().ok_or(Error::BadPadding)?;
    let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
    if length > CONTENT_LIMIT || bucket(OVERHEAD + length) != inner.len() {
        return Err(Error::BadPadding);
    }
    let (content, rest) = rest.split_at_checked(length).ok_or(Error::BadPadding)?;
    let (signature, padding) = rest.split_first_chunk::<64>().ok_or(Error::BadPadding)?;
    if padding.iter().any(|byte| *byte != 0) {
        return Err(Error::BadPadding);
    }
    let signature: Signature = Bytes(*signature);
    verify(&envelope.header.sender_key, &signed(&context, &envelope.sealed.salt, content), &signature)?;
    Ok(Zeroizing::new(content.to_vec()))
}

/// The key of this one message, to show it to a moderator; it opens nothing else.
pub fn reported_key(secret: &Secret, envelope: &Envelope) -> Secret {
    message_key(secret, &envelope.sealed.salt, &envelope.header.context())
}

fn signed(context: &[u8], salt: &Bytes<32>, content: &[u8]) -> Vec<u8> {
    tuple("msg-sig", &[Field::Bytes(context), Field::Bytes(&salt.0), Field::Bytes(content)])
}

/// The envelope as the API carries it.
#[derive(Serialize, Deserialize)]
struct Wire {
    v: u64,
    suite: u64,
    conversation_id: Id,
    epoch: u64,
    id: Id,
    account: Id,
    device: Id,
    sender_key: Public,
    kind: Kind,
    target: Option<Id>,
    thread: Option<Id>,
    expires: u64,
    salt: Bytes<32>,
    nonce: Bytes<12>,
    ciphertext: Blob,
}

/// What has to be known before the rest can be understood.
#[derive(Deserialize)]
struct Version {
    v: u64,
    suite: u64,
    kind: String,
}

impl From<Envelope> for Wire {
    fn from(Envelope { header, sealed }: Envelope) -> Wire {
        Wire {
            v: 1,
            suite: header.suite,
            conversation_id: header.conversation,
            epoch: header.epoch,
            id: header.id,
            account: header.account,
            device: header.device,
            sender_key: header.sender_key,
            kind: header.kind,
            target: header.target,
            thread: header.thread,
            expires: header.expires,
            salt: sealed.salt,
            nonce: sealed.nonce,
            ciphertext: sealed.ct,
        }
    }
}

impl TryFrom<Wire> for Envelope {
    type Error = Error;
    fn try_from(wire: Wire) -> Result<Envelope> {
        if wire.v != 1 || wire.suite != NEWEST_SUITE {
            return Err(Error::Newer);
        }
        if wire.epoch == 0 || wire.epoch > crate::json::MAX_INT || wire.expires > crate::json::MAX_INT {
            return Err(Error::BadFormat("envelope"));
        }
        let header = Header {
            suite: wire.suite,
            conversation: wire.conversation_id,
            epoch: wire.epoch,
            account: wire.account,
            device: wire.device,
            sender_key: wire.sender_key,
            id: wire.id,
            kind: wire.kind,
            target: wire.target,
            thread: wire.thread,
            expires: wire.expires,
        };
        Ok(Envelope { header, sealed: Sealed { salt: wire.salt, nonce: wire.nonce, ct: wire.ciphertext } })
    }
}

impl Envelope {
    /// As JSON.
    pub fn write(&self) -> Vec<u8> {
        // cannot fail: nothing is written but to memory
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// From JSON. `e2ee_too_large` above 96 KiB, `newer` for versions, suites and kinds that are not known, `bad_format`.
    pub fn read(json: &[u8]) -> Result<Envelope> {
        if json.len() > ENVELOPE_LIMIT {
            return Err(Error::TooLarge("envelope"));
        }
        let wrong = Error::BadFormat("envelope");
        let version: Version = serde_json::from_slice(json).map_err(|_| wrong.clone())?;
        if version.v != 1 || version.suite != NEWEST_SUITE || !Kind::NAMES.contains(&version.kind.as_str()) {
            return Err(Error::Newer);
        }
        let wire: Wire = serde_json::from_slice(json).map_err(|_| wrong)?;
        Envelope::try_from(wire)
    }
}

#[cfg(test)]
mod tests;
