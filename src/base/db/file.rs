//! The file of a SQLite database, whose pages may be sealed (SQLCipher: AES-256 with HMAC-SHA-512).
use crate::config::{DatabaseConfig, KeysConfig};
use crate::keys::{self, Key, hex, sync_folder, unwritable};
use crate::{Code, Error, Result};
use rusqlite::OpenFlags;
use rustix::fs::StatVfsMountFlags;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// How every SQLite database begins that is not sealed.
const OPEN: &[u8; 16] = b"SQLite format 3\0";
/// The database as it is to be, while it is made from the one that counts.
const TURNING: &str = "snug.db.turning";

/// A SQLite database as it lies in a data folder.
#[derive(Clone)]
pub struct DatabaseFile {
    pub path: PathBuf,
    /// What its pages are sealed under.
    key: Option<Key>,
    /// Whether nobody can write to it, or to what lies beside it.
    is_fixed: bool,
}

impl DatabaseFile {
    /// That of this data folder. One that is not there yet is going to be sealed if there is a key for it.
    ///
    /// # Errors
    /// `node.locked` if it is sealed and the master key does not open its key.
    pub fn find(data: &Path, keys: &KeysConfig) -> Result<DatabaseFile> {
        let path = data.join("snug.db");
        // what has neither this beginning nor a key is damaged, which opening it will tell
        let key = if is_sealed(&path)? == Some(false) { None } else { keys::database::read(data, keys)? };
        let is_fixed = is_fixed(&path);
        Ok(DatabaseFile { path, key, is_fixed })
    }

    /// Whether its pages are sealed.
    pub fn is_sealed(&self) -> bool {
        self.key.is_some()
    }

    /// Seals another database, which nobody uses, as this one is. What lies beside it under the name of a database that is being turned is
    /// overwritten.
    pub fn seal_alike(&self, other: PathBuf) -> Result<()> {
        let Some(key) = &self.key else { return Ok(()) };
        let turned = DatabaseFile { path: other.with_file_name(TURNING), key: Some(key.clone()), is_fixed: false };
        turn(&DatabaseFile { path: other, key: None, is_fixed: false }, &turned)
    }

    /// A new connection.
    pub fn connect(&self) -> rusqlite::Result<rusqlite::Connection> {
        let sql = if self.is_fixed { open_fixed(&self.path)? } else { rusqlite::Connection::open(&self.path)? };
        if let Some(key) = &self.key {
            sql.execute_batch(&Zeroizing::new(format!("PRAGMA key = \"{}\"", *pragma(key))))?;
        }
        Ok(sql)
    }

    /// Moves the log into the database, so that the file is all of it.
    ///
    /// # Errors
    /// If somebody else is using it.
    pub fn settle(&self) -> Result<()> {
        let is_busy: i64 = self.connect()?.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |row| row.get(0))?;
        if is_busy != 0 {
            return Err(Code::Unavailable.error("Somebody else is using the database. Stop the node first."));
        }
        Ok(())
    }
}

/// Seals the database, or opens it for good, if it is not as the configuration wants it. Nobody may be using it. A kill at any moment
/// leaves it as it was, or as it is to be. Blocks: about ten seconds for every 100 MB.
pub fn arrange(config: &DatabaseConfig, keys: &KeysConfig, data: &Path) -> Result<()> {
    if config.url.is_some() {
        return Ok(());
    }
    let turning = data.join(TURNING);
    remove(&turning).map_err(|e| unwritable(&turning, &e))?;
    let file = DatabaseFile::find(data, keys)?;
    let is_there = match is_sealed(&file.path)? {
        // opening it says that it is damaged, unless it is the key that is missing
        Some(true) if file.key.is_none() && config.encrypted => return Err(no_key(&file.path)),
        Some(true) if file.key.is_none() => return Ok(()),
        found => found.is_some(),
    };
    match (is_there, config.encrypted) {
        (false, true) => keys::database::read_or_make(data, keys, None).map(drop),
        (false, false) => keys::database::remove(data),
        (true, wanted) if wanted == file.key.is_some() => Ok(()),
        (true, wanted) => {
            let begun = std::time::Instant::now();
            let key = if wanted { Some(keys::database::read_or_make(data, keys, root(&file)?.as_ref())?) } else { None };
            let turned = DatabaseFile { path: turning, key, is_fixed: false };
            turn(&file, &turned).inspect_err(|_| {
                let _ = remove(&turned.path); // the reason is told
            })?;
            let done = if wanted { "is sealed" } else { "is not sealed any more" };
            tracing::info!(seconds = begun.elapsed().as_secs(), "the database {done}");
            Ok(())
        }
    }
}

/// Whether the database lies on a file system that is mounted read-only, as after a fault of a disk, and was closed before: SQLite can't
/// have its log beside it then, and does not need one.
fn is_fixed(path: &Path) -> bool {
    let is_read_only = rustix::fs::statvfs(path).is_ok_and(|about| about.f_flag.contains(StatVfsMountFlags::RDONLY));
    is_read_only && !path.with_file_name("snug.db-wal").exists()
}

