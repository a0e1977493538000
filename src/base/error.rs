//! One error type and the one table of codes that clients can meet.
//!
//! `code` is for programs and never changes, `detail` is for people and names the remedy, `source` goes to the log once, at the edge.
use crate::ConversationId;
use std::fmt;

macro_rules! codes { ($($(#[$doc:meta])* $name:ident = $text:literal, $status:literal, $title:literal;)*) => {
    /// Every error that a client can meet.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub enum Code { $($(#[$doc])* $name),* }
    impl Code {
        /// All of them, for the documentation and its test.
        pub const ALL: &[Code] = &[$(Code::$name),*];
        /// The stable text that clients branch on.
        pub fn as_str(self) -> &'static str { match self { $(Code::$name => $text),* } }
        /// The HTTP status that goes with it.
        pub fn status(self) -> u16 { match self { $(Code::$name => $status),* } }
        /// What it means, in a few words.
        pub fn title(self) -> &'static str { match self { $(Code::$name => $title),* } }
    }
}}

codes! {
    Internal            = "internal",                     500, "The node could not do this";
    StorageFull         = "storage.full",                 507, "The node's disk is full";
    StorageFailed       = "storage.failed",               503, "The node's disk can't be written or read";
    StorageQuota        = "storage.quota",                409, "You have stored as much as you may";
    StorageTotal        = "storage.total",                409, "The instance stores as much as it may";
    FileDamaged         = "file.damaged",                 500, "The file is damaged";
    BackupUnset         = "backup.not_configured",        409, "The configuration does not say where backups go";
    CheckupBusy         = "checkup.busy",                 409, "A check-up is under way";
    CertificateBusy     = "certificate.busy",             409, "A certificate was ordered a moment ago";
    Unsound             = "checkup.problems",             500, "Something is wrong with the instance";
    Locked              = "node.locked",                  503, "The node's keys can't be opened";
    Unavailable         = "node.unavailable",             503, "The node is starting or stopping";
    Invalid             = "request.invalid",              422, "A field is not valid";
    Malformed           = "request.malformed",            400, "The request could not be read";
    NotFound            = "not_found",                    404, "There is no such thing, or it is not visible to you";
    MethodNotAllowed    = "request.method_not_allowed",   405, "This address does not answer this method";
    TooLarge            = "request.too_large",            413, "The request is too large";
    UnsupportedMedia    = "request.unsupported_media",    415, "This kind of content is not accepted here";
    TimedOut            = "request.timed_out",            408, "The request took too long";
    RateLimited         = "rate.limited",                 429, "Too many requests";
    SignedOut           = "auth.signed_out",              401, "Sign in first";
    WrongPassword       = "auth.wrong_password",          401, "The name or the password is wrong";
    SessionReused       = "auth.session_reused",          401, "This sign-in was ended because its token was used twice";
    AccountDisabled     = "auth.account_disabled",        403, "This account is disabled";
    LinkInvalid         = "auth.link_invalid",            404, "This link is not valid any more";
    RegistrationClosed  = "registration.closed",          403, "This instance takes no new accounts";
    RegistrationInvite  = "registration.invite_required", 403, "This instance takes new accounts by invite only";
    UsernameTaken       = "username.taken",               409, "This username is taken";
    EmailTaken          = "email.taken",                  409, "This e-mail address is taken";
    Forbidden           = "permission.missing",           403, "You may not do this";
    LastAdmin           = "admin.last",                   409, "The instance needs an admin";
    ServerLimit         = "server.limit",                 409, "You own as many servers as you may";
    OwnerLeaves         = "server.owner_leaves",          409, "The owner can't leave";
    CodeInvalid         = "invite.invalid",               404, "This code or invite is not valid";
    RoomLimit           = "room.limit",                   409, "There are as many rooms as there may be";
    NotAMember          = "conversation.not_a_member",    404, "There is no such conversation, or you are not in it";
    DirectFixed         = "conversation.direct_fixed",    409, "A direct conversation has exactly two people";
    GroupLimit          = "conversation.group_limit",     409, "The group is full";
    MessageEmpty        = "message.empty",                422, "A message needs text";
    MessageTooLong      = "message.too_long",             422, "The message is too long";
    MessageIdTaken      = "message.id_taken",             409, "Another message has this id";
    MessageDeleted      = "message.deleted",              409, "The message was deleted";
    ReactionLimit       = "reaction.limit",               409, "The message has as many different reactions as it may";
    PinLimit            = "message.pin_limit",            409, "The conversation has as many pinned messages as it may";
    UserNotFound        = "user.not_found",               404, "There is no such user";
    PictureInvalid      = "picture.invalid",              422, "This is not a picture that can be read";
    FrameMalformed      = "frame.malformed",              400, "The frame could not be read";
    LogConflict         = "e2ee.conflict",                409, "The log has gone on: fetch it and try again";
    AlreadyEncrypted    = "e2ee.exists",                  409, "There is such a conversation already";
    EpochStale          = "e2ee.epoch_stale",             409, "The conversation needs a new epoch, or has one";
    NoKeys              = "e2ee.no_keys",                 409, "The account has not set up encryption";
    WrapMissing         = "e2ee.wrap_missing",            422, "The epoch's secret is missing for some members";
    BoxMissing          = "e2ee.box_missing",             422, "A key is missing for some devices or slots";
    BadLink             = "e2ee.bad_link",                422, "The link does not continue the log";
    NotRostered         = "e2ee.not_member",              403, "The conversation's roster does not let you do this";
    RevConflict         = "e2ee.rev",                     409, "The vault's item was changed meanwhile";
    PairingExpired      = "e2ee.pairing_expired",         410, "The pairing has expired";
    EncryptionRequired  = "e2ee.required",                422, "This conversation is end-to-end encrypted";
    NotEncrypted        = "e2ee.not_encrypted",           422, "This conversation is not end-to-end encrypted";
    UseLinks            = "e2ee.use_links",               409, "This needs a signed link";
    EncryptionLimit     = "e2ee.too_many",                409, "There are as many as there may be";
    NotSetUp            = "e2ee.not_set_up",              409, "You have not set up encryption";
    WrongDevice         = "e2ee.wrong_device",            403, "This session is not that device";
    ResetWaits          = "e2ee.reset_waits",             409, "The reset has to wait";
    ReportUnproven      = "e2ee.report_unproven",         422, "The report does not prove what was said";
    PushOff             = "push.off",                     409, "This node sends no push messages";
    PushNone            = "push.not_subscribed",          409, "This device has not asked for push messages";
    PushRefused         = "push.refused",                 502, "The push service did not take the message";
    MailOff             = "mail.off",                     409, "This node sends no e-mail";
    MailRefused         = "mail.refused",                 502, "The mail server did not take the letter";
    MailUnwanted        = "mail.unwanted",                409, "Nobody may have letters sent to this address";
    ProtocolInvalid     = "e2ee.invalid",                 422, "A part of the encryption protocol is not valid";
}

/// What went wrong.
#[derive(Debug)]
pub struct Error {
    pub code: Code,
    /// For people: what is wrong and what to do.
    pub detail: String,
    /// The field of the request that is wrong.
    pub field: Option<&'static str>,
    /// The conversation that is meant, where the one who asks can't know it yet.
    pub conversation: Option<ConversationId>,
    /// After how many seconds a repeat makes sense (rate limits).
    pub retry_after_s: Option<u64>,
    /// `table.column` of a unique constraint that was violated.
    pub constraint: Option<String>,
    /// For the log only.
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Code {
    pub fn error(self, detail: impl Into<String>) -> Error {
        Error { code: self, detail: detail.into(), field: None, conversation: None, retry_after_s: None, constraint: None, source: None }
    }

    /// An error about one field of the request; the detail begins with the field's name.
    pub fn field(self, field: &'static str, detail: impl fmt::Display) -> Error {
        Error { field: Some(field), ..self.error(format!("{field}: {detail}")) }
    }
}

impl Error {
    /// An error that is nobody's fault outside: answered without detail, logged with its source.
    pub fn internal(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
        Error {
            source: Some(source.into()),
            ..Code::Internal.error("The node could not do this. Try again; if it stays, ask the operator to look at the log.")
        }
    }

    /// What something failed with that only knows `io::Error`: an error of ours that went through it, or what `otherwise` makes of it.
    pub fn through_io(e: std::io::Error, otherwise: impl FnOnce(std::io::Error) -> Error) -> Error {
        e.downcast::<Error>().unwrap_or_else(otherwise)
    }

    /// Whether a unique constraint on this `table.column` was violated.
    pub fn violates(&self, table_column: &str) -> bool {
        self.constraint.as_deref() == Some(table_column)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.as_str(), self.detail)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|e| e as _)
    }
}

impl From<rusqlite::Error> for Error {
    fn from(e: rusqlite::Error) -> Error {
        let mut error = match e.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DiskFull) => {
                Code::StorageFull.error("The node's disk is full: nothing was stored. Ask the operator to free some space.")
            }
            Some(rusqlite::ErrorCode::SystemIoFailure | rusqlite::ErrorCode::ReadOnly | rusqlite::ErrorCode::CannotOpen) => {
                Code::StorageFailed
                    .error("The node's disk can't be written or read: nothing was stored. Ask the operator to look at it (`snug doctor`).")
            }
            _ => Error::internal("database"),
        };
        if let rusqlite::Error::SqliteFailure(_, Some(text)) = &e {
            error.constraint =
                text.strip_prefix("UNIQUE constraint failed: ").map(|list| list.split(", ").next().unwrap_or(list).to_owned());
        }
        error.source = Some(Box::new(e));
        error
    }
}

impl From<postgres::Error> for Error {
    fn from(e: postgres::Error) -> Error {
        use postgres::error::SqlState;
        let mut error = match e.code() {
            Some(&SqlState::DISK_FULL) => {
                Code::StorageFull.error("The database's disk is full: nothing was stored. Ask the operator to free some space.")
            }
            _ => Error::internal("database"),
        };
        if let Some(db) = e.as_db_error()
            && db.code() == &SqlState::UNIQUE_VIOLATION
            && let (Some(table), Some(name)) = (db.table(), db.constraint())
        {
            // PostgreSQL names a column's constraint table_column_key
            let column = name.strip_prefix(table).unwrap_or(name).trim_start_matches('_').trim_end_matches("_key");
            error.constraint = Some(format!("{table}.{column}"));
        }
        error.source = Some(Box::new(e));
        error
    }
}
