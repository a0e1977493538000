//! Files: padded, cut into chunks, each sealed with its number and whether it is the last. `docs/encryption.md`, "Attachments".
//!
//! Chunks open one by one; a file that was cut, extended or put into another order does not open. No more than one chunk of a file
//! is ever in memory.
use crate::bytes::{Bytes, Hash};
use crate::content::FileRef;
use crate::error::{Error, Result};
use crate::padding::padme_file;
use crate::random;
use crate::seal::TAG;
use crate::secret::{self, Secret};
use crate::tuple::tuple;
use aes_gcm::aead::{Aead, Payload};
use aes_gcm::{Aes256Gcm, KeyInit};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// The bytes in a chunk of plaintext.
pub const CHUNK: u64 = 65_536;
/// The most bytes in a chunk that others may ask for.
const MAX_CHUNK: u64 = 1_048_576;

/// How a file lies on the node. All sizes in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Of the file itself.
    pub size: u64,
    /// With padding.
    pub padded: u64,
    pub chunk: u64,
    /// How many chunks; an empty file has one.
    pub chunks: u64,
    /// Of what the node stores.
    pub ct_size: u64,
}

impl Shape {
    /// For a file of this size. `e2ee_too_large` for more than 2^32 chunks or a chunk above 1 MiB, `bad_format` for one of 0.
    pub fn new(size: u64, chunk: u64) -> Result<Shape> {
        if chunk == 0 {
            return Err(Error::BadFormat("chunk"));
        }
        let padded = padme_file(size);
        let chunks = padded.div_ceil(chunk).max(1);
        if chunk > MAX_CHUNK || chunks > 1 << 32 {
            return Err(Error::TooLarge("file"));
        }
        Ok(Shape { size, padded, chunk, chunks, ct_size: padded + chunks * TAG as u64 })
    }

    /// As a message says it; `bad_format` if its sizes do not fit each other.
    pub fn of(file: &FileRef) -> Result<Shape> {
        let shape = Shape::new(file.size, file.chunk)?;
        if shape.ct_size == file.ct_size { Ok(shape) } else { Err(Error::BadFormat("ct_size")) }
    }

    /// Where a chunk lies in the ciphertext: from, and until (exclusive); for requests of a part.
    pub fn range(&self, index: u64) -> (u64, u64) {
        let step = self.chunk + TAG as u64;
        let from = index.saturating_mul(step).min(self.ct_size);
        (from, (from + step).min(self.ct_size))
    }
}

/// The secrets of a file, which travel in the message. Never shared between files.
#[derive(Clone)]
pub struct FileSecret {
    pub key: Secret,
    pub salt: Bytes<16>,
}

impl FileSecret {
    /// New ones; `no_randomness` if the operating system has none.
    pub fn random() -> Result<FileSecret> {
        Ok(FileSecret { key: random::secret()?, salt: random::bytes()? })
    }

    /// Those of a file in a message.
    pub fn of(file: &FileRef) -> FileSecret {
        FileSecret { key: Zeroizing::new(file.key.0), salt: file.salt }
    }
}

/// Seals and opens a file's chunks, in any order.
pub struct Chunks(Aes256Gcm);

impl Chunks {
    /// For the file with these secrets.
    pub fn new(file: &FileSecret) -> Chunks {
        let key = secret::derive(&*file.key, &file.salt.0, &tuple("file", &[]));
        Chunks(Aes256Gcm::new((&*key).into()))
    }

    /// Seals a chunk. A chunk's number must not be used twice for different bytes.
    pub fn seal(&self, index: u64, is_last: bool, msg: &[u8]) -> Result<Vec<u8>> {
        let payload = Payload { msg, aad: &[] };
        self.0.encrypt((&nonce(index, is_last)).into(), payload).map_err(|_| Error::TooLarge("chunk"))
    }

    /// Opens a chunk; `bad_seal` if it is another one, changed, or not the last where it should be.
    pub fn open(&self, index: u64, is_last: bool, msg: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        let payload = Payload { msg, aad: &[] };
        self.0.decrypt((&nonce(index, is_last)).into(), payload).map(Zeroizing::new).map_err(|_| Error::BadSeal)
    }
}

fn nonce(index: u64, is_last: bool) -> [u8; 12] {
    let mut nonce = [0; 12];
    nonce[3..11].copy_from_slice(&index.to_be_bytes());
    nonce[11] = u8::from(is_last);
    nonce
}

/// Seals a file that comes in pieces of any length.
pub struct Sealer {
    chunks: Chunks,
    shape: Shape,
    buffer: Zeroizing<Vec<u8>>,
    given: u64,
    index: u64,
    hash: Sha256,
}