fn open_fixed(path: &Path) -> rusqlite::Result<rusqlite::Connection> {
    let mut address = String::from("file:");
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' => address.push(char::from(*byte)),
            other => address.push_str(&format!("%{other:02X}")),
        }
    }
    address.push_str("?immutable=1");
    rusqlite::Connection::open_with_flags(
        address,
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )
}

fn no_key(path: &Path) -> Error {
    Code::Locked.error(format!(
        "{} is damaged, or the file with its key (database.key) is missing; it was left as it is. Put the key back, or restore a backup.",
        path.display()
    ))
}

/// Puts a copy that is sealed under the other key into the place of the file.
fn turn(from: &DatabaseFile, to: &DatabaseFile) -> Result<()> {
    let place = &from.path;
    let failed = |e: rusqlite::Error| Error {
        source: Some(Box::new(e)),
        ..Code::StorageFull.error(format!(
            "{} could not be written anew, as database.encrypted wants it, and was left as it is. \
             It takes as much free space as the database has.",
            place.display()
        ))
    };
    from.settle()?;
    let sql = from.connect()?;
    let written = || {
        let key = to.key.as_ref().map(pragma);
        sql.execute("ATTACH ?1 AS turned KEY ?2", (to.path.to_string_lossy(), key.as_ref().map_or("", |key| key.as_str())))?;
        sql.query_row("SELECT sqlcipher_export('turned')", (), |_| Ok(()))?;
        for name in ["user_version", "application_id"] {
            let value: i64 = sql.query_row(&format!("PRAGMA main.{name}"), (), |row| row.get(0))?;
            sql.execute_batch(&format!("PRAGMA turned.{name} = {value}"))?;
        }
        let said: String = sql.query_row("PRAGMA turned.integrity_check(1)", (), |row| row.get(0))?;
        sql.execute_batch("DETACH turned")?;
        Ok(said)
    };
    let said = written().map_err(failed)?;
    drop(sql);
    if said != "ok" {
        return Err(Error::internal(format!("{} is damaged ({said}) and was left as it is. Restore it from a backup.", place.display())));
    }
    let put = || {
        std::fs::File::open(&to.path)?.sync_all()?;
        // empty since it was settled: of the other file they would be no part
        for rest in ["snug.db-wal", "snug.db-shm"] {
            remove(&place.with_file_name(rest))?;
        }
        std::fs::rename(&to.path, place)?;
        sync_folder(place)
    };
    put().map_err(|e| unwritable(place, &e))
}

/// The root of the key ring in a database, if there is one.
fn root(file: &DatabaseFile) -> Result<Option<keys::SealedKey>> {
    let sql = file.connect()?;
    let has_ring: bool = sql.query_row("SELECT count(*) FROM sqlite_schema WHERE name = 'keyring'", (), |row| row.get(0))?;
    if !has_ring {
        return Ok(None);
    }
    let rows = sql.query_row("SELECT generation, sealed, kdf FROM keyring WHERE generation = 0", (), |row| {
        Ok(keys::SealedKey { generation: row.get(0)?, sealed: row.get(1)?, kdf: row.get(2)? })
    });
    match rows {
        Ok(root) => Ok(Some(root)),
        Err(rusqlite::Error::QueryReturnedNoRows) => Ok(None),
        Err(e) => Err(e.into()),
    }
}

/// Whether what lies there is sealed; `None` if nothing lies there.
fn is_sealed(path: &Path) -> Result<Option<bool>> {
    let unreadable =
        |e: std::io::Error| Code::Internal.error(format!("{} can't be read: {e}. Check its owner and permissions.", path.display()));
    let mut begin = Vec::with_capacity(OPEN.len());
    match std::fs::File::open(path) {
        Ok(file) => file.take(OPEN.len() as u64).read_to_end(&mut begin).map_err(unreadable)?,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(unreadable(e)),
    };
    Ok(if begin.is_empty() { None } else { Some(begin != OPEN) })
}

fn remove(path: &Path) -> std::io::Result<()> {
    match std::fs::remove_file(path) {
        Err(e) if e.kind() != ErrorKind::NotFound => Err(e),
        _ => Ok(()),
    }
}

/// The passphrase of what is made of a sealed database and lies beside it. There is one as soon as the database was ever sealed.
pub fn passphrase(data: &Path, keys: &KeysConfig) -> Result<Option<Zeroizing<String>>> {
    let key = keys::database::read(data, keys)?;
    Ok(key.map(|key| Zeroizing::new(hex(&keys::expand(&key, "snug: what is made of the database")[..]))))
}

/// A key as SQLCipher takes it without deriving anything from it.
fn pragma(key: &Key) -> Zeroizing<String> {
    Zeroizing::new(format!("x'{}'", *Zeroizing::new(hex(&key[..]))))
}
