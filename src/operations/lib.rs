//! What keeps an instance alive for years, and what is told of it: backups, counts over time, errors, jobs. Uses the other parts' data, owns
//! only its own tables and the analytics' file.
pub mod analytics;
pub mod backup;
pub mod errors;
mod http;
pub mod jobs;

pub use analytics::Analytics;
pub use http::routes;
pub use jobs::Jobs;

use axum::extract::FromRef;
use snug_base::{App, Result};

/// What the routes of this part need.
#[derive(Clone)]
pub struct Operations {
    pub app: App,
    pub analytics: Analytics,
    pub jobs: Jobs,
}

impl Operations {
    pub fn new(app: &App) -> Operations {
        let analytics = Analytics::new(&app.config.node.data, app.config.analytics.days, app.clock.clone());
        Operations { app: app.clone(), analytics, jobs: Jobs::new(app.clock.clone()) }
    }
}

impl Operations {
    /// Stores the errors that were noticed since the last time.
    pub async fn keep_errors(&self) -> Result<()> {
        if !self.analytics.is_on() {
            return Ok(());
        }
        self.analytics.add_errors(errors::take()).await
    }
}

impl FromRef<Operations> for App {
    fn from_ref(operations: &Operations) -> App {
        operations.app.clone()
    }
}
