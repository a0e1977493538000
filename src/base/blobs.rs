//! Files that are not rows: kept in the data folder, sealed in chunks, each file under a key of its own that lies sealed in the
//! database. The same content is kept once. Any part can be read without the rest.
//!
//! A file is `HEADER`, then chunks of 64 KiB of content, each sealed with XChaCha20-Poly1305 under the nonce `chunk's number || 1 if it
//! is the last` (the STREAM construction), so that chunks can be neither cut off nor reordered unnoticed. An empty file has one empty chunk.
use crate::keys::{Key, Keys, random, sync_folder, unwritable};
use crate::{Code, Db, Error, Read as Snapshot, Result, Tx, params};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use std::fs::File;
use std::io::{Read, Write};
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use uuid::Uuid;
use zeroize::Zeroizing;

const PURPOSE: &str = "snug/blob";
const HEADER: &[u8; 8] = b"SNUGBLB1";
/// Content per chunk.
pub const CHUNK: usize = 64 * 1024;
const TAG: usize = 16;
const NONCE: usize = 24;
/// A file without a row may still be on its way to one for that long.
const STRAY: Duration = Duration::from_secs(24 * 3_600);

/// The blob store of a node.
#[derive(Clone)]
pub struct Blobs {
    folder: Arc<Path>,
    keys: Arc<Keys>,
    db: Db,
}

/// An opened blob.
#[derive(Clone)]
pub struct Blob {
    path: PathBuf,
    key: Key,
    /// Bytes of content.
    pub size: u64,
}

struct Row {
    file: Uuid,
    size: i64,
    key: Vec<u8>,
}

/// Content that is kept.
#[derive(Clone, Copy, Debug)]
pub struct Stored {
    /// What it is found by.
    pub name: [u8; 32],
    /// Bytes of content.
    pub size: i64,
    /// Whether it takes space that was not taken before.
    pub is_new: bool,
}

/// Content that was sealed into a file and waits for its row.
struct Written {
    name: [u8; 32],
    file: Uuid,
    path: PathBuf,
    size: i64,
    key: Key,
}

impl Blobs {
    /// Opens (and makes) the folder.
    pub fn open(folder: PathBuf, keys: Arc<Keys>, db: Db) -> Result<Blobs> {
        std::fs::create_dir_all(&folder).map_err(|e| Code::Internal.error(format!("{} can't be made: {e}", folder.display())))?;
        Ok(Blobs { folder: folder.into(), keys, db })
    }

    /// How many bytes of content there are.
    pub async fn stored_bytes(&self) -> Result<i64> {
        let sql = "SELECT CAST(coalesce(sum(size), 0) AS BIGINT) AS value FROM blobs";
        Ok(self.db.read(move |read| read.value(sql, &[])).await?.unwrap_or_default())
    }

    /// Keeps what `content` gives and answers with its name, in hexadecimal. Durable when it answers.
    pub async fn put(&self, content: impl Read + Send + 'static) -> Result<String> {
        self.put_with(content, |_, stored| Ok(crate::keys::hex(&stored.name))).await
    }

