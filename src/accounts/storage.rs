//! Who keeps what in the blob store, and how much everybody may.
//!
//! Whatever a person stores goes through [`keep`], which asks for room before a byte is written, and for the person's again in the
//! transaction that makes it count, so that two at the same time can't exceed a quota. What nobody keeps any more is deleted by a job.
use crate::audit::{Actor, Deed, DeedKind};
use crate::model::{User, words};
use crate::{store, text};
use serde::{Deserialize, Serialize};
use snug_base::blobs::Stored;
use snug_base::db::{FromColumn, Param, ToParam, Value};
use snug_base::keys::hex;
use snug_base::size::{Quota, shown};
use snug_base::{App, Code, Error, Read, Result, Tx, UserId};
use std::io::Cursor;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

const PAGE: i64 = 50;
/// Blobs that are deleted in one transaction.
const BATCH: usize = 200;
const DAY_MS: i64 = 24 * 3_600_000;
const PER_PERSON: &str = "storage.per_person";
const TOTAL: &str = "storage.total";
/// Goes back to what is configured, or to what holds for everybody.
const DEFAULT: &str = "default";

words! {
    /// What something that is kept is for.
    HoldingKind {
        /// A person's picture.
        Picture = "picture",
        /// A server's icon.
        Icon = "icon",
        /// The instance's own icon.
        InstanceIcon = "instance_icon",
        /// An emoji of the instance.
        Emoji = "emoji",
    }
}

/// What is kept: of which kind, of whom or what, stored by whom.
#[derive(Clone, Copy, Debug)]
pub struct Holding {
    pub kind: HoldingKind,
    /// The user's or the server's id.
    pub subject: Uuid,
    /// Whose quota it counts towards.
    pub holder: UserId,
}

/// How much may be stored.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct Allowance {
    /// Null: any amount.
    #[schema(example = 1_000_000_000)]
    pub bytes: Option<i64>,
    /// Chosen by an admin: for everybody in place of what is configured, or for one person in place of what holds for everybody.
    pub is_chosen: bool,
    /// What holds without that choice. Null: any amount.
    pub default_bytes: Option<i64>,
}

/// How much everybody may store.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct StorageLimits {
    pub per_person: Allowance,
    /// Everybody together.
    pub total: Allowance,
}

/// A change of what everybody may store; what is left out stays. An amount ("500MB", "1.5GB", "2GiB"), "unlimited", or "default" for what is
/// configured.
#[derive(Clone, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LimitsChange {
    #[schema(example = "500MB", max_length = 32)]
    pub per_person: Option<String>,
    #[schema(example = "20GB", max_length = 32)]
    pub total: Option<String>,
}

/// What one person may store: an amount ("500MB", "1.5GB", "2GiB"), "unlimited", or "default" for what holds for everybody.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewQuota {
    #[schema(example = "2GB", max_length = 32)]
    pub quota: String,
}

/// What somebody stores.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PersonStorage {
    pub user: User,
    pub bytes: i64,
    pub files: i64,
    pub allowed: Allowance,
}

/// A page of people, those who store most first.
#[derive(Debug, Serialize, ToSchema)]
pub struct PeopleStorage {
    pub people: Vec<PersonStorage>,
    /// Null on the last page.
    pub next_cursor: Option<String>,
}

/// Whose storage to list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PeopleQuery {
    /// Part of a username, display name or e-mail address.
    pub q: Option<String>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// What is kept of one kind.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct KindStorage {
    #[schema(value_type = String, example = "picture")]
    pub kind: HoldingKind,
    pub bytes: i64,
    pub files: i64,
}

