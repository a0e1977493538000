//! What takes space: put together from all parts, for the administration and the terminal.
use crate::Node;
use axum::extract::State;
use rustix::fs::statvfs;
use serde::Serialize;
use snug_accounts::Admin;
use snug_accounts::storage::{self, KindStorage, StorageLimits};
use snug_base::http::{Json, Problem, Routes};
use snug_base::routes;
use snug_base::{App, Config, Error, Result};
use std::path::{Path, PathBuf};
use utoipa::ToSchema;

/// Files that are looked at in a folder; a folder of backups may be shared with anything.
const MOST_FILES: usize = 100_000;

/// What takes space on the node's disks. All sizes in bytes.
#[derive(Debug, Serialize, ToSchema)]
pub struct StorageView {
    pub database: DatabaseStorage,
    /// What people stored, by kind; of content that is stored twice both count.
    pub kinds: Vec<KindStorage>,
    /// Everything that people stored, also what nobody uses any more and is deleted within two days.
    pub stored_bytes: i64,
    pub folders: Vec<FolderStorage>,
    /// Where the data folder is; null if the system does not say.
    pub disk: Option<DiskSpace>,
    pub limits: StorageLimits,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct DatabaseStorage {
    #[schema(example = "SQLite")]
    pub engine: &'static str,
    /// With its log, where that is a file beside it.
    pub bytes: i64,
    /// The part of it that the index of the search takes.
    pub search_bytes: i64,
}

/// What a folder or file of the node takes on the disk.
#[derive(Debug, Serialize, ToSchema)]
pub struct FolderStorage {
    /// `blobs`: what people stored, sealed. `backups`: the node's own. `upgrades`: the database as it was before upgrades. `analytics`: counts
    /// over time and gathered errors.
    #[schema(example = "backups")]
    pub name: &'static str,
    #[schema(example = "/mnt/backups/snug")]
    pub path: String,
    pub bytes: u64,
    pub files: usize,
}

#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct DiskSpace {
    /// What the node may still use.
    pub free_bytes: u64,
    pub all_bytes: u64,
}

/// Routes below /api/v1.
pub fn routes() -> Routes<Node> {
    Routes::new().routes(routes!(get_storage))
}

/// What takes space: the database, what people stored, backups; and how much is free
#[utoipa::path(get, path = "/admin/storage", tag = "admin",
    responses((status = 200, body = StorageView), (status = 401, body = Problem), (status = 403, body = Problem)))]
async fn get_storage(State(app): State<App>, _: Admin) -> Result<Json<StorageView>> {
    view(&app).await.map(Json)
}

/// Looks at everything.
pub async fn view(app: &App) -> Result<StorageView> {
    let parts = app.clone();
    let of_rows = move |read: &snug_base::Read| {
        Ok((storage::kinds(read)?, storage::limits(&parts, read)?, snug_messages::search::stored_bytes(read)?))
    };
    let (kinds, limits, search_bytes) = app.db.read(of_rows).await?;
    let config = app.config.clone();
    let on_disk = tokio::task::spawn_blocking(move || (folders(&config), disk(&config.node.data), beside(&config)));
    let (folders, disk, beside) = on_disk.await.map_err(Error::internal)?;
    Ok(StorageView {
        database: DatabaseStorage { engine: app.db.engine().as_str(), bytes: app.db.size().await? + beside, search_bytes },
        kinds,
        stored_bytes: app.blobs.stored_bytes().await?,
        folders,
        disk,
        limits,
    })
}

fn folders(config: &Config) -> Vec<FolderStorage> {
    let data = &config.node.data;
    let mut folders = vec![measured("blobs", &[data.join("blobs")])];
    folders.extend(config.backup.folder.iter().map(|folder| measured("backups", std::slice::from_ref(folder))));
    folders.push(measured("upgrades", &[data.join("upgrades")]));
    if config.analytics.days > 0 {
        let files = ["analytics.sqlite", "analytics.sqlite-wal", "analytics.sqlite-shm"].map(|name| data.join(name));
        folders.push(measured("analytics", &files));
    }
    folders
}

fn measured(name: &'static str, paths: &[PathBuf]) -> FolderStorage {
    let (mut bytes, mut files) = (0, 0);
    for path in paths {
        measure(path, &mut bytes, &mut files);
    }
    FolderStorage { name, path: paths.first().map(|path| path.display().to_string()).unwrap_or_default(), bytes, files }
}

/// Links are not followed, and what can't be looked at takes nothing.
fn measure(path: &Path, bytes: &mut u64, files: &mut usize) {
    let Ok(about) = path.symlink_metadata() else { return };
    if about.is_file() {
        (*bytes, *files) = (*bytes + about.len(), *files + 1);
    } else if about.is_dir() && *files < MOST_FILES {
        for entry in std::fs::read_dir(path).into_iter().flatten().flatten() {
            measure(&entry.path(), bytes, files);
        }
    }
}

/// SQLite's log and its index.
fn beside(config: &Config) -> i64 {
    if config.database.url.is_some() {
        return 0;
    }
    let size = |name: &str| config.node.data.join(name).metadata().map_or(0, |about| about.len());
    i64::try_from(size("snug.db-wal") + size("snug.db-shm")).unwrap_or_default()
}

fn disk(data: &Path) -> Option<DiskSpace> {
    let about = statvfs(data).ok()?;
    let bytes = |blocks: u64| blocks.saturating_mul(about.f_frsize);
    Some(DiskSpace { free_bytes: bytes(about.f_bavail), all_bytes: bytes(about.f_blocks) })
}
