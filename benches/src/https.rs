//! Single requests over TLS, for waiting and asking; measurements have their own loop.
use crate::result::Result;
use rustls::{ClientConnection, StreamOwned};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// One request on a connection of its own.
pub fn get(address: SocketAddr, path: &str) -> Result<String> {
    let stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let name = rustls_pki_types::ServerName::try_from("localhost")?;
    let mut tls = StreamOwned::new(ClientConnection::new(crate::tls::client()?, name)?, stream);
    write!(tls, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    let mut answer = Vec::new();
    match tls.read_to_end(&mut answer) {
        Err(e) if answer.is_empty() => Err(e.into()),
        _ => Ok(String::from_utf8_lossy(&answer).into_owned()), // an end without close_notify does not matter here
    }
}
