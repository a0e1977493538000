//! What can go wrong on a client, in words for the person in front of it.
use serde_json::Value;
use std::fmt;
use std::path::Path;

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why something was not done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The node refused; the detail is the node's and names the remedy.
    #[error("{0}")]
    Refused(Box<Refusal>),
    /// There is no way to the node at the moment. Trying again later makes sense.
    #[error("The node can't be reached: {0}")]
    Unreachable(String),
    /// The node answers with something that this program does not understand.
    #[error("The node's answer can't be understood ({0}). Perhaps one of the two programs is older than the other.")]
    Answer(String),
    /// The protocol refused what the node gave: see `docs/encryption.md`, "Codes".
    #[error("{}", explain(.0))]
    Protocol(#[from] snug_crypto::error::Error),
    /// The local store does not open with this passphrase or key.
    #[error("The passphrase is wrong, or the file was changed: {0} does not open.")]
    Locked(String),
    /// The local store can't be read or written.
    #[error("{path}: {source}")]
    File { path: String, source: std::io::Error },
    /// Something that the person has to do first, or can't do.
    #[error("{0}")]
    Told(String),
}

/// What the node said.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// HTTP status; 0 for frames.
    pub status: u16,
    /// The stable code, such as `e2ee.conflict`.
    pub code: String,
    pub detail: String,
    /// The whole problem document.
    pub problem: Value,
    /// Seconds after which a repeat makes sense.
    pub retry_after_s: Option<u64>,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

impl Error {
    /// Something to tell a person.
    pub fn told(text: impl Into<String>) -> Error {
        Error::Told(text.into())
    }

    /// A file that can't be used.
    pub fn file(path: &Path, source: std::io::Error) -> Error {
        Error::File { path: path.display().to_string(), source }
    }

    /// The code of the node's refusal or of the protocol; empty for others.
    pub fn code(&self) -> &str {
        match self {
            Error::Refused(refusal) => &refusal.code,
            Error::Protocol(e) => e.code(),
            _ => "",
        }
    }

    /// Whether the node refused with this code.
    pub fn is(&self, code: &str) -> bool {
        matches!(self, Error::Refused(refusal) if refusal.code == code)
    }

    /// Whether trying the same again later may work.
    pub fn is_passing(&self) -> bool {
        match self {
            Error::Unreachable(_) => true,
            Error::Refused(refusal) => matches!(refusal.status, 429 | 502..=504) || refusal.code == "node.unavailable",
            _ => false,
        }
    }
}

fn explain(e: &snug_crypto::error::Error) -> String {
    use snug_crypto::error::Error as E;
    let sentence = match e {
        E::Newer => "This needs a newer Snug. Update this program.",
        E::LogFork => {
            "The node showed another history of who belongs here than before. Nothing is sent; tell the people concerned by another way."
        }
        E::KeyMismatch => "Somebody has another identity than everybody agreed on. Compare safety numbers before going on.",
        E::Downgraded => "The node asked for weaker protection than was agreed. Nothing is sent.",
        E::Locked => "This device has no key for that.",
        E::NoKeys => "This person has not set up encryption yet. The message waits.",
        E::NotMember => "This is only for people who are in the conversation.",
        _ => "What the node gave could not be verified.",
    };
    match e {
        E::BadLink(_) => format!("{sentence} ({}: {e})", e.code()),
        _ => format!("{sentence} ({})", e.code()),
    }
}
