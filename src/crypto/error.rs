//! Why the core refuses something: one type, with the codes that every client and the node share.
use std::fmt;

/// A refusal. [`Error::code`] is stable and may be stored, sent and translated; the sentence may change.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A public key that is of low order, not canonical or of the wrong length; or a prekey that is too old.
    #[error("the key cannot be used")]
    BadKey,
    /// A secret that is not the one that a signed link commits to.
    #[error("the secret differs from what was committed to in a signed link")]
    BadCommit,
    /// A signature, a proof of possession or an authentication tag that does not verify.
    #[error("the signature does not verify")]
    BadSignature,
    /// A plaintext that was not padded the one right way.
    #[error("the padding is wrong")]
    BadPadding,
    /// A ciphertext that does not open with this key in this place.
    #[error("cannot be opened with this key in this place")]
    BadSeal,
    /// Bytes that are not what the format says. Names the field.
    #[error("{0} is malformed")]
    BadFormat(&'static str),
    /// A log that differs from the one that was seen earlier.
    #[error("the log differs from the one that was seen earlier")]
    LogFork,
    /// An account whose identity is not the one that a conversation agreed on.
    #[error("the account's identity is not the one that the conversation agreed on")]
    KeyMismatch,
    /// Parameters or a suite below what was agreed on or is ever accepted.
    #[error("weaker than what was agreed on")]
    Downgraded,
    /// A key that this device does not have, or not any more.
    #[error("this device has no key for it")]
    Locked,
    /// Something of a later version.
    #[error("needs a newer Snug")]
    Newer,
    /// A link that breaks a rule of its log.
    #[error("the link breaks the rule \"{0}\"")]
    BadLink(Rule),
    /// A log that has to be fetched first, at least up to the link that is referred to.
    #[error("an account's log has to be fetched first")]
    NeedLog,
    /// The account is not a member, or was not at that time, or may only read.
    #[error("the account is not a member, or may only read")]
    NotMember,
    /// The other side has not set up encryption, or has no signed prekey.
    #[error("the account has not set up encryption")]
    NoKeys,
    /// The epoch is over: a new one has to be made first.
    #[error("the epoch is over")]
    EpochStale,
    /// A vault item that is older than one that was seen.
    #[error("the item is older than one that was seen")]
    Rev,
    /// More than the limits allow. Names the field.
    #[error("{0} is too large")]
    TooLarge(&'static str),
    /// The operating system gave no randomness.
    #[error("the operating system gave no randomness")]
    NoRandomness,
}

/// What the core returns.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Error::BadKey => "bad_key",
            Error::BadCommit => "bad_commit",
            Error::BadSignature => "bad_signature",
            Error::BadPadding => "bad_padding",
            Error::BadSeal => "bad_seal",
            Error::BadFormat(_) => "bad_format",
            Error::LogFork => "log_fork",
            Error::KeyMismatch => "key_mismatch",
            Error::Downgraded => "downgraded",
            Error::Locked => "locked",
            Error::Newer => "newer",
            Error::BadLink(_) => "e2ee_bad_link",
            Error::NeedLog => "need_log",
            Error::NotMember => "e2ee_not_member",
            Error::NoKeys => "e2ee_no_keys",
            Error::EpochStale => "e2ee_epoch_stale",
            Error::Rev => "e2ee_rev",
            Error::TooLarge(_) => "e2ee_too_large",
            Error::NoRandomness => "no_randomness",
        }
    }
}

/// The rule that a link breaks. The names go with `e2ee_bad_link` and are as stable as the codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// The body is not the compact JSON that its own content gives.
    Canonical,
    /// A field is missing, of the wrong type, malformed or out of its bounds.
    Fields,
    /// The link belongs to another account or conversation.
    Place,
    /// The sequence number is not the next one.
    Seq,
    /// The link does not follow the head.
    Prev,
    /// The first link is not a first link, or a later one is.
    First,
    /// The signer is no active device, or not one of the identity that the conversation agreed on.
    Signer,
    /// The signer may not do this.
    Permission,
    /// A generation or an epoch does not rise by exactly 1.
    Generation,
    /// An id or identity that was there before.
    Reused,
    /// A device, slot or member that is not there.
    Missing,
    /// More devices, slots, members or links than allowed.
    Limit,
    /// A direct conversation does not change its people or their roles.
    Direct,
    /// The epoch's roster is not the conversation's.
    Roster,
    /// The epoch links back where it may not.
    Chain,
    /// The suite is lower than agreed.
    Suite,
    /// The node's statement about a removal does not hold.
    Statement,
    /// The identity is not the one in the roster, or the new one is not the account's.
    Identity,
    /// The link changes nothing.
    Empty,
}

impl Rule {
    /// The stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            Rule::Canonical => "canonical",
            Rule::Fields => "fields",
            Rule::Place => "place",
            Rule::Seq => "seq",
            Rule::Prev => "prev",
            Rule::First => "first",
            Rule::Signer => "signer",
            Rule::Permission => "permission",
            Rule::Generation => "generation",
            Rule::Reused => "reused",
            Rule::Missing => "missing",
            Rule::Limit => "limit",
            Rule::Direct => "direct",
            Rule::Roster => "roster",
            Rule::Chain => "chain",
            Rule::Suite => "suite",
            Rule::Statement => "statement",
            Rule::Identity => "identity",
            Rule::Empty => "empty",
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
