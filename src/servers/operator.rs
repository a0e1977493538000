//! What the operator sees on the command line.
use crate::model::Server;
use crate::store;
use snug_base::{App, Result};

/// Every server of the instance.
pub async fn list(app: &App) -> Result<Vec<Server>> {
    app.db.read(store::servers::list_all).await
}
