//! The database, the keys, the files and the backups, read beside the node.
use super::Patient;
use super::model::{Area, Finding};
use snug_base::db::file::DatabaseFile;
use snug_base::db::snapshot::Snapshot;
use snug_base::db::{Engine, Read};
use snug_base::{Config, Error, Result, blobs, keys};
use snug_notifications::push::Services;
use snug_operations::backup;
use snug_operations::backup::model::BackupRun;
use snug_operations::backup::place::Place;
use std::path::Path;

const HOUR: i64 = 3_600_000;
/// Of what is damaged, so many are named.
const NAMED: usize = 5;
const RESTORE: &str = "Stop the node, move the data folder away, and bring the newest backup back: snug restore FILE";

/// Looks at all of it, and says what the database knows of push services, if that can be read. Blocks.
pub fn look(patient: &Patient) -> (Vec<Finding>, Option<Services>) {
    let config = &patient.config;
    if !config.node.data.is_dir() {
        return (Vec::new(), None); // that is told of the folder
    }
    let snapshot = match Snapshot::take(config) {
        Ok(snapshot) => snapshot,
        Err(e) => return (vec![unreadable(&e, config)], None),
    };
    let read = snapshot.read();
    let database = database(&read, snapshot.engine(), config, patient.is_thorough);
    let is_sound = database.remedy.is_none();
    let mut findings = vec![database];
    // of a version that had no such tables, an upgrade makes them
    let has = |table| snapshot.has_table(table).unwrap_or_default();
    if is_sound && has("keyring") {
        let key = keys(config, &read);
        let opens = key.remedy.is_none();
        findings.push(key);
        findings.push(files(config, &read, patient.is_thorough && opens));
    }
    if is_sound && has("backups") {
        findings.push(backups(config, &read, patient.now).unwrap_or_else(|e| damaged(&e.to_string())));
    }
    let services = (is_sound && has("push_subscriptions")).then(|| Services::of(&read)).transpose().unwrap_or_else(|e| {
        findings.push(damaged(&e.to_string()));
        None
    });
    (findings, services)
}

fn unreadable(e: &Error, config: &Config) -> Finding {
    let cause = e.source.as_ref().map(|cause| format!(" ({cause})")).unwrap_or_default();
    let remedy = if config.database.url.is_some() { "Start PostgreSQL, or correct database.url." } else { RESTORE };
    Area::Database.problem(format!("{}{cause}", e.detail), remedy)
}

fn damaged(what: &str) -> Finding {
    Area::Database.problem(format!("The database is damaged: {what}."), RESTORE)
}

fn database(read: &Read, engine: Engine, config: &Config, is_thorough: bool) -> Finding {
    let looked = match engine {
        Engine::Sqlite => sqlite(read, config, is_thorough),
        Engine::Postgres => postgres(read),
    };
    match looked {
        Ok(finding) => finding,
        Err(e) => damaged(&e.source.as_ref().map_or(e.detail.clone(), ToString::to_string)),
    }
}

fn sqlite(read: &Read, config: &Config, is_thorough: bool) -> Result<Finding> {
    let (sql, column) =
        if is_thorough { ("PRAGMA integrity_check(5)", "integrity_check") } else { ("PRAGMA quick_check(5)", "quick_check") };
    let said: Vec<String> = read.query(sql, &[], |row| row.get(column))?;
    if said != ["ok"] {
        return Ok(damaged(&said.join("; ")));
    }
    let strays: i64 = read.value("SELECT count(*) AS value FROM pragma_foreign_key_check()", &[])?.unwrap_or_default();
    if strays > 0 {
        return Ok(damaged(&format!("{strays} rows belong to rows that are not there")));
    }
    let how = if is_thorough { "every page and index was read" } else { "every page was read" };
    let is_sealed = DatabaseFile::find(&config.node.data, &config.keys)?.is_sealed();
    let told = if is_sealed { " It is sealed: nothing of it can be read without the master key." } else { "" };
    Ok(Area::Database.ok(format!("The database is sound: {how}.{told}")))
}

