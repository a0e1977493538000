//! Bringing a backup back. Nothing that is there is overwritten, and nothing is there before all of it was checked.
use super::archive::{self, damaged, unreadable, unwritable};
use super::base::{self, FILES, Find, Wanted, nowhere};
use super::branding;
use super::check;
use super::lock::Opener;
use super::manifest::Manifest;
use snug_base::db::Engine;
use snug_base::db::restore::TableLoader;
use snug_base::keys::sync_folder;
use snug_base::{Code, Config, Error, Result, blobs};
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// Reads all of a whole backup and checks every checksum; changes nothing.
pub fn verify(from: impl Read, opener: &Opener) -> Result<Manifest> {
    verify_with(from, &nowhere, opener)
}

/// The same of one that may need a base.
pub fn verify_with(from: impl Read, find: Find, opener: &Opener) -> Result<Manifest> {
    let begin = |_: &Manifest| Ok(Wanted::new());
    let (manifest, wanted) = archive::read(from, opener, begin, |wanted, name, size, content| {
        if name == FILES {
            *wanted = base::read_list(size, content)?;
        }
        Ok(())
    })?;
    if let Some(base) = &manifest.base {
        base::read(base, wanted, find, opener, |_, _, _| Ok(()))?;
    }
    Ok(manifest)
}

/// Restores a whole backup into the (new or empty) data folder of this configuration, and into its PostgreSQL if it has one. Blocks.
///
/// # Errors
/// With a clear reason, and the folder as it was before.
pub fn restore(from: impl Read, opener: &Opener, config: &Config) -> Result<Manifest> {
    restore_with(from, &nowhere, opener, config)
}

/// The same of one that may need a base.
pub fn restore_with(from: impl Read, find: Find, opener: &Opener, config: &Config) -> Result<Manifest> {
    let data = &config.node.data;
    refuse_to_overwrite(data)?;
    let place = beside(data);
    let _ = std::fs::remove_dir_all(&place); // of a restore that was killed
    let outcome = into(from, find, opener, config, &place).and_then(|manifest| {
        put_in_place(&place, data)?;
        Ok(manifest)
    });
    if outcome.is_err() {
        let _ = std::fs::remove_dir_all(&place); // the reason is told; a rest of it is not in the way
    }
    outcome
}

/// Restores into a temporary folder, checks it and removes it again: a rehearsal.
pub fn rehearse(from: impl Read, opener: &Opener, config: &Config) -> Result<Manifest> {
    rehearse_with(from, &nowhere, opener, config)
}

/// The same of one that may need a base.
pub fn rehearse_with(from: impl Read, find: Find, opener: &Opener, config: &Config) -> Result<Manifest> {
    let place = beside(&config.node.data.join("rehearsal"));
    let _ = std::fs::remove_dir_all(&place);
    let mut alone = config.clone();
    alone.database.url = None;
    alone.database.encrypted = false; // it goes again at once
    let outcome = into(from, find, opener, &alone, &place);
    let _ = std::fs::remove_dir_all(&place);
    outcome
}

/// What is copied at once.
const PART: usize = 128 * 1024;

struct State {
    place: PathBuf,
    tables: Option<TableLoader>,
    wanted: Wanted,
}

fn into(from: impl Read, find: Find, opener: &Opener, config: &Config, place: &Path) -> Result<Manifest> {
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(place).map_err(unwritable)?;
    let begin = |manifest: &Manifest| {
        let is_postgres = manifest.engine == Engine::Postgres.as_str();
        let tables = match (&config.database.url, is_postgres) {
            (Some(url), true) => Some(TableLoader::open(url, manifest.schema)?),
            (None, false) => None,
            (Some(_), false) => {
                return Err(Code::Malformed.error("This is a backup of an instance on SQLite: restore it without database.url."));
            }
            (None, true) => {
                return Err(Code::Malformed
                    .error("This is a backup of an instance on PostgreSQL: give the address of an empty database as database.url."));
            }
        };
        Ok(State { place: place.to_owned(), tables, wanted: Wanted::new() })
    };
    let (manifest, state) = archive::read(from, opener, begin, store)?;
    if let Some(base) = &manifest.base {
        base::read(base, state.wanted, find, opener, |name, size, content| write(&blob_path(place, name)?, size, content))?;
    }
    if let Some(tables) = state.tables {
        tables.finish()?;
    }
    let mut restored = config.clone();
    restored.node.data = place.to_owned();
    check::restored(&restored, &manifest)?;
    // what was looked at through the database leaves nothing behind
    for rest in ["snug.db-wal", "snug.db-shm"] {
        let _ = std::fs::remove_file(place.join(rest));
    }
    snug_base::db::file::arrange(&restored.database, &restored.keys, place)?;
    Ok(manifest)
}

