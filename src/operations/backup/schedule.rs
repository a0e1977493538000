//! The node's own backups: made when they are due, tried by restoring them, deleted when there are enough newer ones.
use super::create::create_with;
use super::held::{About, Held, Record};
use super::lock::{self, Lock, Opener};
use super::model::{BackupRun, Backups};
use super::place::{self, Place};
use super::{restore, store};
use sha2::{Digest, Sha256};
use snug_accounts::audit::{Actor, Deed, DeedKind};
use snug_base::keys::{hex, read_passphrase};
use snug_base::{App, Code, Error, Result, secrets};
use std::time::Duration;
use tokio::time::timeout;
use uuid::Uuid;
use zeroize::Zeroizing;

const HOUR: i64 = 3_600_000;
/// After a failure it is tried again so soon, or when the next one is due if that is sooner.
const AGAIN: i64 = HOUR;
/// Backups in a list.
const LISTED: i64 = 100;
/// How long it is remembered what is no more.
const REMEMBERED: i64 = 366 * 24 * HOUR;
/// A key of the node's own, which its backups are encrypted to as well: without it, it could not try what only the operator's key opens.
const OWN_KEY: &str = "backup/identity";
/// One at a time, by whomever it was asked for.
static TURN: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// Longer than the job needs to see that none is due.
const LOOKING: Duration = Duration::from_secs(2);

/// The newest backups and what is configured.
pub async fn list(app: &App) -> Result<Backups> {
    let backups = app.db.read(|read| store::list(read, LISTED)).await?;
    let config = &app.config.backup;
    let next_at = next(app, &backups);
    Ok(Backups {
        backups,
        is_configured: Place::of(&app.config).is_some(),
        every_hours: config.every_hours,
        keep: config.keep,
        full_every: config.full_every,
        rehearse_every_days: config.rehearse_every_days,
        next_at,
    })
}

/// When the next one is due.
fn next(app: &App, newest_first: &[BackupRun]) -> Option<i64> {
    let every = i64::from(app.config.backup.every_hours) * HOUR;
    if every == 0 || Place::of(&app.config).is_none() {
        return None;
    }
    Some(match newest_first.first() {
        None => app.clock.now(),
        Some(newest) if newest.error.is_some() => newest.started_at + every.min(AGAIN),
        Some(newest) => newest.started_at + every,
    })
}

/// Makes the backup that is due, if one is. Each minute.
pub async fn keep_up(app: &App) -> Result<()> {
    let turn = TURN.lock().await;
    let newest = app.db.read(|read| store::list(read, 1)).await?;
    if newest.first().is_some_and(|run| run.ended_at.is_none()) {
        let why = "The node was stopped while it was being made.";
        app.db.write(move |tx| store::end_unfinished(tx, why)).await?;
    }
    if next(app, &newest).is_none_or(|at| at > app.clock.now()) {
        return Ok(());
    }
    make(app, turn).await.map(drop)
}

/// Makes one now.
///
/// # Errors
/// If the configuration does not say where to, one is being made, or it can't be written.
pub async fn make_now(app: &App, by: Actor) -> Result<BackupRun> {
    let turn =
        timeout(LOOKING, TURN.lock()).await.map_err(|_| Code::Unavailable.error("A backup is being made. Try again when it is ready."))?;
    let made = make(app, turn).await?;
    by.did(app, Deed::new(DeedKind::BackupMade).on(&made.name)).await?;
    Ok(made)
}

