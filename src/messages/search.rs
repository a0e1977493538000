//! Searching in messages.
use crate::model::{SearchQuery, SearchResult};
use snug_accounts::Me;
use snug_base::{App, Code, Result};

/// Finds messages that the user may read.
pub async fn search(_app: &App, _me: Me, query: SearchQuery) -> Result<SearchResult> {
    if query.q.trim().is_empty() {
        return Err(Code::Invalid.field("q", "say what to search for"));
    }
    Ok(SearchResult { hits: Vec::new(), users: Vec::new(), next: None })
}
