//! Deeds, and the lines that tell of them.
use crate::model::words;
use serde::{Deserialize, Serialize};
use snug_base::db::{FromColumn, Param, ToParam, Value};
use snug_base::{Error, UserId};
use utoipa::ToSchema;
use uuid::Uuid;

words! {
    /// Which of the logs.
    Log {
        /// What administrators did.
        Admin = "admin",
        /// What happened to sign-ins, devices and passwords.
        Security = "security",
    }
}

words! {
    /// What was done or happened.
    DeedKind {
        UserCreated = "user.created",
        UserRole = "user.role",
        UserDisabled = "user.disabled",
        UserEnabled = "user.enabled",
        UserResetLink = "user.reset_link",
        UserSignedOut = "user.signed_out",
        UserQuota = "user.quota",
        SettingsChanged = "settings.changed",
        BrandingChanged = "branding.changed",
        EmojiAdded = "emoji.added",
        EmojiDeleted = "emoji.deleted",
        InviteCreated = "invite.created",
        InviteDeleted = "invite.deleted",
        ReportClosed = "report.closed",
        BackupMade = "backup.made",
        BackupRestored = "backup.restored",
        RolledBack = "upgrade.rolled_back",
        KeysRotated = "keys.rotated",
        KeysProtected = "keys.protected",
        ServerDeleted = "server.deleted",
        ServerTransferred = "server.transferred",
        JobRun = "job.run",
        CertificateRenewed = "certificate.renewed",
        AuditExported = "audit.exported",
        MailTested = "mail.tested",
        Registered = "account.registered",
        InviteUsed = "invite.used",
        SignedIn = "signin.ok",
        SignInFailed = "signin.failed",
        SignInRefused = "signin.refused",
        SessionEnded = "session.ended",
        SessionReused = "session.reused",
        PasswordChanged = "password.changed",
        PasswordReset = "password.reset",
        LimitHit = "limit.hit",
        DeviceAdded = "device.added",
        DeviceRemoved = "device.removed",
        MailConfirmed = "mail.confirmed",
        MailRemoved = "mail.removed",
        ResetAsked = "identity.reset_asked",
        ResetCancelled = "identity.reset_cancelled",
        ResetDone = "identity.reset",
    }
}

impl DeedKind {
    /// In which log it stands: `both` for deeds of administrators to somebody's account.
    pub fn log(self) -> &'static str {
        match self {
            DeedKind::UserRole | DeedKind::UserDisabled | DeedKind::UserEnabled | DeedKind::UserResetLink | DeedKind::UserSignedOut => {
                "both"
            }
            DeedKind::UserCreated
            | DeedKind::UserQuota
            | DeedKind::SettingsChanged
            | DeedKind::BrandingChanged
            | DeedKind::EmojiAdded
            | DeedKind::EmojiDeleted
            | DeedKind::InviteCreated
            | DeedKind::InviteDeleted
            | DeedKind::ReportClosed
            | DeedKind::BackupMade
            | DeedKind::BackupRestored
            | DeedKind::RolledBack
            | DeedKind::KeysRotated
            | DeedKind::KeysProtected
            | DeedKind::ServerDeleted
            | DeedKind::ServerTransferred
            | DeedKind::JobRun
            | DeedKind::CertificateRenewed
            | DeedKind::AuditExported
            | DeedKind::MailTested => "admin",
            _ => "security",
        }
    }
}

/// What was changed, from what to what; or a fact about it (`after` alone).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Change {
    #[schema(example = "role")]
    pub name: String,
    #[schema(example = "user")]
    pub before: Option<String>,
    #[schema(example = "admin")]
    pub after: Option<String>,
}

/// Something worth remembering. Never holds a password, a token or what somebody wrote.
#[derive(Clone, Debug)]
pub struct Deed {
    pub kind: DeedKind,
    /// The account that it is about.
    pub user: Option<UserId>,
    /// What it is about, where that is no account.
    pub target: Option<String>,
    pub changes: Vec<Change>,
}

impl Deed {
    pub fn new(kind: DeedKind) -> Deed {
        Deed { kind, user: None, target: None, changes: Vec::new() }
    }

    /// The account that it is about.
    pub fn about(self, user: UserId) -> Deed {
        Deed { user: Some(user), ..self }
    }

    /// What it is about, where that is no account.
    pub fn on(self, target: impl Into<String>) -> Deed {
        Deed { target: Some(target.into()), ..self }
    }

    /// A value that changed; one that did not is left out.
    pub fn change(mut self, name: &str, before: impl ToString, after: impl ToString) -> Deed {
        let (before, after) = (before.to_string(), after.to_string());
        if before != after {
            self.changes.push(Change { name: name.to_owned(), before: Some(before), after: Some(after) });
        }
        self
    }

    /// Something that helps to understand it.
    pub fn fact(mut self, name: &str, value: impl ToString) -> Deed {
        self.changes.push(Change { name: name.to_owned(), before: None, after: Some(value.to_string()) });
        self
    }
}

/// A line of the log.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AuditLine {
    pub id: Uuid,
    /// Unix milliseconds.
    pub at: i64,
    #[schema(value_type = String, example = "user.role")]
    pub kind: DeedKind,
    /// Whose deed it was. Null: the operator at the terminal, or somebody who was not signed in.
    pub actor_id: Option<UserId>,
    /// What they are called now.
    pub actor: Option<String>,
    /// The account that it is about.
    pub user_id: Option<UserId>,
    /// What it is called now.
    pub user: Option<String>,
    /// What it is about, where that is no account.
    pub target: Option<String>,
    /// The client's address. Null: the terminal, or not known.
    #[schema(example = "198.51.100.7")]
    pub address: Option<String>,
    pub changes: Vec<Change>,
}

/// Lines of the log, the newest first.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AuditPage {
    pub lines: Vec<AuditLine>,
    /// Null on the last page.
    pub next_cursor: Option<String>,
}
