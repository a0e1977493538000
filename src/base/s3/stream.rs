//! Objects of any size, written and read by code that blocks, with the same memory however large they are.
use super::answer::Trouble;
use super::{Options, PAUSE, SILENCE, Store, TRIES, TRIES_OF_A_PART, rest};
use crate::{Code, Error, Result};
use bytes::{Bytes, BytesMut};
use reqwest::Response;
use reqwest::header::ETAG;
use std::io::{self, Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;

/// Writes an object in parts of the same size; a thread of its own sends them. Three parts are in memory at most: one that fills, one that
/// waits, one that is sent. What is dropped before [`Writer::finish`] is given up.
pub struct Writer {
    part: BytesMut,
    part_bytes: usize,
    parts: Option<SyncSender<Piece>>,
    sending: Option<JoinHandle<Result<()>>>,
    leaves: Arc<AtomicBool>,
    count: u64,
}

enum Piece {
    More(Bytes),
    Last(Bytes),
}

/// Told the id of an upload, before anything of it is sent.
pub type Note = Box<dyn FnOnce(&str) -> Result<()> + Send>;

impl Writer {
    /// Begins an object. `note` is told what the store calls the upload, if it comes in parts.
    pub fn begin(options: &Options, key: &str, part_bytes: usize, note: Note) -> Result<Writer> {
        let (parts, received) = sync_channel(1);
        let (options, key, leaves) = (options.clone(), key.to_owned(), Arc::new(AtomicBool::new(false)));
        let left = leaves.clone();
        let work = move || runtime()?.block_on(send(&options, &key, &received, note, &left));
        let sending = std::thread::Builder::new().name("s3".to_owned()).spawn(work).map_err(Error::internal)?;
        Ok(Writer { part: BytesMut::with_capacity(part_bytes), part_bytes, parts: Some(parts), sending: Some(sending), leaves, count: 0 })
    }

    /// Whether there are parts in the store that nobody has taken back or put together; ask when it has ended.
    pub fn leaves(&self) -> Arc<AtomicBool> {
        self.leaves.clone()
    }

    /// Sends the rest; from now on the object is there. Gives its size.
    pub fn finish(mut self) -> Result<u64> {
        let last = self.part.split().freeze();
        if let Some(parts) = self.parts.take() {
            let _ = parts.send(Piece::Last(last)); // a thread that is gone says why below
        }
        self.ended()?;
        Ok(self.count)
    }

    fn ended(&mut self) -> Result<()> {
        match self.sending.take() {
            Some(sending) => sending.join().map_err(|_| Error::internal("sending to S3 panicked"))?,
            None => Ok(()),
        }
    }
}

impl Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = self.part_bytes - self.part.len();
        let some = bytes.get(..room).unwrap_or(bytes);
        self.part.extend_from_slice(some);
        if self.part.len() >= self.part_bytes {
            let full = std::mem::replace(&mut self.part, BytesMut::with_capacity(self.part_bytes)).freeze();
            let is_sent = self.parts.as_ref().is_some_and(|parts| parts.send(Piece::More(full)).is_ok());
            if !is_sent {
                return Err(io::Error::other(self.ended().err().unwrap_or_else(given_up)));
            }
        }
        self.count += some.len() as u64;
        Ok(some.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.parts.take());
        let _ = self.ended(); // whoever drops it knows that it failed
    }
}

fn given_up() -> Error {
    Code::Unavailable.error("The upload was given up.")
}

