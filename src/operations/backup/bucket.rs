//! Backups in a bucket of an S3 store.
//!
//! An upload that comes in parts takes room in the store until somebody ends it, and nobody sees it there. So each is noted in the data folder,
//! in a file that is locked while its process lives: what a dead one left behind is taken back before the next.
use super::archive::unwritable;
use serde::{Deserialize, Serialize};
use snug_base::config::{BackupConfig, Secret};
use snug_base::keys::read_passphrase;
use snug_base::s3::{self, MOST_PARTS, Options, Reader, Writer};
use snug_base::{Code, Error, Result};
use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::Duration;
use zeroize::Zeroizing;

const SETTINGS: &str = "backup.s3_";
const MIB: usize = 1024 * 1024;
/// Parts that the part size is chosen for; the others are for backups that become larger than was expected.
const PLANNED_PARTS: u64 = MOST_PARTS as u64 - 1_000;
/// Where uploads are noted.
const FOLDER: &str = "backup-uploads";
/// Notes that are looked at.
const MOST_NOTES: usize = 100;
/// For so long it is tried to take an upload back that the store does not let go.
const PATIENCE: Duration = Duration::from_secs(30 * 24 * 3_600);

/// The bucket that the configuration names.
#[derive(Clone, Debug)]
pub struct Bucket {
    config: BackupConfig,
    data: PathBuf,
}

/// A backup on its way into a bucket.
pub struct Upload {
    out: Option<Writer>,
    leaves: Arc<AtomicBool>,
    note: PathBuf,
    /// Locked as long as this is open.
    _held: File,
}

/// An upload that may have to be taken back.
#[derive(Debug, Deserialize, Serialize)]
struct Note {
    endpoint: String,
    bucket: String,
    key: String,
    upload: String,
}

/// The setting that is wrong and what is wrong with it, if anything is.
pub(super) fn wrong(config: &BackupConfig) -> Option<(String, String)> {
    let named = |key: &str, what: &str| Some((format!("{SETTINGS}{key}"), what.to_owned()));
    let is_set = |text: &Option<String>| text.as_ref().is_some_and(|text| !text.is_empty());
    if !is_set(&config.s3_endpoint) {
        return named("endpoint", "is missing: say where the S3 store is.");
    }
    if !is_set(&config.s3_bucket) {
        return named("bucket", "is missing: name the bucket that the backups go to.");
    }
    if !is_set(&config.s3_access_key) {
        return named("access_key", "is missing: the S3 store wants a key.");
    }
    match (&config.s3_secret_key, &config.s3_secret_key_file) {
        (None, None) => return named("secret_key", "is missing: give the key's secret, or its file as backup.s3_secret_key_file."),
        (Some(_), Some(_)) => return named("secret_key_file", "and backup.s3_secret_key exclude each other: remove one of them."),
        _ => {}
    }
    let prefix = &config.s3_prefix;
    if prefix.len() > 500 || prefix.starts_with('/') || !prefix.bytes().all(|b| b.is_ascii_alphanumeric() || b"/._-".contains(&b)) {
        return named("prefix", "must be of letters, digits and /._- and not begin with /: \"snug/\".");
    }
    if !(5..=1_024).contains(&config.s3_part_mib) {
        return named("part_mib", "must be from 5 to 1024.");
    }
    let (key, what) = options(config, Secret(Zeroizing::default())).wrong()?;
    named(key, &what)
}

fn options(config: &BackupConfig, secret_key: Secret) -> Options {
    Options {
        settings: SETTINGS,
        endpoint: config.s3_endpoint.clone().unwrap_or_default(),
        region: config.s3_region.clone(),
        bucket: config.s3_bucket.clone().unwrap_or_default(),
        access_key: config.s3_access_key.clone().unwrap_or_default(),
        secret_key,
        path_style: config.s3_path_style,
        ca_file: config.s3_ca_file.clone(),
    }
}

fn is_old(note: &File) -> bool {
    note.metadata().and_then(|about| about.modified()).ok().and_then(|at| at.elapsed().ok()).is_some_and(|age| age > PATIENCE)
}

impl Bucket {
    pub(super) fn of(config: &BackupConfig, data: &Path) -> Option<Bucket> {
        config.s3_endpoint.as_ref().filter(|endpoint| !endpoint.is_empty())?;
        Some(Bucket { config: config.clone(), data: data.to_owned() })
    }

    /// For people and for the table.
    pub fn describe(&self) -> String {
        format!("s3://{}/{}", self.config.s3_bucket.as_deref().unwrap_or_default(), self.config.s3_prefix)
    }

    fn options(&self) -> Result<Options> {
        let secret = match (&self.config.s3_secret_key, &self.config.s3_secret_key_file) {
            (Some(secret), _) => secret.clone(),
            (None, Some(path)) => Secret(Zeroizing::new(read_passphrase("backup.s3_secret_key_file", path)?.trim().to_owned())),
            (None, None) => Secret(Zeroizing::default()),
        };
        Ok(options(&self.config, secret))
    }