    /// Keeps what `content` gives together with what `work` writes about it: both or, if `work` fails, neither.
    pub async fn put_with<T: Send + 'static>(
        &self,
        content: impl Read + Send + 'static,
        work: impl FnOnce(&Tx, &Stored) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let ours = self.clone();
        let written = tokio::task::spawn_blocking(move || ours.write(content)).await.map_err(Error::internal)??;
        let (keys, path) = (self.keys.clone(), written.path.clone());
        let outcome = self.db.write(move |tx| {
            let is_new = insert(tx, &keys, &written)?;
            let value = work(tx, &Stored { name: written.name, size: written.size, is_new })?;
            Ok((value, is_new))
        });
        let outcome = outcome.await;
        if !matches!(outcome, Ok((_, true))) {
            let _ = tokio::fs::remove_file(path).await; // else it is collected later
        }
        outcome.map(|(value, _)| value)
    }

    /// Forgets blobs that nobody uses. Their files are collected a day later: a backup may be reading them.
    pub async fn forget(&self, unused: impl FnOnce(&Tx) -> Result<Vec<Vec<u8>>> + Send + 'static) -> Result<usize> {
        let files = self.db.write(move |tx| unused(tx)?.iter().map(|name| delete(tx, name)).collect::<Result<Vec<Uuid>>>()).await?;
        let paths: Vec<PathBuf> = files.iter().map(|file| path(&self.folder, *file)).collect();
        let count = paths.len();
        let touch = move || {
            for path in paths {
                // one that can't be touched is collected the next time
                let _ = File::options().append(true).open(path).and_then(|file| file.set_modified(SystemTime::now()));
            }
        };
        tokio::task::spawn_blocking(touch).await.map_err(Error::internal)?;
        Ok(count)
    }

    /// The blob of that name.
    pub async fn find(&self, name: &str) -> Result<Blob> {
        // names come from outside: anything else is not found
        let name = crate::keys::unhex::<32>(name).ok_or_else(missing)?;
        let row = self.db.read(move |read| load(read, &name)).await?.ok_or_else(missing)?;
        Blob::of(&self.folder, &self.keys, &name, &row)
    }

    /// All of the content of that name.
    pub async fn get(&self, name: &str) -> Result<Vec<u8>> {
        let blob = self.find(name).await?;
        let all = 0..blob.size;
        tokio::task::spawn_blocking(move || blob.read(all)).await.map_err(Error::internal)?
    }

    /// Deletes files that no row knows and that are older than a day: what was left by a node that was killed. Says how many.
    pub async fn collect(&self) -> Result<usize> {
        let folder = self.folder.clone();
        let old = tokio::task::spawn_blocking(move || strays(&folder)).await.map_err(Error::internal)?.map_err(Error::internal)?;
        let mut deleted = 0;
        for some in old.chunks(500) {
            let files: Vec<Uuid> = some.iter().map(|(file, _)| *file).collect();
            let known = self.db.read(move |read| known(read, &files)).await?;
            for (file, path) in some {
                if !known.contains(file) && std::fs::remove_file(path).is_ok() {
                    deleted += 1;
                }
            }
        }
        Ok(deleted)
    }

    fn write(&self, mut content: impl Read) -> Result<Written> {
        let (file, key) = (Uuid::now_v7(), Zeroizing::new(random::<32>()));
        let path = path(&self.folder, file);
        let mut naming = Hmac::<Sha256>::new_from_slice(&self.keys.derive("blob/name")[..]).map_err(Error::internal)?;
        let mut sealing = || -> Result<i64, Failure> {
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder)?;
            }
            let mut out = std::io::BufWriter::with_capacity(CHUNK * 2, File::create_new(&path)?);
            out.write_all(HEADER)?;
            let (mut size, mut number) = (0_i64, 0_u32);
            let mut chunk = fill(&mut content)?;
            loop {
                let next = if chunk.len() == CHUNK { fill(&mut content)? } else { Zeroizing::new(Vec::new()) };
                naming.update(&chunk);
                size += i64::try_from(chunk.len()).map_err(Failure::of)?;
                out.write_all(&seal(&key, number, next.is_empty(), &chunk)?)?;
                if next.is_empty() {
                    break;
                }
                chunk = next;
                number = number.checked_add(1).ok_or_else(|| Failure::of("a file of more than 256 TiB"))?;
            }
            out.into_inner().map_err(|e| e.into_error())?.sync_all()?;
            sync_folder(&path)?;
            Ok(size)
        };
        match sealing() {
            Ok(size) => Ok(Written { name: naming.finalize().into_bytes().into(), file, path, size, key }),
            Err(failure) => {
                let _ = std::fs::remove_file(&path); // else it is collected later
                Err(match failure {
                    Failure::Disk(e) => unwritable(&path, &e),
                    Failure::Other(e) => e,
                })
            }
        }
    }
}

impl Blob {
    fn of(folder: &Path, keys: &Keys, name: &[u8; 32], row: &Row) -> Result<Blob> {
        let key: [u8; 32] = keys.open_sealed(PURPOSE, name, &row.key)?.as_slice().try_into().map_err(Error::internal)?;
        let size = u64::try_from(row.size).map_err(Error::internal)?;
        Ok(Blob { path: path(folder, row.file), key: Zeroizing::new(key), size })
    }

