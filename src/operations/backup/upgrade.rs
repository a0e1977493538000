//! Before the schema changes, the database as it was is put aside, so that one command leads back to the version before.
use super::archive::{self, Writer, damaged, unwritable};
use super::contents::Contents;
use super::lock::{Lock, Opener};
use super::manifest::Manifest;
use super::restore::write;
use snug_base::db::file::{self, DatabaseFile};
use snug_base::db::migrate::MIGRATIONS;
use snug_base::db::restore::TableLoader;
use snug_base::db::snapshot::Snapshot;
use snug_base::keys::{sync_folder, write_private};
use snug_base::{Code, Config, Error, Result};
use std::fs::File;
use std::io::{self, BufWriter, Read};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

const FOLDER: &str = "upgrades";
/// Upgrades that can be gone back on.
const KEPT: usize = 2;
const KEY_BYTES: u64 = 64;

/// Puts the database aside if this program's schema is newer than its own. Files of the blob store stay where they are: no upgrade changes
/// them. Blocks.
pub fn put_aside(config: &Config, now: i64) -> Result<Option<PathBuf>> {
    let data = &config.node.data;
    if config.database.url.is_none() && !data.join("snug.db").is_file() {
        return Ok(None);
    }
    let Some(schema) = schema_of(config)? else { return Ok(None) };
    if schema >= known() {
        return Ok(None);
    }
    let contents = Contents::take(config, now)?;
    let folder = data.join(FOLDER);
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder).map_err(unwritable)?;
    let (path, part) = (folder.join(file_name(schema)), folder.join("part"));
    let file = File::options().write(true).create(true).truncate(true).mode(0o600).open(&part).map_err(unwritable)?;
    let lock = lock(config)?;
    let mut writer = Writer::begin(BufWriter::new(file), &lock, &contents.manifest)?;
    contents.write_database(&mut writer)?;
    let file = writer.finish()?.into_inner().map_err(|e| unwritable(e.into_error()))?;
    file.sync_all().and_then(|()| std::fs::rename(&part, &path)).and_then(|()| sync_folder(&path)).map_err(unwritable)?;
    for old in put_aside_before(data)?.iter().rev().skip(KEPT) {
        let _ = std::fs::remove_file(old); // it only takes space
    }
    tracing::info!(path = %path.display(), "the database as it was before this upgrade was put aside; `snug rollback` goes back to it");
    Ok(Some(path))
}

/// What can be gone back to: when it was put aside, and of which version.
pub fn last(config: &Config) -> Result<(PathBuf, Manifest)> {
    let none = || Code::NotFound.error("There is nothing to go back to: no upgrade has changed this instance's data.");
    let path = put_aside_before(&config.node.data)?.pop().ok_or_else(none)?;
    let manifest = super::restore::verify(open(&path)?, &opener(config)?)?;
    Ok((path, manifest))
}

/// Goes back to what was put aside last. No node may run on the data. What was written since the upgrade is kept beside it (SQLite) or
/// lost (PostgreSQL). Blocks.
pub fn roll_back(config: &Config) -> Result<Manifest> {
    let (path, manifest) = last(config)?;
    let data = &config.node.data;
    let place = data.join(FOLDER).join("rolling");
    let _ = std::fs::remove_dir_all(&place); // of one that was killed
    std::fs::DirBuilder::new().mode(0o700).create(&place).map_err(unwritable)?;
    let key = match &config.database.url {
        None => roll_back_file(&path, &place, config)?,
        Some(url) => roll_back_tables(&path, url, &manifest)?,
    };
    if let Some(key) = key
        && std::fs::read(data.join("master.key")).ok().as_deref() != Some(&key)
    {
        write_private(&data.join("master.key"), &key)?;
    }
    std::fs::remove_dir_all(&place).and_then(|()| std::fs::remove_file(&path)).map_err(unwritable)?;
    Ok(manifest)
}

type Key = Option<Vec<u8>>;

fn roll_back_file(path: &Path, place: &Path, config: &Config) -> Result<Key> {
    let data = &config.node.data;
    let restored = place.join("snug.db");
    let mut key = None;
    archive::read(
        open(path)?,
        &opener(config)?,
        |_| Ok(()),
        |(), name, size, content| match name {
            "database/snug.db" => write(&restored, size, content),
            "master.key" => read_key(content).map(|bytes| key = Some(bytes)),
            _ => Ok(()),
        },
    )?;
    let file = DatabaseFile::find(data, &config.keys)?;
    file.settle()?;
    file.seal_alike(restored.clone())?;
    let newer = data.join(FOLDER).join("snug.db.newer");
    let swap = || {
        std::fs::rename(data.join("snug.db"), &newer)?;
        std::fs::rename(&restored, data.join("snug.db"))?;
        sync_folder(&data.join("snug.db"))
    };
    swap().map_err(unwritable)?;
    Ok(key)
}

fn roll_back_tables(path: &Path, url: &str, manifest: &Manifest) -> Result<Key> {
    let mut key = None;
    let begin = |_: &Manifest| TableLoader::replace(url, manifest.schema);
    let (_, tables) = archive::read(open(path)?, &Opener::default(), begin, |tables, name, _, content| {
        if name == "master.key" {
            return read_key(content).map(|bytes| key = Some(bytes));
        }
        let part = name.strip_prefix("database/").and_then(|part| part.rsplit_once('.'));
        let (table, _) = part.ok_or_else(|| damaged(&format!("{name} is no part of a table")))?;
        tables.load(table, content)
    })?;
    tables.finish()?;
    Ok(key)
}

fn read_key(content: &mut dyn Read) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    content.take(KEY_BYTES).read_to_end(&mut bytes).map_err(|e| damaged(&e.to_string()))?;
    Ok(bytes)
}

/// What is put aside of a sealed database opens with its key only.
fn lock(config: &Config) -> Result<Lock> {
    let is_sealed = config.database.url.is_none() && DatabaseFile::find(&config.node.data, &config.keys)?.is_sealed();
    let passphrase = if is_sealed { file::passphrase(&config.node.data, &config.keys)? } else { None };
    Ok(passphrase.map_or(Lock::None, Lock::Passphrase))
}

fn opener(config: &Config) -> Result<Opener> {
    Ok(Opener { passphrase: file::passphrase(&config.node.data, &config.keys)?, ..Opener::default() })
}

/// The number of the newest step that the data has; `None` where there is no data yet.
fn schema_of(config: &Config) -> Result<Option<i64>> {
    let snapshot = Snapshot::take(config)?;
    if !snapshot.has_table("migrations")? {
        return Ok(None);
    }
    snapshot.read().value("SELECT number AS value FROM migrations ORDER BY number DESC LIMIT 1", &[])
}

fn known() -> i64 {
    MIGRATIONS.last().map_or(0, |step| step.number)
}

fn file_name(schema: i64) -> String {
    format!("before-{schema:04}.tar.zst")
}

/// The oldest first.
fn put_aside_before(data: &Path) -> Result<Vec<PathBuf>> {
    let entries = match std::fs::read_dir(data.join(FOLDER)) {
        Ok(entries) => entries,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(Error::internal(e)),
    };
    let mut found: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| is_put_aside(path)).collect();
    found.sort();
    Ok(found)
}

fn is_put_aside(path: &Path) -> bool {
    path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with("before-") && name.ends_with(".tar.zst"))
}

fn open(path: &Path) -> Result<File> {
    File::open(path).map_err(|e| Code::Malformed.error(format!("{} can't be read: {e}.", path.display())))
}