    fn key(&self, name: &str) -> String {
        format!("{}{name}", self.config.s3_prefix)
    }

    /// Opens it for a backup of that name and about that many bytes.
    pub fn begin(&self, name: &str, about: u64) -> Result<Upload> {
        let (options, key) = (self.options()?, self.key(name));
        s3::ask(&options, async |store| {
            self.take_back(store).await;
            match store.size(&key).await? {
                Some(_) => Err(Code::Malformed.error(format!("{name} is there already. Choose another name."))),
                None => Ok(()),
            }
        })?;
        let (path, held) = self.hold(name)?;
        let note = Note { endpoint: options.endpoint.clone(), bucket: options.bucket.clone(), key: key.clone(), upload: String::new() };
        let mut file = held.try_clone().map_err(unwritable)?;
        let noting = move |upload: &str| {
            let text = serde_json::to_vec(&Note { upload: upload.to_owned(), ..note }).map_err(Error::internal)?;
            file.write_all(&text).and_then(|()| file.sync_all()).map_err(unwritable)
        };
        let out = Writer::begin(&options, &key, self.part_bytes(about)?, Box::new(noting))?;
        Ok(Upload { leaves: out.leaves(), out: Some(out), note: path, _held: held })
    }

    fn part_bytes(&self, about: u64) -> Result<usize> {
        let needed = usize::try_from(about / PLANNED_PARTS).map_err(Error::internal)?.next_multiple_of(MIB);
        Ok(needed.max(self.config.s3_part_mib as usize * MIB))
    }

    fn hold(&self, name: &str) -> Result<(PathBuf, File)> {
        let folder = self.data.join(FOLDER);
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder).map_err(unwritable)?;
        let path = folder.join(format!("{name}.{}", std::process::id()));
        let file = File::options().write(true).create(true).truncate(true).mode(0o600).open(&path).map_err(unwritable)?;
        file.lock().map_err(unwritable)?;
        Ok((path, file))
    }

    /// Takes back what processes that are dead left in this bucket.
    async fn take_back(&self, store: &s3::Store) {
        let Ok(notes) = std::fs::read_dir(self.data.join(FOLDER)) else { return };
        for path in notes.filter_map(|entry| Some(entry.ok()?.path())).take(MOST_NOTES) {
            let Ok(file) = File::open(&path) else { continue };
            if file.try_lock().is_err() {
                continue; // it goes on
            }
            let mut text = Vec::new();
            let _ = (&file).take(64 * 1024).read_to_end(&mut text); // what can't be read is not known to be one
            let note: Option<Note> = serde_json::from_slice(&text).ok();
            let is_here = |note: &Note| {
                Some(&note.endpoint) == self.config.s3_endpoint.as_ref() && Some(&note.bucket) == self.config.s3_bucket.as_ref()
            };
            match note {
                Some(note) if !is_here(&note) => continue, // its bucket may be configured again
                Some(note) => {
                    if let Err(e) = store.abort(&note.key, &note.upload).await {
                        tracing::warn!(key = note.key, error = %e, "an upload that was broken off could not be taken back");
                        if !is_old(&file) {
                            continue;
                        }
                    }
                }
                None => {} // nothing was sent
            }
            let _ = std::fs::remove_file(&path); // else it is looked at again
        }
    }

    /// Reads one from its beginning.
    pub fn open(&self, name: &str) -> Result<Reader> {
        Reader::open(&self.options()?, &self.key(name))
    }

    /// How large one is, if it is there.
    pub fn size(&self, name: &str) -> Result<Option<u64>> {
        s3::ask(&self.options()?, async |store| store.size(&self.key(name)).await)
    }

    /// Deletes one; one that is not there is no error.
    pub fn remove(&self, name: &str) -> Result<()> {
        s3::ask(&self.options()?, async |store| store.delete(&self.key(name)).await)
    }

    /// Names and sizes of everything below the prefix, without folders in it.
    pub fn list(&self) -> Result<Vec<(String, u64)>> {
        let found = s3::ask(&self.options()?, async |store| store.list(&self.config.s3_prefix).await)?;
        let name = |key: &str| key.strip_prefix(&self.config.s3_prefix).filter(|name| !name.contains('/')).map(str::to_owned);
        Ok(found.iter().filter_map(|object| Some((name(&object.key)?, object.size))).collect())
    }
}

impl Upload {
    /// Makes it count; gives its size.
    pub fn finish(mut self) -> Result<u64> {
        let out = self.out.take().ok_or_else(|| Error::internal("the upload has ended"))?;
        out.finish()
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        drop(self.out.take()); // ends it
        if !self.leaves.load(SeqCst) {
            let _ = std::fs::remove_file(&self.note); // else it is looked at in vain
        }
    }
}

impl Write for Upload {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.out.as_mut().ok_or(std::io::ErrorKind::BrokenPipe)?.write(bytes)
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
