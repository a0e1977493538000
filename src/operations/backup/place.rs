//! Where the node's own backups go: a folder, a command, or a bucket of an S3 store.
use super::archive::unwritable;
use super::base::Base;
use super::bucket::{self, Bucket, Upload};
use super::lock::{self, Lock};
use snug_base::config::BackupConfig;
use snug_base::keys::sync_folder;
use snug_base::{Code, Config, Error, Result};
use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use time::OffsetDateTime;

/// Where backups go.
#[derive(Clone, Debug)]
pub enum Place {
    Folder(PathBuf),
    Command(String),
    S3(Box<Bucket>),
}

/// The key that is wrong and what is wrong with it, if anything is.
pub fn wrong(config: &BackupConfig) -> Option<(String, String)> {
    let is_s3 = config.s3_endpoint.is_some() || config.s3_bucket.is_some();
    match (config.folder.is_some(), config.command.is_some(), is_s3) {
        (true, true, _) => return told("backup.command", "is instead of backup.folder; remove one of the two."),
        (true, _, true) => return told("backup.s3_endpoint", "is instead of backup.folder; remove one of the two."),
        (_, true, true) => return told("backup.s3_endpoint", "is instead of backup.command; remove one of the two."),
        (false, false, false) if config.every_hours > 0 => {
            return told("backup.every_hours", "say where the backups go as well: backup.folder, backup.command or backup.s3_endpoint.");
        }
        _ => {}
    }
    if is_s3 && let Some(wrong) = bucket::wrong(config) {
        return Some(wrong);
    }
    // who only restores from a bucket makes none
    let has_place = config.folder.is_some() || config.command.is_some() || is_s3 && config.every_hours > 0;
    let locks = [!config.recipients.is_empty(), config.passphrase_file.is_some(), config.unencrypted];
    match locks.iter().filter(|is_set| **is_set).count() {
        0 if has_place => told("backup.recipients", "say who may read the backups: recipients, a passphrase_file, or unencrypted = true."),
        0 | 1 => config.recipients.iter().find_map(|one| told("backup.recipients", &lock::recipient(one).err()?.detail)),
        _ => told("backup.recipients", "recipients, passphrase_file and unencrypted exclude each other; keep one."),
    }
}

fn told(key: &str, what: &str) -> Option<(String, String)> {
    Some((key.to_owned(), what.to_owned()))
}

/// `snug-20261122-134501.tar.zst.age`: sorts by time, and says how to read it.
pub fn name(now: i64, lock: &Lock) -> String {
    let at = OffsetDateTime::from_unix_timestamp(now / 1_000).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let ending = if matches!(lock, Lock::None) { "tar.zst" } else { "tar.zst.age" };
    let (year, month, day) = (at.year(), u8::from(at.month()), at.day());
    format!("snug-{year}{month:02}{day:02}-{:02}{:02}{:02}.{ending}", at.hour(), at.minute(), at.second())
}

/// The same for one that needs a base: `snug-20261123-134501-since-20261122-134501.tar.zst.age`.
pub(super) fn name_since(now: i64, lock: &Lock, base: &str) -> String {
    let (name, base) = (name(now, lock), base.strip_prefix("snug-").unwrap_or(base));
    let (stem, _) = name.split_once('.').unwrap_or((&name, ""));
    format!("{stem}-since-{base}")
}

/// The name of the base, in the name of one that needs it.
pub fn base_of(name: &str) -> Option<String> {
    let (_, base) = name.split_once("-since-").filter(|_| is_ours(name))?;
    Some(format!("snug-{base}"))
}

/// Whether a file has a name as the node gives it.
fn is_ours(name: &str) -> bool {
    let is_time =
        |text: &str| text.len() == 15 && text.bytes().enumerate().all(|(at, b)| if at == 8 { b == b'-' } else { b.is_ascii_digit() });
    let stem = name.strip_suffix(".age").unwrap_or(name).strip_suffix(".tar.zst").and_then(|stem| stem.strip_prefix("snug-"));
    stem.is_some_and(|stem| match stem.split_once("-since-") {
        Some((time, base)) => is_time(time) && is_time(base),
        None => is_time(stem),
    })
}

