//! The layers of a backup's file: tar, zstd, age; written and read from the front to the back.
use super::lock::{Lock, Opener};
use super::manifest::Manifest;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use snug_base::keys::hex;
use snug_base::{Code, Error, Result};
use std::collections::BTreeMap;
use std::io::{self, BufReader, Read, Write};
use tar::{Builder, EntryType, Header};

/// zstd's level: the third is about as fast as disks are, and most of the size is files that are encrypted anyway.
const LEVEL: i32 = 3;
const MANIFEST: &str = "manifest.json";
const CHECKSUMS: &str = "checksums.json";
/// The largest `checksums.json` that is read: a million files.
const CHECKSUMS_BYTES: u64 = 256 * 1024 * 1024;
const MANIFEST_BYTES: u64 = 1024 * 1024;
/// Entries of a tar archive are filled up to a multiple of this.
const BLOCK: u64 = 512;
const AGE: &[u8] = b"age-encryption.org/v1";

/// The last entry: what all others are.
#[derive(Debug, Default, Deserialize, Serialize)]
struct Checksums {
    sha256: BTreeMap<String, String>,
}

/// Writes an archive.
pub struct Writer<W: Write> {
    tar: Builder<zstd::Encoder<'static, Outer<W>>>,
    checksums: Checksums,
    /// Unix seconds, of all entries.
    time: u64,
}

/// The outermost layer: encrypted or not.
enum Outer<W: Write> {
    Open(W),
    Locked(Box<age::stream::StreamWriter<W>>),
}

impl<W: Write> Write for Outer<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Outer::Open(out) => out.write(bytes),
            Outer::Locked(out) => out.write(bytes),
        }
    }
    fn flush(&mut self) -> io::Result<()> {
        match self {
            Outer::Open(out) => out.flush(),
            Outer::Locked(out) => out.flush(),
        }
    }
}

impl<W: Write> Writer<W> {
    /// Begins with the manifest.
    pub fn begin(out: W, lock: &Lock, manifest: &Manifest) -> Result<Writer<W>> {
        let outer = match lock.encryptor()? {
            Some(encryptor) => Outer::Locked(Box::new(encryptor.wrap_output(out).map_err(unwritable)?)),
            None => Outer::Open(out),
        };
        let mut packed = zstd::Encoder::new(outer, LEVEL).map_err(unwritable)?;
        packed.include_checksum(true).map_err(unwritable)?;
        let tar = Builder::new(packed);
        let time = u64::try_from(manifest.created_at / 1_000).unwrap_or_default();
        let mut writer = Writer { tar, checksums: Checksums::default(), time };
        writer.bytes(MANIFEST, &serde_json::to_vec_pretty(manifest).map_err(Error::internal)?)?;
        Ok(writer)
    }

    /// An entry that is in memory.
    pub fn bytes(&mut self, name: &str, bytes: &[u8]) -> Result<()> {
        self.entry(name, bytes.len() as u64, |out| out.write_all(bytes).map_err(unwritable)).map(drop)
    }

    /// An entry of exactly `size` bytes, which `write` gives. Answers with its SHA-256.
    pub fn entry(&mut self, name: &str, size: u64, write: impl FnOnce(&mut dyn Write) -> Result<()>) -> Result<[u8; 32]> {
        let mut header = Header::new_gnu();
        header.set_path(name).map_err(unwritable)?;
        header.set_size(size);
        header.set_mode(0o600);
        header.set_mtime(self.time);
        header.set_entry_type(EntryType::Regular);
        header.set_cksum();
        // the library's own way wants a reader or a file; what is written here comes by itself
        let out = self.tar.get_mut();
        out.write_all(header.as_bytes()).map_err(unwritable)?;
        let mut hashing = Hashing { inner: out, hash: Sha256::new(), count: 0 };
        write(&mut hashing)?;
        let (hash, count) = (hashing.hash, hashing.count);
        if count != size {
            return Err(Error::internal(format!("{name} has {count} bytes, not {size}")));
        }
        let padding = usize::try_from(size.next_multiple_of(BLOCK) - size).map_err(Error::internal)?;
        self.tar.get_mut().write_all(&[0; BLOCK as usize][..padding]).map_err(unwritable)?;
        let hash: [u8; 32] = hash.finalize().into();
        self.checksums.sha256.insert(name.to_owned(), hex(&hash));
        Ok(hash)
    }

    /// Ends with the checksums; gives back what it was written to, which is complete then.
    pub fn finish(mut self) -> Result<W> {
        let checksums = serde_json::to_vec(&self.checksums).map_err(Error::internal)?;
        self.bytes(CHECKSUMS, &checksums)?;
        let outer = self.tar.into_inner().map_err(unwritable)?.finish().map_err(unwritable)?;
        match outer {
            Outer::Open(out) => Ok(out),
            Outer::Locked(out) => out.finish().map_err(unwritable),
        }
    }
}

struct Hashing<W> {
    inner: W,
    hash: Sha256,
    count: u64,
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.hash.update(&bytes[..written]);
        self.count += written as u64;
        Ok(written)
    }
    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// Reads an archive to its end: `begin` is told the manifest, `each` gets every other entry's name, size and content, in order. What is said
