//! One connection's bytes: the socket, its TLS session beside it, and what waits because the client reads slowly.
//!
//! Frames are written by whoever has them (the fan-out, the answers) straight to the socket, without a task in between and
//! without waiting. Only what the socket does not take is queued; the connection's own task sends that on.
use bytes::Bytes;
use parking_lot::Mutex;
use rustls::ServerConnection;
use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};
use tokio::net::TcpStream;

/// Frames that may wait for a slow reader before it is cut off.
pub const QUEUE: usize = 1_024;
/// Bytes that may wait likewise. What waits is shared by all who wait for it.
pub const QUEUE_BYTES: usize = 4 << 20;
/// Bytes taken from a socket at once; lies on the stack.
const CHUNK: usize = 4 * 1024;
/// Waiting bytes that are encrypted at once.
const RECORD: usize = 16 * 1024;

/// A socket that is written to directly.
#[derive(Debug)]
pub struct Wire {
    io: TcpStream,
    out: Mutex<Out>,
}

#[derive(Debug, Default)]
struct Out {
    tls: Option<Box<ServerConnection>>,
    queue: VecDeque<Waiting>,
    /// Bytes of the first in the queue that were written.
    written: usize,
    frames: usize,
    bytes: usize,
}

#[derive(Debug)]
struct Waiting {
    bytes: Bytes,
    frames: usize,
}

/// What became of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// The kernel has it.
    Whole,
    /// Some of it waits for [`Wire::flush`].
    Waits,
    /// Too much waits: the reader is too slow.
    TooMuch,
    /// The socket is broken.
    Broken,
}

/// Reads and writes of a socket that is never waited for.
struct Now<'a>(&'a TcpStream);

impl Write for Now<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.try_write(bytes)
    }
    fn write_vectored(&mut self, bytes: &[io::IoSlice<'_>]) -> io::Result<usize> {
        self.0.try_write_vectored(bytes)
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
impl Read for Now<'_> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.0.try_read(bytes)
    }
}

impl Wire {
    /// Takes over a socket, and the TLS session that was made on it.
    pub fn new(io: TcpStream, tls: Option<ServerConnection>) -> Wire {
        let tls = tls.map(|mut session| {
            session.set_buffer_limit(None); // bounded by the queue instead
            Box::new(session)
        });
        Wire { io, out: Mutex::new(Out { tls, ..Out::default() }) }
    }

    /// Writes so many frames, or lets them wait behind others. Never blocks.
    pub fn send(&self, bytes: &Bytes, frames: usize) -> Sent {
        let mut out = self.out.lock();
        match out.send(&self.io, bytes, frames) {
            Ok(true) => Sent::Whole,
            Ok(false) => Sent::Waits,
            Err(e) if e.kind() == ErrorKind::OutOfMemory => Sent::TooMuch,
            Err(_) => Sent::Broken,
        }
    }

    /// Goes on with what waits; false if some of it still does.
    pub fn flush(&self) -> io::Result<bool> {
        self.out.lock().flush(&self.io)
    }

    /// Waits until the socket takes more.
    pub async fn writable(&self) -> io::Result<()> {
        self.io.writable().await
    }

    /// Waits until something may have arrived.
    pub async fn readable(&self) -> io::Result<()> {
        self.io.readable().await
    }

    /// Hands what has arrived to `each`; false when the client has closed its side. `WouldBlock` when nothing has.
    pub fn read(&self, mut each: impl FnMut(&[u8])) -> io::Result<bool> {
        let mut chunk = [0; CHUNK];
        let mut out = self.out.lock();
        let Some(tls) = &mut out.tls else {
            drop(out);
            let n = self.io.try_read(&mut chunk)?;
            each(&chunk[..n]);
            return Ok(n > 0);
        };
        // the handshake's last flight may have brought some along
        let mut got = plaintext(tls, &mut chunk, &mut each)?;
        loop {
            match tls.read_tls(&mut Now(&self.io)) {
                Ok(0) => return Ok(got),
                Ok(_) => {
                    let state = tls.process_new_packets().map_err(io::Error::other)?;
                    got |= plaintext(tls, &mut chunk, &mut each)?;
                    if state.peer_has_closed() {
                        return Ok(false);
                    }
                    // answers of the protocol itself, such as new keys
                    while tls.wants_write() && tls.write_tls(&mut Now(&self.io)).is_ok() {}
                }
                Err(e) if e.kind() == ErrorKind::WouldBlock && got => return Ok(true),
                Err(e) => return Err(e),
            }
        }
    }

