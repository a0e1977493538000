//! WebSocket frames (RFC 6455): writing the node's, reading a client's. No I/O; bounded; nothing is held between whole messages.
use crate::deflate::inflate;
use bytes::{BufMut, Bytes, BytesMut};

/// The largest message that a client may send, in bytes, after decompression too.
pub const MESSAGE_BYTES: usize = 64 * 1024;
/// Control frames carry at most this many bytes (RFC 6455, 5.5).
const CONTROL_BYTES: usize = 125;
const FINAL: u8 = 0x80;
const COMPRESSED: u8 = 0x40;
const MASKED: u8 = 0x80;

/// What a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Opcode {
    Continuation = 0,
    Text = 1,
    Binary = 2,
    Close = 8,
    Ping = 9,
    Pong = 10,
}

/// What a client sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Incoming {
    Text(String),
    Binary(Vec<u8>),
    Ping(Vec<u8>),
    Pong,
    /// The close code, if the client gave one.
    Close(Option<u16>),
}

/// How a client broke the rules; the connection can't go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Violation {
    Protocol,
    NotText,
    TooLarge,
}

/// The size of a frame's header for so many bytes of payload.
pub fn header_size(payload: usize) -> usize {
    match payload {
        0..=125 => 2,
        126..=0xffff => 4,
        _ => 10,
    }
}

/// Appends one whole frame of the node's.
pub fn write(out: &mut BytesMut, opcode: Opcode, is_compressed: bool, payload: &[u8]) {
    out.reserve(header_size(payload.len()) + payload.len());
    out.put_u8(FINAL | if is_compressed { COMPRESSED } else { 0 } | opcode as u8);
    match payload.len() {
        n @ 0..=125 => out.put_u8(n as u8),
        n @ 126..=0xffff => {
            out.put_u8(126);
            out.put_u16(n as u16);
        }
        n => {
            out.put_u8(127);
            out.put_u64(n as u64);
        }
    }
    out.put_slice(payload);
}

/// One whole frame of the node's.
pub fn frame(opcode: Opcode, payload: &[u8]) -> Bytes {
    let mut out = BytesMut::new();
    write(&mut out, opcode, false, payload);
    out.freeze()
}

/// A close frame with its code.
pub fn close(code: u16) -> Bytes {
    frame(Opcode::Close, &code.to_be_bytes())
}

/// Takes a client's bytes apart. While a client is idle it holds nothing but three empty pointers.
#[derive(Debug, Default)]
pub struct Reader {
    /// Bytes that do not make a whole frame yet.
    bytes: Vec<u8>,
    /// A message whose last fragment has not come.
    partial: Option<Box<Partial>>,
    may_compress: bool,
}

#[derive(Debug)]
struct Partial {
    opcode: Opcode,
    is_compressed: bool,
    payload: Vec<u8>,
}

struct Header {
    is_final: bool,
    is_compressed: bool,
    opcode: Opcode,
    mask: [u8; 4],
    start: usize,
    end: usize,
}

impl Reader {
    /// `may_compress`: permessage-deflate was agreed on.
    pub fn new(may_compress: bool) -> Reader {
        Reader { may_compress, ..Reader::default() }
    }

    /// Adds what was received.
    pub fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// The next whole message or control frame; `None` until more is received.
    pub fn take_next(&mut self) -> Result<Option<Incoming>, Violation> {
        while let Some(header) = self.header()? {
            if self.bytes.len() < header.end {
                break;
            }
            let mut payload: Vec<u8> = self.bytes[header.start..header.end].to_vec();
            unmask(&mut payload, header.mask);
            self.bytes.drain(..header.end);
            if self.bytes.is_empty() {
                self.bytes = Vec::new();
            }
            if let Some(incoming) = self.take(&header, payload)? {
                return Ok(Some(incoming));
            }
        }
        Ok(None)
    }

