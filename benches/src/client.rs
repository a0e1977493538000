//! One blocking HTTP client on one kept connection: for waiting, asking, and timing reads one after the other.
use crate::result::Result;
use rustls::{ClientConnection, StreamOwned};
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(30);

trait Stream: Read + Write {}
impl<T: Read + Write> Stream for T {}

/// A client of one server.
pub struct Client {
    address: SocketAddr,
    is_tls: bool,
    token: String,
    stream: Option<Box<dyn Stream>>,
}

/// An answer and how long it took.
pub struct Answer {
    pub status: u16,
    pub body: Vec<u8>,
    pub took: Duration,
}

impl Client {
    /// Connects when it is first asked something. Without a token it is nobody.
    pub fn new(address: SocketAddr, is_tls: bool, token: &str) -> Client {
        Client { address, is_tls, token: token.to_owned(), stream: None }
    }

    /// `GET /api/v1…`
    pub fn get(&mut self, path: &str) -> Result<Answer> {
        match self.exchange("GET", path, "") {
            // an idle connection may have been closed meanwhile
            Err(_) if self.stream.take().is_some() => self.exchange("GET", path, ""),
            other => other,
        }
    }

    /// `POST /api/v1…` with a JSON body.
    pub fn post(&mut self, path: &str, body: &str) -> Result<Answer> {
        self.exchange("POST", path, body)
    }

    fn exchange(&mut self, method: &str, path: &str, body: &str) -> Result<Answer> {
        if self.stream.is_none() {
            self.stream = Some(self.open()?);
        }
        let Some(stream) = &mut self.stream else { return Err("not connected".into()) };
        let begun = Instant::now();
        let mut request = format!("{method} /api/v1{path} HTTP/1.1\r\nHost: {}\r\n", self.address);
        if !self.token.is_empty() {
            request.push_str(&format!("Authorization: Bearer {}\r\n", self.token));
        }
        if !body.is_empty() {
            request.push_str(&format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len()));
        }
        stream.write_all(format!("{request}\r\n{body}").as_bytes())?;
        stream.flush()?;
        let (mut bytes, mut part) = (Vec::new(), vec![0; 64 * 1024]);
        loop {
            if let Some((head, end, status)) = crate::mix::answer(&bytes) {
                return Ok(Answer { status, body: bytes[head..end].to_vec(), took: begun.elapsed() });
            }
            match stream.read(&mut part)? {
                0 => return Err(std::io::Error::from(ErrorKind::UnexpectedEof).into()),
                got => bytes.extend_from_slice(&part[..got]),
            }
        }
    }

    fn open(&self) -> Result<Box<dyn Stream>> {
        let stream = TcpStream::connect(self.address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        if !self.is_tls {
            return Ok(Box::new(stream));
        }
        let name = rustls_pki_types::ServerName::try_from("localhost")?;
        Ok(Box::new(StreamOwned::new(ClientConnection::new(crate::tls::client()?, name)?, stream)))
    }
}
