//! As much of RFC 6455 as both ends of a measurement need: no fragments, no extensions.

/// A frame of text.
pub const TEXT: u8 = 1;
/// The end of a connection.
pub const CLOSE: u8 = 8;
/// Asks for a `PONG`.
pub const PING: u8 = 9;
/// The answer to `PING`.
pub const PONG: u8 = 10;
/// Clients mask what they send. The key needs no secrecy on loopback.
const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

/// The request that opens a socket.
pub fn upgrade_request(host: &str, path: &str) -> Vec<u8> {
    format!(
        "GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    .into_bytes()
}

/// The answer of the floor servers to it. (The accept value is right for the one key that our client uses.)
pub const UPGRADE_ANSWER: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

/// The length of an HTTP head with its empty line, once all of it is there.
pub fn head_end(bytes: &[u8]) -> Option<usize> {
    bytes.windows(4).position(|four| four == b"\r\n\r\n").map(|at| at + 4)
}

/// Appends a frame as servers send it.
pub fn put_server_frame(out: &mut Vec<u8>, opcode: u8, payload: &[u8]) {
    put_header(out, opcode, payload.len(), 0);
    out.extend_from_slice(payload);
}

/// Appends a frame as clients send it: masked.
pub fn put_client_frame(out: &mut Vec<u8>, opcode: u8, payload: &[u8]) {
    put_header(out, opcode, payload.len(), 0x80);
    out.extend_from_slice(&MASK);
    out.extend(payload.iter().enumerate().map(|(i, byte)| byte ^ MASK[i & 3]));
}

fn put_header(out: &mut Vec<u8>, opcode: u8, length: usize, masked: u8) {
    out.push(0x80 | opcode);
    match length {
        0..=125 => out.push(masked | length as u8),
        126..=0xffff => {
            out.push(masked | 126);
            out.extend_from_slice(&(length as u16).to_be_bytes());
        }
        _ => {
            out.push(masked | 127);
            out.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
}

/// Where a frame lies in the bytes read so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame {
    pub opcode: u8,
    /// Where the payload begins.
    pub start: usize,
    /// Where the payload and the frame end.
    pub end: usize,
    pub mask: Option<[u8; 4]>,
}

/// The first frame, if all of it is there.
pub fn frame(bytes: &[u8]) -> Option<Frame> {
    let (&first, &second) = (bytes.first()?, bytes.get(1)?);
    let (length, mut start) = match second & 0x7f {
        126 => (usize::from(u16::from_be_bytes(bytes.get(2..4)?.try_into().ok()?)), 4),
        127 => (usize::try_from(u64::from_be_bytes(bytes.get(2..10)?.try_into().ok()?)).ok()?, 10),
        short => (usize::from(short), 2),
    };
    let mask = if second & 0x80 == 0 {
        None
    } else {
        let key = bytes.get(start..start + 4)?.try_into().ok()?;
        start += 4;
        Some(key)
    };
    let end = start.checked_add(length)?;
    (bytes.len() >= end).then_some(Frame { opcode: first & 0x0f, start, end, mask })
}

/// Takes a client's mask off, in place.
pub fn unmask(payload: &mut [u8], key: [u8; 4]) {
    payload.iter_mut().enumerate().for_each(|(i, byte)| *byte ^= key[i & 3]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_of_every_length_come_back() {
        for length in [0, 1, 125, 126, 127, 65_535, 65_536, 70_000] {
            let payload: Vec<u8> = (0..length).map(|i| i as u8).collect();
            let (mut ours, mut theirs) = (Vec::new(), Vec::new());
            put_server_frame(&mut ours, TEXT, &payload);
            put_client_frame(&mut theirs, TEXT, &payload);
            let found = frame(&ours).unwrap();
            assert_eq!((&ours[found.start..found.end], found.end, found.mask), (&payload[..], ours.len(), None));
            let found = frame(&theirs).unwrap();
            let mut unmasked = theirs[found.start..found.end].to_vec();
            unmask(&mut unmasked, found.mask.unwrap());
            assert_eq!((unmasked, found.end), (payload, theirs.len()));
        }
    }

    #[test]
    fn a_frame_is_not_seen_before_its_last_byte() {
        let mut bytes = Vec::new();
        put_client_frame(&mut bytes, PING, &[9; 300]);
        assert!((0..bytes.len()).all(|end| frame(&bytes[..end]).is_none()));
        bytes.push(0x81); // the next one begins
        assert_eq!(frame(&bytes).unwrap().end, bytes.len() - 1);
    }
}
