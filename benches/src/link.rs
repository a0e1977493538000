//! One connection of an epoll loop, plain or TLS, on either end.
use mio::net::TcpStream;
use rustls::{ClientConnection, Connection, ServerConnection};
use std::io::{self, ErrorKind, Read, Write};

/// Bytes that one read may bring. All links share the buffer: nothing is held by those that are idle.
pub const SCRATCH: usize = 64 * 1024;

/// Buffers that all links of a loop share.
pub struct Scratch {
    wire: Vec<u8>,
    plain: Vec<u8>,
}

impl Default for Scratch {
    fn default() -> Self {
        Scratch { wire: vec![0; SCRATCH], plain: vec![0; SCRATCH] }
    }
}

/// A socket with what is left of the last read and write.
pub struct Link {
    stream: TcpStream,
    tls: Option<Box<Connection>>,
    /// Read, but not a whole frame yet.
    rest: Vec<u8>,
    /// Not written yet (plain connections; TLS keeps its own).
    out: Vec<u8>,
}

impl Link {
    /// A plain connection.
    pub fn plain(stream: TcpStream) -> Link {
        Link { stream, tls: None, rest: Vec::new(), out: Vec::new() }
    }

    /// The connecting end of TLS.
    pub fn tls_client(stream: TcpStream, tls: ClientConnection) -> Link {
        Link { tls: Some(Box::new(tls.into())), ..Link::plain(stream) }
    }

    /// The accepting end of TLS.
    pub fn tls_server(stream: TcpStream, mut tls: ServerConnection) -> Link {
        tls.set_buffer_limit(None);
        Link { tls: Some(Box::new(tls.into())), ..Link::plain(stream) }
    }

    /// The socket, to register it.
    pub fn stream(&mut self) -> &mut TcpStream {
        &mut self.stream
    }

    /// Sends now what the kernel takes, keeps the rest for `flush`.
    pub fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        if let Some(tls) = &mut self.tls {
            tls.writer().write_all(bytes)?;
            return write_tls(tls, &mut self.stream);
        }
        let mut at = 0;
        if self.out.is_empty() {
            at = write_some(&mut self.stream, bytes)?;
        }
        self.out.extend_from_slice(&bytes[at..]);
        Ok(())
    }

    /// The socket takes bytes again.
    pub fn flush(&mut self) -> io::Result<()> {
        if let Some(tls) = &mut self.tls {
            return write_tls(tls, &mut self.stream);
        }
        if !self.out.is_empty() {
            let sent = write_some(&mut self.stream, &self.out)?;
            self.out.drain(..sent);
            if self.out.is_empty() {
                self.out = Vec::new();
            }
        }
        Ok(())
    }

    /// Reads all that has come and hands it to `each`, which answers how much of it was whole. `Ok(false)`: the other end is done.
    pub fn receive(&mut self, scratch: &mut Scratch, mut each: impl FnMut(&[u8]) -> usize) -> io::Result<bool> {
        loop {
            let got = match self.stream.read(&mut scratch.wire) {
                Ok(0) => return Ok(false),
                Ok(got) => got,
                Err(e) if e.kind() == ErrorKind::WouldBlock => return Ok(true),
                Err(e) if e.kind() == ErrorKind::Interrupted => continue,
                Err(e) => return Err(e),
            };
            match &mut self.tls {
                None => hand_over(&mut self.rest, &scratch.wire[..got], &mut each),
                Some(tls) => {
                    let mut wire = &scratch.wire[..got];
                    while !wire.is_empty() {
                        tls.read_tls(&mut wire)?;
                        let state = tls.process_new_packets().map_err(io::Error::other)?;
                        let mut waiting = state.plaintext_bytes_to_read();
                        while waiting > 0 {
                            let read = tls.reader().read(&mut scratch.plain)?;
                            hand_over(&mut self.rest, &scratch.plain[..read], &mut each);
                            waiting -= read;
                        }
                    }
                    if tls.wants_write() {
                        write_tls(tls, &mut self.stream)?;
                    }
                }
            }
            // fewer bytes than asked for: the kernel has no more, and tells when it has
            if got < SCRATCH {
                return Ok(true);
            }
        }
    }
}

fn hand_over(rest: &mut Vec<u8>, bytes: &[u8], each: &mut impl FnMut(&[u8]) -> usize) {
    if rest.is_empty() {
        let used = each(bytes);
        if used < bytes.len() {
            rest.extend_from_slice(&bytes[used..]);
        }
        return;
    }
    rest.extend_from_slice(bytes);
    let used = each(rest);
    rest.drain(..used);
    if rest.is_empty() {
        *rest = Vec::new();
    }
}

fn write_some(stream: &mut TcpStream, bytes: &[u8]) -> io::Result<usize> {
    let mut at = 0;
    while at < bytes.len() {
        match stream.write(&bytes[at..]) {
            Ok(sent) => at += sent,
            Err(e) if e.kind() == ErrorKind::WouldBlock || e.kind() == ErrorKind::NotConnected => break,
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(at)
}

fn write_tls(tls: &mut Connection, stream: &mut TcpStream) -> io::Result<()> {
    while tls.wants_write() {
        match tls.write_tls(stream) {
            Ok(_) => {}
            Err(e) if e.kind() == ErrorKind::WouldBlock || e.kind() == ErrorKind::NotConnected => break,
            Err(e) => return Err(e),
        }
    }
    Ok(())
}
