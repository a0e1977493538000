//! Looking at the logs: by page, filtered.
use super::model::{AuditPage, DeedKind, Log};
use crate::me::Me;
use crate::store;
use serde::Deserialize;
use snug_base::{App, Code, Result, UserId};
use utoipa::IntoParams;
use uuid::Uuid;

/// Lines on a page.
const PAGE: i64 = 50;

/// Which lines.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AuditQuery {
    /// `admin` (what administrators did) or `security` (sign-ins, devices, passwords).
    #[param(value_type = String, example = "admin")]
    pub log: Option<String>,
    /// Only of this kind.
    #[param(example = "user.role")]
    pub kind: Option<String>,
    /// Only what this person did, or what is about them.
    pub user_id: Option<UserId>,
    /// Not before this time (Unix milliseconds).
    pub from: Option<i64>,
    /// Before this time (Unix milliseconds).
    pub to: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// A query whose words are known.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub log: Option<Log>,
    pub kind: Option<DeedKind>,
    /// Who did it or whom it is about.
    pub user: Option<UserId>,
    /// Whom it is about.
    pub about: Option<UserId>,
    pub from: Option<i64>,
    pub to: Option<i64>,
    /// Lines before this one.
    pub before: Option<(i64, Uuid)>,
}

impl AuditQuery {
    /// Refuses words that mean nothing.
    pub fn check(&self) -> Result<Filter> {
        let known = |field: &'static str| move |e: String| Code::Invalid.field(field, e);
        Ok(Filter {
            log: self.log.as_deref().filter(|word| !word.is_empty()).map(str::parse).transpose().map_err(known("log"))?,
            kind: self.kind.as_deref().filter(|word| !word.is_empty()).map(str::parse).transpose().map_err(known("kind"))?,
            user: self.user_id,
            about: None,
            from: self.from,
            to: self.to,
            before: self.cursor.as_deref().map(read_cursor).transpose()?,
        })
    }
}

fn read_cursor(text: &str) -> Result<(i64, Uuid)> {
    let parts = text.split_once('.').and_then(|(at, id)| Some((at.parse().ok()?, id.parse().ok()?)));
    parts.ok_or_else(|| Code::Invalid.field("cursor", "must be the next_cursor of the page before"))
}

/// A page.
pub async fn list(app: &App, query: &AuditQuery) -> Result<AuditPage> {
    page(app, query.check()?).await
}

/// What happened to one's own account: also what administrators did to it, without saying from where.
pub async fn own(app: &App, me: Me, cursor: Option<&str>) -> Result<AuditPage> {
    let before = cursor.map(read_cursor).transpose()?;
    let mut page = page(app, Filter { log: Some(Log::Security), about: Some(me.user), before, ..Filter::default() }).await?;
    for line in page.lines.iter_mut().filter(|line| line.actor_id.is_some_and(|actor| actor != me.user)) {
        (line.actor_id, line.actor, line.address) = (None, None, None);
    }
    Ok(page)
}

async fn page(app: &App, filter: Filter) -> Result<AuditPage> {
    app.db
        .read(move |read| {
            let mut lines = store::audit::list(read, &filter, PAGE + 1)?;
            let has_more = lines.len() > PAGE as usize;
            lines.truncate(PAGE as usize);
            let next_cursor = lines.last().filter(|_| has_more).map(|last| format!("{}.{}", last.at, last.id));
            Ok(AuditPage { lines, next_cursor })
        })
        .await
}