async fn make(app: &App, _turn: tokio::sync::MutexGuard<'_, ()>) -> Result<BackupRun> {
    let place = Place::of(&app.config).ok_or_else(|| {
        Code::BackupUnset
            .error("The configuration does not say where backups go. Set backup.folder, backup.command or backup.s3_endpoint and restart the node.")
    })?;
    let (lock, opener) = keys(app).await?;
    let base = base(app, &place, &lock).await?;
    let id = Uuid::now_v7();
    let name = match &base {
        Some(base) => place::name_since(app.clock.now(), &lock, &base.about.name),
        None => place::name(app.clock.now(), &lock),
    };
    let (described, named) = (place.describe(), name.clone());
    app.db.write(move |tx| store::begin(tx, id, &described, &named)).await?;
    let written = write(app, &place, &name, lock, base).await;
    let (bytes, error) = match &written {
        Ok(bytes) => (Some(i64::try_from(*bytes).map_err(Error::internal)?), None),
        Err(e) => (None, Some(e.detail.clone())),
    };
    app.db.write(move |tx| store::end(tx, id, bytes, error)).await?;
    written?;
    if place.keeps() {
        rehearse_if_due(app, id, &place, &name, opener).await?;
        thin_out(app, &place).await?;
    }
    let made = app.db.read(|read| store::list(read, 1)).await?;
    made.into_iter().find(|run| run.id == id).ok_or_else(|| Error::internal("the backup is not in the list"))
}

async fn write(app: &App, place: &Place, name: &str, lock: Lock, base: Option<Held>) -> Result<u64> {
    let (app, place, name) = (app.clone(), place.clone(), name.to_owned());
    let work = move || {
        let wants_record = base.is_none() && place.keeps() && app.config.backup.full_every > 1;
        let mut record = if wants_record { Some(Record::begin(&app.config.node.data)?) } else { None };
        let begin = |about| place.begin(&name, about);
        let (manifest, sink) = create_with(&app.config, &lock, app.clock.now(), base.as_ref(), record.as_mut(), begin)?;
        let bytes = sink.finish()?;
        if let (Some(record), Some(id)) = (record, manifest.id) {
            let created_at = manifest.created_at;
            let about = About { name, id, created_at, bytes, place: place.describe(), lock: print(&app, &lock), sha256: String::new() };
            if let Err(e) = record.keep(about) {
                tracing::warn!(error = %e, "what is in the backup could not be noted; the next one will be whole too");
            }
        }
        Ok(bytes)
    };
    // a thread of its own: it lowers its priority, which nothing may raise again
    let (tell, told) = tokio::sync::oneshot::channel();
    std::thread::Builder::new().name("snug-backup".to_owned()).spawn(move || drop(tell.send(work()))).map_err(Error::internal)?;
    told.await.map_err(Error::internal)?
}

/// The last whole backup, if the next one needs to hold only what is new since.
async fn base(app: &App, place: &Place, lock: &Lock) -> Result<Option<Held>> {
    let every = usize::try_from(app.config.backup.full_every).map_err(Error::internal)?;
    if every < 2 || !place.keeps() {
        return Ok(None);
    }
    let (data, described, ours) = (app.config.node.data.clone(), place.describe(), place.clone());
    let look = move || {
        let held = Held::load(&data)?;
        // one that is gone, or that can't be looked at, is no base
        let is_there = held.about.place == described && ours.size(&held.about.name).ok().flatten() == Some(held.about.bytes);
        is_there.then_some(held)
    };
    let Some(held) = tokio::task::spawn_blocking(look).await.map_err(Error::internal)? else { return Ok(None) };
    let described = place.describe();
    let good = app.db.read(move |read| store::good(read, &described)).await?;
    let Some(at) = good.iter().position(|run| run.name == held.about.name && run.deleted_at.is_none()) else { return Ok(None) };
    let since = good.get(..=at).unwrap_or_default();
    let has_failed = since.iter().any(|run| run.rehearsal_error.is_some());
    // whoever opens the new one has to open the base as well
    let is_same_lock = held.about.lock == print(app, lock);
    Ok((since.len() < every && !has_failed && is_same_lock).then_some(held))
}