async fn send(options: &Options, key: &str, parts: &Receiver<Piece>, note: Note, leaves: &AtomicBool) -> Result<()> {
    let store = Store::open(options)?;
    let first = match parts.recv().map_err(|_| given_up())? {
        Piece::Last(all) => return store.put(key, all).await,
        Piece::More(first) => first,
    };
    let mut upload = store.begin(key).await?;
    leaves.store(true, SeqCst);
    let noted = note(upload.id());
    let sending = async || {
        noted?;
        upload.part(first).await?;
        loop {
            match parts.recv().map_err(|_| given_up())? {
                Piece::More(part) => upload.part(part).await?,
                Piece::Last(part) if part.is_empty() => break,
                Piece::Last(part) => {
                    upload.part(part).await?;
                    break;
                }
            }
        }
        upload.complete().await
    };
    let sent = sending().await;
    if sent.is_err()
        && let Err(e) = upload.abort().await
    {
        tracing::warn!(key, error = %e, "an upload that failed could not be taken back; it is tried again at the next one");
        return sent;
    }
    leaves.store(false, SeqCst);
    sent
}

/// Reads an object from its beginning to its end. A connection that breaks is taken up again where it broke.
pub struct Reader {
    runtime: Runtime,
    store: Store,
    key: String,
    response: Option<Response>,
    tag: Option<String>,
    rest: Bytes,
    at: u64,
}

impl Reader {
    pub fn open(options: &Options, key: &str) -> Result<Reader> {
        let runtime = runtime()?;
        let store = runtime.block_on(async { Store::open(options) })?;
        let mut reader = Reader { runtime, store, key: key.to_owned(), response: None, tag: None, rest: Bytes::new(), at: 0 };
        reader.connect(TRIES)?;
        Ok(reader)
    }

    fn connect(&mut self, tries: u32) -> Result<()> {
        let (store, key, at, tag) = (&self.store, &self.key, self.at, self.tag.as_deref());
        let connecting = async {
            let mut pause = PAUSE;
            for number in 1.. {
                match store.get(key, at, tag).await {
                    Ok(response) => return Ok(response),
                    Err(Trouble::Told(answer)) => return Err(Trouble::Told(answer).error(&store.options)),
                    Err(trouble) if number >= tries => return Err(trouble.error(&store.options)),
                    Err(trouble) => pause = rest(pause, &trouble).await,
                }
            }
            Err(Error::internal("no try"))
        };
        let response = self.runtime.block_on(connecting)?;
        if self.tag.is_none() {
            self.tag = response.headers().get(ETAG).and_then(|tag| tag.to_str().ok()).map(str::to_owned);
        }
        self.response = Some(response);
        Ok(())
    }

    /// The next bytes; empty at the end.
    fn next(&mut self) -> Result<Bytes> {
        let mut breaks = 0;
        loop {
            let Some(response) = &mut self.response else { return Ok(Bytes::new()) };
            let came = self.runtime.block_on(async { timeout(SILENCE, response.chunk()).await });
            match came.map_err(|_| Trouble::silent()).and_then(|came| came.map_err(Trouble::lost)) {
                Ok(Some(some)) => {
                    self.at += some.len() as u64;
                    return Ok(some);
                }
                Ok(None) => {
                    self.response = None;
                    return Ok(Bytes::new());
                }
                Err(trouble) => {
                    breaks += 1;
                    if breaks > TRIES_OF_A_PART {
                        return Err(trouble.error(&self.store.options));
                    }
                    self.connect(TRIES_OF_A_PART)?;
                }
            }
        }
    }
}

impl Read for Reader {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        while self.rest.is_empty() {
            self.rest = self.next().map_err(io::Error::other)?;
            if self.rest.is_empty() {
                return Ok(0);
            }
        }
        let some = self.rest.split_to(bytes.len().min(self.rest.len()));
        bytes.get_mut(..some.len()).ok_or(io::ErrorKind::InvalidInput)?.copy_from_slice(&some);
        Ok(some.len())
    }
}

/// Asks a store something from code that blocks.
pub fn ask<T>(options: &Options, work: impl AsyncFnOnce(&Store) -> Result<T>) -> Result<T> {
    runtime()?.block_on(async { work(&Store::open(options)?).await })
}

/// For one writer or reader alone: it works beside a node and in a command.
fn runtime() -> Result<Runtime> {
    Builder::new_current_thread().enable_all().build().map_err(Error::internal)
}