fn store(state: &mut State, name: &str, size: u64, content: &mut dyn Read) -> Result<()> {
    let parts: Vec<&str> = name.split('/').collect();
    let path = match (parts.as_slice(), &mut state.tables) {
        (["master.key"], _) => state.place.join("master.key"),
        (["database", "snug.db"], None) => state.place.join("snug.db"),
        (["database", part], Some(tables)) => {
            let (table, _) = part.rsplit_once('.').ok_or_else(|| damaged(&format!("{name} has no number")))?;
            return tables.load(table, content);
        }
        (["blobs", _], _) => blob_path(&state.place, name)?,
        ([FILES], _) => {
            state.wanted = base::read_list(size, content)?;
            return Ok(());
        }
        ([branding::FOLDER, within @ ..], _) if branding::is_place(within) => state.place.join(name),
        _ => return Ok(()), // of a newer program of the same format: not needed
    };
    write(&path, size, content)
}

/// Where a file of the blob store goes that is called `blobs/ID` in a backup.
fn blob_path(place: &Path, name: &str) -> Result<PathBuf> {
    let file = name.strip_prefix("blobs/").and_then(|file| uuid::Uuid::try_parse(file).ok());
    let file = file.ok_or_else(|| damaged(&format!("{name} is no file of the blob store")))?;
    Ok(blobs::path(&place.join("blobs"), file))
}

/// Writes a file of exactly `size` bytes, durably.
pub(super) fn write(path: &Path, size: u64, content: &mut dyn Read) -> Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(unwritable)?;
    }
    let mut file = File::options().write(true).create_new(true).mode(0o600).open(path).map_err(unwritable)?;
    let (mut part, mut count) = (vec![0; PART], 0);
    loop {
        let length = content.read(&mut part).map_err(unreadable)?;
        if length == 0 {
            break;
        }
        file.write_all(part.get(..length).unwrap_or_default()).map_err(unwritable)?;
        count += length as u64;
    }
    if count != size {
        return Err(damaged("it ends too early"));
    }
    file.sync_all().and_then(|()| sync_folder(path)).map_err(unwritable)
}

fn refuse_to_overwrite(data: &Path) -> Result<()> {
    let refused = |what: &str| {
        Err(Code::Malformed.error(format!(
            "{} {what}, and a restore overwrites nothing. Choose an empty folder with --data, or move this one away first.",
            data.display()
        )))
    };
    match std::fs::read_dir(data) {
        Ok(mut entries) => match entries.next() {
            Some(_) => refused("is not empty"),
            None => Ok(()),
        },
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(e) => refused(&format!("can't be looked into ({e})")),
    }
}

fn put_in_place(place: &Path, data: &Path) -> Result<()> {
    let done = || {
        match std::fs::remove_dir(data) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
            _ => {}
        }
        std::fs::rename(place, data)?;
        sync_folder(data)
    };
    done().map_err(|e| Error {
        source: Some(e.into()),
        ..Code::Internal.error(format!("{} could not be put into its place.", data.display()))
    })
}

/// A folder on the same disk, so that moving it into place is one step.
fn beside(data: &Path) -> PathBuf {
    let mut name = data.file_name().unwrap_or_default().to_owned();
    name.push(".restoring");
    data.with_file_name(name)
}
