//! What commands print: answers to the standard output, complaints to the other.
use snug_base::{Code, Error, Result};
use std::io::{ErrorKind, Write};

/// Writes an answer. A reader that has seen enough (`snug … | head`) is no failure.
pub fn write(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(e) if e.kind() != ErrorKind::BrokenPipe => Err(Error::internal(e)),
        _ => Ok(()),
    }
}

/// Says what went wrong, and why, where that says more.
pub fn complain(error: &Error) {
    let mut text = format!("snug: {}\n", error.detail);
    if let Some(source) = &error.source
        && (error.code == Code::Internal || error.code == Code::StorageFull)
    {
        text.push_str(&format!("  cause: {source}\n"));
    }
    let _ = std::io::stderr().write_all(text.as_bytes()); // there is nowhere else to say it
}