impl Sealer {
    /// For a file of exactly `shape.size` bytes.
    pub fn new(file: &FileSecret, shape: Shape) -> Sealer {
        Sealer {
            chunks: Chunks::new(file),
            shape,
            buffer: Zeroizing::new(Vec::with_capacity(length(shape.chunk.min(shape.padded)))),
            given: 0,
            index: 0,
            hash: Sha256::new(),
        }
    }

    /// Takes a piece and appends what is finished to `out`; `bad_format` if the file is longer than it was said to be.
    pub fn push(&mut self, piece: &[u8], out: &mut Vec<u8>) -> Result<()> {
        self.given += piece.len() as u64;
        if self.given > self.shape.size {
            return Err(Error::BadFormat("size"));
        }
        self.feed(piece, out)
    }

    /// Pads and appends the rest, and gives the whole ciphertext's SHA-256; `bad_format` if the file is shorter than it was said to be.
    pub fn finish(mut self, out: &mut Vec<u8>) -> Result<Hash> {
        if self.given != self.shape.size {
            return Err(Error::BadFormat("size"));
        }
        let mut left = self.shape.padded - self.shape.size;
        let zeros = vec![0; length(left.min(self.shape.chunk))];
        while left > 0 {
            let part = left.min(self.shape.chunk);
            self.feed(&zeros[..length(part)], out)?;
            left -= part;
        }
        self.seal(true, out)?;
        Ok(Bytes(self.hash.finalize().into()))
    }

    fn feed(&mut self, mut piece: &[u8], out: &mut Vec<u8>) -> Result<()> {
        while !piece.is_empty() {
            // a full chunk waits until more comes: it may be the last one
            if self.buffer.len() as u64 == self.shape.chunk {
                self.seal(false, out)?;
            }
            take(&mut self.buffer, &mut piece, self.shape.chunk);
        }
        Ok(())
    }

    fn seal(&mut self, is_last: bool, out: &mut Vec<u8>) -> Result<()> {
        let sealed = self.chunks.seal(self.index, is_last, &self.buffer)?;
        self.hash.update(&sealed);
        out.extend(sealed);
        self.index += 1;
        self.buffer.clear();
        Ok(())
    }
}

/// Opens a file that comes in pieces of any length.
///
/// What comes out was verified, but only [`Opener::finish`] says that it was all: after an error the whole is to be thrown away.
pub struct Opener {
    chunks: Chunks,
    shape: Shape,
    buffer: Vec<u8>,
    index: u64,
    /// How many bytes of the file itself are still to come.
    left: u64,
}

impl Opener {
    /// For a file of this shape.
    pub fn new(file: &FileSecret, shape: Shape) -> Opener {
        Opener { chunks: Chunks::new(file), shape, buffer: Vec::new(), index: 0, left: shape.size }
    }

    /// Takes a piece and appends what could be opened to `out`; `bad_seal`, `bad_padding`.
    pub fn push(&mut self, mut piece: &[u8], out: &mut Vec<u8>) -> Result<()> {
        let step = self.shape.chunk + TAG as u64;
        while !piece.is_empty() {
            if self.buffer.len() as u64 == step {
                self.open(out)?;
            }
            take(&mut self.buffer, &mut piece, step);
        }
        Ok(())
    }

    /// Appends the rest; `bad_seal` if the file does not end here.
    pub fn finish(mut self, out: &mut Vec<u8>) -> Result<()> {
        self.open(out)?;
        if self.index == self.shape.chunks && self.left == 0 { Ok(()) } else { Err(Error::BadSeal) }
    }

    fn open(&mut self, out: &mut Vec<u8>) -> Result<()> {
        let is_last = self.index + 1 == self.shape.chunks;
        let plaintext = self.chunks.open(self.index, is_last, &self.buffer)?;
        let real = length(self.left.min(plaintext.len() as u64));
        if plaintext[real..].iter().any(|byte| *byte != 0) {
            return Err(Error::BadPadding);
        }
        out.extend(&plaintext[..real]);
        self.left -= real as u64;
        self.index += 1;
        self.buffer.clear();
        Ok(())
    }
}

/// Moves bytes from the front of a piece until the buffer holds `most`.
fn take(buffer: &mut Vec<u8>, piece: &mut &[u8], most: u64) {
    let room = length(most).saturating_sub(buffer.len());
    let (now, later) = piece.split_at(room.min(piece.len()));
    buffer.extend(now);
    *piece = later;
}

/// Lengths here are at most a chunk.
fn length(bytes: u64) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests;