/// Keeps content for somebody, in place of what was kept there before; `work` writes the rest in the same transaction, given the content's name.
///
/// # Errors
/// `storage.quota` or `storage.total` where there is no room for it; then nothing was written.
pub async fn keep<T: Send + 'static>(
    app: &App,
    holding: Holding,
    content: Vec<u8>,
    work: impl FnOnce(&Tx, &str) -> Result<T> + Send + 'static,
) -> Result<T> {
    let size = i64::try_from(content.len()).map_err(Error::internal)?;
    let parts = app.clone();
    let look = move |read: &Read| {
        check_person(&parts, read, holding, size)?;
        // not again below: adding up all that there is would keep everybody who writes waiting
        check_total(&parts, read, size)
    };
    app.db.read(look).await?;
    let parts = app.clone();
    app.blobs
        .put_with(Cursor::new(content), move |tx, stored: &Stored| {
            check_person(&parts, tx, holding, stored.size)?;
            store::storage::upsert(tx, holding, stored)?;
            work(tx, &hex(&stored.name))
        })
        .await
}

/// Nothing is kept there any more.
pub fn release(tx: &Tx, kind: HoldingKind, subject: Uuid) -> Result<()> {
    store::storage::delete(tx, kind, subject)
}

/// Whether somebody may keep `size` bytes in place of what is there.
fn check_person(app: &App, read: &Read, holding: Holding, size: i64) -> Result<()> {
    let used = store::storage::used_by(read, holding.holder)?;
    let before = store::storage::find_size(read, holding)?.unwrap_or(0);
    let most = allowed(read, holding.holder, limits(app, read)?)?.bytes;
    // who is allowed less than before may still make it less
    if size > before && !Quota(most).allows(used - before + size) {
        let most = shown(most.unwrap_or_default());
        return Err(Code::StorageQuota.error(format!(
            "This takes {}, and you have stored {} of the {most} that you may. Remove something that you stored, or ask an administrator for more.",
            shown(size),
            shown(used),
        )));
    }
    Ok(())
}

/// Whether the instance may store `size` bytes more.
fn check_total(app: &App, read: &Read, size: i64) -> Result<()> {
    let most = limits(app, read)?.total.bytes;
    let stored = store::storage::stored(read)?;
    if !Quota(most).allows(stored + size) {
        return Err(Code::StorageTotal.error(format!(
            "This takes {}, and the instance has stored {} of the {} that it may. Ask an administrator to allow more (storage.total).",
            shown(size),
            shown(stored),
            shown(most.unwrap_or_default()),
        )));
    }
    Ok(())
}

/// What holds for everybody.
pub fn limits(app: &App, read: &Read) -> Result<StorageLimits> {
    let of = |name, configured: Quota| -> Result<Allowance> {
        let chosen = store::settings::find(read, name)?.and_then(|text| text.parse::<Quota>().ok());
        Ok(Allowance { bytes: chosen.unwrap_or(configured).0, is_chosen: chosen.is_some(), default_bytes: configured.0 })
    };
    Ok(StorageLimits { per_person: of(PER_PERSON, app.config.storage.per_person)?, total: of(TOTAL, app.config.storage.total)? })
}

fn allowed(read: &Read, user: UserId, limits: StorageLimits) -> Result<Allowance> {
    Ok(Allowance::of(store::storage::find_quota(read, user)?, limits))
}

impl Allowance {
    /// Of a person, with what an admin chose for them.
    pub(crate) fn of(chosen: Option<Quota>, limits: StorageLimits) -> Allowance {
        let default_bytes = limits.per_person.bytes;
        Allowance { bytes: chosen.map_or(default_bytes, |quota| quota.0), is_chosen: chosen.is_some(), default_bytes }
    }
}

/// `None` is the default.
fn chosen(field: &'static str, text: &str) -> Result<Option<Quota>> {
    if text.trim().eq_ignore_ascii_case(DEFAULT) {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|e| Code::Invalid.field(field, format!("{e} (or {DEFAULT})")))
}

fn word(bytes: Option<i64>) -> String {
    Quota(bytes).to_string()
}

