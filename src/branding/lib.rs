//! Branding: how the instance looks. Name, icon, colours, welcome text, rules, a style sheet and emoji, from a folder that is looked at
//! while the node runs, and from what admins choose in the browser, which goes over the folder.
//!
//! Invariants: what is wrong with one file leaves out that file alone. What is shown lies in the memory, and is put together anew after
//! every change. A style sheet is never shown on the administration's pages, so that nobody can be locked out by one.
pub mod change;
mod colour;
mod draw;
mod emoji;
mod folder;
mod http;
pub mod look;
pub mod model;
mod palette;
mod rules;
pub mod served;
mod store;
mod view;

pub use emoji::{add, delete};
pub use http::routes;
pub use model::AdminBranding;
pub use view::view;

use folder::Found;
use look::Look;
use parking_lot::RwLock;
use snug_base::watch::Watch;
use snug_base::{App, Error, Result};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, watch};

/// How often the folder is looked at where the system does not tell of changes (network file systems).
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// The branding of one node.
#[derive(Clone)]
pub struct Branding {
    pub app: App,
    shared: Arc<Shared>,
}

struct Shared {
    folder: PathBuf,
    /// The operator named it: then it has to be there.
    is_configured: bool,
    found: RwLock<Arc<Found>>,
    look: RwLock<Arc<Look>>,
    /// Held while it is put together, so that the last one wins.
    turn: Mutex<()>,
    revision: watch::Sender<String>,
}

impl axum::extract::FromRef<Branding> for App {
    fn from_ref(branding: &Branding) -> App {
        branding.app.clone()
    }
}

impl Branding {
    /// Reads the folder and what admins chose.
    pub async fn open(app: &App) -> Result<Branding> {
        let configured = app.config.branding.named().map(Path::to_owned);
        let is_configured = configured.is_some();
        let folder = configured.unwrap_or_else(|| app.config.node.data.join("branding"));
        let shared = Arc::new(Shared {
            folder,
            is_configured,
            found: RwLock::default(),
            look: RwLock::default(),
            turn: Mutex::default(),
            revision: watch::Sender::new(String::new()),
        });
        let (named, known) = (shared.clone(), shared.clone());
        app.hooks.set_branding(
            Box::new(move || named.found.read().settings.name.clone()),
            Box::new(move |name| known.look.read().emoji.contains_key(name)),
        );
        let branding = Branding { app: app.clone(), shared };
        branding.read_folder().await?;
        Ok(branding)
    }

    /// What holds at present.
    pub fn look(&self) -> Arc<Look> {
        self.shared.look.read().clone()
    }

    fn found(&self) -> Arc<Found> {
        self.shared.found.read().clone()
    }

    /// Tells each new revision.
    pub fn revisions(&self) -> watch::Receiver<String> {
        self.shared.revision.subscribe()
    }

    /// Puts together what holds, after a change.
    pub async fn refresh(&self) -> Result<()> {
        let _turn = self.shared.turn.lock().await;
        let (found, before) = (self.found(), self.look());
        let look = look::put_together(&self.app, &found, &before).await?;
        if look.revision != before.revision {
            let revision = look.revision.clone();
            *self.shared.look.write() = Arc::new(look);
            self.shared.revision.send_replace(revision);
        }
        Ok(())
    }

    /// Reads the folder anew. What is wrong with it is logged once.
    async fn read_folder(&self) -> Result<()> {
        let (shared, before) = (self.shared.clone(), self.found());
        let known = before.clone();
        let read = tokio::task::spawn_blocking(move || {
            if !shared.is_configured {
                make(&shared.folder);
            }
            folder::read(&shared.folder, shared.is_configured, &known)
        });
        let found = read.await.map_err(Error::internal)?;
        for problem in found.problems.iter().filter(|problem| !before.problems.contains(problem)) {
            tracing::warn!(folder = %self.shared.folder.display(), file = problem.file, "left out of the branding: {}", problem.problem);
        }
        *self.shared.found.write() = Arc::new(found);
        self.refresh().await
    }

    /// Follows the folder for as long as it is waited for.
    pub async fn keep_up(&self) {
        let folder = self.shared.folder.clone();
        let mut stamps = Vec::new();
        let mut watch = Watch::default();
        let mut watched = Vec::new();
        let mut ticks = tokio::time::interval(LOOK_EVERY);
        loop {
            tokio::select! {
                _ = ticks.tick() => {}
                () = watch.changed() => Watch::settle().await,
            }
            let looked = folder.clone();
            let Ok(folders) = tokio::task::spawn_blocking(move || folder::watched(&looked)).await else { continue };
            // a folder for emoji may have come or gone
            if folders != watched {
                let paths = folders.iter().map(|(path, _)| path.clone());
                watch = Watch::begin(paths).unwrap_or_else(|e| {
                    tracing::warn!(error = %e, "the branding's folder can't be watched: it is looked at every minute");
                    Watch::default()
                });
                watched = folders;
            }
            let looked = folder.clone();
            let Ok(now) = tokio::task::spawn_blocking(move || folder::stamps(&looked)).await else { continue };
            // choices, too: by chance a request may have ended between its commit and what follows
            let done = if now == stamps { self.refresh().await } else { self.read_folder().await };
            stamps = now;
            if let Err(e) = done {
                tracing::error!(error = %e, "the branding could not be read anew");
            }
        }
    }
}

/// The usual place, so that operators find it. Where it can't be made nothing is read from it.
fn make(folder: &Path) {
    if let Err(e) = std::fs::create_dir_all(folder.join("emoji")) {
        tracing::warn!(folder = %folder.display(), error = %e, "the branding's folder can't be made");
    }
}
