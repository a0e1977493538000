//! The whole backup that a smaller one needs.
use super::archive::{self, HashingRead, Writer, damaged, unreadable, unwritable};
use super::lock::Opener;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use snug_base::keys::{hex, unhex};
use snug_base::{Code, Error, Result};
use std::collections::HashMap;
use std::io::{self, Read, Write};
use uuid::Uuid;

/// The entry that says which files are in the base.
pub(super) const FILES: &str = "files-of-base.txt";
/// A line of it: an id and a checksum in hexadecimal.
const LINE: usize = 32 + 1 + 64 + 1;
/// The longest such list that is read: three million files.
const LIST_BYTES: u64 = 300_000_000;

/// What a backup says of the one that it needs.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Base {
    /// Of its file, which lies beside.
    pub name: String,
    pub id: Uuid,
    /// Unix milliseconds.
    pub created_at: i64,
}

/// Files that come from the base, with their checksums.
pub(super) type Wanted = HashMap<Uuid, [u8; 32]>;

/// Finds the base: opens it to be read from its beginning.
pub type Find<'a> = &'a dyn Fn(&Base) -> Result<Box<dyn Read>>;

/// For what must be whole.
pub fn nowhere(base: &Base) -> Result<Box<dyn Read>> {
    Err(missing(base, "it is not known where that is"))
}

fn missing(base: &Base, why: &str) -> Error {
    Code::Malformed.error(format!(
        "The backup holds only what is new since {}, which it needs too: {why}. Put that one beside it, or name it with --base FILE.",
        base.name
    ))
}

impl Base {
    /// The name is one of a file beside it, whoever wrote it.
    pub(super) fn check(&self) -> Result<()> {
        if archive::is_plain(&self.name) && self.name.len() <= 200 { Ok(()) } else { Err(damaged("it names no backup that it needs")) }
    }
}

/// Writes the list of files that are in the base.
pub(super) fn write_list<W: Write>(out: &mut Writer<W>, files: &[(Uuid, [u8; 32])]) -> Result<()> {
    out.entry(FILES, (files.len() * LINE) as u64, |out| {
        files.iter().try_for_each(|(file, sha256)| writeln!(out, "{} {}", file.simple(), hex(sha256)).map_err(unwritable))
    })?;
    Ok(())
}

/// Reads it.
pub(super) fn read_list(size: u64, content: &mut dyn Read) -> Result<Wanted> {
    if size > LIST_BYTES || !size.is_multiple_of(LINE as u64) {
        return Err(damaged(&format!("{FILES} has a wrong size")));
    }
    let (mut wanted, mut line) = (Wanted::new(), [0; LINE]);
    for _ in 0..size / LINE as u64 {
        content.read_exact(&mut line).map_err(unreadable)?;
        let parts = std::str::from_utf8(&line).ok().and_then(|line| line.strip_suffix('\n')?.split_once(' '));
        let read = parts.and_then(|(file, sha256)| Some((Uuid::try_parse(file).ok()?, unhex::<32>(sha256)?)));
        let (file, sha256) = read.ok_or_else(|| damaged(&format!("{FILES} is no list of files")))?;
        wanted.insert(file, sha256);
    }
    Ok(wanted)
}

/// Reads all of the base, checks it, and gives each wanted file's name, size and content to `each`, which has to read it to its end.
pub(super) fn read(
    base: &Base,
    wanted: Wanted,
    find: Find,
    opener: &Opener,
    mut each: impl FnMut(&str, u64, &mut dyn Read) -> Result<()>,
) -> Result<()> {
    let from = find(base).map_err(|e| if e.code == Code::Unavailable { e } else { missing(base, e.detail.trim_end_matches('.')) })?;
    let begin = |manifest: &super::manifest::Manifest| {
        if manifest.id == Some(base.id) && manifest.base.is_none() {
            return Ok(wanted);
        }
        Err(Code::Malformed.error(format!(
            "The backup needs {} with the id {}; what was found under that name, or given, is another one. Name the right one with --base FILE.",
            base.name, base.id
        )))
    };
    let (_, missed) = archive::read(from, opener, begin, |wanted, name, size, content| {
        let file = name.strip_prefix("blobs/").and_then(|file| Uuid::try_parse(file).ok());
        let Some(sha256) = file.and_then(|file| wanted.remove(&file)) else { return Ok(()) };
        let mut hashing = HashingRead { inner: content, hash: Sha256::new() };
        each(name, size, &mut hashing)?;
        io::copy(&mut hashing, &mut io::sink()).map_err(unreadable)?;
        if hashing.hash.finalize()[..] == sha256 { Ok(()) } else { Err(damaged(&format!("{name} is not the file that is needed"))) }
    })
    .map_err(|e| Error { detail: format!("{} (That is about {}, which the backup needs.)", e.detail, base.name), ..e })?;
    match missed.keys().next() {
        None => Ok(()),
        Some(file) => Err(damaged(&format!("{} does not hold {}, which is needed from it", base.name, file.simple()))),
    }
}