fn list_folder(folder: &Path) -> io::Result<Vec<(String, u64)>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if let (Some(name), Ok(about)) = (entry.file_name().to_str(), entry.metadata()) {
            found.push((name.to_owned(), about.len()));
        }
    }
    Ok(found)
}

impl Place {
    /// What the configuration says, if it says anything.
    pub fn of(config: &Config) -> Option<Place> {
        let folder = config.backup.folder.clone().map(Place::Folder);
        folder.or_else(|| config.backup.command.clone().map(Place::Command)).or_else(|| Place::s3(config).ok())
    }

    /// The bucket that the configuration names.
    pub fn s3(config: &Config) -> Result<Place> {
        let bucket = Bucket::of(&config.backup, &config.node.data);
        bucket.map(|bucket| Place::S3(Box::new(bucket))).ok_or_else(|| {
            Code::BackupUnset.error(
                "The configuration names no S3 store. Set backup.s3_endpoint, s3_bucket, s3_access_key and s3_secret_key, in its file or the environment (SNUG_BACKUP_S3_ENDPOINT …).",
            )
        })
    }

    /// For people and for the table.
    pub fn describe(&self) -> String {
        match self {
            Place::Folder(folder) => folder.display().to_string(),
            Place::Command(_) => "command".to_owned(),
            Place::S3(bucket) => bucket.describe(),
        }
    }

    /// Whether what went there can be read again.
    pub fn keeps(&self) -> bool {
        !matches!(self, Place::Command(_))
    }

    /// Opens a backup to be read.
    pub fn open(&self, name: &str) -> Result<Box<dyn Read + Send>> {
        match self {
            Place::Folder(folder) => {
                let path = folder.join(name);
                let file = File::open(&path).map_err(|e| Code::Malformed.error(format!("{} can't be read: {e}.", path.display())))?;
                Ok(Box::new(file))
            }
            Place::Command(_) => Err(Code::Malformed.error("What a command was given can't be read again.")),
            Place::S3(bucket) => Ok(Box::new(bucket.open(name)?)),
        }
    }

    /// Finds a base beside the backups that need it.
    pub fn finder(&self) -> impl Fn(&Base) -> Result<Box<dyn Read>> {
        |base| Ok(self.open(&base.name)?)
    }

    /// How large a backup is, if it is there.
    pub fn size(&self, name: &str) -> Result<Option<u64>> {
        match self {
            Place::Folder(folder) => Ok(std::fs::metadata(folder.join(name)).ok().map(|about| about.len())),
            Place::Command(_) => Ok(None),
            Place::S3(bucket) => bucket.size(name),
        }
    }

    /// Deletes a backup; one that is not there is no error.
    pub fn remove(&self, name: &str) -> Result<()> {
        match self {
            Place::Folder(folder) => match std::fs::remove_file(folder.join(name)) {
                Err(e) if e.kind() != io::ErrorKind::NotFound => Err(Error::internal(e)),
                _ => Ok(()),
            },
            Place::Command(_) => Ok(()),
            Place::S3(bucket) => bucket.remove(name),
        }
    }

    /// Names and sizes of the backups that lie there, the oldest first; of those only that have names as the node gives them.
    pub fn list(&self) -> Result<Vec<(String, u64)>> {
        let mut found = match self {
            Place::Folder(folder) => {
                list_folder(folder).map_err(|e| Code::Malformed.error(format!("{} can't be read: {e}.", folder.display())))?
            }
            Place::Command(_) => Vec::new(),
            Place::S3(bucket) => bucket.list()?,
        };
        found.retain(|(name, _)| is_ours(name));
        found.sort();
        Ok(found)
    }