/// of it counts only when this has answered: then every checksum was right and nothing was missing.
pub fn read<S>(
    from: impl Read,
    opener: &Opener,
    begin: impl FnOnce(&Manifest) -> Result<S>,
    mut each: impl FnMut(&mut S, &str, u64, &mut dyn Read) -> Result<()>,
) -> Result<(Manifest, S)> {
    let mut from = BufReader::with_capacity(128 * 1024, from);
    let is_locked = io::BufRead::fill_buf(&mut from).map_err(unreadable)?.starts_with(AGE);
    let inner: Box<dyn Read + '_> = if is_locked { Box::new(unlock(from, opener)?) } else { Box::new(from) };
    let mut archive = tar::Archive::new(zstd::Decoder::new(inner).map_err(unreadable)?);
    let mut entries = archive.entries().map_err(unreadable)?;
    let mut found = BTreeMap::new();
    let first = entries.next().ok_or_else(|| damaged("it is empty"))?.map_err(unreadable)?;
    let (name, bytes) = small(first, MANIFEST_BYTES)?;
    let manifest: Manifest = serde_json::from_slice(&bytes)
        .ok()
        .filter(|_| name == MANIFEST)
        .ok_or_else(|| Code::Malformed.error("This is not a backup of Snug: it does not begin with a manifest."))?;
    manifest.check()?;
    found.insert(name, hex(&Sha256::digest(&bytes)));
    let mut state = begin(&manifest)?;
    for entry in entries {
        let mut entry = entry.map_err(unreadable)?;
        let name = name_of(&entry)?;
        if name == CHECKSUMS {
            let (_, bytes) = small(entry, CHECKSUMS_BYTES)?;
            let checksums: Checksums = serde_json::from_slice(&bytes).map_err(|e| damaged(&format!("its checksums can't be read: {e}")))?;
            if let Some(wrong) = different(&checksums.sha256, &found) {
                return Err(damaged(&format!("{wrong} is not what was written")));
            }
            // to the end, where zstd has a checksum of everything: what lies between the files too
            io::copy(&mut archive.into_inner(), &mut io::sink()).map_err(unreadable)?;
            return Ok((manifest, state));
        }
        let size = entry.size();
        let mut hashing = HashingRead { inner: &mut entry, hash: Sha256::new() };
        each(&mut state, &name, size, &mut hashing)?;
        io::copy(&mut hashing, &mut io::sink()).map_err(unreadable)?; // what was not wanted
        let hash = hex(&hashing.hash.finalize());
        if found.insert(name.clone(), hash).is_some() {
            return Err(damaged(&format!("{name} is in it twice")));
        }
    }
    Err(damaged("its end is missing"))
}

fn unlock<R: Read>(from: R, opener: &Opener) -> Result<age::stream::StreamReader<R>> {
    let decryptor = age::Decryptor::new(from).map_err(|e| damaged(&e.to_string()))?;
    let identities = opener.identities()?;
    decryptor.decrypt(identities.iter().map(|one| one.as_ref())).map_err(|e| match e {
        age::DecryptError::NoMatchingKeys | age::DecryptError::KeyDecryptionFailed | age::DecryptError::DecryptionFailed => {
            Code::Locked.error("The backup is encrypted, and what was given does not open it. Give the key file (--identity FILE) or the passphrase (--passphrase).")
        }
        age::DecryptError::ExcessiveWork { .. } => Code::Malformed.error("The backup asks for more work to try a passphrase than Snug's own do. It was not made by Snug."),
        other => damaged(&other.to_string()),
    })
}

/// Hashes what is read through it.
pub(super) struct HashingRead<R> {
    pub inner: R,
    pub hash: Sha256,
}

impl<R: Read> Read for HashingRead<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(bytes)?;
        self.hash.update(&bytes[..count]);
        Ok(count)
    }
}

fn small<R: Read>(entry: tar::Entry<R>, most: u64) -> Result<(String, Vec<u8>)> {
    let name = name_of(&entry)?;
    let mut bytes = Vec::new();
    entry.take(most + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > most { Err(damaged(&format!("{name} is too large"))) } else { Ok((name, bytes)) }
}

/// Plain files with plain names only: nothing that could lead out of the folder that is restored to.
fn name_of<R: Read>(entry: &tar::Entry<R>) -> Result<String> {
    let path = entry.path_bytes();
    let name = std::str::from_utf8(&path).ok().filter(|_| entry.header().entry_type() == EntryType::Regular);
    name.filter(|name| name.len() < 200 && name.split('/').all(is_plain))
        .map(str::to_owned)
        .ok_or_else(|| damaged("it holds something that no backup of Snug holds"))
}

/// Whether it is a name that leads nowhere else, and is not hidden.
pub(super) fn is_plain(name: &str) -> bool {
    !name.is_empty() && !name.starts_with('.') && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
}

fn different<'a>(told: &'a BTreeMap<String, String>, found: &'a BTreeMap<String, String>) -> Option<&'a str> {
    let missing = told.iter().find(|(name, hash)| found.get(*name) != Some(hash)).map(|(name, _)| name.as_str());
    missing.or_else(|| found.keys().find(|name| !told.contains_key(*name)).map(String::as_str))
}

pub(super) fn damaged(why: &str) -> Error {
    Code::Malformed.error(format!("The backup is damaged: {why}. Nothing was changed; use another one."))
}

pub(super) fn unreadable(e: io::Error) -> Error {
    Error::through_io(e, |e| damaged(&e.to_string()))
}

pub(super) fn unwritable(e: io::Error) -> Error {
    Error::through_io(e, |e| {
        Code::StorageFull.error(format!("The backup can't be written: {e}. Check free space and permissions where it goes to."))
    })
}
