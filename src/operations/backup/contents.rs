//! What goes into a backup.
use super::archive::{Writer, unwritable};
use super::base::write_list;
use super::branding;
use super::held::{Held, Record};
use super::manifest::Manifest;
use snug_base::db::Engine;
use snug_base::db::snapshot::Snapshot;
use snug_base::{Code, Config, Error, Result, blobs};
use std::fs::{File, Metadata};
use std::io::{self, Read, Write};
use std::path::Path;

/// The largest part of a table that is held in memory.
const PART: usize = 4 * 1024 * 1024;

/// Everything that the moment of the snapshot consists of.
pub struct Contents {
    snapshot: Snapshot,
    pub manifest: Manifest,
    master_key: Option<zeroize::Zeroizing<Vec<u8>>>,
}

impl Contents {
    /// Takes the moment.
    pub fn take(config: &Config, now: i64) -> Result<Contents> {
        let data = &config.node.data;
        let snapshot = Snapshot::take(config)?;
        // after the snapshot: a key that takes another's place is in its file before what is under it is in the database
        let master_key = match std::fs::read(data.join("master.key")) {
            Ok(bytes) => Some(zeroize::Zeroizing::new(bytes)),
            Err(e) if e.kind() == io::ErrorKind::NotFound => None,
            Err(e) => return Err(Code::Internal.error(format!("{} can't be read: {e}.", data.join("master.key").display()))),
        };
        let manifest = Manifest::of(&snapshot.read(), snapshot.engine(), now, master_key.is_some())?;
        Ok(Contents { snapshot, manifest, master_key })
    }

    /// About how many bytes a backup of it has, rather too many.
    pub fn about_size(&self) -> Result<u64> {
        let files = blobs::about_size(&self.snapshot.read())?;
        Ok(self.snapshot.about_size()?.saturating_add(files).saturating_add(1024 * 1024))
    }

    /// Writes all of it, or all but the files that are in a base. Files are noted in `record`, if there is one.
    pub fn write<W: Write>(
        self,
        config: &Config,
        out: &mut Writer<W>,
        base: Option<&Held>,
        mut record: Option<&mut Record>,
    ) -> Result<Manifest> {
        self.write_database(out)?;
        branding::write(config, out)?;
        let folder = config.node.data.join("blobs");
        let mut files = blobs::stored(&self.snapshot.read())?;
        let Contents { snapshot, manifest, .. } = self;
        // while a moment is looked at a busy database's log only grows, so that much is done like all other work; files never change and can wait
        drop(snapshot);
        step_back();
        if let Some(base) = base {
            let mut there = Vec::new();
            files.retain(|file| {
                let found = base.find(*file, std::fs::metadata(blobs::path(&folder, *file)).ok().as_ref());
                there.extend(found.map(|sha256| (*file, sha256)));
                found.is_none()
            });
            write_list(out, &there)?;
        }
        for file in files {
            let Some((about, sha256)) = blob(&blobs::path(&folder, file), file, out)? else { continue };
            if let Some(record) = &mut record {
                record.add(file, &sha256, &about)?;
            }
        }
        Ok(manifest)
    }

    /// Writes the database and its key, without the files.
    pub fn write_database<W: Write>(&self, out: &mut Writer<W>) -> Result<()> {
        if let Some(key) = &self.master_key {
            out.bytes("master.key", key)?;
        }
        match self.snapshot.engine() {
            Engine::Sqlite => {
                out.entry("database/snug.db", self.snapshot.file_size()?, |mut out| self.snapshot.write_file(&mut out))?;
            }
            Engine::Postgres => {
                for table in self.snapshot.tables()? {
                    let mut parts = Parts { out, table: &table, number: 0, part: Vec::with_capacity(PART), failed: None };
                    let written = self.snapshot.write_table(&table, &mut parts);
                    parts.end(written)?;
                }
            }
        }
        Ok(())
    }
}

/// What follows on this thread is less urgent than what the process does besides. On Linux priorities are those of threads.
fn step_back() {
    let usual = rustix::process::getpriority_process(Some(rustix::process::getpid())).unwrap_or_default();
    let _ = rustix::process::setpriority_process(Some(rustix::thread::gettid()), usual + 10); // a matter of speed only
}

/// A file that is missing or damaged must not keep the others from being saved: it is left out, and said.
fn blob<W: Write>(path: &Path, file: uuid::Uuid, out: &mut Writer<W>) -> Result<Option<(Metadata, [u8; 32])>> {
    let opened = File::open(path).and_then(|file| file.metadata().map(|about| (file, about)));
    let (source, about) = match opened {
        Ok(opened) => opened,
        Err(e) => {
            tracing::error!(path = %path.display(), error = %e, "a file is missing and was left out of the backup");
            return Ok(None);
        }
    };
    let size = about.len();
    let copy = |out: &mut dyn Write| io::copy(&mut source.take(size), out).map(drop).map_err(unwritable);
    let sha256 = out.entry(&format!("blobs/{}", file.simple()), size, copy)?;
    Ok(Some((about, sha256)))
}

/// Cuts a table, whose size nobody knows before, into entries of whole rows whose size is known.
struct Parts<'a, W: Write> {
    out: &'a mut Writer<W>,
    table: &'a str,
    number: usize,
    part: Vec<u8>,
    failed: Option<Error>,
}

impl<W: Write> Parts<'_, W> {
    /// Stores the rows that are complete.
    fn store(&mut self) -> Result<()> {
        let Some(last) = self.part.iter().rposition(|byte| *byte == b'\n') else { return Ok(()) };
        self.number += 1;
        self.out.bytes(&format!("database/{}.{:06}", self.table, self.number), &self.part[..=last])?;
        self.part.drain(..=last);
        Ok(())
    }

    fn end(mut self, written: Result<u64>) -> Result<()> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        written?;
        self.store()
    }
}

impl<W: Write> Write for Parts<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.part.extend_from_slice(bytes);
        if self.part.len() >= PART
            && let Err(error) = self.store()
        {
            self.failed = Some(error);
            return Err(io::Error::other("the backup can't be written"));
        }
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