    /// Opens it for a backup of that name and about that many bytes.
    pub fn begin(&self, name: &str, about: u64) -> Result<Sink> {
        match self {
            Place::Folder(folder) => {
                std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(unwritable)?;
                let (path, part) = (folder.join(name), folder.join(format!("{name}.part")));
                let file = File::options().write(true).create(true).truncate(true).mode(0o600).open(&part).map_err(unwritable)?;
                Ok(Sink::Local(Local::File { out: BufWriter::with_capacity(128 * 1024, file), part, path, count: 0 }))
            }
            Place::Command(command) => {
                let mut child = Command::new("sh")
                    .args(["-c", command])
                    .env("SNUG_BACKUP_NAME", name)
                    .stdin(Stdio::piped())
                    .stdout(Stdio::null())
                    .stderr(Stdio::inherit())
                    .spawn()
                    .map_err(unwritable)?;
                let input = child.stdin.take().ok_or_else(|| Error::internal("the command has no input"))?;
                Ok(Sink::Local(Local::Command { input: Some(input), child, count: 0 }))
            }
            Place::S3(bucket) => bucket.begin(name, about).map(|upload| Sink::S3(Box::new(upload))),
        }
    }
}

/// A backup on its way. Dropped before [`Sink::finish`], it leaves nothing that looks like one.
pub enum Sink {
    Local(Local),
    S3(Box<Upload>),
}

/// A backup on its way to this machine's disks or programs.
pub enum Local {
    File { out: BufWriter<File>, part: PathBuf, path: PathBuf, count: u64 },
    Command { input: Option<std::process::ChildStdin>, child: Child, count: u64 },
}

impl Sink {
    /// Makes it count; gives its size.
    pub fn finish(self) -> Result<u64> {
        match self {
            Sink::Local(local) => local.finish(),
            Sink::S3(upload) => upload.finish(),
        }
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Sink::Local(local) => local.write(bytes),
            Sink::S3(upload) => upload.write(bytes),
        }
    }
    fn flush(&mut self) -> io::Result<()> {
        match self {
            Sink::Local(local) => local.flush(),
            Sink::S3(upload) => upload.flush(),
        }
    }
}

impl Local {
    fn finish(mut self) -> Result<u64> {
        match &mut self {
            Local::File { out, part, path, count } => {
                out.flush().and_then(|()| out.get_ref().sync_all()).map_err(unwritable)?;
                std::fs::rename(part, &*path).and_then(|()| sync_folder(path)).map_err(unwritable)?;
                Ok(*count)
            }
            Local::Command { input, child, count } => {
                drop(input.take()); // its end
                let status = child.wait().map_err(unwritable)?;
                if status.success() {
                    Ok(*count)
                } else {
                    Err(Code::Unavailable.error(format!("backup.command ended with {status}; what it said is in the node's log.")))
                }
            }
        }
    }
}

impl Drop for Local {
    fn drop(&mut self) {
        match self {
            Local::File { part, .. } => {
                let _ = std::fs::remove_file(part); // has its name by now if it counts
            }
            Local::Command { child, .. } => {
                // one that has ended is not hurt
                let _ = child.kill();
                let _ = child.wait();
            }
        }
    }
}

impl Write for Local {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let (written, count) = match self {
            Local::File { out, count, .. } => (out.write(bytes)?, count),
            Local::Command { input: Some(input), count, .. } => (input.write(bytes)?, count),
            Local::Command { .. } => return Err(io::ErrorKind::BrokenPipe.into()),
        };
        *count += written as u64;
        Ok(written)
    }
    fn flush(&mut self) -> io::Result<()> {
        match self {
            Local::File { out, .. } => out.flush(),
            Local::Command { input, .. } => input.as_mut().map_or(Ok(()), Write::flush),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_what_is_needed() {
        let (whole, locked) = (name(1_795_346_672_000, &Lock::None), name(1_795_346_672_000, &Lock::Recipients(Vec::new())));
        assert_eq!((whole.as_str(), locked.as_str()), ("snug-20261122-112432.tar.zst", "snug-20261122-112432.tar.zst.age"));
        let since = name_since(1_795_433_072_000, &Lock::Recipients(Vec::new()), &locked);
        assert_eq!(since, "snug-20261123-112432-since-20261122-112432.tar.zst.age");
        assert_eq!(base_of(&since), Some(locked.clone()));
        assert!([&whole, &locked, &since].into_iter().all(|name| is_ours(name)) && base_of(&whole).is_none());
        for other in ["snug.tar.zst", "snug-2026.tar.zst", "snug-20261122-112432.tar", "snug-20261122-112432-since-x.tar.zst", "notes.txt"]
        {
            assert!(!is_ours(other) && base_of(other).is_none(), "{other}");
        }
    }
}