    /// Some of the content; what lies beyond its end is left out. Blocks.
    ///
    /// # Errors
    /// If the file is not what was stored.
    pub fn read(&self, range: Range<u64>) -> Result<Vec<u8>> {
        let range = range.start.min(self.size)..range.end.min(self.size);
        if range.is_empty() && self.size > 0 {
            return Ok(Vec::new());
        }
        let file = File::open(&self.path).map_err(|e| self.damaged(&e.to_string()))?;
        let mut out = Vec::with_capacity(usize::try_from(range.end - range.start).map_err(Error::internal)?);
        let chunk = CHUNK as u64;
        let last = self.size.saturating_sub(1) / chunk;
        for number in range.start / chunk..=range.end.saturating_sub(1).max(range.start) / chunk {
            let begins = number * chunk;
            let length = self.size.min(begins + chunk).saturating_sub(begins);
            let mut sealed = vec![0; usize::try_from(length).map_err(Error::internal)? + TAG];
            file.read_exact_at(&mut sealed, HEADER.len() as u64 + number * (CHUNK + TAG) as u64)
                .map_err(|e| self.damaged(&e.to_string()))?;
            let place = u32::try_from(number).map_err(Error::internal)?;
            let opened = open(&self.key, place, number == last, &sealed).ok_or_else(|| self.damaged("its content was changed"))?;
            let within = |at: u64| usize::try_from(at.saturating_sub(begins).min(length)).map_err(Error::internal);
            out.extend_from_slice(opened.get(within(range.start)?..within(range.end)?).unwrap_or_default());
        }
        Ok(out)
    }

    fn damaged(&self, why: &str) -> Error {
        Error {
            source: Some(format!("{}: {why}", self.path.display()).into()),
            ..Code::FileDamaged
                .error("This file is damaged on the node's disk and can't be shown. The operator finds out more with `snug doctor`.")
        }
    }
}

enum Failure {
    Disk(std::io::Error),
    Other(Error),
}

impl Failure {
    fn of(e: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Failure {
        Failure::Other(Error::internal(e))
    }
}

impl From<std::io::Error> for Failure {
    fn from(e: std::io::Error) -> Failure {
        Failure::Disk(e)
    }
}

/// The next chunk of content: a whole one unless it is the last.
fn fill(content: &mut impl Read) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let mut chunk = Zeroizing::new(Vec::with_capacity(CHUNK));
    content.by_ref().take(CHUNK as u64).read_to_end(&mut chunk).map_err(Failure::of)?;
    Ok(chunk)
}

fn nonce(number: u32, is_last: bool) -> XNonce {
    let mut nonce = [0; NONCE];
    nonce[NONCE - 5..NONCE - 1].copy_from_slice(&number.to_be_bytes());
    nonce[NONCE - 1] = u8::from(is_last);
    XNonce::from(nonce)
}

fn seal(key: &Key, number: u32, is_last: bool, chunk: &[u8]) -> Result<Vec<u8>, Failure> {
    let cipher = XChaCha20Poly1305::new(&(**key).into());
    cipher.encrypt(&nonce(number, is_last), Payload { msg: chunk, aad: HEADER }).map_err(|_| Failure::of("sealing failed"))
}

fn open(key: &Key, number: u32, is_last: bool, sealed: &[u8]) -> Option<Vec<u8>> {
    XChaCha20Poly1305::new(&(**key).into()).decrypt(&nonce(number, is_last), Payload { msg: sealed, aad: HEADER }).ok()
}

/// Where a file of the blob store lies: in folders by the last byte, since the first ones of such ids are the time.
pub fn path(folder: &Path, file: Uuid) -> PathBuf {
    let name = file.simple().to_string();
    folder.join(&name[30..]).join(name)
}

fn missing() -> Error {
    Code::NotFound.error("There is no such file.")
}

fn load(read: &Snapshot, name: &[u8; 32]) -> Result<Option<Row>> {
    read.query_opt("SELECT file, size, key FROM blobs WHERE name = ?1", params![name[..]], |row| {
        Ok(Row { file: row.get("file")?, size: row.get("size")?, key: row.get("key")? })
    })
}

/// `false` if the content was there already, under another file.
fn insert(tx: &Tx, keys: &Keys, written: &Written) -> Result<bool> {
    let sealed = keys.seal(PURPOSE, &written.name, &written.key[..])?;
    let added = tx.execute(
        "INSERT INTO blobs (name, file, size, generation, key, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (name) DO NOTHING",
        params![written.name[..], written.file, written.size, sealed.generation, sealed.bytes, tx.now],
    )?;
    Ok(added == 1)
}

/// Takes a row away and says which file it was about.
fn delete(tx: &Tx, name: &[u8]) -> Result<Uuid> {
    tx.query_one("DELETE FROM blobs WHERE name = ?1 RETURNING file", params![name], |row| row.get("file"))
}