fn postgres(read: &Read) -> Result<Finding> {
    let encoding: String = read.query_one("SELECT current_setting('server_encoding') AS value", &[], |row| row.get("value"))?;
    let version: String = read.query_one("SELECT current_setting('server_version') AS value", &[], |row| row.get("value"))?;
    if encoding != "UTF8" {
        let remedy = "Make one with UTF-8 (createdb --encoding UTF8 --template template0 snug) and restore a backup into it.";
        return Ok(Area::Database.problem(format!("The database's encoding is {encoding}: not every text can be stored."), remedy));
    }
    Ok(Area::Database.ok(format!("PostgreSQL {version} answers.")))
}

fn keys(config: &Config, read: &Read) -> Finding {
    match keys::fits(&config.node.data, &config.keys, read) {
        Ok(()) => Area::Keys.ok("The master key opens the instance's keys."),
        Err(e) => Area::Keys.problem(
            e.detail,
            "Give the passphrase or key that the instance was protected with, or put master.key back from a backup of it.",
        ),
    }
}

fn files(config: &Config, read: &Read, is_thorough: bool) -> Finding {
    let folder = config.node.data.join("blobs");
    let (mut wrong, mut count) = (Vec::new(), 0_usize);
    let mut tell = |problem: String| {
        count += 1;
        if wrong.len() < NAMED {
            wrong.push(problem);
        }
        Ok(())
    };
    let looked = blobs::check_sizes(read, &folder, &mut tell);
    let looked = looked.and_then(|()| if is_thorough { contents(config, read, &folder, &mut tell) } else { Ok(()) });
    match looked {
        Err(e) => Area::Files.problem(e.detail, RESTORE),
        Ok(()) if count > 0 => {
            let more = if count > wrong.len() { format!(" and {} more", count - wrong.len()) } else { String::new() };
            let what = format!("{count} stored files are damaged or gone: {}{more}.", wrong.join("; "));
            Area::Files.problem(what, "Restore a backup into another folder and copy its blobs folder over this one.")
        }
        Ok(()) if is_thorough => Area::Files.ok("Every stored file is there and opens."),
        Ok(()) => Area::Files.ok("Every stored file is there, with its size."),
    }
}

fn contents(config: &Config, read: &Read, folder: &Path, tell: impl FnMut(String) -> Result<()>) -> Result<()> {
    let keys = keys::Keys::read(&config.node.data, &config.keys, read)?;
    blobs::check_contents(read, &keys, folder, tell)
}

fn backups(config: &Config, read: &Read, now: i64) -> Result<Finding> {
    let runs = backup::list(read, 100)?;
    let newest_good = runs.iter().find(|run| run.ended_at.is_some() && run.error.is_none());
    if Place::of(config).is_none() || config.backup.every_hours == 0 {
        let remedy =
            "Set every_hours, folder (or s3_endpoint …) and recipients in the [backup] part of the configuration (docs/operating.md).";
        return Ok(Area::Backups.warning("The node makes no backups by itself.", remedy));
    }
    let every = i64::from(config.backup.every_hours) * HOUR;
    Ok(match (runs.first(), newest_good) {
        (Some(BackupRun { error: Some(error), .. }), _) => {
            Area::Backups.problem(format!("The newest backup failed: {error}"), "Correct the [backup] part of the configuration.")
        }
        (_, Some(good)) if good.rehearsal_error.is_some() => {
            let why = good.rehearsal_error.clone().unwrap_or_default();
            let remedy = "Make another one now (snug backup), verify it, and look at the disk that it lies on.";
            Area::Backups.problem(format!("The newest backup could not be restored for a try: {why}"), remedy)
        }
        (_, Some(good)) if now - good.started_at > 2 * every => {
            let what = format!("The newest backup is {} hours old, and one is due every {}.", (now - good.started_at) / HOUR, every / HOUR);
            Area::Backups.warning(what, "Let the node run; it makes what is due within minutes. The log says what keeps it from that.")
        }
        (_, Some(good)) => {
            let tried = if good.rehearsed_at.is_some() { ", and it was restored for a try" } else { "" };
            Area::Backups.ok(format!("The newest backup is {} hours old{tried}.", (now - good.started_at) / HOUR))
        }
        (_, None) => Area::Backups.warning("No backup has been made yet.", "Let the node run; it makes what is due within minutes."),
    })
}