/// Changes what everybody may store. Takes effect at once; what is stored already stays.
pub async fn change_limits(app: &App, by: Actor, asked: LimitsChange) -> Result<StorageLimits> {
    let per_person = asked.per_person.as_deref().map(|text| chosen("per_person", text)).transpose()?;
    let total = asked.total.as_deref().map(|text| chosen("total", text)).transpose()?;
    let parts = app.clone();
    by.act(app, move |tx| {
        let before = limits(&parts, tx)?;
        for (name, quota) in [(PER_PERSON, per_person), (TOTAL, total)] {
            match quota {
                Some(Some(quota)) => store::settings::upsert(tx, name, &quota.to_string())?,
                Some(None) => store::settings::delete(tx, name)?,
                None => {}
            }
        }
        let after = limits(&parts, tx)?;
        let deed = Deed::new(DeedKind::SettingsChanged)
            .change(PER_PERSON, word(before.per_person.bytes), word(after.per_person.bytes))
            .change(TOTAL, word(before.total.bytes), word(after.total.bytes));
        let deeds = if deed.changes.is_empty() { Vec::new() } else { vec![deed] };
        Ok((after, deeds))
    })
    .await
}

/// Changes what one person may store. Takes effect at once; what is stored already stays.
pub async fn change_quota(app: &App, by: Actor, user: UserId, asked: NewQuota) -> Result<PersonStorage> {
    let quota = chosen("quota", &asked.quota)?;
    let parts = app.clone();
    by.act(app, move |tx| {
        let limits = limits(&parts, tx)?;
        let before = store::storage::load_person(tx, user, limits)?;
        match quota {
            Some(quota) => store::storage::upsert_quota(tx, user, quota)?,
            None => store::storage::delete_quota(tx, user)?,
        }
        let after = store::storage::load_person(tx, user, limits)?;
        let deed = Deed::new(DeedKind::UserQuota).about(user).change("quota", word(before.allowed.bytes), word(after.allowed.bytes));
        let is_same = deed.changes.is_empty() && before.allowed.is_chosen == after.allowed.is_chosen;
        Ok((after, if is_same { Vec::new() } else { vec![deed] }))
    })
    .await
}

/// People by what they store.
pub async fn list(app: &App, query: PeopleQuery) -> Result<PeopleStorage> {
    let q = text::query("q", query.q.as_deref())?;
    let after = query.cursor.as_deref().map(read_cursor).transpose()?;
    let parts = app.clone();
    app.db
        .read(move |read| {
            let (bytes, username) = after.unwrap_or((i64::MAX, String::new()));
            let mut people = store::storage::list_people(read, &q, bytes, &username, PAGE + 1, limits(&parts, read)?)?;
            let has_more = people.len() > PAGE as usize;
            people.truncate(PAGE as usize);
            let next_cursor = people.last().filter(|_| has_more).map(|last| format!("{}.{}", last.bytes, last.user.username));
            Ok(PeopleStorage { people, next_cursor })
        })
        .await
}

fn read_cursor(cursor: &str) -> Result<(i64, String)> {
    let parts = cursor.split_once('.').and_then(|(bytes, name)| Some((bytes.parse().ok()?, text::query("cursor", Some(name)).ok()?)));
    parts.ok_or_else(|| Code::Invalid.field("cursor", "must be the next_cursor of the page before"))
}

/// What is kept, by kind.
pub fn kinds(read: &Read) -> Result<Vec<KindStorage>> {
    store::storage::list_kinds(read)
}

/// Deletes what nobody has kept for a day. Says how many blobs that were. Called by a job.
pub async fn forget_unused(app: &App) -> Result<usize> {
    let mut count = 0;
    loop {
        let before = app.clock.now() - DAY_MS;
        let names = app.db.read(move |read| store::storage::list_unused(read, before, BATCH)).await?;
        let is_last = names.len() < BATCH;
        // somebody may have stored the same again meanwhile
        count += app.blobs.forget(move |tx| store::storage::still_unused(tx, names)).await?;
        if is_last {
            return Ok(count);
        }
    }
}