    fn header(&self) -> Result<Option<Header>, Violation> {
        let &[first, second, ref rest @ ..] = self.bytes.as_slice() else { return Ok(None) };
        let opcode = match first & 0x0f {
            0 => Opcode::Continuation,
            1 => Opcode::Text,
            2 => Opcode::Binary,
            8 => Opcode::Close,
            9 => Opcode::Ping,
            10 => Opcode::Pong,
            _ => return Err(Violation::Protocol),
        };
        let (is_final, is_compressed) = (first & FINAL != 0, first & COMPRESSED != 0);
        let is_control = opcode as u8 >= 8;
        let begins = matches!(opcode, Opcode::Text | Opcode::Binary);
        // clients mask (5.1); of the reserved bits only the one of an agreed compression is known, on a message's first frame
        if second & MASKED == 0 || first & 0x30 != 0 || (is_compressed && !(self.may_compress && begins)) {
            return Err(Violation::Protocol);
        }
        if begins && self.partial.is_some() || opcode == Opcode::Continuation && self.partial.is_none() {
            return Err(Violation::Protocol);
        }
        let (size, extra) = match second & 0x7f {
            126 => match rest {
                &[a, b, ..] => (u64::from(u16::from_be_bytes([a, b])), 2),
                _ => return Ok(None),
            },
            127 => match rest.first_chunk::<8>() {
                Some(bytes) => (u64::from_be_bytes(*bytes), 8),
                None => return Ok(None),
            },
            size => (u64::from(size), 0),
        };
        let size = usize::try_from(size).map_err(|_| Violation::TooLarge)?;
        if is_control && (size > CONTROL_BYTES || !is_final) {
            return Err(Violation::Protocol);
        }
        if size + self.partial.as_ref().map_or(0, |p| p.payload.len()) > MESSAGE_BYTES {
            return Err(Violation::TooLarge);
        }
        let Some(mask) = rest.get(extra..).and_then(|rest| rest.first_chunk::<4>()).copied() else { return Ok(None) };
        let start = 2 + extra + 4;
        Ok(Some(Header { is_final, is_compressed, opcode, mask, start, end: start + size }))
    }

    fn take(&mut self, header: &Header, payload: Vec<u8>) -> Result<Option<Incoming>, Violation> {
        match header.opcode {
            Opcode::Ping => return Ok(Some(Incoming::Ping(payload))),
            Opcode::Pong => return Ok(Some(Incoming::Pong)),
            Opcode::Close => return close_code(&payload).map(|code| Some(Incoming::Close(code))),
            Opcode::Continuation => {
                if let Some(partial) = &mut self.partial {
                    partial.payload.extend_from_slice(&payload);
                }
            }
            opcode @ (Opcode::Text | Opcode::Binary) => {
                self.partial = Some(Box::new(Partial { opcode, is_compressed: header.is_compressed, payload }));
            }
        }
        if !header.is_final {
            return Ok(None);
        }
        let Some(message) = self.partial.take() else { return Ok(None) };
        let payload = if message.is_compressed { inflate(&message.payload, MESSAGE_BYTES)? } else { message.payload };
        Ok(Some(match message.opcode {
            Opcode::Text => Incoming::Text(String::from_utf8(payload).map_err(|_| Violation::NotText)?),
            _ => Incoming::Binary(payload),
        }))
    }
}

fn unmask(payload: &mut [u8], mask: [u8; 4]) {
    let mut words = payload.chunks_exact_mut(4);
    for word in &mut words {
        for (byte, mask) in word.iter_mut().zip(mask) {
            *byte ^= mask;
        }
    }
    for (byte, mask) in words.into_remainder().iter_mut().zip(mask) {
        *byte ^= mask;
    }
}

/// A close frame is empty, or a code that may be sent (7.4) and a reason in UTF-8.
fn close_code(payload: &[u8]) -> Result<Option<u16>, Violation> {
    let Some((&code, reason)) = payload.split_first_chunk::<2>() else {
        return if payload.is_empty() { Ok(None) } else { Err(Violation::Protocol) };
    };
    let code = u16::from_be_bytes(code);
    if !matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999) {
        return Err(Violation::Protocol);
    }
    std::str::from_utf8(reason).map(|_| Some(code)).map_err(|_| Violation::NotText)
}