/// About how many bytes the files have that have a row, rather too many.
pub fn about_size(read: &Snapshot) -> Result<u64> {
    let sql = "SELECT CAST(coalesce(sum(size), 0) + 2048 * count(*) AS BIGINT) AS value FROM blobs";
    let bytes = read.value::<i64>(sql, &[])?.unwrap_or_default();
    Ok(u64::try_from(bytes).map_err(Error::internal)?.saturating_mul(101) / 100)
}

/// All files that have a row, for backups.
pub fn stored(read: &Snapshot) -> Result<Vec<Uuid>> {
    read.query("SELECT file FROM blobs ORDER BY file", &[], |row| row.get("file"))
}

/// Looks whether every file is there and has the size that its content has when it is sealed; tells what is not so.
pub fn check_sizes(read: &Snapshot, folder: &Path, mut tell: impl FnMut(String) -> Result<()>) -> Result<()> {
    let all =
        read.query("SELECT file, size FROM blobs ORDER BY file", &[], |row| Ok((row.get::<Uuid>("file")?, row.get::<i64>("size")?)))?;
    for (file, size) in all {
        let size = u64::try_from(size).map_err(Error::internal)?;
        let sealed = HEADER.len() as u64 + size + size.div_ceil(CHUNK as u64).max(1) * TAG as u64;
        match std::fs::metadata(path(folder, file)) {
            Ok(about) if about.len() == sealed => {}
            Ok(about) => tell(format!("the file {} has {} bytes, not {sealed}", file.simple(), about.len()))?,
            Err(e) => tell(format!("the file {} can't be read: {e}", file.simple()))?,
        }
    }
    Ok(())
}

/// Reads every file and looks whether it opens; tells what does not.
pub fn check_contents(read: &Snapshot, keys: &Keys, folder: &Path, mut tell: impl FnMut(String) -> Result<()>) -> Result<()> {
    let names = read.query("SELECT name FROM blobs ORDER BY name", &[], |row| row.get::<Vec<u8>>("name"))?;
    for name in names {
        let name: [u8; 32] = name.as_slice().try_into().map_err(Error::internal)?;
        let Some(row) = load(read, &name)? else { continue };
        let read = Blob::of(folder, keys, &name, &row).and_then(|blob| {
            (0..blob.size.max(1)).step_by(CHUNK).try_for_each(|begins| blob.read(begins..begins + CHUNK as u64).map(drop))
        });
        if read.is_err() {
            tell(format!("the content of the file {} was changed", row.file.simple()))?;
        }
    }
    Ok(())
}

fn known(read: &Snapshot, files: &[Uuid]) -> Result<Vec<Uuid>> {
    let ids = crate::db::params_of(files);
    let sql = format!("SELECT file FROM blobs WHERE file IN ({})", crate::db::list(1, ids.len()));
    read.query(&sql, &ids, |row| row.get("file"))
}

/// Files that were not changed for a day.
fn strays(folder: &Path) -> std::io::Result<Vec<(Uuid, PathBuf)>> {
    let mut found = Vec::new();
    for part in std::fs::read_dir(folder)? {
        let part = part?.path();
        if !part.is_dir() {
            continue;
        }
        for file in std::fs::read_dir(part)? {
            let file = file?;
            let age = SystemTime::now().duration_since(file.metadata()?.modified()?).unwrap_or_default();
            if age > STRAY
                && let Some(id) = file.file_name().to_str().and_then(|name| Uuid::try_parse(name).ok())
            {
                found.push((id, file.path()));
            }
        }
    }
    Ok(found)
}

/// Seals the keys of up to `most` blobs anew that are under an older data key than `newest`. Says how many.
pub(crate) fn reseal(tx: &Tx, keys: &Keys, newest: i64, most: i64) -> Result<usize> {
    let sql = "SELECT name, key FROM blobs WHERE generation < ?1 LIMIT ?2";
    let old = tx.query(sql, params![newest, most], |row| Ok((row.get::<Vec<u8>>("name")?, row.get::<Vec<u8>>("key")?)))?;
    for (name, key) in &old {
        let sealed = keys.seal(PURPOSE, name, &keys.open_sealed(PURPOSE, name, key)?)?;
        tx.execute("UPDATE blobs SET generation = ?2, key = ?3 WHERE name = ?1", params![name, sealed.generation, sealed.bytes])?;
    }
    Ok(old.len())
}

/// How many keys are under an older data key than `newest`.
pub(crate) fn older(read: &Snapshot, newest: i64) -> Result<i64> {
    Ok(read.value("SELECT count(*) AS value FROM blobs WHERE generation < ?1", params![newest])?.unwrap_or(0))
}
