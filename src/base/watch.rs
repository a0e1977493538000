//! Tells when something in a folder changes: the operating system says so.
use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;

/// Programs write several files one after the other.
const SETTLE: Duration = Duration::from_millis(500);

/// Folders that are looked at for as long as this is kept. By default none.
#[derive(Default)]
pub struct Watch {
    _watcher: Option<RecommendedWatcher>,
    changed: Arc<Notify>,
}

impl Watch {
    /// Begins to look at the folders, not at those in them.
    ///
    /// # Errors
    /// If the system can't, or one of the folders is not there.
    pub fn begin(folders: impl IntoIterator<Item = PathBuf>) -> Result<Watch, String> {
        let changed = Arc::new(Notify::new());
        let told = changed.clone();
        let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            if event.is_ok_and(|event| !event.kind.is_access()) {
                told.notify_one();
            }
        });
        let watched = watcher.and_then(|mut watcher| {
            for folder in folders {
                watcher.watch(&folder, RecursiveMode::NonRecursive)?;
            }
            Ok(watcher)
        });
        watched.map(|watcher| Watch { _watcher: Some(watcher), changed }).map_err(|e| e.to_string())
    }

    /// Waits for a change. It may not be over yet.
    pub async fn changed(&self) {
        self.changed.notified().await;
    }

    /// Waits until a change is over.
    pub async fn settle() {
        tokio::time::sleep(SETTLE).await;
    }
}