impl Violation {
    /// The close code that tells the client.
    pub fn close_code(self) -> u16 {
        match self {
            Violation::Protocol => 1002,
            Violation::NotText => 1007,
            Violation::TooLarge => 4003,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TEXT: u8 = FINAL | 1;

    fn client_frame(first: u8, payload: &[u8], mask: [u8; 4]) -> Vec<u8> {
        let mut out = BytesMut::new();
        write(&mut out, Opcode::Text, false, payload);
        let mut bytes = out[..header_size(payload.len())].to_vec();
        bytes[0] = first;
        bytes[1] |= MASKED;
        bytes.extend_from_slice(&mask);
        let mut masked = payload.to_vec();
        unmask(&mut masked, mask);
        bytes.extend(masked);
        bytes
    }

    fn read(bytes: &[u8]) -> Result<Vec<Incoming>, Violation> {
        let mut reader = Reader::new(true);
        reader.push(bytes);
        let mut all = Vec::new();
        while let Some(incoming) = reader.take_next()? {
            all.push(incoming);
        }
        Ok(all)
    }

    #[test]
    fn what_breaks_the_rules_is_told_apart() {
        let frame = |first: u8, payload: &[u8]| client_frame(first, payload, [1, 2, 3, 4]);
        assert_eq!(read(&[TEXT, 1, b'x']), Err(Violation::Protocol), "not masked");
        assert_eq!(read(&frame(FINAL | 3, b"")), Err(Violation::Protocol), "reserved opcode");
        assert_eq!(read(&frame(TEXT | 0x20, b"x")), Err(Violation::Protocol), "reserved bit");
        assert_eq!(read(&frame(FINAL | COMPRESSED | 9, b"x")), Err(Violation::Protocol), "compressed control frame");
        assert_eq!(read(&frame(9, b"x")), Err(Violation::Protocol), "fragmented ping");
        assert_eq!(read(&frame(FINAL | 9, &[0; 126])), Err(Violation::Protocol), "long ping");
        assert_eq!(read(&frame(FINAL, b"x")), Err(Violation::Protocol), "continuation of nothing");
        assert_eq!(read(&[frame(1, b"x"), frame(TEXT, b"y")].concat()), Err(Violation::Protocol), "message within a message");
        assert_eq!(read(&frame(TEXT, &[0xc3, 0x28])), Err(Violation::NotText));
        assert_eq!(read(&frame(TEXT, &vec![b'x'; MESSAGE_BYTES + 1])), Err(Violation::TooLarge));
        let halves = [frame(1, &vec![b'x'; MESSAGE_BYTES / 2]), frame(FINAL, &vec![b'x'; MESSAGE_BYTES / 2 + 1])].concat();
        assert_eq!(read(&halves), Err(Violation::TooLarge), "in fragments");
        for code in [0_u16, 999, 1004, 1005, 1006, 1015, 2999, 5000] {
            assert_eq!(read(&frame(FINAL | 8, &code.to_be_bytes())), Err(Violation::Protocol), "close {code}");
        }
        assert_eq!(read(&frame(FINAL | 8, &[3])), Err(Violation::Protocol), "half a close code");
        assert_eq!(read(&frame(FINAL | 8, &[3, 0xe8, 0xff])), Err(Violation::NotText));
        assert_eq!(read(&frame(FINAL | 8, &[3, 0xe8])), Ok(vec![Incoming::Close(Some(1000))]));
        assert_eq!(read(&frame(FINAL | 8, &[])), Ok(vec![Incoming::Close(None)]));
    }

    #[test]
    fn a_size_that_is_only_announced_takes_no_memory() {
        let mut reader = Reader::new(false);
        reader.push(&[TEXT, MASKED | 127, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]);
        assert_eq!(reader.take_next(), Err(Violation::TooLarge));
    }

    #[test]
    fn control_frames_may_come_between_fragments() {
        let bytes = [client_frame(1, b"he", [9; 4]), client_frame(FINAL | 9, b"!", [7; 4]), client_frame(FINAL, b"llo", [5; 4])].concat();
        assert_eq!(read(&bytes), Ok(vec![Incoming::Ping(b"!".to_vec()), Incoming::Text("hello".into())]));
    }

    #[test]
    fn an_idle_reader_holds_nothing() {
        let mut reader = Reader::new(false);
        reader.push(&client_frame(TEXT, b"hello", [1, 2, 3, 4]));
        assert!(reader.take_next().is_ok_and(|incoming| incoming.is_some()));
        assert_eq!((reader.bytes.capacity(), reader.partial.is_none()), (0, true));
    }

    proptest! {
        /// However a message is cut into fragments and reads, it arrives whole.
        #[test]
        fn cutting_changes_nothing(text in ".{0,400}", cuts in prop::collection::vec(0..400_usize, 0..4), step in 1..64_usize, mask: [u8; 4]) {
            let bytes = text.as_bytes();
            let mut at: Vec<usize> = cuts.into_iter().map(|c| c.min(bytes.len())).collect();
            at.extend([0, bytes.len()]);
            at.sort_unstable();
            let last = at.len() - 2;
            let wire: Vec<u8> = at.windows(2).enumerate().flat_map(|(i, w)| {
                let first = if i == 0 { 1 } else { 0 } | if i == last { FINAL } else { 0 };
                client_frame(first, &bytes[w[0]..w[1]], mask)
            }).collect();
            let (mut reader, mut all) = (Reader::new(false), Vec::new());
            for part in wire.chunks(step) {
                reader.push(part);
                while let Some(incoming) = reader.take_next().unwrap() {
                    all.push(incoming);
                }
            }
            prop_assert_eq!(all, vec![Incoming::Text(text)]);
        }

        /// No bytes make the reader panic or hold more than one message.
        #[test]
        fn nonsense_is_refused_or_read(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
            let mut reader = Reader::new(true);
            for part in bytes.chunks(97) {
                reader.push(part);
                while let Ok(Some(_)) = reader.take_next() {}
            }
        }
    }
}
