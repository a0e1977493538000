//! Where the node's own backups go: a folder, or a command.
use super::archive::unwritable;
use super::lock::{self, Lock};
use snug_base::config::BackupConfig;
use snug_base::keys::sync_folder;
use snug_base::{Code, Error, Result};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use time::OffsetDateTime;

/// Where backups go.
#[derive(Clone, Debug)]
pub enum Place {
    Folder(PathBuf),
    Command(String),
}

/// The key that is wrong and what is wrong with it, if anything is.
pub fn wrong(config: &BackupConfig) -> Option<(&'static str, String)> {
    if config.folder.is_some() && config.command.is_some() {
        return Some(("backup.command", "is instead of backup.folder; remove one of the two.".to_owned()));
    }
    if config.every_hours > 0 && config.folder.is_none() && config.command.is_none() {
        return Some(("backup.every_hours", "say where the backups go as well: backup.folder or backup.command.".to_owned()));
    }
    let has_place = config.folder.is_some() || config.command.is_some();
    let locks = [!config.recipients.is_empty(), config.passphrase_file.is_some(), config.unencrypted];
    match locks.iter().filter(|is_set| **is_set).count() {
        0 if has_place => {
            Some(("backup.recipients", "say who may read the backups: recipients, a passphrase_file, or unencrypted = true.".to_owned()))
        }
        0 | 1 => config.recipients.iter().find_map(|one| lock::recipient(one).err().map(|e| ("backup.recipients", e.detail))),
        _ => Some(("backup.recipients", "recipients, passphrase_file and unencrypted exclude each other; keep one.".to_owned())),
    }
}

/// `snug-20261122-134501.tar.zst.age`: sorts by time, and says how to read it.
pub fn name(now: i64, lock: &Lock) -> String {
    let at = OffsetDateTime::from_unix_timestamp(now / 1_000).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let ending = if matches!(lock, Lock::None) { "tar.zst" } else { "tar.zst.age" };
    let (year, month, day) = (at.year(), u8::from(at.month()), at.day());
    format!("snug-{year}{month:02}{day:02}-{:02}{:02}{:02}.{ending}", at.hour(), at.minute(), at.second())
}

impl Place {
    /// What the configuration says, if it says anything.
    pub fn of(config: &BackupConfig) -> Option<Place> {
        let folder = config.folder.clone().map(Place::Folder);
        folder.or_else(|| config.command.clone().map(Place::Command))
    }

    /// For people and for the table.
    pub fn describe(&self) -> String {
        match self {
            Place::Folder(folder) => folder.display().to_string(),
            Place::Command(_) => "command".to_owned(),
        }
    }

    /// Opens it for a backup of that name.
    pub fn begin(&self, name: &str) -> Result<Sink> {
        match self {
            Place::Folder(folder) => {
                std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(unwritable)?;
                let (path, part) = (folder.join(name), folder.join(format!("{name}.part")));
                let file = File::options().write(true).create(true).truncate(true).mode(0o600).open(&part).map_err(unwritable)?;
                Ok(Sink::File { out: BufWriter::with_capacity(128 * 1024, file), part, path, count: 0 })
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
                Ok(Sink::Command { input: Some(input), child, count: 0 })
            }
        }
    }
}

/// A backup on its way. Dropped before [`Sink::finish`], it leaves nothing that looks like one.
pub enum Sink {
    File { out: BufWriter<File>, part: PathBuf, path: PathBuf, count: u64 },
    Command { input: Option<std::process::ChildStdin>, child: Child, count: u64 },
}

impl Sink {
    /// Makes it count; gives its size.
    pub fn finish(mut self) -> Result<u64> {
        match &mut self {
            Sink::File { out, part, path, count } => {
                out.flush().and_then(|()| out.get_ref().sync_all()).map_err(unwritable)?;
                std::fs::rename(part, &*path).and_then(|()| sync_folder(path)).map_err(unwritable)?;
                Ok(*count)
            }
            Sink::Command { input, child, count } => {
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

impl Drop for Sink {
    fn drop(&mut self) {
        match self {
            Sink::File { part, .. } => {
                let _ = std::fs::remove_file(part); // has its name by now if it counts
            }
            Sink::Command { child, .. } => {
                // one that has ended is not hurt
                let _ = child.kill();
                let _ = child.wait();
            }
        }
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let (written, count) = match self {
            Sink::File { out, count, .. } => (out.write(bytes)?, count),
            Sink::Command { input: Some(input), count, .. } => (input.write(bytes)?, count),
            Sink::Command { .. } => return Err(std::io::ErrorKind::BrokenPipe.into()),
        };
        *count += written as u64;
        Ok(written)
    }
    fn flush(&mut self) -> std::io::Result<()> {
        match self {
            Sink::File { out, .. } => out.flush(),
            Sink::Command { input, .. } => input.as_mut().map_or(Ok(()), Write::flush),
        }
    }
}