    /// Says that nothing more will be sent.
    pub fn shut(&self) {
        let mut out = self.out.lock();
        if let Some(tls) = &mut out.tls {
            tls.send_close_notify();
            while tls.wants_write() && tls.write_tls(&mut Now(&self.io)).is_ok() {}
        }
        let _ = socket2::SockRef::from(&self.io).shutdown(std::net::Shutdown::Write); // it may be gone already
    }
}

fn plaintext(tls: &mut ServerConnection, chunk: &mut [u8], each: &mut impl FnMut(&[u8])) -> io::Result<bool> {
    let mut got = false;
    loop {
        match tls.reader().read(chunk) {
            Ok(0) => return Ok(got),
            Ok(n) => {
                each(&chunk[..n]);
                got = true;
            }
            Err(e) if e.kind() == ErrorKind::WouldBlock => return Ok(got),
            Err(e) => return Err(e),
        }
    }
}

impl Out {
    /// True: written whole.
    fn send(&mut self, io: &TcpStream, bytes: &Bytes, frames: usize) -> io::Result<bool> {
        if !self.queue.is_empty() || self.tls.as_ref().is_some_and(|tls| tls.wants_write()) {
            return self.wait(bytes.clone(), 0, frames);
        }
        let Some(tls) = &mut self.tls else {
            return match io.try_write(bytes) {
                Ok(n) if n == bytes.len() => Ok(true),
                Ok(n) => self.wait(bytes.clone(), n, frames),
                Err(e) if e.kind() == ErrorKind::WouldBlock => self.wait(bytes.clone(), 0, frames),
                Err(e) => Err(e),
            };
        };
        tls.writer().write_all(bytes)?;
        write_tls(tls, io)
    }

    fn wait(&mut self, bytes: Bytes, written: usize, frames: usize) -> io::Result<bool> {
        if self.queue.is_empty() {
            self.written = written;
        }
        self.frames += frames;
        self.bytes += bytes.len();
        self.queue.push_back(Waiting { bytes, frames });
        if self.frames > QUEUE || self.bytes > QUEUE_BYTES { Err(ErrorKind::OutOfMemory.into()) } else { Ok(false) }
    }

    /// True: nothing waits any more.
    fn flush(&mut self, io: &TcpStream) -> io::Result<bool> {
        loop {
            if let Some(tls) = &mut self.tls
                && !write_tls(tls, io)?
            {
                return Ok(false);
            }
            let Some(first) = self.queue.front() else {
                self.queue = VecDeque::new();
                return Ok(true);
            };
            let rest = &first.bytes[self.written..];
            let n = match &mut self.tls {
                Some(tls) => {
                    let part = &rest[..rest.len().min(RECORD)];
                    tls.writer().write_all(part)?;
                    part.len()
                }
                None => match io.try_write(rest) {
                    Ok(n) => n,
                    Err(e) if e.kind() == ErrorKind::WouldBlock => return Ok(false),
                    Err(e) => return Err(e),
                },
            };
            self.written += n;
            if self.written == first.bytes.len() {
                self.frames -= first.frames;
                self.bytes -= first.bytes.len();
                self.queue.pop_front();
                self.written = 0;
            }
        }
    }
}

/// True: the kernel has all that was encrypted.
fn write_tls(tls: &mut ServerConnection, io: &TcpStream) -> io::Result<bool> {
    while tls.wants_write() {
        match tls.write_tls(&mut Now(io)) {
            Ok(_) => {}
            Err(e) if e.kind() == ErrorKind::WouldBlock => return Ok(false),
            Err(e) => return Err(e),
        }
    }
    Ok(true)
}