/// To whom something is encrypted, as a hash that tells nobody else.
fn print(app: &App, lock: &Lock) -> String {
    let mut hash = Sha256::new_with_prefix(&app.keys.derive("backup/lock")[..]);
    match lock {
        Lock::None => hash.update("none"),
        Lock::Passphrase(passphrase) => hash.update(format!("passphrase {}", passphrase.as_str())),
        Lock::Recipients(recipients) => {
            let mut sorted = recipients.clone();
            sorted.sort();
            hash.update(format!("recipients {}", sorted.join(" ")));
        }
    }
    hex(&hash.finalize())
}

/// Restores the backup for a try, if the last try is long enough ago.
async fn rehearse_if_due(app: &App, id: Uuid, place: &Place, name: &str, opener: Opener) -> Result<()> {
    let every = i64::from(app.config.backup.rehearse_every_days) * 24 * HOUR;
    // into PostgreSQL there is no temporary place: there every part is read and checked
    let is_sqlite = app.config.database.url.is_none();
    let last = app.db.read(|read| store::list(read, LISTED)).await?.iter().filter_map(|run| run.rehearsed_at).max();
    if every == 0 || last.is_some_and(|last| last + every > app.clock.now()) {
        return Ok(());
    }
    let (config, place, name) = (app.config.clone(), place.clone(), name.to_owned());
    let tried = tokio::task::spawn_blocking(move || {
        let (backup, find) = (place.open(&name)?, place.finder());
        if is_sqlite { restore::rehearse_with(backup, &find, &opener, &config) } else { restore::verify_with(backup, &find, &opener) }
    })
    .await
    .map_err(Error::internal)?;
    let error = tried.err().map(|e| e.detail);
    if let Some(error) = &error {
        tracing::error!(error, "the newest backup could not be restored for a try");
    }
    app.db.write(move |tx| store::rehearsed(tx, id, error)).await
}

/// Deletes what is more than the configuration wants to keep. Files that the node did not make stay.
async fn thin_out(app: &App, place: &Place) -> Result<()> {
    let (described, keep) = (place.describe(), app.config.backup.keep.max(1));
    let surplus = app.db.read(move |read| store::surplus(read, &described, keep)).await?;
    let place = place.clone();
    let gone = tokio::task::spawn_blocking(move || {
        let is_gone = |run: &BackupRun| match place.remove(&run.name) {
            Err(e) => {
                tracing::warn!(name = run.name, error = %e, "an old backup could not be deleted");
                false
            }
            Ok(()) => true,
        };
        surplus.iter().filter(|run| is_gone(run)).map(|run| run.id).collect::<Vec<_>>()
    })
    .await
    .map_err(Error::internal)?;
    app.db
        .write(move |tx| {
            store::deleted(tx, &gone)?;
            store::forget(tx, tx.now - REMEMBERED)
        })
        .await
}

/// To whom the backups are encrypted, and what opens them here.
async fn keys(app: &App) -> Result<(Lock, Opener)> {
    let config = &app.config.backup;
    if config.unencrypted {
        return Ok((Lock::None, Opener::default()));
    }
    if let Some(path) = &config.passphrase_file {
        let passphrase = read_passphrase("backup.passphrase_file", path)?;
        return Ok((Lock::Passphrase(passphrase.clone()), Opener { passphrase: Some(passphrase), ..Opener::default() }));
    }
    if config.recipients.is_empty() {
        return Err(
            Code::Malformed.error("backup.recipients: say who may read the backups: recipients, a passphrase_file, or unencrypted = true.")
        );
    }
    let fresh = Zeroizing::new(lock::generate().0.as_bytes().to_vec());
    let own = secrets::store_first(app, OWN_KEY, fresh).await?;
    let own = Zeroizing::new(String::from_utf8(own.to_vec()).map_err(Error::internal)?);
    let mut recipients = config.recipients.clone();
    recipients.push(lock::recipient_of(&own)?);
    Ok((Lock::Recipients(recipients), Opener { identities: vec![own], passphrase: None }))
}
