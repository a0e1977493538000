//! What admins see of backups.
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// A backup that the node made, or tried to make.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct BackupRun {
    pub id: Uuid,
    /// Unix milliseconds.
    pub started_at: i64,
    /// `null` while it is being made.
    pub ended_at: Option<i64>,
    /// The folder, the bucket (`s3://bucket/prefix`), or "command".
    pub place: String,
    pub name: String,
    /// The whole backup that it needs, if it holds only the files that are new since.
    pub base: Option<String>,
    pub bytes: Option<i64>,
    /// Why there is none.
    pub error: Option<String>,
    /// When it was restored for a try.
    pub rehearsed_at: Option<i64>,
    /// Why that failed; `null` if it did not.
    pub rehearsal_error: Option<String>,
    /// When it was deleted because there were enough newer ones.
    pub deleted_at: Option<i64>,
}

/// The newest backups and what is configured.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
pub struct Backups {
    /// The newest first, at most 100.
    pub backups: Vec<BackupRun>,
    /// Whether the configuration says where backups go.
    pub is_configured: bool,
    /// 0: never by itself.
    pub every_hours: u32,
    pub keep: usize,
    /// Every so many is a whole one; 0 and 1: all are.
    pub full_every: u32,
    /// 0: never.
    pub rehearse_every_days: u32,
    /// When the next one is due (Unix milliseconds).
    pub next_at: Option<i64>,
}
