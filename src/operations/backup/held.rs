//! What the last whole backup holds of the blob store, so that the next ones can leave it out.
//!
//! The backup itself may be encrypted to a key that the node does not have, so its list lies in the data folder. It is a help, not a truth: if it is
//! missing or not what was written, the next backup is a whole one.
//!
//! A file of the blob store is written once, under a name that is never used again: changed keys change only its row. What happens to it from
//! outside (damage that was repaired, a copy put back) shows in its time of change, which no program can set: then it counts as new.
use super::archive::unwritable;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use snug_base::keys::{hex, unhex, write_private};
use snug_base::{Error, Result};
use std::collections::HashMap;
use std::fs::{File, Metadata};
use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use uuid::Uuid;

const LIST: &str = "backup-base.list";
const ABOUT: &str = "backup-base.json";
const ABOUT_BYTES: u64 = 64 * 1024;
/// The longest line of a list.
const LINE_BYTES: u64 = 256;

/// A whole backup as the node remembers it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct About {
    pub name: String,
    pub id: Uuid,
    /// Unix milliseconds.
    pub created_at: i64,
    pub bytes: u64,
    /// Where it is.
    pub place: String,
    /// To whom it is encrypted, as a hash.
    pub lock: String,
    /// Of the list; filled in when it is kept.
    #[serde(default)]
    pub sha256: String,
}

/// A whole backup and the files in it.
pub struct Held {
    pub about: About,
    files: HashMap<Uuid, Entry>,
}

struct Entry {
    sha256: [u8; 32],
    size: u64,
    changed: (i64, i64),
}

fn changed(about: &Metadata) -> (i64, i64) {
    (about.ctime(), about.ctime_nsec())
}

impl Held {
    /// What is remembered, if anything is.
    pub fn load(data: &Path) -> Option<Held> {
        let mut text = Vec::new();
        File::open(data.join(ABOUT)).ok()?.take(ABOUT_BYTES).read_to_end(&mut text).ok()?;
        let about: About = serde_json::from_slice(&text).ok()?;
        let mut list = BufReader::new(File::open(data.join(LIST)).ok()?);
        let (mut files, mut hash, mut line) = (HashMap::new(), Sha256::new(), String::new());
        while (&mut list).take(LINE_BYTES).read_line(&mut line).ok()? > 0 {
            hash.update(line.as_bytes());
            let (file, entry) = parse(&line)?;
            files.insert(file, entry);
            line.clear();
        }
        (hex(&hash.finalize()) == about.sha256).then_some(Held { about, files })
    }

    /// The checksum of a file in that backup, if it is the one that is on the disk now. One that is missing there counts as well.
    pub fn find(&self, file: Uuid, now: Option<&Metadata>) -> Option<[u8; 32]> {
        let entry = self.files.get(&file)?;
        let is_same = |now: &Metadata| now.len() == entry.size && changed(now) == entry.changed;
        now.is_none_or(is_same).then_some(entry.sha256)
    }
}

fn parse(line: &str) -> Option<(Uuid, Entry)> {
    let mut parts = line.strip_suffix('\n')?.split(' ');
    let file = Uuid::try_parse(parts.next()?).ok()?;
    let sha256 = unhex::<32>(parts.next()?)?;
    let size = parts.next()?.parse().ok()?;
    let changed = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    parts.next().is_none().then_some((file, Entry { sha256, size, changed }))
}

/// The list of a whole backup that is being made. What is dropped before [`Record::keep`] is forgotten.
pub struct Record {
    data: PathBuf,
    out: BufWriter<File>,
    hash: Sha256,
}

impl Record {
    pub fn begin(data: &Path) -> Result<Record> {
        let part = data.join(format!("{LIST}.part"));
        let file = File::options().write(true).create(true).truncate(true).mode(0o600).open(part).map_err(unwritable)?;
        Ok(Record { data: data.to_owned(), out: BufWriter::new(file), hash: Sha256::new() })
    }

    /// A file that is in it now, as it was when it was opened.
    pub fn add(&mut self, file: Uuid, sha256: &[u8; 32], about: &Metadata) -> Result<()> {
        let (seconds, nanoseconds) = changed(about);
        let line = format!("{} {} {} {seconds} {nanoseconds}\n", file.simple(), hex(sha256), about.len());
        self.hash.update(line.as_bytes());
        self.out.write_all(line.as_bytes()).map_err(unwritable)
    }

    /// From now on backups may be made that need that one.
    pub fn keep(mut self, about: About) -> Result<()> {
        self.out.flush().and_then(|()| self.out.get_ref().sync_all()).map_err(unwritable)?;
        let about = About { sha256: hex(&self.hash.clone().finalize()), ..about };
        // a list without the words that belong to it is none
        std::fs::rename(self.data.join(format!("{LIST}.part")), self.data.join(LIST)).map_err(unwritable)?;
        write_private(&self.data.join(ABOUT), &serde_json::to_vec(&about).map_err(Error::internal)?)
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(self.data.join(format!("{LIST}.part"))); // has its name by now if it counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn about() -> About {
        About {
            name: "one".to_owned(),
            id: Uuid::nil(),
            created_at: 1,
            bytes: 2,
            place: "/there".to_owned(),
            lock: String::new(),
            sha256: String::new(),
        }
    }

    #[test]
    fn a_list_counts_only_whole_and_unchanged() {
        let folder = tempfile::tempdir().unwrap_or_else(|e| panic!("{e}"));
        let data = folder.path();
        assert!(Held::load(data).is_none());
        let (file, path) = (Uuid::now_v7(), data.join("file"));
        let metadata =
            |content: &str| std::fs::write(&path, content).and_then(|()| std::fs::metadata(&path)).unwrap_or_else(|e| panic!("{e}"));
        let first = metadata("content");
        let begin = || Record::begin(data).unwrap_or_else(|e| panic!("{e}"));
        let mut record = begin();
        record.add(file, &[7; 32], &first).and_then(|()| record.keep(about())).unwrap_or_else(|e| panic!("{e}"));
        let held = Held::load(data).unwrap_or_else(|| panic!("nothing is remembered"));
        assert_eq!(held.find(file, Some(&first)), Some([7; 32]));
        assert_eq!(held.find(file, None), Some([7; 32]));
        assert_eq!(held.find(Uuid::now_v7(), Some(&first)), None);
        std::thread::sleep(std::time::Duration::from_millis(20)); // clocks of file systems are coarse
        assert_eq!(held.find(file, Some(&metadata("CONTENT"))), None, "of the same size, and changed");
        // one that is given up leaves the last one as it was
        drop(begin());
        assert!(Held::load(data).is_some());
        let list = std::fs::read_to_string(data.join(LIST)).unwrap_or_else(|e| panic!("{e}"));
        for damaged in [list.replace("0707", "0807"), format!("{list}{list}"), String::new(), "x".repeat(1_000)] {
            std::fs::write(data.join(LIST), damaged).unwrap_or_else(|e| panic!("{e}"));
            assert!(Held::load(data).is_none());
        }
    }
}
