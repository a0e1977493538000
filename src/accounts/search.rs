//! Finding people.
use crate::model::User;
use crate::{store, text};
use snug_base::{App, Code, Result};

/// The most results.
pub const MOST: i64 = 20;

/// Users with a name that begins like `q`, or with exactly this e-mail address.
pub async fn search(app: &App, q: &str, limit: Option<i64>) -> Result<Vec<User>> {
    let q = text::query("q", Some(q))?.trim_start_matches('@').to_owned();
    let limit = limit.unwrap_or(MOST);
    if !(1..=MOST).contains(&limit) {
        return Err(Code::Invalid.field("limit", "must be from 1 to 20"));
    }
    if q.is_empty() {
        return Ok(Vec::new());
    }
    app.db.read(move |read| store::users::search(read, &q, limit)).await
}
